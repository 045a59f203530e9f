/* SPDX-License-Identifier: MIT
 * plist: numbers and texts out of Apple's property lists in XML.  No XML
 * parser: what programs write, and nothing that could lead elsewhere.
 *
 *	<key>flags</key> <integer>8623689857</integer>
 */
#ifndef MC_SOURCE_PLIST_H
#define MC_SOURCE_PLIST_H

#include <stdint.h>

#include "base/error.h"
#include "base/span.h"

/* The value behind the first <key>name</key>: an <integer>, or a <real>
 * without what stands behind its point.  False: there is none. */
bool mc_plist_number(struct mc_span text, const char *name, int64_t *out);

#endif
