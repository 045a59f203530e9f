/* SPDX-License-Identifier: MIT */
#include "source/files.h"

#include <inttypes.h>

#include "base/limits.h"
#include "base/text.h"
#include "source/count.h"
#include "source/input.h"
#include "source/label.h"
#include "source/listing.h"
#include "source/sniff.h"

/* What is passed over is named this often; more is counted. */
enum { PASSED_TOLD = 10 };

/* Read at a time. */
enum { CHUNK = 128 * 1024 };

/* A directory that waits to be read. */
struct pending {
	char *path;
	char *folder; /* of its messages */
	char *prefix; /* of the folders below; "" at the top */
	int depth;
};

/* Something counted, of which the first is named. */
struct tally {
	int64_t n;
	char first[256];
};

struct mc_source {
	struct mc_source_conf conf;
	const struct mc_files_kind *kind;
	char *root;
	char *lone; /* the only file to be read in root, or NULL */

	struct pending *stack;
	size_t n;
	size_t room;
	void *met;   /* directories */
	void *taken; /* folders' names */
	char *chunk; /* CHUNK octets */

	int64_t folders;
	int64_t passed;
	struct tally loose;
	struct tally misnamed;
	int64_t unfinished;
};

/* A folder being read. */
struct folder {
	struct mc_source *src;
	struct mc_receiver *rx;
	const struct pending *at;
	struct mc_listing listing;
	struct mc_post_facts facts;
	struct mc_folder told;
	char print[MC_LISTING_PRINT];
	size_t next; /* post */
};

static void count(struct tally *tally, const char *name)
{
	if (tally->n++ == 0)
		mc_text_escape(
			tally->first, sizeof(tally->first), mc_span_str(name));
}

static void tell_passed(void *arg, const char *path, const char *why)
{
	struct mc_source *src = arg;

	if (src->passed++ < PASSED_TOLD)
		mc_note(src->conf.monitor, "'%s' is passed over: %s", path,
			why);
}

static void tell_tallies(const struct mc_source *src)
{
	const struct mc_monitor *mon = src->conf.monitor;

	if (src->passed > PASSED_TOLD)
		mc_note(mon, "%" PRId64 " more below '%s' are passed over",
			src->passed - PASSED_TOLD, src->root);
	if (src->loose.n > 0)
		mc_note(mon,
			"messages that lie where a %s has none are read all "
			"the same: %" PRId64 ", the first is '%s'",
			src->kind->title, src->loose.n, src->loose.first);
	if (src->misnamed.n > 0)
		mc_note(mon,
			"names that are no UTF-8 are written with %%XX: "
			"%" PRId64 ", the first is '%s'",
			src->misnamed.n, src->misnamed.first);
	if (src->unfinished > 0)
		mc_note(mon,
			"deliveries that were never finished are not read: "
			"%" PRId64 " files in tmp",
			src->unfinished);
}

/* --- directories ------------------------------------------------------ */

static void dispose_pending(struct pending *pending)
{
	free(pending->path);
	free(pending->folder);
	free(pending->prefix);
	*pending = (struct pending){ 0 };
}

/* Takes *pending, whatever comes of it. */
static MC_RC push(
	struct mc_source *src, struct pending *pending, struct mc_error *err)
{
	if (src->n == src->room) {
		size_t more = src->room ? src->room * 2 : 64;
		struct pending *stack =
			realloc(src->stack, more * sizeof(*stack));

		if (!stack) {
			dispose_pending(pending);
			return mc_fail_memory(err);
		}
		src->stack = stack;
		src->room = more;
	}
	src->stack[src->n++] = *pending;
	return MC_OK;
}

static MC_RC push_below(struct mc_source *src, const struct pending *above,
	const struct mc_below *below, struct mc_error *err)
{
	struct pending pending = { .depth = above->depth + 1 };

	if (asprintf(&pending.path, "%s/%s", above->path, below->name) < 0)
		pending.path = NULL;
	if (asprintf(&pending.folder, "%s%s%s", above->prefix,
		    *above->prefix ? "/" : "", below->label) < 0)
		pending.folder = NULL;
	if (pending.folder)
		pending.prefix = strdup(pending.folder);
	if (!pending.path || !pending.prefix) {
		dispose_pending(&pending);
		return mc_fail_memory(err);
	}
	return push(src, &pending, err);
}

/* "inbox" for "/home/a/inbox/."; yours to free(). */
static MC_RC name_of_root(char **out, const char *root, struct mc_error *err)
{
	char *real = realpath(root, NULL);
	const char *base = real ? strrchr(real, '/') : NULL;
	enum mc_rc rc;

	rc = mc_label(
		out, mc_span_str(base && base[1] ? base + 1 : "Messages"), err);
	free(real);
	return rc;
}

