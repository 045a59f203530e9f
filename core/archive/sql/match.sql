-- Which message on the server answers for which placement.  Messages that a
-- sent or present placement has by its UID are taken; the others are free.

-- Those that a look may settle; sent ones whose UID was not told included, so
-- that nobody else takes theirs.
-- name: match_open
SELECT count(*) FROM placement
WHERE mailbox = :mailbox AND state IN (0, 1, 2) AND uid IS NULL;

-- name: match_unsettled
SELECT count(*) FROM placement
WHERE mailbox = :mailbox AND state IN (0, 1) AND uid IS NULL;

-- The n-th free message of a key answers for the n-th open placement of that
-- key; first (exact) among those of one size, then of any size.  Where several
-- variants are wanted, size is all that tells them apart: another size answers
-- only for what was on its way before.
-- name: match_key
WITH free (logical, octets, uid) AS MATERIALIZED (
	SELECT logical.id, iif(:exact, remote.octets, 0), remote.uid
	FROM remote CROSS JOIN logical
		ON substr(logical.key, 1, 8) = substr(remote.key, 1, 8)
		AND logical.key = remote.key
	WHERE remote.mailbox = :mailbox AND NOT EXISTS (
		SELECT 1 FROM placement WHERE placement.mailbox = :mailbox
		AND placement.uid = remote.uid)
), wish (logical, octets, id, state) AS (
	SELECT open.logical, iif(:exact, body.octets, 0), open.id, open.state
	FROM (SELECT DISTINCT logical FROM free) AS asked
	CROSS JOIN placement AS open ON open.mailbox = :mailbox
		AND open.logical = asked.logical AND open.wrapped = 0
	CROSS JOIN body ON body.id = open.body
	WHERE +open.state IN (0, 1, 2) AND +open.uid IS NULL
		AND (:exact OR open.attempts > 0 OR NOT EXISTS (
			SELECT 1 FROM placement AS other
			WHERE other.mailbox = open.mailbox
			AND other.logical = open.logical
			AND other.id <> open.id))
), turns (logical, octets, turn, id, uid) AS (
	SELECT logical, octets, row_number() OVER (
		PARTITION BY logical, octets ORDER BY state DESC, id), id, NULL
	FROM wish
	UNION ALL
	SELECT logical, octets, row_number() OVER (
		PARTITION BY logical, octets ORDER BY uid), NULL, uid
	FROM free
), pair (id, uid) AS (
	SELECT max(id), max(uid) FROM turns GROUP BY logical, octets, turn -- sorts: what is free
	HAVING count(id) = 1 AND count(uid) = 1
), answer (id, uid, plain) AS (
	SELECT pair.id, pair.uid, open.state <> 2
		AND open.change IS NOT NULL AND (open.sent_key <> logical.key
		OR (:exact AND open.sent_octets <> body.octets))
	FROM pair CROSS JOIN placement AS open ON open.id = pair.id
	CROSS JOIN logical ON logical.id = open.logical
	CROSS JOIN body ON body.id = open.body
)
UPDATE placement SET uid = answer.uid,
	uidvalidity = (SELECT uidvalidity FROM mailbox WHERE id = :mailbox),
	state = CASE WHEN placement.state = 2 THEN 2
		WHEN placement.state = 1 AND answer.uid >= placement.uidnext
		THEN 2 ELSE 3 END,
	change = iif(answer.plain, NULL, change),
	sent_sha256 = iif(answer.plain, NULL, sent_sha256),
	sent_key = iif(answer.plain, NULL, sent_key),
	sent_octets = iif(answer.plain, NULL, sent_octets),
	kept_key = iif(answer.plain, NULL, kept_key),
	kept_octets = iif(answer.plain, NULL, kept_octets),
	text = NULL
FROM answer WHERE placement.id = answer.id;

