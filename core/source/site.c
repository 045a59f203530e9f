/* SPDX-License-Identifier: MIT */
#include "source/site.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "source/label.h"
#include "source/mbox_file.h"

/* Names passed over that are told; more are counted. */
enum { PASSED_TOLD = 10 };

static MC_RC grow(struct mc_sites *sites, struct mc_error *err)
{
	size_t more = sites->room ? sites->room * 2 : 32;
	struct mc_site *list;

	if (sites->n < sites->room)
		return MC_OK;
	list = reallocarray(sites->list, more, sizeof(*list));
	if (!list)
		return mc_fail_memory(err);
	sites->list = list;
	sites->room = more;
	return MC_OK;
}

MC_RC mc_sites_add(struct mc_sites *sites, const struct mc_source_ops *ops,
	const char *path, const char *folder, struct mc_error *err)
{
	struct mc_site site = { .ops = ops, .group = sites->groups_n };
	enum mc_rc rc = grow(sites, err);

	if (rc == MC_OK)
		rc = mc_strdup(&site.path, mc_span_str(path), err);
	if (rc == MC_OK)
		rc = mc_strdup(&site.folder, mc_span_str(folder), err);
	if (rc == MC_OK)
		sites->list[sites->n++] = site;
	else
		free(site.path);
	return rc;
}

/* A folder of which nothing can be read, for *why. */
static MC_RC add_unreadable(struct mc_sites *sites, const char *path,
	const char *folder, const struct mc_error *why, struct mc_error *err)
{
	enum mc_rc rc = mc_sites_add(sites, NULL, path, folder, err);

	if (rc == MC_OK)
		sites->list[sites->n - 1].why = *why;
	return rc;
}

MC_RC mc_sites_add_mbox(struct mc_sites *sites, const char *path,
	const char *folder, struct mc_error *err)
{
	const char *why = NULL;
	struct mc_error broken;
	struct stat st;

	if (stat(path, &st) < 0 && errno == ENOENT) {
		mc_sites_pass(sites, path, "a link to nowhere");
		return MC_DONE;
	}
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		return mc_sites_add(sites, &mc_source_mbox, path, folder, err);
	if (mc_mbox_sniff(path, &why, &broken) < 0) {
		if (broken.scope == MC_RUN) {
			*err = broken;
			return broken.rc;
		}
		return add_unreadable(sites, path, folder, &broken, err);
	}
	if (why) {
		mc_sites_pass(sites, path, why);
		return MC_DONE;
	}
	return mc_sites_add(sites, &mc_source_mbox, path, folder, err);
}

/* A name is one level. */
MC_RC mc_sites_group(struct mc_sites *sites, const char *name, bool aside,
	struct mc_error *err)
{
	struct mc_site_group *groups = reallocarray(
		sites->groups, sites->groups_n + 1, sizeof(*groups));
	struct mc_site_group *group;
	enum mc_rc rc;

	if (!groups)
		return mc_fail_memory(err);
	sites->groups = groups;
	group = &groups[sites->groups_n];
	*group = (struct mc_site_group){ .aside = aside };
	rc = mc_label(&group->name, mc_span_str(name), err);
	if (rc < 0)
		return rc;
	for (char *c = group->name; *c; c++) {
		if (*c == '/')
			*c = '_';
	}
	sites->groups_n++;
	return MC_OK;
}

/* The group whose folders stand at the top; 0: none. */
static size_t top_group(const struct mc_sites *sites)
{
	size_t found[2] = { 0, 0 };
	size_t n[2] = { 0, 0 };

	for (size_t i = 0; i < sites->n; i++) {
		size_t group = sites->list[i].group;
		size_t aside;

		if (group == 0)
			continue;
		aside = sites->groups[group - 1].aside;
		n[aside] += found[aside] != group;
		found[aside] = group;
	}
	if (n[0] > 0)
		return n[0] == 1 ? found[0] : 0;
	return n[1] == 1 ? found[1] : 0;
}

MC_RC mc_sites_settle(struct mc_sites *sites, struct mc_error *err)
{
	size_t top = top_group(sites);

	for (size_t i = 0; i < sites->n; i++) {
		struct mc_site *site = &sites->list[i];
		char *below = NULL;
		enum mc_rc rc;

		if (site->group == 0 || site->group == top)
			continue;
		rc = mc_site_join(&below, sites->groups[site->group - 1].name,
			site->folder, err);
		if (rc < 0)
			return rc;
		free(site->folder);
		site->folder = below;
	}
	return MC_OK;
}

/* MC_DONE: it has been entered before. */
static MC_RC enter(struct mc_sites *sites, const struct mc_site_dir *at,
	struct mc_error *err)
{
	bool loops = false;
	enum mc_rc rc;

	if (at->depth > MC_DEPTH_MAX)
		return mc_fail(err, MC_ELIMIT, MC_FOLDER, 0,
			"'%s' is more than %d levels deep", at->path,
			MC_DEPTH_MAX);
	rc = mc_dir_visit(&sites->met, at->path, &loops, err);
	if (rc == MC_DONE && loops)
		return mc_fail(err, MC_EINPUT, MC_FOLDER, 0,
			"'%s' is a link that loops", at->path);
	if (rc == MC_DONE && !sites->quiet)
		mc_sites_pass(sites, at->path,
			"this directory has been read under another name");
	return rc;
}

/* *names is to be closed in any case.  MC_DONE: there is no need to enter it,
 * or no way; all told. */
static MC_RC open_dir(struct mc_sites *sites, const struct mc_site_dir *at,
	struct mc_names **names, struct mc_error *err)
{
	struct mc_error why;
	enum mc_rc rc = enter(sites, at, &why);

