/* SPDX-License-Identifier: MIT */
#include "source/emlx.h"

#include "base/text.h"
#include "source/files.h"
#include "source/input.h"
#include "source/partial.h"
#include "source/plist.h"
#include "source/site.h"

enum {
	COUNT_MAX = 32,        /* octets of the first line */
	PLIST_MAX = 64 * 1024, /* of a property list; real ones: 2 KiB */
	SUB_MAX = 200,         /* <uuid>/Data/3/2/1: a digit a level */
};

static bool ends_with(struct mc_span s, struct mc_span end)
{
	return s.n > end.n && mc_span_ieq(mc_span_from(s, s.n - end.n), end);
}

bool mc_emlx_is(const char *name)
{
	return name[0] != '.' && ends_with(mc_span_str(name), MC_SPAN(".emlx"));
}

bool mc_emlx_is_exported(const char *path)
{
	return ends_with(mc_span_str(path), MC_SPAN(".mbox/mbox"));
}

static bool is_partial(const char *name)
{
	return ends_with(mc_span_str(name), MC_SPAN(".partial.emlx"));
}

/* --- the file --------------------------------------------------------- */

/* "2945     \n": how many octets follow; the line's own are *line.  False: it
 * is no such line. */
static bool parse_count(struct mc_span head, int64_t *count, size_t *line)
{
	size_t n = mc_span_index(head, '\n');

	*line = n + 1;
	return n < head.n &&
	       mc_text_decimal(mc_span_trim(mc_span_head(head, n)),
		       INT64_MAX / 2, count);
}

/* How a file is divided, without reading its message. */
struct extent {
	int64_t told;          /* octets, by its first line */
	int64_t octets;        /* of the message, by all there is to see */
	char plist[PLIST_MAX]; /* the property list */
	size_t plist_n;
};

static bool begins_plist(struct mc_span s)
{
	struct mc_span rest = mc_span_from(s, mc_span_index(s, '\n') + 1);

	return mc_span_starts(s, MC_SPAN("<?xml")) &&
	       mc_span_starts(rest, MC_SPAN("<!DOCTYPE plist"));
}

/* The first line counts wrongly: the message ends where the last property list
 * begins, if there is one. */
static MC_RC find_plist(struct extent *x, struct mc_input *in, size_t line,
	struct mc_error *err)
{
	int64_t size = mc_input_octets(in);
	int64_t from = size > PLIST_MAX ? size - PLIST_MAX : 0;
	size_t n = 0;
	size_t at;
	enum mc_rc rc =
		mc_input_peek(in, from, x->plist, sizeof(x->plist), &n, err);

	x->plist_n = 0;
	if (rc < 0)
		return rc;
	for (at = n; at > 0; at--) {
		struct mc_span rest = { x->plist + at - 1, n - at + 1 };

		if (rest.p[0] == '<' && begins_plist(rest))
			break;
	}
	if (at == 0 || from + (int64_t)at - 1 < (int64_t)line)
		return MC_OK;
	x->octets = from + (int64_t)at - 1 - (int64_t)line;
	x->plist_n = n - at + 1;
	memmove(x->plist, x->plist + at - 1, x->plist_n);
	return MC_OK;
}

/* MC_DONE: its first line is no count.  Fails: EIO. */
static MC_RC measure(
	struct extent *x, struct mc_input *in, struct mc_error *err)
{
	char head[COUNT_MAX];
	size_t line;
	size_t got = 0;
	enum mc_rc rc;

	x->plist_n = 0;
	if (!mc_input_seeks(in))
		return MC_DONE;
	rc = mc_input_peek(in, 0, head, sizeof(head), &got, err);
	if (rc < 0)
		return rc;
	if (!parse_count((struct mc_span){ head, got }, &x->told, &line))
		return MC_DONE;
	x->octets = x->told;
	rc = mc_input_peek(in, x->told + (int64_t)line, x->plist,
		sizeof(x->plist), &x->plist_n, err);
	if (rc == MC_OK &&
		!mc_span_starts((struct mc_span){ x->plist, x->plist_n },
			MC_SPAN("<?xml")))
		rc = find_plist(x, in, line, err);
	return rc;
}

/* The message of a file: what its first line counts. */
struct filter {
	struct mc_filter filter;
	struct mc_sink *sink;
	const char *path;
	const struct mc_monitor *monitor;
	struct mc_partial *partial; /* or NULL */
	char *attachments;          /* directory */
	char head[COUNT_MAX];
	size_t head_n;
	bool counted;
	int64_t octets; /* of the message; -1: as the first line says */
	int64_t left;
};

