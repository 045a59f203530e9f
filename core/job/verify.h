/* SPDX-License-Identifier: MIT
 * verify: the archive against itself, the server against the archive. */
#ifndef MC_JOB_VERIFY_H
#define MC_JOB_VERIFY_H

#include "archive/archive.h"
#include "job/job.h"
#include "job/proof.h"
#include "target/target.h"

/* Re-reads every body and compares digests; rebuilds the raw octets of every
 * sighting whose source held others, and compares those. */
MC_RC mc_verify_archive(struct mc_archive *ar, const struct mc_request *req,
	struct mc_verify_report *report, struct mc_error *err);

/* Compares every message that should be on req->target with what is there:
 * UID, size and identity; with req->deep every octet. */
MC_RC mc_verify_target(struct mc_archive *ar, const struct mc_request *req,
	struct mc_verify_report *report, struct mc_error *err);

/* Of those only what no such run has found there since it was sent, and notes
 * what it finds.  target: open, taken over; NULL: connects if there is need.
 * proof: also what the sources of req have still and could remove; gets those
 * of which every octet was compared (req->deep) and that are not marked as
 * deleted there; or NULL. */
MC_RC mc_verify_target_fresh(struct mc_archive *ar,
	const struct mc_request *req, struct mc_target *target,
	struct mc_verify_report *report, struct mc_proof *proof,
	struct mc_error *err);

/* Right after mail was delivered: what the ledger says was sent to the mailbox
 * that is selected, under these UIDs, and was not verified yet.  Notes what it
 * finds; what it does not is left to the look at all. */
struct mc_delivered {
	struct mc_archive *ar; /* outside a batch */
	struct mc_target *target;
	const struct mc_request *req;
	int64_t mailbox; /* row */
	const char *name;
	uint32_t uidvalidity; /* as selected */
	/* Is shown each message that is looked at; or NULL. */
	mc_seen_fn *seen;
	void *arg;
};
MC_RC mc_verify_delivered(const struct mc_delivered *delivered,
	struct mc_verify_report *report, struct mc_error *err);

#endif
