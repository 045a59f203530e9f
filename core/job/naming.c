/* SPDX-License-Identifier: MIT */
#include "job/naming.h"

#include <strings.h>

#include "base/limits.h"
#include "net/refusal.h"
#include "plan/rename.h"

enum {
	/* So many mailboxes in a row for which no name was good enough: it is
	 * not for the name that the server refuses them. */
	IN_VAIN_MAX = 3,
};

/* One mailbox that is to get another name. */
struct naming {
	const struct mc_naming *of;
	struct mc_new_box *box;
	struct mc_rename rename;
	struct mc_buf base; /* below what its parent is called now */
	struct mc_buf name; /* to be tried */
	struct mc_error why;
};

static bool is_there(const struct mc_target *target, const char *name)
{
	const struct mc_mailboxes *all = mc_target_mailboxes(target);
	size_t i = mc_mailboxes_find(all, name);

	return i < all->n && all->boxes[i].selectable;
}

/* ---- a name that is free ---- */

static bool is_another(const char *name, const char *wanted, const char *has)
{
	return has && strcasecmp(has, name) == 0 && strcmp(has, wanted) != 0;
}

/* Another folder's, whatever it is called there, or a view. */
static bool is_taken(const struct naming *n, const char *name)
{
	const struct mc_routes *routes = n->of->routes;
	const struct mc_mailboxes *all = mc_target_mailboxes(n->of->target);
	size_t found = mc_mailboxes_find(all, name);

	if (found < all->n && all->boxes[found].special >= MC_SPECIAL_ALL)
		return true;
	for (size_t i = 0; i < routes->n; i++) {
		const struct mc_route *route = &routes->list[i];

		if (is_another(name, n->box->name, route->row.mailbox) ||
			(!route->row.mailbox &&
				is_another(name, n->box->name, route->before)))
			return true;
	}
	for (size_t i = 0; i < routes->renamed_n; i++)
		if (strcmp(routes->renamed[i].wanted, n->box->name) != 0 &&
			strcasecmp(routes->renamed[i].given, name) == 0)
			return true;
	return false;
}

static MC_RC set_free(struct naming *n, struct mc_error *err)
{
	size_t length = n->name.len;
	enum mc_rc rc = MC_OK;

	for (size_t i = 2; rc == MC_OK && is_taken(n, mc_buf_str(&n->name));
		i++) {
		n->name.len = length;
		rc = mc_buf_printf(&n->name, err, "_%zu", i);
	}
	return rc;
}

/* "a^b/c" is "a_b/c" where "a^b" is "a_b": of its parents the nearest. */
static MC_RC find_base(struct naming *n, struct mc_error *err)
{
	const struct mc_routes *routes = n->of->routes;
	struct mc_span name = mc_span_str(n->box->name);
	char separator = mc_target_mailboxes(n->of->target)->separator;
	const struct mc_renamed *best = NULL;
	size_t length = 0;
	enum mc_rc rc;

	for (size_t i = 0; i < routes->renamed_n; i++) {
		struct mc_span above = mc_span_str(routes->renamed[i].wanted);

		if (above.n > length && above.n < name.n &&
			mc_span_starts(name, above) && separator &&
			name.p[above.n] == separator) {
			best = &routes->renamed[i];
			length = above.n;
		}
	}
	mc_buf_clear(&n->base);
	rc = best ? mc_buf_put(&n->base, mc_span_str(best->given), err) : MC_OK;
	return rc == MC_OK
		       ? mc_buf_put(&n->base, mc_span_from(name, length), err)
		       : rc;
}

/* ---- it is kept ---- */

static MC_RC note(const struct naming *n, struct mc_error *err)
{
	const struct mc_naming *of = n->of;
	enum mc_rc rc = mc_archive_begin(of->ar, err);

	if (rc < 0)
		return rc;
	rc = mc_renamed_put(
		of->ar, of->ledger, n->box->name, mc_buf_str(&n->name), err);
	if (rc == MC_OK)
		return mc_archive_commit(of->ar, err);
	mc_archive_rollback(of->ar);
	return rc;
}

/* All folders that go there. */
static MC_RC put_in_routes(struct naming *n, struct mc_error *err)
{
	const char *wanted = n->box->name;
	const char *now = NULL;
	char *old = NULL;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < n->of->routes->n; i++) {
		struct mc_plan_row *row = &n->of->routes->list[i].row;

		if (!row->mailbox || strcmp(row->mailbox, wanted) != 0)
			continue;
		/* The first is what box->name points to. */
		if (old)
			free(row->mailbox);
		else
			old = row->mailbox;
		row->mailbox = NULL;
		rc = mc_strdup(&row->mailbox, mc_buf_span(&n->name), err);
		now = now ? now : row->mailbox;
	}
	if (now)
		n->box->name = now;
	free(old);
	return rc;
}

