/* SPDX-License-Identifier: MIT */
#include "net/hint.h"

#include <ctype.h>
#include <stdint.h>

#include "base/text.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

/* Octets between "try again" and the number that belongs to it. */
enum { FAR = 40 };

/* Is needle (lower case) in s, in any case?  *behind: where it ends. */
static bool has(struct mc_span s, const char *needle, size_t *behind)
{
	struct mc_span want = mc_span_str(needle);

	for (size_t i = 0; i + want.n <= s.n; i++) {
		if (!mc_span_istarts(mc_span_from(s, i), want))
			continue;
		*behind = i + want.n;
		return true;
	}
	return false;
}

static bool has_any(struct mc_span s, const char *const *needles, size_t n)
{
	size_t behind;

	for (size_t i = 0; i < n; i++)
		if (has(s, needles[i], &behind))
			return true;
	return false;
}

static bool is_any(struct mc_span code, const char *const *codes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mc_span_ieq(code, mc_span_str(codes[i])))
			return true;
	return false;
}

/* Of the word behind a number; `bare` where there is none. */
static int64_t unit_of(struct mc_span s, int64_t bare)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = { { "ms", 1 }, { "milli", 1 }, { "min", MINUTE },
		{ "m ", MINUTE }, { "s", SECOND }, { "h", HOUR } };

	s = mc_span_trim(s);
	for (size_t i = 0; i < COUNT(units); i++)
		if (mc_span_istarts(s, mc_span_str(units[i].name)))
			return units[i].ms;
	return bare;
}

/* "... 12345 milliseconds": the first number that is near. */
static int64_t number_near(struct mc_span s, int64_t bare)
{
	size_t at = 0;
	size_t n = 0;
	int64_t number;

	while (at < s.n && at < FAR && !isdigit((unsigned char)s.p[at]))
		at++;
	s = mc_span_from(s, at);
	while (n < s.n && isdigit((unsigned char)s.p[n]))
		n++;
	if (!mc_text_decimal(mc_span_head(s, n), INT32_MAX, &number))
		return 0;
	number *= unit_of(mc_span_from(s, n), bare);
	return number > INT32_MAX ? INT32_MAX : number;
}

/* "Suggested Backoff Time: 12345 milliseconds" (Exchange), "try again in 5
 * minutes", "exceeded the login limit for a 15 minute period" (Outlook.com). */
static int wait_in(struct mc_span text)
{
	static const struct {
		const char *words;
		int64_t bare; /* the unit, where none is told */
	} ways[] = { { "backoff", 1 }, { "back off", SECOND },
		{ "again in", SECOND }, { "again after", SECOND },
		{ "retry in", SECOND }, { "retry after", SECOND },
		{ "please wait", SECOND }, { "wait for", SECOND },
		{ "login limit", MINUTE } };
	/* Gmail gives such an account back after an hour to a day. */
	static const char *const over[] = { "command or bandwidth limit",
		"bandwidth limit", "download limit" };
	size_t behind;

	for (size_t i = 0; i < COUNT(ways); i++) {
		int64_t ms = 0;

		if (has(text, ways[i].words, &behind))
			ms = number_near(
				mc_span_from(text, behind), ways[i].bare);
		if (ms > 0)
			return (int)ms;
	}
	return has_any(text, over, COUNT(over)) ? HOUR : 0;
}

/* Words of connections and pace, whoever says them. */
static bool speaks_of_pace(struct mc_span text)
{
	static const char *const said[] = { "throttl", "backoff", "back off",
		"overload", "too many connections", "too many simultaneous",
		"simultaneous connections", "too many concurrent",
		"maximum number of connections", "login limit",
		"bandwidth limit", "download limit" };

	return has_any(text, said, COUNT(said));
}

static bool is_code_of_a_moment(struct mc_span code)
{
	static const char *const codes[] = { "UNAVAILABLE", "INUSE", "IN-USE",
		"LIMIT", "SERVERBUG", "THROTTLED", "LOGIN-DELAY" };

	return is_any(code, codes, COUNT(codes)) ||
	       mc_span_istarts(code, MC_SPAN("SYS/TEMP"));
}

struct mc_hint mc_hint_of(struct mc_span code, struct mc_span text)
{
	static const char *const said[] = { "temporar", "try again",
		"try later", "server busy", "server is busy",
		"server unavailable", "service unavailable" };
	struct mc_hint hint = { .wait_ms = wait_in(text) };

	hint.later = hint.wait_ms > 0 || is_code_of_a_moment(code) ||
		     mc_span_ieq(code, MC_SPAN("OVERQUOTA")) ||
		     speaks_of_pace(text) || has_any(text, said, COUNT(said));
	return hint;
}

struct mc_hint mc_hint_of_login(struct mc_span code, struct mc_span text)
{
	static const char *const final[] = { "AUTHENTICATIONFAILED",
		"AUTHORIZATIONFAILED", "EXPIRED", "CONTACTADMIN", "AUTH",
		"SYS/PERM" };
	static const char *const said[] = { "auth", "login", "log in",
		"password", "credential", "unknown user", "invalid user" };
	struct mc_hint hint = { 0 };

	hint.refused = is_any(code, final, COUNT(final));
	if (hint.refused)
		return hint;
	hint.later = is_code_of_a_moment(code) || speaks_of_pace(text);
	hint.refused = !hint.later && has_any(text, said, COUNT(said));
	if (hint.later)
		hint.wait_ms = wait_in(text);
	return hint;
}
