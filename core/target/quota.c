/* SPDX-License-Identifier: MIT
 * quota: how much room a server has for a mailbox; RFC 9208. */
#include "base/text.h"
#include "target/wire.h"

struct quota_taker {
	struct mc_imap_taker base;
	struct mc_quotas *out;
};

/* "(STORAGE used limit MESSAGE used limit)" from token i on. */
static void take_resources(const struct mc_imap_tokens *t, struct mc_quota *q)
{
	int64_t used;
	int64_t limit;

	for (size_t i = 3; i + 2 < t->n; i += 3) {
		if (!mc_imap_number(t, i + 1, INT64_MAX / 1024, &used) ||
			!mc_imap_number(t, i + 2, INT64_MAX / 1024, &limit))
			return;
		if (mc_imap_is(t, i, "STORAGE")) {
			q->octets = used * 1024;
			q->octets_max = limit * 1024;
		} else if (mc_imap_is(t, i, "MESSAGE")) {
			q->messages = used;
			q->messages_max = limit;
		}
	}
}

/* QUOTA root (STORAGE used limit ...) */
static MC_RC on_quota(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct mc_quotas *out = ((struct quota_taker *)base)->out;
	const struct mc_imap_tokens *t = &r->tokens;
	struct mc_quota *q;

	(void)err;
	if (r->kind != MC_IMAP_DATA || !mc_imap_is(t, 0, "QUOTA") ||
		out->n == MC_QUOTAS_MAX)
		return MC_OK;
	q = &out->list[out->n++];
	*q = (struct mc_quota){ .octets_max = -1, .messages_max = -1 };
	mc_text_escape(q->root, sizeof(q->root), mc_imap_span(t, 1));
	take_resources(t, q);
	return MC_OK;
}

MC_RC mc_target_quota(struct mc_target *target, const char *mailbox,
	struct mc_quotas *out, struct mc_error *err)
{
	struct quota_taker taker = { { .data = on_quota }, out };
	struct mc_buf wire;
	enum mc_rc rc;

	out->n = 0;
	if (!mc_imap_can(target->imap, "QUOTA"))
		return MC_OK;
	mc_buf_init(&wire, MC_IMAP_WIRE_MAX);
	rc = mc_target_settle(target, err);
	if (rc == MC_OK)
		rc = mc_target_wire_name(target, mailbox, &wire, err);
	if (rc == MC_OK)
		rc = mc_imap_ask(target->imap, "GETQUOTAROOT",
			mc_buf_span(&wire), "", &taker.base, err);
	mc_buf_dispose(&wire);
	return rc == MC_EREFUSED ? MC_OK : rc;
}

const char *mc_quota_text(const struct mc_quota *quota, char *out, size_t size)
{
	char used[MC_AMOUNT_TEXT];
	char most[MC_AMOUNT_TEXT];

	out[0] = '\0';
	if (quota->octets_max >= 0)
		mc_text_format(out, size, "%s of %s",
			mc_amount(used, quota->octets),
			mc_amount(most, quota->octets_max));
	if (quota->messages_max >= 0) {
		mc_text_append(out, size, out[0] ? " and " : "");
		mc_text_append(
			out, size, mc_text_number(used, quota->messages));
		mc_text_append(out, size, " of ");
		mc_text_append(
			out, size, mc_text_number(most, quota->messages_max));
		mc_text_append(out, size, " messages");
	}
	if (!out[0])
		return NULL;
	mc_text_append(out, size, " used");
	if (quota->root[0]) {
		mc_text_append(out, size, " in the quota '");
		mc_text_append(out, size, quota->root);
		mc_text_append(out, size, "'");
	}
	return out;
}
