/* SPDX-License-Identifier: MIT
 * thunderbird: a profile of Thunderbird (or SeaMonkey), or a directory with
 * profiles.ini, which says where profiles are.
 *
 *   prefs.js              accounts: names, kinds, directories
 *   Mail/HOST/            of POP3 accounts and of local folders
 *   ImapMail/HOST/        copies of what IMAP servers have
 *     Inbox  Inbox.msf    a folder: an mbox, or a Maildir without flags in its
 *                         names; its summary, which is not read
 *     Inbox.sbd/          folders below it
 *
 * Flags, and what is deleted and not yet compacted, stand in the messages'
 * X-Mozilla-* lines.
 */
#include "base/limits.h"
#include "net/imap_name.h"
#include "source/dir.h"
#include "source/input.h"
#include "source/label.h"
#include "source/maildir.h"
#include "source/mork.h"
#include "source/prefs.h"
#include "source/program.h"

enum { ID_MAX = 64, INI_MAX = 256 * 1024 };

/* A profile being looked through. */
struct profile {
	struct mc_sites *sites;
	const char *path;
	const char *name; /* "" if it is the only one */
	struct mc_prefs prefs;
};

/* Of a directory of folders: names are as IMAP encodes them. */
enum { IMAP_NAMES = 1 };

/* --- folders ---------------------------------------------------------- */

/* What stands beside folders and is none. */
static bool is_own_file(const char *name)
{
	static const char *const names[] = { "msgFilterRules.dat",
		"popstate.dat", "filterlog.html", "junklog.html", "feeds.json",
		"feeditems.json", "feeds.rdf", "feeditems.rdf", "rules.dat",
		"sort.dat" };
	static const char *const suffixes[] = { ".msf", ".snm", ".dat", ".html",
		".sqlite", ".json", ".lock" };

	if (name[0] == '.')
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (mc_site_ends(name, suffixes[i]))
			return true;
	}
	return false;
}

/* Eight hexadecimal digits end the names that had to be shortened or rid of
 * characters that no file's may have. */
static bool looks_hashed(const char *name)
{
	size_t n = strlen(name);

	if (n < 8)
		return false;
	return strspn(name + n - 8, "0123456789abcdef") == 8;
}

/* The name in the folder's summary.  MC_DONE: it is not told. */
static MC_RC true_name(char **out, const struct mc_site_dir *at,
	const char *name, struct mc_error *err)
{
	struct mc_error ignored;
	struct mc_buf text;
	char *msf = NULL;
	enum mc_rc rc = MC_DONE;

	if (asprintf(&msf, "%s.msf", name) < 0)
		return mc_fail_memory(err);
	mc_buf_init(&text, MC_MORK_MAX);
	if (mc_input_slurp(&text, at->path, msf, &ignored) == MC_OK)
		rc = mc_mork_folder_name(out, mc_buf_span(&text), err);
	mc_buf_dispose(&text);
	free(msf);
	return rc;
}

static MC_RC imap_name(char **out, const char *name, struct mc_error *err)
{
	struct mc_buf text;
	enum mc_rc rc;

	mc_buf_init(&text, MC_NAME_MAX);
	rc = mc_imap_name_decode(&text, mc_span_str(name), err);
	rc = rc >= 0 && text.len > 0 ? mc_strdup(out, mc_buf_span(&text), err)
				     : mc_label(out, mc_span_str(name), err);
	mc_buf_dispose(&text);
	return rc;
}

/* As Thunderbird shows it; '/' is no level there. */
static MC_RC label_of(char **out, const struct mc_site_dir *at,
	const char *name, struct mc_error *err)
{
	enum mc_rc rc = MC_DONE;

	if (looks_hashed(name))
		rc = true_name(out, at, name, err);
	if (rc == MC_DONE && at->bits & IMAP_NAMES)
		rc = imap_name(out, name, err);
	else if (rc == MC_DONE)
		rc = mc_label(out, mc_span_str(name), err);
	for (char *c = rc == MC_OK ? *out : NULL; c && *c; c++) {
		if (*c == '/')
			*c = '_';
	}
	return rc;
}

/* The folder whose file or directory is called name. */
static MC_RC folder_of(char **out, const struct mc_site_dir *at,
	const char *name, size_t n, struct mc_error *err)
{
	char *label = NULL;
	char *base = NULL;
	enum mc_rc rc = mc_strdup(&base, (struct mc_span){ name, n }, err);

	if (rc == MC_OK)
		rc = label_of(&label, at, base, err);
	if (rc == MC_OK)
		rc = mc_site_join(out, at->folder, label, err);
	free(label);
	free(base);
	return rc;
}

