/* SPDX-License-Identifier: MIT */
#include "job/source_name.h"

MC_RC mc_source_name(char **out, const struct mc_endpoint *at,
	const struct mc_source_ops *ops, struct mc_error *err)
{
	char name[1024];
	char *real = NULL;
	int n;

	*out = NULL;
	/* "mbox:-" is standard input. */
	if (mc_endpoint_is_remote(at) || strcmp(at->path, "-") == 0) {
		mc_endpoint_format(at, name, sizeof(name));
		return mc_strdup(out, mc_span_str(name), err);
	}
	real = realpath(at->path, NULL);
	if (!real)
		return mc_fail_errno(
			err, MC_ENOENT, MC_RUN, "cannot open '%s'", at->path);
	n = asprintf(out, "%s:%s", ops->kind, real);
	free(real);
	if (n < 0)
		*out = NULL;
	return n < 0 ? mc_fail_memory(err) : MC_OK;
}
