/* SPDX-License-Identifier: MIT
 * main: the table of commands; finds the verb, reads its options, runs it.
 * Knows nothing of what commands do. */
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/confine.h"
#include "cmd/near.h"

static const struct mc_command commands[] = {
	{ "migrate", cmd_migrate, &mc_spec_migrate,
		"pull, push, verify, report: the whole move" },
	{ "pull", cmd_pull, &mc_spec_pull, "copy mail into the archive" },
	{ "push", cmd_push, &mc_spec_push,
		"recreate folders and mail on an IMAP server" },
	{ "verify", cmd_verify, &mc_spec_verify,
		"check the archive, and the server against it" },
	{ "plan", cmd_plan, &mc_spec_plan, "tell what push would do" },
	{ "status", cmd_status, &mc_spec_status,
		"tell what the archive holds, what became of it" },
	{ "list", cmd_list, &mc_spec_list,
		"list folders, or the messages of one" },
	{ "show", cmd_show, &mc_spec_show, "write one message as it arrived" },
	{ "export", cmd_export, &mc_spec_export,
		"write it all out: mbox, Maildir or .eml files" },
	{ "probe", cmd_probe, &mc_spec_probe,
		"tell what a server or a store can do and holds" },
	{ "salvage", cmd_salvage, &mc_spec_salvage,
		"make a new archive of what a damaged one still holds" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const struct mc_opt_group *const no_verb_groups[] = { &mc_opts_common,
	NULL };

static const struct mc_opt_spec no_verb = { .verb = "",
	.operands = "COMMAND [OPERAND]...",
	.operands_max = SIZE_MAX,
	.about = "Moves mail out of POP3 and IMAP accounts and local mail "
		 "stores into one archive file, and recreates it on an IMAP "
		 "server. It accounts for every message.",
	.groups = no_verb_groups };

static const struct mc_command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static MC_RC fail_verb(const char *name, struct mc_error *err)
{
	struct mc_near near = { .word = mc_span_str(name) };

	mc_near_offer(&near, "help");
	for (size_t i = 0; i < COMMANDS; i++)
		mc_near_offer(&near, commands[i].name);
	if (near.best)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"unknown command '%.60s'; did you mean '%s'?", name,
			near.best);
	return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
		"unknown command '%.60s'; 'mailcart help' lists them", name);
}

static void print_top(FILE *out)
{
	fprintf(out, "Usage: mailcart %s\n\n", no_verb.operands);
	mc_opt_wrap(out, no_verb.about, 0, 0);
	fputs("\nCommands:\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-8s %-20s %s\n", commands[i].name,
			commands[i].spec->operands, commands[i].summary);
	mc_opt_help_groups(&no_verb, out);
	fputs("\n'mailcart help COMMAND' tells more; so does mailcart(1).\n",
		out);
}

static void print_version(FILE *out)
{
	fputs("mailcart " MC_VERSION "\n", out);
}

/* For what goes wrong before a run begins. */
static int end_early(enum mc_rc rc, const struct mc_error *err)
{
	static const struct mc_report nothing;

	if (rc >= 0)
		return 0;
	fprintf(stderr, "mailcart: %s\n", err->text);
	return mc_exit_status(&nothing, err);
}

static int help(char *const *args, size_t n, FILE *out)
{
	const struct mc_command *command = NULL;
	struct mc_error err;
	enum mc_rc rc = MC_OK;

	if (n > 0 && args[0][0] != '-') {
		command = find_command(args[0]);
		if (!command && strcmp(args[0], "help") != 0)
			rc = fail_verb(args[0], &err);
	}
	if (rc < 0)
		return end_early(rc, &err);
	if (command)
		mc_opt_help(command->spec, out);
	else
		print_top(out);
	return 0;
}

static int run_command(const struct mc_command *command,
	struct mc_settings *set, struct mc_out *out)
{
	struct mc_run run = { .verb = command->name, .set = set, .out = out };
	int status;

	if (mc_run_open(&run) < 0)
		status = mc_run_status(&run, run.err.rc);
	else
		status = command->fn(&run);
	mc_run_close(&run);
	return status;
}

/* args is without the verb. */
static int with_verb(const struct mc_command *command, char *const *args,
	size_t n, struct mc_out *out)
{
	struct mc_settings set;
	struct mc_error err;
	int status = 0;
	enum mc_rc rc;

	mc_settings_init(&set);
	rc = mc_opt_parse(command->spec, args, n, &set, &set.operands, &err);
	if (rc < 0) {
		mc_while(&err, "%s", command->name);
		status = end_early(rc, &err);
	} else if (set.help) {
		mc_opt_help(command->spec, out->file);
	} else if (set.version) {
		print_version(out->file);
	} else {
		status = run_command(command, &set, out);
	}
	mc_settings_dispose(&set);
	return status;
}

static int without_verb(char *const *args, size_t n, struct mc_out *out)
{
	struct mc_settings set;
	struct mc_error err;
	enum mc_rc rc;

	mc_settings_init(&set);
	rc = mc_opt_parse(&no_verb, args, n, &set, &set.operands, &err);
	if (rc == MC_OK && set.help)
		print_top(out->file);
	else if (rc == MC_OK && set.version)
		print_version(out->file);
	else if (rc == MC_OK)
		rc = mc_fail(&err, MC_EUSAGE, MC_RUN, 0,
			"no command given; 'mailcart help' lists them");
	mc_settings_dispose(&set);
	return end_early(rc, &err);
}

/* args: argv without the program; the verb is taken out of it. */
static int dispatch(char **args, size_t n, struct mc_out *out)
{
	const struct mc_opt_spec *specs[COMMANDS];
	const struct mc_command *command;
	struct mc_error err;
	char *verb;
	size_t at;

	for (size_t i = 0; i < COMMANDS; i++)
		specs[i] = commands[i].spec;
	at = mc_opt_first_operand(specs, COMMANDS, args, n);
	if (at >= n)
		return without_verb(args, n, out);
	verb = args[at];
	memmove(args + at, args + at + 1, (n - at - 1) * sizeof(*args));
	if (strcmp(verb, "help") == 0)
		return help(args, n - 1, out->file);
	command = find_command(verb);
	if (!command)
		return end_early(fail_verb(verb, &err), &err);
	return with_verb(command, args, n - 1, out);
}

/* A closed standard stream must not become the archive. */
static bool open_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			return false;
	}
	return true;
}

/* Whether all that was printed has arrived. */
static int finish(struct mc_out *out, int status)
{
	static const struct mc_report nothing;
	struct mc_error err;
	enum mc_rc rc = mc_out_flush(out, &err);

	if (rc == MC_OK)
		return status;
	if (out->told || mc_out_is_closed(out))
		return mc_exit_status(&nothing, &err);
	return end_early(rc, &err);
}

/* What one thread allocates another one frees, thousands of times a second: given
 * back to the system each time, it cost 3 % of a pull, for nothing.  4 MiB an
 * arena are kept. */
static void keep_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 4 * 1024 * 1024);
}

int main(int argc, char **argv)
{
	struct mc_out out = { .file = stdout };

	if (!open_streams())
		return EXIT_FAILURE;
	/* Widths of characters; all our text is UTF-8. */
	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);
	mc_signals_end_outgrown();
	keep_memory();
	mc_confine_cores();
	umask(S_IRWXG | S_IRWXO);
	return finish(&out,
		dispatch(argv + 1, argc > 0 ? (size_t)argc - 1 : 0, &out));
}
