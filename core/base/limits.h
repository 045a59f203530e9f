/* SPDX-License-Identifier: MIT
 * limits: every maximum, each with its reason.  Octets unless said. */
#ifndef MC_BASE_LIMITS_H
#define MC_BASE_LIMITS_H

#include <stdint.h>

enum {
	/* A piece of a stored body: what compression holds at a time.  Small
	 * enough that a dozen fit in memory, large enough for zstd to bite. */
	MC_PIECE_MAX = 256 * 1024,

	/* What is kept of one message's header to take facts from.  Real ones
	 * reach 100 KiB (hundreds of recipients, ARC chains). */
	MC_HEADER_MAX = 256 * 1024,

	/* One header field, unfolded: To with 2,000 recipients is 60 KiB. */
	MC_FIELD_MAX = 64 * 1024,

	/* A Message-ID; RFC 5322 2.1.1: a line has at most 998 octets. */
	MC_MSGID_MAX = 998,

	/* Words of one message: keywords, labels, further Message-IDs.  Each
	 * new one is compared with all, so that more would be slow. */
	MC_WORDS_MAX = 8 * 1024,

	/* What raw has beyond canonical (removed lines, line ends). Beyond
	 * this a message has millions of alternating line ends: hostile. */
	MC_DRESS_MAX = 8 * 1024 * 1024,

	/* One line of a server's reply outside literals: POP3 says 512,
	 * IMAP 8,192 in practice; CAPABILITY and long LIST lines are more. */
	MC_REPLY_LINE_MAX = 64 * 1024,

	/* All of one IMAP response but its streamed literals: LIST or FETCH
	 * of header fields. */
	MC_RESPONSE_MAX = 1024 * 1024,

	/* A UIDL; RFC 1939 7: 1 to 70 octets. */
	MC_UIDL_MAX = 70,

	/* Messages one POP3 mailbox may list: 30 octets and its UIDL each
	 * are held in memory for those to be fetched. */
	MC_POP3_MESSAGES_MAX = 4 * 1000 * 1000,

	/* Lines of CAPA or CAPABILITY words: stops endless replies. */
	MC_CAPABILITIES_MAX = 1000,

	/* Mailboxes one server may list; their names are held in memory. */
	MC_MAILBOXES_MAX = 100 * 1000,

	/* Connections to one server at a time: as many as Gmail allows. */
	MC_CONNECTIONS_MAX = 15,

	/* A folder's path or mailbox name, UTF-8. */
	MC_NAME_MAX = 4096,

	/* A password or token; OAuth tokens reach 4 KiB. */
	MC_SECRET_MAX = 16 * 1024,

	/* Levels of folders or directories followed. */
	MC_DEPTH_MAX = 64,
};

/* RFC 2683 3.2.1.5 and real servers: a reply within 5 minutes; 60 s for us,
 * since nothing we ask of a server takes it longer without a word. */
#define MC_TIMEOUT_MS (60 * 1000)

#endif
