/* SPDX-License-Identifier: MIT */
#include "cmd/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "cmd/netrc.h"
#include "cmd/prompt.h"

/* A person's ~/.netrc has dozens of entries of some 60 octets. */
enum { NETRC_MAX = 256 * 1024, PLACE_MAX = 1024 };

struct mc_typed {
	struct mc_typed *next;
	char *place;
	struct mc_buf secret;
};

void mc_secrets_open(struct mc_secrets *secrets)
{
	pthread_mutex_init(&secrets->lock, NULL);
	secrets->typed = NULL;
}

void mc_secrets_close(struct mc_secrets *secrets)
{
	while (secrets->typed) {
		struct mc_typed *typed = secrets->typed;

		secrets->typed = typed->next;
		mc_buf_wipe(&typed->secret);
		free(typed->place);
		free(typed);
	}
	pthread_mutex_destroy(&secrets->lock);
}

bool mc_secret_wipe_address(char *address)
{
	char *user = strstr(address, "://");
	char *colon;
	char *end;
	char *at;

	if (!user)
		return false;
	user += 3;
	end = user + strcspn(user, "/");
	at = memrchr(user, '@', (size_t)(end - user));
	colon = at ? memchr(user, ':', (size_t)(at - user)) : NULL;
	if (!colon)
		return false;
	memset(colon + 1, '*', (size_t)(at - colon - 1));
	return true;
}

/* Warns about a file that others may read. */
static void check_mode(
	const struct mc_secrets *secrets, int fd, mode_t bits, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & bits))
		mc_note(secrets->monitor,
			"others can read the passwords in '%s'; chmod 600 "
			"helps",
			path);
}

static MC_RC from_file(const struct mc_secrets *secrets, const char *path,
	struct mc_buf *secret, struct mc_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum mc_rc rc;

	if (fd < 0)
		return mc_fail_errno(err, MC_ENOENT, MC_RUN,
			"cannot open the password file '%s'", path);
	check_mode(secrets, fd, S_IRWXG | S_IRWXO, path);
	rc = mc_fd_line(fd, secrets->monitor->cancel, secret, err);
	if (rc < 0 && rc != MC_ECANCEL)
		mc_while(err, "password file '%s'", path);
	else if (rc == MC_OK && secret->len == 0)
		rc = mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"the first line of the password file '%s' is empty",
			path);
	close(fd);
	return rc;
}

/* All of fd into text.  What is cut might end in half a password. */
static MC_RC read_all(int fd, struct mc_buf *text, struct mc_error *err)
{
	enum mc_rc rc = mc_buf_reserve(text, NETRC_MAX + 1, err);

	while (rc == MC_OK && text->len <= NETRC_MAX) {
		ssize_t n = read(
			fd, text->data + text->len, NETRC_MAX + 1 - text->len);

		if (n < 0)
			rc = mc_fail_errno(err, MC_EIO, MC_RUN, "cannot read");
		if (n <= 0)
			break;
		text->len += (size_t)n;
	}
	if (rc == MC_OK && text->len > NETRC_MAX)
		rc = mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"larger than %d KiB; take out what is not needed, or "
			"use --password-file",
			NETRC_MAX / 1024);
	return rc;
}

/* No password and no token is so long: it is another file, or command. */
static enum mc_rc judge_length(enum mc_rc rc, struct mc_error *err)
{
	if (rc != MC_ELIMIT || err->sys == ENOMEM)
		return rc;
	err->rc = MC_EUSAGE;
	err->scope = MC_RUN;
	mc_text_append(err->text, sizeof(err->text),
		"; look whether that is the password, alone on the first line");
	return err->rc;
}

/* MC_DONE: no such file, or nothing for that place. */
static MC_RC from_netrc(const struct mc_secrets *secrets,
	const struct mc_endpoint *at, struct mc_buf *secret,
	struct mc_error *err)
{
	const char *home = getenv("HOME");
	char path[PLACE_MAX];
	struct mc_buf text;
	enum mc_rc rc;
	int fd;

	if (!home)
		return MC_DONE;
	if (mc_text_format(path, sizeof(path), "%s/.netrc", home) ==
		sizeof(path) - 1) /* perhaps cut off: another file's name */
		return MC_DONE;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return MC_DONE;
	mc_buf_init(&text, NETRC_MAX + 1);
	rc = read_all(fd, &text, err);
	if (rc == MC_OK)
		rc = mc_netrc_find(
			mc_buf_span(&text), at->host, at->user, secret, err);
	if (rc == MC_OK)
		check_mode(secrets, fd, S_IRWXG | S_IRWXO, path);
	if (rc < 0)
		mc_while(err, "%s", path);
	mc_buf_wipe(&text);
	close(fd);
	return rc;
}

static const struct mc_typed *find_typed(
	const struct mc_secrets *secrets, const char *place)
{
	const struct mc_typed *typed = secrets->typed;

	while (typed && strcmp(typed->place, place) != 0)
		typed = typed->next;
	return typed;
}

