-- What is written back out.

-- A read transaction: what follows sees the archive as it stands at its first
-- read, whoever writes meanwhile.
-- name: snapshot
BEGIN;

-- name: extract_folders
SELECT folder.id, source.name, source.kind, folder.path,
	(SELECT count(*) FROM sighting WHERE sighting.folder = folder.id) AS n
FROM source JOIN folder ON folder.source = source.id
ORDER BY folder.id; -- scan: every folder is asked for

-- Each logical message (or variant) of a path once: its first sighting there, one that is
-- not marked before one that is.  How it is marked stands above bit 60 of the
-- number, so that min() finds both.
-- name: extract_messages
SELECT min((iif(sighting.flags & :expunged, 2,
	iif(sighting.flags & :deleted, 1, 0)) << 60) | sighting.id) AS choice
FROM folder JOIN sighting ON sighting.folder = folder.id
	JOIN body ON body.id = sighting.body
	JOIN variant ON variant.id = body.variant
WHERE folder.path = :path
GROUP BY variant.logical, iif(:all_variants, variant.id, 0)
ORDER BY choice & 1152921504606846975;

-- name: extract_messages_count
SELECT count(DISTINCT iif(:all_variants, variant.id, variant.logical))
FROM folder JOIN sighting ON sighting.folder = folder.id
	JOIN body ON body.id = sighting.body
	JOIN variant ON variant.id = body.variant
WHERE folder.path = :path;

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

-- What begins at an offset; of several, what was seen there last.
-- name: extract_sighting_at
SELECT id, run FROM sighting WHERE folder = :folder AND key = :key
ORDER BY run DESC, id DESC LIMIT 1;

-- name: extract_gap_at
SELECT id, run FROM gap WHERE folder = :folder AND offset = :offset
ORDER BY run DESC, id DESC LIMIT 1;

-- name: extract_gap
SELECT total, octets FROM gap WHERE id = :gap;

-- name: extract_sighting_behind
SELECT min(CAST(key AS INTEGER)) FROM sighting
WHERE folder = :folder AND CAST(key AS INTEGER) > :offset;

-- name: extract_gap_behind
SELECT min(offset) FROM gap WHERE folder = :folder AND offset > :offset;
