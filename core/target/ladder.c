/* SPDX-License-Identifier: MIT
 * ladder: from refusal to refusal the least change that may pass.
 *
 * Keywords and NUL are tried whatever a server says: without them a message is
 * still what it was.  Others are tried only if its words ask for them: who
 * finds a virus would not like it better with shorter lines.
 */
#include "base/text.h"
#include "net/refusal.h"
#include "target/send.h"

/* The steps in their order, each with the words of servers that ask for it. */
static const struct step {
	unsigned drop;
	const char *done;
	bool unasked; /* tried whatever the server says */
	const char *const words[8];
} steps[] = {
	{ MC_DROP_KEYWORDS, "keywords dropped", true,
		{ "keyword", "flag", NULL } },
	{ MC_DROP_FLAGS, "flags dropped", false, { "flag", NULL } },
	{ MC_DROP_DATE, "date of arrival left to the server", false,
		{ "internaldate", "date-time", "invalid date", "bad date",
			"date is", NULL } },
	{ MC_MEND_NUL, "NUL removed", true, { "nul", "0x00", "binary", NULL } },
	{ MC_MEND_CR, "lone CR removed", false,
		{ "bare", "newline", "carriage return", "line ending",
			"line end", NULL } },
	{ MC_MEND_HEADER, "8-bit header encoded", false,
		{ "8bit", "8-bit", "8 bit", "ascii", "invalid char", "utf-8",
			"header", NULL } },
	{ MC_MEND_LINES, "long lines broken", false,
		{ "too long", "line length", "long line", "998",
			"argument error", NULL } },
};

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

/* Is there anything of it to change? */
static bool applies(const struct mc_target *target,
	const struct mc_send_item *item, unsigned drop)
{
	const struct mc_letter *letter = item->letter;

	switch (drop) {
	case MC_MEND_NUL:
		return letter->shape & MC_SHAPE_NUL;
	case MC_MEND_CR:
		return letter->shape & MC_SHAPE_BARE_CR;
	case MC_MEND_HEADER:
		return letter->shape & MC_SHAPE_8BIT_HEADER;
	case MC_MEND_LINES:
		return letter->longest_line > MC_MEND_LINE_MAX;
	case MC_DROP_KEYWORDS:
		return mc_send_item_has_keywords(target, item);
	case MC_DROP_FLAGS:
		return letter->flags & target->selected.state.flags;
	case MC_DROP_DATE:
		return letter->internaldate != MC_NO_TIME;
	default:
		return false;
	}
}

unsigned mc_ladder_next(const struct mc_target *target,
	const struct mc_send_item *item, const struct mc_error *why)
{
	unsigned unasked = 0;

	if (mc_refusal_is_of_size(why))
		return 0;
	for (size_t i = 0; i < STEPS; i++) {
		const struct step *step = &steps[i];

		if ((item->drop & step->drop) ||
			!applies(target, item, step->drop))
			continue;
		if (mc_refusal_says(why, step->words))
			return step->drop;
		if (step->unasked && unasked == 0)
			unasked = step->drop;
	}
	return unasked;
}

unsigned mc_ladder_first(
	const struct mc_target *target, const struct mc_send_item *item)
{
	const struct mc_letter *letter = item->letter;
	unsigned drop = letter->drop;

	if (letter->keywords.n > MC_KEYWORDS_SENT_MAX)
		drop |= MC_DROP_KEYWORDS;
	for (size_t i = 0; i < STEPS; i++)
		if (letter->careful && steps[i].unasked &&
			applies(target, item, steps[i].drop))
			drop |= steps[i].drop;
	return drop;
}

const char *mc_ladder_text(unsigned drop, char out[MC_LADDER_TEXT])
{
	out[0] = '\0';
	for (size_t i = 0; i < STEPS; i++) {
		if (!(drop & steps[i].drop))
			continue;
		if (out[0])
			mc_text_append(out, MC_LADDER_TEXT, ", ");
		mc_text_append(out, MC_LADDER_TEXT, steps[i].done);
	}
	return out[0] ? out : NULL;
}
