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
-- key; first (exact) among those of one size, which is that of what is sent
-- (msg/shape.h), then of any size.  Where several
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
	SELECT open.logical, iif(:exact, body.octets + (body.shape & 2)
		+ iif(body.octets > 0, 2 * (body.shape & 1), 0), 0),
		open.id, open.state
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
		OR (:exact AND open.sent_octets <> body.octets
			+ (body.shape & 2)
			+ iif(body.octets > 0, 2 * (body.shape & 1), 0)))
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

-- A server that rewrites what it is given changes the key.  Of one that was on its
-- way, or had been sent under another UIDVALIDITY, or without a UID being told, it
-- leaves the Message-ID (:whole), or what stands before the @ of it; and of one
-- without, the size (:exact).  They are settled where as many free messages from
-- the noted UIDNEXT on bear such a mark as placements could mean them, and none is
-- known to be another message of ours: first those of one size (:exact), for ids
-- are used again.  Else (:sure) those that are certain to be there are.
-- name: match_rewritten
WITH wished (id, uidnext, mark, plain, altered, wire, likely, sent, kept)
AS MATERIALIZED (
	SELECT open.id, ifnull(open.uidnext, 1),
		iif(:whole, logical.message_id,
			substr(logical.message_id, 1,
				instr(logical.message_id, x'40'))) AS mark,
		open.state < 2 OR open.change IS NULL,
		open.state < 2 OR open.change IS NOT NULL,
		body.octets + (body.shape & 2) -- as msg/shape.h has it
			+ iif(body.octets > 0, 2 * (body.shape & 1), 0),
		open.likely_octets, open.sent_octets, open.kept_octets
	FROM placement AS open
	CROSS JOIN logical ON logical.id = open.logical
	CROSS JOIN body ON body.id = open.body
	WHERE open.mailbox = :mailbox AND open.state IN (0, 1, 2)
		AND open.uid IS NULL AND open.wrapped = 0
		AND (open.state > 0
			OR (open.attempts > 0 AND open.uidnext IS NULL))
		AND (NOT :sure OR open.state = 2)
		AND iif(logical.message_id IS NULL, :whole AND :exact,
			:whole OR length(mark) > 0)
		AND ((:whole AND logical.message_id IS NOT NULL)
			OR open.attempts > 0)
), wish_as (id, uidnext, mark, octets, as_it_is) AS (
	SELECT id, uidnext, mark, wire, :exact FROM wished WHERE plain
	UNION ALL
	SELECT id, uidnext, mark, likely, :exact FROM wished WHERE plain
	UNION ALL
	SELECT id, uidnext, mark, sent, 0 FROM wished WHERE altered
	UNION ALL
	SELECT id, uidnext, mark, kept, 0 FROM wished WHERE altered
), wish (id, uidnext, mark, octets, as_it_is) AS MATERIALIZED (
	SELECT id, uidnext, mark, iif(:exact, octets, 0) AS size,
		min(as_it_is)
	FROM wish_as WHERE octets IS NOT NULL
	GROUP BY id, size
), asked (mark, beyond, uidnext) AS MATERIALIZED (
	SELECT mark, iif(:whole, mark, CAST(substr(mark, 1, length(mark) - 1)
			|| 'A' AS BLOB)), min(uidnext)
	FROM wish GROUP BY mark -- sorts: what was on its way
), near (uid, mark, octets, key) AS (
	SELECT remote.uid, asked.mark, remote.octets, remote.key
	FROM asked CROSS JOIN remote INDEXED BY remote_message_id
		ON remote.mailbox = :mailbox
		AND remote.message_id >= asked.mark
		AND remote.message_id <= asked.beyond
		AND remote.uid >= asked.uidnext
	UNION ALL
	SELECT uid, NULL, octets, key FROM remote
	WHERE mailbox = :mailbox AND message_id IS NULL AND uid >= (
		SELECT uidnext FROM asked WHERE mark IS NULL)
), free (uid, mark, octets) AS (
	SELECT uid, mark, iif(:exact, octets, 0) FROM near
	WHERE NOT EXISTS (SELECT 1 FROM placement AS taken
			WHERE taken.mailbox = :mailbox AND taken.uid = near.uid)
		AND NOT EXISTS (SELECT 1 FROM logical AS known
			WHERE substr(known.key, 1, 8) = substr(near.key, 1, 8)
			AND known.key = near.key)
), both (mark, octets, place, id, uid, as_it_is) AS (
	SELECT mark, octets, uidnext, id, NULL, as_it_is FROM wish
	UNION ALL
	SELECT mark, octets, uid, NULL, uid, NULL FROM free
), bounds (mark, octets, place, id, uid, as_it_is, first, last) AS (
	SELECT *, min(iif(uid IS NULL, place, NULL)) OVER alike,
		max(uid) OVER alike
	FROM both WINDOW alike AS (PARTITION BY mark, octets)
), turns (mark, octets, place, id, uid, as_it_is, turn, n) AS (
	SELECT mark, octets, place, id, uid, as_it_is,
		row_number() OVER (PARTITION BY mark, octets, uid IS NULL
			ORDER BY place, id),
		count(*) OVER (PARTITION BY mark, octets, uid IS NULL)
	FROM bounds WHERE iif(uid IS NULL, place <= last, place >= first)
), pair (id, uid, as_it_is) AS MATERIALIZED (
	SELECT max(id), max(uid), max(as_it_is) FROM turns
	GROUP BY mark, octets, turn -- sorts: what may be of a wish
	HAVING count(id) = 1 AND count(uid) = 1 AND min(n) = max(n)
		AND max(uid) >= max(iif(uid IS NULL, place, 0))
)
UPDATE placement SET state = 2, uid = pair.uid,
	uidvalidity = (SELECT uidvalidity FROM mailbox WHERE id = :mailbox),
	change = iif(pair.as_it_is, NULL, change),
	sent_sha256 = iif(pair.as_it_is, NULL, sent_sha256),
	sent_key = iif(pair.as_it_is, NULL, sent_key),
	sent_octets = iif(pair.as_it_is, NULL, sent_octets),
	kept_key = iif(pair.as_it_is, NULL, kept_key),
	kept_octets = iif(pair.as_it_is, NULL, kept_octets),
	text = NULL
FROM pair WHERE placement.id = pair.id;

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

-- name: match_gone
UPDATE placement SET text = 'not there since UIDVALIDITY changed'
WHERE mailbox = :mailbox AND state = 0 AND text = 'UIDVALIDITY changed';

-- name: match_lost
UPDATE placement SET state = 0, text = 'not there after a lost reply'
WHERE mailbox = :mailbox AND state = 1;
