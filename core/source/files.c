/* SPDX-License-Identifier: MIT */
#include "source/files.h"

#include "base/limits.h"
#include "source/count.h"
#include "source/label.h"
#include "source/listing.h"
#include "source/post.h"

/* A directory that waits to be read. */
struct pending {
	char *path;
	char *folder; /* of its messages */
	char *prefix; /* of the folders below; "" at the top */
	int depth;
};

struct mc_source {
	struct mc_source_conf conf;
	const struct mc_files_kind *kind;
	char *root;
	char *lone; /* the only file to be read in root, or NULL */
	bool odd;   /* the folder of the root has a name that is no UTF-8 */

	struct pending *stack;
	size_t n;
	size_t room;
	void *met;   /* directories */
	void *taken; /* folders' names */
	char *chunk; /* MC_POST_CHUNK octets */

	int64_t folders;
	struct mc_told told;
};

/* A folder being read. */
struct folder {
	struct mc_post_reader r;
	struct mc_source *src;
	const struct pending *at;
	struct mc_folder told;
	char print[MC_LISTING_PRINT];
	struct mc_post post; /* the next that is a message */
	bool has_post;
};

static void tell_passed(void *arg, const char *path, const char *why)
{
	struct mc_source *src = arg;

	mc_told_pass(&src->told, path, why);
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

/* "inbox" for "/var/mail/inbox/."; yours to free(). */
static MC_RC name_of_root(
	char **out, struct mc_source *src, struct mc_error *err)
{
	char *real = realpath(src->root, NULL);
	const char *base = real ? strrchr(real, '/') : NULL;
	enum mc_rc rc;

	rc = mc_label(
		out, mc_span_str(base && base[1] ? base + 1 : "Messages"), err);
	src->odd = rc == MC_OK && base && mc_label_is_odd(*out, base);
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
		rc = name_of_root(&pending.folder, src, err);
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
	bool loops = false;
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

/* --- folders ---------------------------------------------------------- */

/* Moves on to the next post that is a message.  MC_DONE: there is none. */
static MC_RC next_message(struct folder *f, struct mc_error *err)
{
	enum mc_rc rc = MC_DONE;

	while (rc == MC_DONE) {
		rc = mc_listing_next(&f->r.listing, &f->post, err);
		f->has_post = rc == MC_OK;
		if (rc != MC_OK)
			return rc;
		rc = mc_post_settle(&f->r, &f->post, err);
	}
	return rc;
}

static MC_RC read_posts(struct folder *f, struct mc_error *err)
{
	const struct mc_monitor *mon = f->src->conf.monitor;
	enum mc_rc rc = MC_OK;

	/* The first has been moved to by who calls. */
	while (f->has_post) {
		if (mc_cancel_is(mon->cancel, MC_CANCEL_SOON))
			return mc_fail_cancelled(err);
		rc = mc_post_read(&f->r, &f->post, err);
		if (rc == MC_OK)
			rc = next_message(f, err);
		if (rc < 0)
			return rc;
	}
	return MC_OK;
}

/* The folder's fingerprint as it stands now; "": it cannot be told. */
static MC_RC print_again(struct folder *f, struct mc_error *err)
{
	struct mc_listing now;
	enum mc_rc rc;

	/* Two of them are more than is needed at a time. */
	mc_listing_init(&now, f->at->path);
	mc_listing_dispose(&f->r.listing);
	mc_renames_dispose(&f->r.renamed);
	rc = mc_listing_make(&now, f->src->kind, f->src->lone, err);
	if (rc == MC_OK)
		rc = mc_listing_print(&now, f->src->kind, f->print, err);
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
	if (mc_label_is_odd(f->told.path, f->at->path) ||
		(src->odd && !*f->at->prefix))
		f->told.misnamed = f->at->path;
	f->told.items_misnamed = f->r.listing.misnamed.n;
	f->told.first_misnamed = f->r.listing.misnamed.first;
	f->told.fingerprint = f->print;
	f->told.total = f->r.listing.posts_n;
	return f->r.rx->folder(f->r.rx, &f->told, err);
}

static MC_RC read_listed(struct folder *f, struct mc_error *err)
{
	enum mc_rc rc =
		mc_listing_print(&f->r.listing, f->src->kind, f->print, err);

	if (rc == MC_OK && !f->r.listing.is_folder)
		rc = next_message(f, err);
	if (rc == MC_OK)
		rc = tell_folder(f, err);
	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	if (f->r.listing.is_folder)
		rc = next_message(f, err);
	if (rc >= 0)
		rc = read_posts(f, err);
	if (rc == MC_OK)
		rc = print_again(f, err);
	if (rc == MC_OK)
		rc = f->r.rx->folder_end(f->r.rx, &f->told, NULL, err);
	return rc;
}

static MC_RC push_all_below(struct folder *f, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (f->src->lone)
		return MC_OK;
	for (size_t i = f->r.listing.below_n; i > 0 && rc == MC_OK; i--)
		rc = push_below(f->src, f->at, &f->r.listing.below[i - 1], err);
	return rc;
}

static MC_RC read_directory(struct mc_source *src, struct mc_receiver *rx,
	const struct pending *at, struct mc_error *err)
{
	struct folder f = { .src = src,
		.at = at,
		.r = { .kind = src->kind,
			.rx = rx,
			.told = &src->told,
			.chunk = src->chunk } };
	struct mc_error why = { .rc = MC_OK };
	enum mc_rc rc;

	mc_buf_init(&f.r.facts.keywords, MC_WORDS_MAX);
	mc_listing_init(&f.r.listing, at->path);
	f.r.listing.passed = src->lone ? NULL : tell_passed;
	f.r.listing.arg = src;
	rc = mc_listing_make(&f.r.listing, src->kind, src->lone, &why);
	src->told.unfinished += f.r.listing.unfinished;
	if (rc < 0 && why.scope == MC_RUN)
		*err = why;
	else if (rc < 0)
		rc = unreadable(src, rx, at->folder, &why, err);
	else
		rc = push_all_below(&f, err);
	if (rc == MC_OK && why.rc == MC_OK)
		rc = read_listed(&f, err);
	mc_listing_dispose(&f.r.listing);
	mc_renames_dispose(&f.r.renamed);
	mc_buf_dispose(&f.r.facts.keywords);
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
	src->told = (struct mc_told){ .monitor = src->conf.monitor };
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

	mc_told_end(&src->told, src->root, src->kind->title);
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
	src->told.monitor = conf->monitor;
	src->chunk = malloc(MC_POST_CHUNK);
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
