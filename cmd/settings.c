/* SPDX-License-Identifier: MIT */
#include "cmd/settings.h"

#define AT(member) offsetof(struct mc_settings, member)
#define GROUP(name, text, table)                                               \
	const struct mc_opt_group name = { .title = (text),                    \
		.opts = (table),                                               \
		.n = sizeof(table) / sizeof((table)[0]) }

static const struct mc_opt common[] = {
	{ MC_OPT_TEXT, 'a', "archive", AT(archive), "FILE",
		"the archive (mailcart.db here, if not given)" },
	{ MC_OPT_FLAG, 'n', "dry-run", AT(dry_run), NULL,
		"say what would be done, change nothing" },
	{ MC_OPT_COUNT, 'v', "verbose", AT(verbose), NULL,
		"tell more; twice: the dialogue with servers, secrets masked" },
	{ MC_OPT_FLAG, 'q', "quiet", AT(quiet), NULL, "tell errors only" },
	{ MC_OPT_FLAG, 0, "json", AT(json), NULL,
		"one JSON object a line on standard output" },
	{ MC_OPT_FLAG, 0, "no-progress", AT(no_progress), NULL,
		"do not show how far it is" },
	{ MC_OPT_STOP, 'h', "help", AT(help), NULL, "this text" },
	{ MC_OPT_STOP, 'V', "version", AT(version), NULL, "the version" },
};
GROUP(mc_opts_common, "Everywhere", common);

static const struct mc_opt source[] = {
	{ MC_OPT_WORD, 0, "mbox-quote", AT(quote), "rd|o|none",
		"how mbox files quote lines of messages that look like From_ "
		"lines: mboxrd (if not given), mboxo, or not at all" },
	{ MC_OPT_FLAG, 0, "no-quit", AT(no_quit), NULL,
		"leave POP3 servers without QUIT, for those that then remove or "
		"hide what was read" },
};
GROUP(mc_opts_source, "Reading sources", source);

static const struct mc_opt login[] = {
	{ MC_OPT_TEXT, 0, "password-command", AT(source.password_command),
		"COMMAND",
		"run by sh -c; the first line it prints is the password or "
		"OAuth token" },
	{ MC_OPT_TEXT, 0, "password-file", AT(source.password_file), "FILE",
		"its first line is the password" },
	{ MC_OPT_TEXT, 0, "auth", AT(source.auth), "MECHANISM",
		"log in this way and no other: a SASL name such as PLAIN, "
		"SCRAM-SHA-256 or XOAUTH2, or USER, APOP, LOGIN" },
	{ MC_OPT_TEXT, 0, "auth-as", AT(source.auth_as), "USER",
		"act as this user, with the rights of the one who logs in" },
};
GROUP(mc_opts_login, "Logging in", login);

static const struct mc_opt target_login[] = {
	{ MC_OPT_TEXT, 0, "target-password-command",
		AT(target.password_command), "COMMAND",
		"prints the password or OAuth token for the target" },
	{ MC_OPT_TEXT, 0, "target-password-file", AT(target.password_file),
		"FILE", "its first line is the password for the target" },
	{ MC_OPT_TEXT, 0, "target-auth", AT(target.auth), "MECHANISM",
		"log in to the target this way and no other" },
	{ MC_OPT_TEXT, 0, "target-auth-as", AT(target.auth_as), "USER",
		"act as this user on the target" },
};
GROUP(mc_opts_target_login, "Logging in to the target", target_login);

static const struct mc_opt folders[] = {
	{ MC_OPT_LIST, 0, "include", AT(include), "GLOB",
		"only folders whose path fits; may be repeated" },
	{ MC_OPT_LIST, 0, "exclude", AT(exclude), "GLOB",
		"no folders whose path fits; may be repeated" },
};
GROUP(mc_opts_folders, "Which folders", folders);

