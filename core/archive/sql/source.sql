-- name: source_find
SELECT id FROM source WHERE kind = :kind AND name = :name;

-- name: source_add
INSERT INTO source (kind, name) VALUES (:kind, :name);

-- name: folder_find
SELECT id, special FROM folder WHERE source = :source AND path = :path;

-- name: folder_add
INSERT INTO folder (source, path, special) VALUES (:source, :path, :special);

-- name: folder_special
UPDATE folder SET special = :special WHERE id = :folder;

-- name: reach_get
SELECT whole, fingerprint, listed, offset, sha256, run FROM reach
WHERE folder = :folder;

-- name: reach_put
INSERT OR REPLACE INTO reach
	(folder, whole, fingerprint, listed, offset, sha256, run)
VALUES (:folder, :whole, :fingerprint, :listed, :offset, :sha256, :run);

-- name: left_out_get
SELECT rule, value, items FROM left_out WHERE folder = :folder ORDER BY rule;

-- name: left_out_drop
DELETE FROM left_out WHERE folder = :folder;

-- name: left_out_add
INSERT INTO left_out (folder, rule, value, items)
VALUES (:folder, :rule, :value, :items);

-- name: folder_each
SELECT * FROM (
	SELECT folder.id, source.name, source.kind, folder.path, folder.special,
		(SELECT count(*) FROM sighting WHERE sighting.folder = folder.id
		AND NOT EXISTS (SELECT 1 FROM membership
			WHERE membership.sighting = sighting.id))
		+ (SELECT count(*) FROM membership
			WHERE membership.folder = folder.id) AS n
	FROM source JOIN folder ON folder.source = source.id)
WHERE n > 0 ORDER BY id; -- scan: every folder is asked for

-- Read to its end, and nothing was in it.
-- name: folder_empty
SELECT folder.id, source.name, source.kind, folder.path, folder.special,
	0 AS n
FROM source JOIN folder ON folder.source = source.id
JOIN reach ON reach.folder = folder.id
WHERE reach.whole = 1 AND reach.listed = 0
	AND NOT EXISTS (SELECT 1 FROM sighting
		WHERE sighting.folder = folder.id)
	AND NOT EXISTS (SELECT 1 FROM membership
		WHERE membership.folder = folder.id)
ORDER BY folder.id; -- scan: every folder is asked for

-- name: gap_claim
UPDATE gap SET run = :run
WHERE folder = :folder AND offset = :offset AND octets = :octets;

-- name: gap_add
INSERT INTO gap (folder, run, offset, total, name, octets)
VALUES (:folder, :run, :offset, :total, :name, :octets);

-- name: run_add
INSERT INTO run (command, started) VALUES (:command, :started);

-- name: run_end
UPDATE run SET ended = :ended, exit_status = :exit_status, listed = :listed,
	stored = :stored, known = :known, skipped = :skipped, failed = :failed,
	octets = :octets
WHERE id = :run;

-- name: run_item_add
INSERT INTO run_item (run, folder, key, failed, why)
VALUES (:run, :folder, :key, :failed, :why);
