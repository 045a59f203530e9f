/* SPDX-License-Identifier: MIT */
#include "job/ingest.h"

#include <stdlib.h>

#include "base/limits.h"
#include "job/identify.h"
#include "job/labels.h"
#include "job/refresh.h"

struct mc_ingest {
	struct mc_sink sink; /* of the scan: canonical octets to fn */
	mc_canonical_fn *fn;
	void *arg;
	struct mc_scan *scan;
	struct mc_identified id;
	struct mc_buf labels;
	struct mc_buf dress;
	struct mc_buf keywords;
};

static MC_RC put_canonical(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct mc_ingest *in = (struct mc_ingest *)(void *)sink;

	return in->fn(in->arg, bytes, err);
}

MC_RC mc_ingest_new(struct mc_ingest **out, mc_canonical_fn *fn, void *arg,
	struct mc_error *err)
{
	struct mc_ingest *in = calloc(1, sizeof(*in));
	enum mc_rc rc;

	*out = NULL;
	if (!in)
		return mc_fail_memory(err);
	in->sink.put = put_canonical;
	in->fn = fn;
	in->arg = arg;
	mc_identified_init(&in->id);
	mc_buf_init(&in->labels, MC_HEADER_MAX);
	mc_buf_init(&in->dress, MC_DRESS_MAX + MC_HEADER_MAX);
	mc_buf_init(&in->keywords, MC_HEADER_MAX);
	rc = mc_scan_new(&in->scan, err);
	if (rc < 0)
		mc_ingest_free(in);
	else
		*out = in;
	return rc;
}

void mc_ingest_free(struct mc_ingest *in)
{
	if (!in)
		return;
	mc_scan_free(in->scan);
	mc_identified_dispose(&in->id);
	mc_buf_dispose(&in->labels);
	mc_buf_dispose(&in->dress);
	mc_buf_dispose(&in->keywords);
	free(in);
}

MC_RC mc_ingest_begin(
	struct mc_ingest *in, enum mc_store store, struct mc_error *err)
{
	return mc_scan_begin(in->scan, store, &in->sink, err);
}

MC_RC mc_ingest_bytes(
	struct mc_ingest *in, struct mc_span raw, struct mc_error *err)
{
	return mc_scan_bytes(in->scan, raw, err);
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

static struct mc_span copy(char **at, struct mc_span s)
{
	struct mc_span here = { *at, s.n };

	if (s.n > 0)
		memcpy(*at, s.p, s.n);
	(*at)[s.n] = '\0';
	*at += s.n + 1;
	return here;
}

static struct mc_words copy_words(char **at, struct mc_span s)
{
	struct mc_span here = copy(at, s);

	return (struct mc_words){ here.p, here.n };
}

/* Into memory of the parcel's own: buffers are for the next message. */
static MC_RC keep(
	struct mc_ingest *in, struct mc_parcel *parcel, struct mc_error *err)
{
	const struct mc_facts *facts = &parcel->facts;
	struct mc_span parts[] = { facts->message_id,
		words_span(facts->aliases), mc_buf_span(&in->id.from),
		mc_buf_span(&in->id.subject), mc_buf_span(&in->labels),
		mc_buf_span(&in->keywords), mc_buf_span(&in->dress) };
	size_t n = sizeof(parts) / sizeof(parts[0]);
	char *at;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		n += parts[i].n;
	parcel->text = at = malloc(n);
	if (!at)
		return mc_fail_memory(err);
	parcel->facts.message_id = copy(&at, parts[0]);
	parcel->facts.aliases = copy_words(&at, parts[1]);
	parcel->from = copy(&at, parts[2]).p;
	parcel->subject = copy(&at, parts[3]).p;
	parcel->labels = copy_words(&at, parts[4]);
	parcel->keywords = copy_words(&at, parts[5]);
	parcel->dress = copy(&at, parts[6]);
	parcel->cargo.load.weight += n;
	return MC_OK;
}

MC_RC mc_ingest_end(
	struct mc_ingest *in, struct mc_parcel *parcel, struct mc_error *err)
{
	const struct mc_item *item = &parcel->item->item;
	struct mc_facts *facts = &parcel->facts;
	enum mc_rc rc = mc_scan_end(in->scan, facts, err);

	if (rc == MC_OK)
		rc = mc_refresh_has_lines(facts->dress, &parcel->in_place, err);
	if (rc == MC_OK)
		rc = work_out(in, item, facts, err);
	if (rc < 0)
		return rc;
	parcel->key = in->id.key;
	parcel->date = in->id.date;
	parcel->when = mc_identify_date(&in->id, facts, item->date);
	parcel->has_labels = facts->labels.n > 0;
	return keep(in, parcel, err);
}
