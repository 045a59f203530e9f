/* SPDX-License-Identifier: MIT
 * record: serial types and what they stand for. */
#include "archive/record.h"

#include <ctype.h>
#include <string.h>

enum {
	VARINT_MAX = 9,
	TYPE_ZERO = 8,
	TYPE_ONE = 9,
	TYPE_BLOB = 12, /* even: octets, odd: text */
	TYPE_TEXT = 13,
};

static bool varint(struct mc_span *from, uint64_t *value)
{
	uint64_t v = 0;

	for (size_t i = 0; i < VARINT_MAX && i < from->n; i++) {
		unsigned char c = (unsigned char)from->p[i];

		v = i == VARINT_MAX - 1 ? v << 8 | c : v << 7 | (c & 0x7f);
		if (i == VARINT_MAX - 1 || !(c & 0x80)) {
			*from = mc_span_from(*from, i + 1);
			*value = v;
			return true;
		}
	}
	return false;
}

static int64_t number(struct mc_span octets)
{
	uint64_t v = 0;

	if (octets.n > 0 && octets.p[0] & 0x80)
		v = UINT64_MAX;
	for (size_t i = 0; i < octets.n; i++)
		v = v << 8 | (unsigned char)octets.p[i];
	return (int64_t)v;
}

/* False: no type of ours; there are no fractions in an archive. */
static bool size_of(uint64_t type, size_t *size)
{
	static const size_t widths[] = { 0, 1, 2, 3, 4, 6, 8 };

	if (type < sizeof(widths) / sizeof(widths[0]))
		*size = widths[type];
	else if (type == TYPE_ZERO || type == TYPE_ONE)
		*size = 0;
	else if (type >= TYPE_BLOB && (type - TYPE_BLOB) / 2 <= SIZE_MAX / 2)
		*size = (size_t)((type - TYPE_BLOB) / 2);
	else
		return false;
	return true;
}

static bool take(struct mc_value *out, uint64_t type, struct mc_span *body)
{
	size_t size;

	*out = (struct mc_value){ .type = MC_VALUE_INT };
	if (!size_of(type, &size) || size > body->n)
		return false;
	out->octets = mc_span_head(*body, size);
	*body = mc_span_from(*body, size);
	if (type == 0)
		out->type = MC_VALUE_NULL;
	else if (type == TYPE_ZERO || type == TYPE_ONE)
		out->number = type == TYPE_ONE;
	else if (type < TYPE_BLOB)
		out->number = number(out->octets);
	else
		out->type = type % 2 ? MC_VALUE_TEXT : MC_VALUE_BLOB;
	return true;
}

bool mc_record_read(struct mc_record *out, struct mc_span record)
{
	struct mc_span types = record;
	struct mc_span body;
	uint64_t header;
	uint64_t type;

	out->n = 0;
	if (!varint(&types, &header) || header > record.n ||
		header < record.n - types.n)
		return false;
	body = mc_span_from(record, (size_t)header);
	types.n -= body.n;
	while (types.n > 0) {
		if (out->n == MC_RECORD_COLUMNS || !varint(&types, &type) ||
			!take(&out->value[out->n], type, &body))
			return false;
		out->n++;
	}
	return body.n == 0;
}

static bool fits(const struct mc_value *value, char letter)
{
	static const char letters[] = { [MC_VALUE_INT] = 'i',
		[MC_VALUE_TEXT] = 't',
		[MC_VALUE_BLOB] = 'b' };

	if (value->type == MC_VALUE_NULL)
		return letter == 'n' || isupper((unsigned char)letter);
	return tolower((unsigned char)letter) == letters[value->type];
}

bool mc_record_fits(const struct mc_record *record, const char *columns,
	int optional, bool more)
{
	int n = (int)strlen(columns);

	if (record->n < n - optional || (record->n > n && !more))
		return false;
	for (int i = 0; i < n && i < record->n; i++)
		if (!fits(&record->value[i], columns[i]))
			return false;
	return true;
}
