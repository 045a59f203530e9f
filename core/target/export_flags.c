/* SPDX-License-Identifier: MIT */
#include "target/export_flags.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/limits.h"
#include "msg/identity.h"

/* Longer ones are no addresses; RFC 5321 4.5.3.1.3. */
enum { ADDRESS_MAX = 254 };

struct letter {
	uint32_t flags;
	char letter;
};

/* out holds n + 1 octets. */
static void letters_of(
	char *out, uint32_t flags, const struct letter *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (flags & table[i].flags)
			*out++ = table[i].letter;
	}
	*out = '\0';
}

void mc_export_letters(char out[MC_MAILDIR_FLAGS], uint32_t flags)
{
	static const struct letter table[] = {
		{ MC_DRAFT, 'D' },
		{ MC_FLAGGED, 'F' },
		{ MC_FORWARDED, 'P' },
		{ MC_ANSWERED, 'R' },
		{ MC_SEEN, 'S' },
		{ MC_DELETED | MC_EXPUNGED, 'T' },
	};

	letters_of(out, flags, table, sizeof(table) / sizeof(table[0]));
}

/* What X-Keywords can hold: a blank splits words. */
static bool is_one_word(const char *word)
{
	for (; *word; word++) {
		if ((unsigned char)*word <= ' ')
			return false;
	}
	return true;
}

static MC_RC put_keywords(struct mc_buf *out, struct mc_words keywords,
	bool *all, struct mc_error *err)
{
	const char *word;
	size_t n = 0;
	enum mc_rc rc = MC_OK;

	*all = true;
	for (size_t at = 0;
		rc == MC_OK && (word = mc_words_next(keywords, &at)) != NULL;) {
		if (!is_one_word(word))
			*all = false;
		else
			rc = mc_buf_printf(out, err, "%s %s",
				n++ ? "" : "X-Keywords:", word);
	}
	return rc == MC_OK && n > 0 ? mc_buf_put(out, MC_SPAN("\r\n"), err)
				    : rc;
}

/* nsMsgMessageFlags.idl */
static unsigned mozilla_bits(uint32_t flags)
{
	return (flags & MC_SEEN ? 0x0001u : 0) |
	       (flags & MC_ANSWERED ? 0x0002u : 0) |
	       (flags & MC_FLAGGED ? 0x0004u : 0) |
	       (flags & MC_EXPUNGED ? 0x0008u : 0) |
	       (flags & MC_FORWARDED ? 0x1000u : 0);
}

MC_RC mc_export_status(struct mc_buf *out, uint32_t flags,
	struct mc_words keywords, bool *all, struct mc_error *err)
{
	static const struct letter table[] = {
		{ MC_ANSWERED, 'A' },
		{ MC_FLAGGED, 'F' },
		{ MC_DRAFT, 'T' },
		{ MC_DELETED, 'D' },
	};
	char letters[sizeof(table) / sizeof(table[0]) + 1];
	enum mc_rc rc;

	/* O: no mail program takes it for new. */
	rc = mc_buf_printf(
		out, err, "Status: %s\r\n", flags & MC_SEEN ? "RO" : "O");
	letters_of(letters, flags, table, sizeof(table) / sizeof(table[0]));
	if (rc == MC_OK && letters[0])
		rc = mc_buf_printf(out, err, "X-Status: %s\r\n", letters);
	if (rc == MC_OK && flags & (MC_FORWARDED | MC_EXPUNGED))
		rc = mc_buf_printf(out, err, "X-Mozilla-Status: %04x\r\n",
			mozilla_bits(flags));
	return rc < 0 ? rc : put_keywords(out, keywords, all, err);
}

/* An address that stands in a From_ line as one word. */
static bool is_plain(struct mc_span address)
{
	for (size_t i = 0; i < address.n; i++) {
		if (address.p[i] <= ' ' || address.p[i] >= 0x7F)
			return false;
	}
	return address.n <= ADDRESS_MAX && mc_span_index(address, '@') > 0 &&
	       mc_span_index(address, '@') + 1 < address.n;
}

MC_RC mc_export_from_line(struct mc_buf *out, const char *sender, int64_t time,
	struct mc_error *err)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	struct mc_civil civil = mc_clock_to_civil(time);
	struct mc_span address = MC_SPAN("MAILER-DAEMON");
	struct mc_buf found;
	struct mc_civil midnight;
	int64_t day = 0;
	enum mc_rc rc;

	mc_buf_init(&found, MC_HEADER_MAX);
	rc = mc_identity_address(&found, mc_span_str(sender), err);
	if (rc == MC_OK && is_plain(mc_buf_span(&found)))
		address = mc_buf_span(&found);
	/* Within the years that civil holds; 1970-01-01 was a Thursday. */
	midnight = (struct mc_civil){
		.year = civil.year, .month = civil.month, .day = civil.day
	};
	if (mc_clock_from_civil(&midnight, &time))
		day = time / MC_DAY + 4;
	if (rc == MC_OK)
		rc = mc_buf_printf(out, err,
			"From %.*s %s %s %2d %02d:%02d:%02d %04d\n",
			(int)address.n, address.p, days[(day % 7 + 7) % 7],
			mc_clock_months[civil.month - 1], civil.day, civil.hour,
			civil.minute, civil.second, civil.year);
	mc_buf_dispose(&found);
	return rc;
}
