-- What went over a line lately.

-- name: traffic_add
INSERT INTO traffic (account, minute, octets, messages)
VALUES (:account, :minute, :octets, :messages)
ON CONFLICT (account, minute) DO UPDATE SET octets = octets + excluded.octets,
	messages = messages + excluded.messages;

-- name: traffic_forget
DELETE FROM traffic WHERE account = :account AND (minute < :minute OR minute > :ahead);

-- The newest first.
-- name: traffic_since
SELECT minute, octets, messages FROM traffic
WHERE account = :account AND minute > :minute AND minute <= :ahead
ORDER BY minute DESC;
