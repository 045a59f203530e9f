/* SPDX-License-Identifier: MIT
 * opt: one declared table of options a command; it parses, and it is the help.
 * Knows neither commands nor mail: values go to offsets in a caller's struct.
 */
#ifndef MC_CMD_OPT_H
#define MC_CMD_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum mc_opt_kind {
	MC_OPT_FLAG,   /* bool: true */
	MC_OPT_STOP,   /* bool: true, and nothing behind it is read */
	MC_OPT_COUNT,  /* int: one more */
	MC_OPT_TEXT,   /* const char *: borrowed from argv */
	MC_OPT_LIST,   /* struct mc_opt_list: one more */
	MC_OPT_WORD,   /* int: the place in `value`, "one|two|three" */
	MC_OPT_NUMBER, /* int64_t: 1 and above */
	MC_OPT_DATE,   /* int64_t: s since 1970, UTC; 1 and above */
	MC_OPT_SIZE,   /* int64_t: octets; 1 and above */
};

struct mc_opt {
	enum mc_opt_kind kind;
	char letter;       /* or 0 */
	const char *name;  /* without the dashes */
	size_t target;     /* offset in the struct that is filled */
	const char *value; /* its name in help; NULL: takes none */
	const char *help;
};

struct mc_opt_group {
	const char *title;
	const struct mc_opt *opts;
	size_t n;
};

/* Words of the command line, borrowed; the array is the owner's. */
struct mc_opt_list {
	const char **item;
	size_t n;
};
void mc_opt_list_dispose(struct mc_opt_list *list);

struct mc_opt_spec {
	const char *verb;     /* "" for mailcart itself */
	const char *operands; /* "SOURCE... TARGET" */
	size_t operands_min;
	size_t operands_max;  /* SIZE_MAX: any number */
	const char *about;    /* a paragraph for help */
	const char *forms[2]; /* how operands are written; up to NULL */
	const struct mc_opt_group *const *groups; /* ended by NULL */
};

/* Reads args[0..n), options and operands in any order, "--" ending options,
 * into the struct at out and into operands, which its owner disposes even if
 * this fails.  After an MC_OPT_STOP the number of operands is not looked at.
 * Fails: EUSAGE, scope RUN: one line that says what to write instead. */
MC_RC mc_opt_parse(const struct mc_opt_spec *spec, char *const *args, size_t n,
	void *out, struct mc_opt_list *operands, struct mc_error *err);

/* Which of args is the first operand, n if none, taking the options of all
 * those specs as known: how a verb is found behind options. */
size_t mc_opt_first_operand(const struct mc_opt_spec *const *specs,
	size_t specs_n, char *const *args, size_t n);

/* Usage, about, and the options by group; 79 columns. */
void mc_opt_help(const struct mc_opt_spec *spec, FILE *out);
void mc_opt_help_groups(const struct mc_opt_spec *spec, FILE *out);

/* text by words, continued lines indented, 79 columns; `at` is the column
 * where the first word goes. */
void mc_opt_wrap(FILE *out, const char *text, int at, int indent);

#endif
