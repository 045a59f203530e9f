/* SPDX-License-Identifier: MIT
 * sniff: whether a file looks like one message, by its first octets. */
#ifndef MC_SOURCE_SNIFF_H
#define MC_SOURCE_SNIFF_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"

/* How much of it must be seen. */
enum { MC_SNIFF_OCTETS = 16 * 1024 };

/* RFC 5322 2.2: lines of header fields from the first on (a From_ line may
 * stand before them), and one of them such as every mail has. */
bool mc_sniff_is_message(struct mc_span head);

/* The same of a file, unpacked if it is compressed.
 * Fails: ENOENT, EIO, EINPUT, scope MESSAGE; ELIMIT (memory), scope RUN. */
MC_RC mc_sniff_file(const char *path, bool *is_message, struct mc_error *err);

#endif
