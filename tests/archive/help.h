/* SPDX-License-Identifier: MIT
 * help: an archive in a directory of its own, and mail to put into it. */
#ifndef MC_TESTS_ARCHIVE_HELP_H
#define MC_TESTS_ARCHIVE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* Behind the others, as cmocka wants it. */
#include <cmocka.h>

#include "archive/archive.h"
#include "archive/body.h"
#include "archive/ledger.h"
#include "archive/query.h"
#include "archive/sighting.h"
#include "base/clock.h"

struct fixture {
	char dir[64];
	char path[96];
	struct mc_archive *ar;
	struct mc_error err;
	int64_t source;
	int64_t run;
	struct mc_pack *pack;
};

/* cmocka's set-up and tear-down: *state is a struct fixture with an open new
 * archive. */
int fixture_open(void **state);
int fixture_close(void **state);

/* Says what failed. */
#define ok(f, call)                                                            \
	do {                                                                   \
		if ((call) < 0)                                                \
			fail_msg("%s: %s", #call, (f)->err.text);              \
	} while (0)

/* n octets that do not compress, the same for the same seed. */
char *noise(size_t n, uint32_t seed);

/* Stores octets as a body, in chunks; the batch is open. */
int64_t put_body(
	struct fixture *f, struct mc_span octets, size_t chunk, bool *is_new);
/* Notes a message, in a batch of its own unless one is open; its sighting. */
int64_t put_message(struct fixture *f, struct mc_span octets,
	struct mc_sighting *in, enum mc_sighting_news *news);
/* The two halves of putting a body. */
void begin_body(struct fixture *f, struct mc_span octets, size_t chunk);
enum mc_rc finish_body(struct fixture *f, struct mc_body *body, bool *is_new);
/* Reads it whole and compares. */
void check_body(struct fixture *f, int64_t body, struct mc_span octets);

/* What an older program left in the file, which nobody has open, is refused to
 * who only reads, and lifted to the schema of today by who writes. */
void open_older(struct fixture *f);

int64_t put_folder(struct fixture *f, const char *path);

/* A message as a few words: its octets are text; copies have one id, variants
 * of it differ in text. */
struct mail {
	int64_t folder;
	const char *key;
	const char *text;    /* the body */
	const char *variant; /* NULL: the text */
	const char *id;      /* "": no Message-ID, the variant is the key */
	bool reused;         /* the id is another's: as if there were none */
	uint32_t flags;
	int64_t time; /* 0: none */
	int rank;
	const char *keyword; /* or NULL */
	int64_t since_run;
	const int64_t *stands; /* folders that its labels are */
	size_t stands_n;
};
#define MAIL(in_folder, at_key, says, same_as, has_id)                         \
	{                                                                      \
		.folder = (in_folder), .key = (at_key), .text = (says),        \
		.variant = (same_as), .id = (has_id)                           \
	}
enum mc_sighting_news put_mail(struct fixture *f, const struct mail *mail);
struct mc_digest digest(const char *text);
/* The logical key that put_mail() gives. */
struct mc_digest key_of(const char *id);

/* One integer from the file, past the archive's own code. */
int64_t ask(struct fixture *f, const char *sql);

#endif
