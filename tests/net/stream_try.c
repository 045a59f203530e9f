/* SPDX-License-Identifier: MIT
 * stream_try: drives core/net/stream.h from a command line, for test_stream.py
 * and test_tls.py.
 *
 *   stream_try [OPTION=VALUE]... ENDPOINT STEP...
 *
 * Each step prints one line; the first failure prints
 * "error RC SCOPE HOPE TEXT" and ends the program with status 1.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "net/stream.h"

static struct mc_cancel cancel;
static struct mc_monitor mon;
static struct mc_endpoint at;
static struct mc_stream *stream;
static struct mc_error err;

/* mc_cancel_raise() promises to be async-signal-safe. */
static void on_alarm(int sig)
{
	(void)sig;
	mc_cancel_raise(&cancel); /* NOLINT(bugprone-signal-handler) */
	mc_cancel_raise(&cancel);
}

static void on_event(void *arg, const struct mc_event *event)
{
	(void)arg;
	if (event->kind == MC_EVENT_TRACE)
		printf("trace %s\n", event->text);
}

/* So that the socket's number is above what select() can hold. */
static void eat_descriptors(int n)
{
	struct rlimit limit = { (rlim_t)n + 64, (rlim_t)n + 64 };

	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		exit(77);
	while (n-- > 0) {
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			exit(77);
	}
}

