/* SPDX-License-Identifier: MIT */
#include "msg/fold.h"

void mc_fold_begin(struct mc_fold *fold)
{
	mc_hash_init(&fold->hash);
	fold->newlines = 0;
	fold->long_run = false;
	fold->nblanks = 0;
	fold->nblock = 0;
}

static void flush(struct mc_fold *fold)
{
	mc_hash_put(&fold->hash, (struct mc_span){ fold->block, fold->nblock });
	fold->nblock = 0;
}

static void put(struct mc_fold *fold, struct mc_span s)
{
	if (s.n > sizeof(fold->block) - fold->nblock)
		flush(fold);
	if (s.n > sizeof(fold->block)) {
		mc_hash_put(&fold->hash, s);
		return;
	}
	if (s.n > 0)
		memcpy(fold->block + fold->nblock, s.p, s.n);
	fold->nblock += s.n;
}

/* Content follows: what was held back counts. */
static void release(struct mc_fold *fold)
{
	for (; fold->newlines > 0; fold->newlines--)
		put(fold, MC_SPAN("\r\n"));
	put(fold, (struct mc_span){ fold->blanks, fold->nblanks });
	fold->nblanks = 0;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Blanks that may be the last of their line. */
static void hold(struct mc_fold *fold, struct mc_span s)
{
	if (fold->long_run || fold->nblanks + s.n > sizeof(fold->blanks)) {
		release(fold);
		put(fold, s);
		fold->long_run = true;
		return;
	}
	if (s.n > 0)
		memcpy(fold->blanks + fold->nblanks, s.p, s.n);
	fold->nblanks += s.n;
}

void mc_fold_text(struct mc_fold *fold, struct mc_span text)
{
	struct mc_span content = text;

	while (content.n > 0 && blank(content.p[content.n - 1]))
		content.n--;
	if (content.n > 0) {
		release(fold);
		fold->long_run = false;
		put(fold, content);
	}
	hold(fold, mc_span_from(text, content.n));
}

void mc_fold_newline(struct mc_fold *fold)
{
	fold->nblanks = 0;
	fold->long_run = false;
	fold->newlines++;
}

void mc_fold_lines(struct mc_fold *fold, struct mc_span lines)
{
	release(fold);
	put(fold, mc_span_head(lines, lines.n - 2));
	fold->newlines = 1;
}

struct mc_span mc_fold_rest(struct mc_fold *fold, struct mc_span lines)
{
	release(fold);
	flush(fold);
	fold->newlines = 1;
	return mc_span_head(lines, lines.n - 2);
}

struct mc_span mc_fold_waiting(struct mc_fold *fold)
{
	struct mc_span waiting = { fold->block, fold->nblock };

	fold->nblock = 0;
	return waiting;
}

struct mc_digest mc_fold_end(struct mc_fold *fold)
{
	flush(fold);
	return mc_hash_end(&fold->hash);
}

bool mc_fold_white(char c)
{
	return blank(c) || c == '\r' || c == '\n';
}

MC_RC mc_fold_blanks(struct mc_buf *out, struct mc_span s, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;
	size_t n;

	for (s = mc_span_trim(s); s.n > 0 && rc == MC_OK;) {
		for (n = 0; n < s.n && !mc_fold_white(s.p[n]);)
			n++;
		rc = mc_buf_put(out, mc_span_head(s, n), err);
		s = mc_span_trim(mc_span_from(s, n));
		if (rc == MC_OK && s.n > 0)
			rc = mc_buf_putc(out, ' ', err);
	}
	return rc;
}