static struct filter *filter_of(struct mc_filter *filter)
{
	return (struct filter *)(void *)filter;
}

static MC_RC put_message(
	struct filter *f, struct mc_span octets, struct mc_error *err)
{
	octets = mc_span_head(octets,
		f->left < (int64_t)octets.n ? (size_t)f->left : octets.n);
	f->left -= (int64_t)octets.n;
	if (octets.n == 0)
		return MC_OK;
	return f->partial ? mc_partial_bytes(f->partial, octets, err)
			  : f->sink->put(f->sink, octets, err);
}

/* The first line, which may come in pieces, off the front of *octets. */
static void take_count(struct filter *f, struct mc_span *octets)
{
	while (octets->n > 0 && f->head_n < sizeof(f->head) && !f->counted) {
		size_t line;

		f->head[f->head_n++] = octets->p[0];
		*octets = mc_span_from(*octets, 1);
		f->counted = parse_count((struct mc_span){ f->head, f->head_n },
			&f->left, &line);
		if (!f->counted && f->head[f->head_n - 1] == '\n')
			f->head_n = sizeof(f->head);
	}
	if (f->counted && f->octets >= 0)
		f->left = f->octets;
}

static MC_RC filter_put(
	struct mc_filter *filter, struct mc_span octets, struct mc_error *err)
{
	struct filter *f = filter_of(filter);

	if (!f->counted)
		take_count(f, &octets);
	return f->counted ? put_message(f, octets, err) : MC_OK;
}

static MC_RC end_partial(struct filter *f, struct mc_error *err)
{
	int missing = 0;
	int inexact = 0;
	enum mc_rc rc = mc_partial_end(f->partial, &missing, &inexact, err);

	if (missing > 0)
		mc_note(f->monitor,
			"'%s': %d attachments were never downloaded; the "
			"message is kept without",
			f->path, missing);
	if (inexact > 0)
		mc_note(f->monitor,
			"'%s': %d attachments are not as long as they were in "
			"the message",
			f->path, inexact);
	return rc;
}

static MC_RC filter_end(
	struct mc_filter *filter, struct mc_error *why, struct mc_error *err)
{
	struct filter *f = filter_of(filter);

	if (!f->counted)
		mc_fail(why, MC_EINPUT, MC_MESSAGE, 0,
			"it is no message of Apple Mail: its first line is no "
			"number");
	else if (f->left > 0)
		mc_fail(why, MC_EINPUT, MC_MESSAGE, 0,
			"it is cut: %lld octets of the message are missing",
			(long long)f->left);
	return f->partial ? end_partial(f, err) : MC_OK;
}

static void filter_free(struct mc_filter *filter)
{
	struct filter *f = filter_of(filter);

	mc_partial_free(f->partial);
	free(f->attachments);
	free(f);
}

/* ".../Messages/12.partial.emlx": ".../Attachments/12"; of a file that lies in
 * no Messages likewise beside it.  Yours. */
static MC_RC attachments_of(char **out, const char *path, struct mc_error *err)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	int id = (int)strcspn(base, ".");
	int above = (int)(base - path);

	if (asprintf(out, "%.*s../Attachments/%.*s", above, path, id, base) < 0)
		return mc_fail_memory(err);
	if (mc_site_is_dir(*out))
		return MC_OK;
	free(*out);
	if (asprintf(out, "%.*sAttachments/%.*s", above, path, id, base) < 0)
		return mc_fail_memory(err);
	return MC_OK;
}

/* Where the message ends, if its first line is wrong about that.  What cannot
 * be read is told by who reads it. */
static MC_RC look(struct filter *f, struct mc_error *err)
{
	struct extent *x = malloc(sizeof(*x));
	struct mc_input *in = NULL;
	struct mc_error ignored;

	f->octets = -1;
	if (!x)
		return mc_fail_memory(err);
	if (mc_input_open(&in, f->path, MC_MESSAGE, &ignored) == MC_OK &&
		measure(x, in, &ignored) == MC_OK && x->octets != x->told) {
		f->octets = x->octets;
		mc_note(f->monitor,
			"'%s': its first line counts %lld octets, but the "
			"message has %lld",
			f->path, (long long)x->told, (long long)x->octets);
	}
	mc_input_close(in);
	free(x);
	return MC_OK;
}

static MC_RC open_filter(struct mc_filter **out, const char *path,
	struct mc_sink *sink, const struct mc_monitor *monitor,
	struct mc_error *err)
{
	struct filter *f = calloc(1, sizeof(*f));
	enum mc_rc rc = MC_OK;

