/* SPDX-License-Identifier: MIT
 * wire: what the files of target share.  Private to core/target. */
#ifndef MC_TARGET_WIRE_H
#define MC_TARGET_WIRE_H

#include "base/limits.h"
#include "net/imap.h"
#include "target/target.h"

/* A name in modified UTF-7 is at most this many times its UTF-8. */
enum { MC_WIRE_NAME_MAX = 3 * MC_NAME_MAX };

struct mc_send; /* letters on their way: append.c */

/* The selected mailbox. */
struct mc_selected {
	struct mc_buf wire; /* its name as the server writes it; len 0: none */
	struct mc_mailbox_state state;
	struct mc_buf keywords; /* " a b ", lower case: kept by the server */
	int64_t limit;          /* octets of one message; -1: not told */
	bool view;              /* \All and the like: nothing is put there */
};

struct mc_target {
	struct mc_imap *imap;
	const struct mc_monitor *mon;
	struct mc_mailboxes boxes;
	char **wires; /* boxes.boxes[i]'s name as the server writes it */
	size_t cap;
	struct mc_selected selected;
	struct mc_send *send;
	bool uid_late; /* FETCH tells UID behind the body */
};

/* NAMESPACE, LIST and, where needed, LSUB. */
MC_RC mc_target_list(struct mc_target *target, struct mc_error *err);
/* LISTs one mailbox and adds it, or renews what is known of it. */
MC_RC mc_target_list_one(struct mc_target *target, struct mc_span wire,
	bool *found, struct mc_error *err);
/* Adds a copy of info under that name. */
MC_RC mc_target_add_box(struct mc_target *target,
	const struct mc_mailbox_info *info, const char *name,
	struct mc_span wire, struct mc_error *err);
void mc_target_forget_boxes(struct mc_target *target);
/* Index of the mailbox of that name, or boxes.n. */
size_t mc_target_find_box(const struct mc_target *target, const char *name);
/* Its name on the wire, as listed or encoded. */
MC_RC mc_target_wire_name(const struct mc_target *target, const char *name,
	struct mc_buf *out, struct mc_error *err);

/* enum mc_flag of a flag's name; 0: none of ours. */
uint32_t mc_target_flag(struct mc_span name);
/* Does the selected mailbox keep that keyword? */
bool mc_target_keeps(const struct mc_target *target, struct mc_span keyword);

MC_RC mc_send_new(struct mc_send **out, struct mc_error *err);
void mc_send_free(struct mc_send *send); /* NULL is fine */
/* Nothing is known against the mailbox that was selected just now. */
void mc_send_reset(struct mc_send *send);

#endif
