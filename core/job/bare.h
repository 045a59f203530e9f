/* SPDX-License-Identifier: MIT
 * bare: a message as a server keeps it that drops a CR alone (Courier).  Without a
 * Message-ID nothing but its content tells that it is there. */
#ifndef MC_JOB_BARE_H
#define MC_JOB_BARE_H

#include "archive/ledger.h"

/* Key and octets of it, into out.  It is read as a whole: to be asked of nameless
 * ones alone.  Fails: as mc_show_body. */
MC_RC mc_bare(struct mc_archive *ar, const struct mc_placement *placement,
	struct mc_altered *out, struct mc_error *err);

#endif
