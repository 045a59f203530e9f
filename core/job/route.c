/* SPDX-License-Identifier: MIT */
#include "job/route.h"

#include <strings.h>

#include "base/limits.h"
#include "job/planfile.h"
#include "job/target_name.h"

/* The names of a source and of a folder in it, and a number. */
enum { KEY_MAX = 4 * MC_NAME_MAX };

/* One string of both, whatever octets are in them. */
static MC_RC make_key(struct mc_buf *key, const char *source, const char *path,
	struct mc_error *err)
{
	mc_buf_init(key, KEY_MAX);
	return mc_buf_printf(
		key, err, "%zu:%s%s", strlen(source), source, path);
}

MC_RC mc_routes_find(const struct mc_routes *routes, const char *source,
	const char *path, struct mc_route **route, struct mc_error *err)
{
	struct mc_buf key;
	enum mc_rc rc = make_key(&key, source, path, err);
	size_t i = mc_index_find(&routes->places, mc_buf_str(&key), routes->n);

	mc_buf_dispose(&key);
	if (rc < 0 || i == routes->n)
		return rc < 0 ? rc : MC_DONE;
	*route = &routes->list[i];
	return MC_OK;
}

static MC_RC put_place(struct mc_routes *routes, const struct mc_route *route,
	size_t at, struct mc_error *err)
{
	struct mc_buf key;
	enum mc_rc rc = make_key(&key, route->source, route->path, err);

	if (rc == MC_OK)
		rc = mc_index_put(&routes->places, mc_buf_str(&key), at, err);
	mc_buf_dispose(&key);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC grow(struct mc_routes *routes, struct mc_error *err)
{
	size_t cap = routes->cap ? routes->cap * 2 : 64;
	struct mc_route *list;

	if (routes->n == MC_MAILBOXES_MAX)
		return mc_fail(err, MC_ELIMIT, MC_RUN, 0,
			"more than %d folders", MC_MAILBOXES_MAX);
	if (routes->n < routes->cap)
		return MC_OK;
	list = reallocarray(routes->list, cap, sizeof(*list));
	if (!list)
		return mc_fail_memory(err);
	routes->list = list;
	routes->cap = cap;
	return MC_OK;
}

MC_RC mc_routes_add(struct mc_routes *routes,
	const struct mc_folder_facts *folder, struct mc_error *err)
{
	struct mc_route *route;
	enum mc_rc rc = MC_DONE;

	if (folder->id == 0)
		rc = mc_routes_find(
			routes, folder->source, folder->path, &route, err);
	if (rc == MC_OK) {
		if (folder->sightings > route->messages)
			route->messages = folder->sightings;
		return MC_OK;
	}
	if (rc >= 0)
		rc = grow(routes, err);
	if (rc < 0)
		return rc;
	route = &routes->list[routes->n++];
	*route = (struct mc_route){ .messages = folder->sightings,
		.row = { .folder = folder->id,
			.special = (enum mc_special)folder->special } };
	rc = mc_strdup(&route->source, mc_span_str(folder->source), err);
	if (rc == MC_OK)
		rc = mc_strdup(&route->path, mc_span_str(folder->path), err);
	return rc == MC_OK ? put_place(routes, route, routes->n - 1, err) : rc;
}

static MC_RC add_folder(
	void *arg, const struct mc_folder_facts *folder, struct mc_error *err)
{
	return mc_routes_add(arg, folder, err);
}

/* A view of the server's, All Mail, is no folder to be made elsewhere. */
static MC_RC add_empty(
	void *arg, const struct mc_folder_facts *folder, struct mc_error *err)
{
	switch ((enum mc_special)folder->special) {
	case MC_SPECIAL_ALL:
	case MC_SPECIAL_FLAGGED:
	case MC_SPECIAL_IMPORTANT:
		return MC_OK;
	default:
		break;
	}
	return mc_routes_add(arg, folder, err);
}

MC_RC mc_routes_renamed(struct mc_routes *routes, const char *wanted,
	const char *given, struct mc_error *err)
{
	struct mc_renamed *list = reallocarray(
		routes->renamed, routes->renamed_n + 1, sizeof(*list));
	struct mc_renamed *last;
	enum mc_rc rc;

	if (!list)
		return mc_fail_memory(err);
	routes->renamed = list;
	last = &list[routes->renamed_n++];
	*last = (struct mc_renamed){ 0 };
	rc = mc_strdup(&last->wanted, mc_span_str(wanted), err);
	if (rc == MC_OK)
		rc = mc_strdup(&last->given, mc_span_str(given), err);
	return rc;
}

/* What is too long was not noted by us. */
static MC_RC add_renamed(
	void *arg, const char *wanted, const char *given, struct mc_error *err)
{
	struct mc_routes *routes = arg;

	if (routes->renamed_n >= MC_MAILBOXES_MAX || !*given ||
		strlen(given) > MC_NAME_MAX)
		return MC_OK;
	return mc_routes_renamed(routes, wanted, given, err);
}

static MC_RC load_before(struct mc_routes *routes, struct mc_archive *ar,
	const struct mc_request *req, struct mc_error *err)
{
	struct mc_buf name;
	int64_t target = 0;
	enum mc_rc rc;

	mc_buf_init(&name, MC_NAME_MAX);
	rc = mc_target_known(ar, req, &target, err);
	for (size_t i = 0; rc == MC_OK && target && i < routes->n; i++) {
		struct mc_route *route = &routes->list[i];

		rc = mc_route_get(ar, target, route->row.folder, &name, err);
		if (rc == MC_OK && name.len > 0)
			rc = mc_strdup(&route->before, mc_buf_span(&name), err);
	}
	if (rc == MC_OK && target)
		rc = mc_renamed_each(ar, target, add_renamed, routes, err);
	mc_buf_dispose(&name);
	return rc;
}

MC_RC mc_routes_load(struct mc_routes *routes, struct mc_archive *ar,
	const struct mc_request *req, struct mc_error *err)
{
	enum mc_rc rc = mc_folder_each(ar, add_folder, routes, err);

	if (rc == MC_OK)
		rc = mc_folder_empty(ar, add_empty, routes, err);
	return rc == MC_OK ? load_before(routes, ar, req, err) : rc;
}

/* A name mistyped, or of another source's folder. */
static void tell_idle_maps(
	const struct mc_routes *routes, const struct mc_request *req)
{
	for (size_t i = 0; i < req->rules.maps_n; i++) {
		const struct mc_map *map = &req->rules.maps[i];
		bool fits = false;

		for (size_t r = 0; r < routes->n && !fits; r++)
			fits = mc_map_fits(map, routes->list[r].path);
		if (!fits)
			mc_note(&req->monitor,
				"--map '%s=%s' fits no folder; 'mailcart list' "
				"shows the folders",
				map->from, map->to);
	}
}

static bool goes_anywhere(const struct mc_routes *routes, const char *name)
{
	for (size_t i = 0; i < routes->n; i++) {
		const char *mailbox = routes->list[i].row.mailbox;

		if (mailbox && strcasecmp(mailbox, name) == 0)
			return true;
	}
	return false;
}

/* What a plan file says by a name that the server refuses; if it sends another
 * folder there meanwhile, a further name is to be found. */
static MC_RC apply_renamed(struct mc_routes *routes,
	const struct mc_mailboxes *server, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; i < routes->renamed_n; i++) {
		const struct mc_renamed *renamed = &routes->renamed[i];

		if (goes_anywhere(routes, renamed->given))
			continue;
		for (size_t r = 0; rc == MC_OK && r < routes->n; r++) {
			struct mc_plan_row *row = &routes->list[r].row;

			if (!row->mailbox ||
				strcmp(row->mailbox, renamed->wanted) != 0)
				continue;
			free(row->mailbox);
			row->mailbox = NULL;
			rc = mc_strdup(&row->mailbox,
				mc_span_str(renamed->given), err);
			row->exists = mc_mailboxes_find(server,
					      renamed->given) < server->n;
		}
	}
	return rc;
}

