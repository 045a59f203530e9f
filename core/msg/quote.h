/* SPDX-License-Identifier: MIT
 * quote: how an mbox marks lines of messages that would be From_ lines. */
#ifndef MC_MSG_QUOTE_H
#define MC_MSG_QUOTE_H

enum mc_mbox_quote {
	MC_QUOTE_RD,   /* mboxrd: one '>' before ^>*From_ */
	MC_QUOTE_O,    /* mboxo: one '>' before ^From_ */
	MC_QUOTE_NONE, /* not at all */
};

#endif
