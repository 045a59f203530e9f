/* SPDX-License-Identifier: MIT
 * kmail: KDE's local folders: of KMail itself (~/Mail, ~/.kde/share/apps/kmail/
 * mail) and of Akonadi (~/.local/share/local-mail).
 *
 *   inbox/cur inbox/new      a folder: a Maildir, or an mbox file
 *   .inbox.index             KMail's own
 *   .inbox.directory/        the folders below inbox
 */
#include "source/dir.h"
#include "source/label.h"
#include "source/maildir.h"
#include "source/program.h"

static const char suffix[] = ".directory";

/* Octets of "inbox" in ".inbox.directory"; 0: the name is no such. */
static size_t directory_length(const char *name)
{
	size_t n = strlen(name);
	size_t end = sizeof(suffix) - 1;

	if (name[0] != '.' || n < end + 2 ||
		strcmp(name + n - end, suffix) != 0)
		return 0;
	return n - end - 1;
}

static MC_RC add_directory(struct mc_sites *sites, const struct mc_site_dir *at,
	const char *path, const char *folder, bool nested, struct mc_error *err)
{
	if (nested)
		return mc_sites_below(sites, at, path, folder, err);
	if (mc_site_has_dir(path, "cur"))
		return mc_sites_add(
			sites, &mc_source_maildir_one, path, folder, err);
	mc_sites_pass(sites, path, "it is no Maildir");
	return MC_OK;
}

static bool is_own(const char *name)
{
	static const char *const names[] = { "cur", "new", "tmp" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return name[0] == '.' && directory_length(name) == 0;
}

static MC_RC add_name(struct mc_sites *sites, const struct mc_site_dir *at,
	const struct mc_name *name, struct mc_error *err)
{
	size_t n = directory_length(name->text);
	char *label = NULL;
	char *below = NULL;
	char *path = NULL;
	enum mc_rc rc;

	rc = mc_label(&label,
		n > 0 ? (struct mc_span){ name->text + 1, n }
		      : mc_span_str(name->text),
		err);
	if (rc == MC_OK)
		rc = mc_site_join(&below, at->folder, label, err);
	if (rc == MC_OK)
		rc = mc_site_join(&path, at->path, name->text, err);
	if (rc == MC_OK && name->type == S_IFDIR)
		rc = add_directory(sites, at, path, below, n > 0, err);
	else if (rc == MC_OK)
		rc = mc_sites_add_mbox(sites, path, below, err);
	free(label);
	free(below);
	free(path);
	return rc;
}

/* A Maildir++ has its folders where KMail has what is its own. */
static MC_RC pass_hidden(struct mc_sites *sites, const struct mc_site_dir *at,
	const struct mc_name *name, struct mc_error *err)
{
	char *path = NULL;
	enum mc_rc rc = MC_OK;

	if (name->type != S_IFDIR || name->text[0] != '.')
		return MC_OK;
	rc = mc_site_join(&path, at->path, name->text, err);
	if (rc == MC_OK && mc_site_has_dir(path, "cur"))
		mc_sites_pass(sites, path,
			"a hidden Maildir, which KMail has none of");
	free(path);
	return rc;
}

static MC_RC visit(struct mc_sites *sites, const struct mc_site_dir *at,
	const struct mc_name *name, struct mc_error *err)
{
	if (name)
		return is_own(name->text) ? pass_hidden(sites, at, name, err)
					  : add_name(sites, at, name, err);
	/* Akonadi's root is a Maildir itself. */
	if (*at->folder || !mc_site_has_dir(at->path, "cur"))
		return MC_OK;
	return mc_sites_add(
		sites, &mc_source_maildir_one, at->path, "INBOX", err);
}

/* ".inbox.directory", or ".inbox.index" beside an "inbox" */
static bool is_sign(const char *path, const struct mc_name *name)
{
	static const char index[] = ".index";
	size_t n = strlen(name->text);
	size_t end = sizeof(index) - 1;
	char *folder;
	bool found;

	if (name->type == S_IFDIR)
		return directory_length(name->text) > 0;
	if (name->text[0] != '.' || n < end + 2 ||
		strcmp(name->text + n - end, index) != 0)
		return false;
	folder = strndup(name->text + 1, n - end - 1);
	found = folder && (mc_site_has_file(path, folder) ||
				  mc_site_has_dir(path, folder));
	free(folder);
	return found;
}

/* Where Akonadi has it below ~/.local/share. */
static char *store_of(const char *path)
{
	char *below = NULL;

	if (asprintf(&below, "%s/local-mail", path) < 0)
		return NULL;
	if (mc_site_is_dir(below))
		return below;
	free(below);
	return strdup(path);
}

bool mc_kmail_is(const char *path)
{
	char *store = store_of(path);
	bool found = store && mc_site_has_sign(store, is_sign);

	free(store);
	return found;
}

static MC_RC find(
	struct mc_sites *sites, const char *path, struct mc_error *err)
{
	char *store = store_of(path);
	struct mc_site_dir top = { .path = store, .folder = (char[]){ "" } };
	enum mc_rc rc;

	if (!store)
		rc = mc_fail_memory(err);
	else if (!mc_site_is_dir(store))
		rc = mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no mail of KMail's: it is no directory", path);
	else
		rc = mc_sites_walk(sites, &top, visit, err);
	free(store);
	if (rc < 0)
		err->scope = MC_RUN;
	return rc;
}

static const struct mc_program kmail = { .title = "KMail", .find = find };

static MC_RC open_store(struct mc_source **out,
	const struct mc_source_conf *conf, struct mc_error *err)
{
	return mc_sites_open(out, conf, &kmail, err);
}

const struct mc_source_ops mc_source_kmail = { .kind = "kmail",
	.open = open_store,
	.read = mc_sites_read,
	.probe = mc_sites_probe,
	.close = mc_sites_close };
