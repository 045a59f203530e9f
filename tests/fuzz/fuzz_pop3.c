/* SPDX-License-Identifier: MIT
 * LIST, UIDL and the octets of a message, as a POP3 server may send them. */
#include "fuzz.h"
#include "net/pop3_dot.h"
#include "net/pop3_list.h"

static void look_up(const struct mc_pop3_list *list)
{
	for (uint32_t i = 1; i <= list->count && i < 1000; i++) {
		(void)mc_pop3_list_octets(list, i);
		MC_PROMISE(mc_pop3_list_uidl(list, i));
	}
}

static void list_lines(struct mc_span rest)
{
	struct mc_pop3_list list;
	enum mc_rc rc = MC_OK;
	struct mc_error err;
	int turn = 0;

	mc_pop3_list_init(&list);
	while (rc == MC_OK && rest.n > 0) {
		size_t end = mc_span_index(rest, '\n');
		struct mc_span line = mc_span_head(rest, end);

		if (turn == 0 && line.n < 12)
			rc = mc_pop3_list_expect(&list, line, &err);
		else if (turn % 2)
			rc = mc_pop3_list_size(&list, line, &err);
		else
			rc = mc_pop3_list_name(&list, line, &err);
		rc = rc == MC_DONE ? MC_OK : rc;
		rest = mc_span_from(rest, end + 1);
		turn++;
	}
	if (rc == MC_OK && mc_pop3_list_settle(&list, &err) == MC_OK)
		look_up(&list);
	mc_pop3_list_dispose(&list);
}

static void dots(struct mc_span in, bool bare_lf)
{
	int64_t octets = 0;
	struct mc_dot dot;

	mc_dot_begin(&dot, bare_lf);
	while (in.n > 0 && dot.state != MC_DOT_OVER) {
		struct mc_span out = { NULL, 0 };
		size_t done = mc_dot_feed(&dot, in, &out);

		MC_PROMISE(done <= in.n);
		MC_PROMISE(done > 0 || out.n > 0);
		octets += (int64_t)out.n;
		in = mc_span_from(in, done);
	}
	MC_PROMISE(octets <= dot.octets + 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span all = { (const char *)data, size };

	list_lines(all);
	dots(all, false);
	dots(all, true);
	return 0;
}
