/* SPDX-License-Identifier: MIT */
#include "job/target_name.h"

#include "archive/ledger.h"

void mc_target_name(const struct mc_request *req, char *name, size_t size)
{
	struct mc_endpoint server = *req->target;

	server.path = NULL;
	mc_endpoint_format(&server, name, size);
}

MC_RC mc_target_known(struct mc_archive *ar, const struct mc_request *req,
	int64_t *target, struct mc_error *err)
{
	char name[1024];

	mc_target_name(req, name, sizeof(name));
	return mc_target_find(ar, name, target, err);
}
