/* SPDX-License-Identifier: MIT
 * text: small strings for people; UTF-8 and control octets made harmless. */
#ifndef MC_BASE_TEXT_H
#define MC_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/span.h"

/* printf into out[size], size >= 1: always NUL-terminated, cut off where it
 * does not fit.  Returns the octets that stand in out, at most size - 1. */
size_t mc_text_format(char *out, size_t size, const char *fmt, ...)
	MC_PRINTF(3, 4);
size_t mc_text_vformat(char *out, size_t size, const char *fmt, va_list args)
	MC_PRINTF(3, 0);

/* Copies s into out[size] for a terminal or a log: control octets (and DEL,
 * and C1 in UTF-8) become \xNN, octets that are no UTF-8 too; cut with "...".
 * Always NUL-terminated; size >= 8. */
void mc_text_escape(char *out, size_t size, struct mc_span s);

/* Adds tail, cut with "..." when it does not fit. */
void mc_text_append(char *out, size_t size, const char *tail);
/* The same behind words of a server's, whose full stop goes. */
void mc_text_advise(char *out, size_t size, const char *tail);

/* Length of the valid UTF-8 sequence at s (1 to 4), or 0. */
size_t mc_utf8_length(struct mc_span s);

bool mc_utf8_valid(struct mc_span s);

/* "1,234,567" into out, which it returns; out holds 27 octets and more. */
enum { MC_NUMBER_TEXT = 28 };
const char *mc_text_number(char out[MC_NUMBER_TEXT], int64_t number);

/* "512 B", "45.2 MB": decimal units, three digits. */
enum { MC_AMOUNT_TEXT = 32 };
const char *mc_amount(char out[MC_AMOUNT_TEXT], int64_t octets);

/* Decimal digits only, the whole span.  False: no number, or above max. */
bool mc_text_decimal(struct mc_span s, int64_t max, int64_t *out);

/* 0 to 15, of either case; -1: no such digit. */
int mc_text_hex_digit(char c);

#endif
