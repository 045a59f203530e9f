/* SPDX-License-Identifier: MIT */
#include "msg/eol.h"

void mc_eol_init(struct mc_eol *eol, mc_eol_fn *piece, void *arg)
{
	*eol = (struct mc_eol){ .piece = piece, .arg = arg };
	mc_buf_init(&eol->look, MC_EOL_LOOK);
}

void mc_eol_dispose(struct mc_eol *eol)
{
	mc_buf_dispose(&eol->look);
}

void mc_eol_begin(struct mc_eol *eol)
{
	eol->mode = MC_EOL_UNDECIDED;
	eol->held_cr = false;
	mc_buf_clear(&eol->look);
}

struct mc_span mc_eol_octets(enum mc_eol_kind kind)
{
	static const struct mc_span octets[] = {
		[MC_EOL_CRLF] = { "\r\n", 2 },
		[MC_EOL_LF] = { "\n", 1 },
		[MC_EOL_CR] = { "\r", 1 },
		[MC_EOL_NONE] = { "", 0 },
	};

	return octets[kind];
}

static MC_RC piece(struct mc_eol *eol, struct mc_span text,
	enum mc_eol_kind end, struct mc_error *err)
{
	if (text.n == 0 && end == MC_EOL_NONE)
		return MC_OK;
	return eol->piece(eol->arg, text, end, err);
}

/* The held CR is followed by something else than LF, or by nothing. */
static MC_RC release_cr(struct mc_eol *eol, struct mc_error *err)
{
	if (!eol->held_cr)
		return MC_OK;
	eol->held_cr = false;
	if (eol->mode == MC_EOL_CR_MODE)
		return piece(eol, MC_SPAN(""), MC_EOL_CR, err);
	return piece(eol, MC_SPAN("\r"), MC_EOL_NONE, err);
}

/* Lines of LF mode. */
static MC_RC feed_lf(struct mc_eol *eol, struct mc_span s, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (s.n > 0 && rc == MC_OK) {
		size_t lf = mc_span_index(s, '\n');
		struct mc_span text = mc_span_head(s, lf);
		enum mc_eol_kind end = lf < s.n ? MC_EOL_LF : MC_EOL_NONE;
		bool cr = text.n > 0 && text.p[text.n - 1] == '\r';

		if (eol->held_cr && text.n == 0) {
			eol->held_cr = false;
			end = MC_EOL_CRLF;
		}
		rc = release_cr(eol, err);
		if (rc < 0)
			break;
		text.n -= cr;
		if (cr && end == MC_EOL_LF)
			end = MC_EOL_CRLF;
		else
			eol->held_cr = cr;
		rc = piece(eol, text, end, err);
		s = mc_span_from(s, lf + 1);
	}
	return rc;
}

/* Lines of CR mode; s holds no LF. */
static MC_RC feed_cr(struct mc_eol *eol, struct mc_span s, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (s.n > 0 && rc == MC_OK) {
		size_t cr = mc_span_index(s, '\r');

		rc = release_cr(eol, err);
		if (rc < 0)
			break;
		rc = piece(eol, mc_span_head(s, cr), MC_EOL_NONE, err);
		eol->held_cr = cr < s.n;
		s = mc_span_from(s, cr + 1);
	}
	return rc;
}

static MC_RC feed(struct mc_eol *eol, struct mc_span s, struct mc_error *err)
{
	size_t lf;
	enum mc_rc rc;

	if (eol->mode == MC_EOL_LF_MODE)
		return feed_lf(eol, s, err);
	lf = mc_span_index(s, '\n');
	rc = feed_cr(eol, mc_span_head(s, lf), err);
	if (rc < 0 || lf == s.n)
		return rc;
	eol->mode = MC_EOL_LF_MODE;
	return feed_lf(eol, mc_span_from(s, lf), err);
}

/* Enough has been seen: go through it. */
static MC_RC decide(struct mc_eol *eol, struct mc_error *err)
{
	struct mc_span look = mc_buf_span(&eol->look);
	bool lf = mc_span_index(look, '\n') < look.n;
	bool cr = mc_span_index(look, '\r') < look.n;

	eol->mode = cr && !lf ? MC_EOL_CR_MODE : MC_EOL_LF_MODE;
	return feed(eol, look, err);
}

MC_RC mc_eol_bytes(struct mc_eol *eol, struct mc_span raw, struct mc_error *err)
{
	struct mc_span start;
	bool lf;
	enum mc_rc rc;

	if (eol->mode != MC_EOL_UNDECIDED)
		return feed(eol, raw, err);
	start = mc_span_head(raw, MC_EOL_LOOK - eol->look.len);
	lf = mc_span_index(start, '\n') < start.n;
	if (lf && eol->look.len == 0) {
		eol->mode = MC_EOL_LF_MODE;
		return feed(eol, raw, err);
	}
	rc = mc_buf_put(&eol->look, start, err);
	if (rc < 0 || (!lf && eol->look.len < MC_EOL_LOOK))
		return rc;
	rc = decide(eol, err);
	if (rc < 0)
		return rc;
	return feed(eol, mc_span_from(raw, start.n), err);
}

MC_RC mc_eol_end(struct mc_eol *eol, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (eol->mode == MC_EOL_UNDECIDED)
		rc = decide(eol, err);
	if (rc < 0)
		return rc;
	return release_cr(eol, err);
}
