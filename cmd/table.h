/* SPDX-License-Identifier: MIT
 * table: cells that stand below each other. */
#ifndef MC_CMD_TABLE_H
#define MC_CMD_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum { MC_TABLE_COLUMNS = 6 };

struct mc_table {
	const char *align; /* a letter a column: r right, l left */
	char **cells;      /* rows one after the other */
	size_t n;
	size_t cap;
	size_t at;   /* cells of the row in hand */
	bool failed; /* no memory: said by print */
};

/* The length of align is the number of columns. */
void mc_table_init(struct mc_table *table, const char *align);
void mc_table_dispose(struct mc_table *table);

/* A cell of the row in hand; text is copied, control octets escaped. */
void mc_table_text(struct mc_table *table, const char *text);
void mc_table_number(struct mc_table *table, int64_t number);
/* Ends the row; missing cells are empty. */
void mc_table_row(struct mc_table *table);

/* Two blanks before each column.  Fails: ELIMIT (a cell had no memory). */
MC_RC mc_table_print(
	const struct mc_table *table, FILE *out, struct mc_error *err);

#endif
