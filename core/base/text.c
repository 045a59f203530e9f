/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

/* Continuation octets that must follow the first, or -1; RFC 3629 4. */
static int followers(unsigned char c)
{
	if (c < 0x80)
		return 0;
	if (c >= 0xC2 && c <= 0xDF)
		return 1;
	if (c >= 0xE0 && c <= 0xEF)
		return 2;
	if (c >= 0xF0 && c <= 0xF4)
		return 3;
	return -1;
}

/* Over-long forms, surrogates and what lies above U+10FFFF. */
static bool second_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xE0:
		return second >= 0xA0;
	case 0xED:
		return second <= 0x9F;
	case 0xF0:
		return second >= 0x90;
	case 0xF4:
		return second <= 0x8F;
	default:
		return true;
	}
}

size_t mc_utf8_length(struct mc_span s)
{
	const unsigned char *u = (const unsigned char *)s.p;
	int more;

	if (s.n == 0)
		return 0;
	more = followers(u[0]);
	if (more < 0 || s.n <= (size_t)more)
		return 0;
	for (int i = 1; i <= more; i++) {
		if ((u[i] & 0xC0) != 0x80)
			return 0;
	}
	if (more > 0 && !second_fits(u[0], u[1]))
		return 0;
	return (size_t)more + 1;
}

bool mc_utf8_valid(struct mc_span s)
{
	while (s.n > 0) {
		size_t n = mc_utf8_length(s);

		if (n == 0)
			return false;
		s = mc_span_from(s, n);
	}
	return true;
}

/* Octets of s that may be shown as they are: one character, or 0. */
static size_t showable(struct mc_span s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n = mc_utf8_length(s);

	if (c < 0x20 || c == 0x7F)
		return 0;
	if (n == 2 && c == 0xC2 && (unsigned char)s.p[1] < 0xA0)
		return 0;
	return n;
}

size_t mc_text_vformat(char *out, size_t size, const char *fmt, va_list args)
{
	int n = vsnprintf(out, size, fmt, args);

	if (n < 0) { /* what no text of ours can make it say */
		out[0] = '\0';
		return 0;
	}
	return (size_t)n < size ? (size_t)n : size - 1;
}

size_t mc_text_format(char *out, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t n;

	va_start(args, fmt);
	n = mc_text_vformat(out, size, fmt, args);
	va_end(args);
	return n;
}

void mc_text_escape(char *out, size_t size, struct mc_span s)
{
	size_t at = 0;
	size_t keep = 0; /* the last place where "..." still fits */

	while (s.n > 0) {
		size_t n = showable(s);
		size_t need = n > 0 ? n : 4;

		if (at + need >= size) {
			mc_text_format(out + keep, size - keep, "...");
			return;
		}
		if (n > 0)
			memcpy(out + at, s.p, n);
		else
			mc_text_format(out + at, size - at, "\\x%02x",
				(unsigned char)s.p[0]);
		at += need;
		if (at + 4 <= size)
			keep = at;
		s = mc_span_from(s, n > 0 ? n : 1);
	}
	out[at] = '\0';
}

void mc_text_append(char *out, size_t size, const char *tail)
{
	size_t used = strlen(out);

	if (size - used < 8) {
		mc_text_format(out + size - 8, 8, "...");
		return;
	}
	mc_text_escape(out + used, size - used, mc_span_str(tail));
}

void mc_text_advise(char *out, size_t size, const char *tail)
{
	size_t n = strlen(out);

	if (*tail && n > 0 && out[n - 1] == '.' && !strstr(out, "..."))
		out[n - 1] = '\0';
	mc_text_append(out, size, tail);
}

const char *mc_text_number(char out[MC_NUMBER_TEXT], int64_t number)
{
	char digits[24];
	size_t at = 0;
	size_t n = mc_text_format(digits, sizeof(digits), "%" PRId64, number);

	for (size_t i = 0; i < n; i++) {
		out[at++] = digits[i];
		if (digits[i] != '-' && i + 1 < n && (n - i - 1) % 3 == 0)
			out[at++] = ',';
	}
	out[at] = '\0';
	return out;
}

int mc_text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool mc_text_decimal(struct mc_span s, int64_t max, int64_t *out)
{
	int64_t value = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int digit = s.p[i] - '0';

		if (digit < 0 || digit > 9 || digit > max ||
			value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

const char *mc_amount(char out[MC_AMOUNT_TEXT], int64_t octets)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double amount = (double)octets;
	size_t unit = 0;

	while (amount >= 999.5 && unit < 4) {
		amount /= 1000;
		unit++;
	}
	mc_text_format(out, MC_AMOUNT_TEXT, "%.*f %s",
		unit > 0 && amount < 99.95 ? 1 : 0, amount, units[unit]);
	return out;
}
