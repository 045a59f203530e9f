/* SPDX-License-Identifier: MIT */
#include "cmd/settings.h"

#define AT(member) offsetof(struct mc_settings, member)
#define GROUP(name, text, table)                                               \
	const struct mc_opt_group name = { .title = (text),                    \
		.opts = (table),                                               \
		.n = sizeof(table) / sizeof((table)[0]) }

static const struct mc_opt common[] = {
	{ 'a', "archive", MC_OPT_TEXT, AT(archive), "FILE",
		"the archive (mailcart.db here, if not given)" },
	{ 'n', "dry-run", MC_OPT_FLAG, AT(dry_run), NULL,
		"say what would be done, change nothing" },
	{ 'v', "verbose", MC_OPT_COUNT, AT(verbose), NULL,
		"tell more; twice: the dialogue with servers, secrets masked" },
	{ 'q', "quiet", MC_OPT_FLAG, AT(quiet), NULL, "tell errors only" },
	{ 0, "json", MC_OPT_FLAG, AT(json), NULL,
		"one JSON object a line on standard output" },
	{ 0, "no-progress", MC_OPT_FLAG, AT(no_progress), NULL,
		"do not show how far it is" },
	{ 'h', "help", MC_OPT_STOP, AT(help), NULL, "this text" },
	{ 'V', "version", MC_OPT_STOP, AT(version), NULL, "the version" },
};
GROUP(mc_opts_common, "Everywhere", common);

static const struct mc_opt source[] = {
	{ 0, "mbox-quote", MC_OPT_WORD, AT(quote), "rd|o|none",
		"how mbox files quote lines of messages that look like From_ "
		"lines: mboxrd (if not given), mboxo, or not at all" },
};
GROUP(mc_opts_source, "Reading sources", source);

static const struct mc_opt login[] = {
	{ 0, "password-command", MC_OPT_TEXT, AT(source.password_command),
		"COMMAND",
		"run by sh -c; the first line it prints is the password or "
		"OAuth token" },
	{ 0, "password-file", MC_OPT_TEXT, AT(source.password_file), "FILE",
		"its first line is the password" },
	{ 0, "auth", MC_OPT_TEXT, AT(source.auth), "MECHANISM",
		"log in this way and no other: a SASL name such as PLAIN, "
		"SCRAM-SHA-256 or XOAUTH2, or USER, APOP, LOGIN" },
	{ 0, "auth-as", MC_OPT_TEXT, AT(source.auth_as), "USER",
		"act as this user, with the rights of the one who logs in" },
};
GROUP(mc_opts_login, "Logging in", login);

static const struct mc_opt target_login[] = {
	{ 0, "target-password-command", MC_OPT_TEXT,
		AT(target.password_command), "COMMAND",
		"prints the password or OAuth token for the target" },
	{ 0, "target-password-file", MC_OPT_TEXT, AT(target.password_file),
		"FILE", "its first line is the password for the target" },
	{ 0, "target-auth", MC_OPT_TEXT, AT(target.auth), "MECHANISM",
		"log in to the target this way and no other" },
	{ 0, "target-auth-as", MC_OPT_TEXT, AT(target.auth_as), "USER",
		"act as this user on the target" },
};
GROUP(mc_opts_target_login, "Logging in to the target", target_login);

static const struct mc_opt folders[] = {
	{ 0, "include", MC_OPT_LIST, AT(include), "GLOB",
		"only folders whose path fits; may be repeated" },
	{ 0, "exclude", MC_OPT_LIST, AT(exclude), "GLOB",
		"no folders whose path fits; may be repeated" },
};
GROUP(mc_opts_folders, "Which folders", folders);

static const struct mc_opt target[] = {
	{ 0, "map", MC_OPT_LIST, AT(map), "FROM=TO",
		"folder FROM goes to mailbox TO; may be repeated" },
	{ 0, "into", MC_OPT_TEXT, AT(into), "MAILBOX",
		"put all folders below this mailbox" },
	{ 0, "keep-deleted", MC_OPT_FLAG, AT(keep_deleted), NULL,
		"send messages that were marked as deleted, too" },
	{ 0, "all-variants", MC_OPT_FLAG, AT(all_variants), NULL,
		"send every variant of a message, not one of them" },
};
GROUP(mc_opts_target, "Where mail goes", target);

static const struct mc_opt tls[] = {
	{ 0, "tls-ca", MC_OPT_TEXT, AT(source.tls_ca), "FILE",
		"trust the certificates in this PEM file instead of the "
		"system's" },
	{ 0, "tls-fingerprint", MC_OPT_TEXT, AT(source.tls_fingerprint),
		"SHA256", "accept the certificate with this digest only" },
	{ 0, "insecure-plaintext", MC_OPT_FLAG, AT(insecure_plaintext), NULL,
		"allow a connection without TLS: others can read the password "
		"and the mail" },
};
GROUP(mc_opts_tls, "Security of connections", tls);

static const struct mc_opt target_tls[] = {
	{ 0, "target-tls-ca", MC_OPT_TEXT, AT(target.tls_ca), "FILE",
		"the same for the target, where it differs" },
	{ 0, "target-tls-fingerprint", MC_OPT_TEXT, AT(target.tls_fingerprint),
		"SHA256", "the same for the target, where it differs" },
};
GROUP(mc_opts_target_tls, "Security of the connection to the target",
	target_tls);

void mc_settings_init(struct mc_settings *set)
{
	*set = (struct mc_settings){ .archive = "mailcart.db" };
}

void mc_settings_dispose(struct mc_settings *set)
{
	mc_opt_list_dispose(&set->include);
	mc_opt_list_dispose(&set->exclude);
	mc_opt_list_dispose(&set->map);
	mc_opt_list_dispose(&set->operands);
}
