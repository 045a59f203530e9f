/* SPDX-License-Identifier: MIT
 * plan: where a folder's mail goes on a target.  Pure: folders, rules and the
 * server's mailboxes in, mailbox names out; no I/O, nothing kept.
 */
#ifndef MC_PLAN_PLAN_H
#define MC_PLAN_PLAN_H

#include <stdint.h>

#include "base/buf.h"
#include "msg/mailbox.h"
#include "plan/rules.h"

/* A source's folder and what becomes of it. */
struct mc_plan_row {
	/* in */
	int64_t folder;
	const char *path; /* UTF-8, levels split by '/' */
	enum mc_special special;
	const char *before; /* the mailbox it went to so far, or NULL: what
			     * was decided once stays, or mail would be sent
			     * to a second place */
	bool empty;         /* it gives way to folders that hold mail */
	/* out */
	char *mailbox; /* UTF-8, whole, with the server's separator; yours;
			* NULL: skipped */
	enum mc_special use; /* to create it with */
	bool exists;
	bool renamed;   /* its name could not be the folder's; note says why */
	char note[256]; /* what was changed or why it is skipped; or "" */
};

/* Fills the rows, all at once, so that no two folders that differ are merged
 * silently: special use by attribute, else by known names, at the top only and
 * for one folder each; INBOX in any case; the server's separator inside a
 * level becomes '_'; control characters, wildcards, empty levels, doubled,
 * leading and trailing blanks are mended; a name that is taken (in any case),
 * or a view of the server's, gets " (2)"; all told in note.  Folders of the
 * same path, from whatever sources, and what --map joins, share a mailbox.
 * Fails: EUSAGE (a map or --into that no server could take), scope RUN. */
MC_RC mc_plan_make(struct mc_plan_row *rows, size_t n,
	const struct mc_rules *rules, const struct mc_mailboxes *server,
	struct mc_error *err);
void mc_plan_dispose(struct mc_plan_row *rows, size_t n); /* the names */

/* Whether the map says something of the folder: it is FROM or below it. */
bool mc_map_fits(const struct mc_map *map, const char *path);

/* fnmatch-like: '*' any but '/', '**' any, '?' one; ASCII case ignored. */
bool mc_glob(const char *pattern, const char *path);

/* Does a folder pass include and exclude?  rule: which one, if not. */
bool mc_rules_pass(
	const struct mc_rules *rules, const char *path, const char **rule);

#endif
