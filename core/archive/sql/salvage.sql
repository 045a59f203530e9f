-- What can be read of a damaged archive goes into a new one, row by row: see
-- salvage.h.

-- name: salvage_source
INSERT INTO source (id, kind, name) VALUES (:id, :kind, :name)
ON CONFLICT DO NOTHING;

-- name: salvage_folder
INSERT INTO folder (id, source, path, special)
VALUES (:id, :source, :path, :special) ON CONFLICT DO NOTHING;

-- name: salvage_run
INSERT INTO run (id, command, started, ended, exit_status, listed, stored,
	known, skipped, failed, octets)
VALUES (:id, :command, :started, :ended, :exit_status, :listed, :stored,
	:known, :skipped, :failed, :octets) ON CONFLICT DO NOTHING;

-- name: salvage_run_item
INSERT INTO run_item (id, run, folder, key, failed, why)
VALUES (:id, :run, :folder, :key, :failed, :why) ON CONFLICT DO NOTHING;

-- name: salvage_gap
INSERT INTO gap (id, folder, run, offset, total, name, octets)
VALUES (:id, :folder, :run, :offset, :total, :name, :octets)
ON CONFLICT DO NOTHING;

-- name: salvage_logical
INSERT INTO logical (id, key, message_id, date, sender, subject)
VALUES (:id, :key, :message_id, :date, :sender, :subject)
ON CONFLICT DO NOTHING;

-- name: salvage_alias
INSERT INTO alias (logical, message_id) VALUES (:logical, :message_id)
ON CONFLICT DO NOTHING;

-- name: salvage_variant
INSERT INTO variant (id, logical, digest) VALUES (:id, :logical, :digest)
ON CONFLICT DO NOTHING;

-- name: salvage_body
INSERT INTO body (id, sha256, octets, shape, longest_line, variant)
VALUES (:id, :sha256, :octets, :shape, :longest_line, :variant)
ON CONFLICT DO NOTHING;

-- name: salvage_piece
INSERT INTO piece (id, mark, octets, codec, data)
VALUES (:id, :mark, :octets, :codec, :data) ON CONFLICT DO NOTHING;

-- name: salvage_body_piece
INSERT INTO body_piece (body, seq, piece) VALUES (:body, :seq, :piece)
ON CONFLICT DO NOTHING;

-- name: salvage_sighting
INSERT INTO sighting (id, folder, key, body, run, listed_octets, raw_octets,
	raw_sha256, time, rank, flags, touched)
VALUES (:id, :folder, :key, :body, :run, :listed_octets, :raw_octets,
	:raw_sha256, :time, :rank, :flags, :touched) ON CONFLICT DO NOTHING;

-- name: salvage_dress
INSERT INTO dress (sighting, octets, codec, data)
VALUES (:sighting, :octets, :codec, :data) ON CONFLICT DO NOTHING;

-- name: salvage_word
INSERT INTO word (id, text) VALUES (:id, :text) ON CONFLICT DO NOTHING;

-- name: salvage_sighting_word
INSERT INTO sighting_word (sighting, kind, seq, word)
VALUES (:sighting, :kind, :seq, :word) ON CONFLICT DO NOTHING;

-- name: salvage_membership
INSERT INTO membership (sighting, folder) VALUES (:sighting, :folder)
ON CONFLICT DO NOTHING;

-- name: salvage_target
INSERT INTO target (id, name, all_variants, keep_deleted, deleted_flags,
	touched, stale)
VALUES (:id, :name, :all_variants, :keep_deleted, :deleted_flags, :touched,
	:stale) ON CONFLICT DO NOTHING;

-- Of `remote`, which says what a mailbox was seen to hold, nothing is taken: it
-- is looked at again.
-- name: salvage_mailbox
INSERT INTO mailbox (id, target, name, uidvalidity, looked)
VALUES (:id, :target, :name, :uidvalidity, 0 * :looked) ON CONFLICT DO NOTHING;

-- A placement that is lost is made again.
-- name: salvage_route
INSERT INTO route (target, folder, mailbox, rule, placed)
VALUES (:target, :folder, :mailbox, :rule, 0 * :placed) ON CONFLICT DO NOTHING;

-- name: salvage_placement
INSERT INTO placement (id, mailbox, logical, variant, body, state, uidvalidity,
	uid, uidnext, attempts, change, sent_sha256, code, text, owes,
	verified, wrapped, sent_key, sent_octets, kept_key, kept_octets,
	likely_key, likely_octets)
