/* SPDX-License-Identifier: MIT
 * pacer: what goes one way is held to so many octets and messages, all
 * connections of a run together.
 *
 * What is given for a second or a minute is spread evenly.  What is given for an
 * hour or a day may go as fast as it can, until so much has gone within the last
 * one; the archive remembers it over runs. */
#ifndef MC_JOB_PACER_H
#define MC_JOB_PACER_H

#include <pthread.h>

#include "archive/archive.h"
#include "job/job.h"

struct mc_pacer {
	struct mc_pace octets; /* spread evenly; amount 0: no limit */
	struct mc_pace messages;
	struct mc_pace_rate octets_window; /* of the last hour or day */
	struct mc_pace_rate messages_window;
	pthread_mutex_t lock; /* all below, and octets and messages */
	int64_t octets_gone;  /* and not noted yet */
	int64_t messages_gone;
	int64_t octets_all; /* in this run */
	int64_t messages_all;
	int64_t noted_ms;
	bool noted;
};

/* Of a request; see job.h. */
struct mc_paces {
	struct mc_pacer in;  /* from servers */
	struct mc_pacer out; /* to the target */
};
static inline struct mc_pacer *mc_pace_in(const struct mc_request *req)
{
	return req->paces ? &req->paces->in : NULL;
}
static inline struct mc_pacer *mc_pace_out(const struct mc_request *req)
{
	return req->paces ? &req->paces->out : NULL;
}

/* So much has gone: waits until more may, or the user wants no more.  pacer may
 * be NULL. */
void mc_pacer_octets(
	struct mc_pacer *pacer, int64_t n, const struct mc_monitor *mon);
void mc_pacer_messages(
	struct mc_pacer *pacer, int64_t n, const struct mc_monitor *mon);
/* Messages and octets that may go in one batch; INT64_MAX: any number. */
int64_t mc_pacer_batch(const struct mc_pacer *pacer);
int64_t mc_pacer_batch_octets(const struct mc_pacer *pacer);

/* Whose account it is that is written in the archive, and how many messages are
 * still to go, for the time that is told. */
struct mc_pacer_line {
	struct mc_archive *ar; /* nothing of it is open */
	const char *account;
	int64_t left; /* -1: not known */
	const struct mc_monitor *mon;
};

/* Is it time to note what has gone?  (Where nothing is to be remembered: never.)
 */
bool mc_pacer_is_due(struct mc_pacer *pacer);
/* Notes it, and waits while the hour or the day is used up.  Fails: EDB. */
MC_RC mc_pacer_settle(struct mc_pacer *pacer, const struct mc_pacer_line *line,
	struct mc_error *err);
/* Notes it only: at an end. */
MC_RC mc_pacer_note(struct mc_pacer *pacer, struct mc_archive *ar,
	const char *account, struct mc_error *err);

#endif
