/* SPDX-License-Identifier: MIT
 * header: knows the lines of a header that matter to us: those a local store
 * added, and those that facts are taken from.  Inside of msg/ only. */
#ifndef MC_MSG_HEADER_H
#define MC_MSG_HEADER_H

#include "msg/scan.h"

/* Fields whose value is kept as it stands, the first of each name. */
enum mc_header_kept {
	MC_HEADER_FROM,
	MC_HEADER_DATE,
	MC_HEADER_SUBJECT,
	MC_HEADER_TO,
	MC_HEADER_CC,
	MC_HEADER_ID,      /* not normalised */
	MC_HEADER_VARIANT, /* those above make the variant digest, in order */
	MC_HEADER_RECEIVED = MC_HEADER_VARIANT, /* its date alone */
	MC_HEADER_LABELS,
	MC_HEADER_N,
};

/* The longest field name of ours is 17 octets; so many are looked at. */
enum { MC_HEADER_LOOK = 64 };

struct mc_field_kind;

struct mc_header {
	enum mc_store store;
	bool top;     /* nothing but From_ lines was seen so far */
	bool removed; /* the field being read is the store's */
	bool cut;     /* something was too long to be kept */
	const struct mc_field_kind *kind; /* of the field read, or NULL */
	struct mc_buf field;              /* its value so far, unfolded */
	size_t total;                     /* octets kept of all fields */
	bool have[MC_HEADER_N];
	struct mc_buf kept[MC_HEADER_N];
	struct mc_buf id; /* normalised; len 0: none */
	struct mc_buf aliases;
	struct mc_buf keywords;
	uint32_t flags;
	/* Of all other lines that are no trace, up to the first field that makes
	 * the variant: what tells messages apart that have none of those. */
	struct mc_hash rest;
	bool has_rest;
	bool in_rest; /* the line being read is one */
};

void mc_header_init(struct mc_header *header);
void mc_header_dispose(struct mc_header *header);
void mc_header_begin(struct mc_header *header, enum mc_store store);

/* Whether these octets, the first of a line, tell what line it is. */
bool mc_header_enough(struct mc_span start);
/* A line begins; start: all of it, or enough.  *removed: it is the store's.
 * Fails: ELIMIT scope RUN (memory), as the others. */
MC_RC mc_header_line(struct mc_header *header, struct mc_span start,
	bool *removed, struct mc_error *err);
/* More of the same line. */
MC_RC mc_header_more(
	struct mc_header *header, struct mc_span text, struct mc_error *err);
/* The header is over. */
MC_RC mc_header_end(struct mc_header *header, struct mc_error *err);

struct mc_span mc_header_value(
	const struct mc_header *header, enum mc_header_kept which);

#endif
