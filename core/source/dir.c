/* SPDX-License-Identifier: MIT */
#include "source/dir.h"

#include <dirent.h>
#include <search.h>

#include "base/span.h"

static int compare_names(const void *a, const void *b)
{
	const struct mc_name *x = a;
	const struct mc_name *y = b;

	return strcmp(x->text, y->text);
}

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

static MC_RC add_name(struct mc_dir *dir, size_t *room, int fd,
	const struct dirent *entry, struct mc_error *err)
{
	struct mc_name *name;
	struct stat st;

	if (dir->n == *room) {
		size_t more = *room ? *room * 2 : 64;

		name = realloc(dir->names, more * sizeof(*name));
		if (!name)
			return mc_fail_memory(err);
		dir->names = name;
		*room = more;
	}
	name = &dir->names[dir->n];
	*name = (struct mc_name){ .type = known_type(entry) };
	if (name->type == 0 && fstatat(fd, entry->d_name, &st, 0) == 0)
		name->type = st.st_mode & S_IFMT;
	else if (name->type == 0)
		name->error = errno;
	name->text = strdup(entry->d_name);
	if (!name->text)
		return mc_fail_memory(err);
	dir->n++;
	return MC_OK;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

MC_RC mc_dir_read(struct mc_dir *dir, const char *path, struct mc_error *err)
{
	DIR *handle = opendir(path);
	size_t room = 0;
	enum mc_rc rc = MC_OK;

	*dir = (struct mc_dir){ 0 };
	if (!handle)
		return mc_fail_errno(err, MC_ENOENT, MC_FOLDER,
			"cannot open directory '%s'", path);
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
			rc = add_name(dir, &room, dirfd(handle), entry, err);
	}
	closedir(handle);
	if (dir->n > 0)
		qsort(dir->names, dir->n, sizeof(*dir->names), compare_names);
	return rc;
}

void mc_dir_dispose(struct mc_dir *dir)
{
	for (size_t i = 0; i < dir->n; i++)
		free(dir->names[i].text);
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
