/* SPDX-License-Identifier: MIT */
#include "source/pop3_remove.h"

#include <stdlib.h>

#include "net/pop3_delete.h"

enum {
	/* Fetched and judged before DELEs go out: one note on disk for all. */
	GROUP = 200,
	/* What one session removes at most: as much is done again if it is cut
	 * before its QUIT is answered.  Octets: */
	SESSION_MAX = 1000,
	SESSION_OCTETS = 256 * 1024 * 1024,
	/* As in pop3.c: worth holding a server to. */
	AWAITED_MAX = 16 * 1024 * 1024,
};

struct removal {
	struct mc_roll roll; /* what rm sees of list */
	struct mc_pop3 *pop3;
	const struct mc_monitor *mon;
	struct mc_remover *rm;
	struct mc_pop3_list list;
	unsigned char *marked; /* message n at [n - 1]: DELE was answered */

	uint32_t next;                   /* to be looked at next; 0: none */
	uint32_t flying[MC_POP3_WINDOW]; /* numbers asked, a ring */
	uint32_t first;
	uint32_t group[GROUP]; /* judged to go */
	size_t group_n;
	uint32_t leaving[GROUP]; /* and still what they were */
	size_t leaving_n;

	uint32_t marks; /* in this session */
	int64_t octets; /* of them */
	bool quit_sent;
	bool in_step; /* each reply is that of the last command */
};

static bool is_cancelled(const struct removal *r)
{
	return r->mon && mc_cancel_is(r->mon->cancel, MC_CANCEL_SOON);
}

static struct mc_item item_of(const struct removal *r, uint32_t number)
{
	return (struct mc_item){
		.key = mc_pop3_list_uidl(&r->list, number),
		.octets = mc_pop3_list_octets(&r->list, number),
		.date = { MC_NO_TIME, MC_DATE_NONE },
		.store = MC_STORE_WIRE,
	};
}

static bool has(const struct mc_roll *roll, const char *key)
{
	const struct removal *r = (const struct removal *)(const void *)roll;

	return mc_pop3_list_find(&r->list, key) > 0;
}

/* --- fetching --------------------------------------------------------- */

static bool is_full(const struct removal *r)
{
	uint32_t flying = mc_pop3_in_flight(r->pop3);

	return flying >= mc_pop3_window(r->pop3) ||
	       mc_pop3_awaited(r->pop3) >= AWAITED_MAX ||
	       r->group_n + flying >= GROUP ||
	       r->marks + r->group_n + flying >= SESSION_MAX ||
	       r->octets >= SESSION_OCTETS;
}

static MC_RC ask_more(struct removal *r, struct mc_error *err)
{
	while (r->next > 0 && !is_full(r) && !is_cancelled(r)) {
		uint32_t number = r->next--;
		struct mc_item item = item_of(r, number);
		enum mc_rc rc = r->rm->want(r->rm, &item, err);
		uint32_t at = (r->first + mc_pop3_in_flight(r->pop3)) %
			      MC_POP3_WINDOW;

		if (rc < 0)
			return rc;
		if (rc == MC_DONE)
			continue;
		r->flying[at] = number;
		rc = mc_pop3_ask(r->pop3, number, item.octets, err);
		if (rc < 0)
			return rc;
	}
	return mc_pop3_flush(r->pop3, err);
}

/* What why says of the message stays in err if it ends the session, too. */
static MC_RC judge_broken(struct removal *r, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct mc_error told = *why;
	enum mc_rc rc = r->rm->judge(r->rm, item, &told, err);

	if (rc < 0)
		return rc;
	*err = told;
	return MC_DONE;
}

static MC_RC stream_octets(
	struct removal *r, const struct mc_item *item, struct mc_error *err)
{
	enum mc_rc rc = r->rm->fetch(r->rm, item, err);

	while (rc == MC_OK) {
		struct mc_span bytes;

		rc = mc_pop3_bytes(r->pop3, &bytes, err);
		if (rc == MC_DONE)
			return MC_OK;
		if (rc == MC_OK)
			rc = r->rm->bytes(r->rm, bytes, err);
	}
	return rc;
}

/* Behind the octets.  One that did not come whole, or whose end was not marked,
 * stays, and the connection is of no more use. */
