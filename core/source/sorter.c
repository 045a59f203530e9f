/* SPDX-License-Identifier: MIT */
#include "source/sorter.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"

enum {
	HEAD = sizeof(uint32_t), /* before a record: its octets */

	/* Of a run, held while the runs are put together. */
	RUN_ROOM = 4 * MC_SORTER_RECORD_MAX,
};

/* Records in order, in the file. */
struct run {
	off_t from;
	off_t to;
	off_t at; /* what is read next */
	char *held;
	size_t n; /* octets held */
	size_t begin;
	struct mc_span record; /* in hand */
};

struct mc_sorter {
	struct mc_buf held; /* records behind their heads */
	uint32_t *order;    /* where in held they begin */
	size_t n;
	size_t room; /* of order */
	size_t next;

	FILE *file; /* or NULL: all are held */
	struct run *runs;
	size_t runs_n;
	struct run **heap; /* the least record in hand first */
	size_t heap_n;
	bool taken; /* the first's record has been given away */
};

static int compare(struct mc_span a, struct mc_span b)
{
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static struct mc_span record_at(const char *head)
{
	uint32_t n;

	memcpy(&n, head, HEAD);
	return (struct mc_span){ head + HEAD, n };
}

static int compare_held(const void *a, const void *b, void *held)
{
	const uint32_t *x = a;
	const uint32_t *y = b;

	return compare(record_at((const char *)held + *x),
		record_at((const char *)held + *y));
}

static void sort_held(struct mc_sorter *s)
{
	if (s->n > 1)
		qsort_r(s->order, s->n, sizeof(*s->order), compare_held,
			s->held.data);
}

static enum mc_rc fail_file(struct mc_error *err)
{
	return mc_fail_errno(err, MC_EIO, MC_RUN,
		"names of files need a temporary file: cannot use it");
}

/* --- the file --------------------------------------------------------- */

static MC_RC write_run(struct mc_sorter *s, struct mc_error *err)
{
	struct run *runs;

	sort_held(s);
	if (!s->file)
		s->file = tmpfile();
	if (!s->file)
		return fail_file(err);
	runs = reallocarray(s->runs, s->runs_n + 1, sizeof(*runs));
	if (!runs)
		return mc_fail_memory(err);
	s->runs = runs;
	runs[s->runs_n] = (struct run){ .from = ftello(s->file) };
	for (size_t i = 0; i < s->n; i++) {
		const char *head = s->held.data + s->order[i];
		size_t n = HEAD + record_at(head).n;

		if (fwrite(head, 1, n, s->file) < n)
			return fail_file(err);
	}
	runs[s->runs_n++].to = ftello(s->file);
	mc_buf_clear(&s->held);
	s->n = 0;
	return MC_OK;
}

/* Moves the run to its next record.  MC_DONE: it is at its end. */
static MC_RC advance(struct mc_sorter *s, struct run *run, struct mc_error *err)
{
	size_t left = run->n - run->begin;

	if (left < HEAD || left < HEAD + record_at(run->held + run->begin).n) {
		off_t more = run->to - run->at;
		ssize_t got;

		if (left > 0)
			memmove(run->held, run->held + run->begin, left);
		if (more > (off_t)(RUN_ROOM - left))
			more = (off_t)(RUN_ROOM - left);
		got = pread(fileno(s->file), run->held + left, (size_t)more,
			run->at);
		if (got < more)
			return fail_file(err);
		run->at += got;
		run->begin = 0;
		run->n = left + (size_t)got;
	}
	if (run->n == run->begin)
		return MC_DONE;
	run->record = record_at(run->held + run->begin);
	run->begin += HEAD + run->record.n;
	return MC_OK;
}

static void sift_down(struct mc_sorter *s, size_t i)
{
	for (;;) {
		size_t least = i;
		struct run *run;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2; k++) {
			if (k < s->heap_n &&
				compare(s->heap[k]->record,
					s->heap[least]->record) < 0)
				least = k;
		}
		if (least == i)
			return;
		run = s->heap[i];
		s->heap[i] = s->heap[least];
		s->heap[least] = run;
		i = least;
	}
}

