/* SPDX-License-Identifier: MIT
 * send: letters on their way.  Private to core/target.
 *
 *   todo ---group---> flight (one APPEND) ---OK---> fate: sent
 *    ^                   | NO to a batch: each of it by itself
 *    |                   | NO to one: the least change, each once (ladder.c)
 *    '-------------------'    ---NO---> fate: refused
 */
#ifndef MC_TARGET_SEND_H
#define MC_TARGET_SEND_H

#include "msg/mend.h"
#include "target/wire.h"

/* What is changed of a letter that was refused with it; those of msg/mend.h are
 * of its octets. */
enum mc_drop {
	MC_DROP_KEYWORDS = 1u << 8,
	MC_DROP_FLAGS = 1u << 9,
	MC_DROP_DATE = 1u << 10,
};

struct mc_send_item {
	const struct mc_letter *letter;
	struct mc_courier *courier;
	unsigned drop;                /* enum mc_drop, enum mc_mending */
	bool alone;                   /* in no batch */
	int64_t mended;               /* octets, with any mending */
	struct mc_digest sent_sha256; /* with any drop */
};

/* One APPEND command. */
struct mc_flight {
	struct mc_send_item *items;
	size_t n;
	int64_t octets;
	uint32_t tag; /* 0: nothing of it is written yet */
	bool whole;   /* all of it is written */
	bool cut;     /* refused instead of "+": no more of it is written */
	bool answered;
	enum mc_imap_word word;
	struct mc_error why; /* NO or BAD */
	uint32_t uidvalidity;
	uint32_t *uids; /* n, or NULL: not told */
};

/* APPEND commands in flight: single ones must fill the round trip (at 50 ms
 * 128 bring about 1,000 messages a second). */
enum { MC_FLIGHTS_MAX = 128 };

/* Flights form a queue: oldest first. */
struct mc_send {
	struct mc_send_item *todo;
	size_t todo_from;
	size_t todo_n; /* behind the last */
	size_t todo_cap;
	struct mc_flight flight[MC_FLIGHTS_MAX];
	size_t flight_from;
	size_t flights;
	int64_t octets; /* in flight */
	bool stopped;   /* nothing more into this mailbox: */
	struct mc_error stop;
	struct mc_scan *scan;       /* NULL: nothing was changed so far */
	struct mc_scan *kept;       /* likewise, that has a CR alone */
	struct mc_courier *changed; /* was told of changes not noted yet */
};

static inline struct mc_flight *mc_flight_at(struct mc_send *send, size_t i)
{
	return &send->flight[(send->flight_from + i) % MC_FLIGHTS_MAX];
}

/* Octets of the literal. */
int64_t mc_send_item_octets(const struct mc_send_item *item);
/* Was anything sent that the drop would leave out? */
bool mc_send_item_has_keywords(
	const struct mc_target *target, const struct mc_send_item *item);

/* The least change that may pass and was not tried yet; 0: none is left. */
unsigned mc_ladder_next(const struct mc_target *target,
	const struct mc_send_item *item, const struct mc_error *why);
/* What is changed from the first try on. */
unsigned mc_ladder_first(
	const struct mc_target *target, const struct mc_send_item *item);
/* "keywords dropped, NUL removed"; NULL: nothing. */
enum { MC_LADDER_TEXT = 160 };
const char *mc_ladder_text(unsigned drop, char out[MC_LADDER_TEXT]);

/* Appends "(\Seen word)": what the selected mailbox keeps of them.  drop: enum
 * mc_drop; $Forwarded is a keyword, too. */
MC_RC mc_flags_put(struct mc_buf *out, const struct mc_target *target,
	uint32_t flags, struct mc_words words, unsigned drop,
	struct mc_error *err);

/* A command line longer than 64 KiB is refused by Dovecot, with BAD. */
enum { MC_KEYWORDS_SENT_MAX = 8 * 1024 };

/* A drop was added: what leaves is measured, and its courier told.  MC_DONE: it
 * could not be read, its fate is told.  Fails: what the courier fails. */
MC_RC mc_letter_change(struct mc_target *target, struct mc_send_item *item,
	struct mc_error *err);

/* Writes the flight's letters.  Letters whose octets could not be had are left
 * out, their fate told; *flight then has fewer, or none and no tag.
 * Fails: what the connection fails, EDB (octets are not as many as noted). */
MC_RC mc_flight_write(struct mc_target *target, struct mc_flight *flight,
	struct mc_error *err);

/* Reads one response and notes it with the flight that it answers; never
 * tells a fate.  Fails: EPROTO (BAD, a tag of no flight), ENET. */
MC_RC mc_send_collect(struct mc_target *target,
	const struct mc_imap_response **out, struct mc_error *err);

#endif
