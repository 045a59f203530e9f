/* SPDX-License-Identifier: MIT */
#include "plan/plan.h"

#include <search.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "plan/name.h"

/* Who claims a name first. */
enum turn {
	TURN_SPECIAL, /* a mailbox for a purpose */
	TURN_FIXED,   /* INBOX, --map */
	TURN_SAME,    /* the name that it had before */
	TURN_BEFORE,  /* it has gone somewhere before */
	TURN_MAIL,
	TURN_EMPTY,
	TURNS
};

/* A row while it is planned. */
struct work {
	struct mc_plan_row *row;
	char *path; /* after --map, canonical; names the folder meant */
	bool mapped;
	bool skipped;
	enum mc_special special; /* by the source, else by name; or NONE */
	const struct mc_mailbox_info *box; /* the server's for special */
	enum turn turn;
};

/* A mailbox that folders of one path go to. */
struct claim {
	char *name;
	const char *path;
};

struct plan {
	struct work *work;
	size_t n;
	const struct mc_rules *rules;
	const struct mc_mailboxes *server;
	void *claims; /* tsearch tree of struct claim, by name in any case */
	struct mc_buf name;
};

static int compare_claims(const void *a, const void *b)
{
	return strcasecmp(((const struct claim *)a)->name,
		((const struct claim *)b)->name);
}

static void free_claim(void *node)
{
	struct claim *claim = node;

	free(claim->name);
	free(claim);
}

static void tell(
	struct mc_plan_row *row, const char *a, const char *b, const char *c)
{
	if (row->note[0])
		mc_text_append(row->note, sizeof(row->note), "; ");
	mc_text_append(row->note, sizeof(row->note), a);
	mc_text_append(row->note, sizeof(row->note), b);
	mc_text_append(row->note, sizeof(row->note), c);
}

static bool is_view(enum mc_special special)
{
	return special == MC_SPECIAL_ALL || special == MC_SPECIAL_FLAGGED ||
	       special == MC_SPECIAL_IMPORTANT;
}

/* Without '/' at its end. */
static struct mc_span trimmed(const char *path)
{
	struct mc_span s = mc_span_str(path);

	while (s.n > 0 && s.p[s.n - 1] == '/')
		s.n--;
	return s;
}

/* Is path this folder or one below it? */
static bool is_under(struct mc_span path, struct mc_span folder)
{
	struct mc_span head = mc_span_head(path, folder.n);

	if (path.n > folder.n && path.p[folder.n] != '/')
		return false;
	return mc_span_ieq(folder, MC_SPAN("INBOX")) ? mc_span_ieq(head, folder)
						     : mc_span_eq(head, folder);
}

bool mc_map_fits(const struct mc_map *map, const char *path)
{
	return is_under(mc_span_str(path), trimmed(map->from));
}

/* The longest that fits: what is said of a part of a tree goes before what is
 * said of the whole. */
static const struct mc_map *find_map(
	const struct mc_rules *rules, struct mc_span path)
{
	const struct mc_map *best = NULL;
	size_t length = 0;

	for (size_t i = 0; i < rules->maps_n; i++) {
		struct mc_span from = trimmed(rules->maps[i].from);

		if (from.n > length && is_under(path, from)) {
			best = &rules->maps[i];
			length = from.n;
		}
	}
	return best;
}

/* path after --map; the folder behind TO keeps its levels. */
static MC_RC apply_map(struct mc_buf *out, struct work *work,
	const struct mc_rules *rules, struct mc_error *err)
{
	struct mc_span path = mc_span_str(work->row->path);
	const struct mc_map *map = find_map(rules, path);
	struct mc_span to;
	enum mc_rc rc;

	mc_buf_clear(out);
	if (!map)
		return mc_buf_put(out, path, err);
	work->mapped = true;
	to = trimmed(map->to);
	path = mc_span_from(path, trimmed(map->from).n);
	if (to.n == 0 && path.n > 0)
		path = mc_span_from(path, 1);
	if (to.n == 0 && path.n == 0)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"--map '%s=' leaves folder '%s' without a name",
			map->from, work->row->path);
	rc = mc_buf_put(out, to, err);
	return rc == MC_OK ? mc_buf_put(out, path, err) : rc;
}

/* --into names a mailbox, so the server's own separator splits it too. */
static MC_RC put_into(
	struct plan *plan, struct mc_buf *path, struct mc_error *err)
{
	struct mc_span into = trimmed(plan->rules->into);
	struct mc_buf whole;
	enum mc_rc rc;

