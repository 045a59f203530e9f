/* SPDX-License-Identifier: MIT
 * base64: digits to octets and back, whole groups of four and three (RFC 4648 4),
 * at the speed of memory.
 *
 * Strict, so that what was decoded can be encoded to the same digits again: no
 * padding, no blanks, no other alphabet. */
#ifndef MC_BASE_BASE64_H
#define MC_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Four digits a group to three octets a group.  False: one is no digit; out then
 * holds nonsense. */
bool mc_base64_decode(const char *digits, size_t groups, char *out);

/* The way back. */
void mc_base64_encode(const char *octets, size_t groups, char *out);

#endif
