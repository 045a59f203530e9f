/* SPDX-License-Identifier: MIT */
#include "net/veil.h"

#include <assert.h>
#include <ctype.h>

#include "base/base64.h"
#include "base/limits.h"
#include "base/text.h"

enum {
	LEAST = 4,
	CODED = 2, /* the first of the three forms in base64 */
	FORM_MAX = 2 * MC_SECRET_MAX,
};

static MC_RC put_quoted(
	struct mc_buf *form, struct mc_span secret, struct mc_error *err)
{
	enum mc_rc rc = mc_buf_reserve(form, 2 * secret.n, err);

	for (size_t i = 0; rc == MC_OK && i < secret.n; i++) {
		if (secret.p[i] == '"' || secret.p[i] == '\\')
			rc = mc_buf_putc(form, '\\', err);
		if (rc == MC_OK)
			rc = mc_buf_putc(form, secret.p[i], err);
	}
	return rc;
}

/* With so many octets before it: the digits that hang on nothing else. */
static MC_RC put_coded(struct mc_buf *form, size_t before,
	struct mc_span secret, struct mc_error *err)
{
	static const char zeros[3];
	size_t groups = (before + secret.n + 2) / 3;
	size_t first = before ? before + 1 : 0;
	size_t end = (before + secret.n) * 8 / 6;
	struct mc_buf plain;
	enum mc_rc rc;

	mc_buf_init(&plain, FORM_MAX);
	rc = mc_buf_reserve(&plain, 3 * groups, err);
	if (rc == MC_OK)
		rc = mc_buf_reserve(form, 4 * groups, err);
	if (rc == MC_OK)
		rc = mc_buf_put(&plain, (struct mc_span){ zeros, before }, err);
	if (rc == MC_OK)
		rc = mc_buf_put(&plain, secret, err);
	if (rc == MC_OK)
		rc = mc_buf_put(&plain,
			(struct mc_span){ zeros, 3 * groups - plain.len }, err);
	if (rc == MC_OK) {
		mc_base64_encode(plain.data, groups, form->data);
		form->len = end - first;
		memmove(form->data, form->data + first, form->len);
	}
	mc_buf_wipe(&plain);
	return rc;
}

/* What begins where it is shown is whole in there. */
static MC_RC make_room(struct mc_veil *veil, struct mc_error *err)
{
	size_t longest = 0;

	for (size_t i = 0; i < MC_VEIL_FORMS; i++)
		if (veil->forms[i].len > longest)
			longest = veil->forms[i].len;
	mc_buf_init(&veil->room, MC_VEIL_SHOWN + longest);
	return mc_buf_reserve(&veil->room, veil->room.max, err);
}

MC_RC mc_veil_make(
	struct mc_veil *veil, struct mc_span secret, struct mc_error *err)
{
	struct mc_buf *forms = veil->forms;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; i < MC_VEIL_FORMS; i++)
		mc_buf_init(&forms[i], FORM_MAX);
	mc_buf_init(&veil->room, 0);
	if (secret.n < LEAST)
		return MC_OK;
	rc = mc_buf_put(&forms[0], secret, err);
	if (rc == MC_OK)
		rc = put_quoted(&forms[1], secret, err);
	for (size_t i = 0; rc == MC_OK && i < 3; i++)
		rc = put_coded(&forms[CODED + i], i, secret, err);
	if (rc == MC_OK)
		rc = make_room(veil, err);
	if (rc < 0)
		mc_veil_dispose(veil);
	return rc;
}

static bool is_digit(char c)
{
	return isalnum((unsigned char)c) || c == '+' || c == '/' || c == '=';
}

void mc_veil_over(const struct mc_veil *veil, char *line, size_t n)
{
	/* Nearly always there is none. */
	for (size_t i = 0; veil->forms[0].len > 0 && i < MC_VEIL_FORMS; i++) {
		struct mc_span form = mc_buf_span(&veil->forms[i]);
		char *at = line;
		size_t left = n;

		while (form.n >= LEAST &&
			(at = memmem(at, left, form.p, form.n))) {
			char *end = at + form.n;

			while (i >= CODED && at > line && is_digit(at[-1]))
				at--;
			while (i >= CODED && end < line + n && is_digit(*end))
				end++;
			memset(at, '*', (size_t)(end - at));
			at = end;
			left = (size_t)(line + n - end);
		}
	}
}

void mc_veil_escape(
	const struct mc_veil *veil, char *out, size_t size, struct mc_span line)
{
	char *copy = veil->room.data;

	assert(size <= MC_VEIL_SHOWN);
	if (veil->forms[0].len > 0 && line.n > 0) {
		line = mc_span_head(line, veil->room.max);
		memcpy(copy, line.p, line.n);
		mc_veil_over(veil, copy, line.n);
		line.p = copy;
	}
	mc_text_escape(out, size, line);
}

void mc_veil_dispose(struct mc_veil *veil)
{
	for (size_t i = 0; i < MC_VEIL_FORMS; i++)
		mc_buf_wipe(&veil->forms[i]);
	mc_buf_wipe(&veil->room);
}
