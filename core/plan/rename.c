/* SPDX-License-Identifier: MIT */
#include "plan/rename.h"

#include <ctype.h>

#include "base/limits.h"
#include "base/text.h"

enum change {
	SIGNS = 1 << 0,   /* but letters, digits, ' ', '-', '_' */
	SHORT = 1 << 1,   /* to LONG_MAX_OCTETS */
	ASCII = 1 << 2,   /* letters without their marks, others '_' */
	SHORTER = 1 << 3, /* to SHORT_MAX_OCTETS */
	JOIN = 1 << 4,    /* no levels */
	TAIL = 1 << 5,    /* each level gets a '_' */
};

enum {
	/* Names of files take 255 octets, and old servers 64; a number may
	 * have to stand behind. */
	LONG_MAX_OCTETS = 250,
	SHORT_MAX_OCTETS = 60,
};

/* In their order, each with words of servers that ask for it. */
static const struct step {
	enum change change;
	const char *const words[8];
} steps[] = {
	{ SIGNS, { "character", "symbol", NULL } },
	{ SHORT, { "long", "length", "octets", "exceed", NULL } },
	{ ASCII,
		{ "ascii", "8bit", "8-bit", "utf", "encod", "unicode", NULL } },
	{ SHORTER, { "long", "length", "octets", "exceed", NULL } },
	{ JOIN, { "below", "folder of", "subfolder", "sub-folder", "child",
			"inferior", "hierarch", NULL } },
	{ TAIL, { "reserved", NULL } },
};

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

/* ---- one level ---- */

/* U+00C0 to U+017F without their marks; '_': no letter like it. */
static const char base_letters[] =
	"AAAAAAACEEEEIIIIDNOOOOO_OUUUUYTsaaaaaaaceeeeiiiidnooooo_ouuuuyty"
	"AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLl"
	"NnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/* What c, one character, is without its marks; '\0': a mark that stands alone. */
static char fold(struct mc_span c)
{
	unsigned lead = (unsigned char)c.p[0];
	unsigned point;

	if (c.n != 2)
		return '_';
	point = (lead & 0x1FU) << 6 | ((unsigned char)c.p[1] & 0x3FU);
	if (point >= 0x300 && point < 0x370)
		return '\0';
	if (point < 0xC0 || point - 0xC0 >= sizeof(base_letters) - 1)
		return '_';
	return base_letters[point - 0xC0];
}

static MC_RC put_char(struct mc_buf *out, struct mc_span c, unsigned done,
	struct mc_error *err)
{
	char one = c.p[0];

	if (c.n > 1 && !(done & ASCII))
		return mc_buf_put(out, c, err);
	if (c.n > 1)
		one = fold(c);
	else if ((done & SIGNS) && !isalnum((unsigned char)one) &&
		 !strchr(" -_", one))
		one = '_';
	return one ? mc_buf_putc(out, one, err) : MC_OK;
}

static MC_RC put_level(struct mc_buf *out, struct mc_span level, unsigned done,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && level.n > 0) {
		size_t n = mc_utf8_length(level);

		n = n > 0 ? n : 1;
		rc = put_char(out, mc_span_head(level, n), done, err);
		level = mc_span_from(level, n);
	}
	return rc;
}

/* ---- length ---- */

/* Octets of modified UTF-7: a run of other letters is shifted, in which three
 * octets of UTF-16 become four. */
static size_t wire_octets(struct mc_span s)
{
	size_t units = 0;
	size_t octets = 0;

	while (s.n > 0) {
		size_t n = mc_utf8_length(s);

		n = n > 0 ? n : 1;
		if (n > 1) {
			units += n > 3 ? 2 : 1;
		} else {
			octets += s.p[0] == '&' ? 2 : 1;
			octets += units ? 2 + (units * 16 + 5) / 6 : 0;
			units = 0;
		}
		s = mc_span_from(s, n);
	}
	return octets + (units ? 2 + (units * 16 + 5) / 6 : 0);
}

/* The longest level behind `from`: *at and its octets; separator '\0': all is
 * one. */
