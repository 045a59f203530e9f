/* SPDX-License-Identifier: MIT */
#include "cmd/outfile.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"

static MC_RC name_temporary(struct mc_outfile *out, struct mc_error *err)
{
	struct mc_buf name;
	enum mc_rc rc;

	mc_buf_init(&name, MC_NAME_MAX);
	rc = mc_buf_printf(&name, err, "%s.XXXXXX", out->path);
	if (rc == MC_OK)
		rc = mc_strdup(&out->temporary, mc_buf_span(&name), err);
	mc_buf_dispose(&name);
	return rc;
}

MC_RC mc_outfile_open(struct mc_outfile *out, struct mc_error *err)
{
	enum mc_rc rc = name_temporary(out, err);
	int fd;

	if (rc < 0)
		return rc;
	fd = mkostemp(out->temporary, O_CLOEXEC);
	if (fd < 0) {
		rc = mc_fail_errno(err, MC_ECREATE, MC_RUN,
			"cannot create '%s'", out->path);
		free(out->temporary);
		out->temporary = NULL;
		return rc;
	}
	out->file = fdopen(fd, "w");
	if (!out->file) {
		close(fd);
		return mc_fail_memory(err);
	}
	return MC_OK;
}

MC_RC mc_outfile_commit(struct mc_outfile *out, struct mc_error *err)
{
	if (ferror(out->file) || fflush(out->file) != 0 ||
		fsync(fileno(out->file)) != 0)
		return mc_fail_errno(
			err, MC_EIO, MC_RUN, "cannot write '%s'", out->path);
	if (rename(out->temporary, out->path) != 0)
		return mc_fail_errno(err, MC_ECREATE, MC_RUN,
			"cannot create '%s'", out->path);
	free(out->temporary);
	out->temporary = NULL;
	return MC_OK;
}

void mc_outfile_close(struct mc_outfile *out)
{
	/* Committed, all of it was on disk before; else it is not wanted. */
	if (out->file)
		(void)fclose(out->file);
	if (out->temporary)
		unlink(out->temporary);
	free(out->temporary);
	out->temporary = NULL;
	out->file = NULL;
}
