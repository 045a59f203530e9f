/* SPDX-License-Identifier: MIT */
#include "cmd/opt.h"

#include "base/text.h"
#include "cmd/near.h"
#include "cmd/value.h"

struct parser {
	const struct mc_opt_spec *spec;
	char *const *args;
	size_t n;
	size_t at; /* the next argument */
	char *out;
	struct mc_opt_list *operands;
	bool stopped;
	struct mc_error *err;
};

void mc_opt_list_dispose(struct mc_opt_list *list)
{
	free(list->item);
	*list = (struct mc_opt_list){ NULL, 0 };
}

static MC_RC list_add(
	struct mc_opt_list *list, const char *item, struct mc_error *err)
{
	const char **more =
		realloc(list->item, (list->n + 1) * sizeof(*list->item));

	if (!more)
		return mc_fail_memory(err);
	list->item = more;
	list->item[list->n++] = item;
	return MC_OK;
}

static const struct mc_opt *by_name(
	const struct mc_opt_spec *spec, struct mc_span name)
{
	for (const struct mc_opt_group *const *g = spec->groups; *g; g++) {
		for (size_t i = 0; i < (*g)->n; i++) {
			const struct mc_opt *opt = &(*g)->opts[i];

			if (mc_span_eq(name, mc_span_str(opt->name)))
				return opt;
		}
	}
	return NULL;
}

static const struct mc_opt *by_letter(
	const struct mc_opt_spec *spec, char letter)
{
	for (const struct mc_opt_group *const *g = spec->groups; *g; g++) {
		for (size_t i = 0; i < (*g)->n; i++) {
			if ((*g)->opts[i].letter == letter)
				return &(*g)->opts[i];
		}
	}
	return NULL;
}

/* "mailcart pull", or "mailcart" alone. */
static const char *program(const struct mc_opt_spec *spec, char out[48])
{
	mc_text_format(
		out, 48, "mailcart%s%s", spec->verb[0] ? " " : "", spec->verb);
	return out;
}

static MC_RC fail_unknown(struct parser *p, struct mc_span name)
{
	const struct mc_span target = MC_SPAN("target-");
	struct mc_near near = { .word = name };
	char what[48];
	char shown[64];
	char other[80];

	mc_text_escape(shown, sizeof(shown), name);
	if (mc_span_starts(name, target))
		mc_text_format(other, sizeof(other), "%s", shown + target.n);
	else
		mc_text_format(other, sizeof(other), "target-%s", shown);
	if (by_name(p->spec, mc_span_str(other)))
		near.best = other;
	for (const struct mc_opt_group *const *g = p->spec->groups; *g; g++) {
		for (size_t i = 0; i < (*g)->n && near.best != other; i++)
			mc_near_offer(&near, (*g)->opts[i].name);
	}
	if (near.best)
		return mc_fail(p->err, MC_EUSAGE, MC_RUN, 0,
			"unknown option '--%s'; did you mean '--%s'?", shown,
			near.best);
	return mc_fail(p->err, MC_EUSAGE, MC_RUN, 0,
		"unknown option '--%s'; '%s -h' lists them", shown,
		program(p->spec, what));
}

/* Which of "one|two|three" the value is, or -1. */
static int word_index(const char *words, const char *value)
{
	struct mc_span rest = mc_span_str(words);

	for (int i = 0; rest.n > 0; i++) {
		size_t end = mc_span_index(rest, '|');

		if (mc_span_eq(mc_span_head(rest, end), mc_span_str(value)))
			return i;
		rest = mc_span_from(rest, end + 1);
	}
	return -1;
}

static MC_RC fail_value(
	struct parser *p, const struct mc_opt *opt, const char *value)
{
	const char *as = "";
	char shown[64];

	if (opt->kind == MC_OPT_DATE)
		as = ", as 2019-12-31 (UTC) or 2019-12-31T18:30:00+01:00";
	else if (opt->kind == MC_OPT_SIZE)
		as = ": octets, or as 500K, 25M or 2G";
	mc_text_escape(shown, sizeof(shown), mc_span_str(value));
	return mc_fail(p->err, MC_EUSAGE, MC_RUN, 0,
		"'%s' does not fit --%s: write --%s %s%s", shown, opt->name,
		opt->name, opt->value, as);
}

static void store_flag(struct parser *p, const struct mc_opt *opt)
{
	void *to = p->out + opt->target;

	if (opt->kind == MC_OPT_COUNT)
		(*(int *)to)++;
	else
		*(bool *)to = true;
	p->stopped = opt->kind == MC_OPT_STOP;
}

static MC_RC store_text(
	struct parser *p, const struct mc_opt *opt, const char *value)
{
	void *to = p->out + opt->target;

	if (!value[0])
		return fail_value(p, opt, value);
	if (opt->kind == MC_OPT_LIST)
		return list_add(to, value, p->err);
	*(const char **)to = value;
	return MC_OK;
}

static MC_RC store_value(
	struct parser *p, const struct mc_opt *opt, const char *value)
{
	void *to = p->out + opt->target;
	struct mc_span text = mc_span_str(value);
	int64_t number;
	bool fits;
	int index;

