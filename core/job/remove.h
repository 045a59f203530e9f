/* SPDX-License-Identifier: MIT
 * remove: mail that is safe elsewhere is removed at its source, if the request
 * says so.  gate.h says what may go. */
#ifndef MC_JOB_REMOVE_H
#define MC_JOB_REMOVE_H

#include "archive/archive.h"
#include "job/job.h"
#include "job/proof.h"

/* Can every source of req remove mail?  Fails: EUSAGE, scope RUN. */
MC_RC mc_remove_check(const struct mc_request *req, struct mc_error *err);

/* Behind the pull, and with a target behind the verification that filled proof
 * (NULL: a dry run, for which the ledger's word will do).  ar: NULL if there is
 * no archive (a dry run).  One source that fails keeps no other back.
 * Fails: as a source's remove(); EIO, EDB. */
MC_RC mc_remove_sources(struct mc_archive *ar, const struct mc_request *req,
	struct mc_proof *proof, struct mc_remove_report *report,
	struct mc_error *err);

#endif
