/* SPDX-License-Identifier: MIT */
#include "job/intake.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "job/ingest.h"
#include "job/press.h"

enum {
	/* A portion: many small messages are one each. */
	PORTION_MIN = 4 * 1024,
	PORTION_MAX = 64 * 1024,
	/* Each load costs this beside its octets: allocation, rows. */
	LOAD_COSTS = 512,
	PARCEL_COSTS = 2 * 1024,
};

static const struct mc_queue_conf portions_conf = {
	.max = (size_t)2 * 1024 * 1024,
	.eager = (size_t)128 * 1024,
	.ms = 50,
};

/* A burst: large enough that the disk's wait is spread thin, small enough that
 * a cut loses little. */
static const struct mc_queue_conf parcels_conf = {
	.max = (size_t)8 * 1024 * 1024,
	.eager = (size_t)4 * 1024 * 1024,
	.ms = 500,
};

struct mc_intake {
	struct mc_queue *portions;  /* raw */
	struct mc_queue *canonical; /* portions, too */
	struct mc_queue *parcels;
	pthread_t threads[3];
	int running; /* of these, from the first on */

	/* The reader's. */
	struct mc_portion *filling;
	bool inside; /* a message has begun */
	int64_t syncs;

	/* The scanner's. */
	struct mc_ingest *ingest;
	struct mc_portion *leaving; /* the last one may be the end, too */
	bool fresh;                 /* none of the message has left */
	struct mc_error message;    /* why the one in hand cannot be kept */
	bool message_broken;

	/* The packer's. */
	struct mc_press *press;
	bool awaited; /* somebody waits for the next message */

	/* The writer's. */
	struct mc_land *land;
	size_t uncommitted; /* weight of what went into the open batch */

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t synced;
	int64_t syncs_done;
	struct mc_landed landed;
	struct mc_error broken;
	atomic_bool is_broken; /* may be looked at without the lock */
};

/* Nothing can be kept any more: what still comes is thrown away. */
static void break_off(struct mc_intake *in, const struct mc_error *err)
{
	pthread_mutex_lock(&in->lock);
	if (!in->is_broken)
		in->broken = *err;
	in->is_broken = true;
	pthread_mutex_unlock(&in->lock);
}

static MC_RC check(struct mc_intake *in, struct mc_error *err)
{
	if (!in->is_broken)
		return MC_OK;
	pthread_mutex_lock(&in->lock);
	*err = in->broken;
	pthread_mutex_unlock(&in->lock);
	return err->rc;
}

/* The message that it ends goes with it. */
static void put_portion(struct mc_queue *queue, struct mc_portion *portion)
{
	portion->cargo.load.weight = portion->cap + LOAD_COSTS;
	if (portion->last)
		portion->cargo.load.weight += portion->last->cargo.load.weight;
	mc_queue_put(queue, &portion->cargo.load, false);
}

/* The scanner. */

/* The next portion that leaves, of n octets; the one before goes now. */
static MC_RC begin_leaving(struct mc_intake *in, size_t n, struct mc_error *err)
{
	if (in->leaving)
		put_portion(in->canonical, in->leaving);
	in->leaving = mc_portion_new(n);
	if (!in->leaving)
		return mc_fail_memory(err);
	in->leaving->first = in->fresh;
	in->fresh = false;
	return MC_OK;
}

static enum mc_rc send_canonical(
	void *arg, struct mc_span octets, struct mc_error *err)
{
	struct mc_intake *in = arg;

	if (begin_leaving(in, octets.n, err) < 0)
		return err->rc;
	memcpy(in->leaving->data, octets.p, octets.n);
	in->leaving->n = octets.n;
	return MC_OK;
}

/* A failure of this message alone is kept for its end; others pass. */
static MC_RC contain(struct mc_intake *in, enum mc_rc rc, struct mc_error *err)
{
	if (rc >= 0 || err->scope != MC_MESSAGE)
		return rc;
	in->message = *err;
	in->message_broken = true;
	return MC_OK;
}

static MC_RC finish(
	struct mc_intake *in, struct mc_parcel *parcel, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (parcel->state == MC_PARCEL_WHOLE && !in->message_broken)
		rc = contain(in, mc_ingest_end(in->ingest, parcel, err), err);
	if (parcel->state == MC_PARCEL_WHOLE && in->message_broken) {
		parcel->state = MC_PARCEL_FAILED;
		parcel->why = in->message;
	}
	return rc;
}

/* The end of the message leaves with the last of its octets. */
static MC_RC send_last(
	struct mc_intake *in, struct mc_portion *portion, struct mc_error *err)
{
	enum mc_rc rc = finish(in, portion->last, err);

