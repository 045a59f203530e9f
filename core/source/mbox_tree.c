/* SPDX-License-Identifier: MIT */
#include "source/mbox_tree.h"

#include <search.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "source/dir.h"
#include "source/label.h"

enum { LABELS_ALIKE_MAX = 10000 };

/* A directory being walked. */
struct level {
	char *path;
	char *folder; /* "" at the top */
	struct mc_dir dir;
	char **labels; /* of the names in dir */
	size_t at;
};

struct mc_mbox_tree {
	struct level levels[MC_DEPTH_MAX];
	size_t depth;
	void *met; /* directories */
	struct mc_buf path;
	struct mc_buf folder;
};

static int compare_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void nothing(void *node)
{
	(void)node;
}

/* Puts key into the set.  MC_DONE: it was there. */
static MC_RC add(void **set, const char *key, struct mc_error *err)
{
	void *node = tsearch(key, set, compare_text);

	if (!node)
		return mc_fail_memory(err);
	return *(const void **)node == key ? MC_OK : MC_DONE;
}

static struct mc_span without_suffix(struct mc_span name, bool is_dir)
{
	static const char *const suffixes[] = { ".mbox", ".mbx", ".sbd" };

	for (size_t i = 0; i < (is_dir ? 3u : 2u); i++) {
		struct mc_span suffix = mc_span_str(suffixes[i]);

		if (name.n > suffix.n &&
			mc_span_ieq(
				mc_span_from(name, name.n - suffix.n), suffix))
			return mc_span_head(name, name.n - suffix.n);
	}
	return name;
}

MC_RC mc_mbox_label(
	char **out, const char *name, bool is_dir, struct mc_error *err)
{
	struct mc_span plain = mc_span_str(name);

	if (!is_dir)
		plain = mc_label_unpacked(plain);
	return mc_label(out, without_suffix(plain, is_dir), err);
}

/* Gives the child a label that no other file (or no other directory) beside it
 * has: without suffix, else whole, else with a number. */
static MC_RC label_child(const struct mc_name *name, char **label, void **taken,
	struct mc_error *err)
{
	enum mc_rc rc =
		mc_mbox_label(label, name->text, name->type == S_IFDIR, err);
	char *whole = NULL;

	if (rc == MC_OK)
		rc = add(taken, *label, err);
	if (rc != MC_DONE)
		return rc;
	rc = mc_label(&whole, mc_span_str(name->text), err);
	for (int i = 1; rc == MC_OK && i < LABELS_ALIKE_MAX; i++) {
		char tail[16] = "";
		struct mc_buf text;

		if (i > 1)
			mc_text_format(tail, sizeof(tail), " (%d)", i);
		free(*label);
		*label = NULL;
		mc_buf_init(&text, MC_NAME_MAX);
		rc = mc_buf_printf(&text, err, "%s%s", whole, tail);
		if (rc == MC_OK)
			rc = mc_strdup(label, mc_buf_span(&text), err);
		mc_buf_dispose(&text);
		if (rc == MC_OK)
			rc = add(taken, *label, err);
		if (rc != MC_DONE)
			break;
		rc = MC_OK;
	}
	free(whole);
	return rc;
}

static MC_RC label_children(struct level *level, struct mc_error *err)
{
	void *files = NULL;
	void *dirs = NULL;
	enum mc_rc rc = MC_OK;

	level->labels = calloc(level->dir.n + 1, sizeof(*level->labels));
	if (!level->labels)
		return mc_fail_memory(err);
	for (size_t i = 0; rc == MC_OK && i < level->dir.n; i++) {
		const struct mc_name *name = &level->dir.names[i];

		rc = label_child(name, &level->labels[i],
			name->type == S_IFDIR ? &dirs : &files, err);
	}
	tdestroy(files, nothing);
	tdestroy(dirs, nothing);
	return rc;
}

static void dispose_level(struct level *level)
{
	for (size_t i = 0; level->labels && i < level->dir.n; i++)
		free(level->labels[i]);
	free(level->labels);
	mc_dir_dispose(&level->dir);
	free(level->path);
	free(level->folder);
	*level = (struct level){ 0 };
}

/* Fails: ENOENT, EIO, scope FOLDER; ELIMIT (memory). */
static MC_RC descend(struct mc_mbox_tree *tree, const char *path,
	const char *folder, struct mc_error *err)
{
	struct level *level = &tree->levels[tree->depth];
	enum mc_rc rc = mc_strdup(&level->path, mc_span_str(path), err);

	if (rc == MC_OK)
		rc = mc_strdup(&level->folder, mc_span_str(folder), err);
	if (rc == MC_OK)
		rc = mc_dir_read(&level->dir, path, err);
	if (rc == MC_OK)
		rc = label_children(level, err);
	if (rc == MC_OK)
		tree->depth++;
	else
		dispose_level(level);
	return rc;
}

MC_RC mc_mbox_tree_open(
	struct mc_mbox_tree **out, const char *root, struct mc_error *err)
{
	struct mc_mbox_tree *tree = calloc(1, sizeof(*tree));
	bool loops;
	enum mc_rc rc;

