/* SPDX-License-Identifier: MIT
 * meter: how far a phase is, how fast, and how long it may take: pure, the
 * time is handed in. */
#ifndef MC_CMD_METER_H
#define MC_CMD_METER_H

#include <stdint.h>

#include "base/event.h"

struct mc_meter {
	char phase[24];
	int64_t start_ms; /* of the phase */
	int64_t first_done;
	int64_t first_octets; /* when it started: a resumed run has some */
	int64_t done;
	int64_t total; /* -1: not known */
	int64_t octets;
};

/* True: another phase than before has begun. */
bool mc_meter_put(
	struct mc_meter *meter, const struct mc_event *event, int64_t now_ms);

/* "pull  1,234/9,999 messages  45.2 MB  12.3 MB/s  0:42 left" */
enum { MC_METER_TEXT = 160 };
void mc_meter_text(
	const struct mc_meter *meter, int64_t now_ms, char out[MC_METER_TEXT]);

#endif
