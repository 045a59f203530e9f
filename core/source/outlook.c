/* SPDX-License-Identifier: MIT
 * outlook: .pst and .ost files of Microsoft Outlook, through readpst of
 * pst-utils, which writes an mbox a folder into a directory of ours that is
 * gone when the mail is read:
 *
 *	/var/tmp/mailcart-XXXXXX/Outlook Data File/Inbox/mbox
 */
#include <ftw.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "source/boundary.h"
#include "source/child.h"
#include "source/count.h"
#include "source/input.h"
#include "source/label.h"
#include "source/program.h"

enum {
	MEBI = 1024 * 1024,
	MAGIC = 4, /* "!BDN"; [MS-PST] 2.2.2.6 */
	/* A slow disk unpacks 1 MiB/s, and every run may take as long. */
	SECONDS_LEAST = 600,
};

struct mc_source {
	struct mc_source_conf conf;
	int64_t octets; /* of the file */
	char print[96];
};

/* --- unpacking -------------------------------------------------------- */

static int remove_one(
	const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path); /* what stays is in /var/tmp for the system to do */
	return 0;
}

static void remove_tree(const char *path)
{
	enum { OPEN_MAX_HERE = 16 };

	(void)nftw(path, remove_one, OPEN_MAX_HERE, FTW_DEPTH | FTW_PHYS);
}

/* Attachments are text in it: what is written is larger than what is read, but
 * not many times. */
static MC_RC unpack(
	struct mc_source *src, char *directory, struct mc_error *err)
{
	char words[][8] = { "readpst", "-r", "-D", "-q", "-j", "0", "-o",
		"--" };
	char *const argv[] = { words[0], words[1], words[2], words[3], words[4],
		words[5], words[6], directory, words[7], src->conf.at->path,
		NULL };
	const struct mc_child child = { .argv = argv,
		.seconds = SECONDS_LEAST + src->octets / MEBI,
		.memory = (int64_t)4096 * MEBI,
		.file = 4 * src->octets + (int64_t)1024 * MEBI,
		.monitor = src->conf.monitor };
	enum mc_rc rc = mc_child_run(&child, err);

	if (rc == MC_ENOENT)
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"cannot read '%s': that takes readpst, which is not "
			"installed; install the package pst-utils",
			src->conf.at->path);
	if (rc < 0)
		mc_while(err, "cannot read '%s'", src->conf.at->path);
	return rc;
}

/* --- what was written ------------------------------------------------- */

