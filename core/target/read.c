/* SPDX-License-Identifier: MIT
 * read: what a mailbox holds, and whole messages of it. */
#include "net/imap_fetch.h"
#include "target/wire.h"

/* A message as net tells it and as target does. */
struct seeing {
	struct mc_seen seen;
	struct mc_buf keywords;
};

static MC_RC see(struct seeing *seeing, const struct mc_imap_message *message,
	struct mc_error *err)
{
	struct mc_words flags = { message->flags.p, message->flags.n };
	enum mc_rc rc;

	seeing->seen = (struct mc_seen){ .uid = message->uid,
		.octets = message->octets,
		.internaldate = message->internaldate,
		.header = message->header };
	mc_buf_clear(&seeing->keywords);
	rc = mc_flags_from_imap(
		flags, &seeing->seen.flags, &seeing->keywords, err);
	seeing->seen.keywords =
		(struct mc_words){ mc_buf_str(&seeing->keywords),
			seeing->keywords.len };
	return rc;
}

struct look {
	mc_seen_fn *seen;
	void *arg;
	struct seeing seeing;
};

static MC_RC on_look(
	void *arg, const struct mc_imap_message *message, struct mc_error *err)
{
	struct look *look = arg;
	enum mc_rc rc = see(&look->seeing, message, err);

	return rc == MC_OK ? look->seen(look->arg, &look->seeing.seen, err)
			   : rc;
}

/* Windows on their way one behind the other, so that no round trip is waited
 * for. */
enum { WINDOWS = 8 };

struct looks {
	struct mc_imap_flight noop; /* before all others, if there is need */
	const struct mc_imap_uids *uids;
	size_t asked; /* of the uids */
	struct mc_imap_look window[WINDOWS];
	struct mc_imap_looking *looking[WINDOWS];
	size_t launched;
	size_t over;
};

static MC_RC launch(
	struct looks *looks, struct look *look, struct mc_error *err)
{
	size_t turn = looks->launched % WINDOWS;
	struct mc_imap_look *window = &looks->window[turn];
	size_t left = looks->uids->n - looks->asked;

	*window = (struct mc_imap_look){
		.items = "UID FLAGS INTERNALDATE RFC822.SIZE "
			 "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID FROM DATE "
			 "SUBJECT)]",
		.uids = looks->uids->uid + looks->asked,
		.n = left < MC_IMAP_LOOK_MAX ? left : MC_IMAP_LOOK_MAX,
		.each = on_look,
		.arg = look
	};
	looks->asked += window->n;
	looks->launched++;
	return mc_imap_looking_launch(looks->looking[turn], window, err);
}

static MC_RC finish_oldest(
	struct mc_target *target, struct looks *looks, struct mc_error *err)
{
	struct mc_imap_looking *oldest = looks->looking[looks->over % WINDOWS];
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && !mc_imap_looking_is_over(oldest))
		rc = mc_imap_turn(target->imap, err);
	looks->over++;
	return rc == MC_OK ? mc_imap_looking_result(oldest, err) : rc;
}

static MC_RC on_noop(struct mc_imap_flight *flight,
	const struct mc_imap_response *response, struct mc_error *err)
{
	(void)flight;
	(void)response;
	(void)err;
	return MC_OK;
}

/* A server tells what is new between commands, and of what it did not tell
 * FETCH gives nothing. */
static MC_RC refresh(
	struct mc_target *target, struct looks *looks, struct mc_error *err)
{
	if (!target->stale)
		return MC_OK;
	target->stale = false;
	looks->noop.done = on_noop;
	return mc_imap_launch(
		target->imap, &looks->noop, "NOOP", (struct mc_span){ 0 }, err);
}

static MC_RC look_in_turns(struct mc_target *target, struct looks *looks,
	struct look *look, struct mc_error *err)
{
	enum mc_rc rc = refresh(target, looks, err);

	while (rc == MC_OK && (looks->asked < looks->uids->n ||
				      looks->over < looks->launched)) {
		if (looks->asked < looks->uids->n &&
			looks->launched - looks->over < WINDOWS)
			rc = launch(looks, look, err);
		else
			rc = finish_oldest(target, looks, err);
	}
	while (rc == MC_OK && mc_imap_in_flight(target->imap))
		rc = mc_imap_turn(target->imap, err);
	/* What is on its way is ours: nothing else may be asked. */
	if (rc < 0 && mc_imap_in_flight(target->imap))
		mc_imap_abort(target->imap);
	return rc;
}

