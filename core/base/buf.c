/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>

#include "base/text.h"

void mc_buf_init(struct mc_buf *buf, size_t max)
{
	*buf = (struct mc_buf){ .max = max };
}

void mc_buf_dispose(struct mc_buf *buf)
{
	free(buf->data);
	mc_buf_init(buf, buf->max);
}

void mc_buf_wipe(struct mc_buf *buf)
{
	if (buf->data)
		explicit_bzero(buf->data, buf->cap);
	mc_buf_dispose(buf);
}

void mc_buf_clear(struct mc_buf *buf)
{
	buf->len = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

MC_RC mc_buf_reserve(struct mc_buf *buf, size_t more, struct mc_error *err)
{
	size_t cap = buf->cap ? buf->cap : 64;
	char *data;

	if (more > buf->max || buf->len > buf->max - more)
		return mc_fail(err, MC_ELIMIT, MC_MESSAGE, 0,
			"longer than the limit of %zu octets", buf->max);
	if (buf->data && buf->len + more < buf->cap)
		return MC_OK;
	while (cap <= buf->len + more) {
		if (cap > SIZE_MAX / 2)
			return mc_fail_memory(err);
		cap *= 2;
	}
	if (cap > buf->max + 1)
		cap = buf->max + 1;
	data = realloc(buf->data, cap);
	if (!data)
		return mc_fail_memory(err);
	buf->data = data;
	buf->cap = cap;
	return MC_OK;
}

MC_RC mc_buf_put(struct mc_buf *buf, struct mc_span s, struct mc_error *err)
{
	enum mc_rc rc = mc_buf_reserve(buf, s.n, err);

	if (rc < 0)
		return rc;
	if (s.n > 0)
		memcpy(buf->data + buf->len, s.p, s.n);
	buf->len += s.n;
	buf->data[buf->len] = '\0';
	return MC_OK;
}

MC_RC mc_buf_putc(struct mc_buf *buf, char c, struct mc_error *err)
{
	return mc_buf_put(buf, (struct mc_span){ &c, 1 }, err);
}

MC_RC mc_buf_printf(
	struct mc_buf *buf, struct mc_error *err, const char *fmt, ...)
{
	va_list args;
	va_list again;
	enum mc_rc rc;
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	rc = mc_buf_reserve(buf, (size_t)n, err);
	if (rc == MC_OK)
		buf->len += mc_text_vformat(
			buf->data + buf->len, (size_t)n + 1, fmt, again);
	va_end(again);
	return rc;
}

MC_RC mc_strdup(char **out, struct mc_span s, struct mc_error *err)
{
	char *copy = malloc(s.n + 1);

	if (!copy)
		return mc_fail_memory(err);
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	*out = copy;
	return MC_OK;
}
