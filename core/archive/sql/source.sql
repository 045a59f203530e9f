-- name: source_find
SELECT id FROM source WHERE kind = :kind AND name = :name;

-- name: source_add
INSERT INTO source (kind, name) VALUES (:kind, :name);

-- name: folder_find
SELECT id, special, fingerprint, listed, mark_offset, mark_fingerprint
FROM folder WHERE source = :source AND path = :path;

-- name: folder_add
INSERT INTO folder (source, path, special) VALUES (:source, :path, :special);

-- name: folder_special
UPDATE folder SET special = :special WHERE id = :folder;

-- name: folder_done
UPDATE folder SET fingerprint = :fingerprint, listed = :listed,
	mark_offset = 0, mark_fingerprint = ''
WHERE id = :folder;

-- name: folder_mark
UPDATE folder SET mark_offset = :offset, mark_fingerprint = :fingerprint
WHERE id = :folder;

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