static MC_RC add_directory(struct mc_sites *sites, const struct mc_site_dir *at,
	const char *name, const char *path, struct mc_error *err)
{
	bool nested = mc_site_ends(name, ".sbd");
	char *folder = NULL;
	enum mc_rc rc;

	if (!nested && !mc_site_has_dir(path, "cur")) {
		if (!mc_site_ends(name, ".mozmsgs"))
			mc_sites_pass(sites, path,
				"it is neither a Maildir nor a directory of "
				"folders");
		return MC_OK;
	}
	rc = folder_of(&folder, at, name, strlen(name) - (nested ? 4 : 0), err);
	if (rc == MC_OK && nested)
		rc = mc_sites_below(sites, at, path, folder, err);
	else if (rc == MC_OK)
		rc = mc_sites_add(
			sites, &mc_source_maildir_one, path, folder, err);
	free(folder);
	return rc;
}

static MC_RC visit(struct mc_sites *sites, const struct mc_site_dir *at,
	const struct mc_name *name, struct mc_error *err)
{
	char *folder = NULL;
	char *path = NULL;
	enum mc_rc rc;

	if (!name || is_own_file(name->text))
		return MC_OK;
	rc = mc_site_join(&path, at->path, name->text, err);
	if (rc == MC_OK && name->type == S_IFDIR) {
		rc = add_directory(sites, at, name->text, path, err);
	} else if (rc == MC_OK) {
		rc = folder_of(
			&folder, at, name->text, strlen(name->text), err);
		if (rc == MC_OK)
			rc = mc_sites_add_mbox(sites, path, folder, err);
	}
	free(folder);
	free(path);
	return rc;
}

/* --- accounts --------------------------------------------------------- */

/* The last name of a path of whatever system. */
static const char *last_name(const char *path)
{
	const char *base = path;

	for (const char *c = path; *c; c++) {
		if ((*c == '/' || *c == '\\') && c[1])
			base = c + 1;
	}
	return base;
}

/* Of a profile that was brought here from elsewhere: where such a directory
 * is in every profile.  MC_DONE: nowhere. */
static MC_RC usual_directory(char **out, const struct profile *p,
	const char *name, struct mc_error *err)
{
	static const char *const tops[] = { "Mail", "ImapMail" };

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		if (asprintf(out, "%s/%s/%s", p->path, tops[i], name) < 0) {
			*out = NULL;
			return mc_fail_memory(err);
		}
		if (mc_site_is_dir(*out))
			return MC_OK;
		free(*out);
		*out = NULL;
	}
	return MC_DONE;
}

/* "[ProfD]Mail/x" below the profile; or where it says, if it is there; else
 * where it usually is.  MC_DONE: nowhere. */
static MC_RC directory_of(char **out, const struct profile *p, const char *id,
	struct mc_error *err)
{
	const char *relative =
		mc_prefs_of(&p->prefs, "server", id, "directory-rel");
	const char *absolute =
		mc_prefs_of(&p->prefs, "server", id, "directory");
	enum mc_rc rc = MC_DONE;

	if (relative && strncmp(relative, "[ProfD]", 7) == 0) {
		rc = mc_site_join(out, p->path, relative + 7, err);
		if (rc < 0 || mc_site_is_dir(*out))
			return rc;
		free(*out);
		*out = NULL;
		rc = MC_DONE;
	}
	if (absolute && mc_site_is_dir(absolute))
		return mc_strdup(out, mc_span_str(absolute), err);
	if (absolute)
		rc = usual_directory(out, p, last_name(absolute), err);
	else if (relative)
		rc = usual_directory(out, p, last_name(relative), err);
	return rc;
}

/* As Thunderbird shows the account.  Yours. */
static MC_RC name_of(char **out, const struct profile *p, const char *id,
	const char *path, struct mc_error *err)
{
	const char *name = mc_prefs_of(&p->prefs, "server", id, "name");
	const char *user = mc_prefs_of(&p->prefs, "server", id, "userName");
	const char *host = mc_prefs_of(&p->prefs, "server", id, "hostname");
	const char *base = strrchr(path, '/');

	if (name && *name)
		return mc_strdup(out, mc_span_str(name), err);
	if (user && *user && host && *host) {
		if (asprintf(out, "%s%s%s", user, strchr(user, '@') ? "" : "@",
			    strchr(user, '@') ? "" : host) < 0)
			return mc_fail_memory(err);
		return MC_OK;
	}
	return mc_strdup(out, mc_span_str(base ? base + 1 : path), err);
}