	if (rc == MC_OK && !in->leaving)
		rc = begin_leaving(in, 0, err);
	if (rc < 0)
		return rc;
	in->leaving->last = portion->last;
	portion->last = NULL;
	put_portion(in->canonical, in->leaving);
	in->leaving = NULL;
	return MC_OK;
}

static MC_RC scan(
	struct mc_intake *in, struct mc_portion *portion, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (portion->first) {
		in->fresh = true;
		in->message_broken = false;
		rc = mc_ingest_begin(in->ingest, portion->store, err);
	}
	if (rc == MC_OK && !in->message_broken && portion->n > 0)
		rc = mc_ingest_bytes(in->ingest,
			(struct mc_span){ portion->data, portion->n }, err);
	rc = contain(in, rc, err);
	return rc == MC_OK && portion->last ? send_last(in, portion, err) : rc;
}

/* The packer. */

static enum mc_rc send_piece(
	void *arg, const struct mc_piece *piece, struct mc_error *err)
{
	struct mc_intake *in = arg;
	struct mc_crate *crate = malloc(sizeof(*crate) + piece->data.n);

	if (!crate)
		return mc_fail_memory(err);
	crate->cargo =
		(struct mc_cargo){ .load.weight = piece->data.n + LOAD_COSTS,
			.kind = MC_CARGO_CRATE };
	memcpy(crate->data, piece->data.p, piece->data.n);
	crate->piece = *piece;
	crate->piece.data.p = crate->data;
	mc_queue_put(in->parcels, &crate->cargo.load, false);
	return MC_OK;
}

static MC_RC pack(
	struct mc_intake *in, struct mc_portion *portion, struct mc_error *err)
{
	enum mc_rc rc = mc_press_portion(in->press, portion, err);

	if (rc == MC_OK && portion->last) {
		mc_queue_put(
			in->parcels, &portion->last->cargo.load, in->awaited);
		portion->last = NULL;
		in->awaited = false;
	}
	return rc;
}

/* Both: what is no portion passes. */

typedef enum mc_rc stage_fn(
	struct mc_intake *in, struct mc_portion *portion, struct mc_error *err);

static struct mc_cargo *cargo_of(struct mc_load *load)
{
	return (struct mc_cargo *)(void *)load;
}

static void work_one(struct mc_intake *in, struct mc_cargo *cargo,
	stage_fn *work, struct mc_queue *to)
{
	struct mc_error err;

	if (cargo->kind != MC_CARGO_PORTION) {
		mc_queue_put(to, &cargo->load, cargo->kind == MC_CARGO_SYNC);
		return;
	}
	if (!in->is_broken &&
		work(in, (struct mc_portion *)(void *)cargo, &err) < 0)
		break_off(in, &err);
	mc_cargo_free(cargo);
}

static void run_stage(struct mc_intake *in, struct mc_queue *from,
	stage_fn *work, struct mc_queue *to)
{
	struct mc_load *load;

	while ((load = mc_queue_take(from)) != NULL) {
		while (load) {
			struct mc_load *next = load->next;

			work_one(in, cargo_of(load), work, to);
			load = next;
		}
	}
	mc_queue_close(to);
}

static void *run_scanner(void *arg)
{
	struct mc_intake *in = arg;

	run_stage(in, in->portions, scan, in->canonical);
	return NULL;
}

static void *run_packer(void *arg)
{
	struct mc_intake *in = arg;

	run_stage(in, in->canonical, pack, in->parcels);
	return NULL;
}

/* The writer. */

static MC_RC write_cargo(
	struct mc_intake *in, struct mc_cargo *cargo, struct mc_error *err)
{
	struct mc_archive *ar = in->land->ar;
	struct mc_errand *errand;
	enum mc_rc rc = MC_OK;

	if (cargo->kind == MC_CARGO_SYNC)
		return MC_OK;
	if (!mc_archive_in_batch(ar))
		rc = mc_archive_begin(ar, err);
	if (rc < 0)
		return rc;
	switch (cargo->kind) {
	case MC_CARGO_CRATE:
		return mc_land_piece(in->land,
			&((struct mc_crate *)(void *)cargo)->piece, err);
	case MC_CARGO_PARCEL:
		return mc_land_parcel(
			in->land, (struct mc_parcel *)(void *)cargo, err);
	case MC_CARGO_ERRAND:
		errand = (struct mc_errand *)(void *)cargo;
		return errand->run(errand, in->land, err);
	case MC_CARGO_PORTION:
	case MC_CARGO_SYNC:
		break;
	}
	return MC_OK;
}

