/* SPDX-License-Identifier: MIT
 * applemail: what Apple Mail keeps: the whole of ~/Library/Mail, an account of
 * it, one mailbox, an exported one, or a directory of .emlx files.
 *
 *   V10/                       the newest of several is read
 *     IMAP-a@x  POP-a@x  <uuid>        an account
 *     Mailboxes                        "On My Mac"
 *       Work.mbox/             a folder: .emlx files (source/emlx.h), or, up
 *                              to Mac OS X 10.3 and when exported, one mbox
 *         2019.mbox/           a folder below it
 *       Work/2019.mbox/        likewise, up to Mac OS X 10.6
 */
#include "base/text.h"
#include "source/dir.h"
#include "source/emlx.h"
#include "source/label.h"
#include "source/mbox_file.h"
#include "source/program.h"

/* Octets of a package's name without its suffix; 0: it is none. */
static size_t package_length(const char *name)
{
	static const char *const suffixes[] = { ".mbox", ".imapmbox",
		".exchangembox" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (mc_site_ends(name, suffixes[i]))
			return strlen(name) - strlen(suffixes[i]);
	}
	return 0;
}

/* V2, V10 ...: the number, or 0. */
static int64_t version_of(const char *name)
{
	int64_t version;

	return name[0] == 'V' && mc_text_decimal(
					 mc_span_str(name + 1), 999, &version)
		       ? version
		       : 0;
}

static bool is_uuid(const char *name)
{
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? name[i] != '-'
			 : !strchr("0123456789abcdefABCDEF", name[i]) ||
					!name[i])
			return false;
	}
	return name[36] == '\0';
}

/* "IMAP-a@x": what stands behind the kind of server; NULL: no account. */
static const char *account_of(const char *name)
{
	static const char *const kinds[] = { "IMAP-", "POP-", "EWS-", "Mac-",
		"Exchange-", "ExchangeIMAP-", "iCloud-", "Gmail-", "AOL-",
		"Yahoo-", "Hotmail-" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncmp(name, kinds[i], strlen(kinds[i])) == 0)
			return name + strlen(kinds[i]);
	}
	return is_uuid(name) ? name : NULL;
}

