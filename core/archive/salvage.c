/* SPDX-License-Identifier: MIT
 * salvage: trees, orphans and indexes of one archive into another. */
#include "archive/salvage.h"

#include <string.h>

#include "archive/open.h"
#include "archive/record.h"
#include "archive/salvage_rebuild.h"
#include "archive/salvage_rows.h"
#include "archive/schema.h"
#include "archive/tree.h"

enum {
	BATCH_OCTETS = 32 << 20, /* of rows, committed at a time */
	OTHERS = 40,             /* trees of which no row is taken */
	VISITS = 64,             /* of each page; trees may be circles */
	VERSION_AT = 60,         /* in a file's header */
	APPLICATION_AT = 68,
};

/* What is known of a tree of the damaged file. */
struct root {
	int64_t page; /* 0: not known */
	bool lost;    /* rows first to last cannot be reached */
	int64_t first;
	int64_t last;
};

struct salvage {
	const struct mc_salvage_wish *wish;
	struct mc_archive *from;
	struct mc_archive *to;
	struct mc_tree tree;
	struct root roots[MC_SALVAGE_TREES];
	int64_t others[OTHERS];
	size_t others_n;
	int64_t totals; /* where the table begins */
	bool schema_lost;
	bool index_lost;
	int64_t had;     /* sightings by its totals; -1: not known */
	int64_t octets;  /* in this batch */
	int64_t version; /* of its schema, as far as it tells */
	size_t at;       /* the tree that rows are taken of */
	bool strict;     /* orphans: */
	bool fits;
};

static MC_RC check_cancel(const struct salvage *s, struct mc_error *err)
{
	return mc_cancel_is(s->wish->mon->cancel, MC_CANCEL_SOON)
		       ? mc_fail_cancelled(err)
		       : MC_OK;
}

/* ---- where the trees begin ---- */

/* Where the page of this tree is kept, or false if it is none of ours. */
static bool find_root(struct salvage *s, struct mc_span name, int64_t **page)
{
	*page = &s->totals;
	for (size_t i = 0; i < MC_SALVAGE_TREES; i++)
		if (mc_span_eq(name, mc_span_str(mc_salvage_trees[i].name))) {
			*page = &s->roots[i].page;
			return true;
		}
	return mc_span_eq(name, MC_SPAN("totals"));
}

static void set_root(struct salvage *s, struct mc_span name, int64_t page)
{
	int64_t *root;

	if (find_root(s, name, &root)) {
		if (*root == 0)
			*root = page;
	} else if (page != 0 && s->others_n < OTHERS) {
		s->others[s->others_n++] = page;
	}
}

/* A row of sqlite_schema: type, name, tbl_name, rootpage, sql. */
static enum mc_rc take_root(
	void *arg, int64_t row, struct mc_span record, struct mc_error *err)
{
	struct salvage *s = arg;
	struct mc_record r;

	(void)row;
	(void)err;
	if (mc_record_read(&r, record) && mc_record_fits(&r, "tttiT", 0, false))
		set_root(s, r.value[1].octets, r.value[3].number);
	return MC_OK;
}

static enum mc_rc lose_schema(
	void *arg, int64_t first, int64_t last, struct mc_error *err)
{
	struct salvage *s = arg;

	(void)first;
	(void)last;
	(void)err;
	s->schema_lost = true;
	return MC_OK;
}

/* Where the list of trees is lost: an archive that was made by this version has
 * them where every other has, too.  One that is not there is found by its
 * pages. */
static MC_RC guess_roots(struct salvage *s, struct mc_error *err)
{
	enum mc_tree_page kind;
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, s->to, MC_SQL_DAMAGE_TREES);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		const char *name = mc_column_text(&q, 0);
		int64_t page = mc_column_int(&q, 1);

		rc = mc_tree_page(&s->tree, page, &kind, err);
		if (rc < 0)
			break;
		if (kind != MC_PAGE_OTHER)
			set_root(s, mc_span_str(name ? name : ""), page);
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC find_roots(struct salvage *s, struct mc_error *err)
{
	enum mc_rc rc;

	s->tree.row = take_root;
	s->tree.lost = lose_schema;
	rc = mc_tree_walk(&s->tree, 1, err);
	if (rc == MC_OK && s->schema_lost)
		rc = guess_roots(s, err);
	return rc;
}

