-- Placements that no rule or route asks for any more and that left no trace on
-- the server: of a mailbox that no sighting goes to now, or a second variant
-- where one is enough.
-- name: place_drop
DELETE FROM placement WHERE id IN (
	SELECT old.id FROM mailbox CROSS JOIN placement AS old
		ON old.mailbox = mailbox.id AND old.state IN (0, 4, 5)
	WHERE mailbox.target = :target AND old.wrapped = 0 AND (NOT EXISTS (
		SELECT 1 FROM wanted WHERE wanted.target = :target
		AND wanted.mailbox = old.mailbox
		AND wanted.logical = old.logical
		AND (NOT :all_variants OR wanted.variant = old.variant))
	OR (NOT :all_variants AND EXISTS (
		SELECT 1 FROM placement AS other
		WHERE other.mailbox = old.mailbox
		AND other.logical = old.logical AND other.id <> old.id
		AND (+other.state IN (1, 2, 3) OR other.id < old.id)))));

-- Of the sightings that ask for a message in a mailbox the first one that is
-- not marked as deleted is sent; behind others one whose place holds other octets
-- by now, for it may have been cut, in a file that grew or by a link that broke.
-- (Some servers have one key for many messages: only so many are looked at.)
-- Where a new or changed sighting alters that choice and nothing has been sent yet,
-- it is made again.
-- name: place_again
WITH fresh (mailbox, logical) AS (
	SELECT mailbox, logical FROM routed
	WHERE target = :target AND sighting > placed
	UNION
	SELECT route.mailbox, variant.logical
	FROM sighting CROSS JOIN body ON body.id = sighting.body
		CROSS JOIN variant ON variant.id = body.variant
		LEFT JOIN membership ON membership.sighting = sighting.id
		CROSS JOIN route ON route.target = :target AND route.folder =
			ifnull(membership.folder, sighting.folder)
	WHERE sighting.touched > :touched
), choice (id, sighting) AS (
	SELECT old.id, (SELECT wanted.sighting FROM wanted
		WHERE wanted.target = :target
		AND wanted.mailbox = old.mailbox
		AND wanted.logical = old.logical
		AND (NOT :all_variants OR wanted.variant = old.variant)
		ORDER BY wanted.flags & :deleted <> 0, (SELECT EXISTS
			(SELECT 1 FROM (SELECT run, id FROM sighting AS now
				WHERE now.folder = past.folder
				AND now.key = past.key LIMIT 16)
			WHERE (run, id) > (past.run, past.id))
			FROM sighting AS past
			WHERE past.id = wanted.sighting), wanted.sighting
		LIMIT 1)
	FROM fresh CROSS JOIN mailbox ON mailbox.id = fresh.mailbox
	CROSS JOIN placement AS old ON old.mailbox = fresh.mailbox
		AND old.logical = fresh.logical
	WHERE +old.state IN (0, 5) AND mailbox.name IS NOT NULL
		AND old.wrapped = 0
), again (id, body, variant, deleted) AS MATERIALIZED (
	SELECT choice.id, body.id, body.variant,
		sighting.flags & :deleted <> 0
	FROM choice CROSS JOIN sighting ON sighting.id = choice.sighting
		CROSS JOIN body ON body.id = sighting.body
)
UPDATE placement SET body = again.body, variant = again.variant,
	state = iif(again.deleted, 5, 0),
	text = iif(again.deleted, 'marked as deleted', NULL)
FROM again WHERE placement.id = again.id AND (placement.body <> again.body
	OR (placement.state = 5) <> again.deleted);