VALUES (:id, :mailbox, :logical, :variant, :body, :state, :uidvalidity, :uid,
	:uidnext, :attempts, :change, :sent_sha256, :code, :text,
	ifnull(:owes, 0), 0 * ifnull(:verified, 0), ifnull(:wrapped, 0),
	:sent_key, :sent_octets, :kept_key, :kept_octets,
	:likely_key, :likely_octets)
ON CONFLICT DO NOTHING;

-- name: salvage_departure
INSERT INTO departure (sighting, run, state, time)
VALUES (:sighting, :run, :state, :time) ON CONFLICT DO NOTHING;

-- name: salvage_traffic
INSERT INTO traffic (account, minute, octets, messages)
VALUES (:account, :minute, :octets, :messages) ON CONFLICT DO NOTHING;

-- Out of an index, where the row itself is lost.

-- name: salvage_source_of
INSERT INTO source (kind, name, id) VALUES (:kind, :name, :id)
ON CONFLICT DO NOTHING;

-- name: salvage_folder_of
INSERT INTO folder (source, path, id) VALUES (:source, :path, :id)
ON CONFLICT DO NOTHING;

-- name: salvage_variant_of
INSERT INTO variant (logical, digest, id) VALUES (:logical, :digest, :id)
ON CONFLICT DO NOTHING;

-- name: salvage_word_of
INSERT INTO word (text, id) VALUES (:text, :id) ON CONFLICT DO NOTHING;

-- name: salvage_target_of
INSERT INTO target (name, id) VALUES (:name, :id) ON CONFLICT DO NOTHING;

-- name: salvage_mailbox_of
INSERT INTO mailbox (target, name, id) VALUES (:target, :name, :id)
ON CONFLICT DO NOTHING;

-- Digest, size and shape are found when all pieces are there: longest_line -1.
-- name: salvage_body_of
INSERT INTO body (variant, sha256, id, octets, shape, longest_line)
VALUES (:variant, CAST(:digest || zeroblob(24) AS BLOB), :id, 0, 0, -1)
ON CONFLICT DO NOTHING;

-- Its flags, its date and how it stood there are lost: rank -1.
-- name: salvage_sighting_of
INSERT INTO sighting (folder, key, body, id, run, raw_octets, rank, flags)
VALUES (:folder, :key, :body, :id, 0, 0, -1, 0) ON CONFLICT DO NOTHING;

-- When all has come.

-- name: salvage_runs
INSERT INTO run (id, command, started)
SELECT id, '(lost)', 0 FROM (
	SELECT run AS id FROM sighting -- scan: every one may name one
	UNION SELECT run FROM gap UNION SELECT run FROM run_item
	UNION SELECT run FROM departure)
WHERE id NOT IN (SELECT id FROM run);

-- name: salvage_bare_body
SELECT id, sha256 FROM body
WHERE longest_line = -1 AND id > :after ORDER BY id LIMIT 1;

-- Whose row is lost; a body that tells what stood in it.
-- name: salvage_bare_logical
SELECT variant.logical, body.id
FROM variant CROSS JOIN body ON body.variant = variant.id
WHERE variant.logical > :after
	AND variant.logical NOT IN (SELECT id FROM logical)
	AND body.octets = (SELECT sum(piece.octets)
		FROM body_piece CROSS JOIN piece ON piece.id = body_piece.piece
		WHERE body_piece.body = body.id)
ORDER BY variant.logical LIMIT 1;

-- name: salvage_pieces_of
SELECT piece.octets, piece.codec, piece.data
FROM body_piece CROSS JOIN piece ON piece.id = body_piece.piece
WHERE body_piece.body = :body ORDER BY body_piece.seq;

-- name: salvage_body_is
UPDATE body SET sha256 = :sha256, octets = :octets, shape = :shape,
	longest_line = :longest_line WHERE id = :body;

-- name: salvage_sightings
SELECT count(*) FROM sighting; -- scan: of an index

-- Messages of which something is there, and not all that it takes.
-- name: salvage_lost
SELECT DISTINCT ifnull(variant.logical, 0), folder.path, logical.subject
FROM sighting -- scan: every one is looked at
LEFT JOIN folder ON folder.id = sighting.folder
LEFT JOIN body ON body.id = sighting.body
LEFT JOIN variant ON variant.id = body.variant
LEFT JOIN logical ON logical.id = variant.logical
WHERE folder.id IS NULL OR logical.id IS NULL OR body.octets <> (
	SELECT ifnull(sum(piece.octets), 0)
	FROM body_piece CROSS JOIN piece ON piece.id = body_piece.piece
	WHERE body_piece.body = body.id)
