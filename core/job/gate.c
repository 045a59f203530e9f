/* SPDX-License-Identifier: MIT */
#include "job/gate.h"

#include "archive/ledger.h"
#include "base/clock.h"
#include "job/select.h"
#include "job/show.h"

/* By the date that the message has everywhere else in mailcart: of a POP3
 * account its newest Received, which a server wrote; without one its Date. */
static bool is_dated(const struct mc_tenant *tenant)
{
	return tenant->time != MC_NO_TIME && tenant->rank < MC_DATE_FILE;
}

static bool is_old(const struct mc_gate *gate, const struct mc_tenant *tenant)
{
	int64_t age = gate->req->delete_after * MC_DAY;

	return tenant->time <= gate->now - age;
}

MC_RC mc_gate_check_clock(struct mc_gate *gate, struct mc_error *err)
{
	int64_t days = gate->req->delete_after;
	enum mc_rc rc;

	if (days == 0)
		return MC_OK;
	rc = mc_tenant_newest(
		gate->file, MC_DATE_FILE, gate->now, &gate->newest, err);
	if (days < MC_GATE_QUIET)
		days = MC_GATE_QUIET;
	gate->clock_odd =
		rc == MC_OK && gate->newest < gate->now - days * MC_DAY;
	return rc;
}

/* Where a message must be on the target, and where it surely is. */
struct places {
	const struct mc_gate *gate;
	int64_t wanted;
	int64_t proved;
};

static MC_RC count_place(
	void *arg, int64_t placement, int state, struct mc_error *err)
{
	struct places *p = arg;
	bool there = state == MC_SENT || state == MC_PRESENT;

	(void)err;
	p->wanted++;
	if (placement != 0 && there &&
		(!p->gate->proof || mc_proof_find(p->gate->proof, placement)))
		p->proved++;
	return MC_OK;
}

static MC_RC is_there(const struct mc_gate *gate, int64_t sighting, bool *there,
	struct mc_error *err)
{
	struct places places = { .gate = gate };
	enum mc_rc rc = mc_tenant_places(
		gate->file, gate->target, sighting, count_place, &places, err);

	*there = places.wanted > 0 && places.proved == places.wanted;
	return rc;
}

/* Bits that flip are no ground to remove anything on, though they could be put
 * right this time: nothing goes from then on. */
static bool is_failing(const struct mc_gate *gate)
{
	return mc_archive_mended(gate->file) > 0;
}

/* MC_DONE: *why.  Of several reasons the first. */
static MC_RC look_at(const struct mc_gate *gate, const struct mc_item *item,
	const struct mc_tenant *tenant, enum mc_kept *why, struct mc_error *err)
{
	const struct mc_request *req = gate->req;
	enum mc_skip_rule rule;
	bool there = true;
	enum mc_rc rc = MC_OK;

	if (tenant->several)
		*why = MC_KEPT_UNNAMED;
	else if (tenant->sighting == 0 || tenant->listed_octets != item->octets)
		*why = MC_KEPT_NEW;
	else if (gate->folder_skipped ||
		 mc_select_skips(
			 &req->select, tenant->raw_octets, tenant->time, &rule))
		*why = MC_KEPT_RULE;
	else if (req->delete_after > 0 && !is_dated(tenant))
		*why = MC_KEPT_UNDATED;
	else if (req->delete_after > 0 && !is_old(gate, tenant))
		*why = MC_KEPT_YOUNG;
	else if (gate->clock_odd)
		*why = MC_KEPT_CLOCK;
	else if (is_failing(gate))
		*why = MC_KEPT_DAMAGED;
	else {
		*why = MC_KEPT_UNPROVED;
		if (req->target)
			rc = is_there(gate, tenant->sighting, &there, err);
		return rc == MC_OK && !there ? MC_DONE : rc;
	}
	return MC_DONE;
}

MC_RC mc_gate_ask(const struct mc_gate *gate, const struct mc_item *item,
	struct mc_tenant *tenant, enum mc_kept *why, struct mc_error *err)
{
	enum mc_rc rc;

	*tenant = (struct mc_tenant){ .state = MC_DEPARTURE_NONE };
	*why = MC_KEPT_UNNAMED;
	if (!item->key[0] || item->octets < 0)
		return MC_DONE;
	rc = mc_tenant_get(gate->file, gate->folder, item->key, tenant, err);
	return rc == MC_OK ? look_at(gate, item, tenant, why, err) : rc;
}

MC_RC mc_gate_reread(const struct mc_gate *gate, const struct mc_tenant *tenant,
	struct mc_error *why, struct mc_error *err)
{
	struct mc_hash_sink hs;
	struct mc_digest digest;
	enum mc_rc rc;

	mc_hash_sink_init(&hs);
	rc = mc_show_raw(
		gate->file, tenant->sighting, tenant->body, &hs.sink, err);
	digest = mc_hash_end(&hs.hash);
	if (rc < 0 && err->scope != MC_MESSAGE)
		return rc;
	if (rc < 0)
		*why = *err;
	else if (is_failing(gate))
		(void)mc_fail(why, MC_EDB, MC_MESSAGE, 0,
			"damaged: a bit of the archive's file has flipped; it "
			"could be put right this time");
	else if (hs.octets == tenant->raw_octets &&
		 mc_digest_eq(&digest, &tenant->raw_sha256))
		return MC_OK;
	else
		(void)mc_fail(why, MC_EDB, MC_MESSAGE, 0,
			"what is stored has another SHA-256 than it came with");
	return MC_DONE;
}
