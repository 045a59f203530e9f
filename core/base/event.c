/* SPDX-License-Identifier: MIT */
#include "base/event.h"

#include <stdarg.h>

#include "base/text.h"

void mc_emit(const struct mc_monitor *mon, const struct mc_event *event)
{
	if (mon && mon->event)
		mon->event(mon->arg, event);
}

void mc_note(const struct mc_monitor *mon, const char *fmt, ...)
{
	char plain[1024];
	char text[1024];
	va_list args;

	va_start(args, fmt);
	mc_text_vformat(plain, sizeof(plain), fmt, args);
	va_end(args);
	mc_text_escape(text, sizeof(text), mc_span_str(plain));
	mc_emit(mon, &(struct mc_event){ .kind = MC_EVENT_NOTE, .text = text });
}

void mc_step(const struct mc_monitor *mon, const char *name)
{
	mc_emit(mon,
		&(struct mc_event){ .kind = MC_EVENT_STEP, .phase = name });
}
