/* SPDX-License-Identifier: MIT
 * eml: trees of .eml files as a source: a file a message, as it travelled; a
 * directory a folder.  A file may be compressed. */
#include "source/eml.h"

#include "source/files.h"
#include "source/label.h"
#include "source/mbox_file.h"
#include "source/site.h"

bool mc_eml_is(const char *name)
{
	static const struct mc_span suffix = { ".eml", 4 };
	struct mc_span plain = mc_label_unpacked(mc_span_str(name));

	return plain.n > suffix.n &&
	       mc_span_ieq(mc_span_from(plain, plain.n - suffix.n), suffix);
}

static MC_RC list_below(
	struct mc_listing *listing, const char *name, struct mc_error *err)
{
	char *label = NULL;
	enum mc_rc rc = mc_label(&label, mc_span_str(name), err);

	if (rc == MC_OK)
		rc = mc_listing_below(listing, name, mc_span_str(label), err);
	free(label);
	return rc;
}

static MC_RC list_name(struct mc_listing *listing, const struct mc_name *name,
	struct mc_error *err)
{
	/* Copies of attributes by macOS ("._x.eml"), and the like. */
	bool hidden = name->text[0] == '.';

	if (name->type == S_IFDIR && hidden)
		mc_listing_pass(listing, name->text, "a hidden directory");
	else if (name->type == S_IFDIR)
		return list_below(listing, name->text, err);
	else if (hidden)
		return MC_OK;
	else if (mc_eml_is(name->text))
		return mc_listing_add(
			listing, "", name, &(struct mc_post){ 0 }, err);
	else if (name->type != S_IFREG)
		return mc_listing_odd(listing, name, err);
	else
		mc_listing_pass(
			listing, name->text, "its name does not end in .eml");
	return MC_OK;
}

static MC_RC list(struct mc_listing *listing, struct mc_names *names,
	struct mc_error *err)
{
	struct mc_name name;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK) {
		rc = mc_names_next(names, &name, err);
		if (rc == MC_OK)
			rc = list_name(listing, &name, err);
	}
	listing->is_folder = listing->posts_n > 0;
	return rc < 0 ? rc : MC_OK;
}

static MC_RC describe(const struct mc_listing *listing,
	const struct mc_post *post, struct mc_post_facts *facts,
	struct mc_error *err)
{
	(void)listing;
	(void)post;
	(void)facts;
	(void)err;
	return MC_OK;
}

static const struct mc_files_kind eml = { .title = "tree of .eml files",
	.store = MC_STORE_WIRE,
	.stats = true,
	.lone = true,
	.list = list,
	.describe = describe };

static MC_RC eml_open(struct mc_source **out, const struct mc_source_conf *conf,
	struct mc_error *err)
{
	const char *path = conf->at->path;

	if (!mc_site_is_dir(path) && mc_mbox_is_several(path)) {
		*out = NULL;
		return mc_mbox_refuse(path, MC_RUN, err);
	}
	return mc_files_open(out, conf, &eml, err);
}

/* Moving: who exports again gives the same names to other messages, and they
 * may well be as long. */
const struct mc_source_ops mc_source_eml = { .kind = "eml",
	.moving = true,
	.open = eml_open,
	.read = mc_files_read,
	.probe = mc_files_probe,
	.close = mc_files_close };
