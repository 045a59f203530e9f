/* SPDX-License-Identifier: MIT
 * progress: which event is shown where, and how often. */
#include <locale.h>
#include <pthread.h>

#include "cmd/progress.h"
#include "cmocka_all.h"

/* What a run wrote to standard error and to standard output. */
struct stage {
	struct mc_progress p;
	struct mc_out out;
	char *err_text;
	char *out_text;
	size_t err_n;
	size_t out_n;
};

static void open_stage(struct stage *s, enum mc_progress_mode mode)
{
	*s = (struct stage){ .out = { .error = 0 } };
	s->out.file = open_memstream(&s->out_text, &s->out_n);
	s->p = (struct mc_progress){ .mode = mode,
		.err = open_memstream(&s->err_text, &s->err_n),
		.out = &s->out,
		.json = mode == MC_PROGRESS_JSON };
	mc_progress_open(&s->p);
}

static void end(struct stage *s)
{
	mc_progress_finish(&s->p);
	mc_progress_close(&s->p);
	assert_int_equal(fclose(s->p.err), 0);
	assert_int_equal(fclose(s->out.file), 0);
}

static void drop(struct stage *s)
{
	free(s->err_text);
	free(s->out_text);
}

static void expect(struct stage *s, const char *err, const char *out)
{
	end(s);
	assert_string_equal(s->err_text, err);
	assert_string_equal(s->out_text, out);
	drop(s);
}

static void send(struct stage *s, struct mc_event event)
{
	mc_progress_event(&s->p, &event);
}

static void notes_once(void **state)
{
	struct stage s;

	(void)state;
	open_stage(&s, MC_PROGRESS_LINES);
	send(&s, (struct mc_event){ .kind = MC_EVENT_NOTE, .text = "a" });
	send(&s, (struct mc_event){ .kind = MC_EVENT_NOTE, .text = "b" });
	send(&s, (struct mc_event){ .kind = MC_EVENT_NOTE, .text = "a" });
	expect(&s, "mailcart: note: a\nmailcart: note: b\n", "");
}

static const struct mc_event failure = {
	.kind = MC_EVENT_FAILURE, .mailbox = "x.mbox", .text = "why"
};
static const struct mc_event lost = { .kind = MC_EVENT_FAILURE,
	.mailbox = "1:6",
	.folder = "Work",
	.text = "why" };
static const struct mc_event refusal = { .kind = MC_EVENT_REFUSAL,
	.id = 7,
	.mailbox = "Inbox",
	.code = "TOOBIG",
	.text = "no" };
static const struct mc_event trace = { .kind = MC_EVENT_TRACE,
	.text = "C: QUIT" };
static const struct mc_event note = { .kind = MC_EVENT_NOTE, .text = "n" };

