/* SPDX-License-Identifier: MIT
 * eol: splits raw octets into lines, whatever their line ends.
 *
 *   LF mode   LF and CRLF end a line; any other CR is an ordinary octet
 *   CR mode   CR, CRLF and LF end a line; the first LF leads to LF mode
 *
 * A message is in CR mode if its first MC_EOL_LOOK octets hold CR and no LF.
 * Inside of msg/ only. */
#ifndef MC_MSG_EOL_H
#define MC_MSG_EOL_H

#include "base/buf.h"

/* The numbers stand in dress records. */
enum mc_eol_kind {
	MC_EOL_CRLF = 0,
	MC_EOL_LF = 1,
	MC_EOL_CR = 2,
	MC_EOL_NONE = 3, /* the line goes on */
};

/* Octets looked at before a message is believed to be CR-only: mail whose
 * first LF comes later is no text. */
enum { MC_EOL_LOOK = 64 * 1024 };

/* Text of a line or a part of it, and how the line ended. */
typedef enum mc_rc mc_eol_fn(void *arg, struct mc_span text,
	enum mc_eol_kind end, struct mc_error *err);

enum mc_eol_mode { MC_EOL_UNDECIDED, MC_EOL_LF_MODE, MC_EOL_CR_MODE };

struct mc_eol {
	mc_eol_fn *piece;
	void *arg;
	enum mc_eol_mode mode;
	bool held_cr;       /* a CR was the last octet: what is it? */
	struct mc_buf look; /* while undecided */
};

void mc_eol_init(struct mc_eol *eol, mc_eol_fn *piece, void *arg);
void mc_eol_dispose(struct mc_eol *eol);
void mc_eol_begin(struct mc_eol *eol);
/* What piece() is told does not depend on how the octets were cut, but for
 * where the parts of a line are cut.  Fails: what piece fails. */
MC_RC mc_eol_bytes(
	struct mc_eol *eol, struct mc_span raw, struct mc_error *err);
MC_RC mc_eol_end(struct mc_eol *eol, struct mc_error *err);

/* "\r\n", "\n", "\r" or nothing. */
struct mc_span mc_eol_octets(enum mc_eol_kind kind);

#endif