MC_RC mc_routes_make(struct mc_routes *routes, const struct mc_request *req,
	const struct mc_mailboxes *server, struct mc_error *err)
{
	struct mc_plan_row *rows = NULL;
	struct mc_rules rules = req->rules;
	enum mc_rc rc;

	/* imaps://USER@HOST/MAILBOX puts everything below that mailbox. */
	if (!rules.into)
		rules.into = req->target->path;
	rules.renamed = routes->renamed;
	rules.renamed_n = routes->renamed_n;
	rows = calloc(routes->n + 1, sizeof(*rows));
	if (!rows)
		return mc_fail_memory(err);
	for (size_t i = 0; i < routes->n; i++) {
		rows[i] = routes->list[i].row;
		rows[i].path = routes->list[i].path;
		rows[i].before = routes->list[i].before;
		rows[i].empty = routes->list[i].messages == 0;
	}
	rc = mc_plan_make(rows, routes->n, &rules, server, err);
	for (size_t i = 0; i < routes->n; i++)
		routes->list[i].row = rows[i];
	free(rows);
	if (rc == MC_OK && !routes->more)
		tell_idle_maps(routes, req);
	if (rc == MC_OK && req->plan_file)
		rc = mc_planfile_apply(req->plan_file, routes, server, err);
	if (rc == MC_OK && req->plan_file)
		rc = apply_renamed(routes, server, err);
	return rc;
}

static void dispose_route(struct mc_route *route)
{
	mc_plan_dispose(&route->row, 1);
	free(route->source);
	free(route->path);
	free(route->before);
}

void mc_routes_drop_ahead(struct mc_routes *routes)
{
	size_t kept = 0;

	for (size_t i = 0; i < routes->n; i++) {
		if (routes->list[i].row.folder != 0)
			routes->list[kept++] = routes->list[i];
		else
			dispose_route(&routes->list[i]);
	}
	routes->n = kept;
	mc_index_dispose(&routes->places);
}

void mc_routes_dispose(struct mc_routes *routes)
{
	for (size_t i = 0; i < routes->n; i++)
		dispose_route(&routes->list[i]);
	free(routes->list);
	mc_index_dispose(&routes->places);
	for (size_t i = 0; i < routes->renamed_n; i++) {
		free(routes->renamed[i].wanted);
		free(routes->renamed[i].given);
	}
	free(routes->renamed);
	*routes = (struct mc_routes){ 0 };
}
