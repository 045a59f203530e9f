/* SPDX-License-Identifier: MIT */
#include "job/ingest.h"

#include "archive/body.h"
#include "base/limits.h"
#include "job/refresh.h"
#include "plan/plan.h"

static MC_RC put_canonical(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct mc_ingest *in = (struct mc_ingest *)(void *)sink;

	return mc_body_write(in->ar, bytes, err);
}

MC_RC mc_ingest_init(
	struct mc_ingest *in, struct mc_archive *ar, struct mc_error *err)
{
	*in = (struct mc_ingest){ .sink = { put_canonical }, .ar = ar };
	mc_identified_init(&in->id);
	mc_buf_init(&in->labels, MC_HEADER_MAX);
	mc_buf_init(&in->dress, MC_DRESS_MAX + MC_HEADER_MAX);
	mc_buf_init(&in->keywords, MC_HEADER_MAX);
	mc_buf_init(&in->sorted.keywords, MC_WORDS_MAX);
	return mc_scan_new(&in->scan, err);
}

void mc_ingest_dispose(struct mc_ingest *in)
{
	mc_scan_free(in->scan);
	mc_identified_dispose(&in->id);
	mc_buf_dispose(&in->labels);
	mc_buf_dispose(&in->dress);
	mc_buf_dispose(&in->keywords);
	mc_buf_dispose(&in->sorted.keywords);
}

MC_RC mc_ingest_begin(
	struct mc_ingest *in, enum mc_store store, struct mc_error *err)
{
	enum mc_rc rc = mc_body_begin(in->ar, err);

	if (rc == MC_OK)
		rc = mc_scan_begin(in->scan, store, &in->sink, err);
	return rc;
}

MC_RC mc_ingest_bytes(
	struct mc_ingest *in, struct mc_span raw, struct mc_error *err)
{
	return mc_scan_bytes(in->scan, raw, err);
}

void mc_ingest_abort(struct mc_ingest *in)
{
	if (in->ar)
		mc_body_abort(in->ar);
}

/* a, then b, into an emptied out. */
static MC_RC join(struct mc_buf *out, struct mc_span a, struct mc_span b,
	struct mc_error *err)
{
	enum mc_rc rc;

	mc_buf_clear(out);
	rc = mc_buf_put(out, a, err);
	return rc == MC_OK ? mc_buf_put(out, b, err) : rc;
}

static struct mc_span words_span(struct mc_words words)
{
	return (struct mc_span){ words.text, words.n };
}

