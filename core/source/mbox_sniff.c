/* SPDX-License-Identifier: MIT
 * mbox_sniff: does a file begin as an mbox does, or as an MMDF file? */
#include "source/input.h"
#include "source/mbox_file.h"
#include "source/mbox_window.h"

/* Told apart by its address. */
static const char is_empty[] = "it is empty";

static bool is_white(char c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* Does c, behind `before`, go on with UTF-8's mark at the file's start? */
static bool is_mark(char c, char before, size_t at)
{
	return at < sizeof(MC_MBOX_BOM) - 1 && c == MC_MBOX_BOM[at] &&
	       (at == 0 || before == MC_MBOX_BOM[at - 1]);
}

/* May a line begin behind octet `at - 1`, c? */
static bool begins_line(char c, size_t at)
{
	return at == 0 || c == '\n' || c == '\r' ||
	       (at == sizeof(MC_MBOX_BOM) - 1 && c == MC_MBOX_BOM[at - 1]);
}

/* The first n octets behind lines of blanks; only one if there are blanks in
 * their line.  *blank: there were some. */
static MC_RC read_behind_blank(struct mc_input *in, char *out, size_t n,
	size_t *got, bool *blank, struct mc_error *err)
{
	size_t seen = 0;
	enum mc_rc rc;

	*blank = false;
	do {
		char before = out[0];

		rc = mc_input_read(in, out, 1, got, err);
		if (rc < 0 || *got == 0)
			return rc;
		if (!is_white(out[0]) && !is_mark(out[0], before, seen)) {
			if (!begins_line(before, seen))
				return MC_OK;
			rc = mc_input_read(in, out + 1, n - 1, got, err);
			*got += 1;
			return rc;
		}
		*blank = true;
	} while (++seen < MC_MBOX_WINDOW);
	*got = 0;
	return MC_OK;
}

MC_RC mc_mbox_sniff(const char *path, const char **why, struct mc_error *err)
{
	struct mc_input *in = NULL;
	char head[6] = "";
	size_t got = 0;
	bool blank = false;
	struct mc_span seen;
	enum mc_rc rc = mc_input_open(&in, path, MC_FOLDER, err);

	if (rc == MC_OK)
		rc = read_behind_blank(
			in, head, sizeof(head), &got, &blank, err);
	mc_input_close(in);
	if (rc < 0)
		return rc;
	seen = (struct mc_span){ head, got };
	if (mc_span_starts(seen, MC_SPAN("From ")) ||
		(!blank && mc_mbox_is_mark(seen)))
		*why = NULL;
	else if (got > 0)
		*why = "its first line is no From_ line";
	else
		*why = blank ? "it holds nothing but blank lines" : is_empty;
	return MC_OK;
}

MC_RC mc_mbox_check(const char *path, struct mc_error *err)
{
	const char *why = NULL;
	enum mc_rc rc = mc_mbox_sniff(path, &why, err);

	if (rc < 0)
		err->scope = MC_RUN;
	else if (why && why != is_empty)
		rc = mc_fail(err, MC_EINPUT, MC_RUN, 0, "'%s' is no mbox: %s",
			path, why);
	return rc;
}

/* "From 1630926631156851975@xxx ..." */
static bool is_takeout_line(struct mc_span line)
{
	size_t digits = 0;

	if (!mc_span_starts(line, MC_SPAN("From ")))
		return false;
	line = mc_span_from(line, 5);
	while (digits < line.n && line.p[digits] >= '0' &&
		line.p[digits] <= '9')
		digits++;
	return digits > 0 &&
	       mc_span_starts(mc_span_from(line, digits), MC_SPAN("@xxx "));
}

static bool is_gmail_field(struct mc_span line)
{
	return mc_span_istarts(line, MC_SPAN("X-Gmail-Labels:")) ||
	       mc_span_istarts(line, MC_SPAN("X-GM-THRID:"));
}

static bool is_takeout(struct mc_span head)
{
	size_t n = mc_span_index(head, '\n');

	if (!is_takeout_line(mc_span_head(head, n)))
		return false;
	for (head = mc_span_from(head, n + 1); head.n > 0;
		head = mc_span_from(head, n + 1)) {
		n = mc_span_index(head, '\n');
		if (is_gmail_field(mc_span_head(head, n)))
			return true;
		if (mc_span_trim(mc_span_head(head, n)).n == 0)
			break;
	}
	return false;
}

bool mc_mbox_is_takeout(const char *path)
{
	struct mc_input *in = NULL;
	struct mc_error ignored;
	char head[8192];
	size_t got = 0;

	if (mc_input_open(&in, path, MC_FOLDER, &ignored) < 0 ||
		mc_input_read(in, head, sizeof(head), &got, &ignored) < 0)
		got = 0;
	mc_input_close(in);
	return is_takeout((struct mc_span){ head, got });
}
