/* SPDX-License-Identifier: MIT */
#include "msg/dress.h"

#include <assert.h>
#include <stdlib.h>

#include "msg/eol.h"

MC_RC mc_varint_put(struct mc_buf *buf, uint64_t value, struct mc_error *err)
{
	char octets[10];
	size_t n = 0;

	for (; value > 0x7F; value >>= 7)
		octets[n++] = (char)(0x80 | (value & 0x7F));
	octets[n++] = (char)value;
	return mc_buf_put(buf, (struct mc_span){ octets, n }, err);
}

bool mc_varint_get(struct mc_span *s, uint64_t *out)
{
	uint64_t value = 0;

	assert(s->p || s->n == 0);
	for (size_t i = 0; i < s->n && i < 10; i++) {
		uint64_t bits = (unsigned char)s->p[i] & 0x7F;

		if (i == 9 && bits > 1)
			return false;
		value |= bits << (7 * i);
		if (!((unsigned char)s->p[i] & 0x80)) {
			*s = mc_span_from(*s, i + 1);
			*out = value;
			return true;
		}
	}
	return false;
}

MC_RC mc_dress_put(struct mc_buf *dress, char kind, struct mc_span payload,
	struct mc_error *err)
{
	enum mc_rc rc = mc_buf_putc(dress, kind, err);

	if (rc == MC_OK)
		rc = mc_varint_put(dress, payload.n, err);
	if (rc == MC_OK)
		rc = mc_buf_put(dress, payload, err);
	return rc;
}

static enum mc_rc damaged(struct mc_error *err)
{
	return mc_fail(err, MC_EDB, MC_MESSAGE, 0,
		"damaged in the archive: what its folder said of it does not "
		"fit it");
}

MC_RC mc_dress_next(struct mc_span *dress, char *kind, struct mc_span *payload,
	struct mc_error *err)
{
	struct mc_span rest = mc_span_from(*dress, 1);
	uint64_t n;

	if (dress->n == 0)
		return MC_DONE;
	assert(dress->p);
	if (!mc_varint_get(&rest, &n) || n > rest.n)
		return damaged(err);
	*kind = dress->p[0];
	*payload = mc_span_head(rest, (size_t)n);
	*dress = mc_span_from(rest, (size_t)n);
	return MC_OK;
}

/* Octets of raw on their way; as many as make calls of the sink cheap. */
enum { BLOCK = 16 * 1024 };

struct mc_undress {
	struct mc_sink *sink;
	struct mc_span runs;  /* of 'L', behind the run in use */
	struct mc_span dress; /* behind the insertion awaited */
	enum mc_eol_kind end; /* how lines stand in this run */
	uint64_t left;        /* lines of this run, unless it is the last */
	bool insertion;       /* one is awaited: at, octets */
	uint64_t at;
	struct mc_span octets;
	uint64_t offset; /* canonical octets seen */
	bool held_cr;    /* the last one was CR: does LF follow? */
	size_t n;
	char block[BLOCK];
};

static MC_RC flush(struct mc_undress *undress, struct mc_error *err)
{
	struct mc_span bytes = { undress->block, undress->n };

	undress->n = 0;
	if (bytes.n == 0)
		return MC_OK;
	return undress->sink->put(undress->sink, bytes, err);
}

static MC_RC emit(
	struct mc_undress *undress, struct mc_span bytes, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (bytes.n > BLOCK - undress->n)
		rc = flush(undress, err);
	if (rc < 0)
		return rc;
	if (bytes.n > BLOCK)
		return undress->sink->put(undress->sink, bytes, err);
	if (bytes.n > 0)
		memcpy(undress->block + undress->n, bytes.p, bytes.n);
	undress->n += bytes.n;
	return MC_OK;
}

/* Goes to the run that holds the next line. */
static MC_RC next_run(struct mc_undress *undress, struct mc_error *err)
{
	uint64_t run;

	while (undress->left == 0 && undress->runs.n > 0) {
		if (!mc_varint_get(&undress->runs, &run) ||
			(run & 3) == MC_EOL_NONE)
			return damaged(err);
		undress->end = (enum mc_eol_kind)(run & 3);
		undress->left = run >> 2;
	}
	return MC_OK;
}

