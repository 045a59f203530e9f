/* SPDX-License-Identifier: MIT
 *
 *   raw -> mc_eol (lines) -> header lines: keep or remove -> canonical
 *                         -> body lines: keep, and fold  -> canonical
 *
 * Raw is hashed by itself only from where it differs from canonical: up to
 * there both have one digest, which is forked. */
#include "msg/scan.h"

#include <stdlib.h>

#include "base/limits.h"
#include "msg/dresser.h"
#include "msg/fold.h"
#include "msg/header.h"
#include "msg/variant.h"

enum {
	CANON_BLOCK = 64 * 1024,
	RAW_BLOCK = 16 * 1024,
	/* Lines that go on from where they lie; fewer are gathered first. */
	DIRECT = 8 * 1024,
	/* Longer lines are looked at one by one. */
	PLAIN_MAX = 4 * 1024,
};

struct mc_scan {
	enum mc_store store;
	struct mc_sink *sink;
	struct mc_eol eol;
	struct mc_header header;
	struct mc_dresser dresser;
	struct mc_fold fold;
	struct mc_buf scratch;

	bool in_header;
	bool in_line; /* the kind of the header line read is known */
	bool removed; /* it is the store's */
	size_t nstart;
	char start[MC_HEADER_LOOK]; /* of a header line not known yet */

	uint32_t shape;
	int64_t raw_octets;
	int64_t octets;       /* canonical */
	int64_t line;         /* octets of the line being read */
	int64_t longest_line; /* before it */
	bool ended;           /* canonical ends in CRLF so far */

	bool forked; /* raw differs from canonical */
	mc_hash_two_fn *hash_two;
	struct mc_hash hash;
	struct mc_hash raw_hash;
	size_t nraw;
	size_t ncanon;
	char raw[RAW_BLOCK];
	char canon[CANON_BLOCK];
};

static mc_eol_fn on_piece;

MC_RC mc_scan_new(struct mc_scan **out, struct mc_error *err)
{
	struct mc_scan *scan = calloc(1, sizeof(*scan));

	*out = scan;
	if (!scan)
		return mc_fail_memory(err);
	scan->hash_two = mc_hash_two();
	mc_eol_init(&scan->eol, on_piece, scan);
	mc_header_init(&scan->header);
	mc_dresser_init(&scan->dresser);
	mc_buf_init(&scan->scratch, MC_FIELD_MAX);
	return MC_OK;
}

void mc_scan_free(struct mc_scan *scan)
{
	if (!scan)
		return;
	mc_eol_dispose(&scan->eol);
	mc_header_dispose(&scan->header);
	mc_dresser_dispose(&scan->dresser);
	mc_buf_dispose(&scan->scratch);
	free(scan);
}

MC_RC mc_scan_begin(struct mc_scan *scan, enum mc_store store,
	struct mc_sink *sink, struct mc_error *err)
{
	(void)err;
	scan->store = store;
	scan->sink = sink;
	mc_eol_begin(&scan->eol);
	mc_header_begin(&scan->header, store);
	mc_dresser_begin(&scan->dresser);
	mc_fold_begin(&scan->fold);
	scan->in_header = true;
	scan->in_line = false;
	scan->removed = false;
	scan->nstart = 0;
	scan->shape = 0;
	scan->raw_octets = 0;
	scan->octets = 0;
	scan->line = 0;
	scan->longest_line = 0;
	scan->ended = false;
	scan->forked = false;
	mc_hash_init(&scan->hash);
	scan->nraw = 0;
	scan->ncanon = 0;
	return MC_OK;
}

/* Canonical octets on their way out; folded: what is hashed beside them. */
static MC_RC deliver(struct mc_scan *scan, struct mc_span bytes,
	struct mc_span folded, struct mc_error *err)
{
	if (!(scan->shape & MC_SHAPE_NUL) &&
		mc_span_index(bytes, '\0') < bytes.n)
		scan->shape |= MC_SHAPE_NUL;
	if (!(scan->shape & MC_SHAPE_8BIT) && mc_span_8bit(bytes))
		scan->shape |= MC_SHAPE_8BIT;
	scan->hash_two(&scan->hash, bytes, &scan->fold.hash, folded);
	return scan->sink ? scan->sink->put(scan->sink, bytes, err) : MC_OK;
}

static MC_RC flush_canon(struct mc_scan *scan, struct mc_error *err)
{
	struct mc_span bytes = { scan->canon, scan->ncanon };

	scan->ncanon = 0;
	if (bytes.n == 0)
		return MC_OK;
	return deliver(scan, bytes, mc_fold_waiting(&scan->fold), err);
}

