/* SPDX-License-Identifier: MIT
 * target: targets, their mailboxes, what those hold, and which folder goes
 * where. */
#include "archive/batch.h"
#include "archive/db.h"
#include "archive/ledger.h"

MC_RC mc_target_find(struct mc_archive *ar, const char *name, int64_t *target,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*target = 0;
	mc_query_open(&q, ar, MC_SQL_TARGET_FIND);
	mc_bind_text(&q, name);
	rc = mc_query_int(&q, target, err);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_target_put(struct mc_archive *ar, const char *name, int64_t *target,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc = mc_target_find(ar, name, target, err);

	if (rc < 0 || *target != 0)
		return rc;
	mc_query_open(&q, ar, MC_SQL_TARGET_ADD);
	mc_bind_text(&q, name);
	return mc_query_insert(&q, target, err);
}

static MC_RC add_mailbox(struct mc_archive *ar, int64_t target,
	const char *name, int64_t *id, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_MAILBOX_ADD);
	mc_bind_int(&q, target);
	mc_bind_text(&q, name);
	return mc_query_insert(&q, id, err);
}

MC_RC mc_mailbox_put(struct mc_archive *ar, int64_t target, const char *name,
	struct mc_mailbox_row *out, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*out = (struct mc_mailbox_row){ 0 };
	mc_query_open(&q, ar, MC_SQL_MAILBOX_FIND);
	mc_bind_int(&q, target);
	mc_bind_text(&q, name);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK) {
		out->id = mc_column_int(&q, 0);
		out->uidvalidity = mc_column_u32(&q, 1);
		out->looked = mc_column_u32(&q, 2);
	}
	mc_query_close(&q);
	if (rc == MC_DONE)
		rc = add_mailbox(ar, target, name, &out->id, err);
	return rc;
}

/* The mailbox that stands for "goes nowhere". */
static MC_RC put_nowhere(struct mc_archive *ar, int64_t target, int64_t *id,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_MAILBOX_NOWHERE);
	mc_bind_int(&q, target);
	rc = mc_query_int(&q, id, err);
	return rc == MC_DONE ? add_mailbox(ar, target, NULL, id, err) : rc;
}

static MC_RC forget(struct mc_archive *ar, int64_t mailbox,
	uint32_t uidvalidity, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc = mc_db_run_on(ar, MC_SQL_REMOTE_FORGET, mailbox, err);

	if (rc == MC_OK)
		rc = mc_db_run_on(ar, MC_SQL_PLACEMENT_FORGET, mailbox, err);
	if (rc < 0)
		return rc;
	mc_query_open(&q, ar, MC_SQL_MAILBOX_SELECTED);
	mc_bind_int(&q, uidvalidity);
	mc_bind_int(&q, mailbox);
	return mc_query_run(&q, err);
}

MC_RC mc_mailbox_selected(struct mc_archive *ar, int64_t mailbox,
	uint32_t uidvalidity, struct mc_error *err)
{
	struct mc_query q;
	int64_t before = 0;
	bool own;
	enum mc_rc rc = mc_batch_enter(ar, &own, err);

	if (rc < 0)
		return rc;
	mc_query_open(&q, ar, MC_SQL_MAILBOX_UIDVALIDITY);
	mc_bind_int(&q, mailbox);
	rc = mc_query_int(&q, &before, err);
	if (rc == MC_OK && before != uidvalidity)
		rc = forget(ar, mailbox, uidvalidity, err);
	return mc_batch_leave(ar, own, rc < 0 ? rc : MC_OK, err);
}

MC_RC mc_mailbox_empty(struct mc_archive *ar, int64_t mailbox,
	uint32_t uidvalidity, uint32_t uidnext, bool *anew,
	struct mc_error *err)
{
	struct mc_query q;
	int64_t last = 0;
	bool own;
	enum mc_rc rc = mc_batch_enter(ar, &own, err);

	*anew = false;
	if (rc < 0)
		return rc;
	mc_query_open(&q, ar, MC_SQL_MAILBOX_LAST);
	mc_bind_int(&q, mailbox);
	rc = mc_query_int(&q, &last, err);
	*anew = rc == MC_OK && uidnext > 0 && last >= uidnext;
	if (*anew)
		rc = forget(ar, mailbox, uidvalidity, err);
	return mc_batch_leave(ar, own, rc, err);
}

MC_RC mc_mailbox_looked(struct mc_archive *ar, int64_t mailbox, uint32_t uid,
	struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_MAILBOX_LOOKED);
	mc_bind_int(&q, uid);
	mc_bind_int(&q, mailbox);
	return mc_query_run(&q, err);
}

