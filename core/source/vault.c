/* SPDX-License-Identifier: MIT
 * vault: what Google Vault exports: mail in mbox files, and what labels it had
 * in an XML file beside them.  The From_ line names the message there:
 *
 *	From 1630926631156851975-69497506-4572.mbox@xxx Tue Apr 16 ...
 *
 *	<Document ...>
 *	 <Tag TagName='Labels' TagDataType='Text' TagValue='^INBOX,ubuntu'/>
 *	 <ExternalFile FileName='1630926631156851975-69497506-4572.mbox' .../>
 *	</Document>
 */
#include <search.h>

#include "base/limits.h"
#include "msg/dress.h"
#include "source/dir.h"
#include "source/input.h"
#include "source/mbox_tree.h"
#include "source/program.h"

enum {
	TAG_MAX = 64 * 1024, /* one XML tag */
	/* Messages of one export whose labels are held in memory. */
	MESSAGES_MAX = 4 * 1000 * 1000,
};

/* A message of the export. */
struct known {
	char *name; /* "1630926631156851975-69497506-4572.mbox" */
	char *labels;
};

struct labels {
	void *tree; /* tsearch: struct known */
	size_t n;
	char *pending; /* labels of the document in hand */
	struct mc_buf words;
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct known *)a)->name,
		((const struct known *)b)->name);
}

static void free_known(void *node)
{
	struct known *known = node;

	free(known->name);
	free(known->labels);
	free(known);
}

/* --- the XML file ----------------------------------------------------- */

/* Writes c, or the character that an entity stands for, to *to; returns how
 * many octets of s that took. */
static size_t decode_one(struct mc_span s, char *to)
{
	static const struct {
		const char *name;
		char c;
	} entities[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
		{ "&quot;", '"' }, { "&apos;", '\'' }, { "&#39;", '\'' },
		{ "&#34;", '"' } };

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (mc_span_starts(s, mc_span_str(entities[i].name))) {
			*to = entities[i].c;
			return strlen(entities[i].name);
		}
	}
	*to = s.p[0];
	return 1;
}

/* The attribute's value, decoded; yours.  MC_DONE: the tag has none. */
static MC_RC attribute(
	char **out, struct mc_span tag, const char *name, struct mc_error *err)
{
	struct mc_span wanted = mc_span_str(name);
	size_t n = 0;

	for (; tag.n > wanted.n + 2; tag = mc_span_from(tag, 1)) {
		char quote = tag.p[wanted.n + 1];
		struct mc_span value = mc_span_from(tag, wanted.n + 2);

		if (!mc_span_starts(tag, wanted) || tag.p[wanted.n] != '=' ||
			(quote != '\'' && quote != '"'))
			continue;
		value = mc_span_head(value, mc_span_index(value, quote));
		*out = malloc(value.n + 1);
		if (!*out)
			return mc_fail_memory(err);
		while (value.n > 0)
			value = mc_span_from(
				value, decode_one(value, &(*out)[n++]));
		(*out)[n] = '\0';
		return MC_OK;
	}
	return MC_DONE;
}

/* Takes *name and *labels, whatever comes of them. */
static MC_RC put_known(
	struct labels *l, char *name, char *labels, struct mc_error *err)
{
	struct known *known = malloc(sizeof(*known));
	void *node;

	if (!known) {
		free(name);
		free(labels);
		return mc_fail_memory(err);
	}
	*known = (struct known){ name, labels };
	node = l->n < MESSAGES_MAX ? tsearch(known, &l->tree, compare) : known;
	if (node && *(struct known **)node == known) {
		l->n++;
		return MC_OK;
	}
	free_known(known);
	return node ? MC_OK : mc_fail_memory(err);
}

static MC_RC take_labels(
	struct labels *l, struct mc_span tag, struct mc_error *err)
{
	char *name = NULL;
	enum mc_rc rc = attribute(&name, tag, " TagName", err);

	if (rc == MC_OK && strcmp(name, "Labels") == 0) {
		free(l->pending);
		l->pending = NULL;
		rc = attribute(&l->pending, tag, " TagValue", err);
	}
	free(name);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC take_file(
	struct labels *l, struct mc_span tag, struct mc_error *err)
{
	char *labels = l->pending;
	char *name = NULL;
	enum mc_rc rc;

	if (!labels)
		return MC_OK;
	rc = attribute(&name, tag, " FileName", err);
	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	l->pending = NULL;
	return put_known(l, name, labels, err);
}

/* What stands between '<' and '>'. */
static MC_RC take_tag(
	struct labels *l, struct mc_span tag, struct mc_error *err)
{
	if (mc_span_starts(tag, MC_SPAN("Document ")) ||
		mc_span_starts(tag, MC_SPAN("/Document"))) {
		free(l->pending);
		l->pending = NULL;
		return MC_OK;
	}
	if (mc_span_starts(tag, MC_SPAN("Tag ")))
		return take_labels(l, tag, err);
	if (mc_span_starts(tag, MC_SPAN("ExternalFile ")))
		return take_file(l, tag, err);
	return MC_OK;
}

/* Where in a tag, outside of a value, '>' may end it. */
struct lexer {
	struct mc_buf tag;
	bool inside;
	char quote; /* of the value in hand; '\0': none */
};

static MC_RC take_octet(
	struct labels *l, struct lexer *x, char c, struct mc_error *err)
{
	enum mc_rc rc;

