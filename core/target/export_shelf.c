/* SPDX-License-Identifier: MIT */
#include "target/export_shelf.h"

#include <unistd.h>

#include "base/buf.h"

static MC_RC keep(struct mc_export_shelf *shelf,
	const struct mc_export_file *file, const char *name,
	struct mc_error *err)
{
	char **temporary = &shelf->files[shelf->n].temporary;
	enum mc_rc rc;

	rc = mc_strdup(temporary, mc_span_str(file->temporary), err);
	if (rc == MC_OK)
		rc = mc_strdup(
			&shelf->files[shelf->n].name, mc_span_str(name), err);
	if (rc < 0)
		free(*temporary);
	return rc;
}

MC_RC mc_export_shelf_put(struct mc_export_shelf *shelf,
	struct mc_export_file *file, const char *name, int64_t time,
	struct mc_error *err)
{
	enum mc_rc rc = keep(shelf, file, name, err);

	if (rc < 0)
		return rc;
	shelf->n++;
	shelf->octets += file->octets;
	rc = mc_export_file_close(file, time, err);
	if (rc < 0)
		return rc;
	if (shelf->n < MC_EXPORT_SHELF &&
		shelf->octets < MC_EXPORT_SHELF_OCTETS)
		return MC_OK;
	return mc_export_shelf_place(shelf, err);
}

/* Forgets the first n. */
static void forget(struct mc_export_shelf *shelf, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(shelf->files[i].temporary);
		free(shelf->files[i].name);
	}
	shelf->n -= n;
	memmove(shelf->files, shelf->files + n,
		shelf->n * sizeof(shelf->files[0]));
}

MC_RC mc_export_shelf_place(struct mc_export_shelf *shelf, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;
	size_t i = 0;

	if (shelf->n == 0)
		return MC_OK;
	if (syncfs(shelf->from) < 0)
		return mc_fail_errno(err, MC_EIO, MC_RUN, "cannot write");
	while (rc == MC_OK && i < shelf->n) {
		rc = mc_export_file_place(shelf->from,
			shelf->files[i].temporary, shelf->to,
			shelf->files[i].name, err);
		i += rc == MC_OK;
	}
	forget(shelf, i);
	shelf->octets = 0;
	return rc;
}

void mc_export_shelf_undo(struct mc_export_shelf *shelf)
{
	for (size_t i = 0; i < shelf->n; i++)
		(void)unlinkat(shelf->from, shelf->files[i].temporary, 0);
	forget(shelf, shelf->n);
	shelf->octets = 0;
}