static MC_RC push_root(struct mc_source *src, struct mc_error *err)
{
	struct pending pending = { 0 };
	enum mc_rc rc;

	if (src->kind->top)
		rc = mc_strdup(
			&pending.folder, mc_span_str(src->kind->top), err);
	else
		rc = name_of_root(&pending.folder, src->root, err);
	if (rc == MC_OK)
		rc = mc_strdup(&pending.path, mc_span_str(src->root), err);
	if (rc == MC_OK)
		rc = mc_strdup(&pending.prefix, MC_SPAN(""), err);
	if (rc == MC_OK)
		return push(src, &pending, err);
	dispose_pending(&pending);
	return rc;
}

/* A folder of which nothing can be read, for *why. */
static MC_RC unreadable(struct mc_source *src, struct mc_receiver *rx,
	const char *name, const struct mc_error *why, struct mc_error *err)
{
	struct mc_folder folder = { .fingerprint = "", .total = -1 };
	enum mc_rc rc;

	src->folders++;
	rc = mc_label_unique(&folder.path, &src->taken, name, err);
	if (rc == MC_OK)
		rc = rx->folder(rx, &folder, err);
	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	return rx->folder_end(rx, &folder, why, err);
}

/* MC_DONE: there is no need to enter it, or no way. */
static MC_RC enter(struct mc_source *src, struct mc_receiver *rx,
	const struct pending *at, struct mc_error *err)
{
	struct mc_error why = { .rc = MC_OK };
	struct stat st;
	bool loops;
	enum mc_rc rc;

	if (stat(at->path, &st) == 0 && !S_ISDIR(st.st_mode))
		rc = mc_fail(&why, MC_EINPUT, MC_FOLDER, 0,
			"'%s' cannot be mail: it is %s", at->path,
			mc_dir_oddity(st.st_mode & S_IFMT));
	else if (at->depth > MC_DEPTH_MAX)
		rc = mc_fail(&why, MC_ELIMIT, MC_FOLDER, 0,
			"'%s' is more than %d levels deep", at->path,
			MC_DEPTH_MAX);
	else
		rc = mc_dir_visit(&src->met, at->path, &loops, &why);
	if (rc == MC_OK)
		return MC_OK;
	if (rc == MC_DONE && !loops) {
		tell_passed(src, at->path,
			"this directory has been read under another name");
		return MC_DONE;
	}
	if (rc == MC_DONE)
		mc_fail(&why, MC_EINPUT, MC_FOLDER, 0,
			"'%s' is a link that loops", at->path);
	if (why.scope == MC_RUN) {
		*err = why;
		return why.rc;
	}
	rc = unreadable(src, rx, at->folder, &why, err);
	return rc < 0 ? rc : MC_DONE;
}

/* --- messages --------------------------------------------------------- */

static MC_RC path_of(char **out, const struct folder *f,
	const struct mc_post *post, struct mc_error *err)
{
	if (asprintf(out, "%s/%s", f->listing.path, post->name) < 0)
		return mc_fail_memory(err);
	return MC_OK;
}

/* Its key, UTF-8, yours to free(). */
static MC_RC key_of(char **out, struct folder *f, const struct mc_post *post,
	struct mc_error *err)
{
	struct mc_span key = { post->name + post->base, post->key_n };
	enum mc_rc rc;

	if (post->twin)
		key = mc_span_str(post->name);
	rc = mc_label(out, key, err);
	if (rc == MC_OK && !mc_utf8_valid(key))
		count(&f->src->misnamed, *out);
	return rc;
}

/* Everything but the key, from the file as it stands now.  A file that is not
 * there has no size and no time. */
static MC_RC describe(struct folder *f, const struct mc_post *post,
	const char *path, struct mc_item *item, struct mc_error *err)
{
	struct mc_post_facts *facts = &f->facts;
	struct stat st;
	enum mc_rc rc;

	mc_buf_clear(&facts->keywords);
	facts->flags = 0;
	facts->date = (struct mc_date){ MC_NO_TIME, MC_DATE_NONE };
	item->octets = -1;
	item->store = f->src->kind->store;
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
		item->octets = st.st_size;
		if (st.st_mtim.tv_sec > 0)
			facts->date = (struct mc_date){ st.st_mtim.tv_sec,
				MC_DATE_FILE };
	}
	rc = f->src->kind->describe(&f->listing, post, facts, err);
	item->date = facts->date;
	item->flags = facts->flags;
	item->keywords =
		(struct mc_words){ facts->keywords.data, facts->keywords.len };
	return rc;
}

