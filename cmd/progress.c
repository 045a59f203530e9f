/* SPDX-License-Identifier: MIT */
#include "cmd/progress.h"

#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cmd/json.h"
#include "cmd/width.h"

enum {
	REDRAW_MS = 100,
	LINES_MS = 5000,
	NOTES_MAX = 1000, /* remembered; later ones may be said twice */
};

void mc_progress_open(struct mc_progress *p)
{
	pthread_mutex_init(&p->lock, NULL);
	p->shown_ms = mc_clock_ms();
}

void mc_progress_close(struct mc_progress *p)
{
	for (size_t i = 0; i < p->notes_n; i++)
		free(p->notes[i]);
	free(p->notes);
	p->notes = NULL;
	p->notes_n = 0;
	pthread_mutex_destroy(&p->lock);
}

size_t mc_progress_columns(FILE *file)
{
	struct winsize size;

	if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

static void erase(struct mc_progress *p)
{
	if (p->drawn)
		fputs("\r\x1b[K", p->err);
	p->drawn = false;
}

static void draw(struct mc_progress *p, const char *text)
{
	/* The last column stays free: some terminals wrap there. */
	struct mc_span line = mc_width_cut(
		mc_span_str(text), mc_progress_columns(p->err) - 1);

	fprintf(p->err, "\r%.*s\x1b[K", (int)line.n, line.p);
	p->drawn = true;
}

static void put_line(
	struct mc_progress *p, const char *text, char *shown, size_t size)
{
	mc_text_escape(shown, size, mc_span_str(text));
	fprintf(p->err, "%s\n", shown);
	fflush(p->err);
}

/* That there is no memory must be told without any. */
static MC_PRINTF(2, 0) void line_short(
	struct mc_progress *p, const char *fmt, va_list args)
{
	char text[MC_ERROR_TEXT + 64];
	char shown[4 * sizeof(text)];

	if (vsnprintf(text, sizeof(text), fmt, args) >= 0)
		put_line(p, text, shown, sizeof(shown));
}

/* On standard error, the drawn line out of the way. */
/* Names of folders and the words of servers are in it: what in them would
 * command a terminal is escaped here, whoever told them. */
static MC_PRINTF(2, 3) void line(struct mc_progress *p, const char *fmt, ...)
{
	va_list args;
	char *text = NULL;
	char *shown = NULL;
	int n;

	erase(p);
	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n >= 0)
		shown = malloc((size_t)n * 4 + 8);
	if (shown) {
		put_line(p, text, shown, (size_t)n * 4 + 8);
	} else {
		va_start(args, fmt);
		line_short(p, fmt, args);
		va_end(args);
	}
	free(shown);
	if (n >= 0)
		free(text);
}

static void json_event(
	struct mc_progress *p, const char *kind, const struct mc_event *event)
{
	struct mc_error ignored; /* mc_out keeps it for the end */
	struct mc_json json;

	mc_json_begin(&json, p->out->file, "event");
	mc_json_str(&json, "kind", kind);
	mc_json_str(&json, "phase", event->phase);
	mc_json_int(&json, "done", event->done);
	if (event->total >= 0)
		mc_json_int(&json, "total", event->total);
	else
		mc_json_str(&json, "total", NULL);
	mc_json_int(&json, "octets", event->octets);
	mc_json_str(&json, "text", event->text);
	if (event->kind == MC_EVENT_FAILURE) {
		mc_json_str(&json, "item", event->mailbox);
		mc_json_str(&json, "folder", event->folder);
	}
	mc_json_end(&json);
	if (mc_out_flush(p->out, &ignored) < 0)
		return;
}

static void show_progress(struct mc_progress *p, int64_t now_ms)
{
	struct mc_event event = { .kind = MC_EVENT_PROGRESS,
		.phase = p->meter.phase,
		.done = p->meter.done,
		.total = p->meter.total,
		.octets = p->meter.octets };
	char text[MC_METER_TEXT];

	if (p->mode == MC_PROGRESS_JSON) {
		json_event(p, "progress", &event);
	} else {
		mc_meter_text(&p->meter, now_ms, text);
		if (p->mode == MC_PROGRESS_TERMINAL) {
			draw(p, text);
			fflush(p->err);
		} else {
			line(p, "%s", text);
		}
	}
	p->shown_ms = now_ms;
	p->pending = false;
}

static void progress(struct mc_progress *p, const struct mc_event *event)
{
	int64_t now_ms = mc_clock_ms();
	int64_t every = p->mode == MC_PROGRESS_LINES ? LINES_MS : REDRAW_MS;

	if (p->mode == MC_PROGRESS_NONE || p->paused)
		return;
	/* Programs see the end of each phase; people have the report. */
	if (p->pending && p->mode == MC_PROGRESS_JSON &&
		strcmp(event->phase ? event->phase : "", p->meter.phase) != 0)
		show_progress(p, now_ms);
	if (mc_meter_put(&p->meter, event, now_ms) &&
		p->mode == MC_PROGRESS_TERMINAL)
		p->shown_ms = now_ms - every;
	p->pending = true;
	if (now_ms - p->shown_ms >= every)
		show_progress(p, now_ms);
}

