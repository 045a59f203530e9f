/* SPDX-License-Identifier: MIT */
#include "msg/flags.h"

#include "base/text.h"

const char *mc_words_next(struct mc_words words, size_t *at)
{
	const char *word;

	if (*at >= words.n)
		return NULL;
	word = words.text + *at;
	*at += strnlen(word, words.n - *at) + 1;
	return word;
}

/* A word is text for people and servers, and ends at a NUL. */
static bool usable(struct mc_span word)
{
	return word.n > 0 && mc_utf8_valid(word) &&
	       mc_span_index(word, '\0') == word.n;
}

MC_RC mc_words_add(
	struct mc_buf *words, struct mc_span word, struct mc_error *err)
{
	struct mc_words have = { words->data, words->len };
	const char *other;
	enum mc_rc rc;

	if (!usable(word) || word.n + 1 > words->max - words->len)
		return MC_OK;
	for (size_t at = 0; (other = mc_words_next(have, &at));) {
		if (mc_span_eq(word, mc_span_str(other)))
			return MC_OK;
	}
	rc = mc_buf_put(words, word, err);
	return rc < 0 ? rc : mc_buf_putc(words, '\0', err);
}

const char *mc_flag_name(enum mc_flag flag)
{
	switch (flag) {
	case MC_SEEN:
		return "\\Seen";
	case MC_ANSWERED:
		return "\\Answered";
	case MC_FLAGGED:
		return "\\Flagged";
	case MC_DRAFT:
		return "\\Draft";
	case MC_DELETED:
		return "\\Deleted";
	case MC_FORWARDED:
		return "$Forwarded";
	case MC_EXPUNGED:
		break;
	}
	return NULL;
}

uint32_t mc_flag_by_name(struct mc_span name)
{
	for (unsigned flag = MC_SEEN; flag <= MC_FORWARDED; flag <<= 1)
		if (mc_span_ieq(name,
			    mc_span_str(mc_flag_name((enum mc_flag)flag))))
			return flag;
	return 0;
}

MC_RC mc_flags_from_imap(struct mc_words names, uint32_t *flags,
	struct mc_buf *keywords, struct mc_error *err)
{
	const char *name;
	enum mc_rc rc = MC_OK;
	size_t at = 0;

	*flags = 0;
	while (rc == MC_OK && (name = mc_words_next(names, &at))) {
		uint32_t flag = mc_flag_by_name(mc_span_str(name));

		*flags |= flag;
		if (flag == 0 && name[0] != '\\')
			rc = mc_words_add(keywords, mc_span_str(name), err);
	}
	return rc;
}

struct letter {
	char letter;
	enum mc_flag flag;
};

static uint32_t from_letters(
	struct mc_span letters, const struct letter *table, size_t n)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < letters.n; i++) {
		for (size_t k = 0; k < n; k++) {
			if (letters.p[i] == table[k].letter)
				flags |= table[k].flag;
		}
	}
	return flags;
}

uint32_t mc_flags_from_status(struct mc_span value)
{
	/* O (old) says that it is not recent, which no server is told. */
	static const struct letter table[] = {
		{ 'R', MC_SEEN },
		{ 'A', MC_ANSWERED },
		{ 'F', MC_FLAGGED },
		{ 'T', MC_DRAFT },
		{ 'D', MC_DELETED },
	};

	return from_letters(value, table, sizeof(table) / sizeof(table[0]));
}

uint32_t mc_flags_from_maildir(struct mc_span letters)
{
	static const struct letter table[] = {
		{ 'P', MC_FORWARDED },
		{ 'R', MC_ANSWERED },
		{ 'S', MC_SEEN },
		{ 'T', MC_DELETED },
		{ 'D', MC_DRAFT },
		{ 'F', MC_FLAGGED },
	};

	return from_letters(letters, table, sizeof(table) / sizeof(table[0]));
}

/* The whole value, 1 to 8 digits; else 0, which is no flag. */
static uint32_t hexadecimal(struct mc_span value)
{
	uint32_t number = 0;

	value = mc_span_trim(value);
	if (value.n > 8)
		return 0;
	for (size_t i = 0; i < value.n; i++) {
		int digit = mc_text_hex_digit(value.p[i]);

		if (digit < 0)
			return 0;
		number = number << 4 | (uint32_t)digit;
	}
	return number;
}

/* nsMsgMessageFlags.idl */
uint32_t mc_flags_from_mozilla(struct mc_span value)
{
	uint32_t bits = hexadecimal(value);

	return (bits & 0x0001 ? MC_SEEN : 0u) |
	       (bits & 0x0002 ? MC_ANSWERED : 0u) |
	       (bits & 0x0004 ? MC_FLAGGED : 0u) |
	       (bits & 0x0008 ? MC_EXPUNGED : 0u) |
	       (bits & 0x1000 ? MC_FORWARDED : 0u);
}

uint32_t mc_flags_from_mozilla2(struct mc_span value)
{
	return hexadecimal(value) & 0x00200000 ? MC_DELETED : 0u;
}

uint32_t mc_flags_from_evolution(struct mc_span value)
{
	size_t dash = mc_span_index(value, '-');
	uint32_t bits;

	if (dash == value.n)
		return 0;
	bits = hexadecimal(mc_span_from(value, dash + 1));
	return (bits & 0x01 ? MC_ANSWERED : 0u) |
	       (bits & 0x02 ? MC_DELETED : 0u) | (bits & 0x04 ? MC_DRAFT : 0u) |
	       (bits & 0x08 ? MC_FLAGGED : 0u) | (bits & 0x10 ? MC_SEEN : 0u);
}
