/* SPDX-License-Identifier: MIT
 * muster: what should be in a mailbox, and what of it is there.
 *
 * The expected messages of one mailbox stand in 80 octets each, ascending by
 * UID.  Those whose UID the server never told are found by their identity, and
 * what a server has rewritten by what it leaves: the Message-ID, or the size
 * where there is none.  Of what was found it is noted how it looks there, for
 * what is there twice looks the same twice. */
#ifndef MC_JOB_MUSTER_H
#define MC_JOB_MUSTER_H

#include "archive/ledger.h"
#include "base/hash.h"
#include "base/span.h"
#include "msg/scan.h"

/* MC_ALTERED: octets that mailcart changed to be accepted, as the ledger has it. */
enum mc_finding { MC_MISSING, MC_CHANGED, MC_IDENTICAL, MC_ALTERED };

struct mc_expected {
	uint32_t uid;   /* as the ledger has it; 0: not known */
	uint32_t found; /* its UID now; 0: not found yet */
	uint8_t finding;
	bool leaving; /* marked as deleted there */
	bool doubted; /* nothing is under the UID that was told */
	bool wrapped; /* an attachment, to a message that is not in the archive */
	int32_t shape;
	int64_t placement;
	int64_t logical;
	int64_t body;
	int64_t octets;  /* canonical */
	uint64_t key;    /* first octets of the key of what is there */
	uint64_t mark;   /* of the Message-ID, or of the size */
	uint64_t likely; /* another one, as it may be there; 0: none */
	uint32_t
		altered; /* in mc_muster.altered, from 1; 0: sent as canonical */
	uint32_t sight;  /* how it looks there; mc_muster_sight() */
};

/* A message there that answers for none by UID or key. */
struct mc_stray {
	uint64_t mark;
	uint32_t uid; /* 0: it answers by now */
	uint32_t sight;
};

struct mc_muster {
	struct mc_expected *list; /* ascending by uid, those with 0 first */
	size_t n;
	size_t cap;
	struct mc_digest *altered; /* of octets that were sent */
	size_t altered_n;
	size_t altered_cap;
	uint32_t *odd; /* UIDs that only their content identifies */
	size_t odd_n;
	size_t odd_cap;
	struct mc_stray *strays;
	size_t strays_n;
	size_t strays_cap;
};

/* Of a logical key, and of what a server leaves of a message that it rewrites. */
uint64_t mc_muster_key(const struct mc_digest *key);
uint64_t mc_muster_mark(struct mc_span message_id, int64_t octets);
/* The same for messages there that nothing but their body tells apart, from
 * their header's facts, their key if they have a usable Message-ID, and their
 * size; seldom the same for others.  Never 0. */
uint32_t mc_muster_sight(const struct mc_facts *facts,
	const struct mc_digest *key, int64_t octets);

/* Before any is found.  MC_ELIMIT, or what reading an attachment may end in. */
MC_RC mc_muster_expect(struct mc_muster *muster, struct mc_archive *ar,
	const struct mc_placement_line *line, struct mc_error *err);
/* When all are expected.  valid: the UIDs are of the mailbox as it is; those of
 * another UIDVALIDITY mean nothing (RFC 9051 2.3.1.1). */
void mc_muster_sort(struct mc_muster *muster, bool valid);

/* In a muster that is sorted; NULL: none, or (by key) none that is missing yet. */
struct mc_expected *mc_muster_find_uid(struct mc_muster *muster, uint32_t uid);
struct mc_expected *mc_muster_find_key(struct mc_muster *muster, uint64_t key);
/* One whose UID is doubted, by its placement; NULL: none.  Goes through those. */
struct mc_expected *mc_muster_find_doubted(
	struct mc_muster *muster, int64_t placement);
/* Before all that is there is seen again: nothing was found.  A UID that was
 * doubted stays so. */
void mc_muster_forget(struct mc_muster *muster);
/* Those that are missing under their UIDs are expected under any: all that is
 * there is to be seen once more.  False: there is none. */
bool mc_muster_doubt_uids(struct mc_muster *muster);
/* It is there under uid, of this size. */
void mc_muster_compare(
	struct mc_expected *e, uint32_t uid, int64_t octets, bool same_key);
/* What is there and answers for none: by its mark; or by its content alone. */
MC_RC mc_muster_stray(struct mc_muster *muster, const struct mc_stray *stray,
	struct mc_error *err);
MC_RC mc_muster_odd(
	struct mc_muster *muster, uint32_t uid, struct mc_error *err);
/* When all that is there was seen: strays answer for what is missing still. */
void mc_muster_settle(struct mc_muster *muster);
/* Behind that: in the order of the UIDs under which they were found, by which
 * mc_muster_find_uid() finds them then. */
void mc_muster_sort_found(struct mc_muster *muster);

void mc_muster_clear(struct mc_muster *muster); /* expects nothing any more */
void mc_muster_dispose(struct mc_muster *muster);

#endif