static MC_RC group(struct profile *p, const char *account, bool aside,
	struct mc_error *err)
{
	char *name = NULL;
	enum mc_rc rc;

	if (!*p->name)
		return mc_sites_group(p->sites, account, aside, err);
	if (asprintf(&name, "%s - %s", p->name, account) < 0)
		return mc_fail_memory(err);
	rc = mc_sites_group(p->sites, name, aside, err);
	free(name);
	return rc;
}

static bool is_mail(const struct profile *p, const char *id)
{
	const char *type = mc_prefs_of(&p->prefs, "server", id, "type");
	const char *host = mc_prefs_of(&p->prefs, "server", id, "hostname");

	if (host && strcmp(host, "smart mailboxes") == 0)
		return false; /* searches over the other folders */
	return !type || (strcmp(type, "nntp") != 0 && strcmp(type, "im") != 0);
}

static MC_RC add_server(struct profile *p, const char *id, struct mc_error *err)
{
	const char *type = mc_prefs_of(&p->prefs, "server", id, "type");
	bool imap = type && strcmp(type, "imap") == 0;
	struct mc_site_dir top = { .folder = (char[]){ "" },
		.bits = imap ? IMAP_NAMES : 0 };
	char *name = NULL;
	enum mc_rc rc;

	if (!is_mail(p, id))
		return MC_OK;
	rc = directory_of(&top.path, p, id, err);
	if (rc == MC_OK)
		rc = name_of(&name, p, id, top.path, err);
	if (rc == MC_OK)
		rc = group(p, name, type && strcmp(type, "none") == 0, err);
	if (rc == MC_OK && imap)
		mc_note(p->sites->monitor,
			"'%s': an IMAP account: only what Thunderbird has "
			"downloaded of it is here",
			name);
	if (rc == MC_OK)
		rc = mc_sites_walk(p->sites, &top, visit, err);
	free(name);
	free(top.path);
	return rc < 0 ? rc : MC_OK;
}

/* "server12" of "mail.server.server12.type"; n == 0: the name is no such. */
static struct mc_span server_of(const char *name)
{
	static const char prefix[] = "mail.server.";
	static const char suffix[] = ".type";
	struct mc_span id = mc_span_str(name);

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0 ||
		!mc_site_ends(name, suffix))
		return (struct mc_span){ NULL, 0 };
	id = mc_span_from(id, sizeof(prefix) - 1);
	id.n -= sizeof(suffix) - 1;
	if (id.n >= ID_MAX || mc_span_index(id, '.') < id.n)
		id.n = 0;
	return id;
}

static MC_RC add_servers(struct profile *p, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < p->prefs.n; i++) {
		struct mc_span id = server_of(p->prefs.list[i].name);
		char text[ID_MAX];

		if (id.n == 0)
			continue;
		memcpy(text, id.p, id.n);
		text[id.n] = '\0';
		rc = add_server(p, text, err);
	}
	return rc;
}

/* Mail of accounts that were taken out of the program is on disk still. */
static MC_RC add_orphan(struct profile *p, const char *top,
	const struct mc_name *name, struct mc_error *err)
{
	bool imap = strcmp(top, "ImapMail") == 0;
	struct mc_site_dir at = { .folder = (char[]){ "" },
		.bits = imap ? IMAP_NAMES : 0 };
	size_t before = p->sites->n;
	char *label = NULL;
	enum mc_rc rc;

	if (name->type != S_IFDIR || strcmp(name->text, "smart mailboxes") == 0)
		return MC_OK;
	if (asprintf(&at.path, "%s/%s/%s", p->path, top, name->text) < 0)
		return mc_fail_memory(err);
	rc = mc_label(&label, mc_span_str(name->text), err);
	if (rc == MC_OK)
		rc = group(p, label, true, err);
	if (rc == MC_OK)
		rc = mc_sites_walk(p->sites, &at, visit, err);
	if (rc == MC_OK && p->sites->n > before)
		mc_note(p->sites->monitor,
			"'%s' belongs to no account any more; its mail is read "
			"too",
			at.path);
	free(label);
	free(at.path);
	return rc;
}

static MC_RC add_orphans(
	struct profile *p, const char *top, struct mc_error *err)
{
	struct mc_dir dir = { 0 };
	char *path = NULL;
	enum mc_rc rc = mc_site_join(&path, p->path, top, err);

	if (rc == MC_OK && mc_site_is_dir(path)) {
		rc = mc_dir_read(&dir, path, err);
		for (size_t i = 0; rc == MC_OK && i < dir.n; i++)
			rc = add_orphan(p, top, &dir.names[i], err);
		mc_dir_dispose(&dir);
	}
	free(path);
	return rc;
}

