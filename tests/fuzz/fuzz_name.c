/* SPDX-License-Identifier: MIT
 * Names of folders, from wherever they come: on the wire, as a mailbox for a
 * server, as files of an export. */
#include "base/limits.h"
#include "base/text.h"
#include "net/imap_name.h"
#include "plan/name.h"
#include "plan/plan.h"
#include "source/label.h"
#include "source/maildir.h"
#include "target/export_name.h"
#include "tools.h"

enum { LEVEL_MAX = 255 };

static bool has_control(struct mc_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F)
			return true;
	}
	return false;
}

/* What one side makes, the other takes back. */
static void wire(struct mc_span name)
{
	struct mc_error err;
	struct mc_buf there;
	struct mc_buf back;
	enum mc_rc rc;

	mc_buf_init(&there, (size_t)8 * MC_NAME_MAX);
	mc_buf_init(&back, (size_t)8 * MC_NAME_MAX);
	rc = mc_imap_name_encode(&there, name, &err);
	if (rc == MC_OK) {
		MC_PROMISE(!has_control(mc_buf_span(&there)));
		MC_PROMISE(mc_imap_name_decode(
				   &back, mc_buf_span(&there), &err) == MC_OK);
		MC_PROMISE(mc_span_eq(mc_buf_span(&back), name));
	}
	mc_buf_clear(&there);
	mc_buf_clear(&back);
	rc = mc_imap_name_decode(&there, name, &err);
	MC_PROMISE(mc_utf8_valid(mc_buf_span(&there)));
	MC_PROMISE(!has_control(mc_buf_span(&there)));
	if (rc == MC_OK && there.len > 0 && there.len <= MC_NAME_MAX) {
		MC_PROMISE(mc_imap_name_encode(
				   &back, mc_buf_span(&there), &err) == MC_OK);
		MC_PROMISE(mc_span_eq(mc_buf_span(&back), name));
	}
	mc_buf_dispose(&there);
	mc_buf_dispose(&back);
}

static void check_file_name(struct mc_span level)
{
	MC_PROMISE(level.n > 0 && level.n <= LEVEL_MAX);
	MC_PROMISE(!has_control(level));
	MC_PROMISE(mc_span_index(level, '/') == level.n);
	MC_PROMISE(mc_span_index(level, '\\') == level.n);
	MC_PROMISE(!mc_span_eq(level, MC_SPAN(".")));
	MC_PROMISE(!mc_span_eq(level, MC_SPAN("..")));
}

static void safe(struct mc_span name, size_t max)
{
	bool changed = false;
	struct mc_error err;
	struct mc_buf out;

	mc_buf_init(&out, (size_t)4 * MC_NAME_MAX);
	MC_PROMISE(mc_export_safe(&out, name, max, &changed, &err) == MC_OK);
	check_file_name(mc_buf_span(&out));
	MC_PROMISE(out.len <= max && out.data[0] != '.');
	MC_PROMISE(changed || mc_span_eq(mc_buf_span(&out), name));
	mc_buf_dispose(&out);
}

static void folder(const char *path, enum mc_export_format format)
{
	struct mc_export_names *names = NULL;
	struct mc_span rest;
	struct mc_error err;
	struct mc_buf out;
	bool mended;

	mc_buf_init(&out, (size_t)8 * MC_NAME_MAX);
	MC_PROMISE(mc_export_names_new(&names, format, &err) == MC_OK);
	for (int64_t twin = 0; twin < 3; twin++) {
		enum mc_rc rc;

		mc_buf_clear(&out);
		rc = mc_export_names_folder(
			names, &out, path, twin, &mended, &err);
		MC_PROMISE(rc == MC_OK || rc == MC_ELIMIT);
		rest = rc == MC_OK ? mc_buf_span(&out)
				   : (struct mc_span){ NULL, 0 };
		while (rest.n > 0) {
			size_t n = mc_span_index(rest, '/');

			check_file_name(mc_span_head(rest, n));
			rest = mc_span_from(rest, n + 1);
		}
	}
	mc_export_names_free(names);
	mc_buf_dispose(&out);
}

static void mailbox(const char *path, char separator, const char *prefix)
{
	char prefix_of[16];
	struct mc_mailboxes server = { .separator = separator,
		.prefix = prefix_of };
	struct mc_error err;
	struct mc_buf out;
	bool mended = false;

	mc_text_format(prefix_of, sizeof(prefix_of), "%s", prefix);
	mc_buf_init(&out, (size_t)8 * MC_NAME_MAX);
	if (mc_name_make(&out, path, &server, &mended, &err) == MC_OK) {
		MC_PROMISE(!has_control(mc_buf_span(&out)));
		MC_PROMISE(mc_span_index(mc_buf_span(&out), '*') == out.len);
		MC_PROMISE(mc_span_index(mc_buf_span(&out), '%') == out.len);
	}
	mc_buf_dispose(&out);
}

static void paths(struct mc_span name, unsigned how)
{
	char *label = NULL;
	struct mc_error err;

	MC_PROMISE(mc_label(&label, name, &err) == MC_OK);
	MC_PROMISE(mc_utf8_valid(mc_span_str(label)));
	folder(label, (enum mc_export_format)(how % 4));
	mailbox(label, '/', "");
	mailbox(label, '.', "INBOX.");
	mailbox(label, '\0', "");
	(void)mc_glob("a*b?**c*", label);
	(void)mc_glob(label, "a/b/cccccccc/INBOX");
	free(label);
	label = NULL;
	(void)mc_label_unpacked(name);
}

static void directory(struct mc_span name)
{
	struct mc_error err;
	char *text = NULL;
	char *label = NULL;

	MC_PROMISE(mc_strdup(&text, name, &err) == MC_OK);
	if (mc_maildir_label(&label, text, &err) == MC_OK)
		MC_PROMISE(mc_utf8_valid(mc_span_str(label)));
	free(label);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span name = { (const char *)data, size };
	unsigned how = fuzz_octet(&name);

	wire(name);
	safe(name, 16 + how % (LEVEL_MAX - 16));
	if (mc_span_index(name, '\0') == name.n && name.n < MC_NAME_MAX) {
		paths(name, how);
		directory(name);
	}
	return 0;
}
