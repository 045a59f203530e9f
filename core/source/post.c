/* SPDX-License-Identifier: MIT */
#include "source/post.h"

#include "source/input.h"
#include "source/label.h"
#include "source/mbox_file.h"
#include "source/sniff.h"

/* A file is looked for so often while it is renamed again and again. */
enum { RENAMED_MAX = 3 };

static MC_RC path_of(char **out, const struct mc_post_reader *r,
	const struct mc_post *post, struct mc_error *err)
{
	if (asprintf(out, "%s/%s", r->listing.path, post->name) < 0)
		return mc_fail_memory(err);
	return MC_OK;
}

/* Its key, UTF-8, yours to free(). */
static MC_RC key_of(
	char **out, const struct mc_post *post, struct mc_error *err)
{
	struct mc_span key = { post->name + post->base, post->key_n };

	return mc_label(out, post->twin ? mc_span_str(post->name) : key, err);
}

/* Everything but the key, from the file as it stands now.  A file that is not
 * there has no size and no time. */
static MC_RC describe(struct mc_post_reader *r, const struct mc_post *post,
	const char *path, struct mc_item *item, struct mc_error *err)
{
	struct mc_post_facts *facts = &r->facts;
	struct stat st;
	enum mc_rc rc;

	mc_buf_clear(&facts->keywords);
	facts->beside = 0;
	facts->flags = 0;
	facts->date = (struct mc_date){ MC_NO_TIME, MC_DATE_NONE };
	item->octets = -1;
	item->store = r->kind->store;
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
		item->octets = st.st_size;
		if (st.st_mtim.tv_sec > 0)
			facts->date = (struct mc_date){ st.st_mtim.tv_sec,
				MC_DATE_FILE };
	}
	rc = r->kind->describe(&r->listing, post, facts, err);
	if (item->octets >= 0)
		item->octets += facts->beside;
	item->date = facts->date;
	item->flags = facts->flags;
	item->keywords =
		(struct mc_words){ facts->keywords.data, facts->keywords.len };
	return rc;
}

/* The post's file under the name that it bears now.  MC_DONE: it has none. */
static MC_RC find_renamed(struct mc_post_reader *r, const struct mc_post *post,
	bool stale, char **path, struct mc_item *item, struct mc_error *err)
{
	struct mc_post now;
	enum mc_rc rc;

	r->renamed.kind = r->kind;
	r->renamed.path = r->listing.path;
	rc = mc_renames_find(&r->renamed, post, stale, &now, err);
	if (rc != MC_OK)
		return rc;
	free(*path);
	*path = NULL;
	rc = path_of(path, r, &now, err);
	return rc == MC_OK ? describe(r, &now, *path, item, err) : rc;
}

/* Opens a wanted message; what is wrong with the file goes to *why. */
static MC_RC open_message(struct mc_post_reader *r, const struct mc_post *post,
	struct mc_item *item, char **path, struct mc_input **in,
	struct mc_error *why)
{
	enum mc_rc rc = mc_input_open(in, *path, MC_MESSAGE, why);

	for (int i = 0; i < RENAMED_MAX; i++) {
		struct mc_error later;

		if (rc != MC_ENOENT || why->sys != ENOENT ||
			find_renamed(r, post, i > 0, path, item, &later) !=
				MC_OK)
			return rc;
		*why = (struct mc_error){ .rc = MC_OK };
		rc = mc_input_open(in, *path, MC_MESSAGE, why);
	}
	return rc;
}

/* The receiver as a sink. */
struct outlet {
	struct mc_sink sink;
	struct mc_receiver *rx;
};

static MC_RC put_out(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct mc_receiver *rx = ((struct outlet *)(void *)sink)->rx;

	return rx->bytes(rx, bytes, err);
}

/* The file's octets through the filter, or, if it is NULL, as they are. */
static MC_RC stream(struct mc_post_reader *r, struct mc_input *in,
	struct mc_filter *filter, struct mc_error *why, struct mc_error *err)
{
	struct mc_receiver *rx = r->rx;
	enum mc_rc rc = MC_OK;
	size_t got = 1;

