-- The archive's shape.  Times are seconds since 1970-01-01 UTC, octets are
-- counted, digests are SHA-256 as 32 octets, booleans are 0 and 1.
--
--   source 1-n folder 1-n sighting n-1 body n-1 variant n-1 logical
--              folder 1-n membership n-1 sighting
--                                      body n-n piece
--   target 1-n mailbox 1-n placement n-1 logical
--   target 1-n route n-1 folder

-- What is sorted, a folder of a million messages on its way out, goes to files
-- below TMPDIR or /var/tmp once it is larger than the cache.
-- script: connect
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA foreign_keys = ON;
PRAGMA mmap_size = 0;
-- With 6 MiB a pull of a million takes 3 to 6 % longer than with 12, with which the
-- process came to be as large as it may be at most.
PRAGMA cache_size = -8192;
PRAGMA temp_store = FILE;

-- Pages of 8 KiB save 5 % of a pull's processor time beside those of 4 KiB, and make
-- the file of the benchmark's mail 0.4 % larger, because more of each page's end
-- stays empty.  An archive keeps the pages that it was made with.
-- A WAL of 32 MB is many batches, in which the same pages of indexes change
-- again: they reach the file once.  With 16 MB a pull of a million takes a tenth
-- longer; with 64 MB it is no quicker to be told, and everybody is held up for
-- longer while it is emptied.
-- FULL: a commit is on disk when it returns.
-- script: connect_write
PRAGMA page_size = 8192;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA journal_size_limit = 67108864;

-- One of several handles of a process: together they are to stay small.
-- script: connect_beside
PRAGMA cache_size = -1536;

-- script: connect_read
PRAGMA query_only = ON;

-- script: schema_1
PRAGMA application_id = 0x4d435254; -- "MCRT"

-- One row: what status tells at once.  Each batch adds to it what it brought, as
-- its last deed: triggers that count would make of every insert a statement that
-- may have to be undone by half, so that SQLite copies every page it touches.
CREATE TABLE totals (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	logical INTEGER NOT NULL,       -- rows of logical
	variants INTEGER NOT NULL,      -- rows of variant
	bodies INTEGER NOT NULL,        -- rows of body
	sightings INTEGER NOT NULL,     -- rows of sighting
	octets_raw INTEGER NOT NULL,    -- sum of sighting.raw_octets
	octets_stored INTEGER NOT NULL, -- sum of the lengths of piece.data
	reused_ids INTEGER NOT NULL,    -- Message-IDs of more than one logical
	without_id INTEGER NOT NULL     -- logical without a Message-ID
) STRICT;
INSERT INTO totals VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0);

-- A command that wrote here, and how it ended.
CREATE TABLE run (
	id INTEGER PRIMARY KEY,
	command TEXT NOT NULL, -- as asked, without secrets
	started INTEGER NOT NULL,
	ended INTEGER,         -- NULL: it runs still, or died
	exit_status INTEGER CHECK (exit_status BETWEEN 0 AND 255),
	listed INTEGER NOT NULL DEFAULT 0,  -- items that sources named
	stored INTEGER NOT NULL DEFAULT 0,  -- of these: new here
	known INTEGER NOT NULL DEFAULT 0,   -- were here before
	skipped INTEGER NOT NULL DEFAULT 0, -- by a rule, see run_item
	failed INTEGER NOT NULL DEFAULT 0,  -- see run_item
	octets INTEGER NOT NULL DEFAULT 0   -- raw, read from sources
) STRICT;

-- A place that held mail.
CREATE TABLE source (
	id INTEGER PRIMARY KEY,
	kind TEXT NOT NULL, -- "pop3", "mbox", ...
	name TEXT NOT NULL, -- the endpoint as people read it, no password
	UNIQUE (kind, name)
) STRICT;

