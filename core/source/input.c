/* SPDX-License-Identifier: MIT */
#include "source/input.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "source/read_at.h"
#include "source/spool.h"
#include "source/unpack.h"

enum {
	/* What is read at a time where it cannot go straight to who asks. */
	CHUNK = 64 * 1024,
	AHEAD = 16 * 1024, /* and of a stream that is kept */
};

struct mc_input {
	int fd;
	bool borrowed;            /* the fd is not ours to close */
	struct mc_cancel *cancel; /* or NULL */
	enum mc_scope scope;
	struct stat st;
	int64_t at; /* of read(), where octets go straight through */

	/* A pipe, or compressed. */
	struct mc_unpacker *unpack;
	bool streams;
	char *chunk;
	struct mc_span ahead; /* in the chunk, read and not used */
	bool last;            /* nothing is behind it */
	bool over;

	/* A stream that is kept: all of it goes through here. */
	struct mc_spool spool;
	int64_t told;        /* behind what was read of it */
	struct mc_error why; /* the stream ended so; else rc is 0 */
};

static MC_RC open_path(
	struct mc_input *in, const char *path, struct mc_error *err)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

	in->fd = open(path, flags | O_NOATIME);
	if (in->fd < 0 && errno == EPERM)
		in->fd = open(path, flags);
	if (in->fd < 0)
		return mc_fail_errno(err,
			errno == ENOENT || errno == EACCES ? MC_ENOENT : MC_EIO,
			in->scope, "cannot open '%s'", path);
	if (fstat(in->fd, &in->st) < 0)
		return mc_fail_errno(
			err, MC_EIO, in->scope, "cannot look at '%s'", path);
	if (!S_ISREG(in->st.st_mode))
		return mc_fail(err, MC_EINPUT, in->scope, 0,
			"'%s' is no regular file", path);
	(void)posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return MC_OK;
}

static MC_RC open_stdin(struct mc_input *in, struct mc_error *err)
{
	in->fd = STDIN_FILENO;
	in->borrowed = true;
	in->streams = true;
	if (fstat(in->fd, &in->st) < 0)
		return mc_fail_errno(err, MC_ENOENT, in->scope,
			"cannot read standard input");
	if (S_ISDIR(in->st.st_mode))
		return mc_fail(err, MC_EINPUT, in->scope, 0,
			"standard input is a directory");
	return MC_OK;
}

void mc_input_heed(struct mc_input *in, struct mc_cancel *cancel)
{
	in->cancel = cancel;
}