static MC_RC look_all(struct mc_target *target, struct look *look,
	const struct mc_imap_uids *uids, struct mc_error *err)
{
	struct looks looks = { .uids = uids };
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < WINDOWS; i++)
		rc = mc_imap_looking_new(&looks.looking[i], target->imap, err);
	if (rc == MC_OK)
		rc = look_in_turns(target, &looks, look, err);
	for (size_t i = 0; i < WINDOWS; i++)
		mc_imap_looking_free(looks.looking[i]);
	return rc;
}

MC_RC mc_target_look(struct mc_target *target, uint32_t from, mc_seen_fn *seen,
	void *arg, struct mc_error *err)
{
	struct look look = { .seen = seen, .arg = arg };
	struct mc_imap_uids uids = { 0 };
	enum mc_rc rc = mc_target_settle(target, err);

	mc_buf_init(&look.seeing.keywords, MC_WORDS_MAX);
	/* What others put there since SELECT is told now. */
	if (rc == MC_OK)
		rc = mc_imap_command(target->imap, "NOOP",
			(struct mc_span){ 0 }, "", NULL, err);
	if (rc == MC_OK)
		rc = mc_imap_list_uids(
			target->imap, from, &uids, NULL, NULL, err);
	if (rc == MC_OK)
		rc = look_all(target, &look, &uids, err);
	mc_buf_dispose(&look.seeing.keywords);
	mc_imap_uids_dispose(&uids);
	return rc;
}

MC_RC mc_target_look_at(struct mc_target *target, const uint32_t *uids,
	size_t n, mc_seen_fn *seen, void *arg, struct mc_error *err)
{
	struct look look = { .seen = seen, .arg = arg };
	struct mc_imap_uids asked = { 0 };
	enum mc_rc rc = mc_target_settle(target, err);

	mc_buf_init(&look.seeing.keywords, MC_WORDS_MAX);
	for (size_t i = 0; rc == MC_OK && i < n; i++)
		rc = mc_imap_uids_add(&asked, uids[i], err);
	if (rc == MC_OK)
		rc = look_all(target, &look, &asked, err);
	mc_buf_dispose(&look.seeing.keywords);
	mc_imap_uids_dispose(&asked);
	return rc;
}

MC_RC mc_target_uids(struct mc_target *target, uint32_t **uids, size_t *n,
	struct mc_error *err)
{
	struct mc_imap_uids all = { 0 };
	enum mc_rc rc = mc_target_settle(target, err);

	if (rc == MC_OK)
		rc = mc_imap_list_uids(target->imap, 1, &all, NULL, NULL, err);
	if (rc < 0)
		mc_imap_uids_dispose(&all);
	*uids = all.uid;
	*n = all.n;
	return rc;
}

struct fetching {
	struct mc_imap_reader reader;
	struct mc_fetch *fetch;
	struct seeing seeing;
};

static MC_RC on_begin(struct mc_imap_reader *reader,
	const struct mc_imap_message *message, struct mc_error *err)
{
	struct fetching *f = (struct fetching *)(void *)reader;
	enum mc_rc rc = see(&f->seeing, message, err);

	return rc == MC_OK ? f->fetch->begin(f->fetch, &f->seeing.seen, err)
			   : rc;
}

static MC_RC on_bytes(struct mc_imap_reader *reader, struct mc_span bytes,
	struct mc_error *err)
{
	struct fetching *f = (struct fetching *)(void *)reader;

	return f->fetch->bytes(f->fetch, bytes, err);
}

static MC_RC on_end(struct mc_imap_reader *reader, struct mc_error *err)
{
	struct fetching *f = (struct fetching *)(void *)reader;

	return f->fetch->end(f->fetch, err);
}

MC_RC mc_target_fetch(struct mc_target *target, const uint32_t *uids, size_t n,
	struct mc_fetch *fetch, struct mc_error *err)
{
	struct fetching f = { .reader = { .items = "UID FLAGS INTERNALDATE "
						   "RFC822.SIZE",
				      .begin = on_begin,
				      .bytes = on_bytes,
				      .end = on_end },
		.fetch = fetch };
	struct mc_imap_wanted wanted = { .uids = uids, .n = n };
	enum mc_rc rc = mc_target_settle(target, err);

	mc_buf_init(&f.seeing.keywords, MC_WORDS_MAX);
	if (rc == MC_OK)
		rc = mc_imap_fetch(target->imap, &wanted, &f.reader, err);
	mc_buf_dispose(&f.seeing.keywords);
	return rc;
}
