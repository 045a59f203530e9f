/* SPDX-License-Identifier: MIT
 * site_read: the stores that a finder has listed, one behind the other, under
 * the names that the program shows. */
#include "source/count.h"
#include "source/label.h"
#include "source/mbox_file.h"
#include "source/site.h"

struct mc_source {
	struct mc_source_conf conf;
	const struct mc_program *program;
};

/* Stands between a store's driver and who reads: gives the folder the name
 * that the program shows. */
struct relay {
	struct mc_receiver rx;
	struct mc_receiver *to;
	const struct mc_program *program;
	const struct mc_site *site;
	void **taken;     /* folders' names */
	const char *path; /* of the folder in hand */
	void *mender;
	struct mc_item mended;
	struct outlet {
		struct mc_sink sink; /* of the filter */
		struct mc_receiver *to;
	} outlet;
	struct mc_filter *filter; /* of the message in hand; or NULL */
};

static struct relay *relay_of(struct mc_receiver *rx)
{
	return (struct relay *)(void *)rx;
}

static struct mc_folder rename_folder(
	const struct relay *r, const struct mc_folder *folder)
{
	struct mc_folder out = *folder;

	out.path = r->path;
	out.misnamed =
		mc_label_is_odd(r->path, r->site->path) ? r->site->path : NULL;
	out.special = r->site->special;
	out.moving = folder->moving || r->site->ops->moving;
	out.labelled = folder->labelled || r->program->labelled;
	if (r->program->fingerprint) {
		out.fingerprint = r->program->fingerprint;
		out.resume = NULL;
	}
	return out;
}

static MC_RC on_folder(struct mc_receiver *rx, const struct mc_folder *folder,
	struct mc_error *err)
{
	struct relay *r = relay_of(rx);
	struct mc_folder renamed;
	enum mc_rc rc;

	rc = mc_label_unique(&r->path, r->taken, r->site->folder, err);
	if (rc < 0)
		return rc;
	renamed = rename_folder(r, folder);
	return r->to->folder(r->to, &renamed, err);
}

static MC_RC mend(
	struct relay *r, const struct mc_item **item, struct mc_error *err)
{
	if (!r->program->mend)
		return MC_OK;
	r->mended = **item;
	*item = &r->mended;
	return r->program->mend(r->mender, &r->mended, err);
}

static MC_RC on_want(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	struct relay *r = relay_of(rx);
	enum mc_rc rc = mend(r, &item, err);

	return rc == MC_OK ? r->to->want(r->to, item, err) : rc;
}

static MC_RC put_filtered(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct mc_receiver *to = ((struct outlet *)(void *)sink)->to;

	return to->bytes(to, bytes, err);
}

static void free_filter(struct relay *r)
{
	if (r->filter)
		r->filter->free(r->filter);
	r->filter = NULL;
}

static MC_RC on_begin(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	struct relay *r = relay_of(rx);
	enum mc_rc rc = mend(r, &item, err);

	free_filter(r);
	if (rc == MC_OK && r->program->filter)
		rc = r->program->filter(&r->filter, &r->outlet.sink, err);
	return rc == MC_OK ? r->to->begin(r->to, item, err) : rc;
}

static MC_RC on_bytes(
	struct mc_receiver *rx, struct mc_span bytes, struct mc_error *err)
{
	struct relay *r = relay_of(rx);

	if (r->filter)
		return r->filter->put(r->filter, bytes, err);
	return r->to->bytes(r->to, bytes, err);
}

static MC_RC on_end(struct mc_receiver *rx, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct relay *r = relay_of(rx);
	struct mc_error wrong = { .rc = MC_OK };
	enum mc_rc rc = mend(r, &item, err);

	if (rc == MC_OK && r->filter && !why)
		rc = r->filter->end(r->filter, &wrong, err);
	free_filter(r);
	if (wrong.rc < 0)
		why = &wrong;
	return rc == MC_OK ? r->to->end(r->to, item, why, err) : rc;
}

static MC_RC on_gap(struct mc_receiver *rx, int64_t offset, int64_t total,
	const char *name, struct mc_span octets, struct mc_error *err)
{
	struct relay *r = relay_of(rx);

	return r->to->gap(r->to, offset, total, name, octets, err);
}

