/* SPDX-License-Identifier: MIT */
#include "msg/header.h"

#include "base/limits.h"
#include "msg/msgid.h"
#include "msg/store.h"

enum {
	IN_NONE = 0,
	IN_MBOX = 1u << MC_STORE_MBOX,
	IN_MAILDIR = 1u << MC_STORE_MAILDIR,
};

typedef enum mc_rc take_fn(
	struct mc_header *header, struct mc_span value, struct mc_error *err);

struct mc_field_kind {
	const char *name;
	unsigned stores; /* in which it is the store's own line */
	take_fn *take;   /* what becomes of its value; or NULL */
};

/* As much of s as the limits let us keep in out. */
static MC_RC keep(struct mc_header *header, struct mc_buf *out,
	struct mc_span s, struct mc_error *err)
{
	size_t room = MC_HEADER_MAX - header->total;

	if (s.n > room) {
		s.n = room;
		header->cut = true;
	}
	header->total += s.n;
	return mc_buf_put(out, s, err);
}

/* Whether so much more may be looked at: what costs time for each octet is
 * done for the first MC_HEADER_MAX only. */
static bool charge(struct mc_header *header, size_t n)
{
	if (n > MC_HEADER_MAX - header->total) {
		header->cut = true;
		return false;
	}
	header->total += n;
	return true;
}

static MC_RC keep_first(struct mc_header *header, enum mc_header_kept which,
	struct mc_span value, struct mc_error *err)
{
	if (header->have[which])
		return MC_OK;
	header->have[which] = true;
	return keep(header, &header->kept[which], value, err);
}

static MC_RC take_from(
	struct mc_header *header, struct mc_span value, struct mc_error *err)
{
	return keep_first(header, MC_HEADER_FROM, value, err);
}

static MC_RC take_date(
	struct mc_header *header, struct mc_span value, struct mc_error *err)
{
	return keep_first(header, MC_HEADER_DATE, value, err);
}

static MC_RC take_subject(
	struct mc_header *header, struct mc_span value, struct mc_error *err)
{
	return keep_first(header, MC_HEADER_SUBJECT, value, err);
}

static MC_RC take_to(
	struct mc_header *header, struct mc_span value, struct mc_error *err)
{
	return keep_first(header, MC_HEADER_TO, value, err);
}

static MC_RC take_cc(
	struct mc_header *header, struct mc_span value, struct mc_error *err)
{
	return keep_first(header, MC_HEADER_CC, value, err);
}

static MC_RC take_labels(
	struct mc_header *header, struct mc_span value, struct mc_error *err)
{
	return keep_first(header, MC_HEADER_LABELS, value, err);
}

/* The first usable one is the id, others are its aliases. */
static MC_RC take_id(
	struct mc_header *header, struct mc_span value, struct mc_error *err)
{
	struct mc_buf id;
	enum mc_rc rc;

	mc_buf_init(&id, MC_MSGID_MAX);
	rc = keep_first(header, MC_HEADER_ID, value, err);
	if (rc == MC_OK && charge(header, value.n))
		rc = mc_msgid_normalise(&id, value, err);
	if (rc != MC_OK || id.len == 0)
		goto out;
	if (header->id.len == 0)
		rc = mc_buf_put(&header->id, mc_buf_span(&id), err);
	else if (!mc_span_eq(mc_buf_span(&id), mc_buf_span(&header->id)))
		rc = mc_words_add(&header->aliases, mc_buf_span(&id), err);
out:
	mc_buf_dispose(&id);
	return rc < 0 ? rc : MC_OK;
}

/* Offset of the last ';' outside of comments, else s.n.  RFC 5322 3.6.7. */
static size_t last_semicolon(struct mc_span s)
{
	size_t hit = s.n;
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && depth > 0)
			depth--;
		else if (s.p[i] == ';' && depth == 0)
			hit = i;
	}
	return hit;
}

/* Relays put theirs on top, so the first is the newest. */
static MC_RC take_received(
	struct mc_header *header, struct mc_span value, struct mc_error *err)
{
	struct mc_span date =
		mc_span_trim(mc_span_from(value, last_semicolon(value) + 1));

	if (date.n == 0)
		return MC_OK;
	return keep_first(header, MC_HEADER_RECEIVED, date, err);
}