static MC_RC conclude(struct removal *r, uint32_t number,
	const struct mc_item *item, struct mc_error *err)
{
	bool whole = false;
	enum mc_rc rc = mc_pop3_settle(r->pop3, &whole, err);

	if (rc == MC_DONE)
		rc = mc_fail(err, MC_EPROTO, MC_MESSAGE, 0,
			"the server did not mark the message's end");
	else if (rc == MC_OK && !whole)
		rc = mc_fail(err, MC_EPROTO, MC_MESSAGE, 0,
			"octets of the message are missing");
	if (rc < 0 && err->scope == MC_MESSAGE) {
		if (judge_broken(r, item, err, err) < 0)
			return err->rc;
		err->scope = MC_SESSION;
		err->hope = MC_AGAIN;
		return err->rc;
	}
	if (rc < 0)
		return rc;
	rc = r->rm->judge(r->rm, item, NULL, err);
	if (rc == MC_OK)
		r->group[r->group_n++] = number;
	return rc < 0 ? rc : MC_OK;
}

static MC_RC read_one(struct removal *r, struct mc_error *err)
{
	uint32_t number = r->flying[r->first];
	struct mc_item item = item_of(r, number);
	enum mc_rc rc = mc_pop3_begin(r->pop3, err);

	r->first = (r->first + 1) % MC_POP3_WINDOW;
	if (rc < 0 && err->scope == MC_MESSAGE) {
		rc = judge_broken(r, &item, err, err);
		return rc < 0 ? rc : MC_OK;
	}
	if (rc == MC_OK)
		rc = stream_octets(r, &item, err);
	if (rc == MC_OK)
		rc = conclude(r, number, &item, err);
	return rc;
}

/* --- marking ---------------------------------------------------------- */

static MC_RC on_recheck(void *arg, uint32_t number, const struct mc_error *why,
	struct mc_error *err)
{
	struct removal *r = arg;
	struct mc_item item = item_of(r, number);

	if (why)
		return r->rm->stays(r->rm, &item, why, err);
	r->leaving[r->leaving_n++] = number;
	return r->rm->leave(r->rm, &item, err);
}

static MC_RC on_delete(void *arg, uint32_t number, const struct mc_error *why,
	struct mc_error *err)
{
	struct removal *r = arg;
	struct mc_item item = item_of(r, number);

	if (why)
		return r->rm->stays(r->rm, &item, why, err);
	r->marked[number - 1] = 1;
	r->marks++;
	r->octets += item.octets;
	return MC_OK;
}

static MC_RC mark_group(struct removal *r, struct mc_error *err)
{
	enum mc_rc rc;

	r->leaving_n = 0;
	rc = mc_pop3_recheck(r->pop3, &r->list,
		(struct mc_pop3_numbers){ r->group, r->group_n }, on_recheck, r,
		err);
	r->group_n = 0;
	if (rc == MC_OK)
		rc = r->rm->flush(r->rm, err);
	if (rc < 0 || r->leaving_n == 0)
		return rc;
	mc_step(r->mon, "delete");
	rc = mc_pop3_delete(r->pop3,
		(struct mc_pop3_numbers){ r->leaving, r->leaving_n }, on_delete,
		r, err);
	mc_step(r->mon, "deleted");
	return rc;
}

/* The messages that are asked for, and then marked, group by group. */
static MC_RC walk(struct removal *r, struct mc_error *err)
{
	for (;;) {
		enum mc_rc rc = ask_more(r, err);

		if (rc < 0)
			return rc;
		if (is_cancelled(r)) {
			r->in_step = mc_pop3_in_flight(r->pop3) == 0;
			return mc_fail_cancelled(err);
		}
		if (mc_pop3_in_flight(r->pop3) > 0)
			rc = read_one(r, err);
		else if (r->group_n > 0)
			rc = mark_group(r, err);
		else
			return MC_OK;
		if (rc < 0)
			return rc;
	}
}

/* --- ending ----------------------------------------------------------- */

/* A marked message is listed no longer (RFC 1939 5); every other one must be,
 * wherever it stands now.  Those without a name can only be counted. */