-- name: place_new
WITH fresh (mailbox, logical, variant) AS (
	SELECT DISTINCT mailbox, logical, iif(:all_variants, variant, 0)
	FROM routed WHERE target = :target AND sighting > placed
), choice (mailbox, logical, sighting) AS (
	SELECT mailbox, logical, (SELECT wanted.sighting FROM wanted
		WHERE wanted.target = :target
		AND wanted.mailbox = fresh.mailbox
		AND wanted.logical = fresh.logical
		AND (NOT :all_variants OR wanted.variant = fresh.variant)
		ORDER BY wanted.flags & :deleted <> 0, (SELECT EXISTS
			(SELECT 1 FROM (SELECT run, id FROM sighting AS now
				WHERE now.folder = past.folder
				AND now.key = past.key LIMIT 16)
			WHERE (run, id) > (past.run, past.id))
			FROM sighting AS past
			WHERE past.id = wanted.sighting), wanted.sighting
		LIMIT 1)
	FROM fresh WHERE NOT EXISTS (SELECT 1 FROM placement
		WHERE placement.mailbox = fresh.mailbox
		AND placement.logical = fresh.logical
		AND (NOT :all_variants OR placement.variant = fresh.variant))
)
INSERT INTO placement (mailbox, logical, variant, body, state, text)
SELECT choice.mailbox, choice.logical, body.variant, body.id,
	iif(mailbox.name IS NULL OR sighting.flags & :deleted, 5, 0),
	CASE WHEN mailbox.name IS NULL THEN (SELECT wanted.rule FROM wanted
		WHERE wanted.target = :target
		AND wanted.mailbox = choice.mailbox
		AND wanted.logical = choice.logical
		AND wanted.sighting = choice.sighting LIMIT 1)
	WHEN sighting.flags & :deleted THEN 'marked as deleted' END
FROM choice CROSS JOIN sighting ON sighting.id = choice.sighting
	CROSS JOIN body ON body.id = sighting.body
	CROSS JOIN mailbox ON mailbox.id = choice.mailbox;

-- Of new sightings those that bring a flag or keyword which no earlier one of
-- their message had: what was sent of it lacks that.  A server that did not take
-- a message as it was is not troubled again.
-- name: place_owing
WITH RECURSIVE bit (value) AS (
	VALUES (1) UNION ALL SELECT value * 2 FROM bit WHERE value < 65536
), fresh (logical, sighting) AS (
	SELECT DISTINCT logical, sighting FROM routed
	WHERE target = :target AND sighting > placed
), news (logical) AS MATERIALIZED (
	SELECT DISTINCT fresh.logical
	FROM fresh CROSS JOIN sighting AS new ON new.id = fresh.sighting
	WHERE EXISTS (SELECT 1 FROM variant
		CROSS JOIN body ON body.variant = variant.id
		CROSS JOIN sighting AS old ON old.body = body.id
		WHERE variant.logical = fresh.logical AND old.id < new.id)
	AND (EXISTS (SELECT 1 FROM bit
		WHERE new.flags & :flags & bit.value AND NOT EXISTS (
			SELECT 1 FROM variant
			CROSS JOIN body ON body.variant = variant.id
			CROSS JOIN sighting AS old ON old.body = body.id
			WHERE variant.logical = fresh.logical
			AND old.id < new.id AND old.flags & bit.value))
	OR EXISTS (SELECT 1 FROM sighting_word AS word
		WHERE word.sighting = new.id AND word.kind = 0 AND NOT EXISTS (
			SELECT 1 FROM variant
			CROSS JOIN body ON body.variant = variant.id
			CROSS JOIN sighting AS old ON old.body = body.id
			CROSS JOIN sighting_word AS had
				ON had.sighting = old.id AND had.kind = 0
			WHERE variant.logical = fresh.logical
			AND old.id < new.id AND had.word = word.word)))
)
UPDATE placement SET owes = 1 WHERE id IN (
	SELECT sent.id FROM news
	CROSS JOIN mailbox ON mailbox.target = :target
	CROSS JOIN placement AS sent ON sent.mailbox = mailbox.id
		AND sent.logical = news.logical
	WHERE +sent.state IN (1, 2) AND sent.change IS NULL); -- scan: of 17 bits

-- name: placement_owing
SELECT placement.id, placement.logical, body.id, body.octets, body.shape,
	placement.attempts, target.deleted_flags, body.longest_line,
	placement.uid, placement.wrapped, placement.change IS NOT NULL,
	placement.code IS NOT NULL, logical.message_id IS NULL
FROM placement JOIN body ON body.id = placement.body
	JOIN logical ON logical.id = placement.logical
	JOIN mailbox ON mailbox.id = placement.mailbox
	JOIN target ON target.id = mailbox.target
WHERE placement.mailbox = :mailbox AND placement.owes = 1
	AND placement.uid IS NOT NULL AND placement.id > :after
ORDER BY placement.id LIMIT :n;

-- name: placement_owes
UPDATE placement SET owes = 1 WHERE id = :placement;

