-- The folders in which messages stand by their labels.

-- name: membership_get
SELECT folder FROM membership WHERE sighting = :sighting ORDER BY folder;

-- name: membership_add
INSERT OR IGNORE INTO membership (sighting, folder)
VALUES (:sighting, :folder);

-- name: membership_drop
DELETE FROM membership WHERE sighting = :sighting;

-- A message that was placed stands elsewhere now: what its folders ask for is
-- looked through again, and what nobody wants any more dropped.
-- name: membership_targets
UPDATE target SET stale = 1
WHERE stale = 0 AND EXISTS (SELECT 1 FROM route WHERE route.target = target.id
	AND route.folder = :folder); -- scan: every target is asked

-- name: membership_routes
UPDATE route SET placed = 0
WHERE folder = :folder AND placed > 0; -- scan: a row a folder, and rarely

-- name: membership_paths
SELECT folder.path FROM membership JOIN folder ON folder.id = membership.folder
WHERE membership.sighting = :sighting ORDER BY folder.path;
