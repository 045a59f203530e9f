-- name: folder_sightings
SELECT count(*) FROM sighting WHERE folder = :folder
	AND (substr(key, 1, length(:life)) = :life
		OR NOT EXISTS (SELECT 1 FROM sighting AS other
			WHERE other.body = sighting.body
			AND other.folder = sighting.folder
			AND substr(other.key, 1, length(:life)) = :life));

-- name: folder_any
SELECT 1 FROM sighting WHERE folder = :folder LIMIT 1;