	mc_buf_init(&whole, MC_NAME_MAX);
	rc = mc_buf_put(&whole, into, err);
	for (size_t i = 0; rc == MC_OK && i < whole.len; i++) {
		if (whole.data[i] == plan->server->separator)
			whole.data[i] = '/';
	}
	if (rc == MC_OK)
		rc = mc_buf_printf(&whole, err, "/%s", mc_buf_str(path));
	if (rc == MC_OK) {
		mc_buf_clear(path);
		rc = mc_buf_put(path, mc_buf_span(&whole), err);
	}
	mc_buf_dispose(&whole);
	return rc;
}

static bool has_into(const struct plan *plan)
{
	return plan->rules->into && trimmed(plan->rules->into).n > 0;
}

/* By the source, else by its name; only at the top. */
static enum mc_special special_of(
	const struct plan *plan, const struct work *work)
{
	if (has_into(plan) || mc_name_is_inbox(work->path))
		return MC_SPECIAL_NONE;
	if (!work->mapped && work->row->special >= MC_SPECIAL_SENT)
		return is_view(work->row->special) ? MC_SPECIAL_NONE
						   : work->row->special;
	return strchr(work->path, '/') ? MC_SPECIAL_NONE
				       : mc_special_by_name(work->path);
}

static void clear(struct mc_plan_row *row)
{
	row->mailbox = NULL;
	row->use = MC_SPECIAL_NONE;
	row->exists = false;
	row->note[0] = '\0';
}

static MC_RC prepare(struct plan *plan, struct work *work,
	struct mc_plan_row *row, struct mc_error *err)
{
	const char *rule = NULL;
	struct mc_buf path;
	struct mc_buf canonical;
	enum mc_rc rc;

	work->row = row;
	work->skipped = !mc_rules_pass(plan->rules, row->path, &rule);
	if (work->skipped) {
		tell(row, "left out by ", rule, "");
		return MC_OK;
	}
	mc_buf_init(&path, MC_NAME_MAX);
	mc_buf_init(&canonical, MC_NAME_MAX);
	rc = apply_map(&path, work, plan->rules, err);
	if (rc == MC_OK && has_into(plan))
		rc = put_into(plan, &path, err);
	if (rc == MC_OK)
		rc = mc_name_canonical(
			&canonical, mc_buf_str(&path), plan->server, err);
	if (rc == MC_OK)
		rc = mc_strdup(&work->path, mc_buf_span(&canonical), err);
	if (rc == MC_OK)
		work->special = special_of(plan, work);
	mc_buf_dispose(&path);
	mc_buf_dispose(&canonical);
	return rc;
}

/* The server's mailbox for a purpose: by attribute, else by name. */
static const struct mc_mailbox_info *find_special(
	const struct mc_mailboxes *server, enum mc_special special)
{
	for (size_t i = 0; i < server->n; i++) {
		if (server->boxes[i].special == special &&
			server->boxes[i].selectable)
			return &server->boxes[i];
	}
	for (size_t i = 0; i < server->n; i++) {
		const struct mc_mailbox_info *box = &server->boxes[i];
		const char *top = mc_name_top(server, box);

		if (top && box->selectable && box->special == MC_SPECIAL_NONE &&
			mc_special_by_name(top) == special)
			return box;
	}
	return NULL;
}

/* How good a folder's claim to be the one of its purpose is. */
static int rank(const struct plan *plan, const struct work *work,
	const struct mc_mailbox_info *box)
{
	const char *top = box ? mc_name_top(plan->server, box) : NULL;

	if (box && work->row->before &&
		strcmp(work->row->before, box->name) == 0)
		return 4;
	if (work->row->empty)
		return 0;
	if (!work->mapped && work->row->special == work->special)
		return 3;
	if (top && strcmp(top, work->path) == 0)
		return 2;
	return 1;
}

/* One folder (of any number of sources) goes to the mailbox for a purpose.
 * Others that look like it keep their own names: merging is for people. */
static void settle_special(struct plan *plan, enum mc_special special)
{
	const struct mc_mailbox_info *box = find_special(plan->server, special);
	const struct work *best = NULL;

	for (size_t i = 0; i < plan->n; i++) {
		const struct work *work = &plan->work[i];

		if (work->special == special &&
			(!best ||
				rank(plan, work, box) > rank(plan, best, box)))
			best = work;
	}
	for (size_t i = 0; i < plan->n; i++) {
		struct work *work = &plan->work[i];

		if (work->special != special)
			continue;
		work->box = box;
		if (strcmp(work->path, best->path) == 0)
			continue;
		work->special = MC_SPECIAL_NONE;
		work->box = NULL;
		tell(work->row, best->path, " is taken for ",
			mc_special_attribute(special));
	}
}

/* Claims a mailbox for path.  MC_DONE: another path has it. */
static MC_RC claim(struct plan *plan, const char *name, const char *path,
	struct mc_error *err)
{
	struct claim *claim = malloc(sizeof(*claim));
	void *node;
	enum mc_rc rc;

