/* SPDX-License-Identifier: MIT
 * evolution: the folders "On This Computer" of GNOME's Evolution.
 *
 *   ~/.local/share/evolution/mail/local/     since 3.2: Maildir++
 *     ..maildir++            its mark
 *     cur/ new/ tmp/         the inbox
 *     .Sent/  .Work.2019/    Sent, Work/2019; "_2E" in a name is a '.', "_5F"
 *                            a '_'
 *     ..Below/               Inbox/Below
 *   ~/.evolution/mail/local/                 before: mbox files
 *     Inbox  Inbox.cmeta  Inbox.ev-summary  Inbox.ibex.index  Inbox.sbd/
 */
#include "base/limits.h"
#include "source/dir.h"
#include "source/label.h"
#include "source/maildir.h"
#include "source/program.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Of "_2E"; -1: the octets at s are no such. */
static int escaped(struct mc_span s)
{
	int code;

	if (s.n < 3 || s.p[0] != '_' || hex_digit(s.p[1]) < 0 ||
		hex_digit(s.p[2]) < 0)
		return -1;
	code = hex_digit(s.p[1]) * 16 + hex_digit(s.p[2]);
	return code > ' ' && code < 0x7f ? code : -1;
}

/* A level of a folder's path, without its escapes; '/' is none. */
static MC_RC put_level(
	struct mc_buf *out, struct mc_span name, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && name.n > 0) {
		int code = escaped(name);
		char c = name.p[0];

		if (code >= 0)
			c = (char)code;

		rc = mc_buf_putc(out, (char)(c == '/' ? '_' : c), err);
		name = mc_span_from(name, code >= 0 ? 3 : 1);
	}
	return rc;
}

/* "Work/2019" for ".Work.2019"; "Inbox" for a level without a name.  Yours. */
static MC_RC folder_of(char **out, const char *name, struct mc_error *err)
{
	struct mc_span rest = mc_span_from(mc_span_str(name), 1);
	struct mc_buf folder;
	enum mc_rc rc = MC_OK;

	mc_buf_init(&folder, MC_NAME_MAX);
	do {
		size_t n = mc_span_index(rest, '.');

		if (folder.len > 0)
			rc = mc_buf_putc(&folder, '/', err);
		if (rc == MC_OK && n > 0)
			rc = put_level(&folder, mc_span_head(rest, n), err);
		else if (rc == MC_OK)
			rc = mc_buf_put(&folder, MC_SPAN("Inbox"), err);
		rest = mc_span_from(rest, n + 1);
	} while (rc == MC_OK && rest.n > 0);
	if (rc == MC_OK)
		rc = mc_label(out, mc_buf_span(&folder), err);
	mc_buf_dispose(&folder);
	return rc;
}

/* --- Maildir++ -------------------------------------------------------- */

static MC_RC add_maildir(struct mc_sites *sites, const char *root,
	const struct mc_name *name, struct mc_error *err)
{
	char *folder = NULL;
	char *path = NULL;
	enum mc_rc rc;

	if (name->type != S_IFDIR || name->text[0] != '.')
		return MC_OK;
	rc = mc_site_join(&path, root, name->text, err);
	if (rc == MC_OK && mc_site_has_dir(path, "cur")) {
		rc = folder_of(&folder, name->text, err);
		if (rc == MC_OK)
			rc = mc_sites_add(sites, &mc_source_maildir_one, path,
				folder, err);
	}
	free(folder);
	free(path);
	return rc;
}

static MC_RC find_maildirs(struct mc_sites *sites, const char *root,
	const struct mc_dir *dir, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (mc_dir_has_dir(dir, "cur"))
		rc = mc_sites_add(
			sites, &mc_source_maildir_one, root, "Inbox", err);
	for (size_t i = 0; rc == MC_OK && i < dir->n; i++)
		rc = add_maildir(sites, root, &dir->names[i], err);
	return rc;
}

