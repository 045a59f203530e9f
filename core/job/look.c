/* SPDX-License-Identifier: MIT */
#include "job/look.h"

#include "job/identify.h"

/* What is seen is noted in bursts: the archive is not kept from others while
 * the server is waited for. */
enum { LOOK_BATCH = 500, FETCH_BATCH = 256 };

/* A message as it was seen. */
struct sight {
	uint32_t uid;
	int64_t octets;
	bool has_key;
	struct mc_digest key;
	char *message_id; /* or NULL */
	size_t message_id_n;
};

struct look {
	struct mc_fetch fetch;
	struct mc_archive *ar;
	struct mc_scan *scan;
	struct mc_identified id;
	int64_t mailbox;
	uint32_t uid; /* being fetched, or the last seen */
	struct sight sights[LOOK_BATCH];
	size_t n;
};

static void forget(struct look *look)
{
	for (size_t i = 0; i < look->n; i++)
		free(look->sights[i].message_id);
	look->n = 0;
}

static MC_RC end_batch(
	struct mc_archive *ar, enum mc_rc rc, struct mc_error *err)
{
	if (rc >= 0)
		return mc_archive_commit(ar, err);
	mc_archive_rollback(ar);
	return rc;
}

static MC_RC put_sights(struct look *look, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < look->n; i++) {
		const struct sight *sight = &look->sights[i];
		struct mc_remote remote = { .mailbox = look->mailbox,
			.uid = sight->uid,
			.octets = sight->octets,
			.key = sight->has_key ? &sight->key : NULL,
			.message_id = {
				sight->message_id, sight->message_id_n } };

		rc = mc_remote_put(look->ar, &remote, err);
	}
	return rc;
}

/* All below `looked` is known then. */
static MC_RC note_sights(
	struct look *look, uint32_t looked, struct mc_error *err)
{
	enum mc_rc rc = mc_archive_begin(look->ar, err);

	if (rc < 0)
		return rc;
	rc = put_sights(look, err);
	if (rc == MC_OK)
		rc = mc_mailbox_looked(look->ar, look->mailbox, looked, err);
	forget(look);
	return end_batch(look->ar, rc, err);
}

static MC_RC remember(struct look *look, const struct mc_seen *seen,
	const struct mc_facts *facts, struct mc_error *err)
{
	struct sight *sight = &look->sights[look->n];

	*sight = (struct sight){ .uid = seen->uid, .octets = seen->octets };
	if (facts->message_id.n > 0) {
		sight->has_key = true;
		sight->key = look->id.key;
		sight->message_id_n = facts->message_id.n;
		if (mc_strdup(&sight->message_id, facts->message_id, err) < 0)
			return err->rc;
	}
	look->n++;
	return MC_OK;
}

static MC_RC on_seen(
	void *arg, const struct mc_seen *seen, struct mc_error *err)
{
	struct look *look = arg;
	struct mc_facts facts;
	enum mc_rc rc;

	look->uid = seen->uid;
	/* The next EXPUNGE takes it: it answers for nothing. */
	if (seen->flags & MC_DELETED)
		return MC_OK;
	rc = mc_identify_octets(
		&look->id, look->scan, seen->header, &facts, err);
	if (rc == MC_OK)
		rc = remember(look, seen, &facts, err);
	if (rc < 0 || look->n < LOOK_BATCH)
		return rc;
	return note_sights(look, seen->uid + 1, err);
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
	struct sight *sight = &look->sights[look->n];
	struct mc_facts facts;
	enum mc_rc rc = mc_scan_end(look->scan, &facts, err);

	if (rc == MC_OK)
		rc = mc_identify(&look->id, &facts, err);
	if (rc < 0)
		return rc;
	*sight = (struct sight){ .uid = look->uid, .key = look->id.key };
	look->n++;
	return MC_OK;
}

static MC_RC note_keys(struct look *look, struct mc_error *err)
{
	enum mc_rc rc = mc_archive_begin(look->ar, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == MC_OK && i < look->n; i++)
		rc = mc_remote_key(look->ar, look->mailbox, look->sights[i].uid,
			&look->sights[i].key, err);
	forget(look);
	return end_batch(look->ar, rc, err);
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
		if (rc == MC_OK)
			rc = note_keys(look, err);
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
	/* Nothing is between the last one and UIDNEXT. */
	if (row->looked < state->uidnext)
		row->looked = state->uidnext;
	rc = note_sights(look, row->looked, err);
	return rc == MC_OK ? fetch_unkeyed(look, target, err) : rc;
}

MC_RC mc_look(struct mc_archive *ar, struct mc_target *target,
	struct mc_mailbox_row *row, const struct mc_mailbox_state *state,
	struct mc_matched *matched, struct mc_error *err)
{
	struct look *look = calloc(1, sizeof(*look));
	enum mc_rc rc;

	if (!look)
		return mc_fail_memory(err);
	look->fetch = (struct mc_fetch){ fetch_begin, fetch_bytes, fetch_end };
	look->ar = ar;
	look->mailbox = row->id;
	mc_identified_init(&look->id);
	rc = mc_scan_new(&look->scan, err);
	if (rc == MC_OK)
		rc = look_at(look, target, row, state, err);
	if (rc == MC_OK)
		rc = mc_placements_match(ar, row->id, matched, err);
	mc_scan_free(look->scan);
	mc_identified_dispose(&look->id);
	forget(look);
	free(look);
	return rc;
}
