/* SPDX-License-Identifier: MIT
 * maildir_source: Maildir and Maildir++ as a source.
 *
 *   dir/cur/ new/   messages of dir's folder
 *   dir/tmp/        deliveries that were never finished: counted
 *   dir/.A.B/       folder A/B (Maildir++); dir/a/ folder a (plain trees)
 *   dir/file        a message too, if it looks like one
 */
#include <fnmatch.h>

#include "base/text.h"
#include "source/input.h"
#include "source/maildir.h"
#include "source/site.h"

static bool is_own(const char *name)
{
	/* Indexes, quotas and lists of the servers that keep Maildirs. */
	static const char *const patterns[] = { "dovecot*", "courier*",
		"maildirfolder", "maildirsize", "maildircache", "subscriptions",
		".*", "*.lock", "*.msf", "shared-*", "sieve-*", "*.sieve",
		"loc", "uidvalidity*" };

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	}
	return false;
}

static MC_RC add(struct mc_listing *listing, const char *sub,
	const struct mc_name *name, struct mc_error *err)
{
	struct mc_maildir_name parsed;
	struct mc_post post = { .doubtful = !*sub };

	mc_maildir_parse(mc_span_str(name->text), &parsed);
	post.key_n = parsed.key.n;
	return mc_listing_add(listing, sub, name, &post, err);
}

static MC_RC list_in_sub(struct mc_listing *listing, const char *sub,
	const struct mc_name *name, struct mc_error *err)
{
	/* "Unless its name begins with a dot", says maildir(5). */
	if (name->text[0] == '.')
		return MC_OK;
	if (strcmp(sub, "tmp") == 0) {
		listing->unfinished += name->type == S_IFREG;
	} else if (name->type == S_IFDIR) {
		char below[300];

		mc_text_format(
			below, sizeof(below), "%s/%.255s", sub, name->text);
		mc_listing_pass(listing, below, "a directory among messages");
	} else {
		return add(listing, sub, name, err);
	}
	return MC_OK;
}

static MC_RC list_sub(
	struct mc_listing *listing, const char *sub, struct mc_error *err)
{
	struct mc_names *names = NULL;
	struct mc_name name;
	char *path = NULL;
	enum mc_rc rc;

	if (asprintf(&path, "%s/%s", listing->path, sub) < 0)
		return mc_fail_memory(err);
	rc = mc_names_open(&names, path, err);
	while (rc == MC_OK) {
		rc = mc_names_next(names, &name, err);
		if (rc == MC_OK)
			rc = list_in_sub(listing, sub, &name, err);
	}
	mc_names_close(names);
	free(path);
	return rc < 0 ? rc : MC_OK;
}

/* A hidden directory is one of Maildir++ only if it looks so. */
static bool is_folder(const struct mc_listing *listing, const char *name)
{
	static const char *const signs[] = { "cur", "new", "maildirfolder" };
	bool found = name[0] != '.';

	for (size_t i = 0; !found && i < sizeof(signs) / sizeof(signs[0]);
		i++) {
		char *path = NULL;
		struct stat st;

		if (asprintf(&path, "%s/%s/%s", listing->path, name, signs[i]) <
			0)
			break;
		found = stat(path, &st) == 0;
		free(path);
	}
	return found;
}

static MC_RC list_below(
	struct mc_listing *listing, const char *name, struct mc_error *err)
{
	char *label = NULL;
	enum mc_rc rc;

	if (!is_folder(listing, name)) {
		mc_listing_pass(
			listing, name, "a hidden directory that is no Maildir");
		return MC_OK;
	}
	rc = mc_maildir_label(&label, name, err);
	if (rc == MC_OK)
		rc = mc_listing_below(listing, name, mc_span_str(label), err);
	free(label);
	return rc;
}

static MC_RC list_name(struct mc_listing *listing, const struct mc_name *name,
	struct mc_error *err)
{
	if (name->type == S_IFDIR)
		return list_below(listing, name->text, err);
	if (name->type != S_IFREG)
		return mc_listing_odd(listing, name, err);
	return is_own(name->text) ? MC_OK : add(listing, "", name, err);
}

/* cur, new and tmp.  MC_DONE: the name is another. */
static MC_RC list_store(struct mc_listing *listing, const struct mc_name *name,
	struct mc_error *err)
{
	bool is_store = strcmp(name->text, "cur") == 0 ||
			strcmp(name->text, "new") == 0;

	if (name->type != S_IFDIR ||
		(!is_store && strcmp(name->text, "tmp") != 0))
		return MC_DONE;
	listing->is_folder |= is_store;
	return list_sub(listing, name->text, err);
}