/* --- profiles --------------------------------------------------------- */

static MC_RC find_in_profile(struct mc_sites *sites, const char *path,
	const char *name, struct mc_error *err)
{
	struct profile p = { .sites = sites, .path = path, .name = name };
	struct mc_buf text;
	enum mc_rc rc;

	mc_buf_init(&text, MC_PREFS_MAX);
	rc = mc_input_slurp(&text, path, "prefs.js", err);
	if (rc == MC_DONE)
		rc = mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no Thunderbird profile: prefs.js is not there",
			path);
	if (rc == MC_OK)
		rc = mc_prefs_parse(&p.prefs, mc_buf_span(&text), err);
	if (rc == MC_OK)
		rc = add_servers(&p, err);
	sites->quiet = true;
	if (rc == MC_OK)
		rc = add_orphans(&p, "Mail", err);
	if (rc == MC_OK)
		rc = add_orphans(&p, "ImapMail", err);
	sites->quiet = false;
	if (rc < 0)
		err->scope = MC_RUN;
	mc_prefs_dispose(&p.prefs);
	mc_buf_dispose(&text);
	return rc;
}

/* Profiles that are not there, or were never used for mail, are none.  *n
 * counts the others. */
static MC_RC find_in_one(struct mc_sites *sites, const char *root,
	const struct mc_profile *profile, const char *name, int *n,
	struct mc_error *err)
{
	char *below = NULL;
	char *path = NULL;
	enum mc_rc rc = mc_strdup(&below, profile->path, err);

	if (rc == MC_OK)
		rc = mc_site_join(
			&path, profile->relative ? root : "", below, err);
	if (rc == MC_OK && mc_site_has_file(path, "prefs.js")) {
		++*n;
		if (sites)
			rc = find_in_profile(sites, path, name, err);
	}
	free(below);
	free(path);
	return rc;
}

/* Without sites: only counts. */
static MC_RC find_in_all(struct mc_sites *sites, const char *root,
	struct mc_span ini, bool several, int *n, struct mc_error *err)
{
	struct mc_profile profile;
	enum mc_rc rc = MC_OK;

	*n = 0;
	while (rc == MC_OK && mc_profile_next(&ini, &profile)) {
		char *name = NULL;

		if (profile.path.n == 0 ||
			mc_span_index(profile.path, '\0') < profile.path.n)
			continue;
		rc = mc_label(&name, profile.name, err);
		if (rc == MC_OK)
			rc = find_in_one(sites, root, &profile,
				several ? name : "", n, err);
		free(name);
	}
	return rc;
}

static MC_RC find_by_ini(
	struct mc_sites *sites, const char *root, struct mc_error *err)
{
	struct mc_buf text;
	int n = 0;
	enum mc_rc rc;

	mc_buf_init(&text, INI_MAX);
	rc = mc_input_slurp(&text, root, "profiles.ini", err);
	if (rc == MC_OK)
		rc = find_in_all(
			NULL, root, mc_buf_span(&text), false, &n, err);
	if (rc == MC_OK && n == 0)
		rc = mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s': none of the profiles in profiles.ini is there",
			root);
	if (rc == MC_OK)
		rc = find_in_all(
			sites, root, mc_buf_span(&text), n > 1, &n, err);
	mc_buf_dispose(&text);
	return rc;
}

static MC_RC find(
	struct mc_sites *sites, const char *path, struct mc_error *err)
{
	enum mc_rc rc;

	if (!mc_site_is_dir(path))
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no Thunderbird profile: it is no directory",
			path);
	if (!mc_site_has_file(path, "prefs.js") &&
		mc_site_has_file(path, "profiles.ini"))
		rc = find_by_ini(sites, path, err);
	else
		rc = find_in_profile(sites, path, "", err);
	if (rc == MC_OK)
		rc = mc_sites_settle(sites, err);
	if (rc < 0)
		err->scope = MC_RUN;
	return rc;
}

static const struct mc_program thunderbird = { .title = "Thunderbird profile",
	.find = find };

static MC_RC open_profile(struct mc_source **out,
	const struct mc_source_conf *conf, struct mc_error *err)
{
	return mc_sites_open(out, conf, &thunderbird, err);
}

const struct mc_source_ops mc_source_thunderbird = { .kind = "thunderbird",
	.open = open_profile,
	.read = mc_sites_read,
	.probe = mc_sites_probe,
	.close = mc_sites_close };
