/* SPDX-License-Identifier: MIT
 * flags: which flags and keywords the selected mailbox is told, and STORE; RFC
 * 9051 6.4.6. */
#include "net/imap_flight.h"
#include "target/send.h"

/* UIDs of one command: it stays below what any server takes for a line. */
enum { UIDS_MAX = 500 };

/* RFC 9051 9: ATOM-CHAR. */
static bool is_atom(struct mc_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7f || strchr("(){%*\"\\]", c))
			return false;
	}
	return s.n > 0;
}

static bool may_be_sent(const struct mc_target *target, struct mc_span keyword)
{
	return is_atom(keyword) && mc_target_keeps(target, keyword);
}

/* The next keyword from *at on that is to be sent; NULL: no more. */
static const char *next_keyword(
	const struct mc_target *target, struct mc_words keywords, size_t *at)
{
	const char *word;

	while ((word = mc_words_next(keywords, at))) {
		struct mc_span s = mc_span_str(word);

		if (mc_flag_by_name(s) == 0 && may_be_sent(target, s))
			return word;
	}
	return NULL;
}

bool mc_send_item_has_keywords(
	const struct mc_target *target, const struct mc_send_item *item)
{
	size_t at = 0;

	return (item->letter->flags & target->selected.state.flags &
		       MC_FORWARDED) ||
	       next_keyword(target, item->letter->keywords, &at);
}

static const enum mc_flag sent[] = { MC_SEEN, MC_ANSWERED, MC_FLAGGED, MC_DRAFT,
	MC_FORWARDED };

bool mc_target_keeps_all(const struct mc_target *target, uint32_t flags,
	struct mc_words keywords)
{
	const char *word;
	size_t at = 0;

	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++)
		if (flags & ~target->selected.state.flags & sent[i])
			return false;
	while ((word = mc_words_next(keywords, &at))) {
		struct mc_span s = mc_span_str(word);

		if (mc_flag_by_name(s) == 0 && !may_be_sent(target, s))
			return false;
	}
	return true;
}

MC_RC mc_flags_put(struct mc_buf *out, const struct mc_target *target,
	uint32_t flags, struct mc_words words, unsigned drop,
	struct mc_error *err)
{
	bool keywords = !(drop & (MC_DROP_KEYWORDS | MC_DROP_FLAGS));
	const char *gap = "(";
	const char *word;
	enum mc_rc rc = MC_OK;
	size_t at = 0;

	flags &= target->selected.state.flags;
	if (!keywords)
		flags &= ~(uint32_t)MC_FORWARDED;
	if (drop & MC_DROP_FLAGS)
		flags = 0;
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		if (!(flags & sent[i]) || rc < 0)
			continue;
		rc = mc_buf_printf(
			out, err, "%s%s", gap, mc_flag_name(sent[i]));
		gap = " ";
	}
	while (keywords && rc == MC_OK &&
		(word = next_keyword(target, words, &at))) {
		rc = mc_buf_printf(out, err, "%s%s", gap, word);
		gap = " ";
	}
	if (rc < 0)
		return rc;
	return mc_buf_printf(out, err, "%s)", gap[0] == '(' ? "(" : "");
}

/* Commands on their way. */
struct storing {
	struct mc_imap_flight flight;
	struct mc_imap *imap;
	bool over;
	struct mc_error why; /* rc 0: it was taken */
};

enum { STORING_MAX = 16 };

struct stores {
	struct storing storing[STORING_MAX];
	size_t launched;
	size_t over;
	size_t refused;
	struct mc_error why; /* of the last of these */
};

static MC_RC on_stored(struct mc_imap_flight *flight,
	const struct mc_imap_response *response, struct mc_error *err)
{
	struct storing *storing = (struct storing *)(void *)flight;

	storing->over = true;
	if (mc_imap_flight_result(storing->imap, response, err) < 0)
		storing->why = *err;
	return MC_OK;
}

static MC_RC finish_oldest(
	struct mc_target *target, struct stores *stores, struct mc_error *err)
{
	struct storing *oldest = &stores->storing[stores->over++ % STORING_MAX];
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && !oldest->over)
		rc = mc_imap_turn(target->imap, err);
	if (rc < 0 || oldest->why.rc == MC_OK)
		return rc;
	if (oldest->why.rc != MC_EREFUSED) {
		*err = oldest->why;
		return err->rc;
	}
	stores->refused++;
	stores->why = oldest->why;
	return MC_OK;
}

static MC_RC launch(struct mc_target *target, struct stores *stores,
	const char *line, struct mc_error *err)
{
	struct storing *storing;
	enum mc_rc rc = MC_OK;

	if (stores->launched - stores->over == STORING_MAX)
		rc = finish_oldest(target, stores, err);
	if (rc < 0)
		return rc;
	storing = &stores->storing[stores->launched++ % STORING_MAX];
	*storing = (struct storing){ .flight.done = on_stored,
		.imap = target->imap };
	return mc_imap_launch(target->imap, &storing->flight, line,
		(struct mc_span){ 0 }, err);
}

static MC_RC store(struct mc_target *target, struct stores *stores,
	const struct mc_more_flags *more, const char *flags,
	struct mc_error *err)
{
	struct mc_buf line;
	enum mc_rc rc = MC_OK;

	mc_buf_init(&line, MC_REPLY_LINE_MAX);
	for (size_t i = 0; rc == MC_OK && i < more->n; i += UIDS_MAX) {
		mc_buf_clear(&line);
		rc = mc_buf_printf(&line, err, "UID STORE ");
		for (size_t j = i; j < more->n && j < i + UIDS_MAX; j++)
			if (rc == MC_OK)
				rc = mc_buf_printf(&line, err, "%s%u",
					j > i ? "," : "", more->uids[j]);
		if (rc == MC_OK)
			rc = mc_buf_printf(
				&line, err, " +FLAGS.SILENT %s", flags);
		if (rc == MC_OK)
			rc = launch(target, stores, mc_buf_str(&line), err);
	}
	mc_buf_dispose(&line);
	return rc;
}

static MC_RC store_one(struct mc_target *target, struct stores *stores,
	const struct mc_more_flags *more, struct mc_error *err)
{
	unsigned drop = more->keywords.n > MC_KEYWORDS_SENT_MAX
				? (unsigned)MC_DROP_KEYWORDS
				: 0;
	struct mc_buf flags;
	enum mc_rc rc;

	mc_buf_init(&flags, MC_REPLY_LINE_MAX);
	rc = mc_flags_put(
		&flags, target, more->flags, more->keywords, drop, err);
	/* "()": it keeps none of them. */
	if (rc == MC_OK && flags.len > 2)
		rc = store(target, stores, more, mc_buf_str(&flags), err);
	mc_buf_dispose(&flags);
	return rc;
}

MC_RC mc_target_add_flags(struct mc_target *target,
	const struct mc_more_flags *more, size_t n, size_t *refused,
	struct mc_error *err)
{
	struct stores stores = { .launched = 0 };
	enum mc_rc rc = mc_target_settle(target, err);

	for (size_t i = 0; rc == MC_OK && i < n; i++)
		rc = store_one(target, &stores, &more[i], err);
	while (rc == MC_OK && stores.over < stores.launched)
		rc = finish_oldest(target, &stores, err);
	if (rc < 0 && stores.over < stores.launched)
		mc_imap_abort(target->imap);
	*refused = stores.refused;
	if (rc == MC_OK && stores.refused > 0)
		*err = stores.why;
	return rc;
}
