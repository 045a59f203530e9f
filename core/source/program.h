/* SPDX-License-Identifier: MIT
 * program: the drivers of mail programs, and which one a path belongs to.
 * Private to core/source. */
#ifndef MC_SOURCE_PROGRAM_H
#define MC_SOURCE_PROGRAM_H

#include "source/site.h"

extern const struct mc_source_ops mc_source_thunderbird;
extern const struct mc_source_ops mc_source_applemail;
extern const struct mc_source_ops mc_source_evolution;
extern const struct mc_source_ops mc_source_kmail;
extern const struct mc_source_ops mc_source_eudora;
extern const struct mc_source_ops mc_source_vault;
extern const struct mc_source_ops mc_source_outlook;

/* Is path one message or one exported folder of Apple Mail's?  What is below
 * a directory tells mc_recognise(). */
bool mc_applemail_is_one(const char *path);

/* Is path, a directory or a file, what that program keeps? */
bool mc_evolution_is(const char *path);
bool mc_kmail_is(const char *path);
bool mc_eudora_is(const char *path);
bool mc_vault_is(const char *path);
bool mc_outlook_is(const char *path);

/* The driver of the program whose own files lie at path, a file or a
 * directory.  MC_DONE: none of them does.  Fails: ELIMIT (memory). */
MC_RC mc_program_of(const struct mc_source_ops **out, const char *path,
	struct mc_error *err);

#endif
