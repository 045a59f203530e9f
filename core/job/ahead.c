/* SPDX-License-Identifier: MIT */
#include "job/ahead.h"

#include "job/source_name.h"
#include "source/passive.h"

/* Hears which folders there are and reads none of them. */
struct scout {
	struct mc_receiver rx;
	struct mc_ahead *ahead;
	const struct mc_rules *rules;
	const char *source;
};

/* How many messages matters only in that a folder without any gives way. */
static int64_t guess(const struct mc_folder *folder)
{
	if (folder->resume && folder->resume->octets == 0)
		return 0;
	return folder->total < 0 ? 1 : folder->total;
}

static MC_RC on_folder(struct mc_receiver *rx, const struct mc_folder *folder,
	struct mc_error *err)
{
	struct scout *scout = (struct scout *)(void *)rx;
	struct mc_folder_facts facts = { .source = scout->source,
		.path = folder->path,
		.special = (int)folder->special,
		.sightings = guess(folder) };
	const char *rule = NULL;
	enum mc_rc rc = MC_OK;

	if (folder->labelled)
		scout->ahead->open = true;
	else if (mc_rules_pass(scout->rules, folder->path, &rule))
		rc = mc_routes_add(&scout->ahead->routes, &facts, err);
	return rc == MC_OK ? MC_DONE : rc;
}

static MC_RC scout_source(struct scout *scout, const struct mc_source_ops *ops,
	const struct mc_source_conf *conf, struct mc_error *err)
{
	struct mc_source *src = NULL;
	enum mc_rc rc = ops->open(&src, conf, err);

	if (rc == MC_OK)
		rc = ops->read(src, &scout->rx, err);
	if (src)
		ops->close(src);
	return rc < 0 ? rc : MC_OK;
}

/* What of it must be unpacked, or read whole, to be looked at. */
static bool is_costly(
	const struct mc_endpoint *at, const struct mc_source_ops *ops)
{
	return strcmp(ops->kind, "outlook") == 0 ||
	       strcmp(ops->kind, "vault") == 0 || strcmp(at->path, "-") == 0;
}

MC_RC mc_ahead_look(struct mc_ahead *ahead, const struct mc_request *req,
	const struct mc_endpoint *at, struct mc_error *err)
{
	/* What is wrong with it is told when it is read. */
	const struct mc_monitor quiet = { .cancel = req->monitor.cancel };
	struct mc_source_conf conf = {
		.at = at, .quote = req->quote, .monitor = &quiet
	};
	struct scout scout = {
		.rx = mc_receiver_passive, .ahead = ahead, .rules = &req->rules
	};
	const struct mc_source_ops *ops = NULL;
	char *name = NULL;
	enum mc_rc rc = mc_source_find(&ops, at, err);

	if (rc == MC_OK && !mc_endpoint_is_remote(at) && is_costly(at, ops)) {
		ahead->open = true;
		return MC_OK;
	}
	if (rc == MC_OK)
		rc = mc_source_name(&name, at, ops, err);
	scout.rx.folder = on_folder;
	scout.source = name;
	if (rc == MC_OK)
		rc = scout_source(&scout, ops, &conf, err);
	free(name);
	return rc;
}

MC_RC mc_ahead_add(const struct mc_ahead *ahead, struct mc_routes *routes,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < ahead->routes.n; i++) {
		const struct mc_route *route = &ahead->routes.list[i];
		struct mc_folder_facts facts = { .source = route->source,
			.path = route->path,
			.special = (int)route->row.special,
			.sightings = route->messages };

		rc = mc_routes_add(routes, &facts, err);
	}
	return rc;
}

void mc_ahead_dispose(struct mc_ahead *ahead)
{
	mc_routes_dispose(&ahead->routes);
}
