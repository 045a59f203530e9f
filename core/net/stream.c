/* SPDX-License-Identifier: MIT */
#include "net/stream.h"

#include <assert.h>
#include <libetpan/mailstream.h>

#include "base/limits.h"
#include "base/text.h"
#include "net/dial.h"
#include "net/hint.h"
#include "net/tls.h"
#include "net/veil.h"

enum {
	BUFFER = 64 * 1024, /* each way; a write beyond it passes through */
	TRACE_MAX = 512,    /* octets of a line that the trace shows, escaped */
};

/*
 * Reading goes by libetpan's read buffer, which mailstream_feed_read_buffer()
 * fills only when it is empty.  We take octets from it by moving `at`, not the
 * octets, and call it empty when all are taken: exact, and without a copy.
 * (Its own line readers use C strings and are not used; see README.)
 */
struct mc_stream {
	mailstream *etpan;
	struct mc_low *low; /* etpan's, for the cause of a failure */
	size_t at;          /* octets taken of etpan->read_buffer */
	struct mc_buf line; /* one that crosses the buffer's end */
	bool loopback;
	bool secret;
	bool hide;
	bool quiet;
	struct mc_buf traced; /* "C:" line under way */
	bool masked;          /* its "***" is there */
	struct mc_veil veil;
	bool veiled; /* every line, not only what is told */
};

MC_RC mc_stream_open(struct mc_stream **out, const struct mc_endpoint *at,
	const struct mc_monitor *mon, struct mc_error *err)
{
	struct mc_stream *stream = NULL;
	mailstream_low *low = NULL;
	enum mc_rc rc;
	int fd = -1;

	*out = NULL;
	rc = mc_tls_check_pin(at, err);
	if (rc == MC_OK)
		rc = mc_dial(&fd, at, mon, err);
	if (rc == MC_OK)
		rc = mc_low_new(&low, fd, at, mon, err);
	if (rc != MC_OK)
		return rc;
	stream = calloc(1, sizeof(*stream));
	if (stream)
		stream->etpan = mailstream_new(low, BUFFER);
	if (!stream || !stream->etpan) {
		mailstream_low_close(low);
		mailstream_low_free(low);
		free(stream);
		return mc_fail_memory(err);
	}
	stream->low = low->data;
	stream->loopback = mc_dial_is_loopback(fd);
	mc_buf_init(&stream->line, MC_REPLY_LINE_MAX + 1);
	mc_buf_init(&stream->traced, TRACE_MAX);
	if (mc_endpoint_is_wrapped(at))
		rc = mc_tls_start(stream->low, err);
	if (rc < 0)
		mc_stream_close(stream);
	else
		*out = stream;
	return rc;
}

void mc_stream_close(struct mc_stream *stream)
{
	if (!stream)
		return;
	mailstream_close(stream->etpan);
	mc_buf_dispose(&stream->line);
	mc_buf_dispose(&stream->traced);
	mc_veil_dispose(&stream->veil);
	free(stream);
}

static MC_RC failed(const struct mc_stream *stream, struct mc_error *err)
{
	assert(stream->low->error.rc < 0);
	*err = stream->low->error;
	return err->rc;
}

MC_RC mc_stream_starttls(struct mc_stream *stream, struct mc_error *err)
{
	enum mc_rc rc;

	assert(!stream->low->tls);
	rc = mc_stream_flush(stream, err);
	if (rc < 0)
		return rc;
	if (stream->at < stream->etpan->read_buffer_len)
		return mc_tls_fail_injected(stream->low, err);
	rc = mc_tls_nothing_waits(stream->low, err);
	if (rc == MC_OK)
		rc = mc_tls_start(stream->low, err);
	return rc;
}

bool mc_stream_is_secure(const struct mc_stream *stream)
{
	return stream->low->tls && stream->low->error.rc == MC_OK;
}

MC_RC mc_stream_may_login(const struct mc_stream *stream, struct mc_error *err)
{
	const struct mc_endpoint *at = stream->low->at;

	if (stream->low->tls || stream->loopback || at->insecure_plaintext)
		return MC_OK;
	return mc_fail(err, MC_ETLS, MC_SESSION, 0,
		"'%s' offers no TLS on port %u: the password would go in clear "
		"text%s" MC_CLEAR_ADVICE,
		at->host, at->port,
		at->scheme == MC_SCHEME_POP3 ? MC_WRAPPED_ADVICE("pop3s")
					     : MC_WRAPPED_ADVICE("imaps"));
}

