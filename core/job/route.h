/* SPDX-License-Identifier: MIT
 * route: which folder of the archive goes into which mailbox of a target. */
#ifndef MC_JOB_ROUTE_H
#define MC_JOB_ROUTE_H

#include "archive/archive.h"
#include "archive/ledger.h"
#include "job/job.h"
#include "plan/plan.h"

struct mc_route {
	struct mc_plan_row row;
	char *source; /* name */
	char *path;
	char *before; /* the mailbox it went to so far, or NULL */
	int64_t messages;
};

struct mc_routes {
	struct mc_route *list;
	size_t n;
	size_t cap;
	struct mc_index places; /* in list, until drop_ahead() */
	bool more; /* will come: a rule that fits nothing may fit those */
	struct mc_renamed *renamed; /* names that the server refuses */
	size_t renamed_n;
};

/* Adds a folder.  One with id 0, which a source has just told, may be there
 * already (same source and path): then only its messages count. */
MC_RC mc_routes_add(struct mc_routes *routes,
	const struct mc_folder_facts *folder, struct mc_error *err);
/* The folder's; MC_DONE: there is none. */
MC_RC mc_routes_find(const struct mc_routes *routes, const char *source,
	const char *path, struct mc_route **route, struct mc_error *err);
/* Every folder of the archive, and where it went on req->target so far. */
MC_RC mc_routes_load(struct mc_routes *routes, struct mc_archive *ar,
	const struct mc_request *req, struct mc_error *err);
/* Decides: by req->plan_file where it names the folder, else by the rules. */
MC_RC mc_routes_make(struct mc_routes *routes, const struct mc_request *req,
	const struct mc_mailboxes *server, struct mc_error *err);
/* Notes that the server has the mailbox `wanted` as `given`. */
MC_RC mc_routes_renamed(struct mc_routes *routes, const char *wanted,
	const char *given, struct mc_error *err);
/* Takes out those that are not in the archive.  None is added or found behind
 * that. */
void mc_routes_drop_ahead(struct mc_routes *routes);
void mc_routes_dispose(struct mc_routes *routes);

#endif
