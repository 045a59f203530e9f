/* SPDX-License-Identifier: MIT
 * opt_help: the table of options as text for people. */
#include "base/span.h"
#include "cmd/opt.h"

enum { COLUMNS = 79, HELP_AT = 30 };

void mc_opt_wrap(FILE *out, const char *text, int at, int indent)
{
	struct mc_span rest = mc_span_str(text);
	bool first = true;

	while (rest.n > 0) {
		struct mc_span word =
			mc_span_head(rest, mc_span_index(rest, ' '));

		if (!first && at + 1 + (int)word.n > COLUMNS) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
		} else if (!first) {
			fputc(' ', out);
			at++;
		}
		fwrite(word.p, 1, word.n, out);
		at += (int)word.n;
		first = false;
		rest = mc_span_from(rest, word.n + 1);
	}
	fputc('\n', out);
}

static void print_option(const struct mc_opt *opt, FILE *out)
{
	int n = opt->letter
			? fprintf(out, "  -%c, --%s", opt->letter, opt->name)
			: fprintf(out, "      --%s", opt->name);

	if (opt->value)
		n += fprintf(out, " %s", opt->value);
	if (n + 2 > HELP_AT)
		fprintf(out, "\n%*s", HELP_AT, "");
	else
		fprintf(out, "%*s", HELP_AT - n, "");
	mc_opt_wrap(out, opt->help, HELP_AT, HELP_AT);
}

void mc_opt_help_groups(const struct mc_opt_spec *spec, FILE *out)
{
	for (const struct mc_opt_group *const *g = spec->groups; *g; g++) {
		fprintf(out, "\n%s:\n", (*g)->title);
		for (size_t i = 0; i < (*g)->n; i++)
			print_option(&(*g)->opts[i], out);
	}
}

void mc_opt_help(const struct mc_opt_spec *spec, FILE *out)
{
	fprintf(out, "Usage: mailcart %s [OPTION]...%s%s\n\n", spec->verb,
		spec->operands[0] ? " " : "", spec->operands);
	mc_opt_wrap(out, spec->about, 0, 0);
	for (size_t i = 0; i < 2 && spec->forms[i]; i++) {
		fputc('\n', out);
		mc_opt_wrap(out, spec->forms[i], 0, 0);
	}
	mc_opt_help_groups(spec, out);
}
