/* SPDX-License-Identifier: MIT
 * export_writer: what one format does with folders and messages.  Private to
 * export. */
#ifndef MC_TARGET_EXPORT_WRITER_H
#define MC_TARGET_EXPORT_WRITER_H

#include "target/export.h"

struct mc_export_writer;

/* In order: folder { begin bytes* (end or abort) }* folder_end; or close at
 * any time, which undoes a file that was not ended. */
struct mc_export_ops {
	/* root: the directory; name: below it, "" for itself. */
	MC_RC (*folder)(struct mc_export_writer *w, int root, const char *name,
		struct mc_error *err);
	MC_RC (*begin)(struct mc_export_writer *w,
		const struct mc_export_letter *letter, struct mc_error *err);
	MC_RC (*bytes)(struct mc_export_writer *w, struct mc_span bytes,
		struct mc_error *err);
	MC_RC (*end)(struct mc_export_writer *w, struct mc_error *err);
	MC_RC (*abort)(struct mc_export_writer *w, struct mc_error *err);
	MC_RC (*folder_end)(struct mc_export_writer *w, struct mc_error *err);
	void (*close)(struct mc_export_writer *w);
	/* NULL where folders are no files. */
	MC_RC (*plain)(struct mc_export_writer *w, struct mc_span octets,
		struct mc_error *err);
	int64_t (*offset)(const struct mc_export_writer *w);
};

/* First member of each writer. */
struct mc_export_writer {
	const struct mc_export_ops *ops;
	struct mc_export_losses lost;
};

MC_RC mc_export_mbox_new(
	struct mc_export_writer **out, bool rd, struct mc_error *err);
MC_RC mc_export_maildir_new(
	struct mc_export_writer **out, struct mc_error *err);
MC_RC mc_export_eml_new(struct mc_export_writer **out, struct mc_error *err);

#endif
