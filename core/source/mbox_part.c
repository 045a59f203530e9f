/* SPDX-License-Identifier: MIT */
#include "source/mbox_part.h"

#include <inttypes.h>

#include "base/text.h"
#include "source/mbox_split.h"

static MC_RC tell_gap(struct mc_mbox_part *p, struct mc_error *err)
{
	struct mc_span octets = mc_buf_span(&p->gap);
	enum mc_rc rc;

	if (octets.n == 0)
		return MC_OK;
	rc = p->rx->gap(
		p->rx, p->gap_at, (int64_t)octets.n, p->gap_name, octets, err);
	p->gap_at += (int64_t)octets.n;
	mc_buf_clear(&p->gap);
	return rc;
}

/* What is long is told in pieces. */
static MC_RC put_gap(
	struct mc_mbox_part *p, struct mc_span bytes, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && bytes.n > 0) {
		struct mc_span piece =
			mc_span_head(bytes, p->gap.max - p->gap.len);

		rc = mc_buf_put(&p->gap, piece, err);
		if (rc == MC_OK && p->gap.len == p->gap.max)
			rc = tell_gap(p, err);
		bytes = mc_mbox_behind(bytes, piece.n);
	}
	return rc;
}

static MC_RC deliver(
	struct mc_mbox_part *p, struct mc_span bytes, struct mc_error *err)
{
	if (bytes.n == 0)
		return MC_OK;
	if (p->kind == MC_PART_MESSAGE)
		return p->rx->bytes(p->rx, bytes, err);
	return p->kind == MC_PART_GAP ? put_gap(p, bytes, err) : MC_OK;
}

MC_RC mc_mbox_part_flush(struct mc_mbox_part *p, struct mc_error *err)
{
	struct mc_span bytes = mc_span_head(p->batch, p->batch.n - p->held);

	p->batch = mc_mbox_behind(p->batch, bytes.n);
	return deliver(p, bytes, err);
}

MC_RC mc_mbox_part_end(struct mc_mbox_part *p, int64_t at,
	const struct mc_error *why, struct mc_error *err)
{
	int64_t octets = at - p->start;
	enum mc_mbox_part_kind kind = p->kind;
	enum mc_rc rc = mc_mbox_part_flush(p, err);

	if (rc < 0)
		return rc;
	p->accounted += octets;
	p->kind = MC_PART_NONE;
	if (kind == MC_PART_GAP)
		return tell_gap(p, err);
	if (kind != MC_PART_MESSAGE)
		return MC_OK;
	rc = mc_mbox_wrap_end(&p->wrap,
		p->mmdf ? MC_QUOTE_NONE : p->conf->quote, p->batch, err);
	if (rc < 0)
		return rc;
	if (p->wrap.lost)
		mc_note(p->conf->monitor,
			"'%s': octet %" PRId64 ": so many lines \"From ...\" "
			"that how they stood is not kept",
			p->path, p->start);
	p->item.wrap = mc_buf_span(&p->wrap.out);
	p->item.file_octets = octets;
	return p->rx->end(p->rx, &p->item, why, err);
}

void mc_mbox_part_begin_gap(struct mc_mbox_part *p, const char *name)
{
	p->kind = MC_PART_GAP;
	p->gap_name = name;
	p->gap_at = p->start;
	mc_buf_clear(&p->gap);
}

MC_RC mc_mbox_part_begin_message(struct mc_mbox_part *p, struct mc_span opening,
	struct mc_span from_line, struct mc_error *err)
{
	struct mc_item *item = &p->item;
	enum mc_rc rc = mc_mbox_wrap_begin(&p->wrap, opening, err);

	if (rc < 0)
		return rc;
	mc_text_format(p->key, sizeof(p->key), "%" PRId64, p->start);
	*item = (struct mc_item){ .key = p->key,
		.octets = -1,
		.file_offset = p->start,
		.date = { MC_NO_TIME, MC_DATE_NONE },
		.store = MC_STORE_MBOX,
		.wrap = mc_buf_span(&p->wrap.out) };
	if (mc_date_from_line(from_line, &item->date.time))
		item->date.rank = MC_DATE_FROM;
	rc = p->rx->want(p->rx, item, err);
	if (rc < 0)
		return rc;
	p->kind = rc == MC_DONE ? MC_PART_UNWANTED : MC_PART_MESSAGE;
	return rc == MC_DONE ? MC_OK : p->rx->begin(p->rx, item, err);
}

MC_RC mc_mbox_part_break(struct mc_mbox_part *p, const struct mc_error *why,
	struct mc_error *err)
{
	if (p->kind != MC_PART_MESSAGE)
		return MC_OK;
	p->kind = MC_PART_NONE;
	p->item.wrap = mc_buf_span(&p->wrap.out);
	return p->rx->end(p->rx, &p->item, why, err);
}
