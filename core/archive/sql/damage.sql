-- Which messages stand in damaged pages.  Each goes by indexes, past the table
-- whose page it is.

-- Rows of WITHOUT ROWID tables go by their first column.
-- name: damage_trees
SELECT name, rootpage, type = 'table' FROM sqlite_schema -- scan: some dozen
WHERE rootpage > 0 ORDER BY name;

-- name: hit_piece
SELECT DISTINCT variant.logical, folder.path
FROM body_piece -- scan: there is no way from a piece to its bodies
CROSS JOIN body ON body.id = body_piece.body
CROSS JOIN variant ON variant.id = body.variant
CROSS JOIN sighting ON sighting.body = body.id
CROSS JOIN folder ON folder.id = sighting.folder
WHERE body_piece.piece BETWEEN :first AND :last ORDER BY 1, 2;

-- name: hit_body
SELECT DISTINCT variant.logical, folder.path
FROM sighting
CROSS JOIN folder ON folder.id = sighting.folder
CROSS JOIN body INDEXED BY body_variant -- scan: it holds what is asked for
	ON body.id = sighting.body
CROSS JOIN variant ON variant.id = body.variant
WHERE sighting.body BETWEEN :first AND :last ORDER BY 1, 2;

-- name: hit_sighting
SELECT DISTINCT variant.logical, folder.path
FROM sighting INDEXED BY sighting_body -- scan: it holds what is asked for
CROSS JOIN folder ON folder.id = sighting.folder
CROSS JOIN body ON body.id = sighting.body
CROSS JOIN variant ON variant.id = body.variant
WHERE sighting.id BETWEEN :first AND :last ORDER BY 1, 2;

-- name: hit_folder
SELECT DISTINCT variant.logical, sighting.folder
FROM sighting
CROSS JOIN body ON body.id = sighting.body
CROSS JOIN variant ON variant.id = body.variant
WHERE sighting.folder BETWEEN :first AND :last ORDER BY 1, 2;

-- name: hit_variant
SELECT DISTINCT variant.logical, folder.path
FROM variant INDEXED BY sqlite_autoindex_variant_1 -- scan: holds what is asked
CROSS JOIN body ON body.variant = variant.id
CROSS JOIN sighting ON sighting.body = body.id
CROSS JOIN folder ON folder.id = sighting.folder
WHERE variant.id BETWEEN :first AND :last ORDER BY 1, 2;

-- name: hit_logical
SELECT DISTINCT variant.logical, folder.path
FROM variant
CROSS JOIN body ON body.variant = variant.id
CROSS JOIN sighting ON sighting.body = body.id
CROSS JOIN folder ON folder.id = sighting.folder
WHERE variant.logical BETWEEN :first AND :last ORDER BY 1, 2;

-- name: hit_placement
SELECT DISTINCT placement.logical, mailbox.name
FROM placement INDEXED BY sqlite_autoindex_placement_1 -- scan: holds all of it
CROSS JOIN mailbox ON mailbox.id = placement.mailbox
WHERE placement.id BETWEEN :first AND :last ORDER BY 1, 2;

-- name: hit_word
SELECT DISTINCT variant.logical, folder.path
FROM sighting_word -- scan: there is no way from a word to its messages
CROSS JOIN sighting ON sighting.id = sighting_word.sighting
CROSS JOIN folder ON folder.id = sighting.folder
CROSS JOIN body ON body.id = sighting.body
CROSS JOIN variant ON variant.id = body.variant
WHERE sighting_word.word BETWEEN :first AND :last ORDER BY 1, 2;
