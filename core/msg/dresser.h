/* SPDX-License-Identifier: MIT
 * dresser: makes a dress (msg/dress.h) while a message is scanned.
 * Inside of msg/ only. */
#ifndef MC_MSG_DRESSER_H
#define MC_MSG_DRESSER_H

#include "msg/dress.h"
#include "msg/eol.h"

struct mc_dresser {
	enum mc_eol_kind end;  /* of the run of lines being counted */
	uint64_t lines;        /* in it */
	struct mc_buf runs;    /* payload of 'L': the runs before */
	struct mc_buf inserts; /* records 'I' */
	struct mc_buf insert;  /* removed octets that stand together */
	uint64_t insert_at;    /* and their offset in canonical */
	struct mc_buf dress;
};

void mc_dresser_init(struct mc_dresser *dresser);
void mc_dresser_dispose(struct mc_dresser *dresser);
void mc_dresser_begin(struct mc_dresser *dresser);

/* Lines of canonical are over.  Fails: ELIMIT, as the others. */
MC_RC mc_dresser_lines(struct mc_dresser *dresser, enum mc_eol_kind end,
	uint64_t lines, struct mc_error *err);
/* Octets of raw that canonical lacks at this offset. */
MC_RC mc_dresser_insert(struct mc_dresser *dresser, uint64_t at,
	struct mc_span octets, struct mc_error *err);
/* *out is borrowed until the next begin. */
MC_RC mc_dresser_end(
	struct mc_dresser *dresser, struct mc_span *out, struct mc_error *err);

#endif
