/* SPDX-License-Identifier: MIT
 * archive: every message once, byte for byte, and what became of it.
 *
 * One SQLite file, one writer.  The only room that sees SQL and zstd.
 * Knows base/; is handed facts and octets, asks nobody for them.
 *
 *   source 1-n folder 1-n sighting n-1 body 1-n piece (zstd)
 *   sighting n-1 variant n-1 logical: the message people speak of
 *   target 1-n mailbox 1-n placement n-1 logical: what became of it there
 *
 * Of all headers of this room, where they do not say otherwise: a handle is one
 * thread's at a time.  Ids are rows, above 0.  Times are seconds UTC, or
 * MC_NO_TIME.  flags, special, rank and shape are other rooms' enums, kept and
 * not understood.  What goes in, and what a callback gets, is borrowed for the
 * call; a callback may ask the archive, and what it fails ends the walk.  Words
 * stand one behind the other, each ended by NUL.
 * Fails: EDB, EIO, ELIMIT (memory), scope RUN; EDB scope MESSAGE if only what
 * is asked for is damaged.
 */
#ifndef MC_ARCHIVE_ARCHIVE_H
#define MC_ARCHIVE_ARCHIVE_H

#include <stdint.h>

#include "base/error.h"
#include "base/event.h"
#include "base/hash.h"

struct mc_archive;
enum mc_archive_mode { MC_ARCHIVE_READ, MC_ARCHIVE_WRITE, MC_ARCHIVE_CREATE };

/* Opens path; WRITE and CREATE first lift an older schema to ours; a new file
 * is made 0600.  READ works beside a writer.
 * Fails, all scope RUN: ENOENT, ECREATE, EIO, EDB, EINPUT (no archive, or
 * written by a newer version), EBUSY (another writer holds it: its pid,
 * host, command and since when). */
MC_RC mc_archive_open(struct mc_archive **out, const char *path,
	enum mc_archive_mode mode, const struct mc_monitor *mon,
	struct mc_error *err);

/* From then on nobody else opens, to write, or claims what has that name or will
 * have it.  Fails: EBUSY (as open()), ECREATE, scope RUN. */
struct mc_lock;
MC_RC mc_archive_claim(
	struct mc_lock **out, const char *path, struct mc_error *err);
void mc_archive_unclaim(struct mc_lock *claim); /* NULL is fine */

/* A further handle on what `first` has open for writing, for another thread; it
 * may write too.  Batches of all handles of a file come one after the other, in
 * the order in which they were begun: one that is open while its owner waits for
 * a network holds up the others.  Called by the owner of first outside a batch;
 * closed before it is.  Fails: EIO, EDB, scope RUN. */
MC_RC mc_archive_beside(struct mc_archive **out, struct mc_archive *first,
	const struct mc_monitor *mon, struct mc_error *err);

/* Undoes an open batch.  NULL is fine. */
void mc_archive_close(struct mc_archive *ar);

/* Everything between begin and commit is kept, or none of it.  A commit is on
 * disk when it returns.  Emits step "commit" before and "committed" behind. */
MC_RC mc_archive_begin(struct mc_archive *ar, struct mc_error *err);
MC_RC mc_archive_commit(struct mc_archive *ar, struct mc_error *err);
void mc_archive_rollback(struct mc_archive *ar);
bool mc_archive_in_batch(const struct mc_archive *ar);

/* Until release, or the next batch, this handle sees the archive as it is now;
 * many looks cost less so, for no look locks the file.  Not for long: the WAL
 * grows meanwhile.  Does nothing where it is so already, or in a batch. */
MC_RC mc_archive_hold(struct mc_archive *ar, struct mc_error *err);
void mc_archive_release(struct mc_archive *ar); /* NULL is fine */

/* What was committed is in the file, and the system is asked to forget what it
 * holds of it in memory, so that a handle that is opened now reads it from the
 * disk.  (It may decline, and a disk may have a memory of its own: nobody can
 * be asked to prove that.)  Outside a batch; ar is to be the last handle to be
 * closed.  Fails: EIO, EDB, scope RUN. */
MC_RC mc_archive_settle(struct mc_archive *ar, struct mc_error *err);

/* How often, since this handle was opened, what was read was not as it had been
 * written and could be put right: a bit had flipped. */
int64_t mc_archive_mended(const struct mc_archive *ar);

/* Size of the file on disk with its WAL, octets. */
int64_t mc_archive_octets(const struct mc_archive *ar);

#endif
