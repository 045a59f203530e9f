/* SPDX-License-Identifier: MIT
 * find: which driver reads an endpoint. */
#include <sys/stat.h>

#include "base/text.h"
#include "source/eml.h"
#include "source/mbox_file.h"
#include "source/program.h"
#include "source/recognise.h"
#include "source/sniff.h"

static MC_RC unbuilt(const char *what, struct mc_error *err)
{
	return mc_fail(err, MC_EUSAGE, MC_RUN, 0, "cannot read %s yet", what);
}

/* What is seen, how it is called, and who reads it. */
static const struct known {
	const char *scheme;
	const char *title;
	const struct mc_source_ops *ops;
} known[MC_SEEN_KINDS] = {
	[MC_SEEN_MAILDIR] = { "maildir", "a Maildir", &mc_source_maildir },
	[MC_SEEN_MH] = { "mh", "an MH folder", &mc_source_mh },
	[MC_SEEN_EML] = { "eml", "an .eml file", &mc_source_eml },
	[MC_SEEN_MBOX] = { "mbox", "an mbox", &mc_source_mbox },
};

/* Several kinds: each of them would leave the other out without a word. */
static enum mc_rc fail_mixed(const char *path, const struct mc_seen *seen,
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

static MC_RC find_in_directory(const struct mc_source_ops **out,
	const char *path, struct mc_error *err)
{
	const struct known *found = NULL;
	struct mc_seen seen;
	size_t kinds = 0;
	enum mc_rc rc = mc_recognise(&seen, path, err);

	for (size_t i = 0; i < MC_SEEN_KINDS; i++) {
		if (!seen.first[i])
			continue;
		if (kinds++ == 0)
			found = &known[i];
	}
	if (rc == MC_OK && kinds == 0)
		rc = mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"no mail is found in '%s': no mbox, no Maildir, no MH "
			"folder and no .eml file",
			path);
	else if (rc == MC_OK && kinds > 1)
		rc = fail_mixed(path, &seen, found, err);
	else if (rc == MC_OK)
		*out = found->ops;
	mc_seen_dispose(&seen);
	return rc;
}

/* A file by itself is an mbox or a message. */
static MC_RC find_by_file(const struct mc_source_ops **out, const char *path,
	struct mc_error *err)
{
	struct mc_error other;
	bool is_message = false;
	enum mc_rc rc;

	*out = &mc_source_mbox;
	rc = mc_mbox_check(path, err);
	if (rc != MC_EINPUT || mc_sniff_file(path, &is_message, &other) < 0 ||
		!is_message)
		return rc;
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
	switch (at->scheme) {
	case MC_SCHEME_POP3:
	case MC_SCHEME_POP3S:
		*out = &mc_source_pop3;
		return MC_OK;
	case MC_SCHEME_MBOX:
		*out = &mc_source_mbox;
		return MC_OK;
	case MC_SCHEME_PATH:
		return find_by_looking(out, at->path, err);
	case MC_SCHEME_MAILDIR:
		*out = &mc_source_maildir;
		return MC_OK;
	case MC_SCHEME_MH:
		*out = &mc_source_mh;
		return MC_OK;
	case MC_SCHEME_EML:
		*out = &mc_source_eml;
		return MC_OK;
	case MC_SCHEME_THUNDERBIRD:
		*out = &mc_source_thunderbird;
		return MC_OK;
	case MC_SCHEME_IMAP:
	case MC_SCHEME_IMAPS:
		*out = &mc_source_imap;
		return MC_OK;
	}
	return unbuilt("this", err);
}