/* --- mbox files ------------------------------------------------------- */

static bool is_own(const char *name)
{
	static const char *const suffixes[] = { ".cmeta", ".ev-summary",
		".ev-summary-meta", ".ibex", ".ibex.index", ".ibex.index.data",
		".db", ".lock" };

	if (name[0] == '.')
		return true;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (mc_site_ends(name, suffixes[i]))
			return true;
	}
	return false;
}

static MC_RC visit(struct mc_sites *sites, const struct mc_site_dir *at,
	const struct mc_name *name, struct mc_error *err)
{
	struct mc_buf level;
	char *label = NULL;
	char *below = NULL;
	char *path = NULL;
	bool nested;
	size_t n;
	enum mc_rc rc;

	if (!name || is_own(name->text))
		return MC_OK;
	nested = name->type == S_IFDIR;
	if (nested && !mc_site_ends(name->text, ".sbd"))
		return MC_OK;
	n = strlen(name->text) - (nested ? 4 : 0);
	mc_buf_init(&level, MC_NAME_MAX);
	rc = put_level(&level, (struct mc_span){ name->text, n }, err);
	if (rc == MC_OK)
		rc = mc_label(&label, mc_buf_span(&level), err);
	if (rc == MC_OK)
		rc = mc_site_join(&below, at->folder, label, err);
	if (rc == MC_OK)
		rc = mc_site_join(&path, at->path, name->text, err);
	if (rc == MC_OK)
		rc = nested ? mc_sites_below(sites, at, path, below, err)
			    : mc_sites_add_mbox(sites, path, below, err);
	mc_buf_dispose(&level);
	free(label);
	free(below);
	free(path);
	return rc;
}

/* --- the driver ------------------------------------------------------- */

static bool is_sign(const char *path, const struct mc_name *name)
{
	(void)path;
	return strcmp(name->text, "..maildir++") == 0 ||
	       mc_site_ends(name->text, ".ev-summary") ||
	       mc_site_ends(name->text, ".ibex.index");
}

/* The store itself, of path or where Evolution has it below; yours. NULL:
 * there is none. */
static char *store_of(const char *path)
{
	static const char *const below[] = { "", "/local", "/mail/local" };

	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		char *store = NULL;

		if (asprintf(&store, "%s%s", path, below[i]) < 0)
			return NULL;
		if (mc_site_has_sign(store, is_sign))
			return store;
		free(store);
	}
	return NULL;
}

bool mc_evolution_is(const char *path)
{
	char *store = store_of(path);
	bool found = store != NULL;

	free(store);
	return found;
}

static MC_RC find(
	struct mc_sites *sites, const char *path, struct mc_error *err)
{
	struct mc_site_dir top = { .folder = (char[]){ "" } };
	struct mc_dir dir = { 0 };
	char *store = store_of(path);
	enum mc_rc rc;

	top.path = store;
	if (!store)
		rc = mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no mail of Evolution's: neither ..maildir++ "
			"nor a summary is there",
			path);
	else
		rc = mc_dir_read(&dir, store, err);
	if (rc == MC_OK)
		rc = mc_dir_find(&dir, "..maildir++") ||
				     mc_dir_has_dir(&dir, "cur")
			     ? find_maildirs(sites, store, &dir, err)
			     : mc_sites_walk(sites, &top, visit, err);
	mc_dir_dispose(&dir);
	free(store);
	if (rc < 0)
		err->scope = MC_RUN;
	return rc;
}

static const struct mc_program evolution = { .title = "Evolution",
	.find = find };

static MC_RC open_store(struct mc_source **out,
	const struct mc_source_conf *conf, struct mc_error *err)
{
	return mc_sites_open(out, conf, &evolution, err);
}

const struct mc_source_ops mc_source_evolution = { .kind = "evolution",
	.open = open_store,
	.read = mc_sites_read,
	.probe = mc_sites_probe,
	.close = mc_sites_close };
