/* SPDX-License-Identifier: MIT
 * What a mail program keeps, as a directory: one file of it holds what the
 * input says, the others are as they should be.  The first octet chooses the
 * program and the file. */
#include <sys/stat.h>

#include "base/text.h"
#include "tools.h"

#define MAIL                                                                    \
	"From 1-2-3.mbox@xxx Sat Jan  3 01:05:34 1998\nFrom: a@b\nSubject: x\n" \
	"Message-ID: <1@x>\n\nbody\n\n"

struct file {
	const char *name; /* with '/' behind it: a directory */
	const char *text;
};

static const struct {
	enum mc_scheme scheme;
	struct file files[8];
} programs[] = {
	{ MC_SCHEME_VAULT,
		{ { "a-metadata.xml",
			  "<Document><Tag TagName='Labels' TagValue='^INBOX,x'/>"
			  "<ExternalFile FileName='1-2-3.mbox'/></Document>" },
			{ "a.mbox", MAIL } } },
	{ MC_SCHEME_APPLEMAIL,
		{ { "Work.mbox/", "" }, { "Work.mbox/Messages/", "" },
			{ "Work.mbox/Messages/1.emlx", "11\nFrom: a\n\nb\n" },
			{ "Work.mbox/Messages/2.partial.emlx",
				"11\nFrom: a\n\nb\n" },
			{ "Work.mbox/Attachments/", "" },
			{ "Work.mbox/Attachments/2/", "" },
			{ "Work.mbox/Attachments/2/2/", "" },
			{ "Work.mbox/Attachments/2/2/a.doc", "text\n" } } },
	{ MC_SCHEME_EUDORA,
		{ { "descmap.pce", "In,In.mbx,S,N,\nWork,Work.fol,F,N,\n" },
			{ "In.mbx", "From ???@??? Sat Jan  3 01:05:34 1998\n"
				    "From: a\n\nb\n" },
			{ "In.toc", "x" } } },
	{ MC_SCHEME_THUNDERBIRD,
		{ { "prefs.js", "user_pref(\"mail.accountmanager.accounts\", "
				"\"account1\");\n" },
			{ "Mail/", "" }, { "Mail/Local Folders/", "" },
			{ "Mail/Local Folders/Work", MAIL },
			{ "Mail/Local Folders/Work.msf",
				"<(B2=folderName)>{1:^9F [1(^B2=W)]}" } } },
	{ MC_SCHEME_MAILDIR, { { "cur/", "" }, { "new/", "" }, { "tmp/", "" },
				     { "cur/1.M2P3.h:2,Sa", "From: a\n\nb\n" },
				     { "dovecot-keywords", "0 Work\n" } } },
	{ MC_SCHEME_MH,
		{ { "1", "From: a\n\nb\n" }, { ".mh_sequences", "unseen: 1\n" },
			{ ".claws_mark", "\2" } } },
	{ MC_SCHEME_EVOLUTION,
		{ { "cur/", "" }, { "new/", "" }, { "tmp/", "" },
			{ "cur/1.x:2,S", "From: a\nX-Evolution: 1-10\n\nb\n" },
			{ "..maildir++", "maildir++ 1" } } },
};
enum { PROGRAMS = sizeof(programs) / sizeof(programs[0]) };

static void build(const struct file *files, const char *top, unsigned which,
	struct mc_span text)
{
	char path[256];
	unsigned n = 0;

	for (size_t i = 0; i < 8 && files[i].name; i++) {
		struct mc_span name = mc_span_str(files[i].name);

		mc_text_format(path, sizeof(path), "%s/%s", top, name.p);
		if (name.p[name.n - 1] == '/')
			(void)mkdir(path, 0700);
		else
			fuzz_write_file(path,
				n++ == which % 4 ? text
						 : mc_span_str(files[i].text));
	}
}

static void read_all(struct mc_endpoint *at)
{
	struct mc_monitor nobody = { 0 };
	struct mc_source_conf conf = { .at = at, .monitor = &nobody };
	const struct mc_source_ops *ops = NULL;
	struct mc_source *src = NULL;
	struct fuzz_receiver r;
	struct mc_error err;
	enum mc_rc rc;

	fuzz_receiver_init(&r, 0);
	rc = mc_source_find(&ops, at, &err);
	if (rc == MC_OK)
		rc = ops->open(&src, &conf, &err);
	if (rc == MC_OK)
		rc = ops->read(src, &r.rx, &err);
	MC_PROMISE(rc == MC_OK || err.text[0]);
	MC_PROMISE(rc != MC_OK || !r.in_folder);
	if (ops)
		ops->close(src);
	fuzz_receiver_dispose(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span text = { (const char *)data, size };
	unsigned how = fuzz_octet(&text);
	struct mc_endpoint at = { .scheme = programs[how % PROGRAMS].scheme };
	char top[128];

	mc_text_format(top, sizeof(top), "%s/store", fuzz_directory());
	(void)mkdir(top, 0700);
	build(programs[how % PROGRAMS].files, top, how / PROGRAMS, text);
	at.path = top;
	read_all(&at);
	/* Recognised by itself, or not. */
	at.scheme = MC_SCHEME_PATH;
	read_all(&at);
	fuzz_drop_all(top);
	return 0;
}
