/* SPDX-License-Identifier: MIT
 * X-Gmail-Labels as Takeout writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "job/labels.h"

static const struct {
	const char *value;
	const char *words; /* split by '|' */
} table[] = {
	{ "", "" },
	{ "Inbox", "Inbox|" },
	{ "Inbox,Opened", "Inbox|Opened|" },
	{ " Inbox , Opened ", "Inbox|Opened|" },
	{ "a,,b", "a|b|" },
	{ "\"one, two\",three", "one, two|three|" },
	/* Takeout's own escapes. */
	{ "\\'quote,\"a \\\"b\\\", c\",d\\e", "'quote|a \"b\", c|d\\e|" },
	{ "=?UTF-8?Q?B=C3=BCcher=2CInbox?=", "B\xc3\xbc"
					     "cher|Inbox|" },
};

static void splits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct mc_error err;
		struct mc_buf words;

		mc_buf_init(&words, MC_HEADER_MAX);
		assert_int_equal(
			MC_OK, mc_labels_split(&words,
				       mc_span_str(table[i].value), &err));
		for (size_t k = 0; k < words.len; k++)
			if (words.data[k] == '\0')
				words.data[k] = '|';
		assert_string_equal(table[i].words, mc_buf_str(&words));
		mc_buf_dispose(&words);
	}
}

/* What labels make of a message: its folders, each with the letter of its
 * special use; flags and keywords. */
static const struct {
	const char *words; /* split by '|' */
	bool attributes;
	const char *folders;
	uint32_t flags;
	const char *keywords;
} sorts[] = {
	{ "Inbox|Unread|", false, "INBOX:I ", 0, "" },
	{ "Inbox|Opened|Starred|", false, "INBOX:I ", MC_SEEN | MC_FLAGGED,
		"" },
	{ "Opened|Unread|Work/2019|Work|", false, "Work/2019 Work ", 0, "" },
	/* An old Takeout does not say what was opened. */
	{ "Sent|", false, "Sent:S ", MC_SEEN, "" },
	{ "Archived|Important|Category Updates|", false, "Archive:A ", MC_SEEN,
		"$Important|" },
	{ "Archived|Work|", false, "Work ", MC_SEEN, "" },
	{ "Drafts|", false, "Drafts:D ", MC_SEEN | MC_DRAFT, "" },
	{ "Trash|Spam|", false, "Trash:T Spam:J ", MC_SEEN, "" },
	{ "Work|Work|", false, "Work ", MC_SEEN, "" },
	/* A label that somebody made, and one that only looks like a tab. */
	{ "Archive|Category Mine|", false, "Archive Category Mine ", MC_SEEN,
		"" },
	{ "Posteingang|Wichtig|Ungelesen|Kategorie: \"Neuigkeiten\"|", false,
		"INBOX:I ", 0, "$Important|" },
	{ "Messages archivés|Ouvert|Catégorie\xc2\xa0: E-mails personnels|"
	  "Culture, associations|",
		false, "Culture, associations ", MC_SEEN, "" },
	{ "Boîte de réception|Non lus|Envoyés|", false, "INBOX:I Envoyés:S ", 0,
		"" },
	{ "Archivováno|Kategorie: Sociální sítě|Nepřečtené|Facebook|", false,
		"Facebook ", 0, "" },
	{ "受信トレイ|未読|スター付き|", false, "INBOX:I ", MC_FLAGGED, "" },
	{ "", false, "Archive:A ", MC_SEEN, "" },
	/* IMAP, which tells flags itself. */
	{ "\\Inbox|\\Important|\\Starred|Unread|", true, "INBOX:I Unread ",
		MC_FLAGGED, "$Important|" },
	{ "\\Sent|\\Muted|", true, "Sent:S ", 0, "" },
	{ "\\Draft|", true, "Drafts:D ", MC_DRAFT, "" },
	{ "", true, "Archive:A ", 0, "" },
};

static char letter_of(enum mc_special special)
{
	return "?ISDJTA"[special];
}

static void sorts_labels(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		static struct mc_labels out;
		char words[256];
		char folders[256] = "";
		struct mc_error err;
		size_t n = strlen(sorts[i].words);

		memcpy(words, sorts[i].words, n + 1);
		for (size_t k = 0; k < n; k++)
			if (words[k] == '|')
				words[k] = '\0';
		mc_buf_init(&out.keywords, MC_WORDS_MAX);
		assert_int_equal(MC_OK,
			mc_labels_sort(&out, (struct mc_words){ words, n },
				sorts[i].attributes, &err));
		for (size_t k = 0; k < out.n; k++) {
			size_t used = strlen(folders);
			enum mc_special special = out.folders[k].special;
			char tail[3] = { ':', letter_of(special), '\0' };

			mc_text_format(folders + used, sizeof(folders) - used,
				"%.*s%s ", (int)out.folders[k].path.n,
				out.folders[k].path.p, special ? tail : "");
		}
		for (size_t k = 0; k < out.keywords.len; k++)
			if (!out.keywords.data[k])
				out.keywords.data[k] = '|';
		assert_string_equal(sorts[i].folders, folders);
		assert_int_equal(sorts[i].flags, out.flags);
		assert_string_equal(
			sorts[i].keywords, mc_buf_str(&out.keywords));
		mc_buf_dispose(&out.keywords);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits),
		cmocka_unit_test(sorts_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
