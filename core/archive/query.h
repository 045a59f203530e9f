/* SPDX-License-Identifier: MIT
 * query: what the archive can tell; changes nothing. */
#ifndef MC_ARCHIVE_QUERY_H
#define MC_ARCHIVE_QUERY_H

#include "archive/archive.h"
#include "base/buf.h"

struct mc_totals {
	int64_t logical;
	int64_t variants;
	int64_t bodies;
	int64_t sightings;
	int64_t octets_raw;    /* of all sightings */
	int64_t octets_stored; /* compressed pieces */
	int64_t reused_ids;    /* Message-IDs of more than one logical */
	int64_t without_id;    /* logical without a usable Message-ID */
};
MC_RC mc_totals_get(
	struct mc_archive *ar, struct mc_totals *out, struct mc_error *err);

/* Sightings that came since the last push, to whatever target; 0 if there was
 * none. */
MC_RC mc_unplaced_count(
	struct mc_archive *ar, int64_t *n, struct mc_error *err);

/* A sighting as people and programs see it; borrowed for the call. */
struct mc_sighting_line {
	int64_t logical;
	int64_t sighting;
	const char *source;
	const char *folder;
	const char *key;
	const char *message_id; /* or NULL; may hold any octets but NUL */
	struct mc_digest sha256;
	struct mc_digest raw_sha256;
	int64_t octets; /* raw */
	int64_t time;   /* INTERNALDATE */
	int64_t date;   /* Date */
	const char *from;
	const char *subject;
	uint32_t flags;
	struct mc_span keywords; /* words */
	struct mc_span labels;   /* words */
	struct mc_span stands;   /* paths of the folders that its labels are, as
				  * words; n == 0: it stands in folder */
	int64_t body;
};
typedef enum mc_rc mc_sighting_fn(
	void *arg, const struct mc_sighting_line *line, struct mc_error *err);

/* All, of one logical message (0: all), just one sighting (0: all), or of one
 * folder path, of any source (NULL: all): those read there and, unless it is
 * one message that is asked for, those that stand there.  By id. */
struct mc_sighting_filter {
	const char *folder;
	int64_t logical;
	int64_t sighting;
};
MC_RC mc_sighting_each(struct mc_archive *ar,
	const struct mc_sighting_filter *filter, mc_sighting_fn *fn, void *arg,
	struct mc_error *err);

/* Dress of a sighting into out (n == 0: raw is canonical); yours. */
MC_RC mc_dress_get(struct mc_archive *ar, int64_t sighting, struct mc_buf *out,
	struct mc_error *err);

/* Every body above `after`, by id, for verify. */
struct mc_body;
typedef enum mc_rc mc_body_fn(
	void *arg, const struct mc_body *body, struct mc_error *err);
MC_RC mc_body_each(struct mc_archive *ar, int64_t after, mc_body_fn *fn,
	void *arg, struct mc_error *err);

/* What every sighting above `after` was, in octets, by id, for verify. */
struct mc_raw {
	int64_t sighting;
	int64_t body;
	int64_t octets;
	bool dressed; /* raw is not canonical: */
	struct mc_digest sha256;
};
typedef enum mc_rc mc_raw_fn(
	void *arg, const struct mc_raw *raw, struct mc_error *err);
MC_RC mc_raw_each(struct mc_archive *ar, int64_t after, mc_raw_fn *fn,
	void *arg, struct mc_error *err);

/* The id of the last one; 0: there is none. */
MC_RC mc_sighting_last(
	struct mc_archive *ar, int64_t *sighting, struct mc_error *err);

/* Bodies and sightings up to these were verified. */
struct mc_verified {
	int64_t body;
	int64_t sighting;
};
MC_RC mc_verified_get(
	struct mc_archive *ar, struct mc_verified *out, struct mc_error *err);
MC_RC mc_verified_set(struct mc_archive *ar, const struct mc_verified *to,
	struct mc_error *err);

/* Is the file as it was written: every page by its seal, then pages, indexes and
 * foreign keys by SQLite's own check.  Each finding goes to found() as one line;
 * behind a page come the messages that stand in it: more of the same finding. */
typedef void mc_found_fn(void *arg, const char *text, bool more);
MC_RC mc_archive_check(struct mc_archive *ar, mc_found_fn *found, void *arg,
	struct mc_error *err);

#endif
