/* SPDX-License-Identifier: MIT
 * mbox: a file, a directory in which every mbox below is a folder, or
 * standard input.  Files may be compressed, or in MMDF's format. */
#include <inttypes.h>
#include <strings.h>
#include <sys/stat.h>

#include "source/count.h"
#include "source/mbox_file.h"
#include "source/mbox_tree.h"
#include "source/site.h"
#include "source/sniff.h"

/* Files passed over that are named; more are counted. */
enum { PASSED_TOLD = 10 };

struct mc_source {
	struct mc_source_conf conf;
	const char *path;
	bool is_dir;
	bool is_stdin; /* "mbox:-" */
	int64_t passed;
	int64_t folders;
};

static MC_RC mbox_open(struct mc_source **out,
	const struct mc_source_conf *conf, struct mc_error *err)
{
	struct mc_source *src = calloc(1, sizeof(*src));
	struct stat st;
	enum mc_rc rc = MC_OK;

	*out = NULL;
	if (!src)
		return mc_fail_memory(err);
	src->conf = *conf;
	src->path = conf->at->path;
	src->is_stdin = strcmp(src->path, "-") == 0;
	if (src->is_stdin)
		src->is_dir = false;
	else if (stat(src->path, &st) < 0)
		rc = mc_fail_errno(
			err, MC_ENOENT, MC_RUN, "cannot open '%s'", src->path);
	else if (S_ISDIR(st.st_mode))
		src->is_dir = true;
	else if (S_ISREG(st.st_mode))
		rc = mc_mbox_check(src->path, err);
	else
		rc = mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no mbox: it is neither file nor directory",
			src->path);
	if (rc < 0) {
		free(src);
		return rc;
	}
	*out = src;
	return MC_OK;
}

static void mbox_close(struct mc_source *src)
{
	free(src);
}

/* "INBOX" for "/var/mail/inbox". */
static MC_RC lone_name(char **out, const char *path, struct mc_error *err)
{
	const char *base = strrchr(path, '/');
	enum mc_rc rc = mc_mbox_label(out, base ? base + 1 : path, false, err);

	if (rc == MC_OK && strcasecmp(*out, "INBOX") == 0)
		memcpy(*out, "INBOX", sizeof("INBOX"));
	return rc;
}

static MC_RC read_lone(
	struct mc_source *src, struct mc_receiver *rx, struct mc_error *err)
{
	char *name = NULL;
	enum mc_rc rc;

	if (src->is_stdin)
		return mc_mbox_read(&src->conf, NULL, "stdin", rx, err);
	rc = lone_name(&name, src->path, err);
	if (rc == MC_OK)
		rc = mc_mbox_read(&src->conf, src->path, name, rx, err);
	free(name);
	return rc;
}

static void tell_passed(
	struct mc_source *src, const char *path, const char *why)
{
	if (src->passed++ < PASSED_TOLD)
		mc_note(src->conf.monitor, "'%s' is passed over: %s", path,
			why);
}

/* May be anything, an mbox too. */
static bool is_empty(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_size == 0;
}

/* Programs hide indexes and the like, of which nobody needs to hear. */
static void tell_hidden(struct mc_source *src, const char *path)
{
	struct mc_error ignored;
	const char *why = NULL;

	if (mc_mbox_sniff(path, &why, &ignored) == MC_OK && !why)
		tell_passed(src, path,
			"a hidden file, though it looks like an mbox");
}

/* Mail that is no mbox is not passed over as other files are. */
static void tell_no_mbox(
	struct mc_source *src, const char *path, const char *why)
{
	struct mc_error ignored;
	bool is_message = false;

	if (mc_sniff_file(path, &is_message, &ignored) == MC_OK && is_message)
		why = "it is no mbox, but looks like a message; eml: and its "
		      "path read it";
	tell_passed(src, path, why);
}

static MC_RC read_entry(struct mc_source *src, struct mc_mbox_entry *entry,
	struct mc_receiver *rx, struct mc_error *err)
{
	const char *why = NULL;

	if (entry->passed[0]) {
		tell_passed(src, entry->path, entry->passed);
		return MC_OK;
	}
	if (entry->hidden) {
		tell_hidden(src, entry->path);
		return MC_OK;
	}
	src->folders++;
	if (entry->why.rc < 0 ||
		mc_mbox_sniff(entry->path, &why, &entry->why) < 0)
		return mc_mbox_unreadable(entry->folder, &entry->why, rx, err);
	if (why && !(is_empty(entry->path) &&
			   mc_site_ends(entry->path, ".mbox"))) {
		tell_no_mbox(src, entry->path, why);
		src->folders -= !is_empty(entry->path);
		return MC_OK;
	}
	return mc_mbox_read(&src->conf, entry->path, entry->folder, rx, err);
}

static MC_RC read_tree(
	struct mc_source *src, struct mc_receiver *rx, struct mc_error *err)
{
	struct mc_mbox_tree *tree = NULL;
	struct mc_mbox_entry entry = { 0 };
	enum mc_rc rc = mc_mbox_tree_open(&tree, src->path, err);

	while (rc == MC_OK) {
		if (mc_cancel_is(src->conf.monitor->cancel, MC_CANCEL_SOON))
			rc = mc_fail_cancelled(err);
		else
			rc = mc_mbox_tree_next(tree, &entry, err);
		if (rc == MC_OK)
			rc = read_entry(src, &entry, rx, err);
	}
	mc_mbox_tree_close(tree);
	if (src->passed > PASSED_TOLD)
		mc_note(src->conf.monitor,
			"%" PRId64 " more below '%s' are passed over",
			src->passed - PASSED_TOLD, src->path);
	if (rc >= 0 && src->folders == 0)
		rc = mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no mbox, and none is below it", src->path);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC mbox_read(
	struct mc_source *src, struct mc_receiver *rx, struct mc_error *err)
{
	enum mc_rc rc;

	src->passed = 0;
	src->folders = 0;
	rc = src->is_dir ? read_tree(src, rx, err) : read_lone(src, rx, err);
	return rc < 0 ? rc : rx->flush(rx, err);
}

static MC_RC mbox_probe(struct mc_source *src,
	void (*line)(void *arg, const char *name, const char *text), void *arg,
	struct mc_error *err)
{
	struct mc_counter counter;

	mc_counter_init(&counter, line, arg);
	line(arg, "kind", src->is_dir ? "directory of mbox files" : "mbox");
	return mbox_read(src, &counter.rx, err);
}

const struct mc_source_ops mc_source_mbox = {
	.kind = "mbox",
	.moving = true,
	.open = mbox_open,
	.read = mbox_read,
	.probe = mbox_probe,
	.close = mbox_close,
};