/* The drawn line begins with the wait: it is cut at its end. */
static void wait_on(struct mc_progress *p, const struct mc_event *event)
{
	char text[MC_METER_TEXT + 64];
	char meter[MC_METER_TEXT] = "";
	int64_t now_ms = mc_clock_ms();

	if (p->mode != MC_PROGRESS_TERMINAL || p->paused)
		return;
	if (p->meter.phase[0])
		mc_meter_text(&p->meter, now_ms, meter);
	if (event->done > 0)
		mc_text_format(text, sizeof(text), "%s %lld s   %s",
			event->text, (long long)event->done, meter);
	else
		mc_text_format(text, sizeof(text), "%s", meter);
	if (text[0])
		draw(p, text);
	else
		erase(p);
	fflush(p->err);
	p->shown_ms = now_ms;
}

/* Whether text is new; remembers it. */
static bool is_new(struct mc_progress *p, const char *text)
{
	char **notes;

	for (size_t i = 0; i < p->notes_n; i++) {
		if (strcmp(p->notes[i], text) == 0)
			return false;
	}
	if (p->notes_n == NOTES_MAX)
		return true;
	notes = realloc(p->notes, (p->notes_n + 1) * sizeof(*notes));
	if (!notes)
		return true;
	p->notes = notes;
	p->notes[p->notes_n] = strdup(text);
	if (p->notes[p->notes_n])
		p->notes_n++;
	return true;
}

static void note(struct mc_progress *p, const struct mc_event *event)
{
	if (p->quiet || !event->text || !is_new(p, event->text))
		return;
	if (p->json)
		json_event(p, "note", event);
	else
		line(p, "mailcart: note: %s", event->text);
}

static void trace(struct mc_progress *p, const struct mc_event *event)
{
	if (p->verbose < 2)
		return;
	if (p->json)
		json_event(p, "trace", event);
	else
		line(p, "%s", event->text ? event->text : "");
}

static void refusal(struct mc_progress *p, const struct mc_event *event)
{
	struct mc_error ignored;
	struct mc_json json;

	if (p->json) {
		mc_json_begin(&json, p->out->file, "refusal");
		mc_json_int(&json, "id", event->id);
		mc_json_str(&json, "mailbox", event->mailbox);
		mc_json_str(&json, "code", event->code);
		mc_json_str(&json, "text", event->text);
		mc_json_end(&json);
		if (mc_out_flush(p->out, &ignored) < 0)
			return;
	} else if (p->quiet || p->verbose > 0) {
		/* Else the report at the end lists them. */
		line(p, "mailcart: message %lld refused for '%s': %s%s%s",
			(long long)event->id,
			event->mailbox ? event->mailbox : "",
			event->code && *event->code ? event->code : "",
			event->code && *event->code ? ": " : "",
			event->text ? event->text : "");
	}
}

static void failure(struct mc_progress *p, const struct mc_event *event)
{
	if (p->json)
		json_event(p, "failure", event);
	else if (event->mailbox && *event->mailbox)
		line(p, "mailcart: failed: %s%s%s%s: %s", event->mailbox,
			event->folder ? " in '" : "",
			event->folder ? event->folder : "",
			event->folder ? "'" : "",
			event->text ? event->text : "");
	else
		line(p, "mailcart: failed: %s", event->text ? event->text : "");
}

void mc_progress_event(void *arg, const struct mc_event *event)
{
	struct mc_progress *p = arg;

	pthread_mutex_lock(&p->lock);
	switch (event->kind) {
	case MC_EVENT_PROGRESS:
		progress(p, event);
		break;
	case MC_EVENT_NOTE:
		note(p, event);
		break;
	case MC_EVENT_TRACE:
		trace(p, event);
		break;
	case MC_EVENT_REFUSAL:
		refusal(p, event);
		break;
	case MC_EVENT_FAILURE:
		failure(p, event);
		break;
	case MC_EVENT_WAIT:
		wait_on(p, event);
		break;
	case MC_EVENT_STEP:
		break; /* for tests that stop there */
	}
	pthread_mutex_unlock(&p->lock);
}

void mc_progress_say(struct mc_progress *p, const char *fmt, ...)
{
	char text[MC_ERROR_TEXT * 2];
	va_list args;

	va_start(args, fmt);
	mc_text_vformat(text, sizeof(text), fmt, args);
	va_end(args);
	pthread_mutex_lock(&p->lock);
	line(p, "mailcart: %s", text);
	pthread_mutex_unlock(&p->lock);
}

void mc_progress_begin(struct mc_progress *p, const char *text)
{
	pthread_mutex_lock(&p->lock);
	if (p->mode == MC_PROGRESS_TERMINAL) {
		draw(p, text);
		fflush(p->err);
	}
	pthread_mutex_unlock(&p->lock);
}

void mc_progress_finish(struct mc_progress *p)
{
	pthread_mutex_lock(&p->lock);
	if (p->pending && p->mode == MC_PROGRESS_JSON)
		show_progress(p, mc_clock_ms());
	p->pending = false;
	erase(p);
	fflush(p->err);
	pthread_mutex_unlock(&p->lock);
}

static void set_paused(struct mc_progress *p, bool paused)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	erase(p);
	fflush(p->err);
	p->paused = paused;
	pthread_mutex_unlock(&p->lock);
}

void mc_progress_pause(struct mc_progress *p)
{
	set_paused(p, true);
}

void mc_progress_resume(struct mc_progress *p)
{
	set_paused(p, false);
}

bool mc_progress_is_paused(struct mc_progress *p)
{
	bool paused;

	pthread_mutex_lock(&p->lock);
	paused = p->paused;
	pthread_mutex_unlock(&p->lock);
	return paused;
}