-- A folder of a source.
CREATE TABLE folder (
	id INTEGER PRIMARY KEY,
	source INTEGER NOT NULL REFERENCES source,
	path TEXT NOT NULL,                   -- UTF-8, levels split by '/'
	special INTEGER NOT NULL DEFAULT 0,   -- enum mc_special of msg/
	fingerprint TEXT NOT NULL DEFAULT '', -- as it was when last read whole
	listed INTEGER NOT NULL DEFAULT 0,    -- items it had then
	mark_offset INTEGER NOT NULL DEFAULT 0,   -- read and kept up to here
	mark_fingerprint TEXT NOT NULL DEFAULT '', -- and of which file
	UNIQUE (source, path)
) STRICT;
CREATE INDEX folder_path ON folder (path);

-- An item of a source that was not stored, and why.
CREATE TABLE run_item (
	id INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES run,
	folder INTEGER REFERENCES folder, -- NULL: not of one folder
	key TEXT NOT NULL,                -- as in sighting
	failed INTEGER NOT NULL CHECK (failed IN (0, 1)), -- 0: skipped
	why TEXT NOT NULL
) STRICT;
CREATE INDEX run_item_run ON run_item (run);

-- Octets of an mbox that belong to no message.
CREATE TABLE gap (
	id INTEGER PRIMARY KEY,
	folder INTEGER NOT NULL REFERENCES folder,
	run INTEGER NOT NULL REFERENCES run, -- that saw it last
	offset INTEGER NOT NULL CHECK (offset >= 0), -- in the file
	total INTEGER NOT NULL CHECK (total >= 0),   -- its octets
	name TEXT NOT NULL,  -- "before the first From_ line", ...
	octets BLOB NOT NULL -- itself, or its beginning
) STRICT;
CREATE INDEX gap_folder ON gap (folder, offset);

-- The message people speak of.
CREATE TABLE logical (
	id INTEGER PRIMARY KEY,
	key BLOB NOT NULL UNIQUE CHECK (length(key) = 32), -- msg/identity.h
	message_id BLOB, -- normalised, any octets; NULL: none usable
	date INTEGER,    -- Date field; NULL: none readable
	sender TEXT,     -- From, decoded, of the first sighting that had it
	subject TEXT     -- likewise
) STRICT;
CREATE INDEX logical_message_id ON logical (message_id)
	WHERE message_id IS NOT NULL;

-- Further Message-IDs that copies of a message bore.
CREATE TABLE alias (
	logical INTEGER NOT NULL REFERENCES logical,
	message_id BLOB NOT NULL, -- normalised
	PRIMARY KEY (logical, message_id)
) STRICT, WITHOUT ROWID;

-- Interchangeable copies: same headers that matter, same text.
CREATE TABLE variant (
	id INTEGER PRIMARY KEY,
	logical INTEGER NOT NULL REFERENCES logical,
	digest BLOB NOT NULL CHECK (length(digest) = 32), -- msg/scan.h
	UNIQUE (logical, digest)
) STRICT;

-- Canonical octets, once.
CREATE TABLE body (
	id INTEGER PRIMARY KEY,
	sha256 BLOB NOT NULL CHECK (length(sha256) = 32), -- once
	octets INTEGER NOT NULL CHECK (octets >= 0),
	shape INTEGER NOT NULL,        -- bits of enum mc_shape of msg/
	longest_line INTEGER NOT NULL, -- octets without CRLF
	variant INTEGER REFERENCES variant -- of all its sightings
) STRICT;
-- Bodies of one digest are of one variant, so that each is found without an index
-- of all digests, in which every new one would fall on another page.  Eight octets
-- tell those of a variant apart as well as all, where somebody makes many.
CREATE INDEX body_variant ON body (variant, substr(sha256, 1, 8));

-- A run of canonical octets.  A body in one piece has it for itself; pieces of
-- larger bodies are found again by their data, so that what recurs in many bodies
-- can be kept once, however bodies are cut.
CREATE TABLE piece (
	id INTEGER PRIMARY KEY,
	mark INTEGER, -- archive/pack.h; NULL: only piece of a body
	octets INTEGER NOT NULL CHECK (octets BETWEEN 1 AND 262144), -- unpacked
	codec INTEGER NOT NULL CHECK (codec IN (0, 1, 2)), -- 0 as is, 1 zstd
		-- frame, 2 base64's lines: archive/pack.h
	data BLOB NOT NULL
) STRICT;
CREATE INDEX piece_mark ON piece (mark) WHERE mark IS NOT NULL;