static MC_RC put_canon(
	struct mc_scan *scan, struct mc_span bytes, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	scan->octets += (int64_t)bytes.n;
	if (bytes.n > CANON_BLOCK - scan->ncanon)
		rc = flush_canon(scan, err);
	if (rc < 0)
		return rc;
	if (bytes.n > CANON_BLOCK)
		return deliver(scan, bytes, mc_fold_waiting(&scan->fold), err);
	if (bytes.n > 0)
		memcpy(scan->canon + scan->ncanon, bytes.p, bytes.n);
	scan->ncanon += bytes.n;
	return MC_OK;
}

static void flush_raw(struct mc_scan *scan)
{
	mc_hash_put(&scan->raw_hash, (struct mc_span){ scan->raw, scan->nraw });
	scan->nraw = 0;
}

static void put_raw(struct mc_scan *scan, struct mc_span bytes)
{
	if (!scan->forked)
		return;
	if (bytes.n > RAW_BLOCK - scan->nraw)
		flush_raw(scan);
	if (bytes.n > RAW_BLOCK) {
		mc_hash_put(&scan->raw_hash, bytes);
		return;
	}
	if (bytes.n > 0)
		memcpy(scan->raw + scan->nraw, bytes.p, bytes.n);
	scan->nraw += bytes.n;
}

/* From here on raw is not canonical. */
static MC_RC fork_hash(struct mc_scan *scan, struct mc_error *err)
{
	enum mc_rc rc;

	if (scan->forked)
		return MC_OK;
	rc = flush_canon(scan, err);
	scan->raw_hash = scan->hash;
	scan->forked = true;
	return rc;
}

static MC_RC keep_text(
	struct mc_scan *scan, struct mc_span text, struct mc_error *err)
{
	if (text.n == 0)
		return MC_OK;
	if (!(scan->shape & MC_SHAPE_BARE_CR) &&
		mc_span_index(text, '\r') < text.n)
		scan->shape |= MC_SHAPE_BARE_CR;
	scan->line += (int64_t)text.n;
	scan->ended = false;
	put_raw(scan, text);
	return put_canon(scan, text, err);
}

static void measure_line(struct mc_scan *scan)
{
	if (scan->line > scan->longest_line)
		scan->longest_line = scan->line;
	scan->line = 0;
}

static MC_RC keep_end(
	struct mc_scan *scan, enum mc_eol_kind end, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (end == MC_EOL_NONE)
		return MC_OK;
	measure_line(scan);
	scan->ended = true;
	if (end != MC_EOL_CRLF)
		rc = fork_hash(scan, err);
	if (rc == MC_OK)
		rc = mc_dresser_lines(&scan->dresser, end, 1, err);
	if (rc < 0)
		return rc;
	put_raw(scan, mc_eol_octets(end));
	return put_canon(scan, mc_eol_octets(MC_EOL_CRLF), err);
}

static MC_RC remove_octets(
	struct mc_scan *scan, struct mc_span octets, struct mc_error *err)
{
	enum mc_rc rc = fork_hash(scan, err);

	if (rc < 0)
		return rc;
	put_raw(scan, octets);
	return mc_dresser_insert(
		&scan->dresser, (uint64_t)scan->octets, octets, err);
}

static MC_RC header_text(
	struct mc_scan *scan, struct mc_span text, struct mc_error *err)
{
	if (scan->removed)
		return remove_octets(scan, text, err);
	if (mc_span_8bit(text))
		scan->shape |= MC_SHAPE_8BIT_HEADER;
	return keep_text(scan, text, err);
}

static MC_RC header_end(
	struct mc_scan *scan, enum mc_eol_kind end, struct mc_error *err)
{
	if (end == MC_EOL_NONE)
		return MC_OK;
	scan->in_line = false;
	if (scan->removed)
		return remove_octets(scan, mc_eol_octets(end), err);
	return keep_end(scan, end, err);
}

/* The start of a line is all there or enough: what line is it? */
static MC_RC start_line(struct mc_scan *scan, struct mc_error *err)
{
	struct mc_span start = { scan->start, scan->nstart };
	enum mc_rc rc =
		mc_header_line(&scan->header, start, &scan->removed, err);

	scan->nstart = 0;
	scan->in_line = true;
	return rc < 0 ? rc : header_text(scan, start, err);
}

/* The blank line. */
static MC_RC end_header(
	struct mc_scan *scan, enum mc_eol_kind end, struct mc_error *err)
{
	enum mc_rc rc = mc_header_end(&scan->header, err);

	scan->in_header = false;
	return rc < 0 ? rc : keep_end(scan, end, err);
}