MC_RC mc_remote_put(
	struct mc_archive *ar, const struct mc_remote *in, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_REMOTE_PUT);
	mc_bind_int(&q, in->mailbox);
	mc_bind_int(&q, in->uid);
	mc_bind_int(&q, in->octets);
	mc_bind_digest(&q, in->key);
	if (in->message_id.n > 0)
		mc_bind_blob(&q, in->message_id);
	else
		mc_bind_null(&q);
	return mc_query_run(&q, err);
}

MC_RC mc_remote_unkeyed(struct mc_archive *ar, int64_t mailbox, uint32_t after,
	uint32_t *uids, size_t *n, struct mc_error *err)
{
	struct mc_query q;
	size_t room = *n;
	enum mc_rc rc;

	*n = 0;
	mc_query_open(&q, ar, MC_SQL_REMOTE_UNKEYED);
	mc_bind_int(&q, mailbox);
	mc_bind_int(&q, after);
	mc_bind_int(&q, (int64_t)room);
	for (rc = mc_query_next(&q, err); rc == MC_OK && *n < room;
		rc = mc_query_next(&q, err))
		uids[(*n)++] = mc_column_u32(&q, 0);
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_remote_key(struct mc_archive *ar, int64_t mailbox, uint32_t uid,
	const struct mc_digest *key, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_REMOTE_KEY);
	mc_bind_digest(&q, key);
	mc_bind_int(&q, mailbox);
	mc_bind_int(&q, uid);
	return mc_query_run(&q, err);
}

/* ---- routes ---- */

/* Where a folder goes on a target. */
struct route {
	int64_t target;
	int64_t folder;
	int64_t mailbox;
	const char *rule;
};

/* moved: it went elsewhere before; MC_DONE: it stands as asked. */
static MC_RC compare_route(struct mc_archive *ar, const struct route *route,
	bool *moved, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*moved = false;
	mc_query_open(&q, ar, MC_SQL_ROUTE_GET);
	mc_bind_int(&q, route->target);
	mc_bind_int(&q, route->folder);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK) {
		const char *old = mc_column_text(&q, 1);

		*moved = mc_column_int(&q, 0) != route->mailbox;
		if (!*moved && old && strcmp(old, route->rule) == 0)
			rc = MC_DONE;
	} else if (rc == MC_DONE) {
		rc = MC_OK;
	}
	mc_query_close(&q);
	return rc;
}

MC_RC mc_route_get(struct mc_archive *ar, int64_t target, int64_t folder,
	struct mc_buf *out, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_buf_clear(out);
	mc_query_open(&q, ar, MC_SQL_ROUTE_MAILBOX);
	mc_bind_int(&q, target);
	mc_bind_int(&q, folder);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK) {
		const char *name = mc_column_text(&q, 0);

		rc = mc_buf_put(out, mc_span_str(name), err);
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC put_route(
	struct mc_archive *ar, struct route *route, struct mc_error *err)
{
	struct mc_query q;
	bool moved = false;
	enum mc_rc rc = MC_OK;

	if (route->mailbox == 0)
		rc = put_nowhere(ar, route->target, &route->mailbox, err);
	if (rc == MC_OK)
		rc = compare_route(ar, route, &moved, err);
	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	mc_query_open(&q, ar, MC_SQL_ROUTE_SET);
	mc_bind_int(&q, route->target);
	mc_bind_int(&q, route->folder);
	mc_bind_int(&q, route->mailbox);
	mc_bind_text(&q, route->rule);
	rc = mc_query_run(&q, err);
	if (rc == MC_OK && moved)
		rc = mc_db_run_on(ar, MC_SQL_TARGET_STALE, route->target, err);
	return rc;
}

MC_RC mc_route_put(struct mc_archive *ar, int64_t target, int64_t folder,
	int64_t mailbox, const char *rule, struct mc_error *err)
{
	struct route route = { target, folder, mailbox, rule ? rule : "" };
	bool own;
	enum mc_rc rc = mc_batch_enter(ar, &own, err);

	if (rc < 0)
		return rc;
	rc = put_route(ar, &route, err);
	return mc_batch_leave(ar, own, rc, err);
}

/* ---- names that were refused ---- */

MC_RC mc_renamed_put(struct mc_archive *ar, int64_t target, const char *wanted,
	const char *given, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_RENAMED_PUT);
	mc_bind_int(&q, target);
	mc_bind_text(&q, wanted);
	mc_bind_text(&q, given);
	return mc_query_run(&q, err);
}

MC_RC mc_renamed_each(struct mc_archive *ar, int64_t target, mc_renamed_fn *fn,
	void *arg, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(
		&q, ar, target ? MC_SQL_RENAMED_EACH : MC_SQL_RENAMED_ALL);
	if (target)
		mc_bind_int(&q, target);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		const char *wanted = mc_column_text(&q, 0);
		const char *given = mc_column_text(&q, 1);

		rc = fn(arg, wanted ? wanted : "", given ? given : "", err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}
