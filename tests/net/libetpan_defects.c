/* SPDX-License-Identifier: MIT
 * libetpan_defects: why POP3, mbox and TLS are ours and not libetpan's, shown.
 *
 * Each defect is provoked in a child process.  A test passes while its defect
 * is there, and fails the day the library mends it, so that the decision can
 * be looked at again. */
#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <libetpan/libetpan.h>

enum outcome {
	BROKEN = 10,  /* the defect shows */
	MENDED = 11,  /* what the RFC asks for came out */
	NO_TEST = 12, /* the scene could not be set */
};

enum { PATIENCE_S = 30 };

/* What a server says to a command; the last, "", is for any other. */
struct reply {
	const char *command;
	const char *text;
	size_t n;
};

#define REPLY(command, text)                                                   \
	{                                                                      \
		(command), (text), sizeof(text) - 1                            \
	}

struct server {
	int listener;
	uint16_t port;
	const struct reply *replies;
	gnutls_certificate_credentials_t credentials; /* NULL: no TLS */
	gnutls_session_t tls;
	int fd;
};

static void server_send(struct server *s, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = s->tls ? gnutls_record_send(s->tls, p, n)
				      : send(s->fd, p, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		p += sent;
		n -= (size_t)sent;
	}
}

/* One line without its CRLF.  False: the client is gone. */
static bool server_line(struct server *s, char *line, size_t size)
{
	size_t n = 0;

	for (;;) {
		char c;
		ssize_t got = s->tls ? gnutls_record_recv(s->tls, &c, 1)
				     : recv(s->fd, &c, 1, 0);

		if (got <= 0)
			return false;
		if (c == '\n')
			break;
		if (c != '\r' && n + 1 < size)
			line[n++] = c;
	}
	line[n] = '\0';
	return true;
}

static void *serve(void *arg)
{
	struct server *s = arg;
	char line[256];

	s->fd = accept(s->listener, NULL, NULL);
	if (s->fd < 0)
		return NULL;
	if (s->credentials) {
		if (gnutls_init(&s->tls, GNUTLS_SERVER) < 0 ||
			gnutls_set_default_priority(s->tls) < 0 ||
			gnutls_credentials_set(s->tls, GNUTLS_CRD_CERTIFICATE,
				s->credentials) < 0)
			return NULL;
		gnutls_transport_set_int(s->tls, s->fd);
		if (gnutls_handshake(s->tls) < 0) {
			close(s->fd);
			return NULL;
		}
	}
	server_send(s, "+OK ready\r\n", 11);
	while (server_line(s, line, sizeof(line))) {
		const struct reply *reply = s->replies;

		while (strncmp(line, reply->command, strlen(reply->command)) !=
			0)
			reply++;
		server_send(s, reply->text, reply->n);
	}
	return NULL;
}

/* Serves one client in a thread of this (child) process, which dies with it. */
static void start(struct server *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	pthread_t thread;

	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->listener < 0 ||
		bind(s->listener, (struct sockaddr *)&at, sizeof(at)) < 0 ||
		listen(s->listener, 1) < 0 ||
		getsockname(s->listener, (struct sockaddr *)&at, &n) < 0 ||
		pthread_create(&thread, NULL, serve, s) != 0)
		_exit(NO_TEST);
	s->port = ntohs(at.sin_port);
}

/* cmocka catches crashes to go on with the next test; a child's must kill it,
 * quietly. */
static void let_crash(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE,
		SIGILL };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)signal(signals[i], SIG_DFL);
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	alarm(PATIENCE_S);
}

/* Runs scene in a child; a crash counts as BROKEN. */
static enum outcome outcome_of(enum outcome (*scene)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		let_crash();
		_exit((int)scene());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return NO_TEST;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGALRM ? NO_TEST : BROKEN;
	switch (WEXITSTATUS(status)) {
	case MENDED:
		return MENDED;
	case NO_TEST:
		return NO_TEST;
	default:
		return BROKEN; /* by itself, or a sanitizer's exit status */
	}
}

static void expect_broken(enum outcome (*scene)(void), const char *decision)
{
	switch (outcome_of(scene)) {
	case BROKEN:
		return;
	case MENDED:
		fail_msg("libetpan has mended this: revisit %s", decision);
		break;
	default:
		fail_msg("the scene could not be set: nothing is shown");
	}
}

static mailpop3 *log_in(struct server *s)
{
	mailpop3 *pop;

	start(s);
	pop = mailpop3_new(0, NULL);
	if (!pop || mailpop3_socket_connect(pop, "127.0.0.1", s->port) != 0 ||
		mailpop3_login(pop, "joe", "secret") != 0)
		_exit(NO_TEST);
	return pop;
}

