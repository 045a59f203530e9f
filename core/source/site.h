/* SPDX-License-Identifier: MIT
 * site: what a mail program keeps: its folders, each in a store of a kind that
 * another driver reads.  A finder lists them; they are read one behind the
 * other, under the names that the program shows.  Private to core/source. */
#ifndef MC_SOURCE_SITE_H
#define MC_SOURCE_SITE_H

#include "source/dir.h"
#include "source/filter.h"
#include "source/source.h"

struct mc_site_dir;

struct mc_site {
	char *path;   /* of the store: an mbox file, a Maildir, ... */
	char *folder; /* UTF-8, levels split by '/' */
	size_t group; /* its account in struct mc_sites; the first is 1 */
	enum mc_special special;
	const struct mc_source_ops *ops; /* who reads it; NULL: nobody can */
	struct mc_error why;             /* then */
};

struct mc_site_group {
	char *name;
	bool aside; /* "Local Folders", beside the accounts proper */
};

struct mc_sites {
	const struct mc_monitor *monitor;
	struct mc_site *list;
	size_t n;
	size_t room;
	struct mc_site_group *groups;
	size_t groups_n;
	int64_t passed; /* names that are no mail */
	void *met;      /* directories */
	struct mc_site_dir *todo;
	size_t todo_n;
	size_t todo_room;
	bool quiet; /* of directories met before nothing is said */
};

/* Strings are copied.  Fails: ELIMIT (memory), scope RUN. */
MC_RC mc_sites_add(struct mc_sites *sites, const struct mc_source_ops *ops,
	const char *path, const char *folder, struct mc_error *err);
/* An mbox file, if it is one: MC_DONE, and told, if it is not; one that cannot
 * be looked into is unreadable.  what is empty is a folder without mail. */
MC_RC mc_sites_add_mbox(struct mc_sites *sites, const char *path,
	const char *folder, struct mc_error *err);
/* What is added from here on is of the account of that name. */
MC_RC mc_sites_group(struct mc_sites *sites, const char *name, bool aside,
	struct mc_error *err);
/* Folders of the only account stand at the top, all others below the name of
 * what they belong to.  Whether there is mail in them plays no part: names that
 * change with the mail would bring it to a target twice. */
MC_RC mc_sites_settle(struct mc_sites *sites, struct mc_error *err);
/* A directory in which a program keeps folders. */
struct mc_site_dir {
	char *path;
	char *folder; /* what stands in it is below that; "" at the top */
	int depth;
	uint32_t bits; /* the finder's own, for all below too */
};
/* One name of a directory; first, with NULL, the directory itself.  MC_DONE is
 * as good as MC_OK. */
typedef enum mc_rc mc_site_visit_fn(struct mc_sites *sites,
	const struct mc_site_dir *at, const struct mc_name *name,
	struct mc_error *err);
/* Visits the names of a directory and of those that visit() puts below it.
 * One that cannot be read is a folder that is unreadable; none is entered
 * twice.  Fails: what visit() fails; ELIMIT (memory), scope RUN. */
MC_RC mc_sites_walk(struct mc_sites *sites, const struct mc_site_dir *top,
	mc_site_visit_fn *visit, struct mc_error *err);
MC_RC mc_sites_below(struct mc_sites *sites, const struct mc_site_dir *at,
	const char *path, const char *folder, struct mc_error *err);
/* "'path' is passed over: why"; more than a few are counted. */
void mc_sites_pass(struct mc_sites *sites, const char *path, const char *why);
void mc_sites_dispose(struct mc_sites *sites);

/* Who finds the folders of a program, and how it is called. */
struct mc_program {
	const char *title; /* "Thunderbird profile" */
	/* Fails: ENOENT, EIO, EINPUT (not this program's), scope RUN; ELIMIT
	 * (memory). */
	MC_RC (*find)(
		struct mc_sites *sites, const char *path, struct mc_error *err);
	/* Changes what a store tells of a message; or NULL.  to: what begin()
	 * made, or NULL. */
	MC_RC (*begin)(void **to, const char *path, struct mc_error *err);
	MC_RC (*mend)(void *to, struct mc_item *item, struct mc_error *err);
	void (*end)(void *to);
	/* Changes octets of a message; or NULL. */
	MC_RC (*filter)(struct mc_filter **out, struct mc_sink *sink,
		struct mc_error *err);
	bool labelled; /* its folders are heaps of labelled mail */
	/* Of all folders, instead of their files' own, where these are made
	 * anew for each read; or NULL. */
	const char *fingerprint;
};

/* The ops of a program's driver. */
MC_RC mc_sites_open(struct mc_source **out, const struct mc_source_conf *conf,
	const struct mc_program *program, struct mc_error *err);
MC_RC mc_sites_read(
	struct mc_source *src, struct mc_receiver *rx, struct mc_error *err);
MC_RC mc_sites_probe(struct mc_source *src,
	void (*line)(void *arg, const char *name, const char *text), void *arg,
	struct mc_error *err);
void mc_sites_close(struct mc_source *src);

/* path/name, and folder/label, or label where folder is "".  Yours.
 * Fails: ELIMIT (memory). */
MC_RC mc_site_join(
	char **out, const char *path, const char *name, struct mc_error *err);

/* "x.sbd", ".sbd": with more before the suffix than nothing, in any case. */
bool mc_site_ends(const char *name, const char *suffix);

/* Links are followed; what cannot be looked at is not there. */
bool mc_site_is_dir(const char *path);
bool mc_site_has_dir(const char *path, const char *name);
bool mc_site_has_file(const char *path, const char *name);

/* Does a directory hold what only one program puts there? */
typedef bool mc_site_sign_fn(const char *path, const struct mc_name *name);
bool mc_site_has_sign(const char *path, mc_site_sign_fn *is_sign);

#endif
