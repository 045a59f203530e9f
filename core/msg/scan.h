/* SPDX-License-Identifier: MIT
 * scan: octets of one message in, canonical octets, dress and facts out.
 *
 * Streams: holds at most MC_HEADER_MAX of header, MC_DRESS_MAX of dress and
 * fixed buffers, whatever the message's size.
 *
 *   raw        what the source holds
 *   canonical  as it travelled: CRLF, without the lines a local store added
 *   dress      what rebuilds raw from canonical, to the octet (msg/dress.h)
 */
#ifndef MC_MSG_SCAN_H
#define MC_MSG_SCAN_H

#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "msg/date.h"
#include "msg/flags.h"

/* Which lines of a header are the store's own. */
enum mc_store {
	MC_STORE_WIRE,    /* POP3, IMAP, .eml: none.  In every store: "From "
			   * and ">From " lines before the first field */
	MC_STORE_MBOX,    /* Status, X-Status, X-Keywords, X-UID, X-IMAP,
			   * X-IMAPbase, X-Mozilla-Status, -Status2, -Keys,
			   * X-Gmail-Labels, X-GM-THRID, X-Evolution,
			   * Content-Length */
	MC_STORE_MAILDIR, /* X-Mozilla-* in Thunderbird's maildirs */
};

/* Takes octets as they come.  Embed as first member. */
struct mc_sink {
	MC_RC (*put)(struct mc_sink *sink, struct mc_span bytes,
		struct mc_error *err);
};

/* What a target must add so that any server takes canonical octets. */
enum mc_shape {
	MC_SHAPE_NO_FINAL_CRLF = 1u << 0,
	MC_SHAPE_NO_HEADER_END = 1u << 1, /* no blank line anywhere */
	MC_SHAPE_NUL = 1u << 2,
	MC_SHAPE_8BIT_HEADER = 1u << 3,
	MC_SHAPE_8BIT = 1u << 4,
	MC_SHAPE_BARE_CR = 1u << 5,
	MC_SHAPE_HEADER_CUT = 1u << 6, /* a field over MC_FIELD_MAX, or all that
					* matter over MC_HEADER_MAX: facts come
					* from what was kept */
};

/* Spans are borrowed until the scan's next begin() or free(). */
struct mc_facts {
	int64_t raw_octets;
	int64_t octets; /* canonical */
	struct mc_digest raw_sha256;
	struct mc_digest sha256;  /* canonical */
	struct mc_digest variant; /* behaviour: From, Date, Subject, To, Cc,
				   * Message-ID and the folded body; without
				   * any of these fields, the other lines that
				   * are no trace, too */
	uint32_t shape;           /* enum mc_shape */
	int32_t longest_line;     /* octets without CRLF; canonical */

	struct mc_span message_id; /* normalised; n == 0: none usable */
	struct mc_words aliases;   /* further Message-IDs, normalised */
	/* First field of that name, unfolded, trimmed, not decoded. */
	struct mc_span from;
	struct mc_span subject;
	struct mc_span date;
	struct mc_span received; /* newest Received's date, behind its ';' */

	/* From the store's lines. */
	uint32_t flags;           /* enum mc_flag */
	struct mc_words keywords; /* X-Keywords, X-Mozilla-Keys */
	struct mc_span labels;    /* X-Gmail-Labels, unfolded, not decoded */

	struct mc_span dress; /* n == 0: raw is canonical */
};

struct mc_scan;

MC_RC mc_scan_new(struct mc_scan **out, struct mc_error *err);
void mc_scan_free(struct mc_scan *scan); /* NULL is fine */

/* Starts a message, whatever became of the one before; canonical octets go to
 * sink (NULL: nowhere) while raw ones come. */
MC_RC mc_scan_begin(struct mc_scan *scan, enum mc_store store,
	struct mc_sink *sink, struct mc_error *err);
/* Fails: ELIMIT scope MESSAGE (dress over MC_DRESS_MAX); what sink fails. */
MC_RC mc_scan_bytes(
	struct mc_scan *scan, struct mc_span raw, struct mc_error *err);
MC_RC mc_scan_end(
	struct mc_scan *scan, struct mc_facts *facts, struct mc_error *err);

/* What is put goes into a scan that was begun. */
struct mc_scan_sink {
	struct mc_sink sink; /* first member */
	struct mc_scan *scan;
};
struct mc_scan_sink mc_scan_sink(struct mc_scan *scan);

#endif
