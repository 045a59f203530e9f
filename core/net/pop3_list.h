/* SPDX-License-Identifier: MIT
 * pop3_list: what a POP3 maildrop holds, as LIST and UIDL tell it; every line
 * of it is untrusted.  Pure: no I/O.  RFC 1939 5 and 7.
 *
 * Life: init, expect (STAT), size a line of LIST, name a line of UIDL, settle;
 * then it is only read.
 */
#ifndef MC_NET_POP3_LIST_H
#define MC_NET_POP3_LIST_H

#include <stdint.h>

#include "base/buf.h"

struct mc_pop3_list {
	uint32_t count;    /* messages are 1..count */
	int64_t octets;    /* of all, as STAT told; -1 if it did not */
	uint32_t unnamed;  /* have no usable UIDL; known by settle */
	uint32_t repeated; /* of those: one that others have as well */
	bool numbered;     /* none has: theirs were the messages' numbers */
	uint32_t ignored;  /* lines that name no message of 1..count */

	uint32_t room;      /* messages that the arrays hold */
	int64_t *sizes;     /* octets + 1; 0: not told */
	uint32_t *names;    /* offset in text + 1; 0: none */
	struct mc_buf text; /* UIDLs, each ended by NUL */
	uint32_t *order;    /* numbers of the named ones by UIDL; settle */
	uint32_t order_n;
};

void mc_pop3_list_init(struct mc_pop3_list *list);
void mc_pop3_list_dispose(struct mc_pop3_list *list);

/* STAT's "count octets".  False: not understood, nothing is expected.
 * Fails (all of these): ELIMIT, scope SESSION, above MC_POP3_MESSAGES_MAX. */
MC_RC mc_pop3_list_expect(
	struct mc_pop3_list *list, struct mc_span text, struct mc_error *err);
/* "number octets".  A number beyond what STAT counted is taken only if the
 * lines so far reach it; others are ignored and counted. */
MC_RC mc_pop3_list_size(
	struct mc_pop3_list *list, struct mc_span line, struct mc_error *err);
/* "number uidl".  One of more than MC_UIDL_MAX octets, with others than 0x21
 * to 0x7E, or a second one for a message makes that message unnamed. */
MC_RC mc_pop3_list_name(
	struct mc_pop3_list *list, struct mc_span line, struct mc_error *err);
/* Takes the names from messages that share one, and from all if each is but the
 * message's number; sorts the others. */
MC_RC mc_pop3_list_settle(struct mc_pop3_list *list, struct mc_error *err);

/* number: 1..count. */
int64_t mc_pop3_list_octets(const struct mc_pop3_list *list, uint32_t number);
/* "" if unnamed; borrowed from the list. */
const char *mc_pop3_list_uidl(const struct mc_pop3_list *list, uint32_t number);
/* After settle: the message of that name, or 0. */
uint32_t mc_pop3_list_find(const struct mc_pop3_list *list, const char *uidl);

#endif