/* ---- rows ---- */

static MC_RC put_row(struct salvage *s, int64_t row, struct mc_span record,
	struct mc_error *err)
{
	bool put;

	if (mc_salvage_put(s->to, &mc_salvage_trees[s->at], row, record, &put,
		    err) < 0)
		return err->rc;
	s->octets += (int64_t)record.n;
	if (s->octets < BATCH_OCTETS)
		return MC_OK;
	s->octets = 0;
	if (check_cancel(s, err) < 0 || mc_archive_commit(s->to, err) < 0)
		return err->rc;
	return mc_archive_begin(s->to, err);
}

static enum mc_rc take_row(
	void *arg, int64_t row, struct mc_span record, struct mc_error *err)
{
	return put_row(arg, row, record, err);
}

static enum mc_rc lose_rows(
	void *arg, int64_t first, int64_t last, struct mc_error *err)
{
	struct salvage *s = arg;
	struct root *root = &s->roots[s->at];

	(void)err;
	if (!root->lost || first < root->first)
		root->first = first;
	if (!root->lost || last > root->last)
		root->last = last;
	root->lost = true;
	return MC_OK;
}

static bool is_lost(const struct salvage *s, const char *table)
{
	for (size_t i = 0; i < MC_SALVAGE_TREES; i++)
		if (strcmp(mc_salvage_trees[i].name, table) == 0)
			return s->roots[i].lost;
	return false;
}

/* An index gives rows back where its table lacks some; else it is only seen. */
static MC_RC walk_trees(struct salvage *s, bool indexes, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (s->at = 0; rc == MC_OK && s->at < MC_SALVAGE_TREES; s->at++) {
		const char *table = mc_salvage_trees[s->at].table;

		if (indexes != (table != NULL))
			continue;
		s->tree.lost = lose_rows;
		s->tree.row = take_row;
		if (table && !is_lost(s, table))
			continue;
		if (s->roots[s->at].page == 0)
			rc = lose_rows(s, INT64_MIN, INT64_MAX, err);
		else
			rc = mc_tree_walk(&s->tree, s->roots[s->at].page, err);
	}
	return rc;
}

/* ---- pages to which nothing leads any more ---- */

static enum mc_rc look_at_row(
	void *arg, int64_t row, struct mc_span record, struct mc_error *err)
{
	struct salvage *s = arg;
	const struct mc_salvage_tree *tree = &mc_salvage_trees[s->at];
	const struct root *root = &s->roots[s->at];

	(void)err;
	s->fits &= row >= root->first && row <= root->last &&
		   mc_salvage_is_row(tree, record, true);
	return MC_OK;
}

/* Takes the rows if they can be those of the tree at hand, as s->fits says. */
static MC_RC adopt(struct salvage *s, int64_t page, struct mc_error *err)
{
	s->fits = true;
	s->tree.row = look_at_row;
	if (mc_tree_page_rows(&s->tree, page, err) < 0)
		return err->rc;
	s->tree.row = take_row;
	return s->fits ? mc_tree_page_rows(&s->tree, page, err) : MC_OK;
}

static MC_RC find_parents(struct salvage *s, int64_t page, struct mc_error *err)
{
	enum mc_tree_page kind;
	enum mc_rc rc = mc_tree_page(&s->tree, page, &kind, err);

	s->fits = false;
	/* It may be of an index that looks the same. */
	if (kind == MC_PAGE_INDEX && s->index_lost)
		return rc;
	for (s->at = 0; rc == MC_OK && !s->fits && s->at < MC_SALVAGE_TREES;
		s->at++) {
		const struct mc_salvage_tree *tree = &mc_salvage_trees[s->at];
		enum mc_tree_page want =
			tree->rowids ? MC_PAGE_TABLE : MC_PAGE_INDEX;

		if (s->roots[s->at].lost && kind == want && !tree->table)
			rc = adopt(s, page, err);
	}
	return rc;
}

