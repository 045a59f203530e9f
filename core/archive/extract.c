/* SPDX-License-Identifier: MIT */
#include "archive/extract.h"

#include <inttypes.h>

#include "archive/db.h"
#include "archive/unite.h"
#include "archive/word.h"
#include "base/limits.h"
#include "base/text.h"

/* A sighting's id below, how it is marked above; as extract_messages says. */
enum { MARK_SHIFT = 60 };

MC_RC mc_extract_begin(struct mc_archive *ar, struct mc_error *err)
{
	return mc_db_run(ar, MC_SQL_SNAPSHOT, err);
}

MC_RC mc_extract_folders(struct mc_archive *ar, mc_extract_folder_fn *fn,
	void *arg, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_EXTRACT_FOLDERS);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		const struct mc_extract_folder folder = {
			.id = mc_column_int(&q, 0),
			.source = mc_column_text(&q, 1),
			.kind = mc_column_text(&q, 2),
			.path = mc_column_text(&q, 3),
			.sightings = mc_column_int(&q, 4),
			.standing = mc_column_int(&q, 5) + mc_column_int(&q, 6),
			.labelled = mc_column_int(&q, 6),
		};

		if (!folder.source || !folder.kind || !folder.path)
			rc = mc_db_damaged(err, "folder", folder.id);
		else
			rc = fn(arg, &folder, err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC take_message(
	struct mc_query *q, struct mc_extract *out, struct mc_error *err)
{
	out->logical = mc_column_int(q, 0);
	out->body = mc_column_int(q, 1);
	out->octets = mc_column_int(q, 2);
	out->shape = mc_column_u32(q, 3);
	out->flags = mc_column_u32(q, 4);
	out->time = mc_column_time(q, 5);
	out->raw_octets = mc_column_int(q, 6);
	out->sender = mc_column_text(q, 8);
	out->subject = mc_column_text(q, 9);
	if (!mc_column_digest(q, 7, &out->raw_sha256))
		return mc_db_damaged(err, "sighting", out->sighting);
	return MC_OK;
}

/* What is to be told of a sighting, and to whom. */
struct telling {
	struct mc_archive *ar;
	const struct mc_extract_rules *rules; /* unite copies; NULL: do not */
	mc_extract_fn *fn;
	void *arg;
};

/* Of all sightings, but for marks, which this one has or has not. */
static MC_RC unite(const struct telling *to, struct mc_extract *message,
	struct mc_buf *words, struct mc_error *err)
{
	uint32_t alone = to->rules->deleted | to->rules->expunged;
	uint32_t own = message->flags & alone;
	struct mc_united all;
	enum mc_rc rc = mc_unite(to->ar, message->logical, &all, err);

	message->flags = (all.flags & ~alone) | own;
	message->time = all.time;
	if (rc == MC_OK)
		rc = mc_unite_keywords(to->ar, message->logical, words, err);
	return rc;
}

static MC_RC tell_row(const struct telling *to, struct mc_query *q,
	struct mc_extract *message, struct mc_error *err)
{
	struct mc_buf words;
	enum mc_rc rc = take_message(q, message, err);

	mc_buf_init(&words, MC_FIELD_MAX);
	if (rc == MC_OK && to->rules)
		rc = unite(to, message, &words, err);
	else if (rc == MC_OK)
		rc = mc_words_get(
			to->ar, message->sighting, MC_KEYWORD, &words, err);
	message->keywords = mc_buf_span(&words);
	if (rc == MC_OK)
		rc = to->fn(to->arg, message, err);
	mc_buf_dispose(&words);
	return rc;
}

/* One that is damaged is told as such; the others come behind it. */
static MC_RC tell_lost(
	const struct telling *to, int64_t sighting, struct mc_error *err)
{
	const struct mc_error why = *err;
	const struct mc_extract message = {
		.sighting = sighting, .time = MC_NO_TIME, .lost = &why
	};

	return to->fn(to->arg, &message, err);
}

static MC_RC tell(
	const struct telling *to, int64_t sighting, struct mc_error *err)
{
	struct mc_extract message = { .sighting = sighting };
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, to->ar, MC_SQL_EXTRACT_ONE);
	mc_bind_int(&q, sighting);
	rc = mc_query_next(&q, err);
	if (rc == MC_DONE)
		rc = mc_db_damaged(err, "sighting", sighting);
	if (rc == MC_OK)
		rc = tell_row(to, &q, &message, err);
	mc_query_close(&q);
	rc = mc_db_narrow(rc, err, "sighting", sighting);
	if (rc < 0 && err->scope == MC_MESSAGE)
		rc = tell_lost(to, sighting, err);
	return rc;
}