-- What was sent under a UID from :first on and has one of the flags.
-- name: placement_lost
UPDATE placement SET owes = 1
WHERE mailbox = :mailbox AND uid >= :first AND +state = 2 AND EXISTS (
	SELECT 1 FROM variant CROSS JOIN body ON body.variant = variant.id
		CROSS JOIN sighting ON sighting.body = body.id
	WHERE variant.logical = placement.logical
		AND sighting.flags & :flags);

-- name: placement_key
SELECT logical.key FROM placement
	JOIN logical ON logical.id = placement.logical
WHERE placement.id = :placement;

-- name: placement_at
SELECT id FROM placement WHERE mailbox = :mailbox AND uid = :uid;

-- name: placement_get
SELECT placement.state, placement.uid, placement.logical, mailbox.name,
	logical.subject
FROM placement JOIN mailbox ON mailbox.id = placement.mailbox
	JOIN logical ON logical.id = placement.logical
WHERE placement.id = :placement;

-- name: placement_paid
UPDATE placement SET owes = 0 WHERE id = :placement;

-- name: placement_next
SELECT placement.id, placement.logical, body.id, body.octets, body.shape,
	placement.attempts, target.deleted_flags, body.longest_line,
	placement.uid, placement.wrapped, placement.change IS NOT NULL,
	placement.code IS NOT NULL, logical.message_id IS NULL
FROM placement JOIN body ON body.id = placement.body
	JOIN logical ON logical.id = placement.logical
	JOIN mailbox ON mailbox.id = placement.mailbox
	JOIN target ON target.id = mailbox.target
WHERE placement.mailbox = :mailbox AND placement.state = 0
	AND placement.uid IS NULL AND placement.id > :after
ORDER BY placement.id LIMIT :n;

-- name: placement_tail
SELECT id FROM placement
WHERE mailbox = :mailbox AND state = 0 AND uid IS NULL
ORDER BY id DESC LIMIT 1 OFFSET :n;

-- name: logical_sightings
SELECT sighting.flags, sighting.rank, sighting.time, sighting.id
FROM variant CROSS JOIN body ON body.variant = variant.id
	CROSS JOIN sighting ON sighting.body = body.id
WHERE variant.logical = :logical;

-- name: logical_keywords
SELECT DISTINCT word.text
FROM variant CROSS JOIN body ON body.variant = variant.id
	CROSS JOIN sighting ON sighting.body = body.id
	CROSS JOIN sighting_word ON sighting_word.sighting = sighting.id
		AND sighting_word.kind = 0
	CROSS JOIN word ON word.id = sighting_word.word
WHERE variant.logical = :logical;

-- Each by an index that holds hardly more: what was sent is not gone through.
-- name: placement_dues
SELECT (SELECT count(*) FROM placement WHERE mailbox = :mailbox
		AND state = 0 AND uid IS NULL AND id > :after),
	(SELECT count(*) FROM placement WHERE mailbox = :mailbox AND state = 1),
	(SELECT count(*) FROM placement WHERE mailbox = :mailbox AND owes = 1);

-- name: placement_size
SELECT count(*), ifnull(sum(body.octets), 0)
FROM mailbox CROSS JOIN placement
	ON placement.mailbox = mailbox.id AND placement.state = 0
	CROSS JOIN body ON body.id = placement.body
WHERE mailbox.target = :target AND mailbox.name IS NOT NULL;

-- name: placement_last
SELECT max(id) FROM placement;

-- name: placement_sending
UPDATE placement SET state = 1, uidvalidity = :uidvalidity,
	uidnext = :uidnext, attempts = attempts + 1, text = NULL,
	owes = 0, verified = 0
WHERE id = :placement AND state = 0;

-- A UID that another placement has already is not believed.
-- name: placement_sent
UPDATE placement SET state = 2, uidvalidity = :uidvalidity,
	uid = iif(EXISTS (SELECT 1 FROM placement AS other
		WHERE other.mailbox = placement.mailbox AND other.uid = :uid),
		NULL, :uid),
	change = :change, sent_sha256 = :sent_sha256,
	sent_key = iif(:change IS NULL, NULL, sent_key),
	sent_octets = iif(:change IS NULL, NULL, sent_octets),
	kept_key = iif(:change IS NULL, NULL, kept_key),
	kept_octets = iif(:change IS NULL, NULL, kept_octets),
	code = NULL, text = NULL
WHERE id = :placement AND state = 1;

