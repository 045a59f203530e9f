/* SPDX-License-Identifier: MIT
 * cargo: what goes from thread to thread while a source is read (intake.h). */
#ifndef MC_JOB_CARGO_H
#define MC_JOB_CARGO_H

#include "archive/pack.h"
#include "job/queue.h"
#include "source/source.h"

struct mc_land;

enum mc_cargo_kind {
	MC_CARGO_PORTION, /* reader to scanner, scanner to packer */
	MC_CARGO_CRATE,   /* packer to writer */
	MC_CARGO_PARCEL,  /* packer to writer, behind its crates */
	MC_CARGO_ERRAND,  /* reader to writer */
	MC_CARGO_SYNC,    /* reader to writer */
};

/* Embed as first member. */
struct mc_cargo {
	struct mc_load load;
	enum mc_cargo_kind kind;
};

/* An item that outlives the call in which its source told it. */
struct mc_kept_item {
	struct mc_item item;
	size_t octets; /* of memory */
	char memory[];
};
/* Yours to free().  Fails: ELIMIT (memory), scope RUN. */
MC_RC mc_item_keep(struct mc_kept_item **out, const struct mc_item *item,
	struct mc_error *err);

enum mc_parcel_state {
	MC_PARCEL_WHOLE,
	MC_PARCEL_FAILED,  /* it cannot be kept: why */
	MC_PARCEL_DROPPED, /* the session ended within it: as if never begun */
};

/* A message that has come to its end, and what was worked out of it. */
struct mc_parcel {
	struct mc_cargo cargo;
	enum mc_parcel_state state;
	struct mc_error why;
	struct mc_kept_item *item; /* NULL: DROPPED */

	/* Of what is whole; spans and strings are in text. */
	struct mc_facts facts; /* header fields but message_id and aliases are
				* gone, and so is the dress */
	struct mc_digest key;  /* of the logical message */
	struct mc_date when;   /* INTERNALDATE */
	int64_t date;          /* of the Date field */
	const char *from;
	const char *subject;
	bool has_labels; /* a field with labels was there */
	struct mc_words labels;
	struct mc_words keywords;
	struct mc_span dress;
	bool in_place;         /* lines that its store changes in place */
	struct mc_piece alone; /* the body, if it is one piece; octets 0: no */
	char *text;
	char *body; /* alone.data is here */
};

/* Octets of a message, raw and later canonical. */
struct mc_portion {
	struct mc_cargo cargo;
	bool first;             /* the message begins */
	enum mc_store store;    /* if first and raw */
	struct mc_parcel *last; /* the message ends; NULL: it goes on */
	size_t n;
	size_t cap;
	char data[];
};

/* An empty one.  NULL: no memory. */
struct mc_portion *mc_portion_new(size_t cap);

/* A piece of a body of several. */
struct mc_crate {
	struct mc_cargo cargo;
	struct mc_piece piece; /* points to what follows */
	char data[];
};

/* Something for the writer to do between messages, with what it needs behind
 * this.  Embed as first member. */
struct mc_errand {
	struct mc_cargo cargo;
	MC_RC (*run)(struct mc_errand *errand, struct mc_land *land,
		struct mc_error *err);
	struct mc_kept_item *item; /* that it is about, or NULL */
	size_t octets;             /* of what is behind this */
};

/* Each of them, and what belongs to it. */
void mc_cargo_free(struct mc_cargo *cargo);

#endif
