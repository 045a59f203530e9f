/* SPDX-License-Identifier: MIT
 * again: what was typed, as text to be typed again. */
#ifndef MC_CMD_AGAIN_H
#define MC_CMD_AGAIN_H

#include "cmd/settings.h"

/* A word as a shell takes it, quoted where that is needed. */
void mc_again_word(FILE *out, const char *word);

/* "mailcart -a FILE verb" */
void mc_again_command(FILE *out, const char *archive, const char *verb);

/* The target, behind the options with which it was got into, for another
 * command that has it, and the end of the line.  set: NULL: no options. */
void mc_again_target(
	FILE *out, const struct mc_settings *set, const char *target);

#endif