/* The body in hand cannot be committed by half. */
static MC_RC end_burst(struct mc_intake *in, struct mc_error *err)
{
	struct mc_archive *ar = in->land->ar;
	enum mc_rc rc = MC_OK;

	if (in->land->body_open)
		return MC_OK;
	if (mc_archive_in_batch(ar))
		rc = mc_archive_commit(ar, err);
	if (rc < 0)
		return rc;
	in->uncommitted = 0;
	pthread_mutex_lock(&in->lock);
	mc_landed_move(&in->landed, &in->land->now);
	pthread_mutex_unlock(&in->lock);
	return MC_OK;
}

/* Where most octets are in large bodies, most bursts end within one: they are
 * cut before. */
static MC_RC write_one(
	struct mc_intake *in, struct mc_cargo *cargo, struct mc_error *err)
{
	enum mc_rc rc = write_cargo(in, cargo, err);

	in->uncommitted += cargo->load.weight;
	if (rc == MC_OK && in->uncommitted >= parcels_conf.eager)
		rc = end_burst(in, err);
	return rc;
}

static void write_burst(struct mc_intake *in, struct mc_load *load)
{
	struct mc_error err;
	enum mc_rc rc = MC_OK;
	int64_t syncs = 0;

	while (load) {
		struct mc_cargo *cargo = cargo_of(load);

		load = load->next;
		if (rc == MC_OK && !in->is_broken)
			rc = write_one(in, cargo, &err);
		syncs += cargo->kind == MC_CARGO_SYNC;
		mc_cargo_free(cargo);
	}
	if (rc == MC_OK && !in->is_broken)
		rc = end_burst(in, &err);
	if (rc < 0)
		break_off(in, &err);
	if (in->is_broken)
		mc_archive_rollback(in->land->ar);
	if (syncs == 0)
		return;
	pthread_mutex_lock(&in->lock);
	in->syncs_done += syncs;
	pthread_cond_broadcast(&in->synced);
	pthread_mutex_unlock(&in->lock);
}

static void *run_writer(void *arg)
{
	struct mc_intake *in = arg;
	struct mc_load *load;

	while ((load = mc_queue_take(in->parcels)) != NULL)
		write_burst(in, load);
	return NULL;
}

/* The reader. */

static MC_RC start(struct mc_intake *in, struct mc_error *err)
{
	static void *(*const runs[])(
		void *) = { run_scanner, run_packer, run_writer };

	for (; in->running < 3; in->running++) {
		if (pthread_create(&in->threads[in->running], NULL,
			    runs[in->running], in) != 0)
			return mc_fail(err, MC_ELIMIT, MC_RUN, 0,
				"cannot start another thread");
	}
	return MC_OK;
}

MC_RC mc_intake_new(struct mc_intake **out, struct mc_land *land, bool awaited,
	struct mc_error *err)
{
	struct mc_intake *in = calloc(1, sizeof(*in));
	enum mc_rc rc;

	*out = NULL;
	if (!in)
		return mc_fail_memory(err);
	in->land = land;
	in->awaited = awaited;
	/* With default attributes these cannot fail. */
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->synced, NULL);
	rc = mc_queue_new(&in->portions, &portions_conf, err);
	if (rc == MC_OK)
		rc = mc_queue_new(&in->canonical, &portions_conf, err);
	if (rc == MC_OK)
		rc = mc_queue_new(&in->parcels, &parcels_conf, err);
	if (rc == MC_OK)
		rc = mc_ingest_new(&in->ingest, send_canonical, in, err);
	if (rc == MC_OK)
		rc = mc_press_new(&in->press, send_piece, in, err);
	if (rc == MC_OK)
		rc = start(in, err);
	if (rc < 0)
		mc_intake_free(in);
	else
		*out = in;
	return rc;
}

void mc_intake_free(struct mc_intake *in)
{
	if (!in)
		return;
	if (in->running > 0)
		mc_queue_close(in->portions);
	for (int i = 0; i < in->running; i++)
		pthread_join(in->threads[i], NULL);
	if (in->filling)
		mc_cargo_free(&in->filling->cargo);
	if (in->leaving)
		mc_cargo_free(&in->leaving->cargo);
	mc_queue_free(in->portions);
	mc_queue_free(in->canonical);
	mc_queue_free(in->parcels);
	mc_ingest_free(in->ingest);
	mc_press_free(in->press);
	pthread_cond_destroy(&in->synced);
	pthread_mutex_destroy(&in->lock);
	free(in);
}

/* An empty portion to fill. */
static MC_RC new_portion(struct mc_intake *in, size_t cap, struct mc_error *err)
{
	in->filling = mc_portion_new(cap);
	return in->filling ? MC_OK : mc_fail_memory(err);
}

static void send_portion(struct mc_intake *in)
{
	struct mc_portion *portion = in->filling;

	in->filling = NULL;
	put_portion(in->portions, portion);
}

