-- name: begin
BEGIN IMMEDIATE;

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

-- name: check_pages
PRAGMA integrity_check(100);

-- name: check_references
PRAGMA foreign_key_check;
