/* SPDX-License-Identifier: MIT */
#include "job/look.h"

#include "base/limits.h"
#include "job/identify.h"

/* A commit after so many messages seen keeps the journal small. */
enum { LOOK_BATCH = 5000, FETCH_BATCH = 256 };

struct look {
	struct mc_fetch fetch;
	struct mc_archive *ar;
	struct mc_scan *scan;
	struct mc_identified id;
	int64_t mailbox;
	uint32_t uid;  /* being fetched, or the last seen */
	int64_t count; /* since the last commit */
};

static MC_RC on_seen(
	void *arg, const struct mc_seen *seen, struct mc_error *err)
{
	struct look *look = arg;
	struct mc_facts facts;
	struct mc_remote remote = { .mailbox = look->mailbox,
		.uid = seen->uid,
		.octets = seen->octets };
	enum mc_rc rc;

	look->uid = seen->uid;
	/* The next EXPUNGE takes it: it answers for nothing. */
	if (seen->flags & MC_DELETED)
		return MC_OK;
	rc = mc_identify_octets(
		&look->id, look->scan, seen->header, &facts, err);
	if (rc != MC_OK)
		return rc;
	remote.message_id = facts.message_id;
	if (facts.message_id.n > 0)
		remote.key = &look->id.key;
	rc = mc_remote_put(look->ar, &remote, err);
	if (rc < 0 || ++look->count < LOOK_BATCH)
		return rc;
	look->count = 0;
	rc = mc_mailbox_looked(look->ar, look->mailbox, seen->uid + 1, err);
	if (rc == MC_OK)
		rc = mc_archive_commit(look->ar, err);
	return rc == MC_OK ? mc_archive_begin(look->ar, err) : rc;
}

static struct look *look_of(struct mc_fetch *fetch)
{
	return (struct look *)(void *)fetch;
}

static MC_RC fetch_begin(struct mc_fetch *fetch, const struct mc_seen *seen,
	struct mc_error *err)
{
	look_of(fetch)->uid = seen->uid;
	return mc_scan_begin(look_of(fetch)->scan, MC_STORE_WIRE, NULL, err);
}

static MC_RC fetch_bytes(
	struct mc_fetch *fetch, struct mc_span bytes, struct mc_error *err)
{
	return mc_scan_bytes(look_of(fetch)->scan, bytes, err);
}

static MC_RC fetch_end(struct mc_fetch *fetch, struct mc_error *err)
{
	struct look *look = look_of(fetch);
	struct mc_facts facts;
	enum mc_rc rc = mc_scan_end(look->scan, &facts, err);

	if (rc == MC_OK)
		rc = mc_identify(&look->id, &facts, err);
	if (rc == MC_OK)
		rc = mc_remote_key(
			look->ar, look->mailbox, look->uid, &look->id.key, err);
	return rc;
}

/* Messages that only their content identifies. */
static MC_RC fetch_unkeyed(
	struct look *look, struct mc_target *target, struct mc_error *err)
{
	uint32_t uids[FETCH_BATCH];
	uint32_t after = 0;
	size_t n = FETCH_BATCH;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && n > 0) {
		n = FETCH_BATCH;
		rc = mc_remote_unkeyed(
			look->ar, look->mailbox, after, uids, &n, err);
		if (rc < 0 || n == 0)
			break;
		after = uids[n - 1];
		rc = mc_target_fetch(target, uids, n, &look->fetch, err);
	}
	return rc;
}

static MC_RC look_at(struct look *look, struct mc_target *target,
	struct mc_mailbox_row *row, const struct mc_mailbox_state *state,
	struct mc_error *err)
{
	uint32_t from = row->looked ? row->looked : 1;
	enum mc_rc rc = MC_OK;

	look->uid = from - 1;
	if (state->exists > 0 && (!state->uidnext || state->uidnext > from))
		rc = mc_target_look(target, from, on_seen, look, err);
	if (rc < 0)
		return rc;
	row->looked = look->uid + 1;
	rc = mc_mailbox_looked(look->ar, look->mailbox, row->looked, err);
	return rc == MC_OK ? fetch_unkeyed(look, target, err) : rc;
}

MC_RC mc_look(struct mc_archive *ar, struct mc_target *target,
	struct mc_mailbox_row *row, const struct mc_mailbox_state *state,
	int64_t *found, struct mc_error *err)
{
	struct look look = { .fetch = { fetch_begin, fetch_bytes, fetch_end },
		.ar = ar,
		.mailbox = row->id };
	enum mc_rc rc;

	mc_identified_init(&look.id);
	rc = mc_scan_new(&look.scan, err);
	if (rc == MC_OK)
		rc = mc_archive_begin(ar, err);
	if (rc == MC_OK)
		rc = look_at(&look, target, row, state, err);
	if (rc == MC_OK)
		rc = mc_placements_match(ar, row->id, found, err);
	if (rc == MC_OK)
		rc = mc_archive_commit(ar, err);
	else
		mc_archive_rollback(ar);
	mc_scan_free(look.scan);
	mc_identified_dispose(&look.id);
	return rc;
}