-- Of what is not there under its own key and size: what was changed to be accepted
-- has those of what was sent (:as 0), or of what some servers make of that (1), and
-- what went as it is has those of what they make of it (2); or the key alone tells.
-- Of those that one key may mean the first that were sent came first; whoever is
-- left is asked for again.
-- name: match_altered
WITH wish (key, octets, id, uidnext) AS MATERIALIZED (
	SELECT CASE :as WHEN 0 THEN open.sent_key WHEN 1 THEN open.kept_key
			ELSE open.likely_key END AS wished,
		CASE WHEN NOT :exact THEN 0 WHEN :as = 0 THEN open.sent_octets
			WHEN :as = 1 THEN open.kept_octets
			ELSE open.likely_octets END,
		open.id, ifnull(open.uidnext, 1)
	FROM placement AS open INDEXED BY placement_astray
	WHERE open.mailbox = :mailbox
		AND coalesce(open.sent_key, open.likely_key) IS NOT NULL
		AND open.uid IS NULL AND open.state IN (0, 1, 2)
		AND open.wrapped = 0 AND wished IS NOT NULL
		AND (:as < 2 OR open.state < 2 OR open.change IS NULL)
), asked (key, octets, uidnext) AS MATERIALIZED (
	SELECT key, octets, min(uidnext) FROM wish
	GROUP BY key, octets -- sorts: what was changed
), free (key, octets, uid) AS (
	SELECT asked.key, asked.octets, remote.uid
	FROM remote CROSS JOIN asked ON asked.key = remote.key
		AND asked.octets = iif(:exact, remote.octets, 0)
	WHERE remote.mailbox = :mailbox AND EXISTS (SELECT 1 FROM wish)
		AND remote.uid >= asked.uidnext
		AND NOT EXISTS (SELECT 1 FROM placement AS taken
			WHERE taken.mailbox = :mailbox
			AND taken.uid = remote.uid)
), turns (key, octets, turn, id, uidnext, uid) AS (
	SELECT key, octets, row_number() OVER (
		PARTITION BY key, octets ORDER BY uidnext, id),
		id, uidnext, NULL
	FROM wish
	UNION ALL
	SELECT key, octets, row_number() OVER (
		PARTITION BY key, octets ORDER BY uid), NULL, NULL, uid
	FROM free
), pair (id, uid) AS (
	SELECT max(id), max(uid) FROM turns GROUP BY key, octets, turn
	HAVING max(uid) >= max(uidnext)
)
UPDATE placement SET state = 2, uid = pair.uid,
	uidvalidity = (SELECT uidvalidity FROM mailbox WHERE id = :mailbox),
	change = iif(:as = 2, NULL, change),
	sent_sha256 = iif(:as = 2, NULL, sent_sha256),
	sent_key = iif(:as = 2, NULL, sent_key),
	sent_octets = iif(:as = 2, NULL, sent_octets),
	kept_key = iif(:as = 2, NULL, kept_key),
	kept_octets = iif(:as = 2, NULL, kept_octets),
	text = NULL
FROM pair WHERE placement.id = pair.id;

-- A server that rewrites what it is given changes the key.  The Message-ID
-- alone settles one that was on its way, or that had been sent under another
-- UIDVALIDITY, if exactly one free message from the noted UIDNEXT on bears it,
-- no other placement could mean it, and it is not known to be another message
-- of ours.  Of one Message-ID that can only be the last message there, and the
-- placement whose UIDNEXT is the least.  So one sort tells, where to compare each
-- with each is too much.
-- name: match_message_id
WITH wish (id, uidnext, mark) AS MATERIALIZED (
	SELECT open.id, ifnull(open.uidnext, 1), logical.message_id
	FROM placement AS open
	CROSS JOIN logical ON logical.id = open.logical
	WHERE open.mailbox = :mailbox AND open.state IN (0, 1, 2)
		AND open.uid IS NULL AND open.wrapped = 0
		AND (open.state > 0
			OR (open.attempts > 0 AND open.uidnext IS NULL))
), asked (mark, uidnext) AS MATERIALIZED (
	SELECT mark, min(uidnext) FROM wish
	GROUP BY mark -- sorts: what was on its way
), free (uid, mark) AS (
	SELECT remote.uid, asked.mark
	FROM asked CROSS JOIN remote INDEXED BY remote_message_id
		ON remote.mailbox = :mailbox
		AND remote.message_id = asked.mark
		AND remote.uid >= asked.uidnext
	WHERE NOT EXISTS (SELECT 1 FROM placement AS taken
			WHERE taken.mailbox = :mailbox
			AND taken.uid = remote.uid)
		AND NOT EXISTS (SELECT 1 FROM logical AS known
			WHERE substr(known.key, 1, 8) =
				substr(remote.key, 1, 8)
			AND known.key = remote.key)
), both (mark, place, id, uid) AS (
	SELECT mark, uidnext, id, NULL FROM wish
	UNION ALL
	SELECT mark, uid, NULL, uid FROM free
), turns (mark, id, uid, wishes) AS ( -- how many up to its place
	SELECT mark, id, uid, count(id) OVER (PARTITION BY mark ORDER BY place)
	FROM both WHERE mark IS NOT NULL
), sole (id, uid) AS MATERIALIZED (
	SELECT max(iif(wishes = 1, id, NULL)), max(uid)
	FROM turns GROUP BY mark -- sorts: what may be of a wish
	HAVING sum(iif(uid IS NULL, 0, wishes)) = 1
)
UPDATE placement SET state = 2, uid = sole.uid,
	uidvalidity = (SELECT uidvalidity FROM mailbox WHERE id = :mailbox),
	text = NULL
