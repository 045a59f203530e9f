/* SPDX-License-Identifier: MIT */
#include "source/plist.h"

#include "base/text.h"

/* Behind the next "<tag>"; n == 0: there is none. */
static struct mc_span behind(struct mc_span text, struct mc_span tag)
{
	while (text.n > 0) {
		text = mc_span_from(text, mc_span_index(text, '<'));
		if (mc_span_starts(text, tag))
			return mc_span_from(text, tag.n);
		text = mc_span_from(text, 1);
	}
	return text;
}

/* What stands before the next '<'. */
static struct mc_span content(struct mc_span text)
{
	return mc_span_trim(mc_span_head(text, mc_span_index(text, '<')));
}

/* "-12", "1517000478.25" */
static bool number_of(struct mc_span s, int64_t *out)
{
	bool negative = s.n > 0 && s.p[0] == '-';

	s = mc_span_from(s, negative);
	s = mc_span_head(s, mc_span_index(s, '.'));
	if (!mc_text_decimal(s, INT64_MAX, out))
		return false;
	if (negative)
		*out = -*out;
	return true;
}

bool mc_plist_number(struct mc_span text, const char *name, int64_t *out)
{
	static const struct mc_span tags[] = { { "<integer>", 9 },
		{ "<real>", 6 } };

	while (text.n > 0) {
		text = behind(text, MC_SPAN("<key>"));
		if (mc_span_eq(content(text), mc_span_str(name)))
			break;
	}
	text = behind(text, MC_SPAN("</key>"));
	text = mc_span_from(text, mc_span_index(text, '<'));
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (mc_span_starts(text, tags[i]))
			return number_of(
				content(mc_span_from(text, tags[i].n)), out);
	}
	return false;
}
