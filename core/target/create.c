/* SPDX-License-Identifier: MIT
 * create: mailboxes are made and subscribed, one with all that may go wrong,
 * or many in two round trips. */
#include "base/text.h"
#include "target/wire.h"

enum {
	USE_TEXT = 32,
	/* Commands on their way: their answers fit any socket's buffer. */
	WINDOW = 100,
};

/* " (USE (\\Sent))" where the mailbox has a purpose and the server takes it;
 * RFC 6154 3. */
static bool has_use(const struct mc_target *target, enum mc_special special,
	char use[USE_TEXT])
{
	const char *attribute = mc_special_attribute(special);

	use[0] = '\0';
	if (!attribute || !mc_imap_can(target->imap, "CREATE-SPECIAL-USE"))
		return false;
	mc_text_format(use, USE_TEXT, " (USE (%s))", attribute);
	return true;
}

/* CREATE, with the purpose where the server takes it; a server that refuses
 * the purpose (one Sent is enough for it) is asked without. */
static MC_RC create(struct mc_target *target, struct mc_span wire,
	enum mc_special special, struct mc_error *err)
{
	char use[USE_TEXT];
	enum mc_rc rc;

	if (has_use(target, special, use)) {
		rc = mc_imap_ask(target->imap, "CREATE", wire, use, NULL, err);
		if (rc != MC_EREFUSED)
			return rc;
	}
	return mc_imap_ask(target->imap, "CREATE", wire, "", NULL, err);
}

static MC_RC make_box(struct mc_target *target, const char *name,
	struct mc_span wire, enum mc_special special, struct mc_error *err)
{
	struct mc_error other;
	bool found = false;
	enum mc_rc made = create(target, wire, special, err);
	enum mc_rc rc;

	if (made < 0 && made != MC_EREFUSED)
		return made;
	rc = mc_target_list_one(target, wire, &found, &other);
	if (rc < 0) {
		*err = other;
		return rc;
	}
	/* ALREADYEXISTS, or somebody made it meanwhile, is as good. */
	if (found || (made < 0 && strcmp(err->code, "ALREADYEXISTS") != 0))
		return found ? MC_OK : made;
	return mc_target_add_unlisted(target, name, wire, err);
}

static MC_RC subscribe(struct mc_target *target, const char *name,
	struct mc_span wire, struct mc_error *err)
{
	enum mc_rc rc;

	if (mc_target_is_subscribed(target, name))
		return MC_OK;
	rc = mc_imap_ask(target->imap, "SUBSCRIBE", wire, "", NULL, err);
	if (rc == MC_EREFUSED) {
		mc_note(target->mon,
			"'%s' could not be subscribed: %s; if a mail program "
			"does not show it, subscribe it there",
			name, err->text);
		return MC_OK;
	}
	if (rc == MC_OK)
		mc_target_subscribed(target, name);
	return rc;
}

MC_RC mc_target_create(struct mc_target *target, const char *name,
	enum mc_special special, struct mc_error *err)
{
	struct mc_buf wire;
	size_t i = mc_mailboxes_find(&target->boxes, name);
	enum mc_rc rc;

	mc_buf_init(&wire, MC_IMAP_WIRE_MAX);
	rc = mc_target_settle(target, err);
	if (rc == MC_OK)
		rc = mc_target_wire_name(target, name, &wire, err);
	if (rc < 0)
		goto out;
	if (i == target->boxes.n || !target->boxes.boxes[i].selectable)
		rc = make_box(target, name, mc_buf_span(&wire), special, err);
	if (rc == MC_OK)
		rc = subscribe(target, name, mc_buf_span(&wire), err);
out:
	if (rc == MC_EREFUSED) {
		err->scope = MC_FOLDER;
		mc_while(err, "cannot be created");
	}
	mc_buf_dispose(&wire);
	return rc;
}

/* ---- many ---- */

/* Commands for some of many mailboxes, sent without waiting. */
struct crowd {
	struct mc_target *target;
	struct mc_new_box *boxes;
	size_t n;
	const char *verb;
	/* Is it this one's turn? */
	bool (*wants)(
		const struct mc_target *target, const struct mc_new_box *box);
	/* The server said OK. */
	MC_RC (*done)(struct mc_target *target, struct mc_new_box *box,
		struct mc_span wire, struct mc_error *err);
};

/* One on its way. */
struct sent {
	uint32_t tag;
	size_t box;
};

/* Such a name goes as a literal, whose "+" must not be mistaken. */
static bool is_plain(struct mc_span wire)
{
	for (size_t i = 0; i < wire.n; i++)
		if ((unsigned char)wire.p[i] >= 0x7f ||
			(unsigned char)wire.p[i] < 0x20)
			return false;
	return wire.n > 0;
}

