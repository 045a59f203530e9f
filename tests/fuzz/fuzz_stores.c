/* SPDX-License-Identifier: MIT
 * Files that mail programs keep beside the mail: property lists, preferences,
 * summaries, sequences.  The first octet says which. */
#include "base/limits.h"
#include "base/text.h"
#include "source/attach.h"
#include "source/boundary.h"
#include "source/emlx.h"
#include "source/maildir.h"
#include "source/mh.h"
#include "source/mork.h"
#include "source/partial.h"
#include "source/plist.h"
#include "source/prefs.h"
#include "source/sniff.h"
#include "tools.h"

static void plist(struct mc_span text)
{
	struct mc_error err;
	struct mc_buf words;
	uint32_t flags = 0;
	int64_t number = 0;

	mc_buf_init(&words, MC_WORDS_MAX);
	(void)mc_plist_number(text, "date-received", &number);
	if (mc_plist_number(text, "flags", &number))
		MC_PROMISE(
			mc_emlx_flags(number, &flags, &words, &err) == MC_OK);
	mc_buf_dispose(&words);
}

static void prefs(struct mc_span text)
{
	struct mc_prefs prefs;
	struct mc_error err;

	MC_PROMISE(mc_prefs_parse(&prefs, text, &err) == MC_OK);
	for (size_t i = 0; i < prefs.n; i++)
		MC_PROMISE(prefs.list[i].name && prefs.list[i].value);
	(void)mc_prefs_get(&prefs, "mail.accountmanager.accounts");
	(void)mc_prefs_of(&prefs, "server", "server1", "name");
	mc_prefs_dispose(&prefs);
}

static void profiles(struct mc_span text)
{
	struct mc_profile profile;
	size_t n = text.n + 1;

	while (mc_profile_next(&text, &profile)) {
		MC_PROMISE(text.n < n);
		n = text.n;
	}
}

static void mork(struct mc_span text)
{
	struct mc_error err;
	char *name = NULL;

	if (mc_mork_folder_name(&name, text, &err) == MC_OK)
		MC_PROMISE(mc_utf8_valid(mc_span_str(name)));
	free(name);
}

static void sequences(struct mc_span text)
{
	struct mc_span marks = text;
	struct mc_span name;
	struct mc_span ranges;
	bool begun = false;
	bool swap = false;
	uint32_t number;
	uint32_t bits;
	int64_t first;
	int64_t last;

	while (mc_mh_sequence(&text, &name, &ranges)) {
		(void)mc_mh_meaning(name);
		while (mc_mh_range(&ranges, &first, &last))
			MC_PROMISE(first >= 0 && last <= UINT32_MAX);
	}
	while (mc_mh_mark(&marks, &begun, &swap, &number, &bits))
		;
	(void)mc_mh_number(marks);
}

static void maildir(struct mc_span text)
{
	struct mc_span base = fuzz_line(&text);
	struct mc_maildir_name name;

	mc_maildir_parse(base, &name);
	MC_PROMISE(name.key.n <= base.n && name.letters.n <= base.n);
	for (char letter = 'a'; letter <= 'z'; letter++)
		MC_PROMISE(mc_maildir_keyword(text, letter).n <= text.n);
}

/* However the octets are cut, the same comes out. */
static void boundary(struct mc_span text, unsigned piece)
{
	struct fuzz_sink sink[2];
	struct mc_error err;

	for (int i = 0; i < 2; i++) {
		size_t n = i ? 1 + piece : text.n;
		struct mc_span rest = text;
		struct mc_filter *filter = NULL;

		fuzz_sink_init(&sink[i]);
		MC_PROMISE(mc_boundary_filter(&filter, &sink[i].sink, &err) ==
			   MC_OK);
		while (rest.n > 0) {
			struct mc_span some = mc_span_head(rest, n);

			MC_PROMISE(filter->put(filter, some, &err) == MC_OK);
			rest = mc_span_from(rest, some.n);
		}
		MC_PROMISE(filter->end(filter, &err, &err) == MC_OK);
		filter->free(filter);
	}
	MC_PROMISE(mc_span_eq(
		mc_buf_span(&sink[0].octets), mc_buf_span(&sink[1].octets)));
	fuzz_sink_dispose(&sink[0]);
	fuzz_sink_dispose(&sink[1]);
}

static void partial(struct mc_span text, unsigned piece)
{
	struct mc_partial *partial = NULL;
	struct fuzz_sink sink;
	struct mc_error err;
	int missing = 0;
	int inexact = 0;

	fuzz_sink_init(&sink);
	MC_PROMISE(mc_partial_new(&partial, "/nowhere", &sink.sink, &err) ==
		   MC_OK);
	while (text.n > 0) {
		struct mc_span some = mc_span_head(text, 1 + piece);

		MC_PROMISE(mc_partial_bytes(partial, some, &err) == MC_OK);
		text = mc_span_from(text, some.n);
	}
	MC_PROMISE(mc_partial_end(partial, &missing, &inexact, &err) == MC_OK);
	mc_partial_free(partial);
	fuzz_sink_dispose(&sink);
}

static void attach(struct mc_span text, unsigned how)
{
	struct fuzz_file file;
	struct fuzz_sink sink;
	struct mc_error err;
	bool exact = false;

	fuzz_file_open(&file, text);
	fuzz_sink_init(&sink);
	MC_PROMISE(mc_attach_put(file.path, (enum mc_attach_encoding)(how % 4),
			   (int64_t)text.n + how / 4, &sink.sink, &exact,
			   &err) == MC_OK);
	/* Quoted-printable triples what it must, and breaks lines. */
	MC_PROMISE(sink.octets.len <= 4 * text.n + 4);
	fuzz_sink_dispose(&sink);
	fuzz_file_close(&file);
	(void)mc_attach_encoding(text);
	(void)mc_sniff_is_message(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span text = { (const char *)data, size };
	unsigned what = fuzz_octet(&text) % 9;

	switch (what) {
	case 0:
		plist(text);
		break;
	case 1:
		prefs(text);
		break;
	case 2:
		profiles(text);
		break;
	case 3:
		mork(text);
		break;
	case 4:
		sequences(text);
		break;
	case 5:
		maildir(text);
		break;
	case 6:
		what = fuzz_octet(&text);
		boundary(text, what);
		break;
	case 7:
		what = fuzz_octet(&text);
		partial(text, what);
		break;
	default:
		what = fuzz_octet(&text);
		attach(text, what);
		break;
	}
	return 0;
}
