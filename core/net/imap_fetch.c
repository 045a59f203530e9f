/* SPDX-License-Identifier: MIT */
#include "net/imap_fetch.h"

#include "base/limits.h"
#include "base/text.h"
#include "net/imap_message.h"
#include "net/imap_wire.h"

static const struct mc_span nothing = { 0 };

void mc_imap_uids_dispose(struct mc_imap_uids *uids)
{
	free(uids->uid);
	*uids = (struct mc_imap_uids){ 0 };
}

static int compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* --- which there are ---------------------------------------------------- */

struct uid_taker {
	struct mc_imap_taker base;
	struct mc_imap_uids *uids;
	uint32_t from;
	mc_imap_message_fn *each;
	void *arg;
	struct mc_imap_fetched fetched;
};

static MC_RC add_uid(
	struct mc_imap_uids *uids, uint32_t uid, struct mc_error *err)
{
	if (uids->n == uids->cap) {
		size_t cap = uids->cap ? uids->cap * 2 : 1024;
		uint32_t *grown = realloc(uids->uid, cap * sizeof(*grown));

		if (!grown)
			return mc_fail_memory(err);
		uids->uid = grown;
		uids->cap = cap;
	}
	uids->uid[uids->n++] = uid;
	return MC_OK;
}

/* "UID FETCH 9:*" gives the last message even if its UID is below 9. */
static MC_RC on_uid(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct uid_taker *taker = (struct uid_taker *)base;
	const struct mc_imap_message *message = &taker->fetched.message;
	enum mc_rc rc;

	if (r->kind != MC_IMAP_DATA)
		return MC_OK;
	rc = mc_imap_take_fetch(&taker->fetched, &r->tokens, err);
	if (rc != MC_OK || message->uid == 0 || message->uid < taker->from)
		return rc < 0 ? rc : MC_OK;
	rc = add_uid(taker->uids, message->uid, err);
	if (rc == MC_OK && taker->each)
		rc = taker->each(taker->arg, message, err);
	return rc;
}

static void sort_unique(struct mc_imap_uids *uids)
{
	size_t kept = 0;

	if (uids->n == 0)
		return;
	qsort(uids->uid, uids->n, sizeof(*uids->uid), compare_uids);
	for (size_t i = 0; i < uids->n; i++)
		if (i == 0 || uids->uid[i] != uids->uid[kept - 1])
			uids->uid[kept++] = uids->uid[i];
	uids->n = kept;
}

MC_RC mc_imap_list_uids(struct mc_imap *imap, uint32_t from,
	struct mc_imap_uids *uids, mc_imap_message_fn *each, void *arg,
	struct mc_error *err)
{
	struct uid_taker taker = { .base = { .data = on_uid },
		.uids = uids,
		.from = from,
		.each = each,
		.arg = arg };
	char command[64];
	enum mc_rc rc;

	uids->n = 0;
	/* Some servers refuse "*" in an empty mailbox. */
	if (mc_imap_exists(imap) == 0)
		return MC_OK;
	mc_imap_fetched_init(&taker.fetched);
	mc_text_format(command, sizeof(command), "UID FETCH %u:* (UID%s)",
		from > 0 ? from : 1, each ? " FLAGS" : "");
	rc = mc_imap_command(imap, command, nothing, "", &taker.base, err);
	sort_unique(uids);
	mc_imap_fetched_dispose(&taker.fetched);
	return rc;
}

/* --- messages asked for by one command ---------------------------------- */

bool mc_imap_take_wanted(struct mc_imap_window *window, uint32_t uid)
{
	const uint32_t *hit = bsearch(&uid, window->uids, window->n,
		sizeof(*window->uids), compare_uids);
	bool wanted = hit && !window->got[hit - window->uids];

	if (wanted)
		window->got[hit - window->uids] = true;
	return wanted;
}

struct look_taker {
	struct mc_imap_taker base;
	struct mc_imap_window window;
	const struct mc_imap_look *look;
	bool header; /* is asked for */
	struct mc_imap_fetched fetched;
};

/* Responses without what was asked for are news of flags. */
static bool is_answer(
	const struct look_taker *taker, const struct mc_imap_message *message)
{
	return taker->header ? message->header.p != NULL
			     : message->dated || message->octets >= 0;
}

static MC_RC on_look(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct look_taker *taker = (struct look_taker *)base;
	const struct mc_imap_message *message = &taker->fetched.message;
	enum mc_rc rc;

	if (r->kind != MC_IMAP_DATA)
		return MC_OK;
	rc = mc_imap_take_fetch(&taker->fetched, &r->tokens, err);
	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	if (!is_answer(taker, message) ||
		!mc_imap_take_wanted(&taker->window, message->uid))
		return MC_OK;
	return taker->look->each(taker->look->arg, message, err);
}

MC_RC mc_imap_look(struct mc_imap *imap, const struct mc_imap_look *look,
	struct mc_error *err)
{
	struct look_taker taker = { .base = { .data = on_look },
		.window = { .uids = look->uids, .n = look->n },
		.look = look,
		.header = strstr(look->items, "[HEADER") != NULL };
	char command[256];
	enum mc_rc rc;

	mc_imap_fetched_init(&taker.fetched);
	mc_text_format(command, sizeof(command), "UID FETCH %u:%u (%s)",
		look->uids[0], look->uids[look->n - 1], look->items);
	rc = mc_imap_command(imap, command, nothing, "", &taker.base, err);
	mc_imap_fetched_dispose(&taker.fetched);
	return rc;
}
