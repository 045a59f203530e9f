/* SPDX-License-Identifier: MIT
 * emlx: the messages of one folder of Apple Mail, each in a file of its own.
 * Private to core/source.
 *
 *	2945              octets of the message
 *	Return-Path: ...  the message
 *	<?xml ...         a property list: flags, and when it was received
 *
 *   x.mbox/Messages/12.emlx                         up to Mac OS X 10.6
 *   x.mbox/<uuid>/Data/Messages/12.emlx             since
 *   x.mbox/<uuid>/Data/3/2/1/Messages/123456.emlx   of large folders
 *   .../Attachments/12/2.1/a.doc                    of 12.partial.emlx
 */
#ifndef MC_SOURCE_EMLX_H
#define MC_SOURCE_EMLX_H

#include "source/source.h"

/* A directory with messages, as one folder, whatever its name; directories
 * below are read as far as they are of the same folder.  Or one file. */
extern const struct mc_source_ops mc_source_emlx;

/* "12.emlx", "12.partial.emlx" */
bool mc_emlx_is(const char *name);

/* ".../Work.mbox/mbox": all of a folder in one mbox, as Mail exports it. */
bool mc_emlx_is_exported(const char *path);

/* Does the directory hold messages of its own folder? */
bool mc_emlx_has(const char *path);

/* The bits of a property list's "flags"; keywords are appended.
 * Fails: ELIMIT (memory). */
MC_RC mc_emlx_flags(int64_t bits, uint32_t *flags, struct mc_buf *keywords,
	struct mc_error *err);

#endif