/* Below a page that is lost others may be that look like orphans of a table; a
 * leaf leads to none. */
static MC_RC see_other(struct salvage *s, int64_t root, struct mc_error *err)
{
	enum mc_rc rc = mc_tree_walk(&s->tree, root, err);

	s->index_lost |= mc_tree_lost_more(&s->tree);
	return rc;
}

/* What belongs to anything else is no orphan. */
static MC_RC see_others(struct salvage *s, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	s->tree.row = NULL;
	s->tree.lost = NULL;
	for (size_t i = 0; rc == MC_OK && i < MC_SALVAGE_TREES; i++)
		if (mc_salvage_trees[i].table && s->roots[i].page != 0)
			rc = see_other(s, s->roots[i].page, err);
	for (size_t i = 0; rc == MC_OK && i < s->others_n; i++)
		rc = see_other(s, s->others[i], err);
	return rc == MC_OK ? mc_tree_walk_free(&s->tree, err) : rc;
}

static MC_RC take_orphans(struct salvage *s, struct mc_error *err)
{
	bool any = false;
	enum mc_rc rc;

	for (size_t i = 0; i < MC_SALVAGE_TREES; i++)
		any |= s->roots[i].lost && !mc_salvage_trees[i].table;
	if (!any)
		return MC_OK;
	rc = see_others(s, err);
	s->tree.lost = lose_rows;
	for (int64_t page = 2; rc == MC_OK && page <= s->tree.pages; page++)
		if (!mc_tree_seen(&s->tree, page))
			rc = find_parents(s, page, err);
	return rc;
}

/* ---- what is not whole ---- */

static MC_RC tell(struct salvage *s, enum mc_sql sql, bool lost, int64_t *n,
	struct mc_error *err)
{
	const struct mc_salvage_wish *wish = s->wish;
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, s->to, sql);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		const struct mc_salvage_line line = {
			.logical = mc_column_int(&q, 0),
			.folder = mc_column_text(&q, 1),
			.subject = mc_column_text(&q, 2),
			.lost = lost,
		};

		++*n;
		wish->tell(wish->arg, &line);
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC count_sightings(
	struct salvage *s, int64_t *n, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, s->to, MC_SQL_SALVAGE_SIGHTINGS);
	rc = mc_query_int(&q, n, err);
	return rc < 0 ? rc : MC_OK;
}

/* What no message is named for. */
static void tell_parts(struct salvage *s, struct mc_salvage_totals *totals)
{
	for (size_t i = 0; i < MC_SALVAGE_TREES; i++) {
		const char *what = mc_salvage_trees[i].what;

		if (!what || !s->roots[i].lost)
			continue;
		totals->parts++;
		mc_note(s->wish->mon, "may be incomplete now: %s", what);
	}
}

static MC_RC finish(struct salvage *s, struct mc_salvage_totals *totals,
	struct mc_error *err)
{
	int64_t found = 0;
	enum mc_rc rc = mc_db_run(s->to, MC_SQL_SALVAGE_RUNS, err);

	if (rc == MC_OK)
		rc = count_sightings(s, &found, err);
	tell_parts(s, totals);
	totals->unknown = s->had < 0 ? -1 : s->had > found ? s->had - found : 0;
	if (rc == MC_OK)
		rc = tell(s, MC_SQL_SALVAGE_LOST, true, &totals->lost, err);
	if (rc == MC_OK)
		rc = mc_db_script(s->to, MC_SQL_SALVAGE_PRUNE, err);
	if (rc == MC_OK)
		rc = tell(s, MC_SQL_SALVAGE_BARE, false, &totals->bare, err);
	if (rc == MC_OK)
		rc = mc_db_script(s->to, MC_SQL_SALVAGE_SETTLE, err);
	if (rc == MC_OK)
		rc = count_sightings(s, &totals->messages, err);
	return rc;
}

/* ---- */

