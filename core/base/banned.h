/* SPDX-License-Identifier: MIT
 * banned: C functions that lose octets, overflow or share hidden state.  Every
 * .c file of core/ and cmd/ is compiled with this header before its own. */
#ifndef MC_BASE_BANNED_H
#define MC_BASE_BANNED_H

/* The system's headers first, so that only our own calls meet the poison. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* With _FORTIFY_SOURCE and clang glibc makes macros of these. */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat strncpy strncat stpcpy sprintf vsprintf
#pragma GCC poison strtok strtok_r atoi atol atoll atof
#pragma GCC poison gmtime localtime asctime ctime mktime
#pragma GCC poison tmpnam tempnam mktemp

#endif