static MC_RC take_keywords(
	struct mc_header *header, struct mc_span value, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;
	size_t n;

	if (!charge(header, value.n))
		return MC_OK;
	while (value.n > 0 && rc == MC_OK) {
		for (n = 0; n < value.n && (unsigned char)value.p[n] > ' ';)
			n++;
		rc = mc_words_add(
			&header->keywords, mc_span_head(value, n), err);
		value = mc_span_from(value, n > 0 ? n : 1);
	}
	return rc;
}

static MC_RC take_status(
	struct mc_header *header, struct mc_span value, struct mc_error *err)
{
	(void)err;
	header->flags |= mc_flags_from_status(value);
	return MC_OK;
}

static MC_RC take_mozilla(
	struct mc_header *header, struct mc_span value, struct mc_error *err)
{
	(void)err;
	header->flags |= mc_flags_from_mozilla(value);
	return MC_OK;
}

static MC_RC take_mozilla2(
	struct mc_header *header, struct mc_span value, struct mc_error *err)
{
	(void)err;
	header->flags |= mc_flags_from_mozilla2(value);
	return MC_OK;
}

static MC_RC take_evolution(
	struct mc_header *header, struct mc_span value, struct mc_error *err)
{
	(void)err;
	header->flags |= mc_flags_from_evolution(value);
	return MC_OK;
}

static const struct mc_field_kind kinds[] = {
	{ "From", IN_NONE, take_from },
	{ "Date", IN_NONE, take_date },
	{ "Subject", IN_NONE, take_subject },
	{ "To", IN_NONE, take_to },
	{ "Cc", IN_NONE, take_cc },
	{ "Message-ID", IN_NONE, take_id },
	{ "Received", IN_NONE, take_received },
	{ "Status", IN_MBOX, take_status },
	{ "X-Status", IN_MBOX, take_status },
	{ "X-Keywords", IN_MBOX, take_keywords },
	{ "X-UID", IN_MBOX, NULL },
	{ "X-IMAP", IN_MBOX, NULL },
	{ "X-IMAPbase", IN_MBOX, NULL },
	{ "X-Mozilla-Status", IN_MBOX | IN_MAILDIR, take_mozilla },
	{ "X-Mozilla-Status2", IN_MBOX | IN_MAILDIR, take_mozilla2 },
	{ "X-Mozilla-Keys", IN_MBOX | IN_MAILDIR, take_keywords },
	{ "X-Gmail-Labels", IN_MBOX, take_labels },
	{ "X-GM-THRID", IN_MBOX, NULL },
	{ "X-Evolution", IN_MBOX, take_evolution },
	{ "Content-Length", IN_MBOX, NULL },
};

/* The store's lines are such only where the store is of that kind. */
static const struct mc_field_kind *find(
	struct mc_span name, enum mc_store store)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct mc_field_kind *kind = &kinds[i];

		if (!mc_span_ieq(name, mc_span_str(kind->name)))
			continue;
		if (kind->stores && !(kind->stores & 1u << store))
			return NULL;
		return kind;
	}
	return NULL;
}

bool mc_store_owns(enum mc_store store, struct mc_span start)
{
	size_t colon = mc_span_index(start, ':');
	const struct mc_field_kind *kind = NULL;

	if (colon < start.n)
		kind = find(mc_span_trim(mc_span_head(start, colon)), store);
	return kind && kind->stores;
}

void mc_header_init(struct mc_header *header)
{
	*header = (struct mc_header){ .store = MC_STORE_WIRE };
	mc_buf_init(&header->field, MC_FIELD_MAX);
	for (size_t i = 0; i < MC_HEADER_N; i++)
		mc_buf_init(&header->kept[i], MC_FIELD_MAX);
	mc_buf_init(&header->id, MC_MSGID_MAX);
	mc_buf_init(&header->aliases, MC_WORDS_MAX);
	mc_buf_init(&header->keywords, MC_WORDS_MAX);
}

void mc_header_dispose(struct mc_header *header)
{
	mc_buf_dispose(&header->field);
	for (size_t i = 0; i < MC_HEADER_N; i++)
		mc_buf_dispose(&header->kept[i]);
	mc_buf_dispose(&header->id);
	mc_buf_dispose(&header->aliases);
	mc_buf_dispose(&header->keywords);
}

