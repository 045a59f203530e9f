/* SPDX-License-Identifier: MIT
 * prefs: Mozilla's prefs.js and profiles.ini, as far as mail needs them.
 *
 *	user_pref("mail.server.server1.name", "me@example.org");
 *
 *	[Profile0]
 *	Name=default
 *	IsRelative=1
 *	Path=Profiles/x1y2z3.default
 */
#ifndef MC_SOURCE_PREFS_H
#define MC_SOURCE_PREFS_H

#include "base/buf.h"

/* Larger ones are cut; real ones are below 1 MiB. */
enum { MC_PREFS_MAX = 8 * 1024 * 1024 };

struct mc_pref {
	const char *name;
	const char *value; /* of a string: itself; else as written: "true" */
};

struct mc_prefs {
	struct mc_buf text; /* names and values, each ended by NUL */
	struct mc_pref *list;
	size_t n;
};

/* Takes the preferences "mail. ..." out of the text.  What cannot be read is
 * passed over.  *prefs is to be disposed in any case.
 * Fails: ELIMIT (memory), scope RUN. */
MC_RC mc_prefs_parse(
	struct mc_prefs *prefs, struct mc_span text, struct mc_error *err);
void mc_prefs_dispose(struct mc_prefs *prefs);

/* The last value of that name, or NULL. */
const char *mc_prefs_get(const struct mc_prefs *prefs, const char *name);
/* Of "mail.<what>.<id>.<name>": ("server", "server1", "name"). */
const char *mc_prefs_of(const struct mc_prefs *prefs, const char *what,
	const char *id, const char *name);

/* Takes the next "[Profile...]" section off *text: its path (n == 0: none), as
 * profiles.ini has it.  False: there is none. */
struct mc_profile {
	struct mc_span name;
	struct mc_span path;
	bool relative; /* to the directory of profiles.ini */
};
bool mc_profile_next(struct mc_span *text, struct mc_profile *out);

#endif