/* The key's file under the name that it bears now: mail programs rename files
 * when flags change.  MC_DONE: it has none. */
static MC_RC find_renamed(struct folder *f, const char *key, char **path,
	struct mc_item *item, struct mc_error *err)
{
	struct mc_listing now;
	enum mc_rc rc;

	mc_listing_init(&now, f->listing.path);
	rc = mc_listing_make(&now, f->src->kind, err);
	for (size_t i = 0; rc == MC_OK && i < now.posts_n; i++) {
		const struct mc_post *post = &now.posts[i];

		if (post->twin || strlen(key) != post->key_n ||
			memcmp(post->name + post->base, key, post->key_n) != 0)
			continue;
		free(*path);
		*path = NULL;
		rc = path_of(path, f, post, err);
		if (rc == MC_OK)
			rc = describe(f, post, *path, item, err);
		goto out;
	}
	if (rc == MC_OK)
		rc = MC_DONE;
out:
	mc_listing_dispose(&now);
	return rc;
}

/* Opens a wanted message; what is wrong with the file goes to *why. */
static MC_RC open_message(struct folder *f, struct mc_item *item, char **path,
	struct mc_input **in, struct mc_error *why)
{
	enum mc_rc rc = mc_input_open(in, *path, MC_MESSAGE, why);
	struct mc_error later;

	if (rc != MC_ENOENT || why->sys != ENOENT)
		return rc;
	rc = find_renamed(f, item->key, path, item, &later);
	if (rc == MC_OK)
		return mc_input_open(in, *path, MC_MESSAGE, why);
	return why->rc;
}

/* The octets; what is wrong with the file goes to *why. */
static MC_RC stream(struct folder *f, struct mc_input *in, const char *path,
	struct mc_error *why, struct mc_error *err)
{
	const struct mc_monitor *mon = f->src->conf.monitor;
	struct mc_receiver *rx = f->rx;
	enum mc_rc rc = MC_OK;
	size_t got = 1;

	while (rc == MC_OK && why->rc == MC_OK && got > 0) {
		if (mc_cancel_is(mon->cancel, MC_CANCEL_NOW))
			return mc_fail_cancelled(err);
		if (mc_input_read(in, f->src->chunk, CHUNK, &got, why) < 0)
			mc_while(why, "'%s'", path);
		if (got > 0)
			rc = rx->bytes(rx,
				(struct mc_span){ f->src->chunk, got }, err);
	}
	if (why->rc == MC_OK && mc_input_changed(in))
		mc_fail(why, MC_EIO, MC_MESSAGE, 0,
			"'%s' changed while it was read; run the same command "
			"again",
			path);
	return rc;
}

static MC_RC read_wanted(struct folder *f, struct mc_item *item, char **path,
	struct mc_error *err)
{
	struct mc_error why = { .rc = MC_OK };
	struct mc_receiver *rx = f->rx;
	struct mc_input *in = NULL;
	enum mc_rc rc;

	if (open_message(f, item, path, &in, &why) < 0)
		return why.scope == MC_RUN ? (*err = why, why.rc)
					   : rx->end(rx, item, &why, err);
	rc = rx->begin(rx, item, err);
	if (rc == MC_OK)
		rc = stream(f, in, *path, &why, err);
	mc_input_close(in);
	if (rc < 0)
		return rc;
	return rx->end(rx, item, why.rc < 0 ? &why : NULL, err);
}

static MC_RC read_post(
	struct folder *f, const struct mc_post *post, struct mc_error *err)
{
	struct mc_item item = { 0 };
	char *path = NULL;
	char *key = NULL;
	enum mc_rc rc = path_of(&path, f, post, err);

	if (rc == MC_OK)
		rc = key_of(&key, f, post, err);
	if (rc == MC_OK) {
		item.key = key;
		rc = describe(f, post, path, &item, err);
	}
	if (rc == MC_OK)
		rc = f->rx->want(f->rx, &item, err);
	if (rc == MC_OK)
		rc = read_wanted(f, &item, &path, err);
	free(path);
	free(key);
	return rc < 0 ? rc : MC_OK;
}

/* --- folders ---------------------------------------------------------- */

/* MC_DONE: a doubtful file is none, or cannot be looked at, and is passed
 * over. */
