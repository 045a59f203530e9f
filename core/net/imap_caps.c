/* SPDX-License-Identifier: MIT
 * imap_caps: what a server says that it can do, and that it is. */
#include <ctype.h>

#include "base/limits.h"
#include "base/text.h"
#include "net/imap_wire.h"

MC_RC mc_imap_take_caps(
	struct mc_imap *imap, size_t first, struct mc_error *err)
{
	const struct mc_imap_tokens *t = &imap->response.tokens;
	enum mc_rc rc = MC_OK;

	mc_buf_clear(&imap->caps);
	imap->caps_new = true;
	if (t->n > first + MC_CAPABILITIES_MAX)
		return mc_fail(err, MC_ELIMIT, MC_SESSION, 0,
			"the server has too many capabilities");
	for (size_t i = first; i < t->n && rc == MC_OK; i++) {
		rc = mc_buf_putc(&imap->caps, ' ', err);
		if (rc == MC_OK)
			rc = mc_buf_put(&imap->caps, mc_imap_span(t, i), err);
	}
	for (size_t i = 0; i < imap->caps.len; i++) {
		char *c = &imap->caps.data[i];

		*c = (char)toupper((unsigned char)*c);
	}
	if (rc < 0)
		return rc;
	return mc_buf_putc(&imap->caps, ' ', err);
}

/* The word of caps that starts with `name`, or p == NULL. */
static struct mc_span find_cap(const struct mc_imap *imap, const char *name)
{
	struct mc_span rest = mc_buf_span(&imap->caps);
	struct mc_span want = mc_span_str(name);

	while (rest.n > 0) {
		size_t n = mc_span_index(rest, ' ');
		struct mc_span word = mc_span_head(rest, n);

		if (mc_span_starts(word, want))
			return word;
		rest = mc_span_from(rest, n + 1);
	}
	return (struct mc_span){ 0 };
}

bool mc_imap_can(const struct mc_imap *imap, const char *capability)
{
	char word[64];

	/* caps holds each between blanks, and no NUL that came on a line
	 * can make a word longer than it is. */
	mc_text_format(word, sizeof(word), " %s ", capability);
	return imap->caps.len > 0 && strstr(imap->caps.data, word);
}

struct mc_span mc_imap_can_value(const struct mc_imap *imap, const char *name)
{
	char word[64];
	struct mc_span found;

	mc_text_format(word, sizeof(word), "%s=", name);
	found = find_cap(imap, word);
	return found.p ? mc_span_from(found, strlen(word)) : found;
}

const char *mc_imap_capabilities(const struct mc_imap *imap)
{
	const char *caps = mc_buf_str(&imap->caps);

	return caps[0] == ' ' ? caps + 1 : caps;
}

/* "* ID ("name" "Dovecot" ...)" or NIL; RFC 2971. */
MC_RC mc_imap_take_id(struct mc_imap *imap, struct mc_error *err)
{
	const struct mc_imap_tokens *t = &imap->response.tokens;
	struct mc_buf *out = &imap->id;
	enum mc_rc rc = MC_OK;

	if (!mc_imap_is(t, 0, "ID"))
		return MC_OK;
	mc_buf_clear(out);
	for (size_t i = 1; i < t->n && rc == MC_OK; i++) {
		if (mc_imap_type(t, i) != MC_IMAP_STRING)
			continue;
		if (out->len > 0)
			rc = mc_buf_putc(out, ' ', err);
		if (rc == MC_OK)
			rc = mc_buf_put(out,
				mc_span_head(mc_imap_span(t, i), 256), err);
	}
	return rc;
}
