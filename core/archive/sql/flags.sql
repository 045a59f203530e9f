-- name: flags_get
SELECT flags FROM sighting WHERE id = :sighting;

-- name: folder_sightings
SELECT count(*) FROM sighting WHERE folder = :folder;