static MC_RC begin_runs(struct mc_sorter *s, struct mc_error *err)
{
	s->heap_n = 0;
	s->taken = false;
	for (size_t i = 0; i < s->runs_n; i++) {
		struct run *run = &s->runs[i];
		enum mc_rc rc;

		run->at = run->from;
		run->n = 0;
		run->begin = 0;
		rc = advance(s, run, err);
		if (rc < 0)
			return rc;
		if (rc == MC_OK)
			s->heap[s->heap_n++] = run;
	}
	for (size_t i = s->heap_n / 2; i > 0; i--)
		sift_down(s, i - 1);
	return MC_OK;
}

static MC_RC next_of_runs(
	struct mc_sorter *s, struct mc_span *record, struct mc_error *err)
{
	if (s->taken) {
		enum mc_rc rc = advance(s, s->heap[0], err);

		if (rc < 0)
			return rc;
		if (rc == MC_DONE)
			s->heap[0] = s->heap[--s->heap_n];
		sift_down(s, 0);
		s->taken = false;
	}
	if (s->heap_n == 0)
		return MC_DONE;
	s->taken = true;
	*record = s->heap[0]->record;
	return MC_OK;
}

/* --- all of it -------------------------------------------------------- */

MC_RC mc_sorter_new(struct mc_sorter **out, size_t room, struct mc_error *err)
{
	struct mc_sorter *s = calloc(1, sizeof(*s));

	*out = s;
	if (!s)
		return mc_fail_memory(err);
	mc_buf_init(&s->held, room);
	return MC_OK;
}

void mc_sorter_free(struct mc_sorter *s)
{
	if (!s)
		return;
	if (s->file)
		(void)fclose(s->file);
	for (size_t i = 0; i < s->runs_n; i++)
		free(s->runs[i].held);
	free(s->runs);
	free(s->heap);
	free(s->order);
	mc_buf_dispose(&s->held);
	free(s);
}

static MC_RC grow_order(struct mc_sorter *s, struct mc_error *err)
{
	size_t more = s->room ? s->room * 2 : 32;
	uint32_t *order;

	if (s->n < s->room)
		return MC_OK;
	order = reallocarray(s->order, more, sizeof(*order));
	if (!order)
		return mc_fail_memory(err);
	s->order = order;
	s->room = more;
	return MC_OK;
}

MC_RC mc_sorter_add(
	struct mc_sorter *s, struct mc_span record, struct mc_error *err)
{
	uint32_t n = (uint32_t)record.n;
	enum mc_rc rc = MC_OK;

	if (record.n > MC_SORTER_RECORD_MAX)
		return mc_fail(err, MC_ELIMIT, MC_RUN, 0,
			"the name of a file has %zu octets", record.n);
	if (s->n > 0 && s->held.len + HEAD + record.n > s->held.max)
		rc = write_run(s, err);
	if (rc == MC_OK)
		rc = grow_order(s, err);
	if (rc < 0)
		return rc;
	s->order[s->n] = (uint32_t)s->held.len;
	rc = mc_buf_put(
		&s->held, (struct mc_span){ (const char *)&n, HEAD }, err);
	if (rc == MC_OK)
		rc = mc_buf_put(&s->held, record, err);
	s->n += rc == MC_OK;
	return rc;
}

MC_RC mc_sorter_sort(struct mc_sorter *s, struct mc_error *err)
{
	enum mc_rc rc;

	if (!s->file) {
		sort_held(s);
		return MC_OK;
	}
	rc = write_run(s, err);
	if (rc < 0)
		return rc;
	if (fflush(s->file) != 0)
		return fail_file(err);
	mc_buf_dispose(&s->held);
	s->heap = reallocarray(NULL, s->runs_n, sizeof(struct run *));
	if (!s->heap)
		return mc_fail_memory(err);
	for (size_t i = 0; i < s->runs_n; i++) {
		s->runs[i].held = malloc(RUN_ROOM);
		if (!s->runs[i].held)
			return mc_fail_memory(err);
	}
	return begin_runs(s, err);
}

MC_RC mc_sorter_next(
	struct mc_sorter *s, struct mc_span *record, struct mc_error *err)
{
	if (s->file)
		return next_of_runs(s, record, err);
	if (s->next == s->n)
		return MC_DONE;
	*record = record_at(s->held.data + s->order[s->next++]);
	return MC_OK;
}

MC_RC mc_sorter_rewind(struct mc_sorter *s, struct mc_error *err)
{
	s->next = 0;
	return s->file ? begin_runs(s, err) : MC_OK;
}