static enum mc_rc take_totals(
	void *arg, int64_t row, struct mc_span record, struct mc_error *err)
{
	struct salvage *s = arg;
	struct mc_record r;

	(void)row;
	(void)err;
	if (mc_record_read(&r, record) &&
		mc_record_fits(&r, "niiiiiiii", 0, true))
		s->had = r.value[4].number;
	return MC_OK;
}

/* One row; how much there was to be found. */
static MC_RC read_totals(struct salvage *s, struct mc_error *err)
{
	s->had = -1;
	s->tree.row = take_totals;
	s->tree.lost = NULL;
	return s->totals ? mc_tree_walk(&s->tree, s->totals, err) : MC_OK;
}

static MC_RC copy(struct salvage *s, struct mc_error *err)
{
	enum mc_rc rc = find_roots(s, err);

	if (rc == MC_OK)
		rc = read_totals(s, err);
	if (rc == MC_OK)
		rc = walk_trees(s, false, err);
	if (rc == MC_OK)
		rc = take_orphans(s, err);
	if (rc == MC_OK)
		rc = walk_trees(s, true, err);
	if (rc == MC_OK)
		rc = mc_schema_rekey(s->to, s->version, err);
	return rc == MC_OK ? mc_salvage_rebuild(s->wish, err) : rc;
}

static int64_t be32(const unsigned char *p)
{
	return (int64_t)p[0] << 24 | (int64_t)p[1] << 16 | (int64_t)p[2] << 8 |
	       (int64_t)p[3];
}

/* As far as the file says what it is. */
static MC_RC check_file(struct salvage *s, struct mc_error *err)
{
	struct mc_seal *seal = s->from->seal;
	size_t octets = mc_seal_page_octets(seal);
	unsigned char *p;
	size_t at;
	int64_t application = MC_APPLICATION_ID;

	s->version = MC_SCHEMA_VERSION;
	if (octets == 0)
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' has no seals that would tell its sound pages "
			"from others: it is no mailcart archive, or of one of "
			"the first versions",
			s->wish->from);
	p = malloc(octets);
	if (!p)
		return mc_fail_memory(err);
	if (mc_seal_read(seal, 1, p) &&
		mc_seal_check(p, octets, 1, &at) != MC_SEAL_BROKEN) {
		s->version = be32(p + VERSION_AT);
		application = be32(p + APPLICATION_AT);
	}
	free(p);
	if (application != MC_APPLICATION_ID)
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no mailcart archive; -a FILE names another",
			s->wish->from);
	if (s->version > MC_SCHEMA_VERSION)
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' was written by a newer mailcart; use that one",
			s->wish->from);
	return MC_OK;
}

static MC_RC open_from(struct salvage *s, struct mc_error *err)
{
	if (mc_archive_open_pages(&s->from, s->wish->from, s->wish->mon, err) <
			0 ||
		check_file(s, err) < 0)
		return err->rc;
	s->tree.seal = s->from->seal;
	s->tree.pages = mc_seal_pages(s->from->seal);
	s->tree.budget = VISITS * s->tree.pages;
	s->tree.arg = s;
	s->tree.seen = calloc((size_t)s->tree.pages / 8 + 1, 1);
	return s->tree.seen ? MC_OK : mc_fail_memory(err);
}

MC_RC mc_salvage(const struct mc_salvage_wish *wish,
	struct mc_salvage_totals *totals, struct mc_error *err)
{
	struct salvage s = { .wish = wish, .to = wish->to };
	enum mc_rc rc = open_from(&s, err);

	*totals = (struct mc_salvage_totals){ 0 };
	if (rc == MC_OK)
		rc = mc_db_script(s.to, MC_SQL_REFERENCES_OFF, err);
	if (rc == MC_OK)
		rc = mc_archive_begin(s.to, err);
	if (rc == MC_OK)
		rc = copy(&s, err);
	if (rc == MC_OK)
		rc = finish(&s, totals, err);
	if (rc == MC_OK)
		rc = mc_archive_commit(s.to, err);
	else
		mc_archive_rollback(s.to);
	free(s.tree.seen);
	mc_archive_close(s.from);
	return rc;
}
