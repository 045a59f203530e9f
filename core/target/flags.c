/* SPDX-License-Identifier: MIT
 * flags: which flags and keywords the selected mailbox is told, and STORE; RFC
 * 9051 6.4.6. */
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

/* The next keyword from *at on that is to be sent; NULL: no more. */
static const char *next_keyword(
	const struct mc_target *target, struct mc_words keywords, size_t *at)
{
	const char *word;

	while ((word = mc_words_next(keywords, at))) {
		struct mc_span s = mc_span_str(word);

		if (is_atom(s) && mc_flag_by_name(s) == 0 &&
			mc_target_keeps(target, s))
			return word;
	}
	return NULL;
}

bool mc_item_has_keywords(
	const struct mc_target *target, const struct mc_item *item)
{
	size_t at = 0;

	return (item->letter->flags & target->selected.state.flags &
		       MC_FORWARDED) ||
	       next_keyword(target, item->letter->keywords, &at);
}

MC_RC mc_flags_put(struct mc_buf *out, const struct mc_target *target,
	uint32_t flags, struct mc_words words, unsigned drop,
	struct mc_error *err)
{
	bool keywords = !(drop & (MC_DROP_KEYWORDS | MC_DROP_FLAGS));
	static const enum mc_flag sent[] = { MC_SEEN, MC_ANSWERED, MC_FLAGGED,
		MC_DRAFT, MC_FORWARDED };
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

static MC_RC store(struct mc_target *target, const uint32_t *uids, size_t n,
	const char *flags, struct mc_error *err)
{
	struct mc_buf line;
	enum mc_rc rc;

	mc_buf_init(&line, MC_REPLY_LINE_MAX);
	rc = mc_buf_printf(&line, err, "UID STORE ");
	for (size_t i = 0; rc == MC_OK && i < n; i++)
		rc = mc_buf_printf(
			&line, err, "%s%u", i > 0 ? "," : "", uids[i]);
	if (rc == MC_OK)
		rc = mc_buf_printf(&line, err, " +FLAGS.SILENT %s", flags);
	if (rc == MC_OK)
		rc = mc_imap_command(target->imap, mc_buf_str(&line),
			(struct mc_span){ 0 }, "", NULL, err);
	if (rc == MC_EREFUSED)
		err->scope = MC_FOLDER;
	mc_buf_dispose(&line);
	return rc;
}

MC_RC mc_target_add_flags(struct mc_target *target,
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
	if (rc == MC_OK)
		rc = mc_target_settle(target, err);
	/* "()": it keeps none of them. */
	for (size_t i = 0; rc == MC_OK && flags.len > 2 && i < more->n;
		i += UIDS_MAX)
		rc = store(target, more->uids + i,
			more->n - i < UIDS_MAX ? more->n - i : UIDS_MAX,
			mc_buf_str(&flags), err);
	mc_buf_dispose(&flags);
	return rc;
}
