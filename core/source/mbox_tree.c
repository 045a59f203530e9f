/* SPDX-License-Identifier: MIT */
#include "source/mbox_tree.h"

#include <dirent.h>
#include <search.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"

enum { LABELS_ALIKE_MAX = 10000 };

struct child {
	char *name;
	char *label;
	mode_t mode;
	int error; /* errno of stat(), or 0 */
};

/* A directory being walked. */
struct level {
	char *path;
	char *folder; /* "" at the top */
	struct child *children;
	size_t n;
	size_t at;
};

struct place {
	dev_t device;
	ino_t inode;
};

struct mc_mbox_tree {
	struct level levels[MC_DEPTH_MAX];
	size_t depth;
	void *visited; /* tsearch tree of struct place */
	struct mc_buf path;
	struct mc_buf folder;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a;
	const struct place *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return (x->inode > y->inode) - (x->inode < y->inode);
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int compare_children(const void *a, const void *b)
{
	const struct child *x = a;
	const struct child *y = b;

	return strcmp(x->name, y->name);
}

static void nothing(void *node)
{
	(void)node;
}

/* Puts key into the set.  MC_DONE: it was there. */
static MC_RC add(void **set, const void *key,
	int (*compare)(const void *, const void *), struct mc_error *err)
{
	void *node = tsearch(key, set, compare);

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

static MC_RC escape(char **out, struct mc_span name, struct mc_error *err)
{
	struct mc_buf text;
	enum mc_rc rc = MC_OK;

	mc_buf_init(&text, MC_NAME_MAX);
	while (rc == MC_OK && name.n > 0) {
		size_t n = mc_utf8_length(name);

		if (n > 0 && name.p[0] != '%')
			rc = mc_buf_put(&text, mc_span_head(name, n), err);
		else
			rc = mc_buf_printf(
				&text, err, "%%%02X", (unsigned char)name.p[0]);
		name = mc_span_from(name, n > 0 ? n : 1);
	}
	if (rc == MC_OK)
		rc = mc_strdup(out, mc_buf_span(&text), err);
	mc_buf_dispose(&text);
	return rc;
}

static MC_RC label_of(char **out, struct mc_span name, struct mc_error *err)
{
	return mc_utf8_valid(name) ? mc_strdup(out, name, err)
				   : escape(out, name, err);
}

MC_RC mc_mbox_label(
	char **out, const char *name, bool is_dir, struct mc_error *err)
{
	return label_of(out, without_suffix(mc_span_str(name), is_dir), err);
}

/* Gives the child a label that no other file (or no other directory) beside it
 * has: without suffix, else whole, else with a number. */
static MC_RC label_child(
	struct child *child, void **taken, struct mc_error *err)
{
	bool is_dir = S_ISDIR(child->mode);
	enum mc_rc rc = mc_mbox_label(&child->label, child->name, is_dir, err);
	char *whole = NULL;

	if (rc == MC_OK)
		rc = add(taken, child->label, compare_text, err);
	if (rc != MC_DONE)
		return rc;
	rc = label_of(&whole, mc_span_str(child->name), err);
	for (int i = 1; rc == MC_OK && i < LABELS_ALIKE_MAX; i++) {
		char tail[16] = "";
		struct mc_buf text;

		if (i > 1)
			(void)snprintf(tail, sizeof(tail), " (%d)", i);
		free(child->label);
		child->label = NULL;
		mc_buf_init(&text, MC_NAME_MAX);
		rc = mc_buf_printf(&text, err, "%s%s", whole, tail);
		if (rc == MC_OK)
			rc = mc_strdup(&child->label, mc_buf_span(&text), err);
		mc_buf_dispose(&text);
		if (rc == MC_OK)
			rc = add(taken, child->label, compare_text, err);
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

	for (size_t i = 0; rc == MC_OK && i < level->n; i++) {
		struct child *child = &level->children[i];

		rc = label_child(
			child, S_ISDIR(child->mode) ? &dirs : &files, err);
	}
	tdestroy(files, nothing);
	tdestroy(dirs, nothing);
	return rc;
}

static void dispose_level(struct level *level)
{
	for (size_t i = 0; i < level->n; i++) {
		free(level->children[i].name);
		free(level->children[i].label);
	}
	free(level->children);
	free(level->path);
	free(level->folder);
	*level = (struct level){ 0 };
}

static MC_RC add_child(struct level *level, size_t *room, int fd,
	const char *name, struct mc_error *err)
{
	struct child *child;
	struct stat st;

	if (level->n == *room) {
		size_t more = *room ? *room * 2 : 64;

		child = realloc(level->children, more * sizeof(*child));
		if (!child)
			return mc_fail_memory(err);
		level->children = child;
		*room = more;
	}
	child = &level->children[level->n];
	*child = (struct child){ 0 };
	if (fstatat(fd, name, &st, 0) == 0)
		child->mode = st.st_mode;
	else
		child->error = errno;
	child->name = strdup(name);
	if (!child->name)
		return mc_fail_memory(err);
	level->n++;
	return MC_OK;
}

/* All names of a directory, sorted, with labels.
 * Fails: ENOENT, EIO, scope FOLDER; ELIMIT (memory). */
static MC_RC read_level(struct level *level, struct mc_error *err)
{
	DIR *dir = opendir(level->path);
	struct dirent *entry;
	size_t room = 0;
	enum mc_rc rc = MC_OK;

	if (!dir)
		return mc_fail_errno(err, MC_ENOENT, MC_FOLDER,
			"cannot open directory '%s'", level->path);
	while (rc == MC_OK) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (entry->d_name[0] != '.')
			rc = add_child(
				level, &room, dirfd(dir), entry->d_name, err);
	}
	if (rc == MC_OK && errno != 0)
		rc = mc_fail_errno(err, MC_EIO, MC_FOLDER,
			"cannot read directory '%s'", level->path);
	closedir(dir);
	if (rc < 0)
		return rc;
	if (level->n > 0)
		qsort(level->children, level->n, sizeof(*level->children),
			compare_children);
	return label_children(level, err);
}

/* MC_DONE: that directory has been walked before. */
static MC_RC visit(
	struct mc_mbox_tree *tree, const char *path, struct mc_error *err)
{
	struct place *place;
	struct stat st;
	enum mc_rc rc;

	if (stat(path, &st) < 0)
		return mc_fail_errno(
			err, MC_ENOENT, MC_FOLDER, "cannot look at '%s'", path);
	place = malloc(sizeof(*place));
	if (!place)
		return mc_fail_memory(err);
	*place = (struct place){ st.st_dev, st.st_ino };
	rc = add(&tree->visited, place, compare_places, err);
	if (rc != MC_OK)
		free(place);
	return rc;
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
		rc = read_level(level, err);
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
	enum mc_rc rc;

	*out = NULL;
	if (!tree)
		return mc_fail_memory(err);
	mc_buf_init(&tree->path, (size_t)4 * MC_NAME_MAX);
	mc_buf_init(&tree->folder, MC_NAME_MAX);
	rc = visit(tree, root, err);
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
	tdestroy(tree->visited, free);
	mc_buf_dispose(&tree->path);
	mc_buf_dispose(&tree->folder);
	free(tree);
}

/* path and folder of a child into the tree's buffers.  A path too long for
 * them is that child's failure. */
static MC_RC name_child(struct mc_mbox_tree *tree, const struct level *level,
	const struct child *child, struct mc_error *err)
{
	enum mc_rc rc;

	mc_buf_clear(&tree->path);
	mc_buf_clear(&tree->folder);
	rc = mc_buf_printf(&tree->path, err, "%s/%s", level->path, child->name);
	if (rc == MC_OK)
		rc = mc_buf_printf(&tree->folder, err, "%s%s%s", level->folder,
			level->folder[0] ? "/" : "", child->label);
	if (rc < 0 && err->scope == MC_MESSAGE) {
		err->scope = MC_FOLDER;
		mc_while(err, "'%s/%s'", level->path, child->name);
	}
	return rc;
}

static const char *oddity(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFIFO:
		return "a FIFO is no mbox";
	case S_IFSOCK:
		return "a socket is no mbox";
	case S_IFCHR:
	case S_IFBLK:
		return "a device is no mbox";
	default:
		return "it is neither file nor directory";
	}
}

static MC_RC enter(struct mc_mbox_tree *tree, struct mc_mbox_entry *entry,
	struct mc_error *err)
{
	enum mc_rc rc;