/* Everything about it that needs more than the scan. */
static MC_RC work_out(struct mc_ingest *in, const struct mc_item *item,
	const struct mc_facts *facts, struct mc_error *err)
{
	enum mc_rc rc = mc_identify(&in->id, facts, err);

	mc_buf_clear(&in->labels);
	if (rc == MC_OK && item->told_labels)
		rc = mc_buf_put(&in->labels, words_span(item->labels), err);
	else if (rc == MC_OK)
		rc = mc_labels_split(&in->labels, facts->labels, err);
	if (rc == MC_OK)
		rc = join(&in->keywords, words_span(item->keywords),
			words_span(facts->keywords), err);
	if (rc == MC_OK)
		rc = join(&in->dress, facts->dress, item->wrap, err);
	return rc;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The folder that a label is, if the rules let it pass. */
static MC_RC put_stand(struct mc_ingest *in, const struct mc_place *place,
	const struct mc_gmail_label *label, struct mc_error *err)
{
	struct mc_folder_row row;
	const char *rule = NULL;
	char *path = NULL;
	enum mc_rc rc = mc_strdup(&path, label->path, err);

	if (rc == MC_OK && mc_rules_pass(place->rules, path, &rule)) {
		rc = mc_folder_put(in->ar, place->source, path,
			(int)label->special, &row, err);
		if (rc == MC_OK)
			in->stands[in->stands_n++] = row.id;
	}
	free(path);
	return rc;
}

/* What Gmail's labels say of a message, in a folder where they do.  MC_DONE:
 * the rules let none of its folders pass. */
static MC_RC stand(struct mc_ingest *in, const struct mc_item *item,
	const struct mc_place *place, const struct mc_facts *facts,
	struct mc_error *err)
{
	struct mc_words words = { in->labels.data, in->labels.len };
	struct mc_labels *sorted = &in->sorted;
	enum mc_rc rc;

	in->stands_n = 0;
	sorted->flags = 0;
	mc_buf_clear(&sorted->keywords);
	if (!place->labelled || !(item->told_labels || facts->labels.n > 0))
		return MC_OK;
	rc = mc_labels_sort(sorted, words, item->told_labels, err);
	for (size_t i = 0; rc == MC_OK && i < sorted->n; i++)
		rc = put_stand(in, place, &sorted->folders[i], err);
	if (rc == MC_OK)
		rc = mc_buf_put(
			&in->keywords, mc_buf_span(&sorted->keywords), err);
	if (in->stands_n > 0)
		qsort(in->stands, in->stands_n, sizeof(in->stands[0]),
			compare_ids);
	return rc == MC_OK && in->stands_n == 0 ? MC_DONE : rc;
}

static MC_RC put_body(struct mc_ingest *in, const struct mc_facts *facts,
	int64_t *id, struct mc_error *err)
{
	struct mc_body body = { .octets = facts->octets,
		.sha256 = facts->sha256,
		.shape = facts->shape,
		.longest_line = facts->longest_line };
	bool is_new;
	enum mc_rc rc = mc_body_finish(in->ar, &body, &is_new, err);

	*id = body.id;
	return rc;
}

/* by_content: the key of what the source cannot name is what it is. */
static void describe(struct mc_ingest *in, const struct mc_item *item,
	const struct mc_facts *facts, const char *by_content,
	struct mc_sighting *s)
{
	struct mc_date when = mc_identify_date(&in->id, facts, item->date);

	s->key = item->key[0] ? item->key : by_content;
	s->listed_octets = item->octets;
	s->raw_octets = facts->raw_octets;
	if (!mc_digest_eq(&facts->raw_sha256, &facts->sha256))
		s->raw_sha256 = &facts->raw_sha256;
	s->dress = mc_buf_span(&in->dress);
	s->time = when.time;
	s->rank = (int)when.rank;
	s->flags = item->flags | facts->flags | in->sorted.flags;
	s->keywords = mc_buf_span(&in->keywords);
	s->labels = mc_buf_span(&in->labels);
	s->stands = in->stands;
	s->stands_n = in->stands_n;
	s->logical_key = &in->id.key;
	s->variant = &facts->variant;
	s->message_id = facts->message_id;
	s->aliases = words_span(facts->aliases);
	s->date = in->id.date;
	s->from = mc_buf_str(&in->id.from);
	s->subject = mc_buf_str(&in->id.subject);
}

bool mc_select_skips(const struct mc_selection *select, int64_t octets,
	int64_t time, enum mc_skip_rule *rule)
{
	bool dated = time != MC_NO_TIME;

	if (select->since != 0 && dated && time < select->since)
		*rule = MC_SKIP_SINCE;
	else if (select->before != 0 && dated && time >= select->before)
		*rule = MC_SKIP_BEFORE;
	else if (select->max_octets > 0 && octets > select->max_octets)
		*rule = MC_SKIP_MAX_SIZE;
	else
		return false;
	return true;
}

int64_t mc_item_time(const struct mc_item *item)
{
	return item->date.rank < MC_DATE_RECEIVED ? item->date.time
						  : MC_NO_TIME;
}

MC_RC mc_ingest_end(struct mc_ingest *in, const struct mc_item *item,
	const struct mc_place *place, struct mc_arrival *out,
	struct mc_error *err)
{
	struct mc_sighting s = { .folder = place->folder,
		.run = place->run,
		.since_run = place->since_run };
	char by_content[8 + MC_SHA256_HEX] = "sha256:";
	struct mc_facts facts;
	enum mc_rc rc = mc_scan_end(in->scan, &facts, err);

	*out = (struct mc_arrival){ 0 };
	if (rc == MC_OK)
		rc = mc_refresh_has_lines(facts.dress, &out->in_place, err);
	if (rc == MC_OK)
		rc = work_out(in, item, &facts, err);
	if (rc == MC_OK &&
		mc_select_skips(place->select, facts.raw_octets,
			mc_identify_date(&in->id, &facts, item->date).time,
			&out->rule))
		return MC_DONE;
	if (rc == MC_OK)
		rc = stand(in, item, place, &facts, err);
	if (rc == MC_DONE)
		out->rule = MC_SKIP_FOLDER;
	if (rc == MC_OK)
		rc = put_body(in, &facts, &s.body, err);
	if (rc != MC_OK)
		return rc;
	mc_digest_hex(by_content + strlen(by_content), &facts.raw_sha256);
	describe(in, item, &facts, by_content, &s);
	return mc_sighting_put(in->ar, &s, &out->news, &out->sighting, err);
}
