/* SPDX-License-Identifier: MIT */
#include "job/show.h"

#include <inttypes.h>

#include "archive/body.h"
#include "archive/query.h"
#include "base/limits.h"
#include "job/job.h"
#include "msg/dress.h"

static bool is_as_it_came(const struct mc_body *body, struct mc_hash *hash)
{
	struct mc_digest digest = mc_hash_end(hash);

	return mc_digest_eq(&digest, &body->sha256);
}

MC_RC mc_show_body_to(struct mc_archive *ar, int64_t body, struct mc_sink *sink,
	struct mc_sound *sound, struct mc_error *err)
{
	struct mc_body_reader *reader = NULL;
	struct mc_hash hash;
	struct mc_span bytes;
	enum mc_rc rc = mc_body_open(&reader, ar, body, err);

	mc_hash_init(&hash);
	while (rc == MC_OK) {
		rc = mc_body_read(reader, &bytes, err);
		if (rc == MC_OK && sound)
			mc_hash_put(&hash, bytes);
		if (rc == MC_OK)
			rc = sink->put(sink, bytes, err);
	}
	if (rc == MC_DONE && sound &&
		is_as_it_came(mc_body_facts(reader), &hash))
		mc_sound_add(sound, body, mc_body_facts(reader)->octets);
	mc_body_close(reader);
	return rc == MC_DONE ? MC_OK : rc;
}

MC_RC mc_show_body(struct mc_archive *ar, int64_t body, struct mc_sink *sink,
	struct mc_error *err)
{
	return mc_show_body_to(ar, body, sink, NULL, err);
}

/* Canonical octets in, dressed ones to the sink behind. */
struct dresser {
	struct mc_sink sink;
	struct mc_undress *undress;
};

static MC_RC put_dressed(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	return mc_undress_bytes(
		((struct dresser *)(void *)sink)->undress, bytes, err);
}

MC_RC mc_show_raw(struct mc_archive *ar, int64_t sighting, int64_t body,
	struct mc_sink *sink, struct mc_error *err)
{
	struct dresser dresser = { .sink = { put_dressed } };
	struct mc_buf dress;
	enum mc_rc rc;

	mc_buf_init(&dress, MC_DRESS_MAX + MC_HEADER_MAX);
	rc = mc_dress_get(ar, sighting, &dress, err);
	if (rc == MC_OK)
		rc = mc_undress_new(
			&dresser.undress, mc_buf_span(&dress), sink, err);
	if (rc == MC_OK)
		rc = mc_show_body(ar, body, &dresser.sink, err);
	if (rc == MC_OK)
		rc = mc_undress_end(dresser.undress, err);
	mc_undress_free(dresser.undress);
	mc_buf_dispose(&dress);
	return rc;
}

static MC_RC put_hash(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct mc_hash_sink *hs = (struct mc_hash_sink *)(void *)sink;

	(void)err;
	mc_hash_put(&hs->hash, bytes);
	hs->octets += (int64_t)bytes.n;
	return MC_OK;
}

void mc_hash_sink_init(struct mc_hash_sink *hs)
{
	hs->sink.put = put_hash;
	hs->octets = 0;
	mc_hash_init(&hs->hash);
}

/* Hands octets on; for headers only up to the blank line. */
struct shower {
	struct mc_sink sink;
	mc_octets_fn *out;
	void *arg;
	bool headers;
	bool over;
	bool at_start; /* of a line */
};

static MC_RC put_shown(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct shower *s = (struct shower *)(void *)sink;
	size_t n = 0;

	if (!s->headers)
		return s->out(s->arg, bytes, err);
	for (; n < bytes.n && !s->over; n++) {
		char c = bytes.p[n];

		/* A line that is only CRLF ends the header (RFC 5322 2.1). */
		if (c == '\n' && s->at_start)
			s->over = true;
		s->at_start = c == '\n' || (c == '\r' && s->at_start);
	}
	return n > 0 ? s->out(s->arg, mc_span_head(bytes, n), err) : MC_OK;
}

struct found {
	int64_t sighting;
	int64_t body;
};

static MC_RC take_first(
	void *arg, const struct mc_sighting_line *line, struct mc_error *err)
{
	struct found *found = arg;

	(void)err;
	if (found->sighting == 0) {
		found->sighting = line->sighting;
		found->body = line->body;
	}
	return MC_OK;
}

MC_RC mc_job_show(const struct mc_request *req, const struct mc_show_wish *wish,
	mc_octets_fn *out, void *arg, struct mc_error *err)
{
	struct mc_sighting_filter filter = { .logical = wish->id,
		.sighting = wish->sighting };
	struct shower shower = { .sink = { put_shown },
		.out = out,
		.arg = arg,
		.headers = wish->what == MC_SHOW_HEADERS,
		.at_start = true };
	struct found found = { 0 };
	struct mc_archive *ar = NULL;
	enum mc_rc rc;

	rc = mc_archive_open(
		&ar, req->archive, MC_ARCHIVE_READ, &req->monitor, err);
	if (rc == MC_OK)
		rc = mc_sighting_each(ar, &filter, take_first, &found, err);
	if (rc == MC_OK && found.sighting == 0)
		rc = mc_fail(err, MC_ENOENT, MC_RUN, 0,
			"no message %" PRId64 "%s in '%s'; 'mailcart list "
			"FOLDER' shows them",
			wish->id, wish->sighting ? " with that sighting" : "",
			req->archive);
	if (rc == MC_OK)
		rc = wish->what == MC_SHOW_RAW
			     ? mc_show_raw(ar, found.sighting, found.body,
				       &shower.sink, err)
			     : mc_show_body(ar, found.body, &shower.sink, err);
	mc_archive_close(ar);
	return rc;
}