/* all: what else lies there too, other folders among it. */
static MC_RC list_names(struct mc_listing *listing, struct mc_names *names,
	bool all, struct mc_error *err)
{
	struct mc_name name;
	bool has_keywords = false;
	enum mc_rc rc;

	while ((rc = mc_names_next(names, &name, err)) == MC_OK) {
		has_keywords |= strcmp(name.text, "dovecot-keywords") == 0;
		rc = list_store(listing, &name, err);
		if (rc == MC_DONE && all)
			rc = list_name(listing, &name, err);
		if (rc < 0)
			return rc;
	}
	if (rc >= 0 && listing->is_folder && has_keywords)
		rc = mc_input_slurp(&listing->notes, listing->path,
			"dovecot-keywords", err);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC list(struct mc_listing *listing, struct mc_names *names,
	struct mc_error *err)
{
	return list_names(listing, names, true, err);
}

static MC_RC list_one(struct mc_listing *listing, struct mc_names *names,
	struct mc_error *err)
{
	return list_names(listing, names, false, err);
}

/* What letters beside those of mc_flags_from_maildir() stand for: a keyword of
 * Dovecot's, else "maildir-x" for the letter x. */
static MC_RC put_keyword(struct mc_buf *keywords,
	const struct mc_listing *listing, char letter, struct mc_error *err)
{
	char unknown[] = "maildir-x";
	struct mc_span word = { NULL, 0 };

	if (mc_flags_from_maildir((struct mc_span){ &letter, 1 }))
		return MC_OK;
	if (letter >= 'a' && letter <= 'z')
		word = mc_maildir_keyword(mc_buf_span(&listing->notes), letter);
	unknown[sizeof(unknown) - 2] = letter;
	return mc_words_add(
		keywords, word.n ? word : mc_span_str(unknown), err);
}

static MC_RC describe(const struct mc_listing *listing,
	const struct mc_post *post, struct mc_post_facts *facts,
	struct mc_error *err)
{
	struct mc_maildir_name name;
	enum mc_rc rc = MC_OK;

	mc_maildir_parse(mc_span_str(post->name + post->base), &name);
	facts->flags = mc_flags_from_maildir(name.letters);
	facts->date = mc_maildir_date(facts->date.time, name.delivered);
	for (size_t i = 0; i < name.letters.n && rc == MC_OK; i++)
		rc = put_keyword(
			&facts->keywords, listing, name.letters.p[i], err);
	return rc;
}

static const struct mc_files_kind maildir = { .title = "Maildir",
	.store = MC_STORE_MAILDIR,
	.top = "INBOX",
	.list = list,
	.describe = describe };

static bool has_store(const char *path)
{
	return mc_site_has_dir(path, "cur") || mc_site_has_dir(path, "new");
}

static bool has_found(const struct mc_sites *sites)
{
	for (size_t i = 0; i < sites->n; i++) {
		if (sites->list[i].ops)
			return true;
	}
	return false;
}

/* Puts the first Maildir that it meets on the list. */
static MC_RC visit(struct mc_sites *sites, const struct mc_site_dir *at,
	const struct mc_name *name, struct mc_error *err)
{
	char *path = NULL;
	enum mc_rc rc = MC_OK;

	if (has_found(sites))
		return MC_OK;
	if (!name)
		return has_store(at->path)
			       ? mc_sites_add(sites, &mc_source_maildir,
					 at->path, "", err)
			       : MC_OK;
	if (name->type != S_IFDIR)
		return MC_OK;
	rc = mc_site_join(&path, at->path, name->text, err);
	if (rc == MC_OK)
		rc = mc_sites_below(sites, at, path, "", err);
	free(path);
	return rc;
}

/* Files that lie outside of cur and new are read as one message each, which is
 * right near a Maildir, and else would make one of each mbox. */
static MC_RC look_for_store(
	const struct mc_source_conf *conf, struct mc_error *err)
{
	struct mc_site_dir top = { .path = conf->at->path,
		.folder = (char[]){ "" } };
	struct mc_sites sites = { .monitor = conf->monitor, .quiet = true };
	enum mc_rc rc = mc_sites_walk(&sites, &top, visit, err);

	if (rc == MC_OK && !has_found(&sites))
		rc = mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no Maildir, and none is below it: there is "
			"neither cur nor new",
			top.path);
	mc_sites_dispose(&sites);
	return rc;
}

static MC_RC maildir_open(struct mc_source **out,
	const struct mc_source_conf *conf, struct mc_error *err)
{
	enum mc_rc rc = mc_files_open(out, conf, &maildir, err);

	if (rc == MC_OK && !has_store(conf->at->path)) {
		rc = look_for_store(conf, err);
		if (rc < 0) {
			mc_files_close(*out);
			*out = NULL;
		}
	}
	return rc;
}

const struct mc_source_ops mc_source_maildir = { .kind = "maildir",
	.open = maildir_open,
	.read = mc_files_read,
	.probe = mc_files_probe,
	.close = mc_files_close };

static const struct mc_files_kind one = { .title = "Maildir",
	.store = MC_STORE_MAILDIR,
	.top = "INBOX",
	.list = list_one,
	.describe = describe };

static MC_RC one_open(struct mc_source **out, const struct mc_source_conf *conf,
	struct mc_error *err)
{
	return mc_files_open(out, conf, &one, err);
}

const struct mc_source_ops mc_source_maildir_one = { .kind = "maildir",
	.open = one_open,
	.read = mc_files_read,
	.probe = mc_files_probe,
	.close = mc_files_close };