-- What a body is made of, in order.
CREATE TABLE body_piece (
	body INTEGER NOT NULL REFERENCES body,
	seq INTEGER NOT NULL CHECK (seq >= 0), -- 0, 1, ...
	piece INTEGER NOT NULL REFERENCES piece,
	PRIMARY KEY (body, seq)
) STRICT, WITHOUT ROWID;

-- A folder held a message under a key.
CREATE TABLE sighting (
	id INTEGER PRIMARY KEY,
	folder INTEGER NOT NULL REFERENCES folder,
	key TEXT NOT NULL, -- UIDL, file name, offset: what finds it there
	body INTEGER NOT NULL REFERENCES body,
	run INTEGER NOT NULL REFERENCES run, -- that claimed the key last
	listed_octets INTEGER,        -- as the source counts; NULL: it does not
	raw_octets INTEGER NOT NULL CHECK (raw_octets >= 0),
	raw_sha256 BLOB CHECK (length(raw_sha256) = 32), -- NULL: as the body's
	time INTEGER,                 -- INTERNALDATE; NULL: none
	rank INTEGER NOT NULL,        -- how far to trust time; less is better
	flags INTEGER NOT NULL,       -- bits of enum mc_flag of msg/
	touched INTEGER,              -- serial of the last change of flags
	UNIQUE (folder, key, body)
) STRICT;
CREATE INDEX sighting_folder ON sighting (folder);
CREATE INDEX sighting_body ON sighting (body, folder, run);
CREATE INDEX sighting_touched ON sighting (touched) WHERE touched IS NOT NULL;

-- What raw had beyond canonical: msg/dress.h.
CREATE TABLE dress (
	sighting INTEGER PRIMARY KEY REFERENCES sighting,
	octets INTEGER NOT NULL CHECK (octets > 0), -- unpacked
	codec INTEGER NOT NULL CHECK (codec IN (0, 1)), -- as in piece
	data BLOB NOT NULL
) STRICT;

