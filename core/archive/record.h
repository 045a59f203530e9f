/* SPDX-License-Identifier: MIT
 * record: the columns of a row as they stand in a page.  Private to archive/.
 *
 * https://sqlite.org/fileformat2.html "Record Format".  Nothing is trusted. */
#ifndef MC_ARCHIVE_RECORD_H
#define MC_ARCHIVE_RECORD_H

#include <stdint.h>

#include "base/span.h"

enum { MC_RECORD_COLUMNS = 24 };

struct mc_value {
	enum { MC_VALUE_NULL, MC_VALUE_INT, MC_VALUE_TEXT, MC_VALUE_BLOB } type;
	int64_t number;
	struct mc_span octets; /* of the record */
};
struct mc_record {
	struct mc_value value[MC_RECORD_COLUMNS];
	int n;
};

/* False: it is none, or has other columns than ours do. */
bool mc_record_read(struct mc_record *out, struct mc_span record);

/* Are these the columns?  A letter each: i, t, b: a number, a text, octets; in
 * upper case NULL, too; n: NULL.  The last `optional` ones may be missing, and
 * more may follow if `more`. */
bool mc_record_fits(const struct mc_record *record, const char *columns,
	int optional, bool more);

#endif
