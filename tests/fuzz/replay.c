/* SPDX-License-Identifier: MIT
 * replay: gives a target every file of the directories named, so that any
 * compiler builds it and inputs that once broke something stay tried. */
#include <dirent.h>
#include <string.h>

#include "fuzz.h"

static void replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long size;

	MC_PROMISE(file);
	MC_PROMISE(fseek(file, 0, SEEK_END) == 0);
	size = ftell(file);
	MC_PROMISE(size >= 0);
	rewind(file);
	/* Exactly as many octets, so that a sanitizer sees one too many. */
	data = malloc((size_t)size ? (size_t)size : 1);
	MC_PROMISE(data);
	MC_PROMISE(fread(data, 1, (size_t)size, file) == (size_t)size);
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
}

static int replay_directory(const char *name)
{
	DIR *dir = opendir(name);
	const struct dirent *entry;
	char path[4096];
	int count = 0;

	MC_PROMISE(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(
			path, sizeof(path), "%s/%s", name, entry->d_name);
		replay_file(path);
		count++;
	}
	closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++)
		count += replay_directory(argv[i]);
	printf("%d inputs\n", count);
	return count > 0 ? 0 : 1;
}