-- What is about to leave in the message's place.
-- name: placement_altered
UPDATE placement SET change = :change, sent_sha256 = :sent_sha256,
	sent_key = :sent_key, sent_octets = :sent_octets,
	kept_key = :kept_key, kept_octets = :kept_octets
WHERE id = :placement AND state = 1;

-- What the server is likely to make of it as it is.
-- name: placement_likely
UPDATE placement SET likely_key = :likely_key, likely_octets = :likely_octets
WHERE id = :placement AND state = 1;

-- name: placement_refused
UPDATE placement SET state = 4, code = :code, text = :text, owes = 0,
	change = NULL, sent_sha256 = NULL, sent_key = NULL, sent_octets = NULL,
	kept_key = NULL, kept_octets = NULL, likely_key = NULL,
	likely_octets = NULL
WHERE id = :placement AND state IN (0, 1);

-- name: placement_waiting
UPDATE placement SET state = 0, text = :text
WHERE id = :placement AND state IN (0, 1);

-- What was refused waits again; of one mailbox or of all.  The code stays, by
-- which it is known that it was.
-- name: placement_retry
UPDATE placement SET state = 0, text = NULL
WHERE state = 4 AND wrapped = 0 AND mailbox IN (SELECT id FROM mailbox
	WHERE target = :target AND name IS NOT NULL
	AND (:name IS NULL OR name = :name));

-- What is refused anywhere is to go into :mailbox, each once, in a wrapping: as
-- it is where no octet of it can offend.
-- name: placement_wrap
INSERT INTO placement (mailbox, logical, variant, body, state, wrapped)
SELECT :mailbox, old.logical, old.variant, old.body, 0,
	iif(body.shape & :offending = 0 AND body.longest_line <= 998, 1, 2)
FROM mailbox CROSS JOIN placement AS old
	ON old.mailbox = mailbox.id AND old.state = 4
	CROSS JOIN body ON body.id = old.body
WHERE mailbox.target = :target AND mailbox.id <> :mailbox AND old.wrapped = 0
ON CONFLICT DO NOTHING;

-- What was refused in the first wrapping gets the other.
-- name: placement_wrap_again
UPDATE placement SET state = 0, wrapped = 2, code = NULL, text = NULL
WHERE mailbox = :mailbox AND state = 4 AND wrapped = 1;

-- name: placement_count_wrapped
SELECT count(*) FROM placement
WHERE mailbox = :mailbox AND state IN (2, 3) AND wrapped > 0;

-- Noted, but not an octet of it left.
-- name: placement_unsent
UPDATE placement SET state = 0, attempts = attempts - 1
WHERE id = :placement AND state = 1 AND attempts > 0;

-- Another UIDVALIDITY: what was there may be there still, under other UIDs.
-- name: placement_forget
UPDATE placement SET state = 0, uid = NULL, uidnext = NULL,
	uidvalidity = NULL, text = 'UIDVALIDITY changed', verified = 0
WHERE mailbox = :mailbox AND state IN (1, 2, 3);

-- name: placement_doubt
UPDATE placement SET state = 1, uid = NULL, uidnext = 1, verified = 0
WHERE id = :placement AND state IN (2, 3);

-- name: placement_verified
UPDATE placement SET verified = 1 WHERE id = :placement;

-- name: placement_count
SELECT count(*), count(*) FILTER (WHERE state = 0),
	count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2),
	count(*) FILTER (WHERE state = 3), count(*) FILTER (WHERE state = 4),
	count(*) FILTER (WHERE state = 5)
FROM mailbox JOIN placement ON placement.mailbox = mailbox.id
WHERE mailbox.target = :target;

-- name: placement_count_all
SELECT count(*), count(*) FILTER (WHERE state = 0),
	count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2),
	count(*) FILTER (WHERE state = 3), count(*) FILTER (WHERE state = 4),
	count(*) FILTER (WHERE state = 5)
FROM placement; -- scan: of the index, every one is counted

-- name: placement_count_changed
SELECT count(*) FROM mailbox CROSS JOIN placement INDEXED BY placement_changed
	ON placement.mailbox = mailbox.id AND placement.change IS NOT NULL
WHERE mailbox.target = :target
	AND placement.state = 2 AND placement.wrapped = 0;

-- name: placement_count_changed_all
SELECT count(*)
FROM placement -- scan: of the index of those alone
WHERE change IS NOT NULL AND state = 2 AND wrapped = 0;