/* What lies beside folders and is none. */
static bool is_own(const char *name)
{
	static const char *const names[] = { "MailData", "Attachments",
		"Messages", "Signatures", "Bundles", "Bundles (Disabled)",
		"Spotlight", "PersistenceInfo.plist", "RSS", "Data" };

	if (name[0] == '.')
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* --- folders ---------------------------------------------------------- */

/* folder/label of a name, of which n octets count. */
static MC_RC folder_of(char **out, const char *above, const char *name,
	size_t n, struct mc_error *err)
{
	char *label = NULL;
	enum mc_rc rc = mc_label(&label, (struct mc_span){ name, n }, err);

	if (rc == MC_OK)
		rc = mc_site_join(out, above, label, err);
	free(label);
	return rc;
}

/* A package, or a directory with messages: what of its own it has. */
static MC_RC add_own(struct mc_sites *s, const char *path, const char *folder,
	struct mc_error *err)
{
	char *file = NULL;
	enum mc_rc rc = mc_site_join(&file, path, "mbox", err);

	if (rc == MC_OK && mc_site_has_file(path, "mbox"))
		rc = mc_sites_add_mbox(s, file, folder, err);
	if (rc >= 0 && mc_emlx_has(path))
		rc = mc_sites_add(s, &mc_source_emlx, path, folder, err);
	free(file);
	return rc < 0 ? rc : MC_OK;
}

/* A directory below: a folder, or one that holds folders. */
static MC_RC add_below(struct mc_sites *s, const struct mc_site_dir *at,
	const char *name, struct mc_error *err)
{
	size_t n = package_length(name);
	char *below = NULL;
	char *label = NULL;
	enum mc_rc rc = mc_site_join(&below, at->path, name, err);

	/* One of "Data" is of the messages of the folder above. */
	if (rc == MC_OK && (n > 0 || !mc_site_has_dir(below, "Data"))) {
		rc = folder_of(
			&label, at->folder, name, n ? n : strlen(name), err);
		if (rc == MC_OK)
			rc = mc_sites_below(s, at, below, label, err);
	}
	free(label);
	free(below);
	return rc;
}

/* What lies loose among folders may be mail that was saved there. */
static MC_RC add_loose(struct mc_sites *s, const struct mc_site_dir *at,
	const char *name, struct mc_error *err)
{
	size_t n = package_length(name);
	struct mc_error ignored;
	const char *why = NULL;
	char *label = NULL;
	char *file = NULL;
	enum mc_rc rc;

	if (name[0] == '.' || mc_emlx_is(name) || strcmp(name, "mbox") == 0)
		return MC_OK;
	rc = mc_site_join(&file, at->path, name, err);
	if (rc == MC_OK && mc_mbox_sniff(file, &why, &ignored) == MC_OK &&
		!why) {
		rc = folder_of(
			&label, at->folder, name, n ? n : strlen(name), err);
		if (rc == MC_OK)
			rc = mc_sites_add(s, &mc_source_mbox, file, label, err);
	}
	free(label);
	free(file);
	return rc;
}

static MC_RC visit(struct mc_sites *s, const struct mc_site_dir *at,
	const struct mc_name *name, struct mc_error *err)
{
	if (!name)
		return *at->folder ? add_own(s, at->path, at->folder, err)
				   : MC_OK;
	if (name->type == S_IFREG)
		return add_loose(s, at, name->text, err);
	if (name->type == S_IFDIR && !is_own(name->text))
		return add_below(s, at, name->text, err);
	return MC_OK;
}

/* --- accounts --------------------------------------------------------- */

/* The account called so, or "On My Mac". */
static MC_RC add_account(struct mc_sites *s, const struct mc_site_dir *root,
	const char *name, struct mc_error *err)
{
	const char *account = account_of(name);
	struct mc_site_dir at = { .folder = root->folder };
	enum mc_rc rc;

	rc = mc_sites_group(s, account ? account : "On My Mac", !account, err);
	if (rc == MC_OK)
		rc = mc_site_join(&at.path, root->path, name, err);
	if (rc == MC_OK)
		rc = mc_sites_walk(s, &at, visit, err);
	free(at.path);
	return rc;
}

/* Accounts, or the folders of one. */
static MC_RC visit_top(struct mc_sites *s, const struct mc_site_dir *at,
	const struct mc_name *name, struct mc_error *err)
{
	if (at->depth == 0 && name && name->type == S_IFDIR &&
		(account_of(name->text) ||
			strcmp(name->text, "Mailboxes") == 0))
		return add_account(s, at, name->text, err);
	return visit(s, at, name, err);
}

/* The newest of V2, V3, ...; older ones are what an upgrade left.  NULL: there
 * is none. */
static const char *newest(struct mc_sites *s, const struct mc_dir *dir)
{
	const char *found = NULL;

	for (size_t i = 0; i < dir->n; i++) {
		const char *name = dir->names[i].text;

		if (dir->names[i].type == S_IFDIR && version_of(name) > 0 &&
			(!found || version_of(name) > version_of(found)))
			found = name;
	}
	for (size_t i = 0; found && i < dir->n; i++) {
		const char *name = dir->names[i].text;

		if (dir->names[i].type == S_IFDIR && version_of(name) > 0 &&
			name != found)
			mc_sites_pass(s, name,
				"Mail has a newer directory; name this one to "
				"read it");
	}
	return found;
}

static MC_RC walk_root(
	struct mc_sites *s, const char *path, struct mc_error *err)
{
	struct mc_site_dir top = { .folder = (char[]){ "" } };
	struct mc_dir dir = { 0 };
	const char *version;
	enum mc_rc rc = mc_dir_read(&dir, path, err);

	version = rc == MC_OK ? newest(s, &dir) : NULL;
	if (rc == MC_OK && version)
		rc = mc_site_join(&top.path, path, version, err);
	else if (rc == MC_OK)
		rc = mc_strdup(&top.path, mc_span_str(path), err);
	if (rc == MC_OK)
		rc = mc_sites_walk(s, &top, visit_top, err);
	free(top.path);
	mc_dir_dispose(&dir);
	return rc;
}

/* What the directory itself is called; yours. */
static MC_RC name_of(char **out, const char *path, struct mc_error *err)
{
	char *true_path = realpath(path, NULL);
	const char *slash = true_path ? strrchr(true_path, '/') : NULL;
	const char *name = slash && slash[1] ? slash + 1 : "Messages";
	size_t n = package_length(name);
	enum mc_rc rc;

	rc = mc_label(out, (struct mc_span){ name, n ? n : strlen(name) }, err);
	free(true_path);
	return rc;
}

static MC_RC find_below(
	struct mc_sites *s, const char *path, struct mc_error *err)
{
	struct mc_site_dir top = { .path = NULL };
	enum mc_rc rc = name_of(&top.folder, path, err);

	if (rc == MC_OK)
		rc = mc_strdup(&top.path, mc_span_str(path), err);
	if (rc == MC_OK && !mc_site_is_dir(path))
		rc = mc_sites_add(s, &mc_source_emlx, path, top.folder, err);
	else if (rc == MC_OK &&
		 (mc_site_has_file(path, "mbox") || mc_emlx_has(path)))
		rc = mc_sites_walk(s, &top, visit, err);
	else if (rc == MC_OK)
		rc = walk_root(s, path, err);
	free(top.path);
	free(top.folder);
	return rc;
}

static MC_RC find(
	struct mc_sites *sites, const char *path, struct mc_error *err)
{
	enum mc_rc rc = find_below(sites, path, err);

	if (rc == MC_OK)
		rc = mc_sites_settle(sites, err);
	if (rc < 0)
		err->scope = MC_RUN;
	return rc;
}

static const struct mc_program applemail = { .title = "Apple Mail",
	.find = find };

/* Is it, by whatever name it is reached, a package? */
static bool is_package(const char *path)
{
	char *true_path = realpath(path, NULL);
	const char *slash = true_path ? strrchr(true_path, '/') : NULL;
	bool package = slash && package_length(slash + 1) > 0;

	free(true_path);
	return package;
}

bool mc_applemail_is_one(const char *path)
{
	if (!mc_site_is_dir(path))
		return mc_emlx_is(path);
	return is_package(path) && mc_site_has_file(path, "mbox");
}

static MC_RC open_mail(struct mc_source **out,
	const struct mc_source_conf *conf, struct mc_error *err)
{
	return mc_sites_open(out, conf, &applemail, err);
}

const struct mc_source_ops mc_source_applemail = { .kind = "applemail",
	.open = open_mail,
	.read = mc_sites_read,
	.probe = mc_sites_probe,
	.close = mc_sites_close };