	switch (opt->kind) {
	case MC_OPT_WORD:
		index = word_index(opt->value, value);
		if (index < 0)
			return fail_value(p, opt, value);
		*(int *)to = index;
		return MC_OK;
	case MC_OPT_NUMBER:
		fits = mc_text_decimal(text, INT64_MAX, &number) && number > 0;
		break;
	case MC_OPT_DATE:
		fits = mc_value_date(text, &number);
		break;
	case MC_OPT_SIZE:
		fits = mc_value_size(text, &number);
		break;
	default:
		return store_text(p, opt, value);
	}
	if (!fits)
		return fail_value(p, opt, value);
	*(int64_t *)to = number;
	return MC_OK;
}

/* The value of opt is the next argument. */
static MC_RC store_next(struct parser *p, const struct mc_opt *opt)
{
	if (p->at == p->n)
		return mc_fail(p->err, MC_EUSAGE, MC_RUN, 0,
			"--%s needs a value: --%s %s", opt->name, opt->name,
			opt->value);
	return store_value(p, opt, p->args[p->at++]);
}

/* "--name", "--name=value", "--name value"; arg is without the dashes. */
static MC_RC parse_long(struct parser *p, const char *arg)
{
	struct mc_span name = mc_span_str(arg);
	size_t equals = mc_span_index(name, '=');
	const char *value = equals < name.n ? arg + equals + 1 : NULL;
	const struct mc_opt *opt;

	name = mc_span_head(name, equals);
	opt = by_name(p->spec, name);
	if (!opt)
		return fail_unknown(p, name);
	if (!opt->value && value)
		return mc_fail(p->err, MC_EUSAGE, MC_RUN, 0,
			"--%s takes no value: write --%s alone", opt->name,
			opt->name);
	if (value)
		return store_value(p, opt, value);
	if (opt->value)
		return store_next(p, opt);
	store_flag(p, opt);
	return MC_OK;
}

/* "-v", "-nq", "-aFILE", "-a FILE"; arg is without the dash. */
static MC_RC parse_letters(struct parser *p, const char *arg)
{
	char what[48];
	char shown[32];

	for (const char *c = arg; *c && !p->stopped; c++) {
		const struct mc_opt *opt = by_letter(p->spec, *c);

		if (!opt) {
			mc_text_escape(
				shown, sizeof(shown), (struct mc_span){ c, 1 });
			return mc_fail(p->err, MC_EUSAGE, MC_RUN, 0,
				"unknown option '-%s'; '%s -h' lists them",
				shown, program(p->spec, what));
		}
		if (opt->value && c[1])
			return store_value(p, opt, c + 1);
		if (opt->value)
			return store_next(p, opt);
		store_flag(p, opt);
	}
	return MC_OK;
}

static MC_RC check_operands(const struct parser *p)
{
	const struct mc_opt_spec *spec = p->spec;
	size_t n = p->operands->n;
	char what[48];
	char shown[80];

	program(spec, what);
	if (n < spec->operands_min)
		return mc_fail(p->err, MC_EUSAGE, MC_RUN, 0,
			"%s is missing: write %s %s",
			spec->operands_min > n + 1 ? spec->operands
						   : "an operand",
			what, spec->operands);
	if (n <= spec->operands_max)
		return MC_OK;
	mc_text_escape(shown, sizeof(shown),
		mc_span_str(p->operands->item[spec->operands_max]));
	return mc_fail(p->err, MC_EUSAGE, MC_RUN, 0,
		"'%s' is one word too many: write %s%s%s", shown, what,
		spec->operands[0] ? " " : "", spec->operands);
}

MC_RC mc_opt_parse(const struct mc_opt_spec *spec, char *const *args, size_t n,
	void *out, struct mc_opt_list *operands, struct mc_error *err)
{
	struct parser p = { .spec = spec,
		.args = args,
		.n = n,
		.out = out,
		.operands = operands,
		.err = err };
	bool only_operands = false;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && p.at < n && !p.stopped) {
		const char *arg = args[p.at++];

		if (only_operands || arg[0] != '-' || !arg[1])
			rc = list_add(operands, arg, err);
		else if (strcmp(arg, "--") == 0)
			only_operands = true;
		else if (arg[1] == '-')
			rc = parse_long(&p, arg + 2);
		else
			rc = parse_letters(&p, arg + 1);
	}
	if (rc == MC_OK && !p.stopped)
		rc = check_operands(&p);
	return rc;
}

/* Whether the option arg has its value in the next argument. */
static bool takes_next(const struct mc_opt_spec *spec, const char *arg)
{
	const struct mc_opt *opt;

	if (arg[1] == '-') {
		opt = by_name(spec, mc_span_str(arg + 2));
		return opt && opt->value;
	}
	for (const char *c = arg + 1; *c; c++) {
		opt = by_letter(spec, *c);
		if (!opt)
			return false;
		if (opt->value)
			return !c[1];
	}
	return false;
}

size_t mc_opt_first_operand(const struct mc_opt_spec *const *specs,
	size_t specs_n, char *const *args, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool next = false;

		if (strcmp(args[i], "--") == 0)
			return i + 1;
		if (args[i][0] != '-' || !args[i][1])
			return i;
		for (size_t s = 0; s < specs_n && !next; s++)
			next = takes_next(specs[s], args[i]);
		i += next;
	}
	return n;
}
