-- name: totals_get
SELECT logical, variants, bodies, sightings, octets_raw, octets_stored,
	reused_ids, without_id
FROM totals WHERE one = 1;

-- name: totals_add
UPDATE totals SET logical = logical + :logical, variants = variants + :variants,
	bodies = bodies + :bodies, sightings = sightings + :sightings,
	octets_raw = octets_raw + :octets_raw,
	octets_stored = octets_stored + :octets_stored,
	reused_ids = reused_ids + :reused_ids,
	without_id = without_id + :without_id
WHERE one = 1;

-- What came since any target was given what there was.
-- name: sightings_unplaced
SELECT count(*) FROM sighting
WHERE id > (SELECT max(placed) FROM route);

-- name: seen_all
SELECT * FROM seen ORDER BY id; -- scan: every sighting is asked for

-- Either half comes in order, so that the first row is there at once.
-- name: seen_of_folder
SELECT seen.*, folder.id AS stands, sighting.id AS place
FROM folder CROSS JOIN sighting ON sighting.folder = folder.id
CROSS JOIN seen ON seen.id = sighting.id
WHERE folder.path = :path AND NOT EXISTS (SELECT 1 FROM membership
	WHERE membership.folder = folder.id
	AND membership.sighting = sighting.id)
UNION ALL
SELECT seen.*, folder.id, membership.sighting
FROM folder CROSS JOIN membership ON membership.folder = folder.id
CROSS JOIN seen ON seen.id = membership.sighting
WHERE folder.path = :path
ORDER BY stands, place;

-- name: seen_of_logical
SELECT * FROM seen WHERE logical = :logical ORDER BY id;

-- name: seen_one
SELECT * FROM seen WHERE id = :sighting;

-- name: raw_each
SELECT id, body, raw_octets, raw_sha256 FROM sighting
WHERE id > :after ORDER BY id;

-- name: verified_get
SELECT body, sighting FROM verified WHERE one = 1;

-- name: verified_set
UPDATE verified SET body = :body, sighting = :sighting
WHERE one = 1 AND (body <> :body OR sighting <> :sighting);

-- name: sighting_last
SELECT max(id) FROM sighting;