void mc_header_begin(struct mc_header *header, enum mc_store store)
{
	header->store = store;
	header->top = true;
	header->removed = false;
	header->cut = false;
	header->kind = NULL;
	header->total = 0;
	header->flags = 0;
	mc_hash_init(&header->rest);
	header->has_rest = false;
	header->in_rest = false;
	mc_buf_clear(&header->field);
	for (size_t i = 0; i < MC_HEADER_N; i++) {
		header->have[i] = false;
		mc_buf_clear(&header->kept[i]);
	}
	mc_buf_clear(&header->id);
	mc_buf_clear(&header->aliases);
	mc_buf_clear(&header->keywords);
}

static bool continues(struct mc_span start)
{
	return start.n > 0 && (start.p[0] == ' ' || start.p[0] == '\t');
}

bool mc_header_enough(struct mc_span start)
{
	return start.n >= MC_HEADER_LOOK || continues(start) ||
	       mc_span_index(start, ':') < start.n;
}

/* "From " and ">From " (UUCP, some relays), but not "From : a@b". */
static bool from_line(struct mc_span start)
{
	struct mc_span name =
		mc_span_trim(mc_span_head(start, mc_span_index(start, ':')));

	if (mc_span_starts(start, MC_SPAN(">From ")))
		return true;
	return mc_span_starts(start, MC_SPAN("From ")) &&
	       !mc_span_eq(name, MC_SPAN("From"));
}

/* What the way adds to a mail, and copies do not have in common. */
static bool is_trace(struct mc_span start)
{
	static const char *const names[] = { "X-", "List-", "DKIM-", "ARC-",
		"Return-Path:", "Delivered-To:" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (mc_span_istarts(start, mc_span_str(names[i])))
			return true;
	}
	return false;
}

/* One of the fields that make the variant was met: then the rest is not asked
 * for, and need not be digested. */
static bool is_told_apart(const struct mc_header *header)
{
	for (int i = 0; i < MC_HEADER_VARIANT; i++) {
		if (header->have[i])
			return true;
	}
	return false;
}

static void begin_rest(struct mc_header *header, struct mc_span name)
{
	header->in_rest =
		!header->kind && !is_told_apart(header) && !is_trace(name);
	if (!header->in_rest)
		return;
	header->has_rest = true;
	mc_hash_put(&header->rest, MC_SPAN("\n"));
	mc_hash_put(&header->rest, name);
}

/* The field read is complete. */
static MC_RC finish(struct mc_header *header, struct mc_error *err)
{
	const struct mc_field_kind *kind = header->kind;
	enum mc_rc rc = MC_OK;

	if (kind && kind->take)
		rc = kind->take(
			header, mc_span_trim(mc_buf_span(&header->field)), err);
	header->kind = NULL;
	mc_buf_clear(&header->field);
	return rc;
}

MC_RC mc_header_line(struct mc_header *header, struct mc_span start,
	bool *removed, struct mc_error *err)
{
	size_t colon = mc_span_index(start, ':');
	enum mc_rc rc;

	if (continues(start) && !header->top) {
		*removed = header->removed;
		return mc_header_more(header, start, err);
	}
	rc = finish(header, err);
	if (rc < 0)
		return rc;
	if (header->top && from_line(start)) {
		*removed = true;
		return MC_OK;
	}
	header->top = false;
	if (colon < start.n)
		header->kind = find(mc_span_trim(mc_span_head(start, colon)),
			header->store);
	begin_rest(header, mc_span_head(start, colon + 1));
	header->removed = header->kind && header->kind->stores;
	*removed = header->removed;
	return mc_header_more(header, mc_span_from(start, colon + 1), err);
}

MC_RC mc_header_more(
	struct mc_header *header, struct mc_span text, struct mc_error *err)
{
	size_t room = MC_FIELD_MAX - header->field.len;

	if (header->in_rest)
		mc_hash_put(&header->rest, text);
	if (!header->kind || !header->kind->take)
		return MC_OK;
	if (text.n > room) {
		text.n = room;
		header->cut = true;
	}
	return mc_buf_put(&header->field, text, err);
}

MC_RC mc_header_end(struct mc_header *header, struct mc_error *err)
{
	return finish(header, err);
}

struct mc_span mc_header_value(
	const struct mc_header *header, enum mc_header_kept which)
{
	return mc_buf_span(&header->kept[which]);
}
