/* SPDX-License-Identifier: MIT */
#include "net/pop3_delete.h"

#include "base/text.h"
#include "net/pop3_wire.h"

/* Commands on their way at a time: their replies fit in what a socket holds,
 * so that neither side waits for the other to read. */
enum { FLIGHT = 128 };

static MC_RC send_number(struct mc_pop3 *pop3, const char *verb,
	uint32_t number, struct mc_error *err)
{
	char text[16];
	size_t n = mc_text_format(text, sizeof(text), "%u", number);

	return mc_pop3_send(pop3, verb, (struct mc_span){ text, n }, err);
}

/* "number word", and no more of them than one. */
static bool splits(struct mc_span text, uint32_t *number, struct mc_span *word)
{
	size_t blank = mc_span_index(text, ' ');
	uint64_t value = 0;

	if (blank == 0 || blank > 10 || blank == text.n)
		return false;
	for (size_t i = 0; i < blank; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text.p[i] - '0');
	}
	if (value > UINT32_MAX)
		return false;
	*number = (uint32_t)value;
	*word = mc_span_trim(mc_span_from(text, blank));
	*word = mc_span_head(*word, mc_span_index(*word, ' '));
	return word->n > 0;
}

static bool is_octets(struct mc_span word, int64_t octets)
{
	char text[32];
	size_t n =
		mc_text_format(text, sizeof(text), "%lld", (long long)octets);

	return mc_span_eq(word, (struct mc_span){ text, n });
}

/* One of the two replies about a message.  *same stays as it was or becomes
 * false. */
static MC_RC read_fact(struct mc_pop3 *pop3, const struct mc_pop3_list *list,
	uint32_t number, bool is_uidl, bool *same, struct mc_error *err)
{
	struct mc_pop3_reply reply;
	struct mc_span word;
	uint32_t told;
	enum mc_rc rc = mc_pop3_reply(pop3, &reply, err);

	if (rc < 0)
		return rc;
	if (reply.status != MC_POP3_OK || !splits(reply.text, &told, &word) ||
		told != number)
		*same = false;
	else if (is_uidl)
		*same = *same && mc_span_eq(word, mc_span_str(mc_pop3_list_uidl(
							  list, number)));
	else
		*same = *same &&
			is_octets(word, mc_pop3_list_octets(list, number));
	return MC_OK;
}

/* The next ones, whose commands go out before their replies are read. */
static struct mc_pop3_numbers take_flight(
	const struct mc_pop3 *pop3, struct mc_pop3_numbers *numbers)
{
	size_t most = pop3->after.pipelining ? FLIGHT : 1;
	struct mc_pop3_numbers some = *numbers;

	if (some.n > most)
		some.n = most;
	numbers->p += some.n;
	numbers->n -= some.n;
	return some;
}

static MC_RC recheck_flight(struct mc_pop3 *pop3,
	const struct mc_pop3_list *list, struct mc_pop3_numbers some,
	bool *same, struct mc_error *err)
{
	static const char *const verbs[] = { "UIDL", "LIST" };
	bool together = pop3->after.pipelining;
	size_t n = 2 * some.n;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < n; i++) {
		rc = send_number(pop3, verbs[i % 2], some.p[i / 2], err);
		if (rc == MC_OK && (!together || i + 1 == n))
			rc = mc_stream_flush(pop3->stream, err);
		if (rc == MC_OK && !together)
			rc = read_fact(pop3, list, some.p[i / 2], i % 2 == 0,
				&same[i / 2], err);
	}
	for (size_t i = 0; rc == MC_OK && together && i < n; i++)
		rc = read_fact(pop3, list, some.p[i / 2], i % 2 == 0,
			&same[i / 2], err);
	return rc;
}

MC_RC mc_pop3_recheck(struct mc_pop3 *pop3, const struct mc_pop3_list *list,
	struct mc_pop3_numbers numbers, mc_pop3_fate_fn *fate, void *arg,
	struct mc_error *err)
{
	bool same[FLIGHT];
	struct mc_error why;
	enum mc_rc rc = MC_OK;

	(void)mc_fail(&why, MC_EPROTO, MC_MESSAGE, 0,
		"its UIDL or size is another than before in the same session");
	while (rc == MC_OK && numbers.n > 0) {
		struct mc_pop3_numbers some = take_flight(pop3, &numbers);

		memset(same, true, sizeof(same));
		rc = recheck_flight(pop3, list, some, same, err);
		for (size_t i = 0; rc == MC_OK && i < some.n; i++)
			rc = fate(arg, some.p[i], same[i] ? NULL : &why, err);
	}
	return rc;
}

static MC_RC read_deletion(struct mc_pop3 *pop3, uint32_t number,
	mc_pop3_fate_fn *fate, void *arg, struct mc_error *err)
{
	struct mc_pop3_reply reply;
	struct mc_error why;
	enum mc_rc rc = mc_pop3_reply(pop3, &reply, err);

	if (rc < 0 || reply.status == MC_POP3_OK)
		return rc < 0 ? rc : fate(arg, number, NULL, err);
	(void)mc_pop3_refused(pop3, MC_EREFUSED,
		"the server does not remove the message", reply.text, &why);
	why.rc = MC_EREFUSED;
	why.scope = MC_MESSAGE;
	return fate(arg, number, &why, err);
}

MC_RC mc_pop3_delete(struct mc_pop3 *pop3, struct mc_pop3_numbers numbers,
	mc_pop3_fate_fn *fate, void *arg, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && numbers.n > 0) {
		struct mc_pop3_numbers some = take_flight(pop3, &numbers);

		for (size_t i = 0; rc == MC_OK && i < some.n; i++)
			rc = send_number(pop3, "DELE", some.p[i], err);
		if (rc == MC_OK)
			rc = mc_stream_flush(pop3->stream, err);
		for (size_t i = 0; rc == MC_OK && i < some.n; i++)
			rc = read_deletion(pop3, some.p[i], fate, arg, err);
	}
	return rc;
}

MC_RC mc_pop3_reset(struct mc_pop3 *pop3, struct mc_error *err)
{
	struct mc_pop3_reply reply;
	enum mc_rc rc = mc_pop3_command(
		pop3, "RSET", (struct mc_span){ NULL, 0 }, &reply, err);

	if (rc == MC_OK && reply.status == MC_POP3_ERR)
		return mc_pop3_refused(
			pop3, MC_EREFUSED, "RSET refused", reply.text, err);
	return rc;
}