/* Contacts, calendars and journals have files of their own. */
static bool is_other(const char *name)
{
	static const char *const names[] = { "contacts", "calendar", "journal",
		"appointments" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static MC_RC add_directory(struct mc_sites *sites, const struct mc_site_dir *at,
	const char *name, const char *path, struct mc_error *err)
{
	char *folder = NULL;
	char *label = NULL;
	enum mc_rc rc = mc_label(&label, mc_span_str(name), err);

	if (rc == MC_OK)
		rc = mc_site_join(&folder, at->folder, label, err);
	if (rc == MC_OK)
		rc = mc_sites_below(sites, at, path, folder, err);
	free(folder);
	free(label);
	return rc;
}

static MC_RC visit(struct mc_sites *sites, const struct mc_site_dir *at,
	const struct mc_name *name, struct mc_error *err)
{
	char *path = NULL;
	enum mc_rc rc;

	if (!name)
		return MC_OK;
	rc = mc_site_join(&path, at->path, name->text, err);
	if (rc == MC_OK && name->type == S_IFDIR)
		rc = add_directory(sites, at, name->text, path, err);
	else if (rc == MC_OK && strcmp(name->text, "mbox") == 0)
		rc = mc_sites_add_mbox(sites, path,
			*at->folder ? at->folder : "Messages", err);
	else if (rc == MC_OK)
		/* Where it was unpacked to says nothing to anybody. */
		mc_sites_pass(sites, *at->folder ? at->folder : name->text,
			is_other(name->text)
				? "contacts, appointments and the like are "
				  "no mail"
				: "it is no mbox");
	free(path);
	return rc;
}

/* The directories that hold nothing but one other, from the top on, are the
 * file's own: "Outlook Data File".  Yours. */
static MC_RC skip_tops(char **out, const char *root, struct mc_error *err)
{
	enum mc_rc rc = mc_strdup(out, mc_span_str(root), err);

	for (int depth = 0; rc == MC_OK && depth < MC_DEPTH_MAX; depth++) {
		struct mc_dir dir = { 0 };
		char *below = NULL;

		rc = mc_dir_read(&dir, *out, err);
		if (rc == MC_OK && dir.n == 1 && dir.names[0].type == S_IFDIR)
			rc = mc_site_join(&below, *out, dir.names[0].text, err);
		mc_dir_dispose(&dir);
		if (rc < 0 || !below || mc_site_has_file(below, "mbox")) {
			free(below);
			break;
		}
		free(*out);
		*out = below;
	}
	return rc;
}

static MC_RC find(
	struct mc_sites *sites, const char *path, struct mc_error *err)
{
	struct mc_site_dir top = { .folder = (char[]){ "" } };
	enum mc_rc rc = skip_tops(&top.path, path, err);

	if (rc == MC_OK)
		rc = mc_sites_walk(sites, &top, visit, err);
	free(top.path);
	if (rc < 0)
		err->scope = MC_RUN;
	return rc;
}

/* --- the driver ------------------------------------------------------- */

static MC_RC read_unpacked(struct mc_source *src, const struct mc_endpoint *at,
	struct mc_receiver *rx, struct mc_error *err)
{
	const struct mc_program program = { .title = "Outlook file",
		.find = find,
		.filter = mc_boundary_filter,
		.fingerprint = src->print };
	struct mc_source_conf conf = src->conf;
	struct mc_source *below = NULL;
	enum mc_rc rc;

	conf.at = at;
	conf.quote = MC_QUOTE_RD; /* as readpst writes */
	rc = mc_sites_open(&below, &conf, &program, err);
	if (rc == MC_OK)
		rc = mc_sites_read(below, rx, err);
	mc_sites_close(below);
	return rc;
}

static MC_RC outlook_read(
	struct mc_source *src, struct mc_receiver *rx, struct mc_error *err)
{
	char directory[] = "/var/tmp/mailcart-XXXXXX";
	const struct mc_endpoint at = { .scheme = MC_SCHEME_PATH,
		.path = directory };
	enum mc_rc rc;

	if (!mkdtemp(directory))
		return mc_fail_errno(err, MC_EIO, MC_RUN,
			"cannot make a directory in /var/tmp");
	rc = unpack(src, directory, err);
	if (rc == MC_OK)
		rc = read_unpacked(src, &at, rx, err);
	remove_tree(directory);
	return rc;
}

/* Does it begin as [MS-PST] 2.2.2.6 says? */
bool mc_outlook_is(const char *path)
{
	struct mc_input *in = NULL;
	struct mc_error ignored;
	char magic[MAGIC];
	size_t got = 0;

	if (!mc_site_has_file(path, "") ||
		mc_input_open(&in, path, MC_FOLDER, &ignored) < 0 ||
		mc_input_read(in, magic, sizeof(magic), &got, &ignored) < 0)
		got = 0;
	mc_input_close(in);
	return mc_span_eq((struct mc_span){ magic, got }, MC_SPAN("!BDN"));
}

static MC_RC outlook_open(struct mc_source **out,
	const struct mc_source_conf *conf, struct mc_error *err)
{
	struct mc_source *src;
	struct stat st;

	*out = NULL;
	if (stat(conf->at->path, &st) < 0)
		return mc_fail_errno(err, MC_ENOENT, MC_RUN, "cannot open '%s'",
			conf->at->path);
	if (!mc_outlook_is(conf->at->path))
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no Outlook file: it does not begin with !BDN",
			conf->at->path);
	src = calloc(1, sizeof(*src));
	if (!src)
		return mc_fail_memory(err);
	src->conf = *conf;
	src->octets = st.st_size;
	(void)mc_text_format(src->print, sizeof(src->print),
		"%ju:%jd:%jd.%09ld", (uintmax_t)st.st_ino, (intmax_t)st.st_size,
		(intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	*out = src;
	return MC_OK;
}

static void outlook_close(struct mc_source *src)
{
	free(src);
}

static MC_RC outlook_probe(struct mc_source *src,
	void (*line)(void *arg, const char *name, const char *text), void *arg,
	struct mc_error *err)
{
	struct mc_counter counter;

	mc_counter_init(&counter, line, arg);
	line(arg, "kind", "Outlook file");
	return outlook_read(src, &counter.rx, err);
}

const struct mc_source_ops mc_source_outlook = { .kind = "outlook",
	.open = outlook_open,
	.read = outlook_read,
	.probe = outlook_probe,
	.close = outlook_close };
