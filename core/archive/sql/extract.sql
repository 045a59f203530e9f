-- What is written back out.

-- A read transaction: what follows sees the archive as it stands at its first
-- read, whoever writes meanwhile.
-- name: snapshot
BEGIN;

-- name: extract_folders
SELECT folder.id, source.name, source.kind, folder.path,
	(SELECT count(*) FROM sighting WHERE sighting.folder = folder.id),
	(SELECT count(*) FROM sighting WHERE sighting.folder = folder.id
		AND NOT EXISTS (SELECT 1 FROM membership
			WHERE membership.sighting = sighting.id)),
	(SELECT count(*) FROM membership WHERE membership.folder = folder.id)
FROM source JOIN folder ON folder.source = source.id
ORDER BY folder.id; -- scan: every folder is asked for

-- Each logical message (or variant) of a path once: its first sighting that
-- stands there, one that is not marked before one that is, and one whose place
-- holds other octets by now behind others.  How it stands is above bit 60 of the
-- number, so that min() finds both.
-- name: extract_messages
WITH stands (sighting) AS (
	SELECT sighting.id FROM folder
	JOIN sighting ON sighting.folder = folder.id
	WHERE folder.path = :path AND NOT EXISTS (SELECT 1 FROM membership
		WHERE membership.sighting = sighting.id)
	UNION ALL
	SELECT membership.sighting FROM folder
	JOIN membership ON membership.folder = folder.id
	WHERE folder.path = :path
)
SELECT min((iif(sighting.flags & :expunged, 4,
	iif(sighting.flags & :deleted, 2, 0)) + EXISTS (SELECT 1
		FROM (SELECT run, id FROM sighting AS now
			WHERE now.folder = sighting.folder
			AND now.key = sighting.key LIMIT 16)
		WHERE (run, id) > (sighting.run, sighting.id)) << 60)
	| sighting.id) AS choice
FROM stands CROSS JOIN sighting ON sighting.id = stands.sighting
	CROSS JOIN body ON body.id = sighting.body
	CROSS JOIN variant ON variant.id = body.variant
GROUP BY variant.logical, iif(:all_variants, variant.id, 0)
-- sorts: a folder, by message and back
ORDER BY choice & 1152921504606846975;

-- name: extract_messages_count
WITH stands (sighting) AS (
	SELECT sighting.id FROM folder
	JOIN sighting ON sighting.folder = folder.id
	WHERE folder.path = :path AND NOT EXISTS (SELECT 1 FROM membership
		WHERE membership.sighting = sighting.id)
	UNION ALL
	SELECT membership.sighting FROM folder
	JOIN membership ON membership.folder = folder.id
	WHERE folder.path = :path
)
SELECT count(DISTINCT iif(:all_variants, variant.id, variant.logical))
FROM stands CROSS JOIN sighting ON sighting.id = stands.sighting
	CROSS JOIN body ON body.id = sighting.body
	CROSS JOIN variant ON variant.id = body.variant;

-- name: extract_sightings
SELECT id FROM sighting WHERE folder = :folder ORDER BY id;

-- name: extract_one
SELECT variant.logical, body.id, body.octets, body.shape, sighting.flags,
	sighting.time, sighting.raw_octets,
	coalesce(sighting.raw_sha256, body.sha256),
	logical.sender, logical.subject
FROM sighting JOIN body ON body.id = sighting.body
	JOIN variant ON variant.id = body.variant
	JOIN logical ON logical.id = variant.logical
WHERE sighting.id = :sighting;

-- What begins at an offset; of several, what was seen there last, and nothing
-- of the past.
-- name: extract_sighting_at
SELECT id, run FROM sighting
WHERE folder = :folder AND key = :key AND run >= :since
ORDER BY run DESC, id DESC LIMIT 1;

-- name: extract_gap_at
SELECT id, run FROM gap
WHERE folder = :folder AND offset = :offset AND run >= :since
ORDER BY run DESC, id DESC LIMIT 1;

-- name: extract_gap
SELECT octets FROM gap WHERE id = :gap;

-- name: extract_sighting_behind
SELECT min(CAST(key AS INTEGER)) FROM sighting
WHERE folder = :folder AND CAST(key AS INTEGER) > :offset AND run >= :since;

-- name: extract_gap_behind
SELECT min(offset) FROM gap
WHERE folder = :folder AND offset > :offset AND run >= :since;

-- How the run ended that saw a message of a folder last.
-- name: extract_last_run
SELECT run.id, ifnull(run.exit_status, 1) <> 0 OR EXISTS (
	SELECT 1 FROM run_item WHERE run_item.run = run.id
	AND run_item.folder = :folder AND run_item.failed = 1)
FROM sighting JOIN run ON run.id = sighting.run
WHERE sighting.folder = :folder
ORDER BY sighting.run DESC LIMIT 1;
