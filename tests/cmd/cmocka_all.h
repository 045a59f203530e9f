/* SPDX-License-Identifier: MIT
 * cmocka_all: cmocka with what it wants included before. */
#ifndef MC_TESTS_CMD_CMOCKA_ALL_H
#define MC_TESTS_CMD_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif
