/* SPDX-License-Identifier: MIT
 * imap_survey: NAMESPACE, LIST and LSUB, asked together. */
#include "base/clock.h"
#include "base/text.h"
#include "net/imap_lister.h"
#include "net/imap_wire.h"

static const struct mc_span nothing = { 0 };

/* One of the commands that are on their way together. */
struct asking {
	struct mc_imap_flight base;
	struct mc_imap *imap;
	bool over;
	struct mc_error why; /* once it is over; rc 0: it went well */
};

static MC_RC on_over(struct mc_imap_flight *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct asking *asking = (struct asking *)base;
	enum mc_rc rc = mc_imap_flight_result(asking->imap, r, err);

	asking->over = true;
	if (rc < 0)
		asking->why = *err;
	return rc == MC_EREFUSED ? MC_OK : rc;
}

static MC_RC hear(struct asking *asking, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && !asking->over)
		rc = mc_imap_turn(asking->imap, err);
	if (rc == MC_OK && asking->why.rc < 0) {
		*err = asking->why;
		rc = err->rc;
	}
	return rc;
}

static MC_RC hear_if_it_likes(struct asking *asking, struct mc_error *err)
{
	enum mc_rc rc = hear(asking, err);

	return rc == MC_EREFUSED ? MC_OK : rc;
}

struct space_asking {
	struct asking base;
	struct mc_imap_boxes *boxes;
	bool by_list; /* the server has no NAMESPACE */
};

/* NAMESPACE (("prefix" "/") ...) ...; or LIST () "/" "" to LIST "" "". */
static MC_RC on_space(struct mc_imap_flight *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	const struct space_asking *asking = (struct space_asking *)base;
	struct mc_imap_boxes *boxes = asking->boxes;
	const struct mc_imap_tokens *t = &r->tokens;
	struct mc_span prefix = { "", 0 };
	size_t separator;
	char *copy;

	if (r->kind != MC_IMAP_DATA)
		return MC_DONE;
	if (mc_imap_is(t, 0, "NAMESPACE") &&
		mc_imap_type(t, 2) == MC_IMAP_OPEN) {
		prefix = mc_imap_span(t, 3);
		separator = 4;
	} else if (asking->by_list && mc_imap_is(t, 0, "LIST")) {
		separator = mc_imap_behind(t, 1);
	} else {
		return MC_DONE;
	}
	if (mc_imap_type(t, separator) == MC_IMAP_STRING &&
		mc_imap_span(t, separator).n == 1)
		boxes->separator = mc_imap_span(t, separator).p[0];
	if (prefix.n > MC_NAME_MAX || mc_strdup(&copy, prefix, err) < 0)
		return prefix.n > MC_NAME_MAX ? MC_OK : err->rc;
	free(boxes->prefix);
	boxes->prefix = copy;
	return MC_OK;
}

/* Names that LSUB gave; sorted at the end. */
struct names {
	char **name;
	size_t n;
	size_t cap;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static MC_RC add_name(
	struct names *names, struct mc_span wire, struct mc_error *err)
{
	enum mc_rc rc;

	if (names->n >= MC_MAILBOXES_MAX)
		return mc_imap_fail_many(err, "subscriptions");
	if (names->n == names->cap) {
		size_t cap = names->cap ? names->cap * 2 : 32;
		char **grown = realloc(names->name, cap * sizeof(*names->name));

		if (!grown)
			return mc_fail_memory(err);
		names->name = grown;
		names->cap = cap;
	}
	rc = mc_strdup(&names->name[names->n], wire, err);
	if (rc == MC_OK)
		names->n++;
	return rc;
}

static bool has_name(const struct names *names, const char *wire)
{
	return bsearch(&wire, names->name, names->n, sizeof(*names->name),
		       compare_names) != NULL;
}

static void drop_names(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->name[i]);
	free(names->name);
}

struct lsub_asking {
	struct asking base;
	struct names names;
};

static MC_RC on_lsub(struct mc_imap_flight *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct names *names = &((struct lsub_asking *)base)->names;
	struct mc_imap_box box;
	size_t name;

	if (r->kind != MC_IMAP_DATA || !mc_imap_is(&r->tokens, 0, "LSUB"))
		return MC_DONE;
	return mc_imap_parse_box(&r->tokens, &box, &name)
		       ? add_name(names, mc_imap_span(&r->tokens, name), err)
		       : MC_OK;
}

static void note_subscribed(struct mc_imap_boxes *boxes, struct names *names)
{
	if (names->n == 0)
		return;
	qsort(names->name, names->n, sizeof(*names->name), compare_names);
	for (size_t i = 0; i < boxes->n; i++)
		if (has_name(names, boxes->box[i].wire))
			boxes->box[i].subscribed = true;
}

struct list_asking {
	struct asking base;
	struct mc_imap_lister lister;
};

static MC_RC on_listing(struct mc_imap_flight *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	enum mc_rc rc = mc_imap_take_list(
		&((struct list_asking *)base)->lister, r, err);

	return rc == MC_OK ? MC_DONE : rc;
}

/* A server without NAMESPACE tells what it has by what it lists: if all but
 * INBOX is below INBOX, so must be what is created. */
static MC_RC guess_space(const struct mc_imap *imap,
	struct mc_imap_boxes *boxes, struct mc_error *err)
{
	char prefix[] = "INBOX.";
	size_t below = 0;

	if (boxes->separator == '\0' && boxes->n > 0)
		boxes->separator = boxes->box[0].separator;
	if (mc_imap_can(imap, "NAMESPACE") || boxes->separator == '\0' ||
		boxes->n < 2)
		return MC_OK;
	prefix[5] = boxes->separator;
	for (size_t i = 0; i < boxes->n; i++)
		if (boxes->box[i].is_inbox ||
			mc_span_starts(mc_span_str(boxes->box[i].name),
				mc_span_str(prefix)))
			below++;
	if (below < boxes->n)
		return MC_OK;
	free(boxes->prefix);
	boxes->prefix = NULL;
	return mc_strdup(&boxes->prefix, mc_span_str(prefix), err);
}

/* What is asked together. */
struct survey {
	struct mc_imap *imap;
	struct mc_imap_boxes *boxes;
	struct space_asking space;
	struct lsub_asking lsub;
	struct list_asking list;
};

static MC_RC ask(struct survey *survey, struct asking *asking,
	const char *command, struct mc_error *err)
{
	asking->imap = survey->imap;
	asking->base.done = on_over;
	return mc_imap_launch(
		survey->imap, &asking->base, command, nothing, err);
}

/* The answer to LIST "" "" could be mistaken for one to LIST "" "*". */
static MC_RC ask_space(struct survey *survey, struct mc_error *err)
{
	struct space_asking *space = &survey->space;
	enum mc_rc rc;

	space->boxes = survey->boxes;
	space->by_list = !mc_imap_can(survey->imap, "NAMESPACE");
	space->base.base.data = on_space;
	rc = ask(survey, &space->base,
		space->by_list ? "LIST \"\" \"\"" : "NAMESPACE", err);
	if (rc == MC_OK && space->by_list)
		rc = hear_if_it_likes(&space->base, err);
	return rc;
}

static MC_RC ask_all(
	struct survey *survey, unsigned wanted, struct mc_error *err)
{
	char command[MC_IMAP_LIST_OPTIONS + 16] = "LIST \"\" \"*\"";
	char options[MC_IMAP_LIST_OPTIONS];
	enum mc_rc rc = ask_space(survey, err);

	mc_imap_list_options(survey->imap, wanted, options, sizeof(options));
	survey->lsub.base.over = true;
	if (rc == MC_OK && !options[0] && wanted & MC_IMAP_ASK_SUBSCRIBED) {
		survey->lsub.base.over = false;
		survey->lsub.base.base.data = on_lsub;
		rc = ask(survey, &survey->lsub.base, "LSUB \"\" \"*\"", err);
	}
	mc_text_append(command, sizeof(command), options);
	survey->list.lister.boxes = survey->boxes;
	survey->list.base.base.data = on_listing;
	return rc == MC_OK ? ask(survey, &survey->list.base, command, err) : rc;
}

/* Refusals of LSUB only mean that nothing is known to be subscribed. */
static MC_RC hear_all(struct survey *survey, struct mc_error *err)
{
	int64_t since = mc_clock_ms();
	enum mc_rc rc = hear_if_it_likes(&survey->space.base, err);

	mc_imap_note_wait(survey->imap, since);
	if (rc == MC_OK)
		rc = hear_if_it_likes(&survey->lsub.base, err);
	return rc == MC_OK ? hear(&survey->list.base, err) : rc;
}

MC_RC mc_imap_list(struct mc_imap *imap, unsigned ask,
	struct mc_imap_boxes *boxes, struct mc_error *err)
{
	struct survey survey = { .imap = imap, .boxes = boxes };
	enum mc_rc rc;

	mc_imap_boxes_dispose(boxes);
	mc_buf_init(&survey.list.lister.name, MC_IMAP_WIRE_MAX);
	rc = mc_strdup(&boxes->prefix, MC_SPAN(""), err);
	if (rc == MC_OK)
		rc = ask_all(&survey, ask, err);
	if (rc == MC_OK)
		rc = hear_all(&survey, err);
	/* What is still on its way was for this survey. */
	if (mc_imap_in_flight(imap))
		mc_imap_abort(imap);
	if (rc == MC_OK) {
		note_subscribed(boxes, &survey.lsub.names);
		rc = guess_space(imap, boxes, err);
	}
	mc_buf_dispose(&survey.list.lister.name);
	drop_names(&survey.lsub.names);
	return rc;
}
