/* SPDX-License-Identifier: MIT
 * check: seals, then SQLite's own look at pages, indexes and references. */
#include "archive/query.h"

#include <unistd.h>

#include "archive/db.h"
#include "archive/tree.h"
#include "base/text.h"

enum {
	FLAWS_MAX = 100000, /* told one by one; a file that has more is lost */
	TORN_TRIES = 3,     /* a page may be read while it is written */
	TORN_US = 2000,
	TORN_MAX = 100, /* so many pages are not torn at once */
	LINE = 400,
};

/* Who is told, and of what at present. */
struct check {
	struct mc_archive *ar;
	mc_found_fn *found;
	void *arg;
	struct mc_flaw *flaws;
	size_t flaws_n;
	size_t flaws_cap;
	const char *name; /* of the tree */
	bool is_table;
	bool told_lost; /* pages that cannot be read; some that were lost hold
			 * nothing, and are not told */
};

static MC_RC remember(
	struct check *c, const struct mc_flaw *flaw, struct mc_error *err)
{
	if (c->flaws_n == c->flaws_cap) {
		size_t cap = c->flaws_cap ? 2 * c->flaws_cap : 16;
		struct mc_flaw *flaws =
			reallocarray(c->flaws, cap, sizeof(*flaws));

		if (!flaws)
			return mc_fail_memory(err);
		c->flaws = flaws;
		c->flaws_cap = cap;
	}
	c->flaws[c->flaws_n++] = *flaw;
	return MC_OK;
}

/* What may be torn is read again. */
static enum mc_seal_state look(
	const struct check *c, unsigned char *p, struct mc_flaw *flaw)
{
	enum mc_seal_state state = MC_SEAL_BROKEN;
	struct mc_seal *seal = c->ar->seal;
	int tries = c->flaws_n < TORN_MAX ? TORN_TRIES : 1;

	for (int i = 0; i < tries && state != MC_SEAL_SOUND; i++) {
		if (i > 0)
			usleep(TORN_US);
		if (mc_seal_read(seal, flaw->page, p))
			state = mc_seal_check(p, mc_seal_page_octets(seal),
				flaw->page, &flaw->at);
	}
	flaw->broken = state == MC_SEAL_BROKEN;
	return state;
}

static bool is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* Where SQLite puts its locks, it never puts a page. */
static bool is_lock_page(int64_t page, size_t octets)
{
	return page == INT64_C(0x40000000) / (int64_t)octets + 1;
}

static MC_RC find_flaws(
	struct check *c, int64_t pages, unsigned char *p, struct mc_error *err)
{
	size_t octets = mc_seal_page_octets(c->ar->seal);
	struct mc_flaw flaw;

	for (int64_t page = 1; page <= pages; page++) {
		flaw = (struct mc_flaw){ .page = page };
		if (is_lock_page(page, octets) ||
			look(c, p, &flaw) == MC_SEAL_SOUND)
			continue;
		if (c->flaws_n < FLAWS_MAX && remember(c, &flaw, err) < 0)
			return err->rc;
	}
	return MC_OK;
}

/* How the messages are found that rows of a table belong to. */
static const struct {
	const char *table;
	enum mc_sql sql;
} hits[] = {
	{ "piece", MC_SQL_HIT_PIECE },
	{ "body", MC_SQL_HIT_BODY },
	{ "body_piece", MC_SQL_HIT_BODY },
	{ "sighting", MC_SQL_HIT_SIGHTING },
	{ "sighting_word", MC_SQL_HIT_SIGHTING },
	{ "membership", MC_SQL_HIT_SIGHTING },
	{ "dress", MC_SQL_HIT_SIGHTING },
	{ "folder", MC_SQL_HIT_FOLDER },
	{ "variant", MC_SQL_HIT_VARIANT },
	{ "logical", MC_SQL_HIT_LOGICAL },
	{ "alias", MC_SQL_HIT_LOGICAL },
	{ "placement", MC_SQL_HIT_PLACEMENT },
	{ "word", MC_SQL_HIT_WORD },
};

