/* SPDX-License-Identifier: MIT
 * pop3_probe: a POP3 server's abilities and risks in words.  Private to
 * core/source. */
#ifndef MC_SOURCE_POP3_PROBE_H
#define MC_SOURCE_POP3_PROBE_H

#include "net/pop3.h"

typedef void mc_source_line_fn(void *arg, const char *name, const char *text);

void mc_source_pop3_tell(const struct mc_pop3 *pop3,
	const struct mc_pop3_list *list, mc_source_line_fn *line, void *arg);

#endif
