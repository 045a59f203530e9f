/* SPDX-License-Identifier: MIT */
#include "net/refusal.h"

#include <string.h>
#include <strings.h>

bool mc_refusal_has_code(const struct mc_error *why, const char *code)
{
	return strcasecmp(why->code, code) == 0;
}

static bool has_any(const struct mc_error *why, const char *const *codes)
{
	for (; *codes; codes++)
		if (mc_refusal_has_code(why, *codes))
			return true;
	return false;
}

bool mc_refusal_says(const struct mc_error *why, const char *const *words)
{
	for (; *words; words++)
		if (strcasestr(mc_error_said(why), *words))
			return true;
	return false;
}

bool mc_refusal_is_of_room(const struct mc_error *why)
{
	/* "You exceeded your mail quota" of Courier, "Over quota" of Cyrus. */
	static const char *const words[] = { "quota", NULL };

	return mc_refusal_has_code(why, "OVERQUOTA") ||
	       mc_refusal_says(why, words);
}

/* "Command Argument Error. 11" of Exchange is said of lines that are too long,
 * but of messages that are too big, too. */
bool mc_refusal_is_of_size(const struct mc_error *why)
{
	static const char *const words[] = { "maximum size", "too big",
		"too large", "size limit", "message size", NULL };

	return mc_refusal_has_code(why, "TOOBIG") ||
	       mc_refusal_says(why, words);
}

bool mc_refusal_is_of_content(const struct mc_error *why)
{
	static const char *const words[] = { "virus", "malware", "infected",
		"spam", "content", "attachment", "mime", "header", "keyword",
		"flag", "nul", "8bit", "8-bit", "8 bit", "character", "newline",
		"carriage return", "too long", "long line", "invalid date",
		"bad date", "internaldate", NULL };

	return mc_refusal_says(why, words);
}

/* Of who we are, or of the moment. */
static bool is_of_us(const struct mc_error *why)
{
	static const char *const codes[] = { "NOPERM", "AUTHORIZATIONFAILED",
		"PRIVACYREQUIRED", "EXPIRED", "UNAVAILABLE", "INUSE",
		"THROTTLED", NULL };
	static const char *const words[] = { "read-only", "read only",
		"disk full", "disk is full", "no space left", "is locked",
		"i/o error", "suspended", NULL };

	return has_any(why, codes) || mc_refusal_says(why, words);
}

/* May be said of one message, or of one name, alone. */
static bool is_of_one(const struct mc_error *why)
{
	static const char *const codes[] = { "LIMIT", "SERVERBUG", NULL };

	return has_any(why, codes);
}

bool mc_refusal_is_general(const struct mc_error *why)
{
	static const char *const of_mailbox[] = { "TRYCREATE", "NONEXISTENT",
		NULL };

	return mc_refusal_is_of_room(why) || is_of_us(why) ||
	       has_any(why, of_mailbox) ||
	       (why->hope == MC_LATER && !is_of_one(why));
}

bool mc_refusal_is_of_name(const struct mc_error *why)
{
	static const char *const words[] = { "permission", "denied",
		"not authorized", "too many", NULL };

	return why->hope == MC_NEVER && !mc_refusal_is_of_room(why) &&
	       !is_of_us(why) && !is_of_one(why) &&
	       !mc_refusal_says(why, words);
}
