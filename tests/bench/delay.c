/* SPDX-License-Identifier: MIT
 *
 * bench_delay: a TCP proxy on loopback that makes a server far away.  Every
 * octet waits half the round-trip time in each direction; nothing else is
 * slower, up to what two processors copy, unless a rate is told: then so much
 * goes in each direction, and what waits for it is no more than a tenth of a
 * second's.
 *
 *	bench_delay PORT RTT_MS [MB/S]  prints its own port; until stdin ends
 *	bench_delay --try MB RTT_MS     how many MB/s it carries, as one number
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	/* In flight at most in one direction: 50 ms of 1.3 GB/s. */
	RING = 64 << 20,
	MARKS = 1 << 16,
	PIECE = 256 << 10
};

/* Octets that arrived together, and when they may go on. */
struct mark {
	int64_t due_ns;
	size_t octets;
};

/* What lies between. */
struct way {
	int64_t delay_ns;
	int64_t rate; /* octets a second; 0: any */
};

/* One direction. */
struct line {
	int from, to;
	int64_t free_ns; /* what came is on its way by then */
	char *ring;
	size_t head, held;
	struct mark *marks;
	size_t first, count;
	bool ended, closed;
};

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "bench_delay: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void *room(size_t octets)
{
	void *found = mmap(NULL, octets, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (found == MAP_FAILED)
		die("memory");
	return found;
}

static void line_init(struct line *line, int from, int to)
{
	memset(line, 0, sizeof(*line));
	line->from = from;
	line->to = to;
	line->ring = room(RING);
	line->marks = room(MARKS * sizeof(*line->marks));
}

static bool line_has_room(const struct line *line, const struct way *way)
{
	size_t most = RING;

	if (way->rate)
		most = (size_t)(way->rate / 10 +
				way->rate / 1000 * (way->delay_ns / 1000000));
	return !line->ended && line->held < (most < RING ? most : RING) &&
	       line->count < MARKS;
}

static void line_in(struct line *line, const struct way *way)
{
	int64_t now = now_ns();
	size_t at, piece = PIECE;
	struct mark *mark;
	ssize_t n;

	if (!line->held)
		line->head = 0;
	at = (line->head + line->held) % RING;
	if (piece > RING - line->held)
		piece = RING - line->held;
	if (piece > RING - at)
		piece = RING - at;
	n = recv(line->from, line->ring + at, piece, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		line->ended = true;
	n = n < 0 ? 0 : n;
	mark = &line->marks[(line->first + line->count++) % MARKS];
	if (line->free_ns < now)
		line->free_ns = now;
	if (way->rate)
		line->free_ns += n * 1000000000 / way->rate;
	mark->due_ns = line->free_ns + way->delay_ns;
	mark->octets = (size_t)n;
	line->held += (size_t)n;
}

/* Octets that are due and lie together, of the marks that are due. */
static size_t line_due(const struct line *line, int64_t now)
{
	size_t due = 0, i;

	for (i = 0; i < line->count && due < PIECE; i++) {
		const struct mark *mark =
			&line->marks[(line->first + i) % MARKS];

		if (mark->due_ns > now)
			break;
		due += mark->octets;
	}
	return due < RING - line->head ? due : RING - line->head;
}

static void line_forget(struct line *line, size_t octets)
{
	line->head = (line->head + octets) % RING;
	line->held -= octets;
	while (line->count) {
		struct mark *mark = &line->marks[line->first];

		if (mark->octets > octets) {
			mark->octets -= octets;
			return;
		}
		/* The mark without octets is the end; it goes by itself. */
		if (!mark->octets)
			return;
		octets -= mark->octets;
		line->first = (line->first + 1) % MARKS;
		line->count--;
	}
}

static void line_out(struct line *line)
{
	size_t due = line_due(line, now_ns());
	ssize_t n;

	if (!due) {
		shutdown(line->to, SHUT_WR);
		line->closed = true;
		return;
	}
	n = send(line->to, line->ring + line->head, due,
		MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		/* The receiver is gone: what else comes is in vain. */
		shutdown(line->from, SHUT_RD);
		line->ended = line->closed = true;
		return;
	}
	line_forget(line, (size_t)n);
}

/* When its first octets are due; 0 now, -1 there are none. */
static int64_t line_wait(const struct line *line, int64_t now)
{
	int64_t left;

	if (line->closed || !line->count)
		return -1;
	left = line->marks[line->first].due_ns - now;
	return left > 0 ? left : 0;
}

static void carry(int client, int server, const struct way *way)
{
	struct line lines[2];
	struct pollfd look[4];
	struct timespec most;
	int64_t wait, soonest;
	int i;

	line_init(&lines[0], client, server);
	line_init(&lines[1], server, client);
	while (!lines[0].closed || !lines[1].closed) {
		soonest = -1;
		for (i = 0; i < 2; i++) {
			wait = line_wait(&lines[i], now_ns());
			look[i].fd = line_has_room(&lines[i], way)
					     ? lines[i].from
					     : -1;
			look[i].events = POLLIN;
			look[i + 2].fd = wait == 0 ? lines[i].to : -1;
			look[i + 2].events = POLLOUT;
			if (wait > 0 && (soonest < 0 || wait < soonest))
				soonest = wait;
		}
		most.tv_sec = soonest / 1000000000;
		most.tv_nsec = soonest % 1000000000;
		if (ppoll(look, 4, soonest < 0 ? NULL : &most, NULL) < 0)
			continue;
		for (i = 0; i < 2; i++) {
			if (look[i].fd >= 0 && look[i].revents)
				line_in(&lines[i], way);
			if (look[i + 2].fd >= 0 && look[i + 2].revents)
				line_out(&lines[i]);
		}
	}
}

static int reach(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	to.sin_port = htons(port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("cannot connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static int offer(uint16_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
		listen(fd, 64) || getsockname(fd, (struct sockaddr *)&at, &len))
		die("cannot listen");
	*port = ntohs(at.sin_port);
	return fd;
}

/* A process for each connection; they end with this one. */
static void serve(int door, uint16_t port, const struct way *way)
{
	struct pollfd look[2] = { { .fd = door, .events = POLLIN },
		{ .fd = 0, .events = POLLIN } };
	int client, one = 1;
	char none[64];

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		if (poll(look, 2, -1) < 0)
			continue;
		if (look[1].revents && read(0, none, sizeof(none)) <= 0)
			return;
		if (!look[0].revents)
			continue;
		client = accept4(door, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0)
			continue;
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one,
				sizeof(one));
			carry(client, reach(port), way);
			_exit(0);
		}
		close(client);
	}
}