static MC_RC settle_doubt(
	struct folder *f, const struct mc_post *post, struct mc_error *err)
{
	struct mc_error why = { .rc = MC_OK };
	bool is_message = false;
	char *path = NULL;
	enum mc_rc rc;

	if (!post->doubtful)
		return MC_OK;
	rc = path_of(&path, f, post, err);
	if (rc < 0)
		return rc;
	if (mc_sniff_file(path, &is_message, &why) < 0 && why.scope == MC_RUN) {
		*err = why;
		rc = why.rc;
	} else if (is_message) {
		count(&f->src->loose, path);
	} else {
		tell_passed(f->src, path,
			why.rc < 0 ? why.text : "it looks like no message");
		rc = MC_DONE;
	}
	free(path);
	return rc;
}

/* Moves on to the next post that is a message.  MC_DONE: there is none. */
static MC_RC next_message(struct folder *f, struct mc_error *err)
{
	for (; f->next < f->listing.posts_n; f->next++) {
		enum mc_rc rc =
			settle_doubt(f, &f->listing.posts[f->next], err);

		if (rc != MC_DONE)
			return rc;
	}
	return MC_DONE;
}

static MC_RC read_posts(struct folder *f, struct mc_error *err)
{
	const struct mc_monitor *mon = f->src->conf.monitor;
	enum mc_rc rc = MC_OK;

	/* The first has been moved to by who calls. */
	while (f->next < f->listing.posts_n) {
		if (mc_cancel_is(mon->cancel, MC_CANCEL_SOON))
			return mc_fail_cancelled(err);
		rc = read_post(f, &f->listing.posts[f->next++], err);
		if (rc == MC_OK)
			rc = next_message(f, err);
		if (rc < 0)
			return rc;
	}
	return MC_OK;
}

static MC_RC list(
	struct mc_source *src, struct mc_listing *listing, struct mc_error *err)
{
	struct mc_name lone = { .text = src->lone, .type = S_IFREG };

	if (src->lone)
		return mc_listing_add(listing, "", &lone, NULL, err);
	return mc_listing_make(listing, src->kind, err);
}

/* The folder's fingerprint as it stands now; "": it cannot be told. */
static MC_RC print_again(struct folder *f, struct mc_error *err)
{
	struct mc_listing now;
	enum mc_rc rc;

	mc_listing_init(&now, f->listing.path);
	rc = list(f->src, &now, err);
	if (rc == MC_OK)
		mc_listing_print(&now, f->src->kind, f->print);
	else
		f->print[0] = '\0';
	mc_listing_dispose(&now);
	return rc < 0 && err->scope == MC_RUN ? rc : MC_OK;
}

static MC_RC tell_folder(struct folder *f, struct mc_error *err)
{
	struct mc_source *src = f->src;
	enum mc_rc rc;

	src->folders++;
	rc = mc_label_unique(&f->told.path, &src->taken, f->at->folder, err);
	if (rc < 0)
		return rc;
	if (src->kind->top && !*f->at->prefix)
		f->told.special = MC_SPECIAL_INBOX;
	mc_listing_print(&f->listing, src->kind, f->print);
	f->told.fingerprint = f->print;
	f->told.total = (int64_t)f->listing.posts_n;
	return f->rx->folder(f->rx, &f->told, err);
}

static MC_RC read_listed(struct folder *f, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (!f->listing.is_folder)
		rc = next_message(f, err);
	if (rc == MC_OK)
		rc = tell_folder(f, err);
	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	if (f->listing.is_folder)
		rc = next_message(f, err);
	if (rc >= 0)
		rc = read_posts(f, err);
	if (rc == MC_OK)
		rc = print_again(f, err);
	if (rc == MC_OK)
		rc = f->rx->folder_end(f->rx, &f->told, NULL, err);
	return rc;
}

static MC_RC push_all_below(struct folder *f, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (f->src->lone)
		return MC_OK;
	for (size_t i = f->listing.below_n; i > 0 && rc == MC_OK; i--)
		rc = push_below(f->src, f->at, &f->listing.below[i - 1], err);
	return rc;
}

static MC_RC read_directory(struct mc_source *src, struct mc_receiver *rx,
	const struct pending *at, struct mc_error *err)
{
	struct folder f = { .src = src, .rx = rx, .at = at };
	struct mc_error why = { .rc = MC_OK };
	enum mc_rc rc;

	mc_buf_init(&f.facts.keywords, MC_WORDS_MAX);
	mc_listing_init(&f.listing, at->path);
	f.listing.passed = src->lone ? NULL : tell_passed;
	f.listing.arg = src;
	rc = list(src, &f.listing, &why);
	src->unfinished += f.listing.unfinished;
	if (rc < 0 && why.scope == MC_RUN)
		*err = why;
	else if (rc < 0)
		rc = unreadable(src, rx, at->folder, &why, err);
	else
		rc = push_all_below(&f, err);
	if (rc == MC_OK && why.rc == MC_OK)
		rc = read_listed(&f, err);
	mc_listing_dispose(&f.listing);
	mc_buf_dispose(&f.facts.keywords);
	return rc;
}