FROM sole WHERE placement.id = sole.id;

-- What is left of these: a server may have changed the domain of the
-- Message-ID (what stands before the @ is compared), or the header of a message
-- without one (the size is).  Again both must mean nothing but each other.
-- name: match_mark
WITH wish (id, uidnext, mark) AS MATERIALIZED (
	SELECT open.id, ifnull(open.uidnext, 1),
		iif(logical.message_id IS NULL,
			iif(open.change IS NULL, body.octets,
				ifnull(open.sent_octets, body.octets)),
			substr(logical.message_id, 1,
				instr(logical.message_id, x'40')))
	FROM placement AS open
	CROSS JOIN logical ON logical.id = open.logical
	CROSS JOIN body ON body.id = open.body
	WHERE open.mailbox = :mailbox AND open.state IN (0, 1)
		AND open.uid IS NULL AND open.attempts > 0
		AND open.wrapped = 0
		AND (open.state = 1 OR open.uidnext IS NULL)
), free (uid, mark) AS (
	SELECT remote.uid, iif(remote.message_id IS NULL, remote.octets,
		substr(remote.message_id, 1, instr(remote.message_id, x'40')))
	FROM remote
	WHERE remote.mailbox = :mailbox
		AND EXISTS (SELECT 1 FROM wish)
		AND NOT EXISTS (SELECT 1 FROM placement AS taken
			WHERE taken.mailbox = :mailbox
			AND taken.uid = remote.uid)
		AND NOT EXISTS (SELECT 1 FROM logical AS known
			WHERE substr(known.key, 1, 8) =
				substr(remote.key, 1, 8)
			AND known.key = remote.key)
), both (mark, place, id, uid) AS (
	SELECT mark, uidnext, id, NULL FROM wish
	UNION ALL
	SELECT mark, uid, NULL, uid FROM free
		WHERE mark IN (SELECT mark FROM wish)
), turns (mark, id, uid, wishes) AS ( -- how many up to its place
	SELECT mark, id, uid, count(id) OVER (PARTITION BY mark ORDER BY place)
	FROM both WHERE length(mark) > 0
), sole (id, uid) AS MATERIALIZED (
	SELECT max(iif(wishes = 1, id, NULL)), max(uid)
	FROM turns GROUP BY mark -- sorts: what may be of a wish
	HAVING sum(iif(uid IS NULL, 0, wishes)) = 1
)
UPDATE placement SET state = 2, uid = sole.uid,
	uidvalidity = (SELECT uidvalidity FROM mailbox WHERE id = :mailbox),
	text = NULL
FROM sole WHERE placement.id = sole.id;

-- A wrapping bears an id of its own, which nothing else does (job/wrap.h); a
-- server that changes its domain leaves what stands before the @.  A is the
-- octet behind @: between the two is whatever begins so.
-- name: match_wrapped
WITH wish (id, mark) AS MATERIALIZED (
	SELECT open.id,
		'refused-' || lower(hex(substr(body.sha256, 1, 16)))
	FROM placement AS open CROSS JOIN body ON body.id = open.body
	WHERE open.mailbox = :mailbox AND open.state IN (0, 1, 2)
		AND open.uid IS NULL AND open.wrapped > 0
), pair (id, uid) AS MATERIALIZED (
	SELECT wish.id, (SELECT min(remote.uid)
		FROM remote INDEXED BY remote_message_id
		WHERE remote.mailbox = :mailbox
		AND remote.message_id >= CAST(wish.mark || '@' AS BLOB)
		AND remote.message_id < CAST(wish.mark || 'A' AS BLOB)
		AND NOT EXISTS (SELECT 1 FROM placement AS taken
			WHERE taken.mailbox = :mailbox
			AND taken.uid = remote.uid))
	FROM wish
)
UPDATE placement SET uid = pair.uid,
	uidvalidity = (SELECT uidvalidity FROM mailbox WHERE id = :mailbox),
	state = iif(placement.state = 0 AND placement.attempts = 0, 3, 2),
	text = NULL
FROM pair WHERE placement.id = pair.id AND pair.uid IS NOT NULL;

-- name: match_lost
UPDATE placement SET state = 0, text = 'not there after a lost reply'
WHERE mailbox = :mailbox AND state = 1;