/* -- how much it carries -------------------------------------------------- */

static void pour(int door, size_t octets)
{
	int fd = accept(door, NULL, NULL);
	char *piece = room(PIECE);
	ssize_t n;

	while (fd >= 0 && octets) {
		n = send(fd, piece, octets < PIECE ? octets : PIECE,
			MSG_NOSIGNAL);
		if (n <= 0)
			break;
		octets -= (size_t)n;
	}
	_exit(0);
}

static int try(size_t octets, const struct way *way)
{
	uint16_t source, proxy;
	int source_door = offer(&source), proxy_door = offer(&proxy), fd;
	char *piece = room(PIECE);
	size_t got = 0;
	int64_t began;
	pid_t children[2];
	ssize_t n;

	children[0] = fork();
	if (!children[0])
		pour(source_door, octets);
	children[1] = fork();
	if (!children[1]) {
		carry(accept(proxy_door, NULL, NULL), reach(source), way);
		_exit(0);
	}
	began = now_ns();
	fd = reach(proxy);
	while ((n = recv(fd, piece, PIECE, 0)) > 0)
		got += (size_t)n;
	printf("%.0f\n", (double)got * 1e3 / (double)(now_ns() - began));
	close(fd);
	kill(children[1], SIGTERM);
	waitpid(children[0], NULL, 0);
	waitpid(children[1], NULL, 0);
	return got == octets ? 0 : 1;
}

int main(int argc, char **argv)
{
	bool trial = argc > 1 && !strcmp(argv[1], "--try");
	char **words = argv + 1 + trial; /* number, round trip, rate */
	int left = argc - 1 - trial;
	double rtt_ms = left > 1 ? strtod(words[1], NULL) : -1;
	double rate = left > 2 ? strtod(words[2], NULL) : 0;
	const struct way way = { (int64_t)(rtt_ms * 500000),
		(int64_t)(rate * 1000000) };
	uint16_t port;
	int door;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (rtt_ms < 0 || rate < 0 || left > 3 - trial) {
		fprintf(stderr, "usage: bench_delay PORT RTT_MS [MB/S]\n"
				"       bench_delay --try MB RTT_MS\n");
		return 64;
	}
	if (trial)
		return try((size_t)strtoul(words[0], NULL, 10) * 1000000, &way);
	door = offer(&port);
	printf("%u\n", port);
	fflush(stdout);
	serve(door, (uint16_t)strtoul(words[0], NULL, 10), &way);
	return 0;
}
