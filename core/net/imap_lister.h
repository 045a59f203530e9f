/* SPDX-License-Identifier: MIT
 * imap_lister: what LIST tells, into mailboxes.  Private to core/net. */
#ifndef MC_NET_IMAP_LISTER_H
#define MC_NET_IMAP_LISTER_H

#include "net/imap_list.h"

void mc_imap_box_dispose(struct mc_imap_box *box);

/* More of them than MC_MAILBOXES_MAX: ELIMIT, scope SESSION. */
enum mc_rc mc_imap_fail_many(struct mc_error *err, const char *what);

/* Takes over what box owns, also if it fails.  Fails: ELIMIT, scope SESSION. */
MC_RC mc_imap_boxes_put(struct mc_imap_boxes *boxes, struct mc_imap_box *box,
	struct mc_error *err);
/* The box of that name on the wire, looked for from `from` on; or boxes->n. */
size_t mc_imap_boxes_find_wire(
	const struct mc_imap_boxes *boxes, struct mc_span wire, size_t from);

/* Who takes what LIST tells. */
struct mc_imap_lister {
	struct mc_imap_boxes *boxes;
	struct mc_span only; /* p == NULL: all */
	size_t last;         /* of whom STATUS came */
	bool found;
	struct mc_buf name; /* max MC_IMAP_WIRE_MAX */
};

/* LIST and STATUS; anything else is passed over. */
MC_RC mc_imap_take_list(struct mc_imap_lister *lister,
	const struct mc_imap_response *r, struct mc_error *err);

/* "(attributes) separator name" behind LIST or LSUB.  *name: its token; the
 * attributes stay in t.  False: it is none. */
bool mc_imap_parse_box(
	const struct mc_imap_tokens *t, struct mc_imap_box *box, size_t *name);

/* " RETURN (...)", or "" where the server has only the plain LIST. */
enum { MC_IMAP_LIST_OPTIONS = 160 };
void mc_imap_list_options(
	const struct mc_imap *imap, unsigned ask, char *out, size_t size);

#endif
