/* SPDX-License-Identifier: MIT
 * list: the server's mailboxes, as those who plan need them. */
#include "net/imap_name.h"
#include "target/wire.h"

MC_RC mc_target_wire_name(const struct mc_target *target, const char *name,
	struct mc_buf *out, struct mc_error *err)
{
	size_t i = mc_imap_find_box(&target->listed, name);

	mc_buf_clear(out);
	if (i < target->listed.n)
		return mc_buf_put(
			out, mc_span_str(target->listed.box[i].wire), err);
	return mc_imap_name_encode(out, mc_span_str(name), err);
}

static MC_RC mirror_box(struct mc_target *target,
	const struct mc_imap_box *from, struct mc_error *err)
{
	const struct mc_mailbox_info box = {
		.name = from->name,
		.special = from->is_inbox
				   ? MC_SPECIAL_INBOX
				   : mc_special_by_attributes(from->attributes),
		.separator = from->separator,
		.selectable = from->selectable,
		.inferiors = from->inferiors,
		.subscribed = from->subscribed,
	};

	if (box.special > MC_SPECIAL_INBOX)
		target->boxes.special_use = true;
	return mc_mailboxes_put(&target->boxes, &box, err);
}

/* boxes has what is listed from that one on.  A name that nobody could write
 * down is passed over: nothing is ever put there. */
static MC_RC mirror_from(
	struct mc_target *target, size_t first, struct mc_error *err)
{
	const struct mc_imap_boxes *listed = &target->listed;
	enum mc_rc rc = MC_OK;

	for (size_t i = first; i < listed->n && rc == MC_OK; i++)
		if (!listed->box[i].odd)
			rc = mirror_box(target, &listed->box[i], err);
	return rc;
}

/* boxes becomes what is listed. */
static MC_RC mirror(struct mc_target *target, struct mc_error *err)
{
	const struct mc_imap_boxes *listed = &target->listed;
	enum mc_rc rc;

	mc_mailboxes_dispose(&target->boxes);
	target->boxes.separator = listed->separator;
	target->boxes.special_use = mc_imap_can(target->imap, "SPECIAL-USE");
	rc = mc_strdup(&target->boxes.prefix, mc_span_str(listed->prefix), err);
	return rc == MC_OK ? mirror_from(target, 0, err) : rc;
}

MC_RC mc_target_list(struct mc_target *target, struct mc_error *err)
{
	enum mc_rc rc = mc_imap_list(
		target->imap, MC_IMAP_ASK_SUBSCRIBED, &target->listed, err);

	return rc == MC_OK ? mirror(target, err) : rc;
}

MC_RC mc_target_list_one(struct mc_target *target, struct mc_span wire,
	bool *found, struct mc_error *err)
{
	size_t n = target->listed.n;
	enum mc_rc rc = mc_imap_list_one(
		target->imap, wire, &target->listed, found, err);

	if (rc < 0 || !*found)
		return rc;
	return target->listed.n > n ? mirror_from(target, n, err)
				    : mirror(target, err);
}

MC_RC mc_target_add_unlisted(struct mc_target *target, const char *name,
	struct mc_span wire, struct mc_error *err)
{
	size_t n = target->listed.n;
	enum mc_rc rc = mc_imap_add_box(&target->listed, name, wire, err);

	return rc == MC_OK ? mirror_from(target, n, err) : rc;
}

bool mc_target_is_subscribed(const struct mc_target *target, const char *name)
{
	size_t i = mc_imap_find_box(&target->listed, name);

	return i < target->listed.n && target->listed.box[i].subscribed;
}

void mc_target_subscribed(struct mc_target *target, const char *name)
{
	size_t i = mc_imap_find_box(&target->listed, name);

	if (i < target->listed.n)
		target->listed.box[i].subscribed = true;
	i = mc_mailboxes_find(&target->boxes, name);
	if (i < target->boxes.n)
		target->boxes.boxes[i].subscribed = true;
}
