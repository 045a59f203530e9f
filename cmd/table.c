/* SPDX-License-Identifier: MIT */
#include "cmd/table.h"

#include <assert.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "cmd/width.h"

void mc_table_init(struct mc_table *table, const char *align)
{
	assert(strlen(align) <= MC_TABLE_COLUMNS);
	*table = (struct mc_table){ .align = align };
}

void mc_table_dispose(struct mc_table *table)
{
	for (size_t i = 0; i < table->n; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct mc_table){ .align = table->align };
}

static bool make_room(struct mc_table *table)
{
	size_t cap = table->cap ? table->cap * 2 : 64;
	char **cells;

	if (table->n < table->cap)
		return true;
	cells = realloc(table->cells, cap * sizeof(*cells));
	if (!cells)
		return false;
	table->cells = cells;
	table->cap = cap;
	return true;
}

void mc_table_text(struct mc_table *table, const char *text)
{
	char shown[MC_NAME_MAX];
	struct mc_error err;

	assert(table->at < strlen(table->align));
	mc_text_escape(shown, sizeof(shown), mc_span_str(text));
	if (!make_room(table) || mc_strdup(&table->cells[table->n],
					 mc_span_str(shown), &err) < 0) {
		table->failed = true;
		return;
	}
	table->n++;
	table->at++;
}

void mc_table_number(struct mc_table *table, int64_t number)
{
	char text[MC_NUMBER_TEXT];

	mc_table_text(table, mc_text_number(text, number));
}

void mc_table_row(struct mc_table *table)
{
	while (!table->failed && table->at < strlen(table->align))
		mc_table_text(table, "");
	table->at = 0;
}

static struct mc_span cell(const struct mc_table *table, size_t i)
{
	return mc_span_str(table->cells[i]);
}

/* No blanks behind the last cell that holds something. */
static void print_row(const struct mc_table *table, size_t row,
	const size_t *widths, FILE *out)
{
	size_t columns = strlen(table->align);
	size_t last = columns;

	while (last > 0 && cell(table, row + last - 1).n == 0)
		last--;
	for (size_t c = 0; c < last; c++) {
		struct mc_span s = cell(table, row + c);
		int fill = (int)(widths[c] - mc_width(s));
		bool right = table->align[c] == 'r';

		fprintf(out, "  %*s", right ? fill : 0, "");
		fwrite(s.p, 1, s.n, out);
		fprintf(out, "%*s", right || c + 1 == last ? 0 : fill, "");
	}
	fputc('\n', out);
}

MC_RC mc_table_print(
	const struct mc_table *table, FILE *out, struct mc_error *err)
{
	size_t columns = strlen(table->align);
	size_t widths[MC_TABLE_COLUMNS] = { 0 };

	if (table->failed)
		return mc_fail_memory(err);
	for (size_t i = 0; i < table->n; i++) {
		size_t width = mc_width(cell(table, i));

		if (width > widths[i % columns])
			widths[i % columns] = width;
	}
	for (size_t i = 0; i + columns <= table->n; i += columns)
		print_row(table, i, widths, out);
	return MC_OK;
}