/* Until a pipe has something to say. */
static MC_RC await(struct mc_input *in, struct mc_error *err)
{
	struct pollfd fds[2] = {
		{ .fd = in->fd, .events = POLLIN },
		{ .fd = mc_cancel_fd(in->cancel), .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0) {
		if (errno != EINTR)
			return mc_fail_errno(
				err, MC_EIO, in->scope, "cannot wait for it");
	}
	return fds[1].revents ? mc_fail_cancelled(err) : MC_OK;
}

static MC_RC peek_file(struct mc_input *in, int64_t offset, char *out, size_t n,
	size_t *got, struct mc_error *err)
{
	if (!mc_read_at(in->fd, offset, out, n, got))
		return mc_fail_errno(err, MC_EIO, in->scope,
			"cannot read at octet %lld",
			(long long)offset + (long long)*got);
	return MC_OK;
}

static MC_RC pull_pipe(struct mc_input *in, char *out, size_t n, size_t *got,
	struct mc_error *err)
{
	*got = 0;
	while (*got < n) {
		ssize_t r;

		if (await(in, err) < 0)
			return err->rc;
		r = read(in->fd, out + *got, n - *got);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return mc_fail_errno(err, MC_EIO, in->scope,
				"cannot read at octet %lld",
				(long long)in->at + (long long)*got);
		if (r == 0)
			break;
		*got += (size_t)r;
	}
	return MC_OK;
}

/* What a file's fd gives at `at`, or a pipe's next. */
static MC_RC pull(struct mc_input *in, char *out, size_t n, size_t *got,
	struct mc_error *err)
{
	enum mc_rc rc = in->borrowed ? pull_pipe(in, out, n, got, err)
				     : peek_file(in, in->at, out, n, got, err);

	in->at += (int64_t)*got;
	return rc;
}

static MC_RC refill(struct mc_input *in, struct mc_error *err)
{
	size_t got;
	enum mc_rc rc = pull(in, in->chunk, CHUNK, &got, err);

	in->ahead = (struct mc_span){ in->chunk, got };
	in->last = rc == MC_OK && got < CHUNK;
	return rc;
}

/* Whether it is compressed, and what it then takes. */
static MC_RC look_at_head(struct mc_input *in, struct mc_error *err)
{
	char head[MC_UNPACK_MAGIC];
	struct mc_span seen = { head, 0 };
	enum mc_rc rc;

	if (in->streams) {
		in->chunk = malloc(CHUNK);
		if (!in->chunk)
			return mc_fail_memory(err);
		rc = refill(in, err);
		seen = in->ahead;
	} else {
		rc = mc_input_peek(in, 0, head, sizeof(head), &seen.n, err);
	}
	if (rc < 0)
		return rc;
	rc = mc_unpacker_new(&in->unpack, seen, err);
	if (rc != MC_OK || in->streams)
		return rc < 0 ? rc : MC_OK;
	in->streams = true;
	in->chunk = malloc(CHUNK);
	return in->chunk ? MC_OK : mc_fail_memory(err);
}

static MC_RC open_input(struct mc_input **out, const char *path, bool unpack,
	enum mc_scope scope, struct mc_error *err)
{
	struct mc_input *in = calloc(1, sizeof(*in));
	enum mc_rc rc;

	*out = NULL;
	if (!in)
		return mc_fail_memory(err);
	in->fd = -1;
	in->spool.fd = -1;
	in->scope = scope;
	rc = path ? open_path(in, path, err) : open_stdin(in, err);
	/* Standard input may keep us waiting; it is looked at when read. */
	if (rc == MC_OK && path && unpack && look_at_head(in, err) < 0) {
		rc = err->rc;
		mc_while(err, "'%s'", path);
	}
	if (rc == MC_OK)
		*out = in;
	else
		mc_input_close(in);
	return rc;
}

MC_RC mc_input_open(struct mc_input **out, const char *path,
	enum mc_scope scope, struct mc_error *err)
{
	return open_input(out, path, true, scope, err);
}

MC_RC mc_input_open_as_is(struct mc_input **out, const char *path,
	enum mc_scope scope, struct mc_error *err)
{
	return open_input(out, path, false, scope, err);
}

void mc_input_close(struct mc_input *in)
{
	if (!in)
		return;
	if (in->fd >= 0 && !in->borrowed)
		close(in->fd);
	mc_unpacker_free(in->unpack);
	mc_spool_close(&in->spool);
	free(in->chunk);
	free(in);
}

static MC_RC read_plain(
	struct mc_input *in, struct mc_unpack_space *room, struct mc_error *err)
{
	size_t n = in->ahead.n < room->n ? in->ahead.n : room->n;

	(void)err;
	assert(n == 0 || in->ahead.p);
	if (n > 0)
		memcpy(room->p, in->ahead.p, n);
	in->ahead = mc_span_from(in->ahead, n);
	room->p += n;
	room->n -= n;
	return in->last && in->ahead.n == 0 ? MC_DONE : MC_OK;
}

static MC_RC read_packed(
	struct mc_input *in, struct mc_unpack_space *room, struct mc_error *err)
{
	enum mc_rc rc =
		mc_unpacker_run(in->unpack, &in->ahead, in->last, room, err);

	if (rc < 0 && err->scope == MC_FOLDER)
		err->scope = in->scope;
	return rc;
}

/* Into all of the room, unless the stream ends. */
static MC_RC read_stream(
	struct mc_input *in, struct mc_unpack_space *room, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (!in->chunk)
		rc = look_at_head(in, err);
	while (rc == MC_OK && room->n > 0 && !in->over) {
		if (in->ahead.n == 0 && !in->last)
			rc = refill(in, err);
		if (rc == MC_OK)
			rc = in->unpack ? read_packed(in, room, err)
					: read_plain(in, room, err);
	}
	in->over = in->over || rc == MC_DONE;
	return rc < 0 ? rc : MC_OK;
}

/* Reads a stream on until what is before offset `to` is kept, or all of it. */
static MC_RC keep_up_to(struct mc_input *in, int64_t to, struct mc_error *err)
{
	char octets[AHEAD];
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && in->spool.end < to && !in->over && !in->why.rc) {
		struct mc_unpack_space room = { octets, sizeof(octets) };

		rc = read_stream(in, &room, err);
		/* It is told when reading gets there. */
		if (rc < 0 && err->scope != MC_RUN) {
			in->why = *err;
			rc = MC_OK;
		}
		if (rc == MC_OK)
			rc = mc_spool_append(&in->spool,
				(struct mc_span){
					octets, sizeof(octets) - room.n },
				err);
	}
	return rc;
}