	if (tree->depth == MC_DEPTH_MAX) {
		mc_fail(&entry->why, MC_ELIMIT, MC_FOLDER, 0,
			"'%s' is more than %d levels deep", entry->path,
			MC_DEPTH_MAX);
		return MC_OK;
	}
	rc = visit(tree, entry->path, &entry->why);
	if (rc == MC_DONE)
		(void)snprintf(entry->passed, sizeof(entry->passed),
			"this directory has been read under another name");
	else if (rc == MC_OK)
		rc = descend(tree, entry->path, entry->folder, &entry->why);
	if (rc < 0 && entry->why.scope == MC_RUN) {
		*err = entry->why;
		return rc;
	}
	return MC_OK;
}

/* The child under the cursor.  MC_DONE: a directory, entered. */
static MC_RC meet(struct mc_mbox_tree *tree, struct mc_mbox_entry *entry,
	struct mc_error *err)
{
	struct level *level = &tree->levels[tree->depth - 1];
	const struct child *child = &level->children[level->at++];
	enum mc_rc rc = name_child(tree, level, child, &entry->why);

	entry->path = mc_buf_str(&tree->path);
	entry->folder = mc_buf_str(&tree->folder);
	if (rc < 0 && entry->why.scope == MC_RUN) {
		*err = entry->why;
		return rc;
	}
	if (rc < 0 || (S_ISREG(child->mode) && !child->error))
		return MC_OK;
	if (child->error) {
		errno = child->error;
		mc_fail_errno(&entry->why, MC_ENOENT, MC_FOLDER,
			"cannot look at '%s'", entry->path);
		return MC_OK;
	}
	if (!S_ISDIR(child->mode)) {
		(void)snprintf(entry->passed, sizeof(entry->passed), "%s",
			oddity(child->mode));
		return MC_OK;
	}
	rc = enter(tree, entry, err);
	if (rc < 0)
		return rc;
	return entry->why.rc < 0 || entry->passed[0] ? MC_OK : MC_DONE;
}

MC_RC mc_mbox_tree_next(struct mc_mbox_tree *tree, struct mc_mbox_entry *entry,
	struct mc_error *err)
{
	while (tree->depth > 0) {
		struct level *level = &tree->levels[tree->depth - 1];
		enum mc_rc rc;

		if (level->at == level->n) {
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