	*out = NULL;
	if (!f)
		return mc_fail_memory(err);
	f->filter = (struct mc_filter){ filter_put, filter_end, filter_free };
	f->sink = sink;
	f->path = path;
	f->monitor = monitor;
	*out = &f->filter;
	rc = look(f, err);
	if (rc == MC_OK && is_partial(path))
		rc = attachments_of(&f->attachments, path, err);
	if (rc == MC_OK && f->attachments)
		rc = mc_partial_new(&f->partial, f->attachments, sink, err);
	if (rc < 0) {
		filter_free(&f->filter);
		*out = NULL;
	}
	return rc;
}

/* --- the folder ------------------------------------------------------- */

static MC_RC add(struct mc_listing *listing, const char *sub,
	const struct mc_name *name, struct mc_error *err)
{
	size_t digits = strspn(name->text, "0123456789");
	struct mc_post post = { 0 };

	if (digits > 0 && name->text[digits] == '.')
		post.key_n = digits;
	if (!mc_text_decimal(mc_span_head(mc_span_str(name->text), digits),
		    INT64_MAX, &post.order))
		post.order = 0;
	return mc_listing_add(listing, sub, name, &post, err);
}

static bool is_digit_name(const char *name)
{
	return name[0] >= '0' && name[0] <= '9' && name[1] == '\0';
}

/* Directories of a folder that are still to be read, from its own. */
struct subs {
	char **list;
	size_t n;
	void *met;
};

/* Takes sub. */
static MC_RC push(struct subs *subs, char *sub, struct mc_error *err)
{
	char **list = reallocarray(subs->list, subs->n + 1, sizeof(*list));

	if (!list) {
		free(sub);
		return mc_fail_memory(err);
	}
	subs->list = list;
	list[subs->n++] = sub;
	return MC_OK;
}

/* A directory among a folder's: more of its messages, or of no concern. */
static MC_RC push_directory(struct subs *subs, const struct mc_listing *listing,
	const char *sub, const char *name, struct mc_error *err)
{
	char *below = NULL;
	char *path = NULL;
	bool ours =
		strcmp(name, "Messages") == 0 || (*sub && is_digit_name(name));
	enum mc_rc rc = mc_site_join(&below, sub, name, err);

	if (rc == MC_OK && !ours && !*sub) {
		rc = mc_site_join(&path, listing->path, name, err);
		if (rc == MC_OK && mc_site_has_dir(path, "Data")) {
			free(below);
			rc = mc_site_join(&below, name, "Data", err);
			ours = true;
		}
		free(path);
	}
	if (rc == MC_OK && ours && strlen(below) < SUB_MAX)
		return push(subs, below, err);
	free(below);
	return rc;
}

static MC_RC collect(struct mc_listing *listing, struct subs *subs,
	const char *sub, struct mc_error *err)
{
	struct mc_names *names = NULL;
	struct mc_name name;
	char *path = NULL;
	bool loops;
	enum mc_rc rc;

	if (asprintf(&path, "%s%s%s", listing->path, *sub ? "/" : "", sub) < 0)
		return mc_fail_memory(err);
	rc = mc_dir_visit(&subs->met, path, &loops, err);
	if (rc == MC_OK)
		rc = mc_names_open(&names, path, err);
	while (rc == MC_OK) {
		rc = mc_names_next(names, &name, err);
		if (rc == MC_OK && name.type == S_IFDIR)
			rc = push_directory(subs, listing, sub, name.text, err);
		else if (rc == MC_OK && mc_emlx_is(name.text))
			rc = add(listing, sub, &name, err);
	}
	mc_names_close(names);
	free(path);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC list(struct mc_listing *listing, struct mc_names *names,
	struct mc_error *err)
{
	struct subs subs = { 0 };
	enum mc_rc rc;

	(void)names;
	listing->is_folder = true;
	rc = collect(listing, &subs, "", err);
	while (rc == MC_OK && subs.n > 0) {
		char *sub = subs.list[--subs.n];

		rc = collect(listing, &subs, sub, err);
		free(sub);
	}
	while (subs.n > 0)
		free(subs.list[--subs.n]);
	free(subs.list);
	mc_dir_forget(subs.met);
	return rc;
}

static bool is_sign(const char *path, const struct mc_name *name)
{
	struct mc_error ignored;
	char *below = NULL;
	bool found;

	if (name->type != S_IFDIR)
		return mc_emlx_is(name->text);
	if (strcmp(name->text, "Messages") == 0)
		return true;
	found = mc_site_join(&below, path, name->text, &ignored) == MC_OK &&
		mc_site_has_dir(below, "Data");
	free(below);
	return found;
}

bool mc_emlx_has(const char *path)
{
	return mc_site_has_sign(path, is_sign);
}

/* --- what is known of a message --------------------------------------- */

MC_RC mc_emlx_flags(int64_t bits, uint32_t *flags_out, struct mc_buf *keywords,
	struct mc_error *err)
{
	static const struct {
		int bit;
		enum mc_flag flag;
	} flags[] = {
		{ 0, MC_SEEN },
		{ 1, MC_DELETED },
		{ 2, MC_ANSWERED },
		{ 4, MC_FLAGGED },
		{ 6, MC_DRAFT },
		{ 8, MC_FORWARDED },
	};
	static const struct {
		int bit;
		const char *keyword;
	} words[] = { { 9, "$Redirected" }, { 24, "$Junk" },
		{ 25, "$NotJunk" } };
	enum mc_rc rc = MC_OK;

	*flags_out = 0;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if ((uint64_t)bits >> flags[i].bit & 1)
			*flags_out |= flags[i].flag;
	}
	for (size_t i = 0; rc == MC_OK && i < sizeof(words) / sizeof(words[0]);
		i++) {
		if ((uint64_t)bits >> words[i].bit & 1)
			rc = mc_words_add(
				keywords, mc_span_str(words[i].keyword), err);
	}
	return rc;
}

