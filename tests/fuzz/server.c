/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
	int listener;
	char host[INET_ADDRSTRLEN];
	uint16_t port;
	pthread_t thread;
	struct mc_span says;
	char heard[256 * 1024];
	size_t heard_n;
} server;

/* One connection: all that there is to say, then all that there is to hear. */
static void serve(int fd)
{
	struct mc_span rest = server.says;

	while (rest.n > 0) {
		ssize_t n = send(fd, rest.p, rest.n, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		rest = mc_span_from(rest, (size_t)n);
	}
	(void)shutdown(fd, SHUT_WR);
	while (server.heard_n < sizeof(server.heard)) {
		ssize_t n = read(fd, server.heard + server.heard_n,
			sizeof(server.heard) - server.heard_n);

		if (n <= 0)
			break;
		server.heard_n += (size_t)n;
	}
	(void)close(fd);
}

/* The second connection and all behind it are closed at once: who comes back
 * is told the same again otherwise, for ever. */
static void *run(void *arg)
{
	int fd = accept(server.listener, NULL, NULL);

	(void)arg;
	if (fd >= 0)
		serve(fd);
	while ((fd = accept(server.listener, NULL, NULL)) >= 0)
		(void)close(fd);
	return NULL;
}

/* Runs leave a port each in TIME_WAIT: so that those of an address are not used
 * up within a minute, for this and all other programs, it is another one of
 * 127.64.0.0/10 each time. */
static struct in_addr next_address(void)
{
	enum { NET = 0x7f400000, HOSTS = 0x3fffff };
	static uint32_t runs;

	return (struct in_addr){ htonl(
		NET | (((uint32_t)getpid() * 251 + runs++) & HOSTS)) };
}

void fuzz_server_start(struct mc_span says)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr = next_address() };
	socklen_t size = sizeof(at);

	server.says = says;
	server.heard_n = 0;
	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	MC_PROMISE(server.listener >= 0);
	MC_PROMISE(bind(server.listener, (struct sockaddr *)&at, size) == 0);
	MC_PROMISE(listen(server.listener, 16) == 0);
	MC_PROMISE(getsockname(server.listener, (struct sockaddr *)&at,
			   &size) == 0);
	server.port = ntohs(at.sin_port);
	MC_PROMISE(inet_ntop(
		AF_INET, &at.sin_addr, server.host, sizeof(server.host)));
	MC_PROMISE(pthread_create(&server.thread, NULL, run, NULL) == 0);
}

void fuzz_server_stop(void)
{
	(void)shutdown(server.listener, SHUT_RDWR);
	MC_PROMISE(pthread_join(server.thread, NULL) == 0);
	(void)close(server.listener);
}

static enum mc_rc secret(void *arg, const struct mc_endpoint *at,
	struct mc_buf *out, struct mc_error *err)
{
	(void)arg;
	(void)at;
	return mc_buf_put(out, MC_SPAN("swordfish"), err);
}

struct mc_endpoint fuzz_server_endpoint(enum mc_scheme scheme)
{
	static char user[] = "anna";

	return (struct mc_endpoint){ .scheme = scheme,
		.user = user,
		.host = server.host,
		.port = server.port,
		.timeout_ms = 2000,
		.secret = secret };
}

struct mc_span fuzz_server_heard(void)
{
	return (struct mc_span){ server.heard, server.heard_n };
}