/* The dates stand first: they have a group of their own, too. */
static const struct mc_opt selection[] = {
	{ MC_OPT_DATE, 0, "since", AT(since), "DATE",
		"only messages of that day (in UTC) or instant and later, and "
		"those without a date" },
	{ MC_OPT_DATE, 0, "before", AT(before), "DATE",
		"only messages before that day or instant, and those without "
		"a date" },
	{ MC_OPT_SIZE, 0, "max-size", AT(max_size), "SIZE",
		"only messages of so many octets at most; K, M and G stand for "
		"1024, 1024 K, 1024 M" },
};
GROUP(mc_opts_select, "Which messages", selection);
const struct mc_opt_group mc_opts_dates = { "Which messages", selection, 2 };

static const struct mc_opt removal[] = {
	{ MC_OPT_FLAG, 0, "delete-source", AT(delete_source), NULL,
		"delete in POP3 accounts what is safe: archived, read again "
		"from the disk, and fetched back from the target, if there is "
		"one, each to the octet" },
	{ MC_OPT_NUMBER, 0, "delete-after", AT(delete_after), "DAYS",
		"of these only messages that are so many days old, by their "
		"newest Received line, or else their Date" },
};
GROUP(mc_opts_delete, "Deleting at the source", removal);

static const struct mc_opt target[] = {
	{ MC_OPT_LIST, 0, "map", AT(map), "FROM=TO",
		"folder FROM goes to mailbox TO; may be repeated" },
	{ MC_OPT_TEXT, 0, "into", AT(into), "MAILBOX",
		"put all folders below this mailbox" },
	{ MC_OPT_FLAG, 0, "keep-deleted", AT(keep_deleted), NULL,
		"send messages that were marked as deleted, too" },
	{ MC_OPT_FLAG, 0, "all-variants", AT(all_variants), NULL,
		"send every variant of a message, not one of them" },
};
GROUP(mc_opts_target, "Where mail goes", target);

/* The first one has a group of its own, too. */
static const struct mc_opt speed[] = {
	{ MC_OPT_WORD, 0, "compress", AT(compress), "auto|yes|no",
		"compress what goes over an IMAP connection where its server "
		"can (COMPRESS=DEFLATE): if the link turns out to be slow "
		"(auto, if not given), always (yes), or never" },
	{ MC_OPT_NUMBER, 'j', "connections", AT(connections), "N",
		"connections to the target at a time, 15 at most; if not "
		"given, one, or 4 for 500 messages or a slow server; each has a "
		"mailbox of its own" },
};
GROUP(mc_opts_speed, "How fast", speed);
const struct mc_opt_group mc_opts_link = { "How fast", speed, 1 };

static const struct mc_opt pace[] = {
	{ MC_OPT_TEXT, 0, "max-rate", AT(max_rate), "OCTETS/s",
		"so many octets of messages at most, each way; k, M and G, and "
		"/min, /h or /day may follow: 2G/day goes as fast as it can "
		"until so much has gone within the last day, and then waits" },
	{ MC_OPT_TEXT, 0, "max-messages-rate", AT(max_messages_rate), "N/s",
		"so many messages at most, each way; /min, /h or /day may "
		"follow" },
};
GROUP(mc_opts_pace, "And no faster", pace);

static const struct mc_opt tls[] = {
	{ MC_OPT_TEXT, 0, "tls-ca", AT(source.tls_ca), "FILE",
		"trust the certificates in this PEM file instead of the "
		"system's" },
	{ MC_OPT_TEXT, 0, "tls-fingerprint", AT(source.tls_fingerprint),
		"SHA256", "accept the certificate with this digest only" },
	{ MC_OPT_FLAG, 0, "insecure-plaintext", AT(insecure_plaintext), NULL,
		"allow a connection without TLS: others can read the password "
		"and the mail" },
};
GROUP(mc_opts_tls, "Security of connections", tls);

static const struct mc_opt target_tls[] = {
	{ MC_OPT_TEXT, 0, "target-tls-ca", AT(target.tls_ca), "FILE",
		"the same for the target, where it differs" },
	{ MC_OPT_TEXT, 0, "target-tls-fingerprint", AT(target.tls_fingerprint),
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
	mc_opt_list_dispose(&set->folders);
	mc_opt_list_dispose(&set->retry_in);
	mc_opt_list_dispose(&set->operands);
}