	if (!claim)
		return mc_fail_memory(err);
	claim->path = path;
	claim->name = NULL;
	rc = mc_strdup(&claim->name, mc_span_str(name), err);
	if (rc < 0) {
		free_claim(claim);
		return rc;
	}
	node = tsearch(claim, &plan->claims, compare_claims);
	if (node && *(struct claim **)node == claim)
		return MC_OK;
	if (node && (strcmp((*(struct claim **)node)->path, path) != 0 ||
			    strcmp((*(struct claim **)node)->name, name) != 0))
		rc = MC_DONE;
	free_claim(claim);
	return node ? rc : mc_fail_memory(err);
}

/* What a mailbox is called that the server refused by that name; else NULL. */
static const char *find_renamed(const struct mc_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->renamed_n; i++) {
		if (strcmp(rules->renamed[i].wanted, name) == 0)
			return rules->renamed[i].given;
	}
	return NULL;
}

/* Gives row the mailbox plan->name, or what the server has taken instead of
 * that, with a number behind it where another folder has it or it is a view. */
static MC_RC settle(struct plan *plan, struct work *work, struct mc_error *err)
{
	struct mc_plan_row *row = work->row;
	const struct mc_mailbox_info *box;
	size_t length = plan->name.len;
	const char *given;
	const char *name;
	enum mc_rc rc;

	for (size_t i = 2;; i++) {
		given = find_renamed(plan->rules, mc_buf_str(&plan->name));
		name = given ? given : mc_buf_str(&plan->name);
		box = mc_name_find(plan->server, name);
		rc = box && is_view(box->special)
			     ? MC_DONE
			     : claim(plan, name, work->path, err);
		if (rc != MC_DONE)
			break;
		row->renamed = true;
		if (i == 2)
			tell(row, name, " is ",
				box && is_view(box->special)
					? "a view of the server's"
					: "another folder's");
		plan->name.len = length;
		rc = mc_buf_printf(&plan->name, err, " (%zu)", i);
		if (rc < 0)
			return rc;
	}
	if (rc == MC_OK)
		rc = mc_strdup(&row->mailbox, mc_span_str(name), err);
	row->exists = box && box->selectable;
	if (rc == MC_OK && given)
		tell(row, "the server refuses the name ",
			mc_buf_str(&plan->name), "");
	if (rc == MC_OK && box && !box->selectable)
		tell(row, row->mailbox, " holds no mail yet", "");
	return rc;
}

/* "Work (2)" for "Work": the name that settle() made of it. */
static bool is_numbered(const char *name, struct mc_span of)
{
	size_t n = strlen(name);
	size_t digits;

	if (n <= of.n + 3 || memcmp(name, of.p, of.n) != 0 ||
		memcmp(name + of.n, " (", 2) != 0)
		return false;
	digits = strspn(name + of.n + 2, "0123456789");
	return digits > 0 && strcmp(name + of.n + 2 + digits, ")") == 0;
}

/* A folder that gave way keeps to its number, even where the one that it gave
 * way to has no mailbox yet and would come later. */
static MC_RC keep_number(
	struct plan *plan, struct work *work, bool *kept, struct mc_error *err)
{
	struct mc_plan_row *row = work->row;
	const struct mc_mailbox_info *box;
	enum mc_rc rc;

	*kept = false;
	if (work->turn != TURN_BEFORE ||
		!is_numbered(row->before, mc_buf_span(&plan->name)))
		return MC_OK;
	box = mc_name_find(plan->server, row->before);
	if (box && is_view(box->special))
		return MC_OK;
	rc = claim(plan, row->before, work->path, err);
	if (rc == MC_DONE)
		return MC_OK;
	*kept = rc == MC_OK;
	row->renamed = true;
	row->exists = box && box->selectable;
	tell(row, mc_buf_str(&plan->name), " is ", "another folder's");
	return rc == MC_OK
		       ? mc_strdup(&row->mailbox, mc_span_str(row->before), err)
		       : rc;
}

static MC_RC name_special(
	struct plan *plan, struct work *work, struct mc_error *err)
{
	const char *top;
	enum mc_rc rc;

	mc_buf_clear(&plan->name);
	rc = mc_buf_put(&plan->name, mc_span_str(work->box->name), err);
	if (rc < 0)
		return rc;
	work->row->use = work->special;
	top = mc_name_top(plan->server, work->box);
	if (!top || strcmp(work->path, top) != 0)
		tell(work->row, "the server's ",
			mc_special_attribute(work->special), "");
	return settle(plan, work, err);
}

static MC_RC name_plain(
	struct plan *plan, struct work *work, struct mc_error *err)
{
	bool mended;
	bool kept;
	enum mc_rc rc = mc_name_make(
		&plan->name, work->path, plan->server, &mended, err);