/* Goes to the next record 'I'; the others do not matter for raw. */
static MC_RC next_insertion(struct mc_undress *undress, struct mc_error *err)
{
	struct mc_span payload = MC_SPAN("");
	uint64_t at;
	char kind = '\0';
	enum mc_rc rc;

	undress->insertion = false;
	do
		rc = mc_dress_next(&undress->dress, &kind, &payload, err);
	while (rc == MC_OK && kind != 'I');
	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	if (!mc_varint_get(&payload, &at) || at < undress->offset)
		return damaged(err);
	undress->at = at;
	undress->octets = payload;
	undress->insertion = true;
	return MC_OK;
}

/* Looks at every record, so that a strange one is known before an octet has
 * been rebuilt, and finds the line ends. */
static MC_RC survey(struct mc_undress *undress, struct mc_error *err)
{
	struct mc_span dress = undress->dress;
	struct mc_span payload = MC_SPAN("");
	char kind = '\0';
	enum mc_rc rc;

	while ((rc = mc_dress_next(&dress, &kind, &payload, err)) == MC_OK) {
		if (!kind || !strchr("LIFQS", kind))
			return damaged(err);
		if (kind == 'L')
			undress->runs = payload;
	}
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_undress_new(struct mc_undress **out, struct mc_span dress,
	struct mc_sink *sink, struct mc_error *err)
{
	struct mc_undress *undress = calloc(1, sizeof(*undress));
	enum mc_rc rc;

	*out = NULL;
	if (!undress)
		return mc_fail_memory(err);
	undress->sink = sink;
	undress->dress = dress;
	rc = survey(undress, err);
	if (rc == MC_OK)
		rc = next_run(undress, err);
	if (rc == MC_OK)
		rc = next_insertion(undress, err);
	if (rc < 0)
		mc_undress_free(undress);
	else
		*out = undress;
	return rc;
}

void mc_undress_free(struct mc_undress *undress)
{
	free(undress);
}

/* A line of canonical is over. */
static MC_RC end_line(struct mc_undress *undress, struct mc_error *err)
{
	enum mc_rc rc = emit(undress, mc_eol_octets(undress->end), err);

	if (rc == MC_OK && undress->left > 0 && --undress->left == 0)
		rc = next_run(undress, err);
	return rc;
}

static MC_RC release_cr(struct mc_undress *undress, struct mc_error *err)
{
	if (!undress->held_cr)
		return MC_OK;
	undress->held_cr = false;
	return emit(undress, MC_SPAN("\r"), err);
}

/* Canonical octets with nothing to be put in between. */
static MC_RC plain(
	struct mc_undress *undress, struct mc_span s, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (s.n > 0 && rc == MC_OK) {
		size_t lf = mc_span_index(s, '\n');
		struct mc_span text = mc_span_head(s, lf);
		bool cr = text.n > 0 && text.p[text.n - 1] == '\r';
		bool crlf = lf < s.n && (cr || (lf == 0 && undress->held_cr));

		if (lf == 0 && crlf)
			undress->held_cr = false;
		rc = release_cr(undress, err);
		text.n -= cr;
		if (rc == MC_OK)
			rc = emit(undress, text, err);
		undress->held_cr = cr && lf == s.n;
		if (rc == MC_OK && crlf)
			rc = end_line(undress, err);
		else if (rc == MC_OK && lf < s.n)
			rc = damaged(err);
		s = mc_span_from(s, lf + 1);
	}
	return rc;
}

/* Puts in what stood at this place of raw. */
static MC_RC insert(struct mc_undress *undress, struct mc_error *err)
{
	enum mc_rc rc = release_cr(undress, err);

	if (rc == MC_OK)
		rc = emit(undress, undress->octets, err);
	return rc < 0 ? rc : next_insertion(undress, err);
}

MC_RC mc_undress_bytes(struct mc_undress *undress, struct mc_span canonical,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	assert(canonical.p || canonical.n == 0);
	while (canonical.n > 0 && rc == MC_OK) {
		struct mc_span part = canonical;

		if (undress->insertion &&
			undress->at - undress->offset < canonical.n)
			part.n = (size_t)(undress->at - undress->offset);
		rc = plain(undress, part, err);
		undress->offset += part.n;
		if (rc == MC_OK && part.n < canonical.n)
			rc = insert(undress, err);
		canonical = mc_span_from(canonical, part.n);
	}
	return rc;
}

MC_RC mc_undress_end(struct mc_undress *undress, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && undress->insertion &&
		undress->at == undress->offset)
		rc = insert(undress, err);
	if (rc == MC_OK && undress->insertion)
		rc = damaged(err);
	if (rc == MC_OK)
		rc = release_cr(undress, err);
	return rc < 0 ? rc : flush(undress, err);
}
