/* SPDX-License-Identifier: MIT
 * eudora: a mail directory of Eudora for Windows.
 *
 *   descmap.pce        what its names stand for, a line each:
 *                      "In,In.mbx,S,N"  "Work,Work.fol,F,N"
 *   In.mbx In.toc      a mailbox: an mbox of "From ???@???" lines, as Eudora
 *                      alone wrote them; its index, which is not read
 *   Work.fol/          mailboxes below, with a descmap.pce of their own
 *
 * Eudora took attachments out of the messages, and put a line "Attachment
 * Converted:" there; that cannot be undone.
 */
#include "base/limits.h"
#include "net/imf.h"
#include "source/input.h"
#include "source/label.h"
#include "source/program.h"

enum { DESCMAP_MAX = 1024 * 1024 };

/* A line of descmap.pce. */
struct entry {
	struct mc_span title;
	struct mc_span name;
};

/* The line's parts: a title may hold commas, the others none.  False: it is no
 * such line. */
static bool parse_entry(struct mc_span line, struct entry *out)
{
	size_t commas[3];
	size_t n = 0;

	for (size_t i = line.n; i > 0 && n < 3; i--) {
		if (line.p[i - 1] == ',')
			commas[n++] = i - 1;
	}
	if (n < 3)
		return false;
	out->title = mc_span_trim(mc_span_head(line, commas[2]));
	out->name = mc_span_trim(
		mc_span_from(mc_span_head(line, commas[1]), commas[2] + 1));
	return out->title.n > 0;
}

static bool find_entry(
	const struct mc_buf *map, const char *name, struct entry *out)
{
	struct mc_span rest = mc_buf_span(map);

	while (rest.n > 0) {
		size_t n = mc_span_index(rest, '\n');

		if (parse_entry(mc_span_trim(mc_span_head(rest, n)), out) &&
			mc_span_ieq(out->name, mc_span_str(name)))
			return true;
		rest = mc_span_from(rest, n + 1);
	}
	return false;
}

/* The title, which is in the Windows of its time's character set, as UTF-8; or
 * the name without its suffix, of 4 octets. */
static MC_RC label_of(char **out, const struct entry *entry, const char *name,
	struct mc_error *err)
{
	struct mc_buf text;
	enum mc_rc rc = MC_OK;

	if (!entry)
		return mc_label(
			out, (struct mc_span){ name, strlen(name) - 4 }, err);
	mc_buf_init(&text, MC_NAME_MAX);
	rc = mc_imf_text(&text, entry->title, err);
	if (rc == MC_OK)
		rc = mc_label(out, mc_buf_span(&text), err);
	mc_buf_dispose(&text);
	for (char *c = rc == MC_OK ? *out : NULL; c && *c; c++) {
		if (*c == '/')
			*c = '_';
	}
	return rc;
}

/* Eudora's own mailboxes at the top. */
static enum mc_special special_of(const char *name)
{
	static const struct {
		const char *name;
		enum mc_special special;
	} table[] = {
		{ "In.mbx", MC_SPECIAL_INBOX },
		{ "Out.mbx", MC_SPECIAL_SENT },
		{ "Trash.mbx", MC_SPECIAL_TRASH },
		{ "Junk.mbx", MC_SPECIAL_JUNK },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (mc_span_ieq(mc_span_str(name), mc_span_str(table[i].name)))
			return table[i].special;
	}
	return MC_SPECIAL_NONE;
}

static MC_RC add_box(struct mc_sites *sites, const struct mc_site_dir *at,
	const char *name, const char *path, const char *folder,
	struct mc_error *err)
{
	enum mc_special special =
		*at->folder ? MC_SPECIAL_NONE : special_of(name);
	enum mc_rc rc = mc_sites_add_mbox(sites, path,
		special == MC_SPECIAL_INBOX ? "INBOX" : folder, err);

	if (rc == MC_OK)
		sites->list[sites->n - 1].special = special;
	return rc;
}

/* The name that descmap.pce gives to one of its directory. */
static MC_RC name_of(char **out, const struct mc_site_dir *at, const char *name,
	struct mc_error *err)
{
	struct mc_error ignored;
	struct entry entry;
	struct mc_buf map;
	char *label = NULL;
	enum mc_rc rc;

	mc_buf_init(&map, DESCMAP_MAX);
	if (mc_input_slurp(&map, at->path, "descmap.pce", &ignored) != MC_OK)
		mc_buf_clear(&map);
	rc = label_of(&label, find_entry(&map, name, &entry) ? &entry : NULL,
		name, err);
	if (rc == MC_OK)
		rc = mc_site_join(out, at->folder, label, err);
	free(label);
	mc_buf_dispose(&map);
	return rc;
}

static MC_RC visit(struct mc_sites *sites, const struct mc_site_dir *at,
	const struct mc_name *name, struct mc_error *err)
{
	char *folder = NULL;
	char *path = NULL;
	bool nested;
	enum mc_rc rc;

	if (!name)
		return MC_OK;
	nested = name->type == S_IFDIR;
	if (!mc_site_ends(name->text, nested ? ".fol" : ".mbx"))
		return MC_OK;
	rc = name_of(&folder, at, name->text, err);
	if (rc == MC_OK)
		rc = mc_site_join(&path, at->path, name->text, err);
	if (rc == MC_OK && nested)
		rc = mc_sites_below(sites, at, path, folder, err);
	else if (rc == MC_OK)
		rc = add_box(sites, at, name->text, path, folder, err);
	free(folder);
	free(path);
	return rc;
}

/* --- the driver ------------------------------------------------------- */

bool mc_eudora_is(const char *path)
{
	return mc_site_has_file(path, "descmap.pce") ||
	       (mc_site_has_file(path, "In.mbx") &&
		       mc_site_has_file(path, "In.toc"));
}

static MC_RC find(
	struct mc_sites *sites, const char *path, struct mc_error *err)
{
	struct mc_site_dir top = { .folder = (char[]){ "" } };
	enum mc_rc rc;

	if (!mc_site_is_dir(path))
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no mail of Eudora's: it is no directory",
			path);
	rc = mc_strdup(&top.path, mc_span_str(path), err);
	if (rc == MC_OK)
		rc = mc_sites_walk(sites, &top, visit, err);
	free(top.path);
	if (rc < 0)
		err->scope = MC_RUN;
	return rc;
}

static const struct mc_program eudora = { .title = "Eudora", .find = find };

static MC_RC open_store(struct mc_source **out,
	const struct mc_source_conf *conf, struct mc_error *err)
{
	return mc_sites_open(out, conf, &eudora, err);
}

const struct mc_source_ops mc_source_eudora = { .kind = "eudora",
	.open = open_store,
	.read = mc_sites_read,
	.probe = mc_sites_probe,
	.close = mc_sites_close };
