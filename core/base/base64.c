/* SPDX-License-Identifier: MIT
 * base64 by tables.  Nettle's takes one digit at a time and looks for blanks and
 * padding: ten times as long, where most octets of mail are base64. */
#include "base/base64.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* What a digit, by its place in the group, adds to three octets that stand as a
 * little-endian number.  In the fourth octet good digits are counted. */
#define COUNTED(bits) (UINT32_C(1) << 24 | (bits))
#define FIRST(n) COUNTED((n) << 2)
#define SECOND(n) COUNTED((n) >> 4 | ((n)&15) << 12)
#define THIRD(n) COUNTED((n) >> 2 << 8 | ((n)&3) << 22)
#define FOURTH(n) COUNTED((n) << 16)

#define EIGHT(f, n)                                                            \
	f((n) + 0), f((n) + 1), f((n) + 2), f((n) + 3), f((n) + 4),            \
		f((n) + 5), f((n) + 6), f((n) + 7)
#define LETTERS(f, n)                                                          \
	EIGHT(f, n), EIGHT(f, (n) + 8), EIGHT(f, (n) + 16), f((n) + 24),       \
		f((n) + 25)
#define TABLE(f)                                                               \
	{                                                                      \
		['A'] = LETTERS(f, 0), ['a'] = LETTERS(f, 26),                 \
		['0'] = EIGHT(f, 52), f(60),                                   \
		f(61), ['+'] = f(62), ['/'] = f(63)                            \
	}

static const uint32_t places[4][256] = { TABLE(FIRST), TABLE(SECOND),
	TABLE(THIRD), TABLE(FOURTH) };

/* Set in the count of four, and of nothing less. */
static const uint32_t four = UINT32_C(4) << 24;

bool mc_base64_decode(const char *digits, size_t groups, char *out)
{
	const unsigned char *in = (const unsigned char *)digits;
	uint32_t all = four;

	for (size_t i = 0; i < groups; i++, in += 4, out += 3) {
		uint32_t sum = places[0][in[0]] + places[1][in[1]] +
			       places[2][in[2]] + places[3][in[3]];
		uint32_t octets = htole32(sum);

		all &= sum;
		/* The fourth octet is the next group's first. */
		memcpy(out, &octets, i + 1 < groups ? 4 : 3);
	}
	return all & four;
}

void mc_base64_encode(const char *octets, size_t groups, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789+/";
	const unsigned char *in = (const unsigned char *)octets;

	for (; groups > 0; groups--, in += 3, out += 4) {
		uint32_t v =
			(uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];

		out[0] = digits[v >> 18];
		out[1] = digits[v >> 12 & 63];
		out[2] = digits[v >> 6 & 63];
		out[3] = digits[v & 63];
	}
}
