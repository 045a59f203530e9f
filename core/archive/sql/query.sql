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

-- name: seen_all
SELECT * FROM seen ORDER BY id; -- scan: every sighting is asked for

-- name: seen_of_folder
SELECT seen.* FROM (
	SELECT folder.id AS folder, sighting.id AS sighting
	FROM folder JOIN sighting ON sighting.folder = folder.id
	WHERE folder.path = :path
	UNION
	SELECT folder.id, membership.sighting
	FROM folder JOIN membership ON membership.folder = folder.id
	WHERE folder.path = :path
) AS stands CROSS JOIN seen ON seen.id = stands.sighting
ORDER BY stands.folder, stands.sighting;

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
