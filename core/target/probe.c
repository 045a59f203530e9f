/* SPDX-License-Identifier: MIT
 * probe: facts about a server, for people. */
#include "base/text.h"
#include "target/wire.h"

struct probe {
	void (*line)(void *arg, const char *name, const char *text);
	void *arg;
};

static void tell(
	const struct probe *probe, const char *name, struct mc_span text)
{
	char shown[1000];

	mc_text_escape(shown, sizeof(shown), text);
	if (shown[0])
		probe->line(probe->arg, name, shown);
}

static void tell_str(
	const struct probe *probe, const char *name, const char *text)
{
	tell(probe, name, mc_span_str(text));
}

static void tell_boxes(
	const struct mc_target *target, const struct probe *probe)
{
	const struct mc_mailboxes *boxes = &target->boxes;
	char number[MC_NUMBER_TEXT];
	char text[64];

	tell_str(probe, "mailboxes", mc_text_number(number, (int64_t)boxes->n));
	mc_text_format(text, sizeof(text), "'%.1s'",
		boxes->separator ? &boxes->separator : "");
	tell_str(probe, "separator", text);
	tell_str(probe, "prefix", boxes->prefix);
	for (size_t i = 0; i < boxes->n; i++) {
		const struct mc_mailbox_info *box = &boxes->boxes[i];
		const char *attribute = mc_special_attribute(box->special);

		if (attribute)
			tell_str(probe, attribute, box->name);
	}
}

static void tell_way(const struct mc_target *target, const struct probe *probe)
{
	const struct mc_imap *imap = target->imap;
	bool plus = mc_imap_can(imap, "LITERAL+");
	bool minus = mc_imap_can(imap, "LITERAL-");

	tell_str(probe, "upload",
		mc_imap_can(imap, "MULTIAPPEND")
			? plus ? "batches of messages (MULTIAPPEND, LITERAL+)"
			       : "batches of messages (MULTIAPPEND)"
		: plus  ? "many at a time (LITERAL+)"
		: minus ? "small ones many at a time (LITERAL-)"
			: "one by one: two round trips a message");
	if (!mc_imap_can(imap, "UIDPLUS"))
		tell_str(probe, "risk",
			"no UIDPLUS: mailboxes are read again to see what "
			"arrived");
	if (!target->boxes.special_use)
		tell_str(probe, "risk",
			"no SPECIAL-USE: Sent, Trash and the like are "
			"recognised by name");
	if (!mc_imap_can(imap, "BINARY"))
		tell_str(probe, "risk",
			"no BINARY: messages with NUL may be refused or "
			"changed");
}

static MC_RC tell_quotas(struct mc_target *target, const struct probe *probe,
	struct mc_error *err)
{
	struct mc_quotas quotas;
	char text[512];
	enum mc_rc rc = mc_target_quota(target, "INBOX", &quotas, err);

	for (size_t i = 0; rc == MC_OK && i < quotas.n; i++)
		if (mc_quota_text(&quotas.list[i], text, sizeof(text)))
			tell_str(probe, "quota", text);
	return rc;
}

MC_RC mc_target_probe(struct mc_target *target,
	void (*line)(void *arg, const char *name, const char *text), void *arg,
	struct mc_error *err)
{
	struct probe probe = { line, arg };
	char number[MC_NUMBER_TEXT];
	int64_t limit;
	enum mc_rc rc = mc_target_settle(target, err);

	if (rc < 0)
		return rc;
	tell_str(&probe, "greeting", mc_imap_greeting(target->imap));
	tell_str(&probe, "server", mc_imap_server_id(target->imap));
	tell_str(&probe, "capabilities", mc_imap_capabilities(target->imap));
	tell_boxes(target, &probe);
	tell_way(target, &probe);
	if (mc_text_decimal(mc_imap_can_value(target->imap, "APPENDLIMIT"),
		    INT64_MAX, &limit))
		tell_str(&probe, "largest message",
			mc_text_number(number, limit));
	return tell_quotas(target, &probe, err);
}
