/* SPDX-License-Identifier: MIT
 * query: totals, sightings, dress. */
#include "archive/query.h"

#include "archive/db.h"
#include "archive/membership.h"
#include "archive/word.h"
#include "base/limits.h"

MC_RC mc_totals_get(
	struct mc_archive *ar, struct mc_totals *out, struct mc_error *err)
{
	const struct mc_totals *new = &ar->counted;
	struct mc_query q;
	enum mc_rc rc;

	*out = (struct mc_totals){ 0 };
	mc_query_open(&q, ar, MC_SQL_TOTALS_GET);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK)
		*out = (struct mc_totals){
			.logical = mc_column_int(&q, 0) + new->logical,
			.variants = mc_column_int(&q, 1) + new->variants,
			.bodies = mc_column_int(&q, 2) + new->bodies,
			.sightings = mc_column_int(&q, 3) + new->sightings,
			.octets_raw = mc_column_int(&q, 4) + new->octets_raw,
			.octets_stored =
				mc_column_int(&q, 5) + new->octets_stored,
			.reused_ids = mc_column_int(&q, 6) + new->reused_ids,
			.without_id = mc_column_int(&q, 7) + new->without_id,
		};
	mc_query_close(&q);
	if (rc == MC_DONE)
		return mc_fail(err, MC_EDB, MC_RUN, 0,
			"archive '%s' is damaged: no totals", ar->path);
	return rc;
}

MC_RC mc_unplaced_count(struct mc_archive *ar, int64_t *n, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*n = 0;
	mc_query_open(&q, ar, MC_SQL_SIGHTINGS_UNPLACED);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK)
		*n = mc_column_int(&q, 0);
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

/* Columns of the view `seen`. */
enum {
	SEEN_ID,
	SEEN_LOGICAL,
	SEEN_SOURCE,
	SEEN_PATH,
	SEEN_KEY,
	SEEN_MESSAGE_ID,
	SEEN_SHA256,
	SEEN_RAW_SHA256,
	SEEN_RAW_OCTETS,
	SEEN_TIME,
	SEEN_DATE,
	SEEN_SENDER,
	SEEN_SUBJECT,
	SEEN_FLAGS,
	SEEN_BODY,
};

static MC_RC take_line(
	struct mc_query *q, struct mc_sighting_line *line, struct mc_error *err)
{
	*line = (struct mc_sighting_line){
		.logical = mc_column_int(q, SEEN_LOGICAL),
		.sighting = mc_column_int(q, SEEN_ID),
		.source = mc_column_text(q, SEEN_SOURCE),
		.folder = mc_column_text(q, SEEN_PATH),
		.key = mc_column_text(q, SEEN_KEY),
		.message_id = mc_column_text(q, SEEN_MESSAGE_ID),
		.octets = mc_column_int(q, SEEN_RAW_OCTETS),
		.time = mc_column_time(q, SEEN_TIME),
		.date = mc_column_time(q, SEEN_DATE),
		.from = mc_column_text(q, SEEN_SENDER),
		.subject = mc_column_text(q, SEEN_SUBJECT),
		.flags = mc_column_u32(q, SEEN_FLAGS),
		.body = mc_column_int(q, SEEN_BODY),
	};
	if (!mc_column_digest(q, SEEN_SHA256, &line->sha256) ||
		!mc_column_digest(q, SEEN_RAW_SHA256, &line->raw_sha256) ||
		!line->source || !line->folder || !line->key)
		return mc_db_damaged(err, "sighting", line->sighting);
	return MC_OK;
}

static MC_RC tell_sighting(struct mc_query *q,
	const struct mc_sighting_filter *filter, mc_sighting_fn *fn, void *arg,
	struct mc_error *err)
{
	struct mc_sighting_line line;
	struct mc_buf keywords;
	struct mc_buf labels;
	struct mc_buf stands;
	enum mc_rc rc = take_line(q, &line, err);

	if (rc < 0)
		return rc;
	if (filter->logical && filter->logical != line.logical)
		return MC_OK;
	if (filter->folder && (filter->logical || filter->sighting) &&
		strcmp(filter->folder, line.folder) != 0)
		return MC_OK;
	mc_buf_init(&keywords, MC_FIELD_MAX);
	mc_buf_init(&labels, MC_FIELD_MAX);
	mc_buf_init(&stands, MC_FIELD_MAX);
	rc = mc_words_get(q->ar, line.sighting, MC_KEYWORD, &keywords, err);
	if (rc == MC_OK)
		rc = mc_words_get(q->ar, line.sighting, MC_LABEL, &labels, err);
	if (rc == MC_OK)
		rc = mc_membership_paths(q->ar, line.sighting, &stands, err);
	line.keywords = mc_buf_span(&keywords);
	line.labels = mc_buf_span(&labels);
	line.stands = mc_buf_span(&stands);
	if (rc == MC_OK)
		rc = fn(arg, &line, err);
	mc_buf_dispose(&keywords);
	mc_buf_dispose(&labels);
	mc_buf_dispose(&stands);
	return rc;
}

