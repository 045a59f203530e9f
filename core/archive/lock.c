/* SPDX-License-Identifier: MIT
 * lock: the file that says who writes. */
#include "archive/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/clock.h"
#include "base/text.h"

enum { HOLDER_TEXT = 400 };

struct mc_lock {
	int fd;
	char *path;
	char since[MC_TIME_TEXT];
};

void mc_lock_tell(struct mc_lock *lock, const char *command)
{
	char host[256] = "";
	char text[HOLDER_TEXT];
	size_t n;

	gethostname(host, sizeof(host) - 1);
	n = mc_text_format(text, sizeof(text), "pid %ld on %s since %s: %s\n",
		(long)getpid(), host, lock->since, command);
	/* The lock holds without its text, so failing here harms nobody. */
	if (ftruncate(lock->fd, 0) != 0 ||
		pwrite(lock->fd, text, n, 0) != (ssize_t)n)
		return;
}

/* Who holds it, for people; "" if the file does not say. */
static void read_holder(int fd, char *out, size_t size)
{
	char text[HOLDER_TEXT];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	struct mc_span line = { text, n > 0 ? (size_t)n : 0 };

	mc_text_escape(
		out, size, mc_span_head(line, mc_span_index(line, '\n')));
}

/* MC_DONE: the file was removed by its holder meanwhile; try again. */
static MC_RC try_once(
	struct mc_lock *lock, const char *shown, struct mc_error *err)
{
	char holder[HOLDER_TEXT];
	struct stat held;
	struct stat named;

	lock->fd = open(lock->path,
		O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (lock->fd < 0)
		return mc_fail_errno(err, MC_EIO, MC_RUN,
			"cannot write '%s' without a lock in its directory, "
			"'%s'",
			shown, lock->path);
	if (flock(lock->fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			return mc_fail_errno(err, MC_EIO, MC_RUN,
				"cannot lock '%s'", lock->path);
		read_holder(lock->fd, holder, sizeof(holder));
		return mc_fail(err, MC_EBUSY, MC_RUN, 0,
			"'%s' is in use by another mailcart (%s); wait "
			"until it has ended, or name another archive",
			shown, holder);
	}
	if (fstat(lock->fd, &held) == 0 && stat(lock->path, &named) == 0 &&
		held.st_ino == named.st_ino && held.st_dev == named.st_dev)
		return MC_OK;
	close(lock->fd);
	lock->fd = -1;
	return MC_DONE;
}

MC_RC mc_lock_take(struct mc_lock **out, const char *real_path,
	const char *shown, struct mc_error *err)
{
	struct mc_lock *lock = calloc(1, sizeof(*lock));
	enum mc_rc rc;

	*out = NULL;
	if (!lock)
		return mc_fail_memory(err);
	lock->fd = -1;
	if (asprintf(&lock->path, "%s-lock", real_path) < 0) {
		lock->path = NULL;
		rc = mc_fail_memory(err);
		goto out;
	}
	do
		rc = try_once(lock, shown, err);
	while (rc == MC_DONE);
	if (rc < 0)
		goto out;
	mc_clock_format(lock->since, mc_clock_now());
	mc_lock_tell(lock, program_invocation_short_name);
	*out = lock;
	return MC_OK;
out:
	if (lock->fd >= 0)
		close(lock->fd);
	free(lock->path);
	free(lock);
	return rc;
}

MC_RC mc_archive_claim(
	struct mc_lock **out, const char *path, struct mc_error *err)
{
	enum mc_rc rc = mc_lock_take(out, path, path, err);

	if (rc == MC_EIO)
		rc = err->rc = MC_ECREATE;
	return rc;
}

void mc_archive_unclaim(struct mc_lock *claim)
{
	mc_lock_release(claim);
}

void mc_lock_release(struct mc_lock *lock)
{
	if (!lock)
		return;
	/* Removed while held: who opened it meanwhile finds it gone and
	 * opens another. */
	unlink(lock->path);
	close(lock->fd);
	free(lock->path);
	free(lock);
}
