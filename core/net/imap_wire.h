/* SPDX-License-Identifier: MIT
 * imap_wire: what the files of imap share.  Private to core/net. */
#ifndef MC_NET_IMAP_WIRE_H
#define MC_NET_IMAP_WIRE_H

#include "base/limits.h"
#include "net/imap.h"
#include "net/imap_flight.h"
#include "net/stream.h"

/* Untagged responses to one command: a UID for each message of the largest
 * mailbox that we follow, and room for what else a server likes to tell. */
enum { MC_IMAP_RESPONSES_MAX = 2 * MC_POP3_MESSAGES_MAX };

struct mc_imap {
	struct mc_stream *stream;
	const struct mc_endpoint *at;
	const struct mc_monitor *mon;
	struct mc_buf caps; /* " A B C ", upper case; len 0: not known */
	struct mc_buf greeting;
	struct mc_buf id;
	struct mc_buf line; /* the status line that response.text is in */
	struct mc_buf held; /* a literal while it comes in */
	struct mc_imap_response response;
	struct mc_imap_flight *flights; /* the oldest first */
	int64_t turns;   /* since the last of them was launched */
	uint32_t tag;    /* of the last command begun */
	uint32_t id_tag; /* of ID, while nobody waits for its answer; or 0 */
	uint32_t exists; /* as last told */
	int64_t wait_ms; /* of the quickest command */
	bool packed;     /* COMPRESS was tried */
	bool entering;   /* a password is on its way */
	bool caps_new;   /* they were told since this was last set false */
	bool trusted;    /* TLS, where it is wanted, is there */
	bool mute;       /* a write failed: what was said before can be read */
	bool bye;        /* the server said it: more than "connection lost" */
	bool broken;     /* closed, or to be closed: no more commands */
	bool asking;     /* BAD is a refusal, too */
	bool uid_late;   /* FETCH tells UID behind the body */
};

/* Remembers that a failed call left the connection out of step. */
static inline MC_RC mc_imap_checked(struct mc_imap *imap, enum mc_rc rc)
{
	if (rc < 0)
		imap->broken = true;
	return rc;
}

/* ENET, hope AGAIN: somebody goes on after a failure. */
enum mc_rc mc_imap_fail_closed(struct mc_error *err);

/* An answer came to what was asked at that time of mc_clock_ms(). */
void mc_imap_note_wait(struct mc_imap *imap, int64_t since);

/* Takes the capabilities of tokens from `first` on in place of those known. */
MC_RC mc_imap_take_caps(
	struct mc_imap *imap, size_t first, struct mc_error *err);

/* "* ID ..."; anything else is passed over. */
MC_RC mc_imap_take_id(struct mc_imap *imap, struct mc_error *err);

/* STARTTLS, login and ID, from the greeting on. */
MC_RC mc_imap_enter(struct mc_imap *imap, struct mc_error *err);

#endif