static MC_RC on_folder_end(struct mc_receiver *rx,
	const struct mc_folder *folder, const struct mc_error *why,
	struct mc_error *err)
{
	struct relay *r = relay_of(rx);
	struct mc_folder renamed = rename_folder(r, folder);

	return r->to->folder_end(r->to, &renamed, why, err);
}

/* All together are flushed once. */
static MC_RC on_flush(struct mc_receiver *rx, struct mc_error *err)
{
	(void)rx;
	(void)err;
	return MC_OK;
}

static const struct mc_receiver relay_receiver = { .folder = on_folder,
	.want = on_want,
	.begin = on_begin,
	.bytes = on_bytes,
	.end = on_end,
	.gap = on_gap,
	.folder_end = on_folder_end,
	.flush = on_flush };

static MC_RC tell_unreadable(
	struct relay *r, const struct mc_error *why, struct mc_error *err)
{
	enum mc_rc rc =
		mc_label_unique(&r->path, r->taken, r->site->folder, err);

	return rc == MC_OK ? mc_mbox_unreadable(r->path, why, r->to, err) : rc;
}

static MC_RC read_site(
	struct mc_source *src, struct relay *r, struct mc_error *err)
{
	const struct mc_site *site = r->site;
	const struct mc_endpoint at = { .scheme = MC_SCHEME_PATH,
		.path = site->path };
	struct mc_source_conf conf = src->conf;
	struct mc_source *store = NULL;
	struct mc_error why;
	enum mc_rc rc;

	if (!site->ops)
		return tell_unreadable(r, &site->why, err);
	conf.at = &at;
	rc = site->ops->open(&store, &conf, &why);
	if (rc < 0 && (why.rc == MC_ELIMIT || why.rc == MC_ECANCEL)) {
		*err = why;
		return rc;
	}
	if (rc < 0)
		return tell_unreadable(r, &why, err);
	rc = site->ops->read(store, &r->rx, err);
	site->ops->close(store);
	return rc;
}

static MC_RC read_sites(struct mc_source *src, struct mc_sites *sites,
	struct mc_receiver *rx, struct mc_error *err)
{
	void *taken = NULL;
	struct relay r = { .rx = relay_receiver,
		.to = rx,
		.program = src->program,
		.taken = &taken,
		.outlet = { { put_filtered }, rx } };
	enum mc_rc rc = MC_OK;

	if (src->program->begin)
		rc = src->program->begin(&r.mender, src->conf.at->path, err);
	for (size_t i = 0; rc == MC_OK && i < sites->n; i++) {
		r.site = &sites->list[i];
		if (mc_cancel_is(src->conf.monitor->cancel, MC_CANCEL_SOON))
			rc = mc_fail_cancelled(err);
		else
			rc = read_site(src, &r, err);
	}
	free_filter(&r);
	if (src->program->end)
		src->program->end(r.mender);
	mc_label_set_free(taken);
	return rc;
}

MC_RC mc_sites_read(
	struct mc_source *src, struct mc_receiver *rx, struct mc_error *err)
{
	struct mc_sites sites = { .monitor = src->conf.monitor };
	enum mc_rc rc = src->program->find(&sites, src->conf.at->path, err);

	if (rc == MC_OK && sites.n == 0)
		rc = mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' (%s): no mail is in it", src->conf.at->path,
			src->program->title);
	if (rc == MC_OK)
		rc = read_sites(src, &sites, rx, err);
	mc_sites_dispose(&sites);
	return rc < 0 ? rc : rx->flush(rx, err);
}

MC_RC mc_sites_probe(struct mc_source *src,
	void (*line)(void *arg, const char *name, const char *text), void *arg,
	struct mc_error *err)
{
	struct mc_counter counter;

	mc_counter_init(&counter, line, arg);
	line(arg, "kind", src->program->title);
	return mc_sites_read(src, &counter.rx, err);
}

MC_RC mc_sites_open(struct mc_source **out, const struct mc_source_conf *conf,
	const struct mc_program *program, struct mc_error *err)
{
	struct mc_source *src = calloc(1, sizeof(*src));

	*out = NULL;
	if (!src)
		return mc_fail_memory(err);
	src->conf = *conf;
	src->program = program;
	*out = src;
	return MC_OK;
}

void mc_sites_close(struct mc_source *src)
{
	free(src);
}