	*out = NULL;
	if (!tree)
		return mc_fail_memory(err);
	mc_buf_init(&tree->path, (size_t)4 * MC_NAME_MAX);
	mc_buf_init(&tree->folder, MC_NAME_MAX);
	rc = mc_dir_visit(&tree->met, root, &loops, err);
	if (rc == MC_OK)
		rc = descend(tree, root, "", err);
	if (rc < 0) {
		err->scope = MC_RUN;
		mc_mbox_tree_close(tree);
		return rc;
	}
	*out = tree;
	return MC_OK;
}

void mc_mbox_tree_close(struct mc_mbox_tree *tree)
{
	if (!tree)
		return;
	while (tree->depth > 0)
		dispose_level(&tree->levels[--tree->depth]);
	mc_dir_forget(tree->met);
	mc_buf_dispose(&tree->path);
	mc_buf_dispose(&tree->folder);
	free(tree);
}

/* path and folder of the child under the cursor into the tree's buffers.  A
 * path too long for them is that child's failure. */
static MC_RC name_child(struct mc_mbox_tree *tree, const struct level *level,
	struct mc_error *err)
{
	const char *name = level->dir.names[level->at].text;
	enum mc_rc rc;

	mc_buf_clear(&tree->path);
	mc_buf_clear(&tree->folder);
	rc = mc_buf_printf(&tree->path, err, "%s/%s", level->path, name);
	if (rc == MC_OK)
		rc = mc_buf_printf(&tree->folder, err, "%s%s%s", level->folder,
			level->folder[0] ? "/" : "", level->labels[level->at]);
	if (rc < 0 && err->scope == MC_MESSAGE) {
		err->scope = MC_FOLDER;
		mc_while(err, "'%s/%s'", level->path, name);
	}
	return rc;
}

static MC_RC enter(struct mc_mbox_tree *tree, struct mc_mbox_entry *entry)
{
	bool loops;
	enum mc_rc rc;

	if (tree->depth == MC_DEPTH_MAX)
		return mc_fail(&entry->why, MC_ELIMIT, MC_FOLDER, 0,
			"'%s' is more than %d levels deep", entry->path,
			MC_DEPTH_MAX);
	rc = mc_dir_visit(&tree->met, entry->path, &loops, &entry->why);
	if (rc == MC_OK)
		return descend(tree, entry->path, entry->folder, &entry->why);
	if (rc == MC_DONE && loops)
		return mc_fail(&entry->why, MC_EINPUT, MC_FOLDER, 0,
			"'%s' is a link that loops", entry->path);
	if (rc == MC_DONE)
		mc_text_format(entry->passed, sizeof(entry->passed),
			"this directory has been read under another name");
	return rc < 0 ? rc : MC_OK;
}

/* What a child is that is no regular file.  MC_DONE: a directory, entered. */
static MC_RC judge(struct mc_mbox_tree *tree, const struct mc_name *child,
	struct mc_mbox_entry *entry)
{
	enum mc_rc rc;

	if (child->error) {
		errno = child->error;
		return mc_fail_errno(&entry->why, MC_ENOENT, MC_FOLDER,
			"cannot look at '%s'", entry->path);
	}
	if (child->type != S_IFDIR)
		return mc_fail(&entry->why, MC_EINPUT, MC_FOLDER, 0,
			"'%s' cannot be mail: it is %s", entry->path,
			mc_dir_oddity(child->type));
	rc = enter(tree, entry);
	return rc == MC_OK && !entry->passed[0] ? MC_DONE : rc;
}

/* The child under the cursor.  MC_DONE: nothing to tell of it: a directory,
 * entered, or something hidden that is neither file nor directory. */
static MC_RC meet(struct mc_mbox_tree *tree, struct mc_mbox_entry *entry,
	struct mc_error *err)
{
	struct level *level = &tree->levels[tree->depth - 1];
	const struct mc_name *child = &level->dir.names[level->at];
	enum mc_rc rc;

	rc = name_child(tree, level, &entry->why);
	level->at++;
	entry->path = mc_buf_str(&tree->path);
	entry->folder = mc_buf_str(&tree->folder);
	entry->hidden = child->text[0] == '.';
	if (rc == MC_OK && entry->hidden && child->type == S_IFDIR)
		mc_text_format(entry->passed, sizeof(entry->passed),
			"a hidden directory");
	else if (entry->hidden && child->type != S_IFREG)
		return MC_DONE;
	else if (rc == MC_OK && child->type != S_IFREG)
		rc = judge(tree, child, entry);
	if (rc < 0 && entry->why.scope == MC_RUN) {
		*err = entry->why;
		return rc;
	}
	return rc == MC_DONE ? MC_DONE : MC_OK;
}

MC_RC mc_mbox_tree_next(struct mc_mbox_tree *tree, struct mc_mbox_entry *entry,
	struct mc_error *err)
{
	while (tree->depth > 0) {
		struct level *level = &tree->levels[tree->depth - 1];
		enum mc_rc rc;

		if (level->at == level->dir.n) {
			dispose_level(level);
			tree->depth--;
			continue;
		}
		*entry = (struct mc_mbox_entry){ 0 };
		rc = meet(tree, entry, err);
		if (rc != MC_DONE)
			return rc;
	}
	return MC_DONE;
}