MC_RC mc_stream_compress(struct mc_stream *stream, struct mc_error *err)
{
	struct mc_span early = { stream->etpan->read_buffer + stream->at,
		stream->etpan->read_buffer_len - stream->at };
	enum mc_rc rc;

	assert(!stream->low->deflate);
	rc = mc_stream_flush(stream, err);
	if (rc == MC_OK)
		rc = mc_deflate_new(&stream->low->deflate, early, err);
	if (rc < 0)
		return rc;
	stream->at = 0;
	stream->etpan->read_buffer_len = 0;
	return MC_OK;
}

bool mc_stream_is_link_bound(const struct mc_stream *stream)
{
	return !stream->loopback && mc_low_is_link_bound(stream->low);
}

bool mc_stream_comes_slowly(struct mc_stream *stream)
{
	return !stream->loopback && mc_low_comes_slowly(stream->low);
}

/* --- trace ------------------------------------------------------------ */

static bool is_traced(const struct mc_stream *stream)
{
	const struct mc_monitor *mon = stream->low->mon;

	return mon && mon->trace && mon->event;
}

/* Veiled before it is cut, lest half the secret is left. */
static void emit_trace(
	const struct mc_stream *stream, char who, struct mc_span text)
{
	char shown[TRACE_MAX + 4];

	mc_text_format(shown, sizeof(shown), "%c: ", who);
	mc_stream_words(stream, shown + 3, sizeof(shown) - 3, text);
	mc_emit(stream->low->mon,
		&(struct mc_event){ .kind = MC_EVENT_TRACE, .text = shown });
}

static void trace_read(const struct mc_stream *stream, struct mc_span line)
{
	if (stream->hide && mc_span_starts(line, MC_SPAN("+ ")))
		line = MC_SPAN("+ ***");
	emit_trace(stream, 'S', line);
}

static void end_traced_line(struct mc_stream *stream)
{
	struct mc_span line = mc_span_trim(mc_buf_span(&stream->traced));

	if (line.n > 0)
		emit_trace(stream, 'C', line);
	mc_buf_clear(&stream->traced);
	stream->masked = false;
}

static void trace_part(struct mc_stream *stream, struct mc_span part)
{
	struct mc_error ignored; /* no memory for a trace: go without */
	size_t room = TRACE_MAX - stream->traced.len;

	if (stream->secret) {
		if (part.n == 0 || stream->masked)
			return;
		part = MC_SPAN("***");
		stream->masked = true;
	}
	if (mc_buf_put(&stream->traced, mc_span_head(part, room), &ignored) < 0)
		mc_buf_clear(&stream->traced);
}

/* Gathers what is written into lines, "***" where it is secret. */
static void trace_written(struct mc_stream *stream, struct mc_span bytes)
{
	while (bytes.n > 0) {
		size_t n = mc_span_index(bytes, '\n');

		trace_part(stream, mc_span_head(bytes, n));
		if (n < bytes.n)
			end_traced_line(stream);
		bytes = mc_span_from(bytes, n + 1);
	}
}

void mc_stream_secret(struct mc_stream *stream, bool on)
{
	stream->secret = on;
}

MC_RC mc_stream_veil(
	struct mc_stream *stream, struct mc_span secret, struct mc_error *err)
{
	mc_veil_dispose(&stream->veil);
	stream->veiled = true;
	return mc_veil_make(&stream->veil, secret, err);
}

void mc_stream_unveil(struct mc_stream *stream)
{
	stream->veiled = false;
}

void mc_stream_words(const struct mc_stream *stream, char *out, size_t size,
	struct mc_span said)
{
	mc_veil_escape(&stream->veil, out, size, said);
}

void mc_stream_hide(struct mc_stream *stream, bool on)
{
	stream->hide = on;
}

void mc_stream_quiet(struct mc_stream *stream, bool on)
{
	stream->quiet = on;
}

/* --- write ------------------------------------------------------------ */

static MC_RC failed_write(const struct mc_stream *stream, struct mc_error *err)
{
	assert(stream->low->write_error.rc < 0);
	*err = stream->low->write_error;
	return err->rc;
}

MC_RC mc_stream_write(
	struct mc_stream *stream, struct mc_span bytes, struct mc_error *err)
{
	if (bytes.n == 0)
		return MC_OK;
	if (is_traced(stream) && !stream->quiet)
		trace_written(stream, bytes);
	if (mailstream_write(stream->etpan, bytes.p, bytes.n) !=
		(ssize_t)bytes.n)
		return failed_write(stream, err);
	return MC_OK;
}

