/* SPDX-License-Identifier: MIT */
#include "net/low.h"

#include <libetpan/mailstream_low.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"

enum {
	/* So much must have been taken before a link is judged. */
	JUDGED_OCTETS = 2 * 1024 * 1024,
	/* Packing is no faster than some times this on one processor. */
	FAST_LINK_MBS = 8,
};

int mc_low_timeout(const struct mc_endpoint *at)
{
	return at->timeout_ms > 0 ? at->timeout_ms : MC_TIMEOUT_MS;
}

/* ENET, scope SESSION, hope AGAIN, with errno's words: "connection lost". */
static enum mc_rc fail_lost(struct mc_error *err, int sys)
{
	errno = sys;
	mc_fail_errno(err, MC_ENET, MC_SESSION, "connection lost");
	err->hope = MC_AGAIN;
	return MC_ENET;
}

/* Who waits for a greeting where the server waits for TLS waits long. */
static const char *advice(const struct mc_low *low)
{
	if (low->tls || low->octets_in > 0)
		return "";
	return "; if it speaks TLS from the first octet, write pop3s:// or "
	       "imaps://";
}

static enum mc_rc fail_closed(
	const struct mc_low *low, const char *how, struct mc_error *err)
{
	mc_fail(err, MC_ENET, MC_SESSION, 0,
		"the server closed the connection%s%s", how, advice(low));
	err->hope = MC_AGAIN;
	return MC_ENET;
}

static enum mc_rc fail_timeout(const struct mc_low *low, struct mc_error *err)
{
	mc_fail(err, MC_ENET, MC_SESSION, ETIMEDOUT,
		"no answer from the server within %g seconds%s",
		low->timeout_ms / 1000.0, advice(low));
	err->hope = MC_AGAIN;
	return MC_ENET;
}

static struct mc_cancel *cancel_of(const struct mc_low *low)
{
	return low->mon ? low->mon->cancel : NULL;
}

MC_RC mc_low_wait(struct mc_low *low, short events, int64_t deadline,
	struct mc_error *err)
{
	struct pollfd fds[2] = {
		{ .fd = low->fd, .events = events },
		{ .fd = mc_cancel_fd(cancel_of(low)), .events = POLLIN },
	};

	for (;;) {
		int64_t left = deadline - mc_clock_ms();
		int n = poll(fds, 2, left > 0 ? (int)left : 0);

		if (mc_cancel_is(cancel_of(low), MC_CANCEL_NOW))
			return mc_fail_cancelled(err);
		if (n > 0 && fds[0].revents != 0)
			return MC_OK;
		if (n < 0 && errno != EINTR)
			return fail_lost(err, errno);
		if (left <= 0)
			return fail_timeout(low, err);
	}
}

/* One try each: octets moved, 0 at the end of file, -1 with *wait telling for
 * what to poll, or -1 with *wait 0 and low->error filled. */
static ssize_t tried(struct mc_low *low, ssize_t n, short event, short *wait)
{
	*wait = 0;
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		*wait = event;
	else
		fail_lost(&low->error, errno);
	return -1;
}

static ssize_t plain_read(struct mc_low *low, void *to, size_t max, short *wait)
{
	return tried(low, recv(low->fd, to, max, 0), POLLIN, wait);
}

static ssize_t plain_write(
	struct mc_low *low, const void *from, size_t count, short *wait)
{
	return tried(
		low, send(low->fd, from, count, MSG_NOSIGNAL), POLLOUT, wait);
}

