-- Messages that are removed at their source.

-- All that is known under a key; two rows: it meant two messages.
-- name: tenant_get
SELECT sighting.id, sighting.body, sighting.listed_octets,
	sighting.raw_octets, coalesce(sighting.raw_sha256, body.sha256),
	sighting.time, sighting.rank, departure.state, departure.run
FROM sighting CROSS JOIN body ON body.id = sighting.body
	LEFT JOIN departure ON departure.sighting = sighting.id
WHERE sighting.folder = :folder AND sighting.key = :key
LIMIT 2;

-- The date of the newest message, as far as the clock has come.
-- name: tenant_newest
SELECT time
FROM sighting -- scan: once in a run that deletes by age
WHERE rank < :rank AND time <= :now
ORDER BY time DESC LIMIT 1;

-- Where it was to go on a target, and what went there.
-- name: tenant_places
SELECT placement.id, placement.state
FROM sighting CROSS JOIN body ON body.id = sighting.body
	CROSS JOIN variant ON variant.id = body.variant
	LEFT JOIN membership ON membership.sighting = sighting.id
	CROSS JOIN route ON route.target = :target
		AND route.folder = ifnull(membership.folder, sighting.folder)
	LEFT JOIN placement ON placement.mailbox = route.mailbox
		AND placement.logical = variant.logical
		AND placement.variant = body.variant
WHERE sighting.id = :sighting;

-- A size that no source tells: what is listed under the key is fetched again.
-- name: tenant_doubt
UPDATE sighting SET listed_octets = -2 WHERE id = :sighting;

-- name: departure_put
INSERT INTO departure (sighting, run, state, time)
VALUES (:sighting, :run, :state, :time)
ON CONFLICT (sighting) DO UPDATE SET run = excluded.run,
	state = excluded.state, time = excluded.time;

-- name: departure_drop
DELETE FROM departure WHERE sighting = :sighting;

-- name: departure_asked_of
SELECT departure.sighting, departure.run, sighting.key
FROM departure CROSS JOIN sighting ON sighting.id = departure.sighting
WHERE departure.state = 0 AND departure.sighting > :after
	AND sighting.folder = :folder
ORDER BY departure.sighting LIMIT 1;

-- name: departure_count
SELECT count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1),
	count(*) FILTER (WHERE state > 1)
FROM departure; -- scan: every one is counted