ORDER BY 1, 2;

-- Messages that are whole, but for what their folder said of them.
-- name: salvage_bare
SELECT DISTINCT variant.logical, folder.path, logical.subject
FROM sighting -- scan: every one is looked at
JOIN folder ON folder.id = sighting.folder
JOIN body ON body.id = sighting.body
JOIN variant ON variant.id = body.variant
JOIN logical ON logical.id = variant.logical
WHERE sighting.rank = -1 OR (sighting.raw_sha256 IS NOT NULL AND NOT EXISTS (
	SELECT 1 FROM dress WHERE dress.sighting = sighting.id))
ORDER BY 1, 2;

-- script: salvage_prune
DELETE FROM body_piece WHERE body NOT IN (SELECT id FROM body)
	OR piece NOT IN (SELECT id FROM piece);
DELETE FROM variant WHERE logical NOT IN (SELECT id FROM logical);
DELETE FROM folder WHERE source NOT IN (SELECT id FROM source);
DELETE FROM body WHERE variant NOT IN (SELECT id FROM variant)
	OR octets <> (SELECT ifnull(sum(piece.octets), 0)
		FROM body_piece CROSS JOIN piece ON piece.id = body_piece.piece
		WHERE body_piece.body = body.id);
DELETE FROM sighting WHERE body NOT IN (SELECT id FROM body)
	OR folder NOT IN (SELECT id FROM folder);
DELETE FROM body WHERE id NOT IN (SELECT body FROM sighting);
DELETE FROM body_piece WHERE body NOT IN (SELECT id FROM body);
DELETE FROM piece WHERE id NOT IN (SELECT piece FROM body_piece);
DELETE FROM variant WHERE id NOT IN (SELECT variant FROM body
	WHERE variant IS NOT NULL);
DELETE FROM logical WHERE id NOT IN (SELECT logical FROM variant);
DELETE FROM alias WHERE logical NOT IN (SELECT id FROM logical);
DELETE FROM dress WHERE sighting NOT IN (SELECT id FROM sighting
	WHERE raw_sha256 IS NOT NULL);
DELETE FROM sighting_word WHERE sighting NOT IN (SELECT id FROM sighting)
	OR word NOT IN (SELECT id FROM word);
DELETE FROM membership WHERE sighting NOT IN (SELECT id FROM sighting)
	OR folder NOT IN (SELECT id FROM folder);
DELETE FROM departure WHERE sighting NOT IN (SELECT id FROM sighting);
DELETE FROM run_item WHERE folder NOT IN (SELECT id FROM folder);
DELETE FROM gap WHERE folder NOT IN (SELECT id FROM folder);
DELETE FROM mailbox WHERE target NOT IN (SELECT id FROM target);
DELETE FROM route WHERE target NOT IN (SELECT id FROM target)
	OR folder NOT IN (SELECT id FROM folder)
	OR mailbox NOT IN (SELECT id FROM mailbox);
DELETE FROM placement WHERE mailbox NOT IN (SELECT id FROM mailbox)
	OR logical NOT IN (SELECT id FROM logical)
	OR variant NOT IN (SELECT id FROM variant)
	OR body NOT IN (SELECT id FROM body);

-- script: salvage_settle
UPDATE sighting SET time = (SELECT logical.date FROM body
	CROSS JOIN variant ON variant.id = body.variant
	CROSS JOIN logical ON logical.id = variant.logical
	WHERE body.id = sighting.body) WHERE rank = -1;
UPDATE sighting SET raw_octets = (SELECT octets FROM body
	WHERE body.id = sighting.body), raw_sha256 = NULL,
	rank = CASE WHEN rank <> -1 THEN rank
		WHEN time IS NULL THEN 5 ELSE 3 END -- enum mc_date_rank
	WHERE rank = -1 OR (raw_sha256 IS NOT NULL
		AND id NOT IN (SELECT sighting FROM dress));
UPDATE totals SET
	logical = (SELECT count(*) FROM logical),
	variants = (SELECT count(*) FROM variant),
	bodies = (SELECT count(*) FROM body),
	sightings = (SELECT count(*) FROM sighting),
	octets_raw = (SELECT ifnull(sum(raw_octets), 0) FROM sighting),
	octets_stored = (SELECT ifnull(sum(length(data)), 0) FROM piece),
	reused_ids = (SELECT count(*) FROM (SELECT 1 FROM logical
		WHERE message_id IS NOT NULL
		GROUP BY message_id HAVING count(*) > 1)),
	without_id = (SELECT count(*) FROM logical WHERE message_id IS NULL);
