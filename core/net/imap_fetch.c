/* SPDX-License-Identifier: MIT */
#include "net/imap_fetch.h"

#include "base/text.h"
#include "net/imap_message.h"
#include "net/imap_wire.h"

static const struct mc_span nothing = { 0 };

void mc_imap_uids_dispose(struct mc_imap_uids *uids)
{
	free(uids->uid);
	*uids = (struct mc_imap_uids){ 0 };
}

MC_RC mc_imap_uids_add(
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
	rc = mc_imap_uids_add(taker->uids, message->uid, err);
	if (rc == MC_OK && taker->each)
		rc = taker->each(taker->arg, message, err);
	return rc;
}

void mc_imap_uids_sort(struct mc_imap_uids *uids)
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
	mc_imap_uids_sort(uids);
	mc_imap_fetched_dispose(&taker.fetched);
	return rc;
}

/* --- a look at them ----------------------------------------------------- */

const uint32_t *mc_imap_find_uid(const uint32_t *uids, size_t n, uint32_t uid)
{
	return n > 0 ? bsearch(&uid, uids, n, sizeof(*uids), compare_uids)
		     : NULL;
}

struct mc_imap_looking {
	struct mc_imap_flight base;
	struct mc_imap *imap;
	const struct mc_imap_look *look;
	bool got[MC_IMAP_LOOK_MAX]; /* of look->uids */
	bool header;                /* is asked for */
	bool over;
	struct mc_error why; /* rc 0: it went well */
	struct mc_imap_fetched fetched;
};

/* Is it one that is asked for and was not told yet? */
static bool is_new(struct mc_imap_looking *looking, uint32_t uid)
{
	const struct mc_imap_look *look = looking->look;
	const uint32_t *hit;

	if (!look->uids)
		return uid >= look->first && uid <= look->last;
	hit = mc_imap_find_uid(look->uids, look->n, uid);
	if (!hit || looking->got[hit - look->uids])
		return false;
	looking->got[hit - look->uids] = true;
	return true;
}

/* Responses without what was asked for are news of flags. */
static bool is_answer(const struct mc_imap_looking *looking,
	const struct mc_imap_message *message)
{
	return looking->header ? message->header.p != NULL
			       : message->dated || message->octets >= 0;
}

static MC_RC on_look(struct mc_imap_flight *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct mc_imap_looking *looking = (struct mc_imap_looking *)base;
	const struct mc_imap_message *message = &looking->fetched.message;
	enum mc_rc rc;

	if (r->kind != MC_IMAP_DATA)
		return MC_DONE;
	rc = mc_imap_take_fetch(&looking->fetched, &r->tokens, err);
	if (rc != MC_OK)
		return rc;
	if (!is_answer(looking, message) || !is_new(looking, message->uid))
		return MC_DONE;
	return looking->look->each(looking->look->arg, message, err);
}

static MC_RC on_looked(struct mc_imap_flight *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct mc_imap_looking *looking = (struct mc_imap_looking *)base;

	const struct mc_imap_entering *in = looking->look->in;

	looking->over = true;
	if (in && in->why.rc < 0)
		looking->why = in->why;
	else if (mc_imap_flight_result(looking->imap, r, err) < 0)
		looking->why = *err;
	return MC_OK;
}

MC_RC mc_imap_looking_new(struct mc_imap_looking **out, struct mc_imap *imap,
	struct mc_error *err)
{
	struct mc_imap_looking *looking = calloc(1, sizeof(*looking));

	*out = looking;
	if (!looking)
		return mc_fail_memory(err);
	looking->imap = imap;
	mc_imap_fetched_init(&looking->fetched);
	return MC_OK;
}

void mc_imap_looking_free(struct mc_imap_looking *looking)
{
	if (!looking)
		return;
	mc_imap_fetched_dispose(&looking->fetched);
	free(looking);
}

MC_RC mc_imap_looking_launch(struct mc_imap_looking *looking,
	const struct mc_imap_look *look, struct mc_error *err)
{
	char command[256];

	looking->base =
		(struct mc_imap_flight){ .data = on_look, .done = on_looked };
	looking->look = look;
	memset(looking->got, 0, sizeof(looking->got));
	looking->header = strstr(look->items, "[HEADER") != NULL;
	looking->over = false;
	looking->why.rc = MC_OK;
	mc_text_format(command, sizeof(command), "UID FETCH %u:%u (%s)",
		look->uids ? look->uids[0] : look->first,
		look->uids ? look->uids[look->n - 1] : look->last, look->items);
	return mc_imap_launch(
		looking->imap, &looking->base, command, nothing, err);
}

bool mc_imap_looking_is_over(const struct mc_imap_looking *looking)
{
	return looking->over;
}

MC_RC mc_imap_looking_result(
	struct mc_imap_looking *looking, struct mc_error *err)
{
	if (looking->why.rc < 0)
		*err = looking->why;
	return looking->why.rc;
}
