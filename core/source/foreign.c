/* SPDX-License-Identifier: MIT */
#include "source/foreign.h"

#include "source/input.h"
#include "source/site.h"

#define UNPACK "; unpack it first, then name what comes out of it"

static const struct {
	size_t offset;
	struct mc_span octets;
	const char *is;
} signs[] = {
	{ 0, { "PK\3\4", 4 }, "a .zip archive" UNPACK },
	{ 0, { "7z\xBC\xAF\x27\x1C", 6 }, "a .7z archive" UNPACK },
	{ 0, { "Rar!\x1A\x07", 6 }, "a .rar archive" UNPACK },
	{ 257, { "ustar", 5 }, "a .tar archive" UNPACK },
	{ 0, { "\xCF\xAD\x12\xFE", 4 },
		"a folder of Outlook Express (.dbx), which is not read here; "
		"let a mail program import it first" },
	{ 0, { "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8 },
		"a document of Microsoft's, perhaps a message (.msg), which is "
		"not read here; Outlook's .pst and .ost files are, and .eml" },
	{ 0, { "// <!-- <mdb:mork", 17 },
		"an index of Thunderbird's, in which no mail is; the mail is "
		"in the file of that name without .msf" },
	{ 0, { "SQLite format 3", 16 },
		"a database, of mailcart's or another program's; -a names an "
		"archive" },
};

const char *mc_foreign(const char *path)
{
	struct mc_input *in = NULL;
	struct mc_error ignored;
	const char *found = NULL;
	char head[512];
	size_t got = 0;

	if (mc_input_open(&in, path, MC_FOLDER, &ignored) < 0 ||
		mc_input_read(in, head, sizeof(head), &got, &ignored) < 0)
		got = 0;
	mc_input_close(in);
	for (size_t i = 0; !found && i < sizeof(signs) / sizeof(signs[0]);
		i++) {
		struct mc_span seen = { head, got };

		if (mc_span_starts(mc_span_from(seen, signs[i].offset),
			    signs[i].octets))
			found = signs[i].is;
	}
	return found;
}

bool mc_foreign_name(const char *path)
{
	static const char *const ends[] = { ".pst", ".ost", ".dbx", ".msg",
		".zip", ".7z", ".rar", ".tar", ".tgz", ".tar.gz", ".tar.bz2",
		".tar.xz", ".tar.zst" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (mc_site_ends(path, ends[i]))
			return true;
	}
	return false;
}
