/* SPDX-License-Identifier: MIT
 * removing: one source of which mail is removed.
 *
 *   remove.c    sources, and sessions: open, remove, close, try again
 *   removing.c  what a session is told of each message, and what is noted of it
 *   gate.c      which message may go
 *
 * Private to remove.c and removing.c. */
#ifndef MC_JOB_REMOVING_H
#define MC_JOB_REMOVING_H

#include "job/canary.h"
#include "job/gate.h"
#include "job/pacer.h"
#include "job/show.h"

/* Messages of one source that something was wrong with.  More, and the rest is
 * left alone: each of them was fetched for nothing. */
enum { MC_TROUBLES_MAX = 1000 };

struct mc_trouble {
	int64_t sighting;
	enum mc_kept why;
};

/* One source on its way. */
struct mc_removing {
	struct mc_remover rm;
	struct mc_archive *ar; /* notes; gate.file is what is read */
	struct mc_gate gate;
	const struct mc_request *req;
	const struct mc_source_ops *ops;
	struct mc_remove_report counts; /* of this source */
	char *account;                  /* its name in the archive */
	int64_t source;
	int64_t run; /* 0: nothing was noted yet */
	bool warned;

	/* The first one that goes goes alone: is it on the target still? */
	struct mc_canary canary;
	bool alone;
	bool let_go; /* in this session: it */
	bool cut;    /* the session before: what it asked for may stay */

	struct mc_trouble troubles[MC_TROUBLES_MAX]; /* of all sessions */
	size_t troubles_n;

	/* Of the session: sightings that were noted as asked for. */
	int64_t *leaving;
	size_t leaving_n;
	size_t leaving_cap;

	/* The message that is being fetched. */
	struct mc_tenant now;
	struct mc_hash_sink octets;
};

/* A session's side of it; rm is the first member. */
extern const struct mc_remover mc_removing_remover;

/* Opens a batch if none is; commits one that is.  Fails: EDB EIO, scope RUN. */
MC_RC mc_removing_batch(struct mc_removing *r, struct mc_error *err);
MC_RC mc_removing_commit(struct mc_removing *r, struct mc_error *err);

#endif
