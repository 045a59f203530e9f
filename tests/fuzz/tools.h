/* SPDX-License-Identifier: MIT
 * tools: what several targets need: octets as a file, a sink that holds, a
 * receiver that holds a source to the order that source.h promises. */
#ifndef MC_TESTS_FUZZ_TOOLS_H
#define MC_TESTS_FUZZ_TOOLS_H

#include "fuzz.h"
#include "source/source.h"

/* A file without a name: at path while fd is open. */
struct fuzz_file {
	int fd;
	char path[32];
};
void fuzz_file_open(struct fuzz_file *file, struct mc_span octets);
void fuzz_file_close(struct fuzz_file *file);

/* A directory in memory, if there is one, that is gone at exit, with all below
 * it.  One a program. */
const char *fuzz_directory(void);
void fuzz_write_file(const char *path, struct mc_span octets);
/* Whole; to be disposed. */
void fuzz_read_file(const char *path, struct mc_buf *out);
void fuzz_drop_all(const char *path);

/* Is it compressed?  Then it is what is unpacked that adds up. */
bool fuzz_is_packed(struct mc_span text);

/* Takes the first octet off *data, 0 if there is none. */
unsigned fuzz_octet(struct mc_span *data);
/* Takes what stands before the next line end off *data. */
struct mc_span fuzz_line(struct mc_span *data);

struct fuzz_sink {
	struct mc_sink sink;
	struct mc_buf octets; /* at most 64 MiB */
};
void fuzz_sink_init(struct fuzz_sink *sink);
void fuzz_sink_dispose(struct fuzz_sink *sink);

struct fuzz_receiver {
	struct mc_receiver rx;
	unsigned rule; /* which messages are wanted */
	bool in_folder;
	bool in_message;
	bool failed;   /* a folder ended with a reason */
	int64_t asked; /* wanted and not yet ended */
	int64_t messages;
	int64_t file_octets; /* of messages that came */
	int64_t gap_octets;
	struct mc_scan *scan;
	struct fuzz_sink canonical;
};
void fuzz_receiver_init(struct fuzz_receiver *r, unsigned rule);
void fuzz_receiver_dispose(struct fuzz_receiver *r);

#endif
