/* SPDX-License-Identifier: MIT
 * buf: octets that grow, up to a maximum that their owner names. */
#ifndef MC_BASE_BUF_H
#define MC_BASE_BUF_H

#include "base/error.h"
#include "base/span.h"

struct mc_buf {
	char *data; /* len octets and a NUL behind them; NULL while cap is 0 */
	size_t len;
	size_t cap;
	size_t max; /* from base/limits.h */
};

void mc_buf_init(struct mc_buf *buf, size_t max);
void mc_buf_dispose(struct mc_buf *buf); /* frees; may be used again */
void mc_buf_wipe(struct mc_buf *buf);    /* overwrites a secret, frees */
void mc_buf_clear(struct mc_buf *buf);   /* len 0, memory kept */

/* Room for `more` octets behind len.
 * Fails: ELIMIT (above max: scope MESSAGE; no memory: scope RUN). */
MC_RC mc_buf_reserve(struct mc_buf *buf, size_t more, struct mc_error *err);
MC_RC mc_buf_put(struct mc_buf *buf, struct mc_span s, struct mc_error *err);
MC_RC mc_buf_putc(struct mc_buf *buf, char c, struct mc_error *err);
MC_RC mc_buf_printf(struct mc_buf *buf, struct mc_error *err, const char *fmt,
	...) MC_PRINTF(3, 4);

/* Borrowed until the next change of buf. */
static inline struct mc_span mc_buf_span(const struct mc_buf *buf)
{
	return (struct mc_span){ buf->data, buf->len };
}

/* As a C string; "" if empty.  Only for text that we made ourselves. */
static inline const char *mc_buf_str(const struct mc_buf *buf)
{
	return buf->data ? buf->data : "";
}

/* A copy with a NUL behind it, yours to free().  Fails: ELIMIT (memory). */
MC_RC mc_strdup(char **out, struct mc_span s, struct mc_error *err);

#endif
