/* SPDX-License-Identifier: MIT
 * schema: versions and the steps between them. */
#include "archive/schema.h"

#include <assert.h>

#include "archive/batch.h"
#include "base/hash.h"
#include "base/text.h"

/* Step n lifts version n to n + 1; the first makes the archive of an empty
 * file.  Steps are never changed once released, only added. */
static const enum mc_sql steps[] = {
	MC_SQL_SCHEMA_1,
	MC_SQL_SCHEMA_2,
	MC_SQL_SCHEMA_3,
	MC_SQL_SCHEMA_4,
	MC_SQL_SCHEMA_5,
	MC_SQL_SCHEMA_6,
	MC_SQL_SCHEMA_7,
	MC_SQL_SCHEMA_8,
	MC_SQL_SCHEMA_9,
	MC_SQL_SCHEMA_10,
	MC_SQL_SCHEMA_11,
};
enum { KEYS_BY_ID = 8 }; /* before: by date */
static_assert(sizeof(steps) / sizeof(steps[0]) == MC_SCHEMA_VERSION,
	"a step for every version");

static MC_RC get_int(struct mc_archive *ar, enum mc_sql sql, int64_t *value,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*value = 0;
	mc_query_open(&q, ar, sql);
	rc = mc_query_int(&q, value, err);
	return rc < 0 ? rc : MC_OK;
}

/* user_version takes no parameter. */
static MC_RC set_version(
	struct mc_archive *ar, int64_t version, struct mc_error *err)
{
	char text[64];
	int code;

	mc_text_format(text, sizeof(text), "PRAGMA user_version = %lld",
		(long long)version);
	code = sqlite3_exec(ar->db, text, NULL, NULL, NULL);
	return code == SQLITE_OK ? MC_OK : mc_db_fail(ar, code, err);
}

/* What a key of this Message-ID begins with: msg/identity.h. */
static void key_mark(sqlite3_context *context, int n, sqlite3_value **values)
{
	const struct mc_span id = { sqlite3_value_blob(values[0]),
		(size_t)sqlite3_value_bytes(values[0]) };
	const struct mc_digest digest = mc_digest_of(id);

	(void)n;
	sqlite3_result_blob(context, digest.octet, 4, SQLITE_TRANSIENT);
}

MC_RC mc_schema_rekey(
	struct mc_archive *ar, int64_t version, struct mc_error *err)
{
	int code;

	if (version >= KEYS_BY_ID)
		return MC_OK;
	code = sqlite3_create_function(ar->db, "key_mark", 1,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
		key_mark, NULL, NULL);
	return code == SQLITE_OK ? mc_db_script(ar, MC_SQL_REKEY, err)
				 : mc_db_fail(ar, code, err);
}

static MC_RC lift(struct mc_archive *ar, int64_t from, struct mc_error *err)
{
	enum mc_rc rc = mc_archive_begin(ar, err);

	if (rc < 0)
		return rc;
	rc = mc_db_script(ar, steps[from], err);
	if (rc == MC_OK && from + 1 == KEYS_BY_ID)
		rc = mc_schema_rekey(ar, from, err);
	if (rc == MC_OK)
		rc = set_version(ar, from + 1, err);
	return mc_batch_leave(ar, true, rc, err);
}

/* An empty database has no version, no application and nothing in it. */
static MC_RC identify(struct mc_archive *ar, enum mc_archive_mode mode,
	int64_t *version, struct mc_error *err)
{
	int64_t application = 0;
	int64_t objects = 0;

	if (get_int(ar, MC_SQL_APPLICATION_GET, &application, err) < 0 ||
		get_int(ar, MC_SQL_VERSION_GET, version, err) < 0 ||
		get_int(ar, MC_SQL_OBJECTS_EXIST, &objects, err) < 0)
		return err->rc;
	if (application == 0 && *version == 0 && objects == 0) {
		if (mode == MC_ARCHIVE_CREATE)
			return MC_OK;
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is empty: the run that made it was stopped "
			"before it kept anything; run it again",
			ar->path);
	}
	if (application != MC_APPLICATION_ID || *version < 1)
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no mailcart archive; -a FILE names another",
			ar->path);
	return MC_OK;
}

/* Is it, to the octet, out of one of our steps? */
static bool is_ours(const char *sql)
{
	for (size_t i = 0; sql && i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strstr(mc_statements[steps[i]].text, sql))
			return true;
	}
	return false;
}

/* Who hands out an archive can put triggers into it, and views in the place of
 * tables, that change what is read and stored.  None but ours may be there. */
static MC_RC check_programs(struct mc_archive *ar, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_SCHEMA_PROGRAMS);
	while ((rc = mc_query_next(&q, err)) == MC_OK) {
		const char *name = mc_column_text(&q, 0);

		if (is_ours(mc_column_text(&q, 1)))
			continue;
		rc = mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is not to be trusted: it holds '%.80s', which "
			"mailcart did not put there; take a copy that nobody "
			"changed",
			ar->path, name ? name : "");
		break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_schema_check(struct mc_archive *ar, enum mc_archive_mode mode,
	int64_t *version, struct mc_error *err)
{
	enum mc_rc rc = identify(ar, mode, version, err);

	if (rc < 0)
		return rc;
	if (*version > MC_SCHEMA_VERSION)
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' was written by a newer mailcart (schema %lld, "
			"this one knows %d); use that one",
			ar->path, (long long)*version, MC_SCHEMA_VERSION);
	if (*version < MC_SCHEMA_VERSION && mode == MC_ARCHIVE_READ)
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' was written by an older mailcart (schema %lld, "
			"this one knows %d); pull or push once to lift it",
			ar->path, (long long)*version, MC_SCHEMA_VERSION);
	return check_programs(ar, err);
}

MC_RC mc_schema_lift(
	struct mc_archive *ar, int64_t version, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (version == MC_SCHEMA_VERSION)
		return MC_OK;
	/* A table that is made anew is missing for a moment. */
	rc = mc_db_script(ar, MC_SQL_REFERENCES_OFF, err);
	for (; rc == MC_OK && version < MC_SCHEMA_VERSION; version++)
		rc = lift(ar, version, err);
	return rc == MC_OK ? mc_db_script(ar, MC_SQL_REFERENCES_ON, err) : rc;
}
