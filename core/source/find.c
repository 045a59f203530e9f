/* SPDX-License-Identifier: MIT
 * find: which driver reads an endpoint. */
#include <sys/stat.h>

#include "source/mbox_file.h"
#include "source/mbox_tree.h"
#include "source/source.h"

static MC_RC unbuilt(const char *what, struct mc_error *err)
{
	return mc_fail(err, MC_EUSAGE, MC_RUN, 0, "cannot read %s yet", what);
}

static bool has_dir(const char *path, const char *name)
{
	char *whole = NULL;
	struct stat st;
	bool has;

	if (asprintf(&whole, "%s/%s", path, name) < 0)
		return false;
	has = stat(whole, &st) == 0 && S_ISDIR(st.st_mode);
	free(whole);
	return has;
}

static bool is_maildir(const char *path)
{
	return has_dir(path, "cur") && has_dir(path, "new") &&
	       has_dir(path, "tmp");
}

/* MC_OK: an mbox is somewhere below.  MC_DONE: none. */
static MC_RC seek_mbox(const char *path, struct mc_error *err)
{
	struct mc_mbox_tree *tree = NULL;
	struct mc_mbox_entry entry = { 0 };
	enum mc_rc rc = mc_mbox_tree_open(&tree, path, err);
	bool found = false;

	while (rc == MC_OK && !found) {
		const char *why = NULL;

		rc = mc_mbox_tree_next(tree, &entry, err);
		if (rc == MC_OK && entry.why.rc == 0 && !entry.passed[0])
			found = mc_mbox_sniff(entry.path, &why, &entry.why) ==
					MC_OK &&
				!why;
	}
	mc_mbox_tree_close(tree);
	return rc;
}

static MC_RC find_by_file(const struct mc_source_ops **out, const char *path,
	struct mc_error *err)
{
	struct stat st;
	enum mc_rc rc;

	if (stat(path, &st) < 0)
		return mc_fail_errno(
			err, MC_ENOENT, MC_RUN, "cannot open '%s'", path);
	if (S_ISDIR(st.st_mode) && is_maildir(path))
		return unbuilt("Maildir", err);
	*out = &mc_source_mbox;
	if (S_ISDIR(st.st_mode)) {
		rc = seek_mbox(path, err);
		return rc != MC_DONE ? rc
				     : mc_fail(err, MC_EINPUT, MC_RUN, 0,
					       "no mbox is below '%s'", path);
	}
	if (!S_ISREG(st.st_mode))
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no mbox: it is neither file nor directory",
			path);
	return mc_mbox_check(path, err);
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
		return find_by_file(out, at->path, err);
	case MC_SCHEME_MAILDIR:
		return unbuilt("Maildir", err);
	case MC_SCHEME_MH:
		return unbuilt("MH", err);
	case MC_SCHEME_EML:
		return unbuilt("a tree of .eml files", err);
	case MC_SCHEME_THUNDERBIRD:
		return unbuilt("a Thunderbird profile", err);
	case MC_SCHEME_IMAP:
	case MC_SCHEME_IMAPS:
		return unbuilt("IMAP as a source", err);
	}
	return unbuilt("this", err);
}