static MC_RC keep(struct naming *n, struct mc_error *err)
{
	const struct mc_monitor *mon = &n->of->req->monitor;
	enum mc_rc rc = note(n, err);

	if (rc == MC_OK)
		rc = mc_routes_renamed(
			n->of->routes, n->box->name, mc_buf_str(&n->name), err);
	if (rc < 0)
		return rc;
	mc_step(mon, "renamed");
	mc_note(mon,
		"the server refuses '%s' as the name of a mailbox ('%s'): it "
		"is '%s' there",
		n->box->name, mc_error_said(&n->why), mc_buf_str(&n->name));
	return put_in_routes(n, err);
}

/* ---- */

/* The next to be tried, in n->name.  MC_DONE: there is none. */
static MC_RC next_name(
	struct naming *n, const char *words, struct mc_error *err)
{
	enum mc_rc rc;

	if (!n->rename.name) {
		n->rename.name = mc_buf_str(&n->base);
		n->rename.server = mc_target_mailboxes(n->of->target);
		if (strcmp(n->rename.name, n->box->name) != 0) {
			mc_buf_clear(&n->name);
			rc = mc_buf_put(&n->name, mc_buf_span(&n->base), err);
			return rc == MC_OK ? set_free(n, err) : rc;
		}
	}
	n->rename.server = mc_target_mailboxes(n->of->target);
	rc = mc_rename_next(&n->rename, words, &n->name, err);
	return rc == MC_OK ? set_free(n, err) : rc;
}

/* MC_DONE: refused for its name, too. */
static MC_RC try_name(struct naming *n, struct mc_error *err)
{
	const char *name = mc_buf_str(&n->name);
	enum mc_rc rc;

	if (is_there(n->of->target, name))
		return MC_OK;
	rc = mc_target_create(n->of->target, name, n->box->special, err);
	n->box->made = rc == MC_OK;
	return rc == MC_EREFUSED && mc_refusal_is_of_name(err) ? MC_DONE : rc;
}

/* MC_DONE: no name is good enough. */
static MC_RC find_name(struct naming *n, struct mc_error *err)
{
	const char *words = mc_error_said(&n->why);
	struct mc_error later;
	enum mc_rc rc;

	for (;;) {
		rc = next_name(n, words, err);
		if (rc != MC_OK)
			return rc;
		rc = try_name(n, &later);
		if (rc < 0)
			*err = later;
		if (rc != MC_DONE)
			return rc;
		words = mc_error_said(&later);
	}
}

static MC_RC make(struct naming *n, bool *in_vain, struct mc_error *err)
{
	enum mc_rc rc = mc_target_create(
		n->of->target, n->box->name, n->box->special, &n->why);

	n->box->made = rc == MC_OK;
	if (rc == MC_OK ||
		(rc == MC_EREFUSED && !mc_refusal_is_of_name(&n->why)))
		return MC_DONE;
	if (rc != MC_EREFUSED) {
		*err = n->why;
		return rc;
	}
	rc = find_base(n, err);
	if (rc == MC_OK)
		rc = find_name(n, err);
	*in_vain = rc == MC_DONE || rc == MC_EREFUSED;
	if (*in_vain)
		return MC_DONE;
	return rc == MC_OK ? keep(n, err) : rc;
}

/* MC_DONE: it keeps its name. */
static MC_RC make_one(const struct mc_naming *of, struct mc_new_box *box,
	bool *in_vain, struct mc_error *err)
{
	struct naming n = { .of = of, .box = box };
	enum mc_rc rc;

	*in_vain = false;
	mc_buf_init(&n.base, MC_NAME_MAX + 32);
	mc_buf_init(&n.name, MC_NAME_MAX + 32);
	rc = make(&n, in_vain, err);
	mc_buf_dispose(&n.base);
	mc_buf_dispose(&n.name);
	return rc;
}

/* Parents come before their children. */
static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct mc_new_box *)a)->name,
		((const struct mc_new_box *)b)->name);
}

MC_RC mc_naming_make(const struct mc_naming *naming, struct mc_new_box *boxes,
	size_t n, int64_t *renamed, struct mc_error *err)
{
	int in_vain = 0;
	enum mc_rc rc;

	*renamed = 0;
	qsort(boxes, n, sizeof(*boxes), by_name);
	rc = mc_target_create_all(naming->target, boxes, n, err);
	for (size_t i = 0; rc >= 0 && i < n && in_vain < IN_VAIN_MAX; i++) {
		bool vain;

		if (mc_cancel_is(naming->req->monitor.cancel, MC_CANCEL_SOON))
			return mc_fail_cancelled(err);
		if (is_there(naming->target, boxes[i].name))
			continue;
		rc = make_one(naming, &boxes[i], &vain, err);
		*renamed += rc == MC_OK;
		in_vain = vain ? in_vain + 1 : 0;
	}
	return rc < 0 ? rc : MC_OK;
}
