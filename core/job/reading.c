/* SPDX-License-Identifier: MIT */
#include "job/reading.h"

#include <assert.h>

#include "base/text.h"

static_assert((int)MC_SKIP_RULES <= (int)MC_LEFT_OUT_MAX, "all can be noted");

struct mc_read_outcome mc_read_outcome_of(
	const struct mc_tally *listed, const struct mc_read_outcome *own)
{
	struct mc_read_outcome all = *own;

	all.tally.listed += listed->listed;
	all.tally.failed += listed->failed;
	for (int rule = 0; rule < MC_SKIP_RULES; rule++)
		all.tally.skipped_by[rule] += listed->skipped_by[rule];
	return all;
}

/* What a rule compares with; 0: it is not in force. */
static int64_t value_of(const struct mc_selection *select, int rule)
{
	switch (rule) {
	case MC_SKIP_SINCE:
		return select->since;
	case MC_SKIP_BEFORE:
		return select->before;
	case MC_SKIP_MAX_SIZE:
		return select->max_octets;
	default:
		return 0;
	}
}

/* What was left out then would be left out now. */
static bool same_rules(
	const struct mc_reach *held, const struct mc_selection *select)
{
	for (size_t i = 0; i < held->left_out_n; i++) {
		const struct mc_left_out *out = &held->left_out[i];

		if (out->value != value_of(select, out->rule))
			return false;
	}
	return true;
}

/* False: items were left out by a rule that has no value to compare. */
static bool put_tally(struct mc_reach *reach, const struct mc_tally *tally,
	const struct mc_selection *select)
{
	reach->listed = tally->listed;
	reach->left_out_n = 0;
	for (int rule = 0; rule < MC_SKIP_RULES; rule++) {
		if (tally->skipped_by[rule] == 0)
			continue;
		if (value_of(select, rule) == 0)
			return false;
		reach->left_out[reach->left_out_n++] = (struct mc_left_out){
			.rule = rule,
			.value = value_of(select, rule),
			.items = tally->skipped_by[rule],
		};
	}
	return true;
}

void mc_reading_tally(const struct mc_reach *held, struct mc_tally *out)
{
	*out = (struct mc_tally){ .listed = held->listed };
	for (size_t i = 0; i < held->left_out_n; i++) {
		int rule = held->left_out[i].rule;

		if (rule >= 0 && rule < MC_SKIP_RULES)
			out->skipped_by[rule] = held->left_out[i].items;
	}
}

/* The file as it is now begins as the one that was read so far, and what comes
 * behind can be read by itself. */
static bool goes_on(struct mc_resume *resume, const struct mc_reach *held,
	const char *fingerprint)
{
	struct mc_digest now;

	if (held->offset == 0)
		return false;
	if (strcmp(held->fingerprint, fingerprint) != 0 &&
		(!held->has_sha256 ||
			!resume->digest(resume, held->offset, &now) ||
			!mc_digest_eq(&now, &held->sha256)))
		return false;
	return resume->begins(resume, held->offset);
}

enum mc_reading_held mc_reading_begin(struct mc_reading *r,
	const struct mc_folder *folder, const struct mc_reach *held,
	const struct mc_selection *select)
{
	*r = (struct mc_reading){ .select = select, .resume = folder->resume };
	mc_text_format(r->fingerprint, sizeof(r->fingerprint), "%s",
		folder->fingerprint);
	if (!folder->fingerprint[0] || !same_rules(held, select))
		return MC_HELD_NONE;
	if (held->whole && strcmp(held->fingerprint, folder->fingerprint) == 0)
		return MC_HELD_WHOLE;
	if (!r->resume || !goes_on(r->resume, held, folder->fingerprint))
		return MC_HELD_NONE;
	r->resume->from = held->offset;
	r->offset = held->offset;
	r->marked = held->offset;
	r->since_run = held->run;
	r->in_place = !held->has_sha256;
	return MC_HELD_PART;
}

void mc_reading_pass(struct mc_reading *r, const struct mc_item *item)
{
	if (r->resume)
		r->offset = item->file_offset + item->file_octets;
}

static void mark(struct mc_reading *r, int64_t run, struct mc_mark *out)
{
	struct mc_reach *reach = &out->reach;

	*out = (struct mc_mark){ .select = r->select,
		.reach = { .offset = r->offset,
			.run = r->since_run ? r->since_run : run } };
	reach->has_sha256 =
		r->resume && !r->in_place &&
		r->resume->digest(r->resume, reach->offset, &reach->sha256);
	mc_text_format(reach->fingerprint, sizeof(reach->fingerprint), "%s",
		r->fingerprint);
	r->marked = r->offset;
}

bool mc_reading_mark(
	struct mc_reading *r, int64_t run, int64_t least, struct mc_mark *out)
{
	if (r->offset == r->marked || r->offset - r->marked < least)
		return false;
	mark(r, run, out);
	return true;
}

MC_RC mc_mark_put(struct mc_mark *mark, struct mc_archive *ar, int64_t folder,
	const struct mc_read_outcome *outcome, struct mc_error *err)
{
	if (outcome->tally.failed > 0 ||
		!put_tally(&mark->reach, &outcome->tally, mark->select))
		return MC_OK;
	mark->reach.has_sha256 = mark->reach.has_sha256 && !outcome->in_place;
	return mc_reach_put(ar, folder, &mark->reach, err);
}

void mc_reading_mark_end(struct mc_reading *r, int64_t run, struct mc_mark *out)
{
	r->offset = r->resume ? r->resume->octets : 0;
	mark(r, run, out);
	out->reach.whole = true;
}

MC_RC mc_reading_end(struct mc_reading *r, struct mc_archive *ar,
	int64_t folder, int64_t run, const struct mc_read_outcome *outcome,
	struct mc_error *err)
{
	struct mc_mark end;

	mc_reading_mark_end(r, run, &end);
	return mc_mark_put(&end, ar, folder, outcome, err);
}