/* What a negative code of GnuTLS means for one try. */
static ssize_t tls_result(struct mc_low *low, ssize_t code, short *wait)
{
	*wait = 0;
	if (code >= 0)
		return code;
	if (!gnutls_error_is_fatal((int)code)) {
		*wait = gnutls_record_get_direction(low->tls) ? POLLOUT
							      : POLLIN;
		return -1;
	}
	if (code == GNUTLS_E_PREMATURE_TERMINATION)
		fail_closed(low, " without ending TLS", &low->error);
	else if (code == GNUTLS_E_PULL_ERROR || code == GNUTLS_E_PUSH_ERROR)
		fail_lost(&low->error, errno ? errno : ECONNRESET);
	else
		mc_fail(&low->error, MC_ETLS, MC_SESSION, 0,
			"TLS with '%s' broke: %s", low->at->host,
			gnutls_strerror((int)code));
	return -1;
}

/* Broken before, or cancelled: a fast peer never makes us wait, so that ^C is
 * looked for here too. */
static bool is_over(struct mc_low *low)
{
	if (low->error.rc == MC_OK &&
		mc_cancel_is(cancel_of(low), MC_CANCEL_NOW))
		mc_fail_cancelled(&low->error);
	return low->error.rc < 0;
}

static bool is_ready(const struct mc_low *low, short events)
{
	struct pollfd fd = { .fd = low->fd, .events = events };

	return poll(&fd, 1, 0) > 0;
}

static enum mc_rc wait_to_read(
	struct mc_low *low, short events, int64_t deadline)
{
	int64_t since = mc_clock_ms();
	enum mc_rc rc = mc_low_wait(low, events, deadline, &low->error);

	low->waited_ms += mc_clock_ms() - since;
	return rc;
}

static ssize_t wire_read(struct mc_low *low, void *to, size_t max)
{
	int64_t deadline = mc_clock_ms() + low->timeout_ms;

	for (;;) {
		short wait;
		ssize_t n;

		if (is_over(low))
			return -1;
		if (low->tls)
			n = tls_result(low,
				gnutls_record_recv(low->tls, to, max), &wait);
		else
			n = plain_read(low, to, max, &wait);
		if (n > 0)
			return n;
		if (n == 0)
			fail_closed(low, "", &low->error);
		if (n == 0 || wait == 0)
			return -1;
		/* A record of TLS need not hold octets for us: try again
		 * while there is one. */
		if (low->no_wait && !is_ready(low, wait))
			return -1;
		if (wait_to_read(low, wait, deadline) < 0)
			return -1;
	}
}

/* What was read and is not unpacked yet comes first. */
static ssize_t unpacked_read(struct mc_low *low, void *to, size_t max)
{
	size_t size;
	size_t n;
	char *room;

	for (;;) {
		ssize_t came;

		if (mc_deflate_unpack(low->deflate, to, max, &n, &low->error) <
			0)
			return -1;
		if (n > 0)
			return (ssize_t)n;
		room = mc_deflate_room(low->deflate, &size);
		came = wire_read(low, room, size);
		if (came < 0)
			return -1;
		mc_deflate_came(low->deflate, (size_t)came);
	}
}

static ssize_t low_read(mailstream_low *s, void *to, size_t max)
{
	struct mc_low *low = s->data;
	ssize_t n = low->deflate ? unpacked_read(low, to, max)
				 : wire_read(low, to, max);

	if (n > 0)
		low->octets_in += n;
	return n;
}

/* A server that refuses says why and hangs up, often while we still write
 * ("* BYE [TOOBIG]"): what it said before can be read. */
static ssize_t fail_write(struct mc_low *low)
{
	low->write_error = low->error;
	if (low->error.rc == MC_ENET && low->error.sys != ETIMEDOUT)
		low->error.rc = MC_OK;
	return -1;
}

static ssize_t wire_write(struct mc_low *low, const void *from, size_t count)
{
	int64_t deadline = mc_clock_ms() + low->timeout_ms;

	if (low->write_error.rc < 0)
		return -1;
	for (;;) {
		short wait;
		ssize_t n;

		if (is_over(low))
			return fail_write(low);
		/* After "try again" GnuTLS wants the same octets: here they are. */
		if (low->tls)
			n = tls_result(low,
				gnutls_record_send(low->tls, from, count),
				&wait);
		else
			n = plain_write(low, from, count, &wait);
		if (n >= 0)
			return n;
		if (wait == 0 ||
			mc_low_wait(low, wait, deadline, &low->error) < 0)
			return fail_write(low);
	}
}

