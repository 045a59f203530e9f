/* SPDX-License-Identifier: MIT
 * trial: does the server keep what comes with a message: its date, its flags?
 *
 * One message is fetched back that had them, once a run: the first that was
 * sent, and the first that was sent with \Flagged, which Exchange loses. */
#ifndef MC_JOB_TRIAL_H
#define MC_JOB_TRIAL_H

#include "job/convoy.h"

struct mc_trial {
	const struct mc_delivery *d;
	struct mc_sample dated;   /* uid 0: its date is not asked for */
	struct mc_sample flagged; /* likewise, flags: those to be tried */
	bool date_ignored;
	uint32_t lost; /* flags */
};

/* What is to be tried of those that were sent. */
void mc_trial_begin(struct mc_trial *trial, const struct mc_delivery *delivery,
	const struct mc_convoy_end *end);
bool mc_trial_is_due(const struct mc_trial *trial);
/* A mc_seen_fn: arg is the trial.  Whoever looks at what was sent shows it. */
MC_RC mc_trial_see(void *arg, const struct mc_seen *seen, struct mc_error *err);
/* Fetches what was not shown.  What a date that is ignored means is told; flags
 * that were lost are owing from then on: to what was sent to this mailbox under
 * UIDs from `first` on.  Fails: scope SESSION, RUN. */
MC_RC mc_trial_end(struct mc_trial *trial, int64_t mailbox, uint32_t first,
	struct mc_error *err);

#endif
