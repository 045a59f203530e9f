/* SPDX-License-Identifier: MIT */
#include "source/dir.h"

#include <assert.h>
#include <dirent.h>
#include <search.h>

#include "base/buf.h"
#include "source/sorter.h"

static mode_t known_type(const struct dirent *entry)
{
	switch (entry->d_type) {
	case DT_REG:
		return S_IFREG;
	case DT_DIR:
		return S_IFDIR;
	default:
		return 0;
	}
}

/* --- names ------------------------------------------------------------ */

/* Of a name, behind its text and a NUL. */
struct facts {
	mode_t type;
	int error;
};

struct mc_names {
	struct mc_sorter *sorter;
};

static MC_RC add_entry(struct mc_names *names, int fd,
	const struct dirent *entry, struct mc_error *err)
{
	struct facts facts = { .type = known_type(entry) };
	char record[sizeof(entry->d_name) + sizeof(facts)];
	size_t n = strlen(entry->d_name) + 1;
	struct stat st;

	if (facts.type == 0 && fstatat(fd, entry->d_name, &st, 0) == 0)
		facts.type = st.st_mode & S_IFMT;
	else if (facts.type == 0)
		facts.error = errno;
	memcpy(record, entry->d_name, n);
	memcpy(record + n, &facts, sizeof(facts));
	return mc_sorter_add(names->sorter,
		(struct mc_span){ record, n + sizeof(facts) }, err);
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static MC_RC add_entries(struct mc_names *names, DIR *handle, const char *path,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(handle);
		if (!entry && errno != 0)
			rc = mc_fail_errno(err, MC_EIO, MC_FOLDER,
				"cannot read directory '%s'", path);
		if (!entry)
			break;
		if (!is_dots(entry->d_name))
			rc = add_entry(names, dirfd(handle), entry, err);
	}
	return rc;
}

MC_RC mc_names_open(
	struct mc_names **out, const char *path, struct mc_error *err)
{
	DIR *handle = opendir(path);
	struct mc_names *names;
	enum mc_rc rc;

	*out = NULL;
	if (!handle) {
		(void)mc_fail_errno(err, MC_ENOENT, MC_FOLDER,
			"cannot open directory '%s'", path);
		return MC_ENOENT;
	}
	names = calloc(1, sizeof(*names));
	if (!names) {
		rc = mc_fail_memory(err);
		goto out;
	}
	rc = mc_sorter_new(&names->sorter, MC_SORTER_ROOM, err);
	if (rc == MC_OK)
		rc = add_entries(names, handle, path, err);
	if (rc == MC_OK)
		rc = mc_sorter_sort(names->sorter, err);
out:
	closedir(handle);
	if (rc == MC_OK)
		*out = names;
	else
		mc_names_close(names);
	return rc;
}

void mc_names_close(struct mc_names *names)
{
	if (!names)
		return;
	mc_sorter_free(names->sorter);
	free(names);
}

MC_RC mc_names_next(
	struct mc_names *names, struct mc_name *name, struct mc_error *err)
{
	struct mc_span record;
	struct facts facts;
	enum mc_rc rc;

	assert(names);
	rc = mc_sorter_next(names->sorter, &record, err);
	if (rc != MC_OK)
		return rc;
	memcpy(&facts, record.p + record.n - sizeof(facts), sizeof(facts));
	*name = (struct mc_name){ record.p, facts.type, facts.error };
	return MC_OK;
}

/* --- a directory ------------------------------------------------------ */

static MC_RC keep_name(struct mc_dir *dir, size_t *room,
	const struct mc_name *name, struct mc_error *err)
{
	struct mc_name *names;
	char *text = NULL;
	enum mc_rc rc;

	if (dir->n == *room) {
		size_t more = *room ? *room * 2 : 64;

		names = reallocarray(dir->names, more, sizeof(*names));
		if (!names)
			return mc_fail_memory(err);
		dir->names = names;
		*room = more;
	}
	rc = mc_strdup(&text, mc_span_str(name->text), err);
	if (rc == MC_OK)
		dir->names[dir->n++] =
			(struct mc_name){ text, name->type, name->error };
	return rc;
}

MC_RC mc_dir_read(struct mc_dir *dir, const char *path, struct mc_error *err)
{
	struct mc_names *names = NULL;
	struct mc_name name;
	size_t room = 0;
	enum mc_rc rc = mc_names_open(&names, path, err);

	*dir = (struct mc_dir){ 0 };
	while (rc == MC_OK) {
		rc = mc_names_next(names, &name, err);
		if (rc == MC_OK)
			rc = keep_name(dir, &room, &name, err);
	}
	mc_names_close(names);
	return rc < 0 ? rc : MC_OK;
}

void mc_dir_dispose(struct mc_dir *dir)
{
	for (size_t i = 0; i < dir->n; i++)
		free((char *)dir->names[i].text);
	free(dir->names);
	*dir = (struct mc_dir){ 0 };
}

static int compare_with_name(const void *text, const void *name)
{
	return strcmp(text, ((const struct mc_name *)name)->text);
}

const struct mc_name *mc_dir_find(const struct mc_dir *dir, const char *name)
{
	if (dir->n == 0)
		return NULL;
	return bsearch(name, dir->names, dir->n, sizeof(*dir->names),
		compare_with_name);
}

bool mc_dir_has_dir(const struct mc_dir *dir, const char *name)
{
	const struct mc_name *found = mc_dir_find(dir, name);

	return found && found->type == S_IFDIR;
}

const char *mc_dir_oddity(mode_t type)
{
	switch (type) {
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	case S_IFDIR:
		return "a directory";
	default:
		return "neither file nor directory";
	}
}

struct place {
	dev_t device;
	ino_t inode;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a;
	const struct place *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return (x->inode > y->inode) - (x->inode < y->inode);
}

/* Is what path names the directory that holds it, or one above that? */
static bool is_above(const char *path, struct place place)
{
	char *above = strdup(path);
	bool found = false;
	char *slash;

	while (above && !found && (slash = strrchr(above, '/')) != NULL) {
		struct stat st;

		*slash = '\0';
		found = stat(*above ? above : "/", &st) == 0 &&
			st.st_dev == place.device && st.st_ino == place.inode;
	}
	free(above);
	return found;
}

MC_RC mc_dir_visit(
	void **met, const char *path, bool *loops, struct mc_error *err)
{
	struct place *place;
	struct stat st;
	void *node;

	*loops = false;
	if (stat(path, &st) < 0)
		return mc_fail_errno(
			err, MC_ENOENT, MC_FOLDER, "cannot look at '%s'", path);
	place = malloc(sizeof(*place));
	if (!place)
		return mc_fail_memory(err);
	*place = (struct place){ st.st_dev, st.st_ino };
	node = tsearch(place, met, compare_places);
	if (node && *(struct place **)node == place)
		return MC_OK;
	if (node)
		*loops = is_above(path, *place);
	free(place);
	return node ? MC_DONE : mc_fail_memory(err);
}

void mc_dir_forget(void *met)
{
	tdestroy(met, free);
}
