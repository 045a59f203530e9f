/* SPDX-License-Identifier: MIT */
#include "cmd/again.h"

#include "base/span.h"

void mc_again_word(FILE *out, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-_./:@%+,=[]";

	if (word[0] && word[strspn(word, plain)] == '\0') {
		fputs(word, out);
		return;
	}
	fputc('\'', out);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	}
	fputc('\'', out);
}

void mc_again_command(FILE *out, const char *archive, const char *verb)
{
	fputs("mailcart", out);
	if (strcmp(archive, "mailcart.db") != 0) {
		fputs(" -a ", out);
		mc_again_word(out, archive);
	}
	fprintf(out, " %s", verb);
}

static int option(FILE *out, const char *name, const char *value)
{
	if (!value)
		return 0;
	fprintf(out, " --%s ", name);
	mc_again_word(out, value);
	return 1;
}

/* How many. */
static int options(FILE *out, const struct mc_settings *set)
{
	const struct mc_side *to = &set->target;
	int n = 0;

	n += option(out, "target-tls-ca", to->tls_ca);
	n += option(out, "tls-ca", to->tls_ca ? NULL : set->source.tls_ca);
	n += option(out, "target-tls-fingerprint", to->tls_fingerprint);
	n += option(out, "tls-fingerprint",
		to->tls_fingerprint ? NULL : set->source.tls_fingerprint);
	n += option(out, "target-password-command", to->password_command);
	n += option(out, "target-password-file", to->password_file);
	n += option(out, "target-auth", to->auth);
	n += option(out, "target-auth-as", to->auth_as);
	if (set->insecure_plaintext)
		n += fputs(" --insecure-plaintext", out) >= 0;
	return n;
}

void mc_again_target(
	FILE *out, const struct mc_settings *set, const char *target)
{
	/* In a line of its own, so that both fit. */
	fputs(set && options(out, set) > 0 ? " \\\n          " : " ", out);
	mc_again_word(out, target);
	fputc('\n', out);
}