static struct mc_span longest(
	const struct mc_buf *name, size_t from, char separator)
{
	struct mc_span rest = mc_span_from(mc_buf_span(name), from);
	struct mc_span best = { rest.p, 0 };

	while (rest.n > 0) {
		size_t n = separator ? mc_span_index(rest, separator) : rest.n;

		if (n > best.n)
			best = mc_span_head(rest, n);
		rest = mc_span_from(rest, n + 1);
	}
	return best;
}

/* Octets of the last character, and of blanks that would then end it. */
static size_t last_of(struct mc_span level)
{
	size_t n = 1;

	while (n < level.n &&
		((unsigned char)level.p[level.n - n] & 0xC0) == 0x80)
		n++;
	while (n < level.n && level.p[level.n - n - 1] == ' ')
		n++;
	return n;
}

static void take_out(struct mc_buf *name, size_t at, size_t n)
{
	memmove(name->data + at, name->data + at + n, name->len - at - n);
	name->len -= n;
	name->data[name->len] = '\0';
}

/* The longest level gives way, again and again. */
static void shorten(
	struct mc_buf *name, size_t from, char separator, size_t max)
{
	while (wire_octets(mc_buf_span(name)) > max) {
		struct mc_span level = longest(name, from, separator);
		size_t n = level.n > 0 ? last_of(level) : 0;

		if (n >= level.n)
			return;
		take_out(name, (size_t)(level.p - name->data) + level.n - n, n);
	}
}

/* ---- */

static MC_RC apply(const struct mc_rename *r, unsigned done, struct mc_buf *out,
	struct mc_error *err)
{
	struct mc_span prefix = mc_span_str(r->server->prefix);
	struct mc_span rest = mc_span_str(r->name);
	char separator = r->server->separator;
	enum mc_rc rc = MC_OK;
	size_t from = 0;

	mc_buf_clear(out);
	if (mc_span_starts(rest, prefix))
		from = prefix.n;
	rc = mc_buf_put(out, mc_span_head(rest, from), err);
	rest = mc_span_from(rest, from);
	while (rc == MC_OK && rest.n > 0) {
		size_t n = separator ? mc_span_index(rest, separator) : rest.n;

		rc = put_level(out, mc_span_head(rest, n), done, err);
		if (rc == MC_OK && (done & TAIL) &&
			(n == rest.n || !(done & JOIN)))
			rc = mc_buf_putc(out, '_', err);
		if (rc == MC_OK && n < rest.n)
			rc = mc_buf_putc(
				out, done & JOIN ? '_' : separator, err);
		rest = mc_span_from(rest, n + 1);
	}
	if (rc == MC_OK && (done & (SHORT | SHORTER)))
		shorten(out, from, done & JOIN ? '\0' : separator,
			done & SHORTER ? SHORT_MAX_OCTETS : LONG_MAX_OCTETS);
	return rc;
}

static bool says(const char *words, const struct step *step)
{
	for (const char *const *word = step->words; *word; word++)
		if (strcasestr(words, *word))
			return true;
	return false;
}

/* The one to be tried next, or NULL: one that changes something. */
static MC_RC choose(const struct mc_rename *r, const char *words,
	const struct step **found, struct mc_error *err)
{
	struct mc_buf now;
	struct mc_buf then;
	enum mc_rc rc;

	*found = NULL;
	mc_buf_init(&now, MC_NAME_MAX + 32);
	mc_buf_init(&then, MC_NAME_MAX + 32);
	rc = apply(r, r->done, &now, err);
	for (size_t i = 0; rc == MC_OK && i < STEPS; i++) {
		const struct step *step = &steps[i];

		if (*found && !says(words, step))
			continue;
		rc = apply(r, r->done | step->change, &then, err);
		if (rc < 0 || mc_span_eq(mc_buf_span(&now), mc_buf_span(&then)))
			continue;
		*found = step;
		if (says(words, step))
			break;
	}
	mc_buf_dispose(&now);
	mc_buf_dispose(&then);
	return rc;
}

MC_RC mc_rename_next(struct mc_rename *rename, const char *words,
	struct mc_buf *out, struct mc_error *err)
{
	const struct step *step;
	enum mc_rc rc = choose(rename, words, &step, err);

	if (rc < 0)
		return rc;
	if (!step)
		return MC_DONE;
	rename->done |= step->change;
	return apply(rename, rename->done, out, err);
}
