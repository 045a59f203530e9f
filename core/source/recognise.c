/* SPDX-License-Identifier: MIT */
#include "source/recognise.h"

#include "base/limits.h"
#include "source/dir.h"
#include "source/eml.h"
#include "source/emlx.h"
#include "source/foreign.h"
#include "source/mbox_file.h"
#include "source/mh.h"
#include "source/site.h"
#include "source/sniff.h"

struct place {
	char *path;
	int depth;
};

struct search {
	struct mc_recognised *seen;
	/* Files with numbers for names that begin with a From_ line: mboxes of
	 * one message, if others are mboxes of several, else of MH. */
	char *doubtful;
	bool numbered_mbox;
	struct place *stack;
	size_t n;
	size_t room;
	void *met;
};

static MC_RC push(
	struct search *search, char *path, int depth, struct mc_error *err)
{
	if (!path)
		return mc_fail_memory(err);
	if (search->n == search->room) {
		size_t more = search->room ? search->room * 2 : 64;
		struct place *stack =
			realloc(search->stack, more * sizeof(*stack));

		if (!stack) {
			free(path);
			return mc_fail_memory(err);
		}
		search->stack = stack;
		search->room = more;
	}
	search->stack[search->n++] = (struct place){ path, depth };
	return MC_OK;
}

