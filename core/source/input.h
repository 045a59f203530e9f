/* SPDX-License-Identifier: MIT
 * input: a file to be read and nothing else, one octet behind the other, and
 * unpacked if it is compressed.  What is neither compressed nor a pipe can be
 * looked into ahead as well; what is has to be kept for that. */
#ifndef MC_SOURCE_INPUT_H
#define MC_SOURCE_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cancel.h"

struct mc_input;

/* Opens a regular file, or standard input for NULL.  Never waits to open (a
 * FIFO may have taken the file's place) and, where the file is ours, leaves
 * its time of last access alone.
 * Fails: ENOENT, EIO, EINPUT (no regular file), with that scope; ELIMIT
 * (memory), scope RUN.  What fails later has that scope too. */
MC_RC mc_input_open(struct mc_input **out, const char *path,
	enum mc_scope scope, struct mc_error *err);
/* Likewise, but never unpacked. */
MC_RC mc_input_open_as_is(struct mc_input **out, const char *path,
	enum mc_scope scope, struct mc_error *err);
void mc_input_close(struct mc_input *in); /* NULL is fine */

/* A pipe may keep us waiting: from now on cancel at MC_CANCEL_NOW ends that;
 * reading then fails with ECANCEL, scope RUN.  cancel may be NULL. */
void mc_input_heed(struct mc_input *in, struct mc_cancel *cancel);

/* The next n octets; fewer only at the end.
 * Fails: EIO; EINPUT: the compressed data is cut or damaged; what came before
 * is good. */
MC_RC mc_input_read(struct mc_input *in, char *out, size_t n, size_t *got,
	struct mc_error *err);

/* n octets at offset, wherever reading stands; fewer only at the end, and where
 * the data is cut.  Only if mc_input_reaches() it.  Fails: EIO; ECANCEL. */
MC_RC mc_input_peek(struct mc_input *in, int64_t offset, char *out, size_t n,
	size_t *got, struct mc_error *err);
bool mc_input_reaches(const struct mc_input *in, int64_t offset);
bool mc_input_seeks(const struct mc_input *in);

/* From now on what is compressed or a pipe is kept on the disk, from offset
 * `at` to as far as somebody looked, so that it can be looked into; `ahead` is
 * what was read from there on last, up to where reading stands.  Later calls
 * only say what may be forgotten: what is before `at`.
 * Fails: EIO, scope FOLDER. */
MC_RC mc_input_keep(struct mc_input *in, int64_t at, struct mc_span ahead,
	struct mc_error *err);

/* Octets to come in all, as the file stood when it was opened; -1: unknown. */
int64_t mc_input_octets(const struct mc_input *in);
/* The file itself when it was opened, and now.  Now fails: EIO. */
const struct stat *mc_input_stat(const struct mc_input *in);
MC_RC mc_input_stat_now(
	const struct mc_input *in, struct stat *st, struct mc_error *err);
/* Was any of it changed since it was opened? */
bool mc_input_changed(const struct mc_input *in);

/* A small file whole into out, cut at out's maximum.  MC_DONE: there is none.
 * Fails: as mc_input_open(), scope FOLDER. */
MC_RC mc_input_slurp(struct mc_buf *out, const char *dir, const char *name,
	struct mc_error *err);

#endif