	if (!x->inside) {
		x->inside = c == '<';
		x->quote = '\0';
		mc_buf_clear(&x->tag);
		return MC_OK;
	}
	if (c == '>' && !x->quote) {
		x->inside = false;
		return take_tag(l, mc_buf_span(&x->tag), err);
	}
	if (x->quote ? c == x->quote : c == '\'' || c == '"')
		x->quote = (char)(x->quote ? '\0' : c);
	if (x->tag.len == x->tag.max) /* a DocID may be long: not this one */
		return MC_OK;
	rc = mc_buf_putc(&x->tag, c, err);
	return rc;
}

static MC_RC read_xml(
	struct labels *l, struct mc_input *in, struct mc_error *err)
{
	struct lexer x = { .inside = false };
	char chunk[16 * 1024];
	size_t got = 1;
	enum mc_rc rc = MC_OK;

	mc_buf_init(&x.tag, TAG_MAX);
	while (rc == MC_OK && got > 0) {
		rc = mc_input_read(in, chunk, sizeof(chunk), &got, err);
		for (size_t i = 0; rc == MC_OK && i < got; i++)
			rc = take_octet(l, &x, chunk[i], err);
	}
	mc_buf_dispose(&x.tag);
	return rc;
}

static bool is_metadata(const char *name)
{
	return mc_site_ends(name, "metadata.xml");
}

/* Of an export's directory, or one of its files; yours.  NULL: no memory. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (mc_site_is_dir(path))
		return strdup(path);
	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static MC_RC read_metadata(struct labels *l, const char *directory,
	const struct mc_dir *dir, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < dir->n; i++) {
		struct mc_input *in = NULL;
		char *path = NULL;

		if (!is_metadata(dir->names[i].text))
			continue;
		rc = mc_site_join(&path, directory, dir->names[i].text, err);
		if (rc == MC_OK)
			rc = mc_input_open(&in, path, MC_RUN, err);
		if (rc == MC_OK)
			rc = read_xml(l, in, err);
		mc_input_close(in);
		free(path);
	}
	return rc;
}

static void end(void *to)
{
	struct labels *l = to;

	if (!l)
		return;
	tdestroy(l->tree, free_known);
	free(l->pending);
	mc_buf_dispose(&l->words);
	free(l);
}

static MC_RC begin(void **to, const char *path, struct mc_error *err)
{
	struct labels *l = calloc(1, sizeof(*l));
	struct mc_dir dir = { 0 };
	char *directory;
	enum mc_rc rc;

	*to = l;
	if (!l)
		return mc_fail_memory(err);
	mc_buf_init(&l->words, MC_WORDS_MAX);
	directory = directory_of(path);
	rc = directory ? mc_dir_read(&dir, directory, err)
		       : mc_fail_memory(err);
	if (rc == MC_OK)
		rc = read_metadata(l, directory, &dir, err);
	mc_dir_dispose(&dir);
	free(directory);
	if (rc < 0)
		err->scope = MC_RUN;
	return rc;
}

/* --- messages --------------------------------------------------------- */

/* The name in a From_ line: between "From " and "@". */
static struct mc_span name_of(struct mc_span wrap)
{
	struct mc_span payload;
	struct mc_error ignored;
	char kind;

	while (mc_dress_next(&wrap, &kind, &payload, &ignored) == MC_OK) {
		if (kind != 'F' || !mc_span_starts(payload, MC_SPAN("From ")))
			continue;
		payload = mc_span_from(payload, 5);
		return mc_span_head(payload, mc_span_index(payload, '@'));
	}
	return (struct mc_span){ NULL, 0 };
}

/* MC_DONE: nothing is known of it. */
static MC_RC find_labels(struct labels *l, const struct mc_item *item,
	const char **out, struct mc_error *err)
{
	struct known wanted = { .name = NULL };
	void *node;
	enum mc_rc rc = mc_strdup(&wanted.name, name_of(item->wrap), err);

	if (rc < 0)
		return rc;
	node = tfind(&wanted, &l->tree, compare);
	free(wanted.name);
	if (!node)
		return MC_DONE;
	*out = (*(struct known **)node)->labels;
	return MC_OK;
}

/* A label as Gmail's IMAP has it; its states, "^UNREAD", begin with a '^'. */
static MC_RC put_label(struct labels *l, struct mc_span label, bool *unread,
	struct mc_error *err)
{
	static const struct {
		struct mc_span vault;
		struct mc_span imap;
	} table[] = {
		{ { "^INBOX", 6 }, { "\\Inbox", 6 } },
		{ { "^SENT", 5 }, { "\\Sent", 5 } },
		{ { "^DRAFT", 6 }, { "\\Draft", 6 } },
		{ { "^DRAFTS", 7 }, { "\\Draft", 6 } },
		{ { "^SPAM", 5 }, { "\\Junk", 5 } },
		{ { "^TRASH", 6 }, { "\\Trash", 6 } },
		{ { "^DELETED", 8 }, { "\\Trash", 6 } },
		{ { "^STARRED", 8 }, { "\\Starred", 8 } },
		{ { "^IMPORTANT", 10 }, { "\\Important", 10 } },
	};

