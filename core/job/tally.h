/* SPDX-License-Identifier: MIT
 * tally: the report of a push, which several connections add to. */
#ifndef MC_JOB_TALLY_H
#define MC_JOB_TALLY_H

#include <pthread.h>

#include "archive/ledger.h"
#include "job/job.h"
#include "job/sound.h"
#include "job/witness.h"
#include "target/target.h"

/* More of them than a user has quotas. */
enum { MC_FULL_MAX = 8 };

struct mc_push_tally {
	pthread_mutex_t lock; /* both below */
	struct mc_push_report *report;
	bool date_checked; /* INTERNALDATE was fetched back once */
	uint32_t tried;    /* flags that were fetched back once */
	uint32_t lost;     /* of these: the server had not kept them */
	struct mc_verify_report *verify; /* NULL: nothing is verified here */
	struct mc_sound *sound;          /* NULL: nobody asks */
	struct mc_witness *witness;      /* NULL: there is none */
	bool closed;                     /* a mailbox takes nothing more */
	bool misread;                    /* one understood nothing */
	bool took;       /* what was on its way in another session is there */
	int64_t changed; /* messages, to be sent again */
	int64_t bared;   /* messages whose mailbox does not keep all flags */
	char full[MC_FULL_MAX][MC_QUOTA_ROOT_TEXT]; /* roots of quotas */
	size_t full_n;
	const struct mc_monitor *mon;
};

void mc_push_tally_init(struct mc_push_tally *tally,
	struct mc_push_report *report, const struct mc_monitor *mon);
void mc_push_tally_dispose(struct mc_push_tally *tally);

/* What the ledger says. */
void mc_push_tally_set(
	struct mc_push_tally *tally, const struct mc_ledger_counts *counts);
/* So many more wait, about: what a rule leaves out is among them. */
void mc_push_tally_placed(struct mc_push_tally *tally, int64_t n);
/* One that waited has met its fate; each emits progress. */
void mc_push_tally_sent(
	struct mc_push_tally *tally, const char *mailbox, int64_t octets);
void mc_push_tally_refused(struct mc_push_tally *tally, const char *mailbox);
/* Flags or keywords of one were left out, since its mailbox keeps none like them;
 * and it is told of how many that is so since it was told before. */
void mc_push_tally_bared(struct mc_push_tally *tally);
void mc_push_tally_tell_bared(struct mc_push_tally *tally);
/* So many that waited were there already; of those, so many were on their way. */
void mc_push_tally_found(
	struct mc_push_tally *tally, int64_t n, int64_t on_their_way);
/* So many were on their way and are not there: they wait as before. */
void mc_push_tally_doubted(struct mc_push_tally *tally, int64_t n);
/* What was sent was seen there. */
void mc_push_tally_verified(
	struct mc_push_tally *tally, const struct mc_verify_report *found);
/* A mailbox takes nothing more; and did any say so?  for_good: another run
 * will not find it otherwise. */
void mc_push_tally_closed(struct mc_push_tally *tally, bool for_good);
bool mc_push_tally_is_closed(struct mc_push_tally *tally);
/* A quota is full; and is that one, or (NULL) is any? */
void mc_push_tally_full(struct mc_push_tally *tally, const char *root);
bool mc_push_tally_is_full(struct mc_push_tally *tally, const char *root);
void mc_push_tally_created(struct mc_push_tally *tally, int64_t n);
/* So many connections sent at a time. */
void mc_push_tally_connections(struct mc_push_tally *tally, int64_t n);
/* A message is changed to be sent again. */
void mc_push_tally_changed(struct mc_push_tally *tally);
/* Sent, refused and changed in this run. */
int64_t mc_push_tally_progress(struct mc_push_tally *tally);

/* Has any message been sent in this run?  Or in any? */
bool mc_push_tally_sends(struct mc_push_tally *tally);
bool mc_push_tally_ever_sent(struct mc_push_tally *tally);
/* A mailbox understood nothing; and did any, and was nothing sent in this run? */
void mc_push_tally_misread(struct mc_push_tally *tally);
bool mc_push_tally_is_misread(struct mc_push_tally *tally);
/* How many wait. */
int64_t mc_push_tally_waiting(struct mc_push_tally *tally);

/* True to the first who asks. */
bool mc_push_tally_date(struct mc_push_tally *tally);
void mc_push_tally_date_ignored(struct mc_push_tally *tally);
/* Flags that were sent with a message and fetched back; lost: of these. */
void mc_push_tally_tried(
	struct mc_push_tally *tally, uint32_t flags, uint32_t lost);
/* Those of flags of which that was never done; and those that were lost. */
uint32_t mc_push_tally_untried(struct mc_push_tally *tally, uint32_t flags);
uint32_t mc_push_tally_lost(struct mc_push_tally *tally);

#endif
