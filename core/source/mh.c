/* SPDX-License-Identifier: MIT */
#include "source/mh.h"

#include <byteswap.h>

#include "base/text.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Lines that begin with a blank continue the one before. */
static size_t line_length(struct mc_span text)
{
	size_t n = 0;

	do {
		n += mc_span_index(mc_span_from(text, n), '\n');
		n += n < text.n;
	} while (n < text.n && is_blank(text.p[n]));
	return n;
}

bool mc_mh_sequence(
	struct mc_span *text, struct mc_span *name, struct mc_span *ranges)
{
	while (text->n > 0) {
		struct mc_span line = mc_span_head(*text, line_length(*text));
		size_t colon = mc_span_index(line, ':');

		*text = mc_span_from(*text, line.n);
		if (colon == line.n)
			continue;
		*name = mc_span_trim(mc_span_head(line, colon));
		*ranges = mc_span_from(line, colon + 1);
		if (name->n > 0)
			return true;
	}
	return false;
}

static size_t word_length(struct mc_span s)
{
	size_t n = 0;

	while (n < s.n && !is_blank(s.p[n]) && s.p[n] != '\n' && s.p[n] != '\r')
		n++;
	return n;
}

bool mc_mh_range(struct mc_span *ranges, int64_t *first, int64_t *last)
{
	for (;;) {
		struct mc_span word;
		size_t dash;

		*ranges = mc_span_trim(*ranges);
		if (ranges->n == 0)
			return false;
		word = mc_span_head(*ranges, word_length(*ranges));
		*ranges = mc_span_from(*ranges, word.n);
		dash = mc_span_index(word, '-');
		if (!mc_text_decimal(
			    mc_span_head(word, dash), UINT32_MAX, first))
			continue;
		*last = *first;
		if (dash == word.n ||
			mc_text_decimal(
				mc_span_from(word, dash + 1), UINT32_MAX, last))
			return true;
	}
}

uint32_t mc_mh_meaning(struct mc_span name)
{
	static const struct {
		struct mc_span name;
		uint32_t bits;
	} known[] = {
		{ { "unseen", 6 }, MC_MH_UNSEEN },
		{ { "flagged", 7 }, MC_MH_FLAGGED },
		{ { "replied", 7 }, MC_MH_REPLIED },
		{ { "answered", 8 }, MC_MH_REPLIED },
		{ { "forwarded", 9 }, MC_MH_FORWARDED },
		{ { "cur", 3 }, UINT32_MAX },
		{ { "Previous-Sequence", 17 }, UINT32_MAX },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (mc_span_ieq(name, known[i].name))
			return known[i].bits;
	}
	return 0;
}

/* procmsg.h of Sylpheed and Claws; "new" is said beside "unread". */
static uint32_t bits_of_mark(uint32_t flags)
{
	return (flags & 1u << 1 ? MC_MH_UNSEEN : 0u) |
	       (flags & 1u << 2 ? MC_MH_FLAGGED : 0u) |
	       (flags & 1u << 3 ? MC_MH_DELETED : 0u) |
	       (flags & 1u << 4 ? MC_MH_REPLIED : 0u) |
	       (flags & 1u << 5 ? MC_MH_FORWARDED : 0u);
}

static bool take_word(struct mc_span *from, bool swap, uint32_t *out)
{
	if (from->n < sizeof(*out))
		return false;
	memcpy(out, from->p, sizeof(*out));
	*from = mc_span_from(*from, sizeof(*out));
	if (swap)
		*out = bswap_32(*out);
	return true;
}

bool mc_mh_mark(struct mc_span *marks, bool *begun, bool *swap,
	uint32_t *number, uint32_t *bits)
{
	uint32_t version;

	if (!*begun) {
		/* Written in the order of the machine: a version is small. */
		*begun = true;
		*swap = false;
		if (!take_word(marks, false, &version))
			return false;
		*swap = version > 0xffff;
	}
	if (!take_word(marks, *swap, number) || !take_word(marks, *swap, bits))
		return false;
	*bits = bits_of_mark(*bits);
	return true;
}

int64_t mc_mh_number(struct mc_span name)
{
	int64_t number;

	if (!mc_text_decimal(name, UINT32_MAX, &number) || number == 0 ||
		name.p[0] == '0')
		return -1;
	return number;
}