MC_RC mc_stream_flush(struct mc_stream *stream, struct mc_error *err)
{
	end_traced_line(stream);
	if (mailstream_flush(stream->etpan) != 0)
		return failed_write(stream, err);
	return MC_OK;
}

/* --- read ------------------------------------------------------------- */

static struct mc_span waiting(const struct mc_stream *stream)
{
	return (struct mc_span){ stream->etpan->read_buffer + stream->at,
		stream->etpan->read_buffer_len - stream->at };
}

/* At least one octet waits afterwards. */
static MC_RC feed(struct mc_stream *stream, struct mc_error *err)
{
	if (waiting(stream).n > 0)
		return MC_OK;
	stream->at = 0;
	stream->etpan->read_buffer_len = 0;
	if (mailstream_feed_read_buffer(stream->etpan) <= 0)
		return failed(stream, err);
	return MC_OK;
}

static MC_RC fail_long_line(struct mc_stream *stream, struct mc_error *err)
{
	mc_fail(&stream->low->error, MC_ELIMIT, MC_SESSION, 0,
		"a line of the server's reply is longer than %d octets",
		MC_REPLY_LINE_MAX);
	return failed(stream, err);
}

static struct mc_span without_cr(struct mc_span line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* The line, with a CR behind it if it has one; the LF is taken too.  It stands
 * in one of our buffers. */
static MC_RC take_line(
	struct mc_stream *stream, struct mc_span *line, struct mc_error *err)
{
	struct mc_span part;
	enum mc_rc rc;
	bool ends;

	mc_buf_clear(&stream->line);
	do {
		rc = feed(stream, err);
		if (rc < 0)
			return rc;
		part = waiting(stream);
		part = mc_span_head(part, mc_span_index(part, '\n'));
		ends = part.n < waiting(stream).n;
		stream->at += part.n + ends;
		if (ends && stream->line.len == 0) {
			*line = part;
			return MC_OK;
		}
		if (stream->line.len + part.n > stream->line.max)
			return fail_long_line(stream, err);
		rc = mc_buf_put(&stream->line, part, err);
		if (rc < 0)
			return rc;
	} while (!ends);
	*line = mc_buf_span(&stream->line);
	return MC_OK;
}

/* A line that take_line() gave. */
static char *writable(const struct mc_stream *stream, struct mc_span line)
{
	const struct mc_buf *own = &stream->line;
	char *buffer = stream->etpan->read_buffer;

	return own->len > 0 ? own->data : buffer + (line.p - buffer);
}

MC_RC mc_stream_line(
	struct mc_stream *stream, struct mc_span *line, struct mc_error *err)
{
	enum mc_rc rc = take_line(stream, line, err);

	if (rc < 0)
		return rc;
	*line = without_cr(*line);
	if (line->n > MC_REPLY_LINE_MAX)
		return fail_long_line(stream, err);
	if (stream->veiled && line->n > 0)
		mc_veil_over(&stream->veil, writable(stream, *line), line->n);
	if (is_traced(stream))
		trace_read(stream, *line);
	return MC_OK;
}

MC_RC mc_stream_some(struct mc_stream *stream, size_t max,
	struct mc_span *bytes, struct mc_error *err)
{
	enum mc_rc rc = feed(stream, err);

	assert(max > 0);
	if (rc < 0)
		return rc;
	*bytes = mc_span_head(waiting(stream), max);
	stream->at += bytes->n;
	return MC_OK;
}

void mc_stream_unread(struct mc_stream *stream, size_t n)
{
	assert(n <= stream->at);
	stream->at -= n;
}

bool mc_stream_readable(struct mc_stream *stream)
{
	bool ready;

	if (waiting(stream).n > 0 || stream->low->error.rc < 0)
		return true;
	/* Under TLS a readable socket may hold no octet for us: try. */
	stream->at = 0;
	stream->etpan->read_buffer_len = 0;
	stream->low->no_wait = true;
	ready = mailstream_feed_read_buffer(stream->etpan) > 0;
	stream->low->no_wait = false;
	return ready || stream->low->error.rc < 0;
}

int64_t mc_stream_octets_in(const struct mc_stream *stream)
{
	return stream->low->octets_in;
}

int64_t mc_stream_octets_out(const struct mc_stream *stream)
{
	return stream->low->octets_out;
}
