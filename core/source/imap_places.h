/* SPDX-License-Identifier: MIT
 * imap_places: a server's mailboxes as folders to be read.  Private to
 * core/source. */
#ifndef MC_SOURCE_IMAP_PLACES_H
#define MC_SOURCE_IMAP_PLACES_H

#include "net/imap_list.h"
#include "source/source.h"

struct mc_imap_place {
	const struct mc_imap_box *box;
	const char *path; /* UTF-8, levels split by '/'; no two alike */
	enum mc_special special;
	bool misnamed; /* the name is no UTF-8 */
	bool labelled; /* Gmail's All Mail */
	bool same;     /* the receiver holds all of it already */
	bool all;      /* ... or nothing yet, and wants all */
};

struct mc_imap_places {
	struct mc_imap_boxes boxes;
	struct mc_imap_place *place;
	size_t n;
	void *paths; /* the set that owns them */
};

/* Lists the mailboxes with how they stand.  only: the one that is wanted, by
 * its name or path; NULL: all.  All 0 at first.
 *
 * Of Gmail (X-GM-EXT-1) those are read that hold each message once: All Mail,
 * Trash and Spam.  The others are views of All Mail, which its labels tell.
 *
 * Fails: ENET EPROTO EREFUSED, scope SESSION; ENOENT, scope RUN. */
MC_RC mc_imap_places_list(struct mc_imap_places *places, struct mc_imap *imap,
	const char *only, const struct mc_monitor *mon, struct mc_error *err);
void mc_imap_places_dispose(struct mc_imap_places *places);

#endif
