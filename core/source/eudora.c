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
	char kind; /* S: Eudora's own mailbox, M: one made by the user, F: a
		    * directory */
};

/* A directory being read. */
struct level {
	struct mc_site_dir at;
	struct mc_buf map;
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
	out->kind = commas[1] + 1 < line.n ? line.p[commas[1] + 1] : ' ';
	return out->title.n > 0;
}

static bool find_entry(
	const struct level *level, const char *name, struct entry *out)
{
	struct mc_span rest = mc_buf_span(&level->map);

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

static MC_RC walk(struct mc_sites *sites, const struct mc_site_dir *at,
	struct mc_error *err);

static MC_RC add_box(struct mc_sites *sites, const struct level *level,
	const char *name, const char *path, const char *folder,
	struct mc_error *err)
{
	enum mc_special special =
		*level->at.folder ? MC_SPECIAL_NONE : special_of(name);
	enum mc_rc rc = mc_sites_add_mbox(sites, path,
		special == MC_SPECIAL_INBOX ? "INBOX" : folder, err);

	if (rc == MC_OK)
		sites->list[sites->n - 1].special = special;
	return rc < 0 ? rc : MC_OK;
}

static MC_RC add_name(struct mc_sites *sites, const struct level *level,
	const struct mc_name *name, struct mc_error *err)
{
	bool nested = name->type == S_IFDIR;
	struct mc_site_dir below = { .depth = level->at.depth + 1 };
	struct entry entry;
	char *folder = NULL;
	char *label = NULL;
	char *path = NULL;
	enum mc_rc rc;

	if (!mc_site_ends(name->text, nested ? ".fol" : ".mbx"))
		return MC_OK;
	rc = label_of(&label,
		find_entry(level, name->text, &entry) ? &entry : NULL,
		name->text, err);
	if (rc == MC_OK)
		rc = mc_site_join(&folder, level->at.folder, label, err);
	if (rc == MC_OK)
		rc = mc_site_join(&path, level->at.path, name->text, err);
	below.path = path;
	below.folder = folder;
	if (rc == MC_OK)
		rc = nested ? walk(sites, &below, err)
			    : add_box(sites, level, name->text, path, folder,
				      err);
	free(folder);
	free(label);
	free(path);
	return rc;
}

static MC_RC walk(struct mc_sites *sites, const struct mc_site_dir *at,
	struct mc_error *err)
{
	struct level level = { .at = *at };
	struct mc_error ignored;
	struct mc_dir dir;
	enum mc_rc rc = mc_sites_enter(sites, at, &dir, err);

	mc_buf_init(&level.map, DESCMAP_MAX);
	if (rc == MC_OK && mc_input_slurp(&level.map, at->path, "descmap.pce",
				   &ignored) != MC_OK)
		mc_buf_clear(&level.map);
	for (size_t i = 0; rc == MC_OK && i < dir.n; i++)
		rc = add_name(sites, &level, &dir.names[i], err);
	mc_buf_dispose(&level.map);
	mc_dir_dispose(&dir);
	return rc < 0 ? rc : MC_OK;
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
	const struct mc_site_dir top = { path, "", 0 };
	enum mc_rc rc;

	if (!mc_site_is_dir(path))
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no mail of Eudora's: it is no directory",
			path);
	rc = walk(sites, &top, err);
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
