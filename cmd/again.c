/* SPDX-License-Identifier: MIT */
#include "cmd/again.h"

#include "base/text.h"

/* C0, DEL and C1, and what is no text at all. */
static bool has_control(const char *word)
{
	for (const char *c = word; *c; c++) {
		unsigned char next = (unsigned char)c[1];

		if ((unsigned char)*c < 0x20 || *c == 0x7F ||
			((unsigned char)*c == 0xC2 && next < 0xA0))
			return true;
	}
	return !mc_utf8_valid(mc_span_str(word));
}

/* $'...', as bash, ksh and zsh take it (POSIX.1-2024 2.2.4). */
static void escaped(FILE *out, const char *word)
{
	fputs("$'", out);
	for (; *word; word++) {
		unsigned char c = (unsigned char)*word;

		if (c == '\'' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7F)
			fprintf(out, "\\%03o", (unsigned)c);
		else
			fputc(c, out);
	}
	fputc('\'', out);
}

void mc_again_word(FILE *out, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-_./:@%+,=[]";

	if (word[0] && word[strspn(word, plain)] == '\0') {
		fputs(word, out);
		return;
	}
	if (has_control(word)) {
		escaped(out, word);
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