static void by_verbosity(void **state)
{
	static const struct {
		const char *proves;
		bool quiet;
		int verbose;
		const char *err;
	} rows[] = {
		{ "quiet: errors only", true, 0,
			"mailcart: failed: x.mbox: why\n"
			"mailcart: failed: 1:6 in 'Work': why\n"
			"mailcart: message 7 refused for 'Inbox': TOOBIG: "
			"no\n" },
		{ "as it is: the report will list refusals", false, 0,
			"mailcart: failed: x.mbox: why\n"
			"mailcart: failed: 1:6 in 'Work': why\n"
			"mailcart: note: n\n" },
		{ "-v", false, 1,
			"mailcart: failed: x.mbox: why\n"
			"mailcart: failed: 1:6 in 'Work': why\n"
			"mailcart: message 7 refused for 'Inbox': TOOBIG: no\n"
			"mailcart: note: n\n" },
		{ "-vv", false, 2,
			"mailcart: failed: x.mbox: why\n"
			"mailcart: failed: 1:6 in 'Work': why\n"
			"mailcart: message 7 refused for 'Inbox': TOOBIG: no\n"
			"C: QUIT\nmailcart: note: n\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage s;

		print_message("%s\n", rows[i].proves);
		open_stage(&s, MC_PROGRESS_NONE);
		s.p.quiet = rows[i].quiet;
		s.p.verbose = rows[i].verbose;
		send(&s, failure);
		send(&s, lost);
		send(&s, refusal);
		send(&s, trace);
		send(&s, note);
		expect(&s, rows[i].err, "");
	}
}

/* The first and the last state of a phase, and little between. */
static void json_is_capped(void **state)
{
	struct stage s;
	size_t lines = 0;

	(void)state;
	open_stage(&s, MC_PROGRESS_JSON);
	for (int i = 0; i <= 100000; i++)
		send(&s, (struct mc_event){ .kind = MC_EVENT_PROGRESS,
				 .phase = i < 50000 ? "pull" : "push",
				 .done = i,
				 .total = 100000,
				 .octets = i });
	end(&s);
	assert_string_equal(s.err_text, "");
	for (const char *c = s.out_text; *c; c++)
		lines += *c == '\n';
	assert_true(lines >= 2 && lines < 1000);
	assert_non_null(strstr(s.out_text,
		"{\"v\":1,\"type\":\"event\",\"kind\":\"progress\","
		"\"phase\":\"pull\",\"done\":49999,\"total\":100000,"
		"\"octets\":49999,\"text\":null}\n"));
	assert_non_null(strstr(s.out_text, "\"done\":100000,"));
	drop(&s);
}

static void json_events(void **state)
{
	struct stage s;

	(void)state;
	open_stage(&s, MC_PROGRESS_JSON);
	send(&s, failure);
	send(&s, lost);
	send(&s, refusal);
	send(&s, note);
	send(&s, note);
	expect(&s, "",
		"{\"v\":1,\"type\":\"event\",\"kind\":\"failure\","
		"\"phase\":null,\"done\":0,\"total\":0,\"octets\":0,"
		"\"text\":\"why\",\"item\":\"x.mbox\",\"folder\":null}\n"
		"{\"v\":1,\"type\":\"event\",\"kind\":\"failure\","
		"\"phase\":null,\"done\":0,\"total\":0,\"octets\":0,"
		"\"text\":\"why\",\"item\":\"1:6\",\"folder\":\"Work\"}\n"
		"{\"v\":1,\"type\":\"refusal\",\"id\":7,\"mailbox\":\"Inbox\","
		"\"code\":\"TOOBIG\",\"text\":\"no\"}\n"
		"{\"v\":1,\"type\":\"event\",\"kind\":\"note\","
		"\"phase\":null,\"done\":0,\"total\":0,\"octets\":0,"
		"\"text\":\"n\"}\n");
}

/* What is printed meanwhile stands on lines of its own. */
static void terminal_line(void **state)
{
	struct stage s;

	(void)state;
	open_stage(&s, MC_PROGRESS_TERMINAL);
	send(&s, (struct mc_event){ .kind = MC_EVENT_PROGRESS,
			 .phase = "pull",
			 .done = 1,
			 .total = 2 });
	send(&s, note);
	mc_progress_say(&s.p, "%s", "said");
	expect(&s,
		"\rpull  1/2 messages  0 B\x1b[K"
		"\r\x1b[Kmailcart: note: n\nmailcart: said\n",
		"");
}

static void paused(void **state)
{
	struct mc_event event = { .kind = MC_EVENT_PROGRESS,
		.phase = "pull",
		.done = 1,
		.total = 2 };
	struct stage s;

	(void)state;
	open_stage(&s, MC_PROGRESS_TERMINAL);
	mc_progress_pause(&s.p);
	send(&s, event);
	mc_progress_resume(&s.p);
	mc_progress_pause(NULL);
	mc_progress_resume(NULL);
	expect(&s, "", "");
}

static void *hammer(void *arg)
{
	struct stage *s = arg;

	for (int i = 0; i < 2000; i++) {
		send(s, note);
		send(s, refusal);
		send(s, (struct mc_event){ .kind = MC_EVENT_PROGRESS,
				.phase = "push",
				.done = i,
				.total = 2000 });
	}
	return NULL;
}

/* Lines of many threads stay whole. */
static void from_threads(void **state)
{
	pthread_t threads[4];
	struct stage s;

	(void)state;
	open_stage(&s, MC_PROGRESS_JSON);
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, hammer, &s), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	end(&s);
	for (char *line = s.out_text, *next; *line; line = next) {
		next = line + strcspn(line, "\n") + 1;
		assert_memory_equal(line, "{\"v\":1,\"type\":", 14);
		assert_memory_equal(next - 2, "}\n", 2);
		assert_true(next - line < 160);
	}
	drop(&s);
}

/* A wait is told in the drawn line, and nowhere else. */
static void waits(void **state)
{
	static const struct mc_event twelve = {
		.kind = MC_EVENT_WAIT, .text = "trying again in", .done = 12
	};
	static const struct mc_event over = { .kind = MC_EVENT_WAIT,
		.text = "trying again in" };
	struct stage s;

	(void)state;
	open_stage(&s, MC_PROGRESS_TERMINAL);
	send(&s, twelve);
	send(&s, over);
	expect(&s, "\rtrying again in 12 s   \x1b[K\r\x1b[K", "");
	open_stage(&s, MC_PROGRESS_TERMINAL);
	send(&s, (struct mc_event){ .kind = MC_EVENT_PROGRESS,
			 .phase = "push",
			 .done = 3,
			 .total = 40 });
	send(&s, twelve);
	send(&s, over);
	end(&s);
	assert_non_null(strstr(
		s.err_text, "\rtrying again in 12 s   push  3/40 messages"));
	assert_non_null(strstr(s.err_text, "\x1b[K\rpush  3/40 messages"));
	drop(&s);
	open_stage(&s, MC_PROGRESS_LINES);
	send(&s, twelve);
	expect(&s, "", "");
	open_stage(&s, MC_PROGRESS_JSON);
	send(&s, twelve);
	expect(&s, "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_once),
		cmocka_unit_test(by_verbosity),
		cmocka_unit_test(json_is_capped),
		cmocka_unit_test(json_events),
		cmocka_unit_test(terminal_line),
		cmocka_unit_test(paused),
		cmocka_unit_test(waits),
		cmocka_unit_test(from_threads),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
