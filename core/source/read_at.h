/* SPDX-License-Identifier: MIT
 * read_at: part of a file, wherever others read it. */
#ifndef MC_SOURCE_READ_AT_H
#define MC_SOURCE_READ_AT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* n octets at `offset` of fd into out, *got of them: fewer only at the end.
 * False: it cannot be read, errno says why, *got are good. */
bool mc_read_at(int fd, int64_t offset, char *out, size_t n, size_t *got);

#endif