static MC_RC header_piece(struct mc_scan *scan, struct mc_span text,
	enum mc_eol_kind end, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (!scan->in_line) {
		struct mc_span start = { scan->start, scan->nstart };
		struct mc_span more =
			mc_span_head(text, MC_HEADER_LOOK - start.n);

		if (start.n + text.n == 0)
			return end_header(scan, end, err);
		if (more.n > 0)
			memcpy(scan->start + start.n, more.p, more.n);
		start.n += more.n;
		scan->nstart = start.n;
		if (end == MC_EOL_NONE && !mc_header_enough(start))
			return MC_OK;
		rc = start_line(scan, err);
		text = mc_span_from(text, more.n);
	}
	if (rc == MC_OK)
		rc = mc_header_more(&scan->header, text, err);
	if (rc == MC_OK)
		rc = header_text(scan, text, err);
	return rc < 0 ? rc : header_end(scan, end, err);
}

static MC_RC body_piece(struct mc_scan *scan, struct mc_span text,
	enum mc_eol_kind end, struct mc_error *err)
{
	enum mc_rc rc = keep_text(scan, text, err);

	mc_fold_text(&scan->fold, text);
	if (end != MC_EOL_NONE)
		mc_fold_newline(&scan->fold);
	return rc < 0 ? rc : keep_end(scan, end, err);
}

static MC_RC on_piece(void *arg, struct mc_span text, enum mc_eol_kind end,
	struct mc_error *err)
{
	struct mc_scan *scan = arg;

	if (scan->in_header)
		return header_piece(scan, text, end, err);
	return body_piece(scan, text, end, err);
}

/* Whole lines of a body that end alike, and are neither blank nor end in a
 * blank: nearly all.  They go through together. */
struct plain {
	struct mc_span lines;
	enum mc_eol_kind end;
	uint64_t n;
	size_t longest; /* without its end */
};

/* The text of the line that begins here, if it is such a one; else 0. */
static size_t plain_text(
	const struct mc_scan *scan, struct mc_span rest, enum mc_eol_kind *end)
{
	struct mc_span look = mc_span_head(rest, PLAIN_MAX);
	size_t n = mc_span_index(look, '\n');

	if (n == look.n || n < 2)
		return 0;
	*end = rest.p[n - 1] == '\r' ? MC_EOL_CRLF : MC_EOL_LF;
	n -= *end == MC_EOL_CRLF;
	if (mc_fold_white(rest.p[n - 1]))
		return 0;
	/* The first one is told by who looks at every piece. */
	if (!(scan->shape & MC_SHAPE_BARE_CR) && memchr(rest.p, '\r', n))
		return 0;
	return n;
}

/* Such lines, of so many octets each, as are behind one that is so. */
static size_t even_lines(struct mc_span rest, size_t line)
{
	size_t n = mc_span_even_lines(rest, line);

	for (size_t at = 0; at < n; at += line) {
		if (mc_fold_white(rest.p[at + line - 3]))
			return at;
	}
	return n;
}

static struct plain plain_lines(const struct mc_scan *scan, struct mc_span raw)
{
	struct plain found = { .lines = mc_span_head(raw, 0) };
	struct mc_span rest = raw;

	for (;;) {
		enum mc_eol_kind end = found.end;
		size_t text = plain_text(scan, rest, &end);

		if (text == 0 || (found.n > 0 && end != found.end))
			break;
		found.end = end;
		found.n++;
		if (text > found.longest)
			found.longest = text;
		rest = mc_span_from(rest, text + mc_eol_octets(end).n);
		if (end == MC_EOL_CRLF) {
			size_t more = even_lines(rest, text + 2);

			found.n += more / (text + 2);
			rest = mc_span_from(rest, more);
		}
	}
	found.lines.n = raw.n - rest.n;
	return found;
}

static void fold_canon(struct mc_scan *scan, size_t from)
{
	if (scan->ncanon > from)
		mc_fold_lines(&scan->fold, (struct mc_span){ scan->canon + from,
						   scan->ncanon - from });
}

/* LF becomes CRLF on the way. */
static MC_RC widen(
	struct mc_scan *scan, struct mc_span lines, struct mc_error *err)
{
	size_t from = scan->ncanon;
	enum mc_rc rc = MC_OK;

	while (lines.n > 0 && rc == MC_OK) {
		size_t text = mc_span_index(lines, '\n');
		char *to;

		if (text + 2 > CANON_BLOCK - scan->ncanon) {
			fold_canon(scan, from);
			rc = flush_canon(scan, err);
			from = 0;
		}
		to = scan->canon + scan->ncanon;
		memcpy(to, lines.p, text);
		to[text] = '\r';
		to[text + 1] = '\n';
		scan->ncanon += text + 2;
		lines = mc_span_from(lines, text + 1);
	}
	fold_canon(scan, from);
	return rc;
}

/* Most octets of all mail pass here. */
static MC_RC put_lines(
	struct mc_scan *scan, struct mc_span lines, struct mc_error *err)
{
	if (lines.n < DIRECT) {
		mc_fold_lines(&scan->fold, lines);
		return put_canon(scan, lines, err);
	}
	if (flush_canon(scan, err) < 0)
		return err->rc;
	scan->octets += (int64_t)lines.n;
	return deliver(scan, lines, mc_fold_rest(&scan->fold, lines), err);
}

