/* SPDX-License-Identifier: MIT
 * Endpoints as people write them: what is understood is told in a form that is
 * understood as the same; a password is never told. */
#include "base/endpoint.h"
#include "base/limits.h"
#include "tools.h"

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void again(const struct mc_endpoint *at)
{
	struct mc_endpoint back = { 0 };
	struct mc_error err;
	char text[16 * 1024];

	mc_endpoint_format(at, text, sizeof(text));
	MC_PROMISE(mc_endpoint_parse(&back, text, &err) == MC_OK);
	MC_PROMISE(back.scheme == at->scheme && back.port == at->port);
	MC_PROMISE(same(back.user, at->user) && same(back.host, at->host));
	MC_PROMISE(same(back.path, at->path) && !back.password);
	mc_endpoint_dispose(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_endpoint at = { 0 };
	struct mc_error err;
	char *text = NULL;

	if (size > 1024)
		return 0;
	MC_PROMISE(
		mc_strdup(&text, (struct mc_span){ (const char *)data, size },
			&err) == MC_OK);
	if (mc_endpoint_parse(&at, text, &err) == MC_OK) {
		MC_PROMISE(!mc_endpoint_is_remote(&at) ||
			   (at.user && at.user[0] && at.host && at.host[0] &&
				   at.port));
		again(&at);
	} else {
		MC_PROMISE(err.rc == MC_EUSAGE && err.scope == MC_RUN);
	}
	mc_endpoint_dispose(&at);
	free(text);
	return 0;
}
