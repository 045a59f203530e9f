/* SPDX-License-Identifier: MIT */
#include "net/imap_flight.h"

#include <assert.h>

#include "net/imap_wire.h"

MC_RC mc_imap_launch(struct mc_imap *imap, struct mc_imap_flight *flight,
	const char *before, struct mc_span mailbox, struct mc_error *err)
{
	struct mc_imap_flight **end = &imap->flights;
	enum mc_rc rc = mc_imap_begin(imap, &flight->tag, before, err);

	if (rc == MC_OK && mailbox.p) {
		rc = mc_imap_put(imap, " ", err);
		if (rc == MC_OK)
			rc = mc_imap_put_astring(imap, mailbox, err);
	}
	if (rc == MC_OK)
		rc = mc_imap_end(imap, err);
	if (rc < 0) {
		mc_imap_last_words(imap, err);
		return err->rc;
	}
	while (*end)
		end = &(*end)->next;
	flight->next = NULL;
	*end = flight;
	imap->turns = 0;
	return MC_OK;
}

bool mc_imap_in_flight(const struct mc_imap *imap)
{
	return imap->flights != NULL;
}

/* Stands before the flights while a response is read. */
struct turn {
	struct mc_imap_taker base;
	struct mc_imap *imap;
	struct mc_imap_flight *streams; /* who takes the literal in hand */
};

static MC_RC on_literal(struct mc_imap_taker *base,
	const struct mc_imap_response *sofar, int64_t octets, bool *take,
	struct mc_error *err)
{
	struct turn *turn = (struct turn *)base;
	struct mc_imap_flight *flight = turn->imap->flights;
	enum mc_rc rc = MC_OK;

	for (; flight && rc == MC_OK && !*take; flight = flight->next) {
		if (flight->literal)
			rc = flight->literal(flight, sofar, octets, take, err);
		turn->streams = flight;
	}
	return rc;
}

static MC_RC on_bytes(
	struct mc_imap_taker *base, struct mc_span bytes, struct mc_error *err)
{
	struct mc_imap_flight *flight = ((struct turn *)base)->streams;

	return flight->bytes ? flight->bytes(flight, bytes, err) : MC_OK;
}

static MC_RC give(struct mc_imap *imap, const struct mc_imap_response *r,
	struct mc_error *err)
{
	enum mc_rc rc = MC_DONE;

	for (struct mc_imap_flight *flight = imap->flights;
		flight && rc == MC_DONE; flight = flight->next)
		if (flight->data)
			rc = flight->data(flight, r, err);
	return rc < 0 ? rc : MC_OK;
}

/* The flight whose tag it is, under way no more.  NULL: nobody waits for it. */
static struct mc_imap_flight *take_off(struct mc_imap *imap, uint32_t tag)
{
	struct mc_imap_flight **at = &imap->flights;
	struct mc_imap_flight *flight;

	while (*at && (*at)->tag != tag)
		at = &(*at)->next;
	flight = *at;
	if (flight)
		*at = flight->next;
	return flight;
}

static MC_RC land(struct mc_imap *imap, const struct mc_imap_response *r,
	struct mc_error *err)
{
	struct mc_imap_flight *flight = take_off(imap, r->tag);

	return flight ? flight->done(flight, r, err) : MC_OK;
}

MC_RC mc_imap_turn(struct mc_imap *imap, struct mc_error *err)
{
	struct turn turn = { .base = { NULL, on_literal, on_bytes },
		.imap = imap };
	const struct mc_imap_response *r;
	enum mc_rc rc;

	/* Also where BAD ended it all while another was waited for. */
	if (imap->broken)
		return mc_imap_fail_closed(err);
	assert(imap->flights);
	if (++imap->turns > MC_IMAP_RESPONSES_MAX)
		return mc_imap_checked(
			imap, mc_fail(err, MC_EPROTO, MC_SESSION, 0,
				      "the server's answer does not end"));
	rc = mc_imap_read(imap, &turn.base, &r, err);
	if (rc < 0 || r->kind == MC_IMAP_CONTINUE)
		return rc;
	if (r->kind == MC_IMAP_TAGGED)
		return land(imap, r, err);
	return mc_imap_checked(imap, give(imap, r, err));
}

void mc_imap_drain(struct mc_imap *imap)
{
	const struct mc_imap_response *r;
	struct mc_error ignored;
	int64_t n = 0;

	while (imap->flights) {
		if (n++ > MC_IMAP_RESPONSES_MAX ||
			mc_imap_read(imap, NULL, &r, &ignored) < 0)
			mc_imap_abort(imap);
		else if (r->kind == MC_IMAP_TAGGED)
			take_off(imap, r->tag);
	}
}

MC_RC mc_imap_flight_result(struct mc_imap *imap,
	const struct mc_imap_response *response, struct mc_error *err)
{
	return response->word == MC_IMAP_OK
		       ? MC_OK
		       : mc_imap_fail(imap, response, MC_FOLDER, err);
}