	*names = NULL;
	if (rc == MC_OK)
		rc = mc_names_open(names, at->path, &why);
	if (rc >= 0)
		return rc;
	if (why.scope == MC_RUN) {
		*err = why;
		return rc;
	}
	rc = add_unreadable(sites, at->path,
		*at->folder ? at->folder : "Folders", &why, err);
	return rc < 0 ? rc : MC_DONE;
}

static void dispose_dir(struct mc_site_dir *dir)
{
	free(dir->path);
	free(dir->folder);
}

MC_RC mc_sites_below(struct mc_sites *sites, const struct mc_site_dir *at,
	const char *path, const char *folder, struct mc_error *err)
{
	struct mc_site_dir below = { .depth = at->depth + 1, .bits = at->bits };
	enum mc_rc rc = MC_OK;

	if (sites->todo_n == sites->todo_room) {
		size_t more = sites->todo_room ? sites->todo_room * 2 : 32;
		struct mc_site_dir *todo =
			reallocarray(sites->todo, more, sizeof(*todo));

		if (!todo)
			return mc_fail_memory(err);
		sites->todo = todo;
		sites->todo_room = more;
	}
	rc = mc_strdup(&below.path, mc_span_str(path), err);
	if (rc == MC_OK)
		rc = mc_strdup(&below.folder, mc_span_str(folder), err);
	if (rc == MC_OK)
		sites->todo[sites->todo_n++] = below;
	else
		dispose_dir(&below);
	return rc;
}

/* What was put behind `from` is to be taken in the order in which it came. */
static void turn(struct mc_sites *sites, size_t from)
{
	size_t to = sites->todo_n;

	while (from + 1 < to) {
		struct mc_site_dir first = sites->todo[from];

		sites->todo[from++] = sites->todo[--to];
		sites->todo[to] = first;
	}
}

static MC_RC visit_dir(struct mc_sites *sites, const struct mc_site_dir *at,
	mc_site_visit_fn *visit, struct mc_error *err)
{
	size_t before = sites->todo_n;
	struct mc_names *names;
	struct mc_name name;
	enum mc_rc rc = open_dir(sites, at, &names, err);

	if (rc == MC_OK)
		rc = visit(sites, at, NULL, err);
	while (names && rc >= 0) {
		rc = mc_names_next(names, &name, err);
		if (rc != MC_OK)
			break;
		rc = visit(sites, at, &name, err);
	}
	turn(sites, before);
	mc_names_close(names);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_sites_walk(struct mc_sites *sites, const struct mc_site_dir *top,
	mc_site_visit_fn *visit, struct mc_error *err)
{
	size_t before = sites->todo_n;
	enum mc_rc rc = visit_dir(sites, top, visit, err);

	while (rc == MC_OK && sites->todo_n > before) {
		struct mc_site_dir at = sites->todo[--sites->todo_n];

		rc = visit_dir(sites, &at, visit, err);
		dispose_dir(&at);
	}
	return rc;
}

void mc_sites_pass(struct mc_sites *sites, const char *path, const char *why)
{
	if (sites->passed++ < PASSED_TOLD)
		mc_note(sites->monitor, "'%s' is passed over: %s", path, why);
}

void mc_sites_dispose(struct mc_sites *sites)
{
	if (sites->passed > PASSED_TOLD)
		mc_note(sites->monitor, "%" PRId64 " more are passed over",
			sites->passed - PASSED_TOLD);
	for (size_t i = 0; i < sites->n; i++) {
		free(sites->list[i].path);
		free(sites->list[i].folder);
	}
	free(sites->list);
	while (sites->groups_n > 0)
		free(sites->groups[--sites->groups_n].name);
	free(sites->groups);
	mc_dir_forget(sites->met);
	while (sites->todo_n > 0)
		dispose_dir(&sites->todo[--sites->todo_n]);
	free(sites->todo);
	*sites = (struct mc_sites){ .monitor = sites->monitor };
}

MC_RC mc_site_join(
	char **out, const char *path, const char *name, struct mc_error *err)
{
	if (asprintf(out, "%s%s%s", path, *path ? "/" : "", name) < 0) {
		*out = NULL;
		return mc_fail_memory(err);
	}
	return MC_OK;
}

bool mc_site_ends(const char *name, const char *suffix)
{
	struct mc_span s = mc_span_str(name);
	struct mc_span end = mc_span_str(suffix);

	return s.n > end.n && mc_span_ieq(mc_span_from(s, s.n - end.n), end);
}

static bool is_type(const char *path, const char *name, mode_t type)
{
	char *joined = NULL;
	struct stat st;
	bool found;

	if (asprintf(&joined, "%s%s%s", path, *name ? "/" : "", name) < 0)
		return false;
	found = stat(joined, &st) == 0 && (st.st_mode & S_IFMT) == type;
	free(joined);
	return found;
}

bool mc_site_is_dir(const char *path)
{
	return is_type(path, "", S_IFDIR);
}

bool mc_site_has_dir(const char *path, const char *name)
{
	return is_type(path, name, S_IFDIR);
}

bool mc_site_has_file(const char *path, const char *name)
{
	return is_type(path, name, S_IFREG);
}

bool mc_site_has_sign(const char *path, mc_site_sign_fn *is_sign)
{
	struct mc_names *names = NULL;
	struct mc_error ignored;
	struct mc_name name;
	bool found = false;
	enum mc_rc rc = mc_names_open(&names, path, &ignored);

	while (rc == MC_OK && !found) {
		rc = mc_names_next(names, &name, &ignored);
		found = rc == MC_OK && is_sign(path, &name);
	}
	mc_names_close(names);
	return found;
}