/* "tag VERB name [(USE ...)]"; MC_DONE: not like this. */
static MC_RC say(struct crowd *crowd, const struct mc_new_box *box,
	struct mc_buf *wire, uint32_t *tag, struct mc_error *err)
{
	struct mc_imap *imap = crowd->target->imap;
	char use[USE_TEXT] = "";
	enum mc_rc rc;

	rc = mc_target_wire_name(crowd->target, box->name, wire, err);
	if (rc < 0)
		return rc;
	if (!is_plain(mc_buf_span(wire)))
		return MC_DONE;
	if (crowd->verb[0] == 'C')
		(void)has_use(crowd->target, box->special, use);
	rc = mc_imap_begin(imap, tag, crowd->verb, err);
	if (rc == MC_OK)
		rc = mc_imap_put(imap, " ", err);
	if (rc == MC_OK)
		rc = mc_imap_put_astring(imap, mc_buf_span(wire), err);
	if (rc == MC_OK)
		rc = mc_imap_put(imap, use, err);
	return rc == MC_OK ? mc_imap_put(imap, "\r\n", err) : rc;
}

static MC_RC take_done(struct crowd *crowd, const struct sent *sent,
	struct mc_buf *wire, struct mc_error *err)
{
	struct mc_new_box *box = &crowd->boxes[sent->box];
	enum mc_rc rc =
		mc_target_wire_name(crowd->target, box->name, wire, err);

	if (rc < 0)
		return rc;
	return crowd->done(crowd->target, box, mc_buf_span(wire), err);
}

/* All that are on their way are answered; NO and BAD are left to be told by
 * whoever tries that one by itself. */
static MC_RC hear(struct crowd *crowd, const struct sent *sent, size_t n,
	struct mc_buf *wire, struct mc_error *err)
{
	const struct mc_imap_response *r;
	enum mc_rc rc = mc_imap_flush(crowd->target->imap, err);

	for (size_t left = n; rc == MC_OK && left > 0;) {
		rc = mc_imap_read(crowd->target->imap, NULL, &r, err);
		if (rc < 0)
			return rc;
		if (r->kind != MC_IMAP_TAGGED)
			continue;
		left--;
		for (size_t i = 0; i < n && r->word == MC_IMAP_OK; i++)
			if (sent[i].tag == r->tag) {
				rc = take_done(crowd, &sent[i], wire, err);
				break;
			}
	}
	return rc;
}

static MC_RC command_all(struct crowd *crowd, struct mc_error *err)
{
	struct sent sent[WINDOW];
	struct mc_buf wire;
	enum mc_rc rc = MC_OK;
	size_t n = 0;

	mc_buf_init(&wire, MC_IMAP_WIRE_MAX);
	for (size_t i = 0; rc >= 0 && i < crowd->n; i++) {
		if (!crowd->wants(crowd->target, &crowd->boxes[i]))
			continue;
		rc = say(crowd, &crowd->boxes[i], &wire, &sent[n].tag, err);
		sent[n].box = i;
		n += rc == MC_OK;
		if (n == WINDOW) {
			rc = hear(crowd, sent, n, &wire, err);
			n = 0;
		}
	}
	if (rc >= 0 && n > 0)
		rc = hear(crowd, sent, n, &wire, err);
	mc_buf_dispose(&wire);
	return rc < 0 ? rc : MC_OK;
}

static bool is_there(const struct mc_target *target, const char *name)
{
	size_t i = mc_mailboxes_find(&target->boxes, name);

	return i < target->boxes.n && target->boxes.boxes[i].selectable;
}

static bool wants_making(
	const struct mc_target *target, const struct mc_new_box *box)
{
	return mc_mailboxes_find(&target->boxes, box->name) == target->boxes.n;
}

static MC_RC note_made(struct mc_target *target, struct mc_new_box *box,
	struct mc_span wire, struct mc_error *err)
{
	box->made = true;
	return mc_target_add_unlisted(target, box->name, wire, err);
}

static bool wants_subscribing(
	const struct mc_target *target, const struct mc_new_box *box)
{
	return is_there(target, box->name) &&
	       !mc_target_is_subscribed(target, box->name);
}

static MC_RC note_subscribed(struct mc_target *target, struct mc_new_box *box,
	struct mc_span wire, struct mc_error *err)
{
	(void)wire;
	(void)err;
	mc_target_subscribed(target, box->name);
	return MC_OK;
}

MC_RC mc_target_create_all(struct mc_target *target, struct mc_new_box *boxes,
	size_t n, struct mc_error *err)
{
	struct crowd crowd = { .target = target,
		.boxes = boxes,
		.n = n,
		.verb = "CREATE",
		.wants = wants_making,
		.done = note_made };
	enum mc_rc rc = mc_target_settle(target, err);

	if (rc == MC_OK)
		rc = command_all(&crowd, err);
	crowd.verb = "SUBSCRIBE";
	crowd.wants = wants_subscribing;
	crowd.done = note_subscribed;
	return rc == MC_OK ? command_all(&crowd, err) : rc;
}