/* RFC 5321 4.5.2 and RFC 1939 3 leave octets of a body alone. */
static enum outcome nul_in_retr(void)
{
	static const char mail[] = "x\0y";
	static const struct reply replies[] = {
		REPLY("LIST", "+OK\r\n1 20\r\n.\r\n"),
		REPLY("UIDL", "+OK\r\n1 a\r\n.\r\n"),
		REPLY("RETR", "+OK\r\nA: b\r\n\r\nx\0y\r\n.\r\n"),
		REPLY("", "+OK\r\n"),
	};
	struct server s = { .replies = replies };
	mailpop3 *pop = log_in(&s);
	char *content = NULL;
	size_t n = 0;

	if (mailpop3_retr(pop, 1, &content, &n) != 0)
		return NO_TEST;
	return memmem(content, n, mail, 3) ? MENDED : BROKEN;
}

/* A message number from the server is an index into a table, unchecked. */
static enum outcome list_of_message_0(void)
{
	static const struct reply replies[] = {
		REPLY("LIST", "+OK\r\n0 100\r\n.\r\n"),
		REPLY("UIDL", "+OK\r\n.\r\n"),
		REPLY("", "+OK\r\n"),
	};
	struct server s = { .replies = replies };
	mailpop3 *pop = log_in(&s);
	carray *list = NULL;

	(void)mailpop3_list(pop, &list);
	(void)mailpop3_quit(pop);
	mailpop3_free(pop);
	return MENDED;
}

/* A last message that ends in one line end loses its last line. */
static enum outcome last_line_of_mbox(void)
{
	static const char file[] = "From a@b Sat Jan  3 01:05:34 1996\n"
				   "A: b\n\none\ntwo\nthree\n";
	char dir[] = "/tmp/libetpan_defects.XXXXXX";
	char path[64];
	struct mailmbox_folder *folder = NULL;
	struct mailmbox_msg_info *info;
	enum outcome outcome = NO_TEST;
	char *content = NULL;
	size_t n = 0;
	FILE *out;

	if (!mkdtemp(dir))
		return NO_TEST;
	(void)snprintf(path, sizeof(path), "%s/mbox", dir);
	out = fopen(path, "w");
	if (!out)
		goto out;
	(void)fputs(file, out);
	(void)fclose(out);
	if (mailmbox_init(path, 1, 1, 0, &folder) != MAILMBOX_NO_ERROR ||
		carray_count(folder->mb_tab) != 1)
		goto out;
	info = carray_get(folder->mb_tab, 0);
	if (mailmbox_fetch_msg_no_lock(folder, info->msg_uid, &content, &n) !=
		MAILMBOX_NO_ERROR)
		goto out;
	if (memmem(content, n, "two\n", 4))
		outcome = memmem(content, n, "three", 5) ? MENDED : BROKEN;
out:
	(void)unlink(path);
	(void)rmdir(dir);
	return outcome;
}

/* A certificate that nobody vouches for, for another host, long expired. */
static gnutls_certificate_credentials_t worthless(void)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	int rc = gnutls_certificate_allocate_credentials(&credentials);

	if (rc < 0 || gnutls_x509_privkey_init(&key) < 0 ||
		gnutls_x509_crt_init(&crt) < 0)
		_exit(NO_TEST);
	rc |= gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	rc |= gnutls_x509_crt_set_version(crt, 3);
	rc |= gnutls_x509_crt_set_serial(crt, "\001", 1);
	rc |= gnutls_x509_crt_set_dn_by_oid(
		crt, GNUTLS_OID_X520_COMMON_NAME, 0, "evil.example", 12);
	rc |= gnutls_x509_crt_set_activation_time(crt, 1000000000);
	rc |= gnutls_x509_crt_set_expiration_time(crt, 1000086400);
	rc |= gnutls_x509_crt_set_key(crt, key);
	rc |= gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
	rc |= gnutls_certificate_set_x509_key(credentials, &crt, 1, key);
	if (rc < 0)
		_exit(NO_TEST);
	return credentials;
}

static enum outcome worthless_certificate(void)
{
	static const struct reply replies[] = { REPLY("", "+OK\r\n") };
	struct server s = { .replies = replies, .credentials = worthless() };
	mailpop3 *pop = mailpop3_new(0, NULL);

	start(&s);
	if (!pop)
		return NO_TEST;
	if (mailpop3_ssl_connect(pop, "127.0.0.1", s.port) != 0)
		return MENDED;
	/* And the password leaves. */
	return mailpop3_login(pop, "joe", "secret") == 0 ? BROKEN : NO_TEST;
}

static void test_nul_in_retr(void **state)
{
	(void)state;
	expect_broken(nul_in_retr, "the POP3 dialogue (NUL in RETR)");
}

static void test_list_of_message_0(void **state)
{
	(void)state;
	expect_broken(list_of_message_0, "the POP3 dialogue (LIST index 0)");
}

static void test_last_line_of_mbox(void **state)
{
	(void)state;
	expect_broken(last_line_of_mbox, "the mbox reader (last line)");
}

static void test_worthless_certificate(void **state)
{
	(void)state;
	expect_broken(worthless_certificate, "TLS (no certificate check)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nul_in_retr),
		cmocka_unit_test(test_list_of_message_0),
		cmocka_unit_test(test_last_line_of_mbox),
		cmocka_unit_test(test_worthless_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
