-- name: totals_get
SELECT logical, variants, bodies, sightings, octets_raw, octets_stored,
	reused_ids, without_id
FROM totals WHERE one = 1;

-- name: seen_all
SELECT * FROM seen ORDER BY id; -- scan: every sighting is asked for

-- name: seen_of_folder
SELECT seen.* FROM folder JOIN seen ON seen.folder = folder.id
WHERE folder.path = :path ORDER BY folder.id, seen.id;

-- name: seen_of_logical
SELECT * FROM seen WHERE logical = :logical ORDER BY id;

-- name: seen_one
SELECT * FROM seen WHERE id = :sighting;
