/* SPDX-License-Identifier: MIT
 * glob: which folders --include and --exclude mean. */
#include "base/text.h"
#include "plan/plan.h"

static bool same_letter(const char *a, const char *b)
{
	return mc_span_ieq((struct mc_span){ a, 1 }, (struct mc_span){ b, 1 });
}

/* Octets of the character at s: '?' means one of them. */
static size_t character(const char *s)
{
	size_t n = mc_utf8_length(mc_span_str(s));

	return n > 0 ? n : 1;
}

/* Where to go on when what follows a star does not fit: the star takes one
 * more character.  A '*' may not take '/'; then the last '**' tries. */
struct retry {
	const char *pattern; /* behind the star; NULL: none yet */
	const char *path;    /* what the star leaves */
};

static bool take_more(
	struct retry *star, bool any, const char **pattern, const char **path)
{
	if (!star->pattern || *star->path == '\0')
		return false;
	if (!any && *star->path == '/')
		return false;
	star->path += character(star->path);
	*pattern = star->pattern;
	*path = star->path;
	return true;
}

bool mc_glob(const char *pattern, const char *path)
{
	struct retry one = { NULL, NULL };
	struct retry all = { NULL, NULL };

	for (;;) {
		if (pattern[0] == '*' && pattern[1] == '*') {
			pattern += 2;
			all = (struct retry){ pattern, path };
			one.pattern = NULL;
		} else if (pattern[0] == '*') {
			pattern++;
			one = (struct retry){ pattern, path };
		} else if (*pattern == '\0' && *path == '\0') {
			return true;
		} else if (*pattern == '?' && *path && *path != '/') {
			pattern++;
			path += character(path);
		} else if (*path && same_letter(pattern, path)) {
			pattern++;
			path++;
		} else if (!take_more(&one, false, &pattern, &path)) {
			one.pattern = NULL;
			if (!take_more(&all, true, &pattern, &path))
				return false;
		}
	}
}

static const char *first_match(
	const char *const *globs, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++) {
		if (mc_glob(globs[i], path))
			return globs[i];
	}
	return NULL;
}

static void note_fits(const struct mc_rules *rules, const char *path)
{
	for (size_t i = 0; i < rules->include_n; i++) {
		if (mc_glob(rules->include[i], path))
			rules->fits[i] = true;
	}
	for (size_t i = 0; i < rules->exclude_n; i++) {
		if (mc_glob(rules->exclude[i], path))
			rules->fits[rules->include_n + i] = true;
	}
}

bool mc_rules_pass(
	const struct mc_rules *rules, const char *path, const char **rule)
{
	const char *match = first_match(rules->exclude, rules->exclude_n, path);

	*rule = NULL;
	if (rules->fits)
		note_fits(rules, path);
	if (match) {
		*rule = match;
		return false;
	}
	if (rules->include_n == 0 ||
		first_match(rules->include, rules->include_n, path))
		return true;
	*rule = "--include";
	return false;
}