static void open_seen(struct mc_query *q, struct mc_archive *ar,
	const struct mc_sighting_filter *filter)
{
	if (filter->sighting) {
		mc_query_open(q, ar, MC_SQL_SEEN_ONE);
		mc_bind_int(q, filter->sighting);
	} else if (filter->logical) {
		mc_query_open(q, ar, MC_SQL_SEEN_OF_LOGICAL);
		mc_bind_int(q, filter->logical);
	} else if (filter->folder) {
		mc_query_open(q, ar, MC_SQL_SEEN_OF_FOLDER);
		mc_bind_text(q, filter->folder);
	} else {
		mc_query_open(q, ar, MC_SQL_SEEN_ALL);
	}
}

MC_RC mc_sighting_each(struct mc_archive *ar,
	const struct mc_sighting_filter *filter, mc_sighting_fn *fn, void *arg,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	open_seen(&q, ar, filter);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		rc = tell_sighting(&q, filter, fn, arg, err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC take_raw(
	struct mc_query *q, struct mc_raw *raw, struct mc_error *err)
{
	*raw = (struct mc_raw){ .sighting = mc_column_int(q, 0),
		.body = mc_column_int(q, 1),
		.octets = mc_column_int(q, 2) };
	raw->dressed = !mc_column_is_null(q, 3);
	if (raw->dressed && !mc_column_digest(q, 3, &raw->sha256))
		return mc_db_damaged(err, "sighting", raw->sighting);
	return MC_OK;
}

MC_RC mc_raw_each(struct mc_archive *ar, int64_t after, mc_raw_fn *fn,
	void *arg, struct mc_error *err)
{
	struct mc_query q;
	struct mc_raw raw;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_RAW_EACH);
	mc_bind_int(&q, after);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		rc = take_raw(&q, &raw, err);
		if (rc == MC_OK)
			rc = fn(arg, &raw, err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_sighting_last(
	struct mc_archive *ar, int64_t *sighting, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*sighting = 0;
	mc_query_open(&q, ar, MC_SQL_SIGHTING_LAST);
	rc = mc_query_int(&q, sighting, err);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_verified_get(
	struct mc_archive *ar, struct mc_verified *out, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*out = (struct mc_verified){ 0 };
	mc_query_open(&q, ar, MC_SQL_VERIFIED_GET);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK)
		*out = (struct mc_verified){ mc_column_int(&q, 0),
			mc_column_int(&q, 1) };
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_verified_set(struct mc_archive *ar, const struct mc_verified *to,
	struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_VERIFIED_SET);
	mc_bind_int(&q, to->body);
	mc_bind_int(&q, to->sighting);
	return mc_query_run(&q, err);
}

static MC_RC take_dress(struct mc_query *q, int64_t sighting,
	struct mc_buf *out, struct mc_error *err)
{
	int64_t octets = mc_column_int(q, 0);

	if (octets < 1 || octets > MC_DRESS_MAX)
		return mc_db_damaged(
			err, "what its folder said of it", sighting);
	if (mc_buf_reserve(out, (size_t)octets, err) < 0)
		return err->rc;
	if (!mc_unpack(q->ar->unpack, mc_column_int(q, 1), mc_column_blob(q, 2),
		    out->data, (size_t)octets))
		return mc_db_damaged(
			err, "what its folder said of it", sighting);
	out->len = (size_t)octets;
	out->data[out->len] = '\0';
	return MC_OK;
}

MC_RC mc_dress_get(struct mc_archive *ar, int64_t sighting, struct mc_buf *out,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_buf_clear(out);
	mc_query_open(&q, ar, MC_SQL_DRESS_GET);
	mc_bind_int(&q, sighting);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK)
		rc = take_dress(&q, sighting, out, err);
	mc_query_close(&q);
	rc = mc_db_narrow(rc, err, "what its folder said of it", sighting);
	return rc < 0 ? rc : MC_OK;
}
