/* SPDX-License-Identifier: MIT
 * Flags, words and the names of special mailboxes. */
#include "help.h"

#include "msg/flags.h"
#include "msg/mailbox.h"

typedef uint32_t read_fn(struct mc_span value);

struct row {
	const char *why;
	read_fn *read;
	const char *value;
	uint32_t want;
};

static const struct row rows[] = {
	{ "read, old", mc_flags_from_status, "RO", MC_SEEN },
	{ "only old", mc_flags_from_status, "O", 0 },
	{ "X-Status", mc_flags_from_status, "AFTD",
		MC_ANSWERED | MC_FLAGGED | MC_DRAFT | MC_DELETED },
	{ "unknown letters", mc_flags_from_status, " rXZ9", 0 },
	{ "nothing", mc_flags_from_status, "", 0 },
	{ "Maildir", mc_flags_from_maildir, "DFPRST",
		MC_DRAFT | MC_FLAGGED | MC_FORWARDED | MC_ANSWERED | MC_SEEN |
			MC_DELETED },
	{ "Dovecot's keyword letters", mc_flags_from_maildir, "Sabz", MC_SEEN },
	{ "Mozilla: read", mc_flags_from_mozilla, "0001", MC_SEEN },
	{ "Mozilla: read, replied, marked", mc_flags_from_mozilla, "0007",
		MC_SEEN | MC_ANSWERED | MC_FLAGGED },
	{ "Mozilla: expunged", mc_flags_from_mozilla, "0009",
		MC_SEEN | MC_EXPUNGED },
	{ "Mozilla: forwarded", mc_flags_from_mozilla, "1000", MC_FORWARDED },
	{ "Mozilla: nothing of ours", mc_flags_from_mozilla, "8080", 0 },
	{ "Mozilla: blanks around", mc_flags_from_mozilla, " 0001\r", MC_SEEN },
	{ "Mozilla: no number", mc_flags_from_mozilla, "001g", 0 },
	{ "Mozilla: sign", mc_flags_from_mozilla, "-001", 0 },
	{ "Mozilla: too long", mc_flags_from_mozilla, "000000001", 0 },
	{ "Mozilla: empty", mc_flags_from_mozilla, "", 0 },
	{ "Mozilla2: deleted by IMAP", mc_flags_from_mozilla2, "00200000",
		MC_DELETED },
	{ "Mozilla2: attachment", mc_flags_from_mozilla2, "10000000", 0 },
	{ "Mozilla2: capitals", mc_flags_from_mozilla2, "00AF0000",
		MC_DELETED },
	{ "Evolution: seen", mc_flags_from_evolution, "0000001a-0010",
		MC_SEEN },
	{ "Evolution: all", mc_flags_from_evolution, "00000001-001f",
		MC_SEEN | MC_FLAGGED | MC_DRAFT | MC_DELETED | MC_ANSWERED },
	{ "Evolution: no flags", mc_flags_from_evolution, "0000001a", 0 },
	{ "Evolution: junk", mc_flags_from_evolution, "-", 0 },
};

static void values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t got = rows[i].read(mc_span_str(rows[i].value));

		if (got != rows[i].want)
			fail_msg("%s: got %x", rows[i].why, got);
	}
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(mc_flag_name(MC_SEEN), "\\Seen");
	assert_string_equal(mc_flag_name(MC_FORWARDED), "$Forwarded");
	assert_null(mc_flag_name(MC_EXPUNGED));
}

static void words(void **state)
{
	struct mc_error err = { 0 };
	struct mc_words none = { NULL, 0 };
	struct mc_words open = { "ab", 2 }; /* the last NUL is missing */
	struct mc_buf buf;
	size_t at = 0;

	(void)state;
	assert_null(mc_words_next(none, &at));
	assert_non_null(mc_words_next(open, &at));
	assert_null(mc_words_next(open, &at));
	mc_buf_init(&buf, 8);
	must(mc_words_add(&buf, MC_SPAN("ab"), &err), &err);
	must(mc_words_add(&buf, MC_SPAN("ab"), &err), &err);
	must(mc_words_add(&buf, MC_SPAN(""), &err), &err);
	must(mc_words_add(&buf, MC_SPAN("\xFF"), &err), &err);
	must(mc_words_add(&buf, MC_SPAN("c\0d"), &err), &err);
	must(mc_words_add(&buf, MC_SPAN("a"), &err), &err);
	must(mc_words_add(&buf, MC_SPAN("too long"), &err), &err);
	must(mc_words_add(&buf, MC_SPAN("AB"), &err), &err);
	assert_span(mc_buf_span(&buf), MC_SPAN("ab\0a\0AB\0"));
	mc_buf_dispose(&buf);
}

struct name_row {
	const char *name;
	enum mc_special want;
};

static const struct name_row name_rows[] = {
	{ "Sent", MC_SPECIAL_SENT },
	{ "SENT ITEMS", MC_SPECIAL_SENT },
	{ "Gesendete Objekte", MC_SPECIAL_SENT },
	{ "gesendete elemente", MC_SPECIAL_SENT },
	{ "Éléments envoyés", MC_SPECIAL_SENT },
	{ "Отправленные", MC_SPECIAL_SENT },
	{ "送信済みアイテム", MC_SPECIAL_SENT },
	{ "Drafts", MC_SPECIAL_DRAFTS },
	{ "Entwürfe", MC_SPECIAL_DRAFTS },
	{ "草稿箱", MC_SPECIAL_DRAFTS },
	{ "Junk E-mail", MC_SPECIAL_JUNK },
	{ "Spamverdacht", MC_SPECIAL_JUNK },
	{ "Courrier indésirable", MC_SPECIAL_JUNK },
	{ "Bulk Mail", MC_SPECIAL_JUNK },
	{ "Trash", MC_SPECIAL_TRASH },
	{ "Papierkorb", MC_SPECIAL_TRASH },
	{ "Deleted Messages", MC_SPECIAL_TRASH },
	{ "Корзина", MC_SPECIAL_TRASH },
	{ "휴지통", MC_SPECIAL_TRASH },
	{ "Archives", MC_SPECIAL_ARCHIVE },
	{ "Archiv", MC_SPECIAL_ARCHIVE },
	{ " Sent ", MC_SPECIAL_SENT },
	{ "INBOX", MC_SPECIAL_NONE },
	{ "", MC_SPECIAL_NONE },
	{ "Sent to Anna", MC_SPECIAL_NONE },
	{ "Projects", MC_SPECIAL_NONE },
	{ "Outbox", MC_SPECIAL_NONE },
};

static void special_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(name_rows); i++) {
		if (mc_special_by_name(name_rows[i].name) != name_rows[i].want)
			fail_msg("'%s'", name_rows[i].name);
	}
}

static void special_attributes(void **state)
{
	(void)state;
	for (int i = MC_SPECIAL_SENT; i <= MC_SPECIAL_IMPORTANT; i++) {
		const char *name = mc_special_attribute((enum mc_special)i);

		assert_non_null(name);
		assert_int_equal(mc_special_by_attribute(name), i);
	}
	assert_null(mc_special_attribute(MC_SPECIAL_NONE));
	assert_null(mc_special_attribute(MC_SPECIAL_INBOX));
	assert_int_equal(mc_special_by_attribute("\\SENT"), MC_SPECIAL_SENT);
	assert_int_equal(
		mc_special_by_attribute("\\HasChildren"), MC_SPECIAL_NONE);
	assert_int_equal(mc_special_by_attribute(""), MC_SPECIAL_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(names),
		cmocka_unit_test(words),
		cmocka_unit_test(special_names),
		cmocka_unit_test(special_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
