/* SPDX-License-Identifier: MIT */
#include "net/dial.h"

#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "net/low.h"

enum {
	ATTEMPTS_MAX = 16, /* at a time; others wait for one to fail */
	STAGGER_MS = 250,  /* RFC 8305 8 */
	LOOKUP_MS = 50, /* how often a name lookup is looked after, at last */
	NAP_NS = 50 * 1000, /* and at first */

	/* A link that died without a word shows within two minutes. */
	KEEP_IDLE_S = 30,
	KEEP_INTERVAL_S = 15,
	KEEP_COUNT = 6,
};

struct dial {
	const struct mc_endpoint *at;
	struct mc_cancel *cancel;
	int64_t deadline;
	int64_t next_ms; /* when the next address has its turn */
	const struct addrinfo *next;
	struct pollfd fds[ATTEMPTS_MAX + 1]; /* the last place: cancel */
	size_t n;                            /* attempts under way */
	int sys;                             /* why the last one failed */
};

/* What glibc's helper thread works on; see lookup_name(). */
struct lookup {
	struct gaicb cb;
	struct gaicb *list[1];
	struct addrinfo hints;
	char port[8];
	char host[];
};

static enum mc_rc fail_lookup(
	const struct dial *dial, int code, struct mc_error *err)
{
	char why[128];

	mc_text_format(why, sizeof(why), "%s",
		code == EAI_SYSTEM ? strerrordesc_np(errno)
				   : gai_strerror(code));
	why[0] = (char)tolower((unsigned char)why[0]);
	mc_fail(err, MC_ENET, MC_SESSION, 0, "cannot find the host '%s': %s",
		dial->at->host, why);
	if (code != EAI_NONAME && code != EAI_NODATA)
		err->hope = MC_AGAIN;
	return MC_ENET;
}

static enum mc_rc fail_connect(
	const struct dial *dial, int sys, struct mc_error *err)
{
	if (sys == ETIMEDOUT) {
		mc_fail(err, MC_ENET, MC_SESSION, sys,
			"cannot connect to '%s' port %u: no answer within %g "
			"seconds",
			dial->at->host, dial->at->port,
			mc_low_timeout(dial->at) / 1000.0);
	} else {
		errno = sys;
		mc_fail_errno(err, MC_ENET, MC_SESSION,
			"cannot connect to '%s' port %u", dial->at->host,
			dial->at->port);
	}
	err->hope = MC_AGAIN;
	return MC_ENET;
}

static struct lookup *lookup_new(const char *host, const char *port)
{
	size_t size = strlen(host) + 1;
	struct lookup *lookup = calloc(1, sizeof(*lookup) + size);

	if (!lookup)
		return NULL;
	memcpy(lookup->host, host, size);
	mc_text_format(lookup->port, sizeof(lookup->port), "%s", port);
	lookup->hints.ai_socktype = SOCK_STREAM;
	lookup->hints.ai_flags = AI_NUMERICSERV;
	lookup->cb.ar_name = lookup->host;
	lookup->cb.ar_service = lookup->port;
	lookup->cb.ar_request = &lookup->hints;
	lookup->list[0] = &lookup->cb;
	return lookup;
}

/* At first little, for most names are known nearby. */
static void nap(long *ns)
{
	const struct timespec length = { .tv_nsec = *ns };

	nanosleep(&length, NULL);
	*ns = *ns * 2 < LOOKUP_MS * 1000000L ? *ns * 2 : LOOKUP_MS * 1000000L;
}

/* The helper has told the outcome and is about to leave the request alone: its
 * lock stands between what it wrote and what we read. */
static void wait_until_left(struct lookup *lookup)
{
	long ns = NAP_NS;

	while (gai_cancel(&lookup->cb) == EAI_NOTCANCELED)
		nap(&ns);
}

/* getaddrinfo() cannot be interrupted and may take half a minute when no name
 * server answers; glibc runs it beside us, so that ^C and the deadline hold.
 * A lookup given up is left to that thread: it still writes there.  Not by
 * gai_suspend(): if its time is over just when the outcome is told, it leaves
 * an entry on its stack with the helper, which then writes there. */
static MC_RC lookup_name(struct dial *dial, const char *port,
	struct addrinfo **out, struct mc_error *err)
{
	struct lookup *lookup = lookup_new(dial->at->host, port);
	enum mc_rc rc = MC_OK;
	long ns = NAP_NS;
	int code;