	while (rc == MC_OK && why->rc == MC_OK && got > 0) {
		struct mc_span bytes;

		if (mc_cancel_is(r->told->monitor->cancel, MC_CANCEL_NOW))
			return mc_fail_cancelled(err);
		if (mc_input_read(in, r->chunk, MC_POST_CHUNK, &got, why) < 0)
			continue;
		bytes = (struct mc_span){ r->chunk, got };
		if (got > 0)
			rc = filter ? filter->put(filter, bytes, err)
				    : rx->bytes(rx, bytes, err);
	}
	if (rc == MC_OK && why->rc == MC_OK && filter)
		rc = filter->end(filter, why, err);
	return rc;
}

/* The octets; what is wrong with the file goes to *why. */
static MC_RC read_octets(struct mc_post_reader *r, struct mc_input *in,
	const char *path, struct mc_error *why, struct mc_error *err)
{
	struct outlet outlet = { { put_out }, r->rx };
	struct mc_filter *filter = NULL;
	enum mc_rc rc = MC_OK;

	if (r->kind->filter)
		rc = r->kind->filter(
			&filter, path, &outlet.sink, r->told->monitor, err);
	if (rc == MC_OK)
		rc = stream(r, in, filter, why, err);
	if (filter)
		filter->free(filter);
	if (why->rc < 0)
		mc_while(why, "'%s'", path);
	else if (mc_input_changed(in))
		mc_fail(why, MC_EIO, MC_MESSAGE, 0,
			"'%s' changed while it was read; run the same command "
			"again",
			path);
	return rc;
}

static MC_RC read_wanted(struct mc_post_reader *r, const struct mc_post *post,
	struct mc_item *item, char **path, struct mc_error *err)
{
	struct mc_error why = { .rc = MC_OK };
	struct mc_receiver *rx = r->rx;
	struct mc_input *in = NULL;
	enum mc_rc rc = open_message(r, post, item, path, &in, &why);

	/* Its messages would be one, and nobody would find them in it. */
	if (rc == MC_OK && mc_mbox_may_begin(in) && mc_mbox_is_several(*path))
		rc = mc_mbox_refuse(*path, MC_MESSAGE, &why);
	if (rc < 0) {
		mc_input_close(in);
		return why.scope == MC_RUN ? (*err = why, why.rc)
					   : rx->end(rx, item, &why, err);
	}
	rc = rx->begin(rx, item, err);
	if (rc == MC_OK)
		rc = read_octets(r, in, *path, &why, err);
	mc_input_close(in);
	if (rc < 0)
		return rc;
	return rx->end(rx, item, why.rc < 0 ? &why : NULL, err);
}

MC_RC mc_post_read(struct mc_post_reader *r, const struct mc_post *post,
	struct mc_error *err)
{
	struct mc_item item = { 0 };
	char *path = NULL;
	char *key = NULL;
	enum mc_rc rc = path_of(&path, r, post, err);

	if (rc == MC_OK)
		rc = key_of(&key, post, err);
	if (rc == MC_OK) {
		item.key = key;
		rc = describe(r, post, path, &item, err);
	}
	if (rc == MC_OK)
		rc = r->rx->want(r->rx, &item, err);
	if (rc == MC_OK)
		rc = read_wanted(r, post, &item, &path, err);
	free(path);
	free(key);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_post_settle(struct mc_post_reader *r, const struct mc_post *post,
	struct mc_error *err)
{
	struct mc_error why = { .rc = MC_OK };
	bool is_message = false;
	char *path = NULL;
	enum mc_rc rc;

	if (!post->doubtful)
		return MC_OK;
	rc = path_of(&path, r, post, err);
	if (rc < 0)
		return rc;
	if (mc_sniff_file(path, &is_message, &why) < 0 && why.scope == MC_RUN) {
		*err = why;
		rc = why.rc;
	} else if (is_message) {
		mc_counted_add(&r->told->loose, path);
	} else {
		mc_told_pass(r->told, path,
			why.rc < 0 ? why.text : "it looks like no message");
		rc = MC_DONE;
	}
	free(path);
	return rc;
}