	if (rc < 0)
		return rc;
	work->row->use = work->special;
	work->row->renamed = mended;
	if (mended)
		tell(work->row, "the name is changed to what the server takes",
			"", "");
	rc = keep_number(plan, work, &kept, err);
	return rc == MC_OK && !kept ? settle(plan, work, err) : rc;
}

/* A TO or --into that would need mending is the user's to mend. */
static MC_RC check_word(
	const char *option, const char *text, struct mc_error *err)
{
	struct mc_span s = mc_span_str(text);

	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F)
			return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
				"%s '%s': a control character", option, text);
	}
	if (!mc_utf8_valid(s))
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0, "%s '%s': no UTF-8",
			option, text);
	if (s.n > 0 && mc_span_trim(s).n == 0)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"%s '%s': nothing but blanks", option, text);
	return MC_OK;
}

static MC_RC check_rules(const struct mc_rules *rules, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (rules->into)
		rc = check_word("--into", rules->into, err);
	for (size_t i = 0; rc == MC_OK && i < rules->maps_n; i++) {
		if (trimmed(rules->maps[i].from).n == 0)
			return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
				"--map '=%s': no folder before the '='",
				rules->maps[i].to);
		rc = check_word("--map", rules->maps[i].to, err);
	}
	return rc;
}

/* A TO that is a mailbox by that very name means that one. */
static MC_RC prefer_literal(
	struct plan *plan, struct work *work, struct mc_error *err)
{
	bool mended;
	enum mc_rc rc;

	if (!work->mapped || work->special == MC_SPECIAL_NONE)
		return MC_OK;
	rc = mc_name_make(&plan->name, work->path, plan->server, &mended, err);
	if (rc == MC_OK && mc_name_find(plan->server, mc_buf_str(&plan->name)))
		work->special = MC_SPECIAL_NONE;
	return rc;
}

static MC_RC take_turn(
	struct plan *plan, struct work *work, struct mc_error *err)
{
	const char *before = work->row->before;
	bool mended;
	enum mc_rc rc;

	work->turn = work->row->empty ? TURN_EMPTY : TURN_MAIL;
	if (work->box)
		work->turn = TURN_SPECIAL;
	else if (work->mapped || mc_name_is_inbox(work->path))
		work->turn = TURN_FIXED;
	if (!before || work->turn < TURN_SAME)
		return MC_OK;
	rc = mc_name_make(&plan->name, work->path, plan->server, &mended, err);
	work->turn = TURN_BEFORE;
	if (rc == MC_OK && strcmp(before, mc_buf_str(&plan->name)) == 0)
		work->turn = TURN_SAME;
	return rc;
}

static MC_RC name_turn(struct plan *plan, enum turn turn, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < plan->n; i++) {
		struct work *work = &plan->work[i];

		if (work->skipped || work->turn != turn)
			continue;
		rc = work->box ? name_special(plan, work, err)
			       : name_plain(plan, work, err);
	}
	return rc;
}

static MC_RC name_all(struct plan *plan, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < plan->n; i++) {
		if (!plan->work[i].skipped)
			rc = take_turn(plan, &plan->work[i], err);
	}
	for (int turn = 0; rc == MC_OK && turn < TURNS; turn++)
		rc = name_turn(plan, (enum turn)turn, err);
	return rc;
}

static void dispose(struct plan *plan)
{
	for (size_t i = 0; plan->work && i < plan->n; i++)
		free(plan->work[i].path);
	free(plan->work);
	tdestroy(plan->claims, free_claim);
	mc_buf_dispose(&plan->name);
}

MC_RC mc_plan_make(struct mc_plan_row *rows, size_t n,
	const struct mc_rules *rules, const struct mc_mailboxes *server,
	struct mc_error *err)
{
	struct plan plan = { .n = n, .rules = rules, .server = server };
	enum mc_rc rc = check_rules(rules, err);

	for (size_t i = 0; i < n; i++)
		clear(&rows[i]);
	if (rc < 0)
		return rc;
	mc_buf_init(&plan.name, MC_NAME_MAX + 32);
	plan.work = calloc(n + 1, sizeof(*plan.work));
	if (!plan.work) {
		rc = mc_fail_memory(err);
		goto out;
	}
	for (size_t i = 0; rc == MC_OK && i < n; i++) {
		rc = prepare(&plan, &plan.work[i], &rows[i], err);
		if (rc == MC_OK && !plan.work[i].skipped)
			rc = prefer_literal(&plan, &plan.work[i], err);
	}
	if (rc < 0)
		goto out;
	for (int s = MC_SPECIAL_SENT; s <= MC_SPECIAL_ARCHIVE; s++)
		settle_special(&plan, (enum mc_special)s);
	rc = name_all(&plan, err);
out:
	dispose(&plan);
	return rc;
}

void mc_plan_dispose(struct mc_plan_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(rows[i].mailbox);
		rows[i].mailbox = NULL;
	}
}