static ssize_t packed_write(struct mc_low *low, const void *from, size_t count)
{
	struct mc_span out;
	size_t taken;

	mc_deflate_pack(
		low->deflate, (struct mc_span){ from, count }, &taken, &out);
	while (out.n > 0) {
		ssize_t n = wire_write(low, out.p, out.n);

		if (n < 0)
			return -1;
		out = mc_span_from(out, (size_t)n);
	}
	return (ssize_t)taken;
}

static ssize_t low_write(mailstream_low *s, const void *from, size_t count)
{
	struct mc_low *low = s->data;
	ssize_t n = low->deflate ? packed_write(low, from, count)
				 : wire_write(low, from, count);

	if (n > 0)
		low->octets_out += n;
	return n;
}

bool mc_low_is_link_bound(const struct mc_low *low)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	if (getsockopt(low->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
		size < offsetof(struct tcp_info, tcpi_sndbuf_limited) ||
		info.tcpi_bytes_acked < JUDGED_OCTETS ||
		info.tcpi_busy_time == 0)
		return false;
	/* octets a microsecond: MB/s */
	return info.tcpi_bytes_acked / info.tcpi_busy_time < FAST_LINK_MBS &&
	       info.tcpi_rwnd_limited < info.tcpi_busy_time / 2;
}

bool mc_low_comes_slowly(struct mc_low *low)
{
	const struct mc_low_judged was = low->judged;
	int64_t octets = low->octets_in - was.octets_in;
	int64_t ms;

	if (was.at_ms > 0 && octets < JUDGED_OCTETS)
		return false;
	low->judged = (struct mc_low_judged){ mc_clock_ms(), low->octets_in,
		low->waited_ms };
	ms = low->judged.at_ms - was.at_ms;
	return was.at_ms > 0 && octets / 1000 < ms * FAST_LINK_MBS &&
	       low->judged.waited_ms - was.waited_ms > ms / 2;
}

static int low_close(mailstream_low *s)
{
	struct mc_low *low = s->data;

	/* Best effort: the socket does not block, and a broken session has
	 * nothing more to say. */
	if (low->tls && low->error.rc == MC_OK && low->write_error.rc == MC_OK)
		(void)gnutls_bye(low->tls, GNUTLS_SHUT_WR);
	if (low->fd >= 0)
		close(low->fd);
	low->fd = -1;
	return 0;
}

static int low_get_fd(mailstream_low *s)
{
	const struct mc_low *low = s->data;

	return low->fd;
}

static void low_free(mailstream_low *s)
{
	struct mc_low *low = s->data;

	if (low->tls)
		gnutls_deinit(low->tls);
	mc_deflate_free(low->deflate);
	if (low->trust)
		gnutls_certificate_free_credentials(low->trust);
	free(low);
	free(s);
}

/* libetpan takes it as not const, but never writes to it. */
static mailstream_low_driver driver = {
	.mailstream_read = low_read,
	.mailstream_write = low_write,
	.mailstream_close = low_close,
	.mailstream_get_fd = low_get_fd,
	.mailstream_free = low_free,
};

MC_RC mc_low_new(mailstream_low **out, int fd, const struct mc_endpoint *at,
	const struct mc_monitor *mon, struct mc_error *err)
{
	struct mc_low *low = calloc(1, sizeof(*low));
	mailstream_low *s = low ? mailstream_low_new(low, &driver) : NULL;

	if (!s) {
		free(low);
		close(fd);
		return mc_fail_memory(err);
	}
	low->fd = fd;
	low->at = at;
	low->mon = mon;
	low->timeout_ms = mc_low_timeout(at);
	*out = s;
	return MC_OK;
}
