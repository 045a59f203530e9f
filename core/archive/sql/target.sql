-- name: target_find
SELECT id FROM target WHERE name = :name;

-- name: target_add
INSERT INTO target (name) VALUES (:name);

-- name: target_rules
SELECT all_variants, keep_deleted, deleted_flags, touched, stale
FROM target WHERE id = :target;

-- name: target_rules_set
UPDATE target SET all_variants = :all_variants, keep_deleted = :keep_deleted,
	deleted_flags = :deleted_flags, stale = 1
WHERE id = :target;

-- name: target_stale
UPDATE target SET stale = 1 WHERE id = :target AND stale = 0;

-- name: target_placed
UPDATE target SET stale = 0, touched = (SELECT ifnull(max(touched), 0)
	FROM sighting WHERE touched IS NOT NULL)
WHERE id = :target AND (stale <> 0 OR touched < (SELECT ifnull(max(touched), 0)
	FROM sighting WHERE touched IS NOT NULL));

-- name: mailbox_find
SELECT id, uidvalidity, looked FROM mailbox
WHERE target = :target AND name = :name;

-- name: mailbox_add
INSERT INTO mailbox (target, name) VALUES (:target, :name);

-- name: mailbox_nowhere
SELECT id FROM mailbox WHERE target = :target AND name IS NULL;

-- name: mailbox_uidvalidity
SELECT uidvalidity FROM mailbox WHERE id = :mailbox;

-- The highest UID of ours.
-- name: mailbox_last
SELECT ifnull(max(uid), 0) FROM placement WHERE mailbox = :mailbox;

-- name: mailbox_selected
UPDATE mailbox SET uidvalidity = :uidvalidity, looked = 0
WHERE id = :mailbox;

-- name: mailbox_looked
UPDATE mailbox SET looked = :uid WHERE id = :mailbox AND looked <> :uid;

-- name: mailbox_each
SELECT id, name, uidvalidity FROM mailbox
WHERE target = :target AND name IS NOT NULL ORDER BY name;

-- name: remote_forget
DELETE FROM remote WHERE mailbox = :mailbox;

-- name: remote_gone
DELETE FROM remote WHERE mailbox = :mailbox AND uid = :uid;

-- name: remote_put
INSERT INTO remote (mailbox, uid, octets, key, message_id)
VALUES (:mailbox, :uid, :octets, :key, :message_id)
ON CONFLICT (mailbox, uid) DO UPDATE SET octets = excluded.octets,
	key = ifnull(excluded.key, key), message_id = excluded.message_id;

-- name: remote_unkeyed
SELECT uid FROM remote
WHERE mailbox = :mailbox AND key IS NULL AND uid > :after
ORDER BY uid LIMIT :n;

-- name: remote_key
UPDATE remote SET key = :key WHERE mailbox = :mailbox AND uid = :uid;

-- name: route_get
SELECT mailbox, rule FROM route WHERE target = :target AND folder = :folder;

-- name: route_mailbox
SELECT mailbox.name FROM route JOIN mailbox ON mailbox.id = route.mailbox
WHERE route.target = :target AND route.folder = :folder;

-- name: route_set
INSERT INTO route (target, folder, mailbox, rule)
VALUES (:target, :folder, :mailbox, :rule)
ON CONFLICT (target, folder) DO UPDATE SET mailbox = excluded.mailbox,
	rule = excluded.rule,
	placed = iif(mailbox = excluded.mailbox, placed, 0);

-- name: routes_again
UPDATE route SET placed = 0 WHERE target = :target AND placed > 0;

-- name: routes_placed
UPDATE route SET placed = (SELECT max(id) FROM sighting)
WHERE target = :target AND placed < (SELECT max(id) FROM sighting);

-- name: renamed_put
INSERT INTO renamed (target, wanted, given) VALUES (:target, :wanted, :given)
ON CONFLICT (target, wanted) DO UPDATE SET given = excluded.given;

-- name: renamed_each
SELECT wanted, given FROM renamed WHERE target = :target ORDER BY wanted;

-- name: renamed_all
-- scan: few mailboxes are renamed, and all of them are told
SELECT wanted, given FROM renamed ORDER BY target, wanted;