static MC_RC tell_messages(struct check *c, const struct mc_flaw *flaw,
	enum mc_sql sql, int64_t first, int64_t last, struct mc_error *err)
{
	char line[LINE];
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, c->ar, sql);
	mc_bind_int(&q, first);
	mc_bind_int(&q, last);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		const char *folder = mc_column_text(&q, 1);

		mc_text_format(line, sizeof(line),
			"page %lld: message %lld in '%.200s' stands in it",
			(long long)flaw->page, (long long)mc_column_int(&q, 0),
			folder ? folder : "");
		c->found(c->arg, line, true);
	}
	mc_query_close(&q);
	/* What leads to the messages is damaged, too; it has its own line. */
	return rc == MC_EDB || rc == MC_DONE ? MC_OK : rc;
}

static void tell_page(struct check *c, const struct mc_flaw *flaw)
{
	char line[LINE];

	mc_text_format(line, sizeof(line), "page %lld, of %s '%s': %s",
		(long long)flaw->page, c->is_table ? "table" : "index", c->name,
		flaw->broken ? "not as it was written, and cannot be read"
			     : "a bit is not as it was written; it is read as "
			       "it was");
	c->found(c->arg, line, false);
	c->told_lost |= flaw->broken;
}

static enum mc_rc tell_flaw(void *arg, const struct mc_flaw *flaw,
	int64_t first, int64_t last, struct mc_error *err)
{
	struct check *c = arg;

	tell_page(c, flaw);
	for (size_t i = 0; i < sizeof(hits) / sizeof(hits[0]); i++) {
		if (c->is_table && first <= last &&
			strcmp(hits[i].table, c->name) == 0)
			return tell_messages(
				c, flaw, hits[i].sql, first, last, err);
	}
	return MC_OK;
}

/* MC_EDB: the list of trees itself is damaged. */
static MC_RC walk_trees(
	struct check *c, struct mc_tree *tree, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	c->name = "sqlite_schema";
	c->is_table = true;
	rc = mc_tree_walk(tree, 1, err);
	if (rc < 0)
		return rc;
	mc_query_open(&q, c->ar, MC_SQL_DAMAGE_TREES);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		const char *name = mc_column_text(&q, 0);

		c->name = name ? name : "";
		c->is_table = mc_column_int(&q, 2) != 0;
		rc = mc_tree_walk(tree, mc_column_int(&q, 1), err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	c->name = "free";
	return rc < 0 ? rc : mc_tree_walk_free(tree, err);
}

/* Those to which nothing leads. */
static void tell_rest(struct check *c, unsigned char *p)
{
	size_t octets = mc_seal_page_octets(c->ar->seal);
	char line[LINE];

	for (size_t i = 0; i < c->flaws_n; i++) {
		const struct mc_flaw *flaw = &c->flaws[i];

		/* Never written: free since the file grew. */
		if (flaw->told || (mc_seal_read(c->ar->seal, flaw->page, p) &&
					  is_zero(p, octets)))
			continue;
		mc_text_format(line, sizeof(line),
			"page %lld: not as it was written%s",
			(long long)flaw->page,
			flaw->broken ? ", and cannot be read"
				     : "; it is read as it was");
		c->found(c->arg, line, false);
		c->told_lost |= flaw->broken;
	}
}

/* lost: pages that cannot be read; and were any told? */
static MC_RC check_seals(struct mc_archive *ar, bool *lost, bool *told,
	mc_found_fn *found, void *arg, struct mc_error *err)
{
	struct check c = { .ar = ar, .found = found, .arg = arg };
	struct mc_tree tree = { .seal = ar->seal, .fn = tell_flaw, .arg = &c };
	size_t octets = mc_seal_page_octets(ar->seal);
	unsigned char *p = NULL;
	enum mc_rc rc;

	if (octets == 0)
		return MC_OK;
	p = malloc(octets);
	if (!p)
		return mc_fail_memory(err);
	tree.pages = mc_seal_pages(ar->seal);
	rc = find_flaws(&c, tree.pages, p, err);
	if (rc == MC_OK && c.flaws_n > 0) {
		tree.flaws = c.flaws;
		tree.flaws_n = c.flaws_n;
		tree.budget = 2 * tree.pages;
		rc = walk_trees(&c, &tree, err);
		tell_rest(&c, p);
	}
	for (size_t i = 0; i < c.flaws_n; i++)
		*lost |= c.flaws[i].broken;
	*told = c.told_lost;
	free(c.flaws);
	free(p);
	return rc;
}

/* Where the check itself meets damage that it cannot pass, that is a finding,
 * too. */
static MC_RC end_check(struct mc_query *q, enum mc_rc rc, mc_found_fn *found,
	void *arg, struct mc_error *err)
{
	mc_query_close(q);
	if (rc != MC_EDB)
		return rc < 0 ? rc : MC_OK;
	found(arg, err->text, false);
	return MC_OK;
}

static MC_RC look_at_pages(struct mc_archive *ar, mc_found_fn *found, void *arg,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_CHECK_PAGES);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		const char *text = mc_column_text(&q, 0);

		if (text && strcmp(text, "ok") != 0)
			found(arg, text, false);
	}
	return end_check(&q, rc, found, arg, err);
}