static MC_RC read_kept(struct mc_input *in, char *out, size_t n, size_t *got,
	struct mc_error *err)
{
	enum mc_rc rc = keep_up_to(in, in->told + (int64_t)n, err);

	if (rc == MC_OK)
		rc = mc_spool_read(&in->spool, in->told, out, n, got, err);
	in->told += (int64_t)*got;
	if (rc == MC_OK && *got < n && in->why.rc) {
		*err = in->why;
		rc = err->rc;
	}
	return rc;
}

MC_RC mc_input_read(struct mc_input *in, char *out, size_t n, size_t *got,
	struct mc_error *err)
{
	struct mc_unpack_space room = { out, n };
	enum mc_rc rc;

	assert(in);
	*got = 0;
	if (in->spool.fd >= 0)
		return read_kept(in, out, n, got, err);
	if (!in->streams)
		return pull(in, out, n, got, err);
	rc = read_stream(in, &room, err);
	*got = n - room.n;
	return rc;
}

MC_RC mc_input_peek(struct mc_input *in, int64_t offset, char *out, size_t n,
	size_t *got, struct mc_error *err)
{
	enum mc_rc rc;

	*got = 0;
	if (in->spool.fd < 0)
		return peek_file(in, offset, out, n, got, err);
	rc = keep_up_to(in, offset + (int64_t)n, err);
	if (rc == MC_OK)
		rc = mc_spool_read(&in->spool, offset, out, n, got, err);
	return rc;
}

MC_RC mc_input_keep(struct mc_input *in, int64_t at, struct mc_span ahead,
	struct mc_error *err)
{
	enum mc_rc rc;

	if (!in->streams)
		return MC_OK;
	if (in->spool.fd >= 0) {
		mc_spool_forget(&in->spool, at);
		return MC_OK;
	}
	rc = mc_spool_open(&in->spool, at, err);
	if (rc == MC_OK)
		rc = mc_spool_append(&in->spool, ahead, err);
	in->told = at + (int64_t)ahead.n;
	return rc;
}

bool mc_input_reaches(const struct mc_input *in, int64_t offset)
{
	if (!in->streams)
		return true;
	return in->spool.fd >= 0 && offset >= in->spool.gone;
}

bool mc_input_seeks(const struct mc_input *in)
{
	return !in->streams;
}

int64_t mc_input_octets(const struct mc_input *in)
{
	return in->streams ? -1 : in->st.st_size;
}

const struct stat *mc_input_stat(const struct mc_input *in)
{
	return &in->st;
}

MC_RC mc_input_stat_now(
	const struct mc_input *in, struct stat *st, struct mc_error *err)
{
	if (fstat(in->fd, st) < 0)
		return mc_fail_errno(
			err, MC_EIO, in->scope, "cannot look at the file");
	return MC_OK;
}

bool mc_input_changed(const struct mc_input *in)
{
	struct stat now;

	if (in->borrowed)
		return false;
	return fstat(in->fd, &now) < 0 || now.st_size != in->st.st_size ||
	       now.st_mtim.tv_sec != in->st.st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != in->st.st_mtim.tv_nsec;
}

/* What is there of the file, up to out's maximum. */
static MC_RC slurp(
	struct mc_buf *out, struct mc_input *in, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;
	size_t got = 1;

	while (rc == MC_OK && got > 0 && out->len < out->max) {
		size_t room = out->max - out->len;

		if (room > 4096)
			room = 4096;
		rc = mc_buf_reserve(out, room, err);
		if (rc == MC_OK)
			rc = mc_input_read(
				in, out->data + out->len, room, &got, err);
		if (rc == MC_OK)
			out->len += got;
	}
	if (out->data)
		out->data[out->len] = '\0';
	return rc;
}

MC_RC mc_input_slurp(struct mc_buf *out, const char *dir, const char *name,
	struct mc_error *err)
{
	struct mc_input *in = NULL;
	char *path = NULL;
	enum mc_rc rc;

	mc_buf_clear(out);
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return mc_fail_memory(err);
	rc = mc_input_open(&in, path, MC_FOLDER, err);
	if (rc == MC_OK)
		rc = slurp(out, in, err);
	else if (rc == MC_ENOENT && err->sys == ENOENT)
		rc = MC_DONE;
	mc_input_close(in);
	free(path);
	return rc;
}
