/* SPDX-License-Identifier: MIT */
#include "source/label.h"

#include <search.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"

static MC_RC escape(
	struct mc_buf *text, struct mc_span name, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && name.n > 0) {
		size_t n = mc_utf8_length(name);

		if (n > 0 && name.p[0] != '%')
			rc = mc_buf_put(text, mc_span_head(name, n), err);
		else
			rc = mc_buf_printf(
				text, err, "%%%02X", (unsigned char)name.p[0]);
		name = mc_span_from(name, n > 0 ? n : 1);
	}
	return rc;
}

MC_RC mc_label(char **out, struct mc_span name, struct mc_error *err)
{
	struct mc_buf text;
	enum mc_rc rc;

	if (mc_utf8_valid(name))
		return mc_strdup(out, name, err);
	mc_buf_init(&text, MC_NAME_MAX);
	rc = escape(&text, name, err);
	if (rc == MC_OK)
		rc = mc_strdup(out, mc_buf_span(&text), err);
	mc_buf_dispose(&text);
	return rc;
}

bool mc_label_is_odd(const char *label, const char *path)
{
	struct mc_span rest = mc_span_str(path);
	char escaped[4];
	size_t n;

	while (rest.n > 0 && (n = mc_utf8_length(rest)) > 0)
		rest = mc_span_from(rest, n);
	if (rest.n == 0)
		return false;
	mc_text_format(
		escaped, sizeof(escaped), "%%%02X", (unsigned char)rest.p[0]);
	return strstr(label, escaped) != NULL;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

MC_RC mc_label_unique(
	const char **out, void **set, const char *label, struct mc_error *err)
{
	char *text = strdup(label);

	for (int i = 2; text; i++) {
		void *node = tsearch(text, set, compare);

		if (!node)
			break;
		*out = *(char **)node;
		if (*out == text)
			return MC_OK;
		free(text);
		if (asprintf(&text, "%s (%d)", label, i) < 0)
			text = NULL;
	}
	free(text);
	return mc_fail_memory(err);
}

void mc_label_set_free(void *set)
{
	tdestroy(set, free);
}

struct mc_span mc_label_unpacked(struct mc_span name)
{
	static const char *const suffixes[] = { ".gz", ".bz2", ".xz", ".zst",
		".zstd" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		struct mc_span suffix = mc_span_str(suffixes[i]);

		if (name.n > suffix.n &&
			mc_span_ieq(
				mc_span_from(name, name.n - suffix.n), suffix))
			return mc_span_head(name, name.n - suffix.n);
	}
	return name;
}
