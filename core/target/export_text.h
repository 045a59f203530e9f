/* SPDX-License-Identifier: MIT
 * export_text: canonical octets as a local store wants them.  Two stages that
 * hand on to the next sink:
 *
 *   strip  canonical -> canonical without the header lines that the store has
 *          for itself, and with ours at the header's end
 *   lf     CRLF -> LF; but where a line's text ends in CR it keeps CRLF, so
 *          that the CR is not lost when it is read
 */
#ifndef MC_TARGET_EXPORT_TEXT_H
#define MC_TARGET_EXPORT_TEXT_H

#include "msg/scan.h"
#include "msg/store.h"

struct mc_export_strip {
	struct mc_sink sink;
	struct mc_sink *to;
	enum mc_store store;
	struct mc_span ours; /* lines with CRLF, for the header's end */
	bool body;           /* the header's blank line has passed */
	bool in_line;        /* it is known what line this is */
	bool removed;        /* the store's */
	size_t nstart;
	char start[MC_STORE_LOOK]; /* of a line not known yet */
	char last;                 /* octet handed on; 0: none was */
	int64_t lines;             /* removed */
};
void mc_export_strip_begin(struct mc_export_strip *strip, enum mc_store store,
	struct mc_span ours, struct mc_sink *to);
/* Nothing comes any more. */
MC_RC mc_export_strip_end(struct mc_export_strip *strip, struct mc_error *err);

struct mc_export_lf {
	struct mc_sink sink;
	struct mc_sink *to;
	bool held; /* a CR: does LF follow? */
	char last; /* octet of the line handed on; 0: none was */
};
void mc_export_lf_begin(struct mc_export_lf *lf, struct mc_sink *to);
MC_RC mc_export_lf_end(struct mc_export_lf *lf, struct mc_error *err);

#endif