-- name: target_mailboxes
SELECT id, name FROM mailbox WHERE target = :target ORDER BY name;

-- name: target_mailbox
SELECT id, name FROM mailbox WHERE id = :mailbox AND target = :target;

-- name: target_ids
SELECT id FROM target ORDER BY id; -- scan: there are few

-- name: placement_each
SELECT placement.logical, placement.state, placement.uidvalidity,
	placement.uid, body.octets, body.shape, body.id, logical.key,
	placement.sent_sha256, placement.code, placement.text,
	logical.subject, logical.message_id, placement.id, placement.change,
	body.sha256, placement.wrapped, placement.sent_key,
	placement.sent_octets, iif(placement.change IS NULL,
		placement.likely_octets, placement.kept_octets)
FROM placement JOIN body ON body.id = placement.body
	JOIN logical ON logical.id = placement.logical
WHERE placement.mailbox = :mailbox AND (1 << placement.state) & :states
ORDER BY placement.uid, placement.id;

-- name: placement_each_of_state
SELECT placement.logical, placement.state, placement.uidvalidity,
	placement.uid, body.octets, body.shape, body.id, logical.key,
	placement.sent_sha256, placement.code, placement.text,
	logical.subject, logical.message_id, placement.id, placement.change,
	body.sha256, placement.wrapped, placement.sent_key,
	placement.sent_octets, iif(placement.change IS NULL,
		placement.likely_octets, placement.kept_octets)
FROM placement JOIN body ON body.id = placement.body
	JOIN logical ON logical.id = placement.logical
WHERE placement.mailbox = :mailbox AND placement.state = :state
ORDER BY placement.uid, placement.id;

-- name: placement_each_unverified
SELECT placement.logical, placement.state, placement.uidvalidity,
	placement.uid, body.octets, body.shape, body.id, logical.key,
	placement.sent_sha256, placement.code, placement.text,
	logical.subject, logical.message_id, placement.id, placement.change,
	body.sha256, placement.wrapped, placement.sent_key,
	placement.sent_octets, iif(placement.change IS NULL,
		placement.likely_octets, placement.kept_octets)
FROM placement INDEXED BY placement_unverified
	JOIN body ON body.id = placement.body
	JOIN logical ON logical.id = placement.logical
WHERE placement.mailbox = :mailbox AND placement.verified = 0
	AND placement.state IN (2, 3)
ORDER BY placement.uid, placement.id;

-- name: placement_each_changed
SELECT placement.logical, placement.state, placement.uidvalidity,
	placement.uid, body.octets, body.shape, body.id, logical.key,
	placement.sent_sha256, placement.code, placement.text,
	logical.subject, logical.message_id, placement.id, placement.change,
	body.sha256, placement.wrapped, placement.sent_key,
	placement.sent_octets, iif(placement.change IS NULL,
		placement.likely_octets, placement.kept_octets)
FROM placement INDEXED BY placement_changed
	JOIN body ON body.id = placement.body
	JOIN logical ON logical.id = placement.logical
WHERE placement.mailbox = :mailbox AND placement.change IS NOT NULL
	AND placement.state = 2 AND placement.wrapped = 0
ORDER BY placement.uid, placement.id;

-- Those, and the ones of which a source of that kind has a copy that was not
-- removed there yet.
-- name: placement_each_leaving
SELECT placement.logical, placement.state, placement.uidvalidity,
	placement.uid, body.octets, body.shape, body.id, logical.key,
	placement.sent_sha256, placement.code, placement.text,
	logical.subject, logical.message_id, placement.id, placement.change,
	body.sha256, placement.wrapped, placement.sent_key,
	placement.sent_octets, iif(placement.change IS NULL,
		placement.likely_octets, placement.kept_octets)
FROM placement JOIN body ON body.id = placement.body
	JOIN logical ON logical.id = placement.logical
WHERE placement.mailbox = :mailbox AND placement.state IN (2, 3)
	AND (placement.verified = 0 OR EXISTS (SELECT 1 FROM body AS copy
		CROSS JOIN sighting ON sighting.body = copy.id
		CROSS JOIN folder ON folder.id = sighting.folder
		CROSS JOIN source ON source.id = folder.source
		LEFT JOIN departure ON departure.sighting = sighting.id
		WHERE copy.variant = placement.variant AND source.kind = :kind
		AND ifnull(departure.state, 0) <> 1))
ORDER BY placement.uid, placement.id;

