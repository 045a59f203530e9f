/* SPDX-License-Identifier: MIT
 * export_quote: lines "From " of a message made harmless in an mbox.  A stage
 * that hands on to the next sink. */
#ifndef MC_TARGET_EXPORT_QUOTE_H
#define MC_TARGET_EXPORT_QUOTE_H

#include "msg/scan.h"

enum mc_export_quoting {
	MC_EXPORT_QUOTE_RD,   /* one '>' before each ^>*From_ */
	MC_EXPORT_QUOTE_O,    /* one '>' before each ^From_ */
	MC_EXPORT_QUOTE_AS,   /* one '>' before each ^>*From_ but those that
			       * are excepted: as records 'Q' of msg/dress.h */
	MC_EXPORT_QUOTE_NONE, /* as they are */
};

struct mc_export_quote {
	struct mc_sink sink;
	struct mc_sink *to;
	enum mc_export_quoting how;
	char eol;              /* the octet that ends lines */
	struct mc_span except; /* varints: ordinals of lines, ascending */
	uint64_t exception;    /* the next of them */
	uint64_t ordinal;      /* lines ^>*From_ so far */
	bool inside;           /* of a line, of which enough was seen */
	size_t marks;          /* '>' at the line's start */
	size_t letters;        /* of "From " behind them */
	int64_t doubtful;      /* O: lines ">From " that were not quoted */
};

void mc_export_quote_begin(struct mc_export_quote *quote,
	enum mc_export_quoting how, struct mc_sink *to);
/* A record 'Q' and the octet that ends lines in that file. */
void mc_export_quote_as(
	struct mc_export_quote *quote, struct mc_span record, char eol);
MC_RC mc_export_quote_end(struct mc_export_quote *quote, struct mc_error *err);

#endif