/* Tells of every sighting that q names in its only column, and closes q. */
static MC_RC tell_each(
	const struct telling *to, struct mc_query *q, struct mc_error *err)
{
	enum mc_rc rc;

	for (rc = mc_query_next(q, err); rc == MC_OK;
		rc = mc_query_next(q, err)) {
		int64_t id = mc_column_int(q, 0);

		rc = tell(to, id & ((INT64_C(1) << MARK_SHIFT) - 1), err);
		if (rc != MC_OK)
			break;
	}
	mc_query_close(q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_extract_messages(struct mc_archive *ar, const char *path,
	const struct mc_extract_rules *rules, mc_extract_fn *fn, void *arg,
	struct mc_error *err)
{
	const struct telling to = { ar, rules, fn, arg };
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_EXTRACT_MESSAGES);
	mc_bind_text(&q, path);
	mc_bind_int(&q, rules->expunged);
	mc_bind_int(&q, rules->deleted);
	mc_bind_int(&q, rules->all_variants);
	return tell_each(&to, &q, err);
}

MC_RC mc_extract_count(struct mc_archive *ar, const char *path,
	const struct mc_extract_rules *rules, int64_t *n, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*n = 0;
	mc_query_open(&q, ar, MC_SQL_EXTRACT_MESSAGES_COUNT);
	mc_bind_text(&q, path);
	mc_bind_int(&q, rules->all_variants);
	rc = mc_query_int(&q, n, err);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_extract_sightings(struct mc_archive *ar, int64_t folder,
	mc_extract_fn *fn, void *arg, struct mc_error *err)
{
	const struct telling to = { ar, NULL, fn, arg };
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_EXTRACT_SIGHTINGS);
	mc_bind_int(&q, folder);
	return tell_each(&to, &q, err);
}

/* A row's id and the run that saw it last; *run -1: there is none. */
static MC_RC find(
	struct mc_query *q, int64_t *id, int64_t *run, struct mc_error *err)
{
	enum mc_rc rc = mc_query_next(q, err);

	*id = 0;
	*run = -1;
	if (rc == MC_OK) {
		*id = mc_column_int(q, 0);
		*run = mc_column_int(q, 1);
	}
	mc_query_close(q);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC tell_gap(struct mc_archive *ar, int64_t id,
	const struct mc_extract_reader *reader, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_EXTRACT_GAP);
	mc_bind_int(&q, id);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK)
		rc = reader->gap(reader->arg, mc_column_blob(&q, 0), err);
	else if (rc == MC_DONE)
		rc = mc_db_damaged(err, "gap", id);
	mc_query_close(&q);
	return rc;
}

MC_RC mc_extract_at(struct mc_archive *ar, const struct mc_extract_file *file,
	int64_t offset, const struct mc_extract_reader *reader,
	struct mc_error *err)
{
	const struct telling to = { ar, NULL, reader->message, reader->arg };
	int64_t sighting;
	int64_t seen;
	int64_t gap;
	int64_t gap_seen = -1;
	char key[24];
	struct mc_query q;
	enum mc_rc rc;

	mc_text_format(key, sizeof(key), "%" PRId64, offset);
	mc_query_open(&q, ar, MC_SQL_EXTRACT_SIGHTING_AT);
	mc_bind_int(&q, file->folder);
	mc_bind_text(&q, key);
	mc_bind_int(&q, file->since);
	rc = find(&q, &sighting, &seen, err);
	if (rc == MC_OK) {
		mc_query_open(&q, ar, MC_SQL_EXTRACT_GAP_AT);
		mc_bind_int(&q, file->folder);
		mc_bind_int(&q, offset);
		mc_bind_int(&q, file->since);
		rc = find(&q, &gap, &gap_seen, err);
	}
	if (rc < 0)
		return rc;
	if (seen < 0 && gap_seen < 0)
		return MC_DONE;
	return seen >= gap_seen ? tell(&to, sighting, err)
				: tell_gap(ar, gap, reader, err);
}

static MC_RC behind(struct mc_query *q, const struct mc_extract_file *file,
	int64_t offset, int64_t *next, struct mc_error *err)
{
	int64_t found;
	enum mc_rc rc;

	mc_bind_int(q, file->folder);
	mc_bind_int(q, offset);
	mc_bind_int(q, file->since);
	rc = mc_query_int(q, &found, err);
	if (rc == MC_OK && found < *next)
		*next = found;
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_extract_behind(struct mc_archive *ar,
	const struct mc_extract_file *file, int64_t offset, int64_t *next,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*next = INT64_MAX;
	mc_query_open(&q, ar, MC_SQL_EXTRACT_SIGHTING_BEHIND);
	rc = behind(&q, file, offset, next, err);
	if (rc < 0)
		return rc;
	mc_query_open(&q, ar, MC_SQL_EXTRACT_GAP_BEHIND);
	rc = behind(&q, file, offset, next, err);
	if (rc < 0)
		return rc;
	return *next == INT64_MAX ? MC_DONE : MC_OK;
}

MC_RC mc_extract_last_run(struct mc_archive *ar, int64_t folder, int64_t *run,
	bool *well, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*run = 0;
	*well = true;
	mc_query_open(&q, ar, MC_SQL_EXTRACT_LAST_RUN);
	mc_bind_int(&q, folder);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK) {
		*run = mc_column_int(&q, 0);
		*well = mc_column_int(&q, 1) == 0;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}
