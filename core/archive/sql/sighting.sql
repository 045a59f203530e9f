-- name: sighting_known
SELECT key, id, listed_octets, flags,
	EXISTS (SELECT 1 FROM sighting_word WHERE sighting = sighting.id)
FROM sighting WHERE folder = :folder AND key >= :key ORDER BY key;

-- name: sighting_same
SELECT id, run, listed_octets, raw_octets, raw_sha256, time, rank, flags
FROM sighting WHERE folder = :folder AND key = :key AND body = :body;

-- A message that moved in its folder: the same body under a key that has not
-- been met since; its nearest old place is as good as any.
-- name: sighting_moved
SELECT id, run, listed_octets, raw_octets, raw_sha256, time, rank, flags
FROM sighting
WHERE body = :body AND folder = :folder AND run < :since_run
ORDER BY run, id LIMIT 1;

-- name: sighting_add
INSERT INTO sighting (folder, key, body, run, listed_octets, raw_octets,
	raw_sha256, time, rank, flags)
VALUES (:folder, :key, :body, :run, :listed_octets, :raw_octets, :raw_sha256,
	:time, :rank, :flags);

-- name: sighting_refresh
UPDATE sighting SET key = :key, run = :run, listed_octets = :listed_octets,
	raw_octets = :raw_octets, raw_sha256 = :raw_sha256, time = :time,
	rank = :rank
WHERE id = :sighting;

-- name: sighting_flags
UPDATE sighting SET flags = :flags, touched = 1 + (SELECT
	ifnull(max(touched), 0) FROM sighting WHERE touched IS NOT NULL)
WHERE id = :sighting;

-- name: logical_find
SELECT id FROM logical
WHERE substr(key, 1, 8) = substr(:key, 1, 8) AND key = :key;

-- Keys of one Message-ID begin alike.  Who makes keys of many begin so, too,
-- makes few comparisons of them.
-- name: logical_of_id
SELECT count(*) FROM (SELECT 1 FROM (SELECT message_id FROM logical
		WHERE substr(key, 1, 8) BETWEEN :first AND :last LIMIT 64)
	WHERE message_id = :message_id LIMIT 2);

-- name: logical_add
INSERT INTO logical (key, message_id, date, sender, subject)
VALUES (:key, :message_id, :date, :sender, :subject);

-- Facts for people come from the first sighting that has them.
-- name: logical_fill
UPDATE logical SET date = ifnull(date, :date),
	sender = ifnull(sender, :sender), subject = ifnull(subject, :subject)
WHERE id = :logical AND ((date IS NULL AND :date IS NOT NULL)
	OR (sender IS NULL AND :sender IS NOT NULL)
	OR (subject IS NULL AND :subject IS NOT NULL));

-- name: alias_add
INSERT OR IGNORE INTO alias (logical, message_id)
VALUES (:logical, :message_id);

-- name: variant_find
SELECT id FROM variant WHERE logical = :logical AND digest = :digest;

-- name: variant_add
INSERT INTO variant (logical, digest) VALUES (:logical, :digest);

-- name: dress_put
INSERT INTO dress (sighting, octets, codec, data)
VALUES (:sighting, :octets, :codec, :data)
ON CONFLICT (sighting) DO UPDATE SET octets = excluded.octets,
	codec = excluded.codec, data = excluded.data
WHERE data <> excluded.data;

-- name: dress_drop
DELETE FROM dress WHERE sighting = :sighting;

-- name: dress_get
SELECT octets, codec, data FROM dress WHERE sighting = :sighting;

-- name: word_find
SELECT id FROM word WHERE text = :text;

-- name: word_add
INSERT INTO word (text) VALUES (:text);

-- name: sighting_word_add
INSERT INTO sighting_word (sighting, kind, seq, word)
VALUES (:sighting, :kind, :seq, :word);

-- name: sighting_word_drop
DELETE FROM sighting_word WHERE sighting = :sighting AND kind = :kind;

-- name: sighting_words
SELECT word.text FROM sighting_word
JOIN word ON word.id = sighting_word.word
WHERE sighting_word.sighting = :sighting AND sighting_word.kind = :kind
ORDER BY sighting_word.seq;