/* --- the driver ------------------------------------------------------- */

static void forget(struct mc_source *src)
{
	while (src->n > 0)
		dispose_pending(&src->stack[--src->n]);
	mc_dir_forget(src->met);
	src->met = NULL;
	mc_label_set_free(src->taken);
	src->taken = NULL;
	src->folders = 0;
	src->passed = 0;
	src->unfinished = 0;
	src->loose.n = 0;
	src->misnamed.n = 0;
}

static MC_RC walk(
	struct mc_source *src, struct mc_receiver *rx, struct mc_error *err)
{
	enum mc_rc rc = push_root(src, err);

	while (rc == MC_OK && src->n > 0) {
		struct pending at = src->stack[--src->n];

		if (mc_cancel_is(src->conf.monitor->cancel, MC_CANCEL_SOON))
			rc = mc_fail_cancelled(err);
		else
			rc = enter(src, rx, &at, err);
		if (rc == MC_OK)
			rc = read_directory(src, rx, &at, err);
		dispose_pending(&at);
		rc = rc < 0 ? rc : MC_OK;
	}
	return rc;
}

MC_RC mc_files_read(
	struct mc_source *src, struct mc_receiver *rx, struct mc_error *err)
{
	enum mc_rc rc = walk(src, rx, err);

	tell_tallies(src);
	if (rc == MC_OK && src->folders == 0)
		rc = mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no %s, and none is below it", src->root,
			src->kind->title);
	forget(src);
	return rc < 0 ? rc : rx->flush(rx, err);
}

MC_RC mc_files_probe(struct mc_source *src,
	void (*line)(void *arg, const char *name, const char *text), void *arg,
	struct mc_error *err)
{
	struct mc_counter counter;

	mc_counter_init(&counter, line, arg);
	line(arg, "kind", src->kind->title);
	return mc_files_read(src, &counter.rx, err);
}

/* A file is the only one to be read of its directory. */
static MC_RC split_lone(struct mc_source *src, struct mc_error *err)
{
	char *slash = strrchr(src->root, '/');
	const char *name = slash ? slash + 1 : src->root;
	enum mc_rc rc = mc_strdup(&src->lone, mc_span_str(name), err);

	if (rc < 0)
		return rc;
	if (slash) {
		/* "/" stays for a file at the top. */
		slash[slash == src->root] = '\0';
		return MC_OK;
	}
	free(src->root);
	return mc_strdup(&src->root, MC_SPAN("."), err);
}

static MC_RC look_at_root(struct mc_source *src, struct mc_error *err)
{
	struct stat st;

	if (stat(src->root, &st) < 0)
		return mc_fail_errno(
			err, MC_ENOENT, MC_RUN, "cannot open '%s'", src->root);
	if (S_ISDIR(st.st_mode))
		return MC_OK;
	if (S_ISREG(st.st_mode) && src->kind->lone)
		return split_lone(src, err);
	return mc_fail(err, MC_EINPUT, MC_RUN, 0, "'%s' is no %s: it is %s",
		src->root, src->kind->title,
		S_ISREG(st.st_mode) ? "a file" : mc_dir_oddity(st.st_mode));
}

MC_RC mc_files_open(struct mc_source **out, const struct mc_source_conf *conf,
	const struct mc_files_kind *kind, struct mc_error *err)
{
	struct mc_source *src = calloc(1, sizeof(*src));
	enum mc_rc rc;

	*out = NULL;
	if (!src)
		return mc_fail_memory(err);
	src->conf = *conf;
	src->kind = kind;
	src->chunk = malloc(CHUNK);
	rc = src->chunk
		     ? mc_strdup(&src->root, mc_span_str(conf->at->path), err)
		     : mc_fail_memory(err);
	if (rc == MC_OK)
		rc = look_at_root(src, err);
	if (rc == MC_OK)
		*out = src;
	else
		mc_files_close(src);
	return rc;
}

void mc_files_close(struct mc_source *src)
{
	if (!src)
		return;
	forget(src);
	free(src->stack);
	free(src->chunk);
	free(src->root);
	free(src->lone);
	free(src);
}