static void cancel_after(int ms)
{
	const struct itimerval timer = { .it_value = { .tv_sec = ms / 1000,
						 .tv_usec =
							 ms % 1000 * 1000L } };

	(void)signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static bool set_option(const char *arg)
{
	const char *value = strchr(arg, '=');
	int number = value ? (int)strtol(value + 1, NULL, 10) : 0;

	if (!value)
		return false;
	if (strncmp(arg, "ca=", 3) == 0)
		at.tls_ca = value + 1;
	else if (strncmp(arg, "fingerprint=", 12) == 0)
		at.tls_fingerprint = value + 1;
	else if (strncmp(arg, "timeout=", 8) == 0)
		at.timeout_ms = number;
	else if (strncmp(arg, "trace=", 6) == 0)
		mon.trace = number != 0;
	else if (strncmp(arg, "insecure=", 9) == 0)
		at.insecure_plaintext = number != 0;
	else if (strncmp(arg, "descriptors=", 12) == 0)
		eat_descriptors(number);
	else if (strncmp(arg, "cancel=", 7) == 0)
		cancel_after(number);
	else
		return false;
	return true;
}

static void show(const char *what, struct mc_span s)
{
	static char text[4 * 200 + 8];

	mc_text_escape(text, sizeof(text), mc_span_head(s, 200));
	printf("%s %zu %s\n", what, s.n, text);
}

/* Escapes of the shell's command line: \r \n only. */
static struct mc_span unescape(char *s)
{
	size_t n = 0;

	for (size_t i = 0; s[i]; i++) {
		char c = s[i];

		if (c == '\\' && (s[i + 1] == 'r' || s[i + 1] == 'n'))
			c = s[++i] == 'r' ? '\r' : '\n';
		s[n++] = c;
	}
	return (struct mc_span){ s, n };
}

/* "fill:N": N octets in one write; prints their digest. */
static enum mc_rc fill(size_t n)
{
	char hex[MC_SHA256_HEX];
	char *octets = malloc(n);
	struct mc_digest digest;
	enum mc_rc rc;

	if (!octets)
		return mc_fail_memory(&err);
	for (size_t i = 0; i < n; i++)
		octets[i] = (char)(i * 7 + i / 251);
	digest = mc_digest_of((struct mc_span){ octets, n });
	rc = mc_stream_write(stream, (struct mc_span){ octets, n }, &err);
	if (rc == MC_OK)
		rc = mc_stream_flush(stream, &err);
	free(octets);
	if (rc == MC_OK)
		printf("fill %s\n", mc_digest_hex(hex, &digest));
	return rc;
}

/* "fail-fill:N": the same; that it fails is what is expected. */
static enum mc_rc fail_fill(size_t n)
{
	if (fill(n) == MC_OK)
		return mc_fail(&err, MC_EPROTO, MC_RUN, 0, "fill succeeded");
	printf("failed %d %s\n", err.rc, err.text);
	return MC_OK;
}

/* "all": reads to the end in blocks; prints count and digest, no failure. */
static enum mc_rc read_all(void)
{
	char hex[MC_SHA256_HEX];
	struct mc_span s;
	struct mc_hash hash;
	struct mc_digest digest;
	size_t n = 0;

	mc_hash_init(&hash);
	while (mc_stream_some(stream, 50000, &s, &err) == MC_OK) {
		mc_hash_put(&hash, s);
		n += s.n;
	}
	digest = mc_hash_end(&hash);
	printf("all %zu %s %s\n", n, mc_digest_hex(hex, &digest), err.text);
	return MC_OK;
}

static enum mc_rc do_read(const char *step, const char *value)
{
	struct mc_span s;
	enum mc_rc rc;
	size_t number = (size_t)strtoul(value, NULL, 10);

	if (strcmp(step, "line") == 0)
		rc = mc_stream_line(stream, &s, &err);
	else
		rc = mc_stream_some(stream, number, &s, &err);
	if (rc == MC_OK)
		show(step, s);
	return rc;
}

static enum mc_rc do_write(const char *step, char *value)
{
	enum mc_rc rc;

	mc_stream_secret(stream, strcmp(step, "secret") == 0);
	mc_stream_quiet(stream, strcmp(step, "quiet") == 0);
	rc = mc_stream_write(stream, unescape(value), &err);
	mc_stream_secret(stream, false);
	mc_stream_quiet(stream, false);
	if (rc == MC_OK && strcmp(step, "send") == 0)
		rc = mc_stream_flush(stream, &err);
	return rc;
}

static void nap(const char *ms)
{
	const struct timespec time = { .tv_nsec = strtol(ms, NULL, 10) *
						  1000000L };

	nanosleep(&time, NULL);
}

static enum mc_rc run_step(char *step)
{
	char *value = strchr(step, ':');

	if (value)
		*value++ = '\0';
	else
		value = step + strlen(step);
	if (strcmp(step, "line") == 0 || strcmp(step, "some") == 0)
		return do_read(step, value);
	if (strcmp(step, "write") == 0 || strcmp(step, "send") == 0 ||
		strcmp(step, "secret") == 0 || strcmp(step, "quiet") == 0)
		return do_write(step, value);
	if (strcmp(step, "fill") == 0)
		return fill((size_t)strtoul(value, NULL, 10));
	if (strcmp(step, "fail-fill") == 0)
		return fail_fill((size_t)strtoul(value, NULL, 10));
	if (strcmp(step, "all") == 0)
		return read_all();
	if (strcmp(step, "starttls") == 0)
		return mc_stream_starttls(stream, &err);
	if (strcmp(step, "login") == 0)
		return mc_stream_may_login(stream, &err);
	if (strcmp(step, "unread") == 0)
		mc_stream_unread(stream, (size_t)strtoul(value, NULL, 10));
	else if (strcmp(step, "readable") == 0)
		printf("readable %d\n", mc_stream_readable(stream));
	else if (strcmp(step, "secure") == 0)
		printf("secure %d\n", mc_stream_is_secure(stream));
	else if (strcmp(step, "octets") == 0)
		printf("octets %lld %lld\n",
			(long long)mc_stream_octets_in(stream),
			(long long)mc_stream_octets_out(stream));
	else if (strcmp(step, "nap") == 0)
		nap(value);
	else
		return mc_fail(&err, MC_EUSAGE, MC_RUN, 0, "step '%s'?", step);
	return MC_OK;
}

static enum mc_rc run(int argc, char **argv)
{
	struct mc_endpoint options;
	enum mc_rc rc;
	int i = 1;

	while (i < argc && set_option(argv[i]))
		i++;
	options = at;
	if (i >= argc)
		return mc_fail(&err, MC_EUSAGE, MC_RUN, 0, "no endpoint");
	rc = mc_endpoint_parse(&at, argv[i++], &err);
	if (rc < 0)
		return rc;
	at.tls_ca = options.tls_ca;
	at.tls_fingerprint = options.tls_fingerprint;
	at.timeout_ms = options.timeout_ms;
	at.insecure_plaintext = options.insecure_plaintext;
	rc = mc_stream_open(&stream, &at, &mon, &err);
	if (rc == MC_OK)
		printf("open\n");
	for (; rc == MC_OK && i < argc; i++)
		rc = run_step(argv[i]);
	return rc;
}

int main(int argc, char **argv)
{
	enum mc_rc rc;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (mc_cancel_init(&cancel, &err) < 0)
		return 2;
	mon = (struct mc_monitor){ .event = on_event, .cancel = &cancel };
	rc = run(argc, argv);
	if (rc < 0)
		printf("error %d %d %d %s\n", err.rc, err.scope, err.hope,
			err.text);
	mc_stream_close(stream);
	mc_endpoint_dispose(&at);
	mc_cancel_dispose(&cancel);
	return rc < 0;
}