	label = mc_span_trim(label);
	if (label.n == 0 || label.p[0] != '^')
		return mc_words_add(&l->words, label, err);
	if (mc_span_ieq(label, MC_SPAN("^UNREAD")))
		*unread = true;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (mc_span_ieq(label, table[i].vault))
			return mc_words_add(&l->words, table[i].imap, err);
	}
	return MC_OK;
}

static MC_RC mend(void *to, struct mc_item *item, struct mc_error *err)
{
	struct labels *l = to;
	const char *labels = NULL;
	struct mc_span rest;
	bool unread = false;
	enum mc_rc rc = find_labels(l, item, &labels, err);

	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	mc_buf_clear(&l->words);
	for (rest = mc_span_str(labels); rc == MC_OK && rest.n > 0;) {
		size_t n = mc_span_index(rest, ',');

		rc = put_label(l, mc_span_head(rest, n), &unread, err);
		rest = mc_span_from(rest, n + 1);
	}
	item->labels = (struct mc_words){ l->words.data, l->words.len };
	item->told_labels = true;
	if (!unread)
		item->flags |= MC_SEEN;
	return rc;
}

/* --- the driver ------------------------------------------------------- */

/* "From 1630926631156851975-69497506-...mbox@xxx " */
static bool is_export(const char *path)
{
	static const struct mc_span mark = { ".mbox@xxx", 9 };
	struct mc_input *in = NULL;
	struct mc_error ignored;
	struct mc_span line;
	char head[256];
	size_t got = 0;

	if (mc_input_open(&in, path, MC_FOLDER, &ignored) < 0 ||
		mc_input_read(in, head, sizeof(head), &got, &ignored) < 0)
		got = 0;
	mc_input_close(in);
	line = (struct mc_span){ head, got };
	if (!mc_span_starts(line, MC_SPAN("From ")))
		return false;
	line = mc_span_from(line, 5);
	line = mc_span_head(line, mc_span_index(line, ' '));
	return line.n > mark.n &&
	       mc_span_eq(mc_span_from(line, line.n - mark.n), mark);
}

static bool tells_metadata(const char *directory, const struct mc_name *name)
{
	(void)directory;
	return is_metadata(name->text);
}

static bool is_export_in(const char *directory, const struct mc_name *name)
{
	struct mc_error ignored;
	char *file = NULL;
	bool found =
		mc_site_ends(name->text, ".mbox") &&
		mc_site_join(&file, directory, name->text, &ignored) == MC_OK &&
		is_export(file);

	free(file);
	return found;
}

/* Is there a metadata file in the directory of path, and mail of it? */
bool mc_vault_is(const char *path)
{
	char *directory = directory_of(path);
	bool found = directory && mc_site_has_sign(directory, tells_metadata);

	if (found)
		found = mc_site_is_dir(path)
				? mc_site_has_sign(path, is_export_in)
				: is_export(path);
	free(directory);
	return found;
}

static MC_RC add_file(
	struct mc_sites *sites, const char *path, struct mc_error *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = NULL;
	enum mc_rc rc;

	rc = mc_mbox_label(&folder, slash ? slash + 1 : path, false, err);
	if (rc == MC_OK)
		rc = mc_sites_add_mbox(sites, path, folder, err);
	free(folder);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC find(
	struct mc_sites *sites, const char *path, struct mc_error *err)
{
	struct mc_dir dir = { 0 };
	enum mc_rc rc;

	if (!mc_site_is_dir(path))
		return add_file(sites, path, err);
	rc = mc_dir_read(&dir, path, err);
	for (size_t i = 0; rc == MC_OK && i < dir.n; i++) {
		char *file = NULL;

		if (!mc_site_ends(dir.names[i].text, ".mbox"))
			continue;
		rc = mc_site_join(&file, path, dir.names[i].text, err);
		if (rc == MC_OK)
			rc = add_file(sites, file, err);
		free(file);
	}
	mc_dir_dispose(&dir);
	if (rc < 0)
		err->scope = MC_RUN;
	return rc;
}

static const struct mc_program vault = { .title = "Google Vault's export",
	.find = find,
	.begin = begin,
	.mend = mend,
	.end = end,
	.labelled = true };

static MC_RC open_export(struct mc_source **out,
	const struct mc_source_conf *conf, struct mc_error *err)
{
	return mc_sites_open(out, conf, &vault, err);
}

const struct mc_source_ops mc_source_vault = { .kind = "vault",
	.open = open_export,
	.read = mc_sites_read,
	.probe = mc_sites_probe,
	.close = mc_sites_close };