static bool all_there(const struct removal *r, const struct mc_pop3_list *now)
{
	uint32_t left = 0;
	uint32_t listed = 0;

	for (uint32_t number = 1; number <= now->count; number++)
		listed += mc_pop3_list_octets(now, number) >= 0;
	for (uint32_t number = 1; number <= r->list.count; number++) {
		const char *uidl = mc_pop3_list_uidl(&r->list, number);
		int64_t octets = mc_pop3_list_octets(&r->list, number);
		uint32_t at;

		if (r->marked[number - 1])
			continue;
		left++;
		if (!*uidl)
			continue;
		at = mc_pop3_list_find(now, uidl);
		if (at == 0 || mc_pop3_list_octets(now, at) != octets)
			return false;
	}
	return listed >= left;
}

static MC_RC check_rest(struct removal *r, struct mc_error *err)
{
	struct mc_pop3_list now;
	enum mc_rc rc = mc_pop3_list_again(r->pop3, &r->list, &now, err);

	if (rc == MC_OK && !all_there(r, &now)) {
		r->in_step = true;
		rc = mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"the server lists no longer what it was not asked to "
			"remove; the session was ended so that nothing is "
			"removed");
	}
	mc_pop3_list_dispose(&now);
	return rc;
}

/* Nothing is to be removed.  Where replies may be taken for others', or the
 * server does not take its marks back, it is left without QUIT. */
static void undo(struct removal *r)
{
	struct mc_error ignored;

	if (!r->in_step || mc_pop3_reset(r->pop3, &ignored) < 0)
		return;
	if (mc_pop3_quit(r->pop3, &ignored) < 0)
		return;
}

/* Of a session without marks nothing hangs on QUIT. */
static MC_RC say_goodbye(struct removal *r, struct mc_error *err)
{
	enum mc_rc rc;

	if (r->marks == 0) {
		rc = mc_pop3_quit(r->pop3, err);
		if (rc < 0 && rc != MC_ECANCEL)
			mc_note(r->mon, "at the end: %s", err->text);
		return rc == MC_ECANCEL ? rc : MC_OK;
	}
	rc = check_rest(r, err);
	if (rc < 0)
		return rc;
	mc_step(r->mon, "quit");
	r->quit_sent = true;
	rc = mc_pop3_quit(r->pop3, err);
	mc_step(r->mon, "left");
	/* "some deleted messages not removed" (RFC 1939 6): to be seen. */
	if (rc == MC_EREFUSED)
		err->hope = MC_AGAIN;
	return rc;
}

static MC_RC run(struct removal *r, struct mc_error *err)
{
	enum mc_rc rc;

	r->marked = calloc(r->list.count ? r->list.count : 1, 1);
	if (!r->marked)
		return mc_fail_memory(err);
	r->next = r->list.count;
	rc = walk(r, err);
	if (rc == MC_OK)
		rc = say_goodbye(r, err);
	if (rc < 0 && !r->quit_sent)
		undo(r);
	return rc;
}

/* Behind a failure.  Some servers delete at once, whatever RFC 1939 says. */
static enum mc_removal how_it_ended(const struct removal *r, enum mc_rc rc)
{
	if (r->quit_sent)
		return MC_REMOVAL_UNKNOWN;
	return r->marks > 0 && rc == MC_ENET ? MC_REMOVAL_CUT
					     : MC_REMOVAL_UNDONE;
}

MC_RC mc_source_pop3_remove(struct mc_pop3 *pop3, const struct mc_monitor *mon,
	struct mc_remover *rm, struct mc_error *err)
{
	struct removal *r = calloc(1, sizeof(*r));
	enum mc_removal how = MC_REMOVAL_DONE;
	struct mc_error later;
	enum mc_rc rc;

	if (!r)
		return mc_fail_memory(err);
	r->pop3 = pop3;
	r->mon = mon;
	r->rm = rm;
	rc = mc_pop3_list(pop3, &r->list, err);
	if (rc < 0)
		goto out;
	r->roll = (struct mc_roll){ .folder = "INBOX",
		.total = r->list.count,
		.unnamed = r->list.unnamed,
		.has = has };
	rc = rm->begin(rm, &r->roll, err);
	if (rc == MC_OK)
		rc = run(r, err);
	if (rc < 0)
		how = how_it_ended(r, rc);
	if (rm->end(rm, how, &later) < 0 && rc >= 0) {
		*err = later;
		rc = later.rc;
	}
	if (rc == MC_OK && r->next == 0)
		rc = MC_DONE;
out:
	mc_pop3_list_dispose(&r->list);
	free(r->marked);
	free(r);
	return rc;
}
