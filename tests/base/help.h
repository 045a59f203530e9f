/* SPDX-License-Identifier: MIT
 * help: what the tests of base/ share. */
#ifndef MC_TEST_BASE_HELP_H
#define MC_TEST_BASE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#endif