MC_RC mc_intake_begin(struct mc_intake *in, enum mc_store store, int64_t octets,
	struct mc_error *err)
{
	/* Sizes are told a little small or large, by line ends. */
	size_t cap = 4 * (size_t)PORTION_MIN;

	assert(!in->inside);
	if (octets >= 0 && octets < PORTION_MAX / 2)
		cap = (size_t)octets + (size_t)octets / 8 + 512;
	else if (octets >= 0)
		cap = PORTION_MAX;
	if (check(in, err) < 0 || new_portion(in, cap, err) < 0)
		return err->rc;
	in->filling->first = true;
	in->filling->store = store;
	in->inside = true;
	return MC_OK;
}

MC_RC mc_intake_bytes(
	struct mc_intake *in, struct mc_span bytes, struct mc_error *err)
{
	enum mc_rc rc = check(in, err);

	assert(in->inside);
	while (rc == MC_OK && bytes.n > 0) {
		struct mc_portion *portion = in->filling;
		struct mc_span some =
			mc_span_head(bytes, portion->cap - portion->n);

		memcpy(portion->data + portion->n, some.p, some.n);
		portion->n += some.n;
		bytes = mc_span_from(bytes, some.n);
		if (portion->n == portion->cap) {
			send_portion(in);
			rc = new_portion(in, PORTION_MAX, err);
		}
	}
	return rc;
}

static MC_RC end(
	struct mc_intake *in, struct mc_parcel *parcel, struct mc_error *err)
{
	/* Some end without having begun. */
	if (!in->filling && new_portion(in, 0, err) < 0) {
		mc_cargo_free(&parcel->cargo);
		return err->rc;
	}
	in->inside = false;
	in->filling->last = parcel;
	send_portion(in);
	return check(in, err);
}

static MC_RC new_parcel(struct mc_parcel **out, enum mc_parcel_state state,
	struct mc_error *err)
{
	struct mc_parcel *parcel = calloc(1, sizeof(*parcel));

	*out = parcel;
	if (!parcel)
		return mc_fail_memory(err);
	parcel->cargo = (struct mc_cargo){ .load.weight = PARCEL_COSTS,
		.kind = MC_CARGO_PARCEL };
	parcel->state = state;
	return MC_OK;
}

MC_RC mc_intake_end(struct mc_intake *in, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct mc_parcel *parcel;
	enum mc_rc rc = new_parcel(
		&parcel, why ? MC_PARCEL_FAILED : MC_PARCEL_WHOLE, err);

	if (rc == MC_OK && mc_item_keep(&parcel->item, item, err) < 0) {
		mc_cargo_free(&parcel->cargo);
		rc = err->rc;
	}
	if (rc < 0)
		return rc;
	parcel->cargo.load.weight += parcel->item->octets;
	if (why)
		parcel->why = *why;
	return end(in, parcel, err);
}

MC_RC mc_intake_drop(struct mc_intake *in, struct mc_error *err)
{
	struct mc_parcel *parcel;
	enum mc_rc rc;

	if (!in->inside)
		return MC_OK;
	rc = new_parcel(&parcel, MC_PARCEL_DROPPED, err);
	if (rc == MC_OK)
		rc = end(in, parcel, err);
	/* Nothing can come behind half a message. */
	if (rc < 0)
		break_off(in, err);
	in->inside = false;
	return rc;
}

MC_RC mc_intake_errand(
	struct mc_intake *in, struct mc_errand *errand, struct mc_error *err)
{
	size_t weight = PARCEL_COSTS + errand->octets;

	if (errand->item)
		weight += errand->item->octets;
	errand->cargo = (struct mc_cargo){ .load.weight = weight,
		.kind = MC_CARGO_ERRAND };
	mc_queue_put(in->portions, &errand->cargo.load, false);
	return check(in, err);
}

MC_RC mc_intake_sync(struct mc_intake *in, struct mc_error *err)
{
	struct mc_cargo *cargo = calloc(1, sizeof(*cargo));

	assert(!in->inside);
	if (!cargo)
		return mc_fail_memory(err);
	cargo->kind = MC_CARGO_SYNC;
	in->syncs++;
	mc_queue_put(in->portions, &cargo->load, true);
	pthread_mutex_lock(&in->lock);
	while (in->syncs_done < in->syncs)
		pthread_cond_wait(&in->synced, &in->lock);
	pthread_mutex_unlock(&in->lock);
	return check(in, err);
}

void mc_intake_collect(struct mc_intake *in, struct mc_landed *sum)
{
	pthread_mutex_lock(&in->lock);
	mc_landed_move(sum, &in->landed);
	pthread_mutex_unlock(&in->lock);
}
