/* SPDX-License-Identifier: MIT
 * mbox_file: one mbox file, read once from front to back in a window, to a
 * receiver.  Every octet of it ends in a message or in a gap.
 *
 *   leading --From_--> header --blank line--> body --From_ or end--> (next)
 *   leading octets and Pine's internal message are gaps
 *
 * A Content-Length is believed only if a separator or the end of the file
 * stands exactly where it points; then nothing before that is a separator.
 */
#ifndef MC_SOURCE_MBOX_FILE_H
#define MC_SOURCE_MBOX_FILE_H

#include "source/input.h"
#include "source/source.h"

/* Does a regular file at path, unpacked if it is compressed, begin as an mbox
 * does, after blank lines with "From ", or as an MMDF file?  why: NULL if so,
 * else what stands there instead ("it is empty"); static.
 * Fails: ENOENT, EIO, EINPUT (damaged), scope FOLDER. */
MC_RC mc_mbox_sniff(const char *path, const char **why, struct mc_error *err);
/* A file named by itself must be an mbox; an empty one is an mbox without
 * messages.  Fails: EINPUT, ENOENT, EIO, scope RUN. */
MC_RC mc_mbox_check(const char *path, struct mc_error *err);

/* Is it an mbox of several messages, or of MMDF, beyond doubt?  A message may
 * begin with a From_ line, too, and hold others.  What cannot be read is not. */
bool mc_mbox_is_several(const char *path);
/* Need it be asked, by its first octets? */
bool mc_mbox_may_begin(struct mc_input *in);
/* It is, where a message should be: EINPUT. */
MC_RC mc_mbox_refuse(
	const char *path, enum mc_scope scope, struct mc_error *err);

/* Does it begin as Google's Takeout does, of whose mail labels are the folders?
 * Both its From_ lines and its fields must look so: other programs keep the
 * fields when mail has long been filed elsewhere. */
bool mc_mbox_is_takeout(const char *path);

/* Walks the file at path (NULL: standard input) as folder `name`, folder() to
 * folder_end(); what is wrong with the file itself goes to folder_end().
 * Fails: what rx fails; ECANCEL, ELIMIT (memory), scope RUN. */
MC_RC mc_mbox_read(const struct mc_source_conf *conf, const char *path,
	const char *name, struct mc_receiver *rx, struct mc_error *err);

/* A folder of which nothing can be read: folder(), and folder_end(why). */
MC_RC mc_mbox_unreadable(const char *name, const struct mc_error *why,
	struct mc_receiver *rx, struct mc_error *err);

#endif
