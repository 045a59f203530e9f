/* SPDX-License-Identifier: MIT */
#include "target/export.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "target/export_name.h"
#include "target/export_writer.h"

struct mc_export {
	char *dir; /* as the user wrote it */
	int root;
	struct mc_export_names *names;
	struct mc_export_writer *writer;
	struct mc_buf name; /* of the folder in hand */
	bool mended;
};

/* MC_DONE: there is none. */
static MC_RC open_dir(int *fd, const char *dir, struct mc_error *err)
{
	*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd >= 0)
		return MC_OK;
	if (errno == ENOENT)
		return MC_DONE;
	return mc_fail_errno(
		err, MC_ECREATE, MC_RUN, "cannot write into '%s'", dir);
}

static MC_RC check_empty(int root, const char *dir, struct mc_error *err)
{
	int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	enum mc_rc rc = MC_OK;

	if (!stream) {
		rc = mc_fail_errno(
			err, MC_ECREATE, MC_RUN, "cannot write into '%s'", dir);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (rc == MC_OK && (entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 &&
			strcmp(entry->d_name, "..") != 0)
			rc = mc_fail(err, MC_ECREATE, MC_RUN, 0,
				"'%s' is not empty; name a directory that is "
				"new or empty, so that nothing in it is "
				"overwritten or mixed",
				dir);
	}
	closedir(stream);
	return rc;
}

/* MC_DONE: it is still to be made. */
static MC_RC look_at(int *root, const char *dir, struct mc_error *err)
{
	enum mc_rc rc = open_dir(root, dir, err);

	return rc == MC_OK ? check_empty(*root, dir, err) : rc;
}

MC_RC mc_export_check(const char *dir, struct mc_error *err)
{
	int root = -1;
	enum mc_rc rc = look_at(&root, dir, err);

	if (root >= 0)
		close(root);
	return rc == MC_DONE ? MC_OK : rc;
}

static MC_RC make_dir(int *root, const char *dir, struct mc_error *err)
{
	enum mc_rc rc = look_at(root, dir, err);

	if (rc != MC_DONE)
		return rc;
	if (mkdir(dir, 0777) < 0)
		return mc_fail_errno(err, MC_ECREATE, MC_RUN,
			"cannot create directory '%s'", dir);
	rc = open_dir(root, dir, err);
	if (rc != MC_DONE)
		return rc;
	return mc_fail(
		err, MC_ECREATE, MC_RUN, 0, "directory '%s' is gone", dir);
}

static MC_RC make_writer(struct mc_export_writer **out,
	enum mc_export_format format, struct mc_error *err)
{
	switch (format) {
	case MC_EXPORT_MBOXRD:
		return mc_export_mbox_new(out, true, err);
	case MC_EXPORT_MBOXO:
		return mc_export_mbox_new(out, false, err);
	case MC_EXPORT_MAILDIR:
		return mc_export_maildir_new(out, err);
	case MC_EXPORT_EML:
		break;
	}
	return mc_export_eml_new(out, err);
}

MC_RC mc_export_open(struct mc_export **out, const char *dir,
	enum mc_export_format format, struct mc_error *err)
{
	struct mc_export *ex = calloc(1, sizeof(*ex));
	enum mc_rc rc;

	*out = NULL;
	if (!ex)
		return mc_fail_memory(err);
	ex->root = -1;
	mc_buf_init(&ex->name, (size_t)2 * MC_NAME_MAX);
	rc = mc_strdup(&ex->dir, mc_span_str(dir), err);
	if (rc == MC_OK)
		rc = mc_export_names_new(&ex->names, format, err);
	if (rc == MC_OK)
		rc = make_writer(&ex->writer, format, err);
	if (rc == MC_OK)
		rc = make_dir(&ex->root, dir, err);
	if (rc < 0)
		mc_export_close(ex);
	else
		*out = ex;
	return rc;
}

void mc_export_close(struct mc_export *ex)
{
	if (!ex)
		return;
	if (ex->writer)
		ex->writer->ops->close(ex->writer);
	mc_export_names_free(ex->names);
	if (ex->root >= 0)
		close(ex->root);
	mc_buf_dispose(&ex->name);
	free(ex->dir);
	free(ex);
}

MC_RC mc_export_finish(struct mc_export *ex, struct mc_error *err)
{
	/* Files are; this is for the names that they came to. */
	if (syncfs(ex->root) < 0)
		return mc_fail_errno(
			err, MC_EIO, MC_RUN, "cannot write '%s'", ex->dir);
	return MC_OK;
}

/* Says in what folder it was. */
static MC_RC of_folder(
	const struct mc_export *ex, enum mc_rc rc, struct mc_error *err)
{
	if (rc < 0)
		mc_while(err, "'%s/%s'", ex->dir, mc_buf_str(&ex->name));
	return rc;
}

MC_RC mc_export_folder(struct mc_export *ex, const char *path, int64_t twin,
	struct mc_error *err)
{
	enum mc_rc rc = mc_export_names_folder(
		ex->names, &ex->name, path, twin, &ex->mended, err);

	if (rc < 0)
		return rc;
	return of_folder(ex,
		ex->writer->ops->folder(
			ex->writer, ex->root, mc_buf_str(&ex->name), err),
		err);
}

const char *mc_export_name(const struct mc_export *ex, bool *mended)
{
	*mended = ex->mended;
	return mc_buf_str(&ex->name);
}

MC_RC mc_export_folder_end(struct mc_export *ex, struct mc_error *err)
{
	return of_folder(ex, ex->writer->ops->folder_end(ex->writer, err), err);
}

MC_RC mc_export_begin(struct mc_export *ex,
	const struct mc_export_letter *letter, struct mc_error *err)
{
	return of_folder(
		ex, ex->writer->ops->begin(ex->writer, letter, err), err);
}

MC_RC mc_export_bytes(
	struct mc_export *ex, struct mc_span bytes, struct mc_error *err)
{
	return of_folder(
		ex, ex->writer->ops->bytes(ex->writer, bytes, err), err);
}

MC_RC mc_export_end(struct mc_export *ex, struct mc_error *err)
{
	return of_folder(ex, ex->writer->ops->end(ex->writer, err), err);
}

MC_RC mc_export_abort(struct mc_export *ex, struct mc_error *err)
{
	return of_folder(ex, ex->writer->ops->abort(ex->writer, err), err);
}

MC_RC mc_export_plain(
	struct mc_export *ex, struct mc_span octets, struct mc_error *err)
{
	return of_folder(
		ex, ex->writer->ops->plain(ex->writer, octets, err), err);
}

int64_t mc_export_offset(const struct mc_export *ex)
{
	return ex->writer->ops->offset(ex->writer);
}

const struct mc_export_losses *mc_export_lost(const struct mc_export *ex)
{
	return &ex->writer->lost;
}
