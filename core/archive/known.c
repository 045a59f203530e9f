/* SPDX-License-Identifier: MIT */
#include "archive/known.h"

#include "archive/batch.h"
#include "archive/db.h"

/* Columns of sighting_known. */
enum { KNOWN_KEY, KNOWN_ID, KNOWN_OCTETS, KNOWN_FLAGS, KNOWN_WORDED };

/* A walk stands at a row of this key. */
static bool is_at(struct mc_known_walk *w, int64_t folder, struct mc_span key)
{
	return w->at_row && w->folder == folder &&
	       mc_span_eq(mc_column_blob(&w->q, KNOWN_KEY), key);
}

static MC_RC step(struct mc_known_walk *w, struct mc_error *err)
{
	enum mc_rc rc = mc_query_next(&w->q, err);

	w->at_row = rc == MC_OK;
	return rc < 0 ? rc : MC_OK;
}

static MC_RC search(struct mc_archive *ar, int64_t folder, struct mc_span key,
	struct mc_error *err)
{
	struct mc_known_walk *w = &ar->known;

	mc_known_end(ar);
	w->folder = folder;
	mc_query_open(&w->q, ar, MC_SQL_SIGHTING_KNOWN);
	mc_bind_int(&w->q, folder);
	mc_bind_copy(&w->q, key);
	return step(w, err);
}

/* Of several under one key the latest counts. */
static void take(struct mc_query *q, int64_t octets, struct mc_known *out)
{
	int64_t id = mc_column_int(q, KNOWN_ID);

	if (id <= out->sighting)
		return;
	if (octets >= 0 && !mc_column_is_null(q, KNOWN_OCTETS) &&
		mc_column_int(q, KNOWN_OCTETS) != octets)
		return;
	*out = (struct mc_known){ id, mc_column_u32(q, KNOWN_FLAGS),
		mc_column_int(q, KNOWN_WORDED) != 0 };
}

MC_RC mc_known_find(struct mc_archive *ar, int64_t folder, const char *key,
	int64_t octets, struct mc_known *out, struct mc_error *err)
{
	struct mc_span wanted = mc_span_str(key);
	struct mc_known_walk *w = &ar->known;
	enum mc_rc rc = mc_archive_hold(ar, err);

	*out = (struct mc_known){ 0 };
	if (rc == MC_OK && !is_at(w, folder, wanted))
		rc = search(ar, folder, wanted, err);
	while (rc == MC_OK && is_at(w, folder, wanted)) {
		take(&w->q, octets, out);
		rc = step(w, err);
	}
	/* In a batch rows change under a walk. */
	if (rc < 0 || !ar->held)
		mc_known_end(ar);
	return rc;
}

void mc_known_end(struct mc_archive *ar)
{
	mc_query_close(&ar->known.q);
	ar->known.at_row = false;
}
