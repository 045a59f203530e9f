-- name: begin
BEGIN IMMEDIATE;

-- name: hold
BEGIN DEFERRED;

-- name: commit
COMMIT;

-- name: rollback
ROLLBACK;

-- name: application_get
PRAGMA application_id;

-- name: version_get
PRAGMA user_version;

-- name: objects_exist
SELECT 1 FROM sqlite_schema LIMIT 1; -- scan: one row at most

-- What runs by itself when something else is asked for: triggers, views, and
-- tables that are programs (virtual ones have no root page).
-- name: schema_programs
SELECT name, CASE type WHEN 'table' THEN NULL ELSE sql END
FROM sqlite_schema -- scan: some dozen rows
WHERE type IN ('trigger', 'view') OR type = 'table' AND rootpage = 0;

-- Outside of transactions: what refers to rows is looked at, or not.
-- script: references_off
PRAGMA foreign_keys = OFF;
-- script: references_on
PRAGMA foreign_keys = ON;

-- name: check_pages
PRAGMA integrity_check(100);

-- name: check_references
PRAGMA foreign_key_check;

-- Without waiting for those who read: what they keep from the file is safe in
-- the WAL.
-- script: checkpoint
PRAGMA wal_checkpoint(PASSIVE);
