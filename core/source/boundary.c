/* SPDX-License-Identifier: MIT */
#include "source/boundary.h"

#include "base/text.h"

static const char mark[] = "LibPST-iamunique-";

enum {
	MARK = sizeof(mark) - 1,
	DIGITS_MAX = 11, /* of a number, with a sign */
	/* Messages within messages have boundaries of their own; more than
	 * these keep their numbers. */
	NUMBERS_MAX = 64,
};

struct boundary {
	struct mc_filter filter;
	struct mc_sink *sink;
	size_t matched; /* octets of the mark that have just come */
	bool number;    /* behind the mark: digits come */
	char digits[DIGITS_MAX];
	size_t digits_n;
	char numbers[NUMBERS_MAX][DIGITS_MAX];
	size_t lengths[NUMBERS_MAX];
	size_t n;
};

static struct boundary *boundary_of(struct mc_filter *filter)
{
	return (struct boundary *)(void *)filter;
}

static MC_RC put_out(
	struct boundary *b, struct mc_span octets, struct mc_error *err)
{
	return octets.n > 0 ? b->sink->put(b->sink, octets, err) : MC_OK;
}

/* The number as it came, or the one that stands for it in this message. */
static MC_RC put_number(struct boundary *b, struct mc_error *err)
{
	struct mc_span digits = { b->digits, b->digits_n };
	char text[16];
	size_t i = 0;

	b->number = false;
	b->digits_n = 0;
	while (i < b->n && !mc_span_eq(digits, (struct mc_span){ b->numbers[i],
						       b->lengths[i] }))
		i++;
	if (i == NUMBERS_MAX || digits.n == 0)
		return put_out(b, digits, err);
	if (i == b->n) {
		memcpy(b->numbers[i], digits.p, digits.n);
		b->lengths[i] = digits.n;
		b->n++;
	}
	return put_out(b,
		(struct mc_span){ text,
			mc_text_format(text, sizeof(text), "%zu", i + 1) },
		err);
}

/* Of the mark's octets none recurs in a way that a failed match could be the
 * start of another but at its first octet. */
static void follow(struct boundary *b, char c)
{
	if (c == mark[b->matched])
		b->matched++;
	else
		b->matched = c == mark[0];
	if (b->matched == MARK) {
		b->matched = 0;
		b->number = true;
	}
}

static bool is_digit(const struct boundary *b, char c)
{
	return b->digits_n < DIGITS_MAX &&
	       ((c >= '0' && c <= '9') || (c == '-' && b->digits_n == 0));
}

static MC_RC boundary_put(
	struct mc_filter *filter, struct mc_span octets, struct mc_error *err)
{
	struct boundary *b = boundary_of(filter);
	size_t from = 0;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < octets.n; i++) {
		char c = octets.p[i];

		if (b->number && is_digit(b, c)) {
			b->digits[b->digits_n++] = c;
			from = i + 1;
			continue;
		}
		if (b->number)
			rc = put_number(b, err);
		follow(b, c);
		/* What stands before the number goes before it. */
		if (rc == MC_OK && b->number) {
			rc = put_out(b,
				(struct mc_span){
					octets.p + from, i + 1 - from },
				err);
			from = i + 1;
		}
	}
	if (rc == MC_OK)
		rc = put_out(b, mc_span_from(octets, from), err);
	return rc;
}

static MC_RC boundary_end(
	struct mc_filter *filter, struct mc_error *why, struct mc_error *err)
{
	struct boundary *b = boundary_of(filter);

	(void)why;
	return b->number ? put_number(b, err) : MC_OK;
}

static void boundary_free(struct mc_filter *filter)
{
	free(boundary_of(filter));
}

MC_RC mc_boundary_filter(
	struct mc_filter **out, struct mc_sink *sink, struct mc_error *err)
{
	struct boundary *b = calloc(1, sizeof(*b));

	*out = NULL;
	if (!b)
		return mc_fail_memory(err);
	b->filter =
		(struct mc_filter){ boundary_put, boundary_end, boundary_free };
	b->sink = sink;
	*out = &b->filter;
	return MC_OK;
}
