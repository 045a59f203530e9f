/* SPDX-License-Identifier: MIT
 *
 * bench: the corpus, to read.  See corpus.h.
 */
#include "corpus.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Its octets, mapped; a private copy that may be written to. */
static char *map(const char *dir, const char *name, size_t *len)
{
	char path[4096];
	struct stat facts;
	char *found;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &facts) || !facts.st_size)
		die(path);
	*len = (size_t)facts.st_size;
	found = mmap(NULL, *len, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (found == MAP_FAILED)
		die(path);
	close(fd);
	return found;
}

/* Ends the field that begins here; where the next one begins. */
static char *cut(char *field, char at, char *end)
{
	char *found = memchr(field, at, (size_t)(end - field));

	if (!found) {
		errno = 0;
		die("the corpus has a bad index");
	}
	*found = '\0';
	return found + 1;
}

void corpus_open(struct corpus *corpus, const char *dir)
{
	size_t len, cap = 0;
	char *at, *end, *field;
	struct mail *mail;

	memset(corpus, 0, sizeof(*corpus));
	corpus->octets = map(dir, "mail", &corpus->len);
	corpus->index = map(dir, "index", &len);
	end = corpus->index + len;
	for (at = corpus->index; at < end;) {
		if (corpus->count == cap) {
			cap = cap * 2 + 1024;
			corpus->mails =
				realloc(corpus->mails, cap * sizeof(*mail));
			if (!corpus->mails)
				die("memory");
		}
		mail = &corpus->mails[corpus->count++];
		mail->folder = at;
		field = cut(at, '\t', end);
		mail->at = strtoul(field, &field, 10);
		mail->octets = strtoul(field + 1, &field, 10);
		mail->flags = field + 1;
		mail->date = cut(field + 1, '\t', end);
		at = cut((char *)(size_t)mail->date, '\n', end);
		if (mail->at > corpus->len ||
			mail->octets > corpus->len - mail->at) {
			errno = 0;
			die("the corpus has a bad index");
		}
	}
}

void corpus_close(struct corpus *corpus)
{
	munmap((char *)(size_t)corpus->octets, corpus->len);
	free(corpus->mails);
}
