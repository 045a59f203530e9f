/* SPDX-License-Identifier: MIT */
#include "target/export_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

enum { BLOCK = 64 * 1024 };

static MC_RC put_sink(
	struct mc_sink *sink, struct mc_span octets, struct mc_error *err)
{
	return mc_export_file_put(
		(struct mc_export_file *)(void *)sink, octets, err);
}

MC_RC mc_export_file_init(struct mc_export_file *file, struct mc_error *err)
{
	*file = (struct mc_export_file){ .sink = { put_sink }, .fd = -1 };
	file->block = malloc(BLOCK);
	return file->block ? MC_OK : mc_fail_memory(err);
}

void mc_export_file_dispose(struct mc_export_file *file)
{
	mc_export_file_undo(file);
	free(file->block);
	file->block = NULL;
}

MC_RC mc_export_file_open(struct mc_export_file *file, int dir,
	const char *temporary, struct mc_error *err)
{
	mc_text_format(
		file->temporary, sizeof(file->temporary), "%s", temporary);
	file->dir = dir;
	file->n = 0;
	file->octets = 0;
	file->last = '\0';
	file->fd = openat(dir, temporary,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (file->fd < 0)
		return mc_fail_errno(err, MC_ECREATE, MC_RUN,
			"cannot create a file '%s'", temporary);
	return MC_OK;
}

static enum mc_rc fail_write(struct mc_error *err)
{
	return mc_fail_errno(err, MC_EIO, MC_RUN, "cannot write");
}

static MC_RC write_all(int fd, struct mc_span octets, struct mc_error *err)
{
	while (octets.n > 0) {
		ssize_t n = write(fd, octets.p, octets.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_write(err);
		octets = mc_span_from(octets, (size_t)n);
	}
	return MC_OK;
}

static MC_RC flush(struct mc_export_file *file, struct mc_error *err)
{
	struct mc_span octets = { file->block, file->n };

	file->n = 0;
	return write_all(file->fd, octets, err);
}

MC_RC mc_export_file_put(struct mc_export_file *file, struct mc_span octets,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (octets.n == 0)
		return MC_OK;
	file->octets += (int64_t)octets.n;
	file->last = octets.p[octets.n - 1];
	if (octets.n > BLOCK - file->n)
		rc = flush(file, err);
	if (rc < 0)
		return rc;
	if (octets.n > BLOCK)
		return write_all(file->fd, octets, err);
	memcpy(file->block + file->n, octets.p, octets.n);
	file->n += octets.n;
	return MC_OK;
}

MC_RC mc_export_file_cut(
	struct mc_export_file *file, int64_t octets, struct mc_error *err)
{
	enum mc_rc rc = flush(file, err);

	if (rc < 0)
		return rc;
	if (ftruncate(file->fd, octets) < 0 ||
		lseek(file->fd, octets, SEEK_SET) < 0)
		return fail_write(err);
	file->octets = octets;
	file->last = '\0';
	return MC_OK;
}

/* Where no file system call refuses to replace, nobody else is expected in a
 * directory that was empty when we began. */
static int rename_to_free(int from, const char *old, int to, const char *name)
{
	if (renameat2(from, old, to, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (faccessat(to, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(from, old, to, name) : -1;
}

MC_RC mc_export_file_place(int from, const char *temporary, int to,
	const char *name, struct mc_error *err)
{
	if (rename_to_free(from, temporary, to, name) < 0)
		return mc_fail_errno(
			err, MC_ECREATE, MC_RUN, "cannot create '%s'", name);
	return MC_OK;
}

/* All of it to the system, and its time. */
static MC_RC complete(
	struct mc_export_file *file, int64_t time, struct mc_error *err)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		{ .tv_sec = time } };
	enum mc_rc rc = flush(file, err);

	if (rc < 0)
		return rc;
	if (time != MC_NO_TIME && futimens(file->fd, times) < 0)
		return fail_write(err);
	return MC_OK;
}

MC_RC mc_export_file_close(
	struct mc_export_file *file, int64_t time, struct mc_error *err)
{
	enum mc_rc rc = complete(file, time, err);

	if (rc < 0)
		return rc;
	rc = close(file->fd) < 0 ? fail_write(err) : MC_OK;
	file->fd = -1;
	return rc;
}

MC_RC mc_export_file_commit(struct mc_export_file *file, int dir,
	const char *name, int64_t time, struct mc_error *err)
{
	enum mc_rc rc = complete(file, time, err);

	if (rc < 0)
		return rc;
	if (fsync(file->fd) < 0)
		return fail_write(err);
	rc = mc_export_file_place(file->dir, file->temporary, dir, name, err);
	if (rc < 0)
		return rc;
	/* It is on disk: closing it cannot lose anything. */
	close(file->fd);
	file->fd = -1;
	return MC_OK;
}

void mc_export_file_undo(struct mc_export_file *file)
{
	if (file->fd < 0)
		return;
	close(file->fd);
	file->fd = -1;
	(void)unlinkat(file->dir, file->temporary, 0);
}

/* One level.  *fd is replaced by it, closed unless it is `keep`. */
static MC_RC descend(int *fd, int keep, const char *level, struct mc_error *err)
{
	int next = -1;

	if (mkdirat(*fd, level, 0777) == 0 || errno == EEXIST)
		next = openat(*fd, level,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0)
		mc_fail_errno(err, MC_ECREATE, MC_RUN,
			"cannot create directory '%s'", level);
	if (*fd != keep)
		close(*fd);
	*fd = next;
	return next < 0 ? err->rc : MC_OK;
}

MC_RC mc_export_dir(int *fd, int dir, const char *path, struct mc_error *err)
{
	struct mc_span rest = mc_span_str(path);
	char level[NAME_MAX + 1];
	enum mc_rc rc = MC_OK;

	*fd = dir;
	while (rc == MC_OK && rest.n > 0) {
		size_t n = mc_span_index(rest, '/');

		mc_text_format(level, sizeof(level), "%.*s", (int)n, rest.p);
		rest = mc_span_from(rest, n + 1);
		rc = descend(fd, dir, level, err);
	}
	if (rc == MC_OK && *fd == dir)
		rc = descend(fd, dir, ".", err);
	return rc;
}
