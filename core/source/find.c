/* SPDX-License-Identifier: MIT
 * find: which driver reads an endpoint. */
#include <sys/stat.h>

#include "source/eml.h"
#include "source/foreign.h"
#include "source/mbox_file.h"
#include "source/program.h"
#include "source/recognise.h"
#include "source/sniff.h"

/* What is seen, how it is called, and who reads it. */
static const struct known {
	const char *scheme;
	const char *title;
	const struct mc_source_ops *ops;
} known[MC_RECOGNISED_KINDS] = {
	[MC_RECOGNISED_MAILDIR] = { "maildir", "a Maildir",
		&mc_source_maildir },
	[MC_RECOGNISED_MH] = { "mh", "an MH folder", &mc_source_mh },
	[MC_RECOGNISED_EML] = { "eml", "an .eml file", &mc_source_eml },
	[MC_RECOGNISED_MBOX] = { "mbox", "an mbox", &mc_source_mbox },
	[MC_RECOGNISED_APPLE] = { "applemail", "of Apple Mail",
		&mc_source_applemail },
};

/* Several kinds: each of them would leave the other out without a word. */
static enum mc_rc fail_mixed(const char *path, const struct mc_recognised *seen,
	const struct known *one, struct mc_error *err)
{
	const struct known *other = one + 1;

	while (!seen->first[other - known])
		other++;
	return mc_fail(err, MC_EINPUT, MC_RUN, 0,
		"'%s' holds mail of several kinds: '%s' is %s, '%s' is %s; say "
		"which is meant, %s:%s or %s:%s, or give both",
		path, seen->first[one - known], one->title,
		seen->first[other - known], other->title, one->scheme, path,
		other->scheme, path);
}

static enum mc_rc fail_none(const char *path, const struct mc_recognised *seen,
	struct mc_error *err)
{
	enum mc_rc rc = mc_fail(err, MC_EINPUT, MC_RUN, 0,
		"no mail is found in '%s': no mbox, no Maildir, no MH folder, "
		"no .eml or .emlx file, and no mail program's own files",
		path);

	if (!seen->foreign)
		return rc;
	return mc_fail(err, MC_EINPUT, MC_RUN, 0,
		"no mail is found in '%s' itself; '%s' may hold some: name "
		"that file",
		path, seen->foreign);
}

static MC_RC find_in_directory(const struct mc_source_ops **out,
	const char *path, struct mc_error *err)
{
	const struct known *found = NULL;
	struct mc_recognised seen;
	size_t kinds = 0;
	enum mc_rc rc = mc_recognise(&seen, path, err);

	for (size_t i = 0; i < MC_RECOGNISED_KINDS; i++) {
		/* Apple Mail's driver reads what mbox lies among it too. */
		if (!seen.first[i] || (i == MC_RECOGNISED_MBOX &&
					      seen.first[MC_RECOGNISED_APPLE]))
			continue;
		if (kinds++ == 0)
			found = &known[i];
	}
	if (rc == MC_OK && kinds == 0)
		rc = fail_none(path, &seen, err);
	else if (rc == MC_OK && kinds > 1)
		rc = fail_mixed(path, &seen, found, err);
	else if (rc == MC_OK)
		*out = found->ops;
	mc_recognised_dispose(&seen);
	return rc;
}

/* A file by itself is an mbox or a message. */
static MC_RC find_by_file(const struct mc_source_ops **out, const char *path,
	struct mc_error *err)
{
	struct mc_error other;
	const char *foreign;
	bool is_message = false;
	enum mc_rc rc;

	*out = &mc_source_mbox;
	rc = mc_mbox_check(path, err);
	if (rc != MC_EINPUT)
		return rc;
	foreign = mc_foreign(path);
	if (foreign)
		return mc_fail(
			err, MC_EINPUT, MC_RUN, 0, "'%s' is %s", path, foreign);
	if (mc_sniff_file(path, &is_message, &other) < 0)
		return rc;
	other = *err;
	if (!is_message)
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"%s, and it looks like no message", other.text);
	*out = &mc_source_eml;
	if (mc_eml_is(path))
		return MC_OK;
	return mc_fail(err, MC_EINPUT, MC_RUN, 0,
		"'%s' is no mbox, but looks like a message; if it is one, "
		"write eml:%s",
		path, path);
}

static MC_RC find_by_looking(const struct mc_source_ops **out, const char *path,
	struct mc_error *err)
{
	struct stat st;
	enum mc_rc rc;

	if (stat(path, &st) < 0)
		return mc_fail_errno(
			err, MC_ENOENT, MC_RUN, "cannot open '%s'", path);
	rc = mc_program_of(out, path, err);
	if (rc != MC_DONE)
		return rc;
	if (S_ISDIR(st.st_mode))
		return find_in_directory(out, path, err);
	if (S_ISREG(st.st_mode))
		return find_by_file(out, path, err);
	return mc_fail(err, MC_EINPUT, MC_RUN, 0,
		"'%s' is no mbox: it is neither file nor directory", path);
}

MC_RC mc_source_find(const struct mc_source_ops **out,
	const struct mc_endpoint *at, struct mc_error *err)
{
	static const struct mc_source_ops *const drivers[] = {
		[MC_SCHEME_POP3] = &mc_source_pop3,
		[MC_SCHEME_POP3S] = &mc_source_pop3,
		[MC_SCHEME_IMAP] = &mc_source_imap,
		[MC_SCHEME_IMAPS] = &mc_source_imap,
		[MC_SCHEME_MBOX] = &mc_source_mbox,
		[MC_SCHEME_MAILDIR] = &mc_source_maildir,
		[MC_SCHEME_MH] = &mc_source_mh,
		[MC_SCHEME_EML] = &mc_source_eml,
		[MC_SCHEME_THUNDERBIRD] = &mc_source_thunderbird,
		[MC_SCHEME_APPLEMAIL] = &mc_source_applemail,
		[MC_SCHEME_EVOLUTION] = &mc_source_evolution,
		[MC_SCHEME_KMAIL] = &mc_source_kmail,
		[MC_SCHEME_EUDORA] = &mc_source_eudora,
		[MC_SCHEME_VAULT] = &mc_source_vault,
		[MC_SCHEME_OUTLOOK] = &mc_source_outlook,
	};

	if (at->scheme == MC_SCHEME_PATH)
		return find_by_looking(out, at->path, err);
	*out = drivers[at->scheme];
	return MC_OK;
}