/* Asked once; a connection that is made anew has it from here. */
static void remember(struct mc_secrets *secrets, const char *place,
	const struct mc_buf *secret)
{
	struct mc_typed *typed = calloc(1, sizeof(*typed));
	struct mc_error ignored;

	if (!typed)
		return;
	mc_buf_init(&typed->secret, MC_SECRET_MAX);
	typed->place = strdup(place);
	if (!typed->place ||
		mc_buf_put(&typed->secret, mc_buf_span(secret), &ignored) < 0) {
		mc_buf_wipe(&typed->secret);
		free(typed->place);
		free(typed);
		return;
	}
	typed->next = secrets->typed;
	secrets->typed = typed;
}

/* MC_DONE: nobody to ask. */
static MC_RC from_prompt(struct mc_secrets *secrets,
	const struct mc_endpoint *at, struct mc_buf *secret,
	struct mc_error *err)
{
	const struct mc_typed *typed;
	char place[PLACE_MAX];
	char question[PLACE_MAX + 32];
	enum mc_rc rc;

	mc_endpoint_format(at, place, sizeof(place));
	typed = find_typed(secrets, place);
	if (typed)
		return mc_buf_put(secret, mc_buf_span(&typed->secret), err);
	/* Interrupted at the question before. */
	if (mc_cancel_is(secrets->monitor->cancel, MC_CANCEL_SOON))
		return mc_fail_cancelled(err);
	mc_text_format(question, sizeof(question), "Password for %s: ", place);
	mc_progress_pause(secrets->progress);
	rc = mc_prompt(question, secrets->monitor->cancel, secret, err);
	mc_progress_resume(secrets->progress);
	if (rc == MC_OK && secret->len == 0)
		return mc_fail(
			err, MC_EAUTH, MC_RUN, 0, "no password was typed");
	if (rc == MC_OK)
		remember(secrets, place, secret);
	return rc;
}

/* What the command line says; MC_DONE: nothing. */
static MC_RC from_options(const struct mc_secret_side *s,
	const struct mc_endpoint *at, struct mc_buf *secret,
	struct mc_error *err)
{
	if (at->password)
		return mc_buf_put(secret, mc_span_str(at->password), err);
	if (s->side->password_command)
		return mc_shell_line(s->secrets->shell,
			s->side->password_command, "password command",
			s->secrets->monitor->cancel, secret, err);
	if (s->side->password_file)
		return from_file(
			s->secrets, s->side->password_file, secret, err);
	return MC_DONE;
}

static MC_RC find(const struct mc_secret_side *s, const struct mc_endpoint *at,
	struct mc_buf *secret, struct mc_error *err)
{
	const char *variable = getenv(s->variable);
	enum mc_rc rc = from_options(s, at, secret, err);

	if (rc == MC_DONE && variable && *variable) {
		rc = mc_buf_put(secret, mc_span_str(variable), err);
		if (rc < 0)
			mc_while(err, "%s", s->variable);
	}
	if (rc == MC_DONE)
		rc = from_netrc(s->secrets, at, secret, err);
	if (rc == MC_DONE)
		rc = from_prompt(s->secrets, at, secret, err);
	if (rc != MC_DONE)
		return rc;
	return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
		"no password, and no terminal to ask on: use %s-file, "
		"%s-command, %s or ~/.netrc",
		s->option, s->option, s->variable);
}

MC_RC mc_secret_ask(struct mc_secret_side *s, const struct mc_endpoint *at,
	struct mc_error *err)
{
	const char *variable = getenv(s->variable);
	struct mc_buf secret;
	enum mc_rc rc;

	if (at->password || s->side->password_command ||
		s->side->password_file || (variable && *variable))
		return MC_OK;
	mc_buf_init(&secret, MC_SECRET_MAX);
	rc = mc_buf_reserve(&secret, MC_SECRET_MAX, err);
	if (rc == MC_OK)
		rc = from_netrc(s->secrets, at, &secret, err);
	if (rc == MC_DONE)
		rc = from_prompt(s->secrets, at, &secret, err);
	mc_buf_wipe(&secret);
	rc = judge_length(rc, err);
	if (rc < 0) {
		char place[PLACE_MAX];

		mc_endpoint_format(at, place, sizeof(place));
		mc_while(err, "%s", place);
	}
	return rc == MC_DONE ? MC_OK : rc;
}

enum mc_rc mc_secret_get(void *arg, const struct mc_endpoint *at,
	struct mc_buf *secret, struct mc_error *err)
{
	struct mc_secret_side *s = arg;
	enum mc_rc rc;

	mc_buf_clear(secret);
	/* So that growing leaves no copy behind in freed memory. */
	rc = mc_buf_reserve(secret,
		secret->max < MC_SECRET_MAX ? secret->max : MC_SECRET_MAX, err);
	if (rc < 0)
		return rc;
	pthread_mutex_lock(&s->secrets->lock);
	rc = judge_length(find(s, at, secret, err), err);
	pthread_mutex_unlock(&s->secrets->lock);
	if (rc < 0)
		mc_buf_wipe(secret);
	return rc;
}
