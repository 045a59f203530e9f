/* SPDX-License-Identifier: MIT
 * identify: facts about a message, decoded, and the key that says which
 * logical message it is.  The same for archived mail and mail on a server.
 */
#ifndef MC_JOB_IDENTIFY_H
#define MC_JOB_IDENTIFY_H

#include "base/buf.h"
#include "base/hash.h"
#include "msg/scan.h"

struct mc_identified {
	struct mc_digest key;
	int64_t date;          /* of the Date field; MC_NO_TIME */
	struct mc_buf subject; /* UTF-8 */
	struct mc_buf from;    /* UTF-8 */
};

void mc_identified_init(struct mc_identified *id);
void mc_identified_dispose(struct mc_identified *id);

/* Fills id from facts; buffers are reused.  Fails: ELIMIT. */
MC_RC mc_identify(struct mc_identified *id, const struct mc_facts *facts,
	struct mc_error *err);

/* Facts and id of octets held whole, a message or its header, as they came over
 * the wire.  Facts are borrowed until scan's next use.  Fails: ELIMIT. */
MC_RC mc_identify_octets(struct mc_identified *id, struct mc_scan *scan,
	struct mc_span octets, struct mc_facts *facts, struct mc_error *err);

/* INTERNALDATE of a message: what its place says of it, else newest Received,
 * else Date, else the file's time. */
struct mc_date mc_identify_date(const struct mc_identified *id,
	const struct mc_facts *facts, struct mc_date place);

#endif
