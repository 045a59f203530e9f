/* SPDX-License-Identifier: MIT
 * answer: what the server says to the APPENDs in flight. */
#include "base/text.h"
#include "target/send.h"

/* "304,319:320" into exactly n numbers, none 0.  False: it is not that. */
static bool parse_uids(struct mc_span set, uint32_t *uids, size_t n)
{
	size_t have = 0;

	while (set.n > 0) {
		size_t comma = mc_span_index(set, ',');
		struct mc_span part = mc_span_head(set, comma);
		size_t colon = mc_span_index(part, ':');
		int64_t first;
		int64_t last;

		if (!mc_text_decimal(
			    mc_span_head(part, colon), UINT32_MAX, &first))
			return false;
		last = first;
		if (colon < part.n &&
			!mc_text_decimal(mc_span_from(part, colon + 1),
				UINT32_MAX, &last))
			return false;
		if (first == 0 || last < first ||
			last - first >= (int64_t)(n - have))
			return false;
		while (first <= last)
			uids[have++] = (uint32_t)first++;
		set = mc_span_from(set, comma + 1);
	}
	return have == n;
}

/* [APPENDUID uidvalidity uids], RFC 4315 3.  What does not fit the selected
 * mailbox counts as not told; two numbers swapped are swapped back. */
static void take_uids(const struct mc_target *target, struct mc_flight *flight,
	const struct mc_imap_tokens *t)
{
	const struct mc_mailbox_state *state = &target->selected.state;
	int64_t validity;
	uint32_t *uids;

	if (!mc_imap_is(t, 0, "APPENDUID") ||
		!mc_imap_number(t, 1, UINT32_MAX, &validity))
		return;
	uids = calloc(flight->n, sizeof(*uids));
	if (!uids || !parse_uids(mc_imap_span(t, 2), uids, flight->n))
		goto out;
	if (flight->n == 1 && validity != state->uidvalidity &&
		uids[0] == state->uidvalidity) {
		uids[0] = (uint32_t)validity;
		validity = state->uidvalidity;
	}
	if (validity == 0 || validity != state->uidvalidity)
		goto out;
	for (size_t i = 0; i < flight->n; i++)
		if (uids[i] < state->uidnext || uids[i] == 0)
			goto out;
	flight->uidvalidity = (uint32_t)validity;
	flight->uids = uids;
	uids = NULL;
out:
	free(uids);
}

static MC_RC take_answer(struct mc_target *target,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct mc_send *send = target->send;
	struct mc_flight *flight = NULL;
	enum mc_rc rc;

	for (size_t i = 0; i < send->flights; i++)
		if (mc_flight_at(send, i)->tag == r->tag)
			flight = mc_flight_at(send, i);
	if (!flight || flight->answered)
		return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"the server answered a command that was not sent");
	if (r->word == MC_IMAP_OK && !flight->whole)
		return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"the server said OK to a message of which it had half");
	flight->answered = true;
	flight->word = r->word;
	if (r->word == MC_IMAP_OK) {
		take_uids(target, flight, &r->tokens);
		return MC_OK;
	}
	rc = mc_imap_fail(target->imap, r, MC_MESSAGE, &flight->why);
	if (rc == MC_EREFUSED)
		return MC_OK;
	/* On another connection the one to blame can be found. */
	*err = flight->why;
	err->hope = MC_AGAIN;
	return rc;
}

MC_RC mc_send_collect(struct mc_target *target,
	const struct mc_imap_response **out, struct mc_error *err)
{
	enum mc_rc rc = mc_imap_read(target->imap, NULL, out, err);

	if (rc < 0 || (*out)->kind != MC_IMAP_TAGGED)
		return rc;
	return take_answer(target, *out, err);
}
