/* SPDX-License-Identifier: MIT */
#include "job/ingest.h"

#include "archive/body.h"
#include "base/limits.h"
#include "job/labels.h"

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
	return mc_scan_new(&in->scan, err);
}

void mc_ingest_dispose(struct mc_ingest *in)
{
	mc_scan_free(in->scan);
	mc_identified_dispose(&in->id);
	mc_buf_dispose(&in->labels);
	mc_buf_dispose(&in->dress);
	mc_buf_dispose(&in->keywords);
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
	if (rc == MC_OK)
		rc = mc_labels_split(&in->labels, facts->labels, err);
	if (rc == MC_OK)
		rc = join(&in->keywords, words_span(item->keywords),
			words_span(facts->keywords), err);
	if (rc == MC_OK)
		rc = join(&in->dress, facts->dress, item->wrap, err);
	return rc;
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
	s->flags = item->flags | facts->flags;
	s->keywords = mc_buf_span(&in->keywords);
	s->labels = mc_buf_span(&in->labels);
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
	struct mc_sighting s = { .folder = place->folder, .run = place->run };
	char by_content[8 + MC_SHA256_HEX] = "sha256:";
	struct mc_facts facts;
	enum mc_rc rc = mc_scan_end(in->scan, &facts, err);

	if (rc == MC_OK)
		rc = work_out(in, item, &facts, err);
	if (rc == MC_OK &&
		mc_select_skips(place->select, facts.raw_octets,
			mc_identify_date(&in->id, &facts, item->date).time,
			&out->rule))
		return MC_DONE;
	if (rc == MC_OK)
		rc = put_body(in, &facts, &s.body, err);
	if (rc < 0)
		return rc;
	mc_digest_hex(by_content + strlen(by_content), &facts.raw_sha256);
	describe(in, item, &facts, by_content, &s);
	return mc_sighting_put(
		in->ar, &s, place->moving, &out->news, &out->sighting, err);
}