	if (!lookup)
		return mc_fail_memory(err);
	code = getaddrinfo_a(GAI_NOWAIT, lookup->list, 1, NULL);
	while (code == 0 && rc == MC_OK) {
		nap(&ns);
		code = gai_error(&lookup->cb);
		if (code != EAI_INPROGRESS) {
			wait_until_left(lookup);
			break;
		}
		code = 0;
		if (mc_cancel_is(dial->cancel, MC_CANCEL_NOW))
			rc = mc_fail_cancelled(err);
		else if (mc_clock_ms() > dial->deadline)
			rc = fail_lookup(dial, EAI_AGAIN, err);
	}
	if (rc < 0 && gai_cancel(&lookup->cb) == EAI_NOTCANCELED)
		return rc;
	if (rc == MC_OK && code != 0)
		rc = fail_lookup(dial, code, err);
	if (rc == MC_OK)
		*out = lookup->cb.ar_result;
	else if (lookup->cb.ar_result)
		freeaddrinfo(lookup->cb.ar_result);
	free(lookup);
	return rc;
}

static MC_RC lookup_host(
	struct dial *dial, struct addrinfo **out, struct mc_error *err)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	char port[8];

	mc_text_format(port, sizeof(port), "%u", dial->at->port);
	if (getaddrinfo(dial->at->host, port, &hints, out) == 0)
		return MC_OK;
	return lookup_name(dial, port, out, err);
}

static void set_option(int fd, int level, int name, int value)
{
	/* Each is a help only: a system without it is no reason to fail. */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

/* Begins with the next address; a failure is noted in dial->sys. */
static void start_next(struct dial *dial)
{
	const struct addrinfo *ai = dial->next;
	int fd;

	dial->next = ai->ai_next;
	dial->next_ms = mc_clock_ms() + STAGGER_MS;
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		ai->ai_protocol);
	if (fd < 0) {
		dial->sys = errno;
		dial->next_ms = 0;
		return;
	}
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT);
	/* EINTR: the connect goes on as with EINPROGRESS (connect(2)). */
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) != 0 &&
		errno != EINPROGRESS && errno != EINTR) {
		dial->sys = errno;
		dial->next_ms = 0;
		close(fd);
		return;
	}
	dial->fds[dial->n++] = (struct pollfd){ .fd = fd, .events = POLLOUT };
}

/* The first attempt that came through, taken out of fds; -1: none yet.  Those
 * that failed are closed. */
static int take_winner(struct dial *dial)
{
	size_t i = 0;

	while (i < dial->n) {
		int fd = dial->fds[i].fd;
		int sys = 0;
		socklen_t size = sizeof(sys);

		if (dial->fds[i].revents == 0) {
			i++;
			continue;
		}
		dial->fds[i] = dial->fds[--dial->n];
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &sys, &size) == 0 &&
			sys == 0)
			return fd;
		dial->sys = sys;
		dial->next_ms = 0;
		close(fd);
	}
	return -1;
}

static MC_RC race(struct dial *dial, int *fd, struct mc_error *err)
{
	for (;;) {
		int64_t now = mc_clock_ms();
		int64_t until = dial->deadline;

		if (mc_cancel_is(dial->cancel, MC_CANCEL_NOW))
			return mc_fail_cancelled(err);
		if (now >= dial->deadline)
			return fail_connect(dial, ETIMEDOUT, err);
		if (dial->next && dial->n < ATTEMPTS_MAX &&
			now >= dial->next_ms) {
			start_next(dial);
			continue;
		}
		if (dial->n == 0 && !dial->next)
			return fail_connect(dial, dial->sys, err);
		if (dial->next && dial->next_ms < until)
			until = dial->next_ms;
		dial->fds[dial->n] =
			(struct pollfd){ .fd = mc_cancel_fd(dial->cancel),
				.events = POLLIN };
		if (poll(dial->fds, dial->n + 1,
			    until > now ? (int)(until - now) : 0) <= 0)
			continue;
		*fd = take_winner(dial);
		if (*fd >= 0)
			return MC_OK;
	}
}

MC_RC mc_dial(int *fd, const struct mc_endpoint *at,
	const struct mc_monitor *mon, struct mc_error *err)
{
	struct dial dial = {
		.at = at,
		.cancel = mon ? mon->cancel : NULL,
		.deadline = mc_clock_ms() + mc_low_timeout(at),
		.sys = EADDRNOTAVAIL,
	};
	struct addrinfo *found = NULL;
	enum mc_rc rc = lookup_host(&dial, &found, err);

	if (rc < 0)
		return rc;
	dial.next = found;
	rc = race(&dial, fd, err);
	while (dial.n > 0)
		close(dial.fds[--dial.n].fd);
	freeaddrinfo(found);
	return rc;
}

bool mc_dial_is_loopback(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage all;
	} peer = { 0 };
	socklen_t size = sizeof(peer);

	if (getpeername(fd, &peer.any, &size) != 0)
		return false;
	if (peer.any.sa_family == AF_INET)
		return ntohl(peer.v4.sin_addr.s_addr) >> 24 == 127;
	if (peer.any.sa_family != AF_INET6)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&peer.v6.sin6_addr))
		return peer.v6.sin6_addr.s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(&peer.v6.sin6_addr);
}
