/* SPDX-License-Identifier: MIT
 * lock: one writer of an archive, and who it is.  Private to archive/.
 *
 * A file "<archive>-lock" beside the archive, held by flock(2), which the
 * kernel lets go when its holder dies; its text tells the second who holds
 * it.  Not the archive itself: closing a descriptor of that would drop the
 * locks that SQLite holds on it.
 */
#ifndef MC_ARCHIVE_LOCK_H
#define MC_ARCHIVE_LOCK_H

#include "base/error.h"

struct mc_lock;

/* real_path: of the archive, absolute, links resolved; shown: for messages.
 * Fails: EBUSY (held: its pid, host, command, since when), EIO; scope RUN. */
MC_RC mc_lock_take(struct mc_lock **out, const char *real_path,
	const char *shown, struct mc_error *err);
/* Tells the second more than the program's name.  No secrets in it. */
void mc_lock_tell(struct mc_lock *lock, const char *command);
void mc_lock_release(struct mc_lock *lock); /* NULL is fine */

#endif
