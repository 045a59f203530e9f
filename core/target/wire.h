/* SPDX-License-Identifier: MIT
 * wire: what the files of target share.  Private to core/target. */
#ifndef MC_TARGET_WIRE_H
#define MC_TARGET_WIRE_H

#include "base/limits.h"
#include "net/imap_list.h"
#include "target/target.h"

struct mc_send; /* letters on their way: append.c */

/* The selected mailbox. */
struct mc_selected {
	struct mc_buf wire; /* its name as the server writes it; len 0: none */
	struct mc_mailbox_state state;
	struct mc_buf keywords; /* " a b ", lower case: kept by the server */
	int64_t limit;          /* octets of one message; -1: not told */
	int64_t took;           /* octets: it said "+" to so many */
	bool view;              /* \All and the like: nothing is put there */
};

struct mc_target {
	struct mc_imap *imap;
	const struct mc_monitor *mon;
	enum mc_compress compress;
	struct mc_imap_boxes listed;
	struct mc_mailboxes boxes; /* the same for those who plan */
	struct mc_selected selected;
	struct mc_send *send;
	bool stale; /* the next look shall see what others put there */
};

/* NAMESPACE, LIST and, where needed, LSUB. */
MC_RC mc_target_list(struct mc_target *target, struct mc_error *err);
/* LISTs one mailbox and adds it, or renews what is known of it. */
MC_RC mc_target_list_one(struct mc_target *target, struct mc_span wire,
	bool *found, struct mc_error *err);
/* Adds one that was made and that LIST does not show (yet). */
MC_RC mc_target_add_unlisted(struct mc_target *target, const char *name,
	struct mc_span wire, struct mc_error *err);
bool mc_target_is_subscribed(const struct mc_target *target, const char *name);
void mc_target_subscribed(struct mc_target *target, const char *name);
/* Its name on the wire, as listed or encoded. */
MC_RC mc_target_wire_name(const struct mc_target *target, const char *name,
	struct mc_buf *out, struct mc_error *err);

/* Does the selected mailbox keep that keyword? */
bool mc_target_keeps(const struct mc_target *target, struct mc_span keyword);

MC_RC mc_send_new(struct mc_send **out, struct mc_error *err);
void mc_send_free(struct mc_send *send); /* NULL is fine */
/* Nothing is known against the mailbox that was selected just now. */
void mc_send_reset(struct mc_send *send);

#endif
