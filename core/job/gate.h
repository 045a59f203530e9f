/* SPDX-License-Identifier: MIT
 * gate: which message may be removed at its source.
 *
 * Only one that the archive holds under the very UIDL and size that the source
 * lists, once; that no rule leaves out; that is old enough; that was fetched
 * back from the target octet for octet in this run, if there is a target; and
 * that can be read again from the archive's file, to the digest with which it
 * came.  Changes nothing, asks no server.
 */
#ifndef MC_JOB_GATE_H
#define MC_JOB_GATE_H

#include "archive/departure.h"
#include "job/job.h"
#include "job/proof.h"
#include "source/source.h"

struct mc_gate {
	const struct mc_request *req;
	struct mc_archive *file;      /* opened behind mc_archive_settle() */
	const struct mc_proof *proof; /* NULL: what the ledger says will do */
	int64_t target;               /* row of the ledger; if there is one */
	int64_t folder;
	bool folder_skipped; /* by a rule */
	int64_t now;
	int64_t newest; /* mail that the archive knows; MC_NO_TIME: none */
	bool clock_odd; /* nothing goes by its age */
};

/* With file, req and now.  A clock that is ahead makes all mail old, so it is
 * believed only if there is mail that a server has dated no longer ago than
 * --delete-after and MC_GATE_QUIET say. */
enum { MC_GATE_QUIET = 90 }; /* days */
MC_RC mc_gate_check_clock(struct mc_gate *gate, struct mc_error *err);

/* MC_OK: it may go as far as is known without its octets.  MC_DONE: it stays,
 * *why.  tenant: what the archive knows of it. */
MC_RC mc_gate_ask(const struct mc_gate *gate, const struct mc_item *item,
	struct mc_tenant *tenant, enum mc_kept *why, struct mc_error *err);

/* Reads it from the file.  MC_DONE: what is there is not what came; *why is
 * then filled. */
MC_RC mc_gate_reread(const struct mc_gate *gate, const struct mc_tenant *tenant,
	struct mc_error *why, struct mc_error *err);

#endif