static MC_RC keep_plain(
	struct mc_scan *scan, const struct plain *plain, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if ((int64_t)plain->longest > scan->longest_line)
		scan->longest_line = (int64_t)plain->longest;
	scan->ended = true;
	if (plain->end != MC_EOL_CRLF)
		rc = fork_hash(scan, err);
	if (rc == MC_OK)
		rc = mc_dresser_lines(
			&scan->dresser, plain->end, plain->n, err);
	if (rc < 0)
		return rc;
	put_raw(scan, plain->lines);
	if (plain->end == MC_EOL_CRLF)
		return put_lines(scan, plain->lines, err);
	scan->octets += (int64_t)(plain->lines.n + plain->n);
	return widen(scan, plain->lines, err);
}

/* A line of the body begins with the next octet. */
static bool at_line(const struct mc_scan *scan)
{
	return !scan->in_header && scan->line == 0 &&
	       scan->eol.mode == MC_EOL_LF_MODE && !scan->eol.held_cr;
}

MC_RC mc_scan_bytes(
	struct mc_scan *scan, struct mc_span raw, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	scan->raw_octets += (int64_t)raw.n;
	while (raw.n > 0 && rc == MC_OK) {
		struct plain plain = { .n = 0 };
		size_t n;

		if (at_line(scan))
			plain = plain_lines(scan, raw);
		if (plain.n > 0) {
			n = plain.lines.n;
			rc = keep_plain(scan, &plain, err);
		} else {
			n = mc_span_index(raw, '\n') + 1;
			rc = mc_eol_bytes(
				&scan->eol, mc_span_head(raw, n), err);
		}
		raw = mc_span_from(raw, n);
	}
	return rc;
}

/* What lies in the buffers when the octets end. */
static MC_RC finish(struct mc_scan *scan, struct mc_error *err)
{
	enum mc_rc rc = mc_eol_end(&scan->eol, err);

	if (rc == MC_OK && scan->nstart > 0)
		rc = start_line(scan, err);
	if (rc == MC_OK && scan->in_header)
		rc = mc_header_end(&scan->header, err);
	if (rc < 0)
		return rc;
	measure_line(scan);
	if (scan->in_header)
		scan->shape |= MC_SHAPE_NO_HEADER_END;
	if (!scan->ended)
		scan->shape |= MC_SHAPE_NO_FINAL_CRLF;
	if (scan->header.cut)
		scan->shape |= MC_SHAPE_HEADER_CUT;
	return flush_canon(scan, err);
}

static struct mc_words words(const struct mc_buf *buf)
{
	return (struct mc_words){ buf->data, buf->len };
}

MC_RC mc_scan_end(
	struct mc_scan *scan, struct mc_facts *facts, struct mc_error *err)
{
	const struct mc_header *header = &scan->header;
	struct mc_digest body;
	int64_t longest;
	enum mc_rc rc = finish(scan, err);

	if (rc < 0)
		return rc;
	longest = scan->longest_line;
	*facts = (struct mc_facts){
		.raw_octets = scan->raw_octets,
		.octets = scan->octets,
		.sha256 = mc_hash_end(&scan->hash),
		.shape = scan->shape,
		.longest_line =
			(int32_t)(longest > INT32_MAX ? INT32_MAX : longest),
		.message_id = mc_buf_span(&header->id),
		.aliases = words(&header->aliases),
		.from = mc_header_value(header, MC_HEADER_FROM),
		.subject = mc_header_value(header, MC_HEADER_SUBJECT),
		.date = mc_header_value(header, MC_HEADER_DATE),
		.received = mc_header_value(header, MC_HEADER_RECEIVED),
		.flags = header->flags,
		.keywords = words(&header->keywords),
		.labels = mc_header_value(header, MC_HEADER_LABELS),
	};
	facts->raw_sha256 = facts->sha256;
	if (scan->forked) {
		flush_raw(scan);
		facts->raw_sha256 = mc_hash_end(&scan->raw_hash);
	}
	body = mc_fold_end(&scan->fold);
	rc = mc_variant(
		&scan->header, &body, &scan->scratch, &facts->variant, err);
	if (rc == MC_OK)
		rc = mc_dresser_end(&scan->dresser, &facts->dress, err);
	if (rc < 0)
		mc_while(err, "header lines and line ends of the store");
	return rc;
}

static MC_RC on_scanned(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	return mc_scan_bytes(
		((struct mc_scan_sink *)(void *)sink)->scan, bytes, err);
}

struct mc_scan_sink mc_scan_sink(struct mc_scan *scan)
{
	return (struct mc_scan_sink){ { on_scanned }, scan };
}
