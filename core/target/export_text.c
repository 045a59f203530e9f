/* SPDX-License-Identifier: MIT */
#include "target/export_text.h"

static MC_RC put_strip(
	struct mc_sink *sink, struct mc_span octets, struct mc_error *err);
static MC_RC put_lf(
	struct mc_sink *sink, struct mc_span octets, struct mc_error *err);

void mc_export_strip_begin(struct mc_export_strip *strip, enum mc_store store,
	struct mc_span ours, struct mc_sink *to)
{
	*strip = (struct mc_export_strip){
		.sink = { put_strip }, .to = to, .store = store, .ours = ours
	};
}

static MC_RC hand_on(struct mc_export_strip *strip, struct mc_span octets,
	struct mc_error *err)
{
	if (octets.n == 0 || (strip->removed && !strip->body))
		return MC_OK;
	strip->last = octets.p[octets.n - 1];
	return strip->to->put(strip->to, octets, err);
}

/* The start of a header line is all there, or enough. */
static MC_RC start_line(struct mc_export_strip *strip, struct mc_error *err)
{
	struct mc_span start = { strip->start, strip->nstart };
	bool continues = start.p[0] == ' ' || start.p[0] == '\t';

	if (!continues)
		strip->removed = mc_store_owns(strip->store, start);
	strip->lines += strip->removed && !continues;
	strip->nstart = 0;
	strip->in_line = true;
	return hand_on(strip, start, err);
}

static MC_RC end_header(struct mc_export_strip *strip, struct mc_error *err)
{
	enum mc_rc rc;

	strip->removed = false;
	strip->body = true;
	rc = hand_on(strip, strip->ours, err);
	return rc < 0 ? rc : hand_on(strip, MC_SPAN("\r\n"), err);
}

static bool is_known(const struct mc_export_strip *strip)
{
	struct mc_span start = { strip->start, strip->nstart };

	if (start.n == 0)
		return false;
	return start.n == MC_STORE_LOOK || start.p[0] == ' ' ||
	       start.p[0] == '\t' || mc_span_index(start, ':') < start.n ||
	       start.p[start.n - 1] == '\n';
}

/* Takes one octet of a line's start. */
static MC_RC begin_line(
	struct mc_export_strip *strip, char octet, struct mc_error *err)
{
	enum mc_rc rc;

	strip->start[strip->nstart++] = octet;
	if (octet == '\n' && strip->nstart == 2 && strip->start[0] == '\r')
		return end_header(strip, err);
	if (!is_known(strip))
		return MC_OK;
	rc = start_line(strip, err);
	if (octet == '\n')
		strip->in_line = false;
	return rc;
}

static MC_RC put_strip(
	struct mc_sink *sink, struct mc_span octets, struct mc_error *err)
{
	struct mc_export_strip *strip = (struct mc_export_strip *)(void *)sink;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && octets.n > 0 && !strip->body) {
		size_t n = 1;

		if (strip->in_line) {
			n = mc_span_index(octets, '\n');
			strip->in_line = n == octets.n;
			n += n < octets.n;
			rc = hand_on(strip, mc_span_head(octets, n), err);
		} else {
			rc = begin_line(strip, octets.p[0], err);
		}
		octets = mc_span_from(octets, n);
	}
	return rc < 0 ? rc : hand_on(strip, octets, err);
}

MC_RC mc_export_strip_end(struct mc_export_strip *strip, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (strip->nstart > 0 && !strip->body)
		rc = start_line(strip, err);
	if (strip->body || strip->ours.n == 0 || rc < 0)
		return rc;
	/* A header without an end: ours follow it all the same. */
	strip->removed = false;
	if (strip->last != '\0' && strip->last != '\n')
		rc = hand_on(strip, MC_SPAN("\r\n"), err);
	return rc < 0 ? rc : hand_on(strip, strip->ours, err);
}

void mc_export_lf_begin(struct mc_export_lf *lf, struct mc_sink *to)
{
	*lf = (struct mc_export_lf){ .sink = { put_lf }, .to = to };
}

static MC_RC emit(
	struct mc_export_lf *lf, struct mc_span octets, struct mc_error *err)
{
	if (octets.n == 0)
		return MC_OK;
	lf->last = octets.p[octets.n - 1];
	return lf->to->put(lf->to, octets, err);
}

static MC_RC emit_end(struct mc_export_lf *lf, struct mc_error *err)
{
	return emit(
		lf, lf->last == '\r' ? MC_SPAN("\r\n") : MC_SPAN("\n"), err);
}

/* The first octet behind a CR. */
static MC_RC behind_cr(
	struct mc_export_lf *lf, struct mc_span *octets, struct mc_error *err)
{
	lf->held = false;
	if (octets->p[0] != '\n')
		return emit(lf, MC_SPAN("\r"), err);
	*octets = mc_span_from(*octets, 1);
	return emit_end(lf, err);
}

static MC_RC put_lf(
	struct mc_sink *sink, struct mc_span octets, struct mc_error *err)
{
	struct mc_export_lf *lf = (struct mc_export_lf *)(void *)sink;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && octets.n > 0) {
		size_t n = mc_span_index(octets, '\n');
		struct mc_span text = mc_span_head(octets, n);

		if (lf->held) {
			rc = behind_cr(lf, &octets, err);
			continue;
		}
		lf->held = text.n > 0 && text.p[text.n - 1] == '\r';
		text.n -= lf->held;
		rc = emit(lf, text, err);
		if (rc == MC_OK && n < octets.n) {
			lf->held = false;
			rc = emit_end(lf, err);
		}
		octets = mc_span_from(octets, n + 1);
	}
	return rc;
}

MC_RC mc_export_lf_end(struct mc_export_lf *lf, struct mc_error *err)
{
	bool held = lf->held;

	lf->held = false;
	return held ? emit(lf, MC_SPAN("\r"), err) : MC_OK;
}