-- Keywords and labels, each once.
CREATE TABLE word (
	id INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE sighting_word (
	sighting INTEGER NOT NULL REFERENCES sighting,
	kind INTEGER NOT NULL CHECK (kind IN (0, 1)), -- 0 keyword, 1 label
	seq INTEGER NOT NULL,                         -- 0, 1, ...
	word INTEGER NOT NULL REFERENCES word,
	PRIMARY KEY (sighting, kind, seq)
) STRICT, WITHOUT ROWID;

-- A server that mail goes to, and by which rules it was placed last.
CREATE TABLE target (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE, -- the endpoint, no password
	all_variants INTEGER NOT NULL DEFAULT 0 CHECK (all_variants IN (0, 1)),
	keep_deleted INTEGER NOT NULL DEFAULT 0 CHECK (keep_deleted IN (0, 1)),
	deleted_flags INTEGER NOT NULL DEFAULT 0, -- these mark as deleted
	touched INTEGER NOT NULL DEFAULT 0, -- sighting.touched seen up to here
	stale INTEGER NOT NULL DEFAULT 0 CHECK (stale IN (0, 1)) -- rules or
		-- routes changed: placements may be there that nobody wants
) STRICT;

-- A mailbox of a target.
CREATE TABLE mailbox (
	id INTEGER PRIMARY KEY,
	target INTEGER NOT NULL REFERENCES target,
	name TEXT, -- UTF-8, whole; NULL: nowhere, where skipped folders go
	uidvalidity INTEGER NOT NULL DEFAULT 0
		CHECK (uidvalidity BETWEEN 0 AND 4294967295), -- 0: not seen yet
	looked INTEGER NOT NULL DEFAULT 0
		CHECK (looked BETWEEN 0 AND 4294967295), -- UIDs below: in remote
	UNIQUE (target, name)
) STRICT;
CREATE UNIQUE INDEX mailbox_nowhere ON mailbox (target) WHERE name IS NULL;

-- Where a folder goes.
CREATE TABLE route (
	target INTEGER NOT NULL REFERENCES target,
	folder INTEGER NOT NULL REFERENCES folder,
	mailbox INTEGER NOT NULL REFERENCES mailbox,
	rule TEXT NOT NULL DEFAULT '', -- why nowhere
	placed INTEGER NOT NULL DEFAULT 0, -- sightings up to this id are placed
	PRIMARY KEY (target, folder)
) STRICT, WITHOUT ROWID;

-- What a mailbox was seen to hold.
CREATE TABLE remote (
	mailbox INTEGER NOT NULL REFERENCES mailbox,
	uid INTEGER NOT NULL CHECK (uid BETWEEN 1 AND 4294967295),
	octets INTEGER NOT NULL, -- RFC822.SIZE; -1: not told
	key BLOB CHECK (length(key) = 32), -- as logical.key; NULL: not known yet
	message_id BLOB, -- normalised; NULL: none usable
	PRIMARY KEY (mailbox, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX remote_unkeyed ON remote (mailbox, uid) WHERE key IS NULL;
CREATE INDEX remote_message_id ON remote (mailbox, message_id)
	WHERE message_id IS NOT NULL;

-- The ledger: what became of a message in a mailbox.
CREATE TABLE placement (
	id INTEGER PRIMARY KEY,
	mailbox INTEGER NOT NULL REFERENCES mailbox,
	logical INTEGER NOT NULL REFERENCES logical,
	variant INTEGER NOT NULL REFERENCES variant, -- of body
	body INTEGER NOT NULL REFERENCES body,       -- what is sent
	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
		-- 0 waiting, 1 sending, 2 sent, 3 present, 4 refused, 5 skipped
	uidvalidity INTEGER CHECK (uidvalidity BETWEEN 0 AND 4294967295),
	uid INTEGER CHECK (uid BETWEEN 1 AND 4294967295), -- NULL: not known
	uidnext INTEGER CHECK (uidnext BETWEEN 0 AND 4294967295),
		-- the mailbox's when sending began
	attempts INTEGER NOT NULL DEFAULT 0, -- times it was sending
	change TEXT,      -- what was changed to make it pass; NULL: nothing
	sent_sha256 BLOB CHECK (length(sent_sha256) = 32), -- then; else NULL
	code TEXT,        -- response code of a refusal
	text TEXT,        -- the server's words, or why it waits or is skipped
	UNIQUE (mailbox, logical, variant),
	UNIQUE (mailbox, uid), -- no message there answers for two here
	CHECK (uid IS NULL OR state IN (2, 3))
) STRICT;
CREATE INDEX placement_state ON placement (mailbox, state, uid);

-- Sightings that ask for a message in a mailbox, twice: found from the route
-- on, and from the message on.  CROSS JOIN keeps SQLite to that order, since
-- without statistics it cannot know that a folder is long and a message is in
-- few places.
CREATE VIEW routed AS
	SELECT route.target, route.mailbox, route.placed, variant.logical,
		body.variant, sighting.id AS sighting
	FROM route
	CROSS JOIN sighting ON sighting.folder = route.folder
	CROSS JOIN body ON body.id = sighting.body
	CROSS JOIN variant ON variant.id = body.variant;
CREATE VIEW wanted AS
	SELECT route.target, route.mailbox, variant.logical, body.variant,
		sighting.id AS sighting, sighting.flags
	FROM variant
	CROSS JOIN body ON body.variant = variant.id
	CROSS JOIN sighting ON sighting.body = body.id
	CROSS JOIN route ON route.folder = sighting.folder;

-- Sightings as people read them.
CREATE VIEW seen AS
	SELECT sighting.id, variant.logical, source.name AS source,
		folder.path, sighting.key, logical.message_id, body.sha256,
		coalesce(sighting.raw_sha256, body.sha256) AS raw_sha256,
		sighting.raw_octets, sighting.time, logical.date,
		logical.sender, logical.subject, sighting.flags,
		sighting.body, sighting.folder
	FROM sighting
	JOIN folder ON folder.id = sighting.folder
	JOIN source ON source.id = folder.source
	JOIN body ON body.id = sighting.body
	JOIN variant ON variant.id = body.variant
	JOIN logical ON logical.id = variant.logical;

-- script: schema_2
-- Folders in which a message stands by its labels, instead of the one in which
-- it was read (Gmail: one mbox, or All Mail, for all of them).  A sighting with
-- none stands in its own folder.
CREATE TABLE membership (
	sighting INTEGER NOT NULL REFERENCES sighting,
	folder INTEGER NOT NULL REFERENCES folder, -- of the same source
	PRIMARY KEY (sighting, folder)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_folder ON membership (folder, sighting);

DROP VIEW routed;
DROP VIEW wanted;
CREATE VIEW routed AS
	SELECT route.target, route.mailbox, route.placed, variant.logical,
		body.variant, sighting.id AS sighting
	FROM route
	CROSS JOIN sighting ON sighting.folder = route.folder
	CROSS JOIN body ON body.id = sighting.body
	CROSS JOIN variant ON variant.id = body.variant
	WHERE NOT EXISTS (SELECT 1 FROM membership
		WHERE membership.sighting = sighting.id)
	UNION ALL
	SELECT route.target, route.mailbox, route.placed, variant.logical,
		body.variant, membership.sighting
	FROM route
	CROSS JOIN membership ON membership.folder = route.folder
	CROSS JOIN sighting ON sighting.id = membership.sighting
	CROSS JOIN body ON body.id = sighting.body
	CROSS JOIN variant ON variant.id = body.variant;
CREATE VIEW wanted AS
	SELECT route.target, route.mailbox, route.rule, variant.logical,
		body.variant, sighting.id AS sighting, sighting.flags
	FROM variant
	CROSS JOIN body ON body.variant = variant.id
	CROSS JOIN sighting ON sighting.body = body.id
	LEFT JOIN membership ON membership.sighting = sighting.id
	CROSS JOIN route
		ON route.folder = ifnull(membership.folder, sighting.folder);

-- script: schema_3
-- How far a folder was read, and what came of the items so far.
CREATE TABLE reach (
	folder INTEGER PRIMARY KEY REFERENCES folder,
	whole INTEGER NOT NULL CHECK (whole IN (0, 1)), -- without failures
	fingerprint TEXT NOT NULL, -- the folder's, as it stood then
	listed INTEGER NOT NULL,   -- items so far: held, or in left_out
	offset INTEGER NOT NULL,   -- of a file: all before it is accounted for
	sha256 BLOB CHECK (length(sha256) = 32), -- of the octets right before
		-- offset; NULL: what stands before may change in its place
	run INTEGER REFERENCES run -- of a file: that began at its start, so
		-- that sightings and gaps of earlier runs may be of the past
) STRICT;
INSERT INTO reach
	SELECT id, 1, fingerprint, listed, 0, NULL, NULL FROM folder
	WHERE fingerprint <> '';
ALTER TABLE folder DROP COLUMN fingerprint;
ALTER TABLE folder DROP COLUMN listed;
ALTER TABLE folder DROP COLUMN mark_offset;
ALTER TABLE folder DROP COLUMN mark_fingerprint;

-- Items of reach.listed that a rule kept out.
CREATE TABLE left_out (
	folder INTEGER NOT NULL REFERENCES folder,
	rule INTEGER NOT NULL,  -- enum mc_skip_rule of job/
	value INTEGER NOT NULL, -- its date or size
	items INTEGER NOT NULL CHECK (items > 0),
	PRIMARY KEY (folder, rule)
) STRICT, WITHOUT ROWID;

-- script: schema_4
-- What became of a sighting at its source, if it was to be removed there.
CREATE TABLE departure (
	sighting INTEGER PRIMARY KEY REFERENCES sighting,
	run INTEGER NOT NULL REFERENCES run, -- that asked for it
	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
		-- 0 asked: noted before the source is told; 1 gone; 2 stayed:
		-- the source was asked and has it still
	time INTEGER NOT NULL -- of the last change of state
) STRICT;
CREATE INDEX departure_asked ON departure (sighting) WHERE state = 0;

-- script: schema_5
-- A message goes to a server while its sources are still read: a copy that comes
-- later may bring flags that the one sent lacks.
ALTER TABLE placement ADD COLUMN
	owes INTEGER NOT NULL DEFAULT 0 CHECK (owes IN (0, 1)); -- 1: lacks some
CREATE INDEX placement_owes ON placement (mailbox) WHERE owes = 1;

-- What a migrate has verified already, so that the next one need not: bodies and
-- sightings up to these ids, and every placement that was found on its server.
CREATE TABLE verified (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	body INTEGER NOT NULL,
	sighting INTEGER NOT NULL
) STRICT;
INSERT INTO verified VALUES (1, 0, 0);
ALTER TABLE placement ADD COLUMN
	verified INTEGER NOT NULL DEFAULT 0 CHECK (verified IN (0, 1));
CREATE INDEX placement_unverified ON placement (mailbox, uid)
	WHERE verified = 0 AND state IN (2, 3);

-- script: schema_6
-- A message that a server refused may go there in the wrapping of another one,
-- into a mailbox of such alone: a placement of its own.
ALTER TABLE placement ADD COLUMN wrapped INTEGER NOT NULL DEFAULT 0
	CHECK (wrapped BETWEEN 0 AND 2); -- 0 no, 1 message/rfc822, 2
	-- application/octet-stream

-- Few are changed so that a server takes them, and they are told each time.
CREATE INDEX placement_changed ON placement (mailbox)
	WHERE change IS NOT NULL;

-- What went over a line lately, where it is to be no more than so much an hour
-- or a day.
CREATE TABLE traffic (
	account TEXT NOT NULL, -- the endpoint, no password
	minute INTEGER NOT NULL, -- since 1970
	octets INTEGER NOT NULL CHECK (octets >= 0),     -- of messages
	messages INTEGER NOT NULL CHECK (messages >= 0),
	PRIMARY KEY (account, minute)
) STRICT, WITHOUT ROWID;

-- script: schema_7
-- Mailboxes that a server refused by that name, and what they are called there
-- instead, so that every run says the same.
CREATE TABLE renamed (
	target INTEGER NOT NULL REFERENCES target,
	wanted TEXT NOT NULL, -- as mailbox.name
	given TEXT NOT NULL,  -- likewise
	PRIMARY KEY (target, wanted)
) STRICT, WITHOUT ROWID;

-- script: schema_8
-- Keys of one Message-ID begin alike: one index of their first octets finds both
-- a message and who else bears its Message-ID.  Two indexes of all octets were
-- four times as large, and in each a new message fell on another page: among a
-- million, that was a third of what a message cost.  Of one Message-ID nobody can
-- make many whose next eight octets are the same.
DROP VIEW seen;
CREATE TABLE keyed (
	id INTEGER PRIMARY KEY,
	key BLOB NOT NULL CHECK (length(key) = 32), -- msg/identity.h; once
	message_id BLOB, -- normalised, any octets; NULL: none usable
	date INTEGER,    -- Date field; NULL: none readable
	sender TEXT,     -- From, decoded, of the first sighting that had it
	subject TEXT     -- likewise
) STRICT;
INSERT INTO keyed SELECT id, key, message_id, date, sender, subject
	FROM logical;
DROP TABLE logical;
ALTER TABLE keyed RENAME TO logical;
CREATE INDEX logical_key ON logical (substr(key, 1, 12));
CREATE VIEW seen AS
	SELECT sighting.id, variant.logical, source.name AS source,
		folder.path, sighting.key, logical.message_id, body.sha256,
		coalesce(sighting.raw_sha256, body.sha256) AS raw_sha256,
		sighting.raw_octets, sighting.time, logical.date,
		logical.sender, logical.subject, sighting.flags,
		sighting.body, sighting.folder
	FROM sighting
	JOIN folder ON folder.id = sighting.folder
	JOIN source ON source.id = folder.source
	JOIN body ON body.id = sighting.body
	JOIN variant ON variant.id = body.variant
	JOIN logical ON logical.id = variant.logical;

-- script: schema_9
-- What is changed so that a server takes it is noted before it leaves: without a
-- Message-ID it has another key there, and it may be there though the reply was
-- lost.  It is kept until something else of the message was sent.
ALTER TABLE placement ADD COLUMN
	sent_key BLOB CHECK (length(sent_key) = 32); -- as logical.key, of what
	-- was sent; NULL: as that, or not known
ALTER TABLE placement ADD COLUMN
	sent_octets INTEGER; -- likewise; NULL: as the body, or not known
CREATE INDEX placement_astray ON placement (mailbox)
	WHERE sent_key IS NOT NULL AND uid IS NULL;

-- script: schema_10
-- What was tried so that a server takes a message, step by step, and what it said
-- of each that it refused.  The last step, if it passed, is the placement's own.
CREATE TABLE tried (
	placement INTEGER NOT NULL REFERENCES placement ON DELETE CASCADE,
	seq INTEGER NOT NULL, -- 1, 2, ...
	change TEXT, -- what was changed of it by then; NULL: nothing
	sha256 BLOB CHECK (length(sha256) = 32), -- of what was sent, if changed
	code TEXT,          -- response code of the refusal
	text TEXT NOT NULL, -- the server's words
	PRIMARY KEY (placement, seq)
) STRICT, WITHOUT ROWID;

-- A server that drops a CR alone makes another thing of what was changed, too.
ALTER TABLE placement ADD COLUMN
	kept_key BLOB CHECK (length(kept_key) = 32); -- as logical.key, of what is
	-- likely to be made of what was changed; NULL: as sent_key, or not known
ALTER TABLE placement ADD COLUMN
	kept_octets INTEGER; -- likewise; NULL: as sent_octets, or not known

-- Each message goes into a page of this index by chance, so the fewer octets the
-- better; four of the Message-ID (msg/identity.h) and four of the rest are enough.
DROP INDEX logical_key;
CREATE INDEX logical_key ON logical (substr(key, 1, 8));

-- script: schema_11
-- A server that drops a CR alone makes another thing of what goes as it is, too; and
-- that may have been changed for another server, or for this one as it was then:
-- each of the two may be there.  Before, one place was for both.
ALTER TABLE placement ADD COLUMN
	likely_key BLOB CHECK (length(likely_key) = 32); -- as logical.key, of what
	-- is likely to be made of the message as it is; NULL: as that
ALTER TABLE placement ADD COLUMN
	likely_octets INTEGER; -- likewise
UPDATE placement SET likely_key = sent_key, likely_octets = sent_octets,
	sent_key = NULL, sent_octets = NULL
	WHERE sent_key IS NOT NULL AND change IS NULL;
DROP INDEX placement_astray;
CREATE INDEX placement_astray ON placement (mailbox)
	WHERE coalesce(sent_key, likely_key) IS NOT NULL AND uid IS NULL;

-- Keys began with the Date before schema 8.  Those of messages on a server that
-- have no Message-ID are asked for again.  Twice is as once.
-- script: rekey
UPDATE logical SET key = CAST(key_mark(message_id) || substr(key, 5) AS BLOB)
	WHERE message_id IS NOT NULL;
UPDATE logical SET key = ifnull((SELECT digest FROM variant
		WHERE variant.logical = logical.id
		AND substr(digest, 5) = substr(key, 5)), key)
	WHERE message_id IS NULL;
UPDATE remote SET key = CAST(key_mark(message_id) || substr(key, 5) AS BLOB)
	WHERE key IS NOT NULL AND message_id IS NOT NULL;
UPDATE remote SET key = NULL WHERE message_id IS NULL AND key IS NOT NULL;