struct second_look {
	mc_found_fn *found;
	void *arg;
	bool same;
};

static void see(void *arg, const char *text, bool more)
{
	bool *seen = arg;

	(void)text;
	(void)more;
	*seen = true;
}

static void see_again(void *arg, const char *text, bool more)
{
	struct second_look *look = arg;

	look->same = true;
	look->found(look->arg, text, more);
}

/* A page for which there was no memory just then, or that could not be read,
 * SQLite tells as one that is damaged.  What is damaged is so twice. */
static MC_RC check_pages(struct mc_archive *ar, mc_found_fn *found, void *arg,
	struct mc_error *err)
{
	struct second_look second = { .found = found, .arg = arg };
	bool seen = false;
	enum mc_rc rc = look_at_pages(ar, see, &seen, err);

	if (rc < 0 || !seen)
		return rc;
	rc = look_at_pages(ar, see_again, &second, err);
	if (rc < 0 || second.same)
		return rc;
	return mc_fail(err, MC_ELIMIT, MC_RUN, 0,
		"pages could not be read that can be now: memory was short, or "
		"the disk begins to fail; run verify again");
}

/* told: pages that cannot be read were, and where it meets one it ends. */
static MC_RC check_references(struct mc_archive *ar, bool told,
	mc_found_fn *found, void *arg, struct mc_error *err)
{
	struct mc_query q;
	char line[LINE];
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_CHECK_REFERENCES);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		const char *table = mc_column_text(&q, 0);
		const char *parent = mc_column_text(&q, 2);

		mc_text_format(line, sizeof(line),
			"row %lld of %s: no %s for it",
			(long long)mc_column_int(&q, 1), table ? table : "?",
			parent ? parent : "?");
		found(arg, line, false);
	}
	if (rc == MC_EDB && told)
		rc = MC_OK;
	return end_check(&q, rc, found, arg, err);
}

MC_RC mc_archive_check(struct mc_archive *ar, mc_found_fn *found, void *arg,
	struct mc_error *err)
{
	bool lost = false;
	bool told = false;
	enum mc_rc rc = check_seals(ar, &lost, &told, found, arg, err);

	/* SQLite would tell what follows from it, in a hundred lines. */
	if (rc == MC_OK && !lost)
		rc = check_pages(ar, found, arg, err);
	return rc < 0 ? rc : check_references(ar, told, found, arg, err);
}