static char *join(const char *dir, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

static MC_RC see(struct search *search, enum mc_recognised_kind kind,
	const char *path, struct mc_error *err)
{
	if (search->seen->first[kind])
		return MC_OK;
	return mc_strdup(&search->seen->first[kind], mc_span_str(path), err);
}

static bool looks_like_message(const char *path)
{
	struct mc_error ignored;
	bool is_message = false;

	return path && mc_sniff_file(path, &is_message, &ignored) == MC_OK &&
	       is_message;
}

/* Does one of the first few files of a directory look like a message? */
static bool holds_message(const char *dir, const char *name)
{
	enum { TRIED = 3 };
	char *path = join(dir, name);
	struct mc_names *names = NULL;
	struct mc_error ignored;
	struct mc_name one;
	bool found = false;
	enum mc_rc rc = path ? mc_names_open(&names, path, &ignored) : MC_DONE;

	for (int tried = 0; rc == MC_OK && !found && tried < TRIED;) {
		char *file;

		rc = mc_names_next(names, &one, &ignored);
		if (rc != MC_OK || one.type != S_IFREG)
			continue;
		file = join(path, one.text);
		found = looks_like_message(file);
		free(file);
		tried++;
	}
	mc_names_close(names);
	free(path);
	return found;
}

/* Two of the three directories are proof; of a lone cur or new it must be seen
 * that mail is in it. */
static bool is_maildir(const char *path)
{
	bool has_cur = mc_site_has_dir(path, "cur");
	bool has_new = mc_site_has_dir(path, "new");

	if (has_cur + has_new + mc_site_has_dir(path, "tmp") >= 2)
		return true;
	return (has_cur && holds_message(path, "cur")) ||
	       (has_new && holds_message(path, "new"));
}

static bool is_store_dir(const char *name)
{
	return strcmp(name, "cur") == 0 || strcmp(name, "new") == 0 ||
	       strcmp(name, "tmp") == 0;
}

static bool is_mh_sign(const char *name)
{
	return strcmp(name, ".mh_sequences") == 0 ||
	       strcmp(name, ".sylpheed_mark") == 0 ||
	       strcmp(name, ".claws_mark") == 0;
}

static bool is_mbox(const char *path)
{
	struct mc_error ignored;
	const char *why = NULL;

	return mc_mbox_sniff(path, &why, &ignored) == MC_OK && !why;
}

/* "17": a message of MH, or the mbox of a year. */
static enum mc_recognised_kind kind_of_number(
	struct search *search, const char *path)
{
	if (search->seen->first[MC_RECOGNISED_MH] || !looks_like_message(path))
		return MC_RECOGNISED_KINDS;
	if (!is_mbox(path))
		return MC_RECOGNISED_MH;
	if (mc_mbox_is_several(path)) {
		search->numbered_mbox = true;
		return MC_RECOGNISED_MBOX;
	}
	if (!search->doubtful)
		search->doubtful = strdup(path);
	return MC_RECOGNISED_KINDS;
}

/* Which kind of store a file tells of. */
static enum mc_recognised_kind kind_of(
	struct search *search, const char *name, const char *path)
{
	char *const *first = search->seen->first;

	if (is_mh_sign(name))
		return MC_RECOGNISED_MH;
	if (name[0] == '.')
		return MC_RECOGNISED_KINDS;
	if (mc_emlx_is(name) || mc_emlx_is_exported(path))
		return MC_RECOGNISED_APPLE;
	if (mc_eml_is(name))
		return !first[MC_RECOGNISED_EML] && mc_mbox_is_several(path)
			       ? MC_RECOGNISED_MBOX
			       : MC_RECOGNISED_EML;
	if (mc_mh_number(mc_span_str(name)) > 0)
		return kind_of_number(search, path);
	return !first[MC_RECOGNISED_MBOX] && is_mbox(path)
		       ? MC_RECOGNISED_MBOX
		       : MC_RECOGNISED_KINDS;
}

static MC_RC look_at_name(struct search *search, const struct place *at,
	const struct mc_name *name, struct mc_error *err)
{
	char *path = join(at->path, name->text);
	enum mc_recognised_kind kind;
	enum mc_rc rc = MC_OK;

	if (!path)
		return mc_fail_memory(err);
	if (name->type == S_IFDIR)
		return push(search, path, at->depth + 1, err);
	if (name->type == S_IFREG) {
		kind = kind_of(search, name->text, path);
		if (kind != MC_RECOGNISED_KINDS)
			rc = see(search, kind, path, err);
		else if (!search->seen->foreign && mc_foreign_name(path))
			rc = mc_strdup(
				&search->seen->foreign, mc_span_str(path), err);
	}
	free(path);
	return rc;
}

static MC_RC look_at(
	struct search *search, const struct place *at, struct mc_error *err)
{
	struct mc_names *names = NULL;
	struct mc_name name;
	bool maildir = false;
	bool apple = mc_site_has_dir(at->path, "Messages");
	enum mc_rc rc = mc_names_open(&names, at->path, err);

	if (rc == MC_OK)
		maildir = is_maildir(at->path);
	if (maildir)
		rc = see(search, MC_RECOGNISED_MAILDIR, at->path, err);
	while (rc == MC_OK) {
		rc = mc_names_next(names, &name, err);
		if (rc != MC_OK)
			break;
		/* Of Apple Mail's messages, and none themselves. */
		if (apple && strcmp(name.text, "Attachments") == 0)
			continue;
		/* What else lies in a Maildir is its driver's to judge. */
		if (maildir &&
			(name.type != S_IFDIR || is_store_dir(name.text)))
			continue;
		rc = look_at_name(search, at, &name, err);
	}
	mc_names_close(names);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC look_at_next(struct search *search, struct mc_error *err)
{
	struct place at = search->stack[--search->n];
	bool loops;
	enum mc_rc rc = MC_DONE;

	if (at.depth <= MC_DEPTH_MAX)
		rc = mc_dir_visit(&search->met, at.path, &loops, err);
	if (rc == MC_OK)
		rc = look_at(search, &at, err);
	if (rc < 0 && err->scope != MC_RUN && at.depth > 0)
		rc = MC_OK;
	free(at.path);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_recognise(
	struct mc_recognised *seen, const char *path, struct mc_error *err)
{
	struct search search = { .seen = seen };
	enum mc_rc rc;

	*seen = (struct mc_recognised){ 0 };
	rc = push(&search, strdup(path), 0, err);
	while (rc == MC_OK && search.n > 0)
		rc = look_at_next(&search, err);
	if (rc == MC_OK && search.doubtful && !search.numbered_mbox)
		rc = see(&search, MC_RECOGNISED_MH, search.doubtful, err);
	free(search.doubtful);
	while (search.n > 0)
		free(search.stack[--search.n].path);
	free(search.stack);
	mc_dir_forget(search.met);
	if (rc < 0)
		err->scope = MC_RUN;
	return rc;
}

void mc_recognised_dispose(struct mc_recognised *seen)
{
	for (size_t i = 0; i < MC_RECOGNISED_KINDS; i++)
		free(seen->first[i]);
	free(seen->foreign);
	*seen = (struct mc_recognised){ 0 };
}