/* Octets of the attachments that lie beside a message, two levels down. */
static int64_t octets_beside(const char *directory)
{
	struct mc_error ignored;
	struct mc_dir parts = { 0 };
	int64_t octets = 0;

	if (mc_dir_read(&parts, directory, &ignored) < 0)
		parts.n = 0;
	for (size_t i = 0; i < parts.n; i++) {
		struct mc_dir files = { 0 };
		char *path = NULL;

		if (parts.names[i].type != S_IFDIR ||
			mc_site_join(&path, directory, parts.names[i].text,
				&ignored) < 0)
			continue;
		if (mc_dir_read(&files, path, &ignored) < 0)
			files.n = 0;
		for (size_t k = 0; k < files.n; k++) {
			char *file = NULL;
			struct stat st;

			if (mc_site_join(&file, path, files.names[k].text,
				    &ignored) == MC_OK &&
				stat(file, &st) == 0 && S_ISREG(st.st_mode))
				octets += st.st_size;
			free(file);
		}
		mc_dir_dispose(&files);
		free(path);
	}
	mc_dir_dispose(&parts);
	return octets;
}

static MC_RC describe_file(
	const char *path, struct mc_post_facts *facts, struct mc_error *err)
{
	struct extent *x = malloc(sizeof(*x));
	struct mc_input *in = NULL;
	struct mc_error ignored;
	struct mc_span text;
	int64_t number;
	enum mc_rc rc = MC_OK;

	if (!x)
		return mc_fail_memory(err);
	/* What is wrong is told when it is to be read. */
	if (mc_input_open(&in, path, MC_MESSAGE, &ignored) < 0 ||
		measure(x, in, &ignored) != MC_OK)
		goto out;
	text = (struct mc_span){ x->plist, x->plist_n };
	if (mc_plist_number(text, "flags", &number))
		rc = mc_emlx_flags(
			number, &facts->flags, &facts->keywords, err);
	if (mc_plist_number(text, "date-received", &number) && number > 0)
		facts->date = (struct mc_date){ number, MC_DATE_SERVER };
out:
	mc_input_close(in);
	free(x);
	return rc;
}

static MC_RC describe(const struct mc_listing *listing,
	const struct mc_post *post, struct mc_post_facts *facts,
	struct mc_error *err)
{
	char *attachments = NULL;
	char *path = NULL;
	enum mc_rc rc = mc_site_join(&path, listing->path, post->name, err);

	if (rc == MC_OK)
		rc = describe_file(path, facts, err);
	if (rc == MC_OK && is_partial(path))
		rc = attachments_of(&attachments, path, err);
	if (rc == MC_OK && attachments)
		facts->beside = octets_beside(attachments);
	free(attachments);
	free(path);
	return rc;
}

static const struct mc_files_kind emlx = { .title = "folder of Apple Mail",
	.store = MC_STORE_WIRE,
	.stats = true,
	.lone = true,
	.list = list,
	.describe = describe,
	.filter = open_filter };

static MC_RC emlx_open(struct mc_source **out,
	const struct mc_source_conf *conf, struct mc_error *err)
{
	return mc_files_open(out, conf, &emlx, err);
}

const struct mc_source_ops mc_source_emlx = { .kind = "emlx",
	.open = emlx_open,
	.read = mc_files_read,
	.probe = mc_files_probe,
	.close = mc_files_close };
