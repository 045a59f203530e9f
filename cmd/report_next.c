/* SPDX-License-Identifier: MIT
 * report_next: what to type next. */
#include "base/text.h"
#include "cmd/again.h"
#include "cmd/report.h"

enum { SOME_FAILED = 1 }; /* exit status: mc_exit_status() */

static void say(FILE *out, const char *text)
{
	mc_opt_wrap(out, text, 0, 0);
}

/* A command on a line of its own, to be copied. */
static void command(FILE *out, const struct mc_outcome *o, const char *words)
{
	fputs("      ", out);
	mc_again_command(out, o->archive, words);
	fputc('\n', out);
}

/* The same with the target, and with what it takes to get in there. */
static void to_target(FILE *out, const struct mc_outcome *o, const char *words)
{
	fputs("      ", out);
	mc_again_command(out, o->archive, words);
	mc_again_target(out, o->set, o->target);
}

static void after_damage(const struct mc_outcome *o, FILE *out)
{
	say(out, "Next: restore the archive from a copy; or make a new one of "
		 "all that can be read:");
	command(out, o, "salvage FILE");
}

static void after_failure(const struct mc_outcome *o, FILE *out)
{
	if (o->report->verify.damaged > 0)
		after_damage(o, out);
	else if (o->report->salvaged)
		say(out, "Next: put right what is said above, then run the "
			 "same command again.");
	else if (o->report->exported)
		say(out, "Next: the same command with a directory that is new "
			 "or empty begins anew.");
	else if (o->err->rc == MC_ECANCEL || o->err->hope != MC_NEVER)
		say(out, "Next: run the same command again; it goes on where "
			 "this one stopped.");
	else if (o->err->rc == MC_EPROTO)
		say(out, "Next: run the same command again later; if it ends "
			 "so once more, -v -v shows what the server said, for "
			 "those who run it.");
	else
		say(out, "Next: put right what is said above, then run the "
			 "same command again; it goes on where this one "
			 "stopped.");
}

/* Nothing failed but names: of folders, of files, or in a rule. */
static bool only_names(const struct mc_report *r)
{
	return (r->pull.misnamed > 0 || r->idle_includes > 0) &&
	       r->pull.failed == 0 && r->pull.folders_failed == 0 &&
	       r->pull.sources_failed == 0 && r->push.mailboxes_failed == 0 &&
	       r->remove.kept + r->remove.unknown == 0;
}

static void after_refusals(const struct mc_outcome *o, FILE *out)
{
	bool wrapped = o->set && o->set->wrap_refused;

	say(out, "Next: the archive keeps what was refused. To look at it, and "
		 "to list it again:");
	command(out, o, "show ID");
	command(out, o, "status --refused");
	say(out, wrapped ? "To try it once more:"
			 : "To try it once more, or to have it there as "
			   "attachments, in a mailbox 'Refused':");
	to_target(out, o, "push --retry-refused");
	if (!wrapped)
		to_target(out, o, "push --wrap-refused");
}

/* Somebody's own copy, or octets that a server kept for long. */
static void after_twice(const struct mc_outcome *o, FILE *out)
{
	bool deep = o->set && o->set->deep;

	say(out, "Next: of what is there twice, delete one or the other in a "
		 "mail program, if you do not want both; mailcart deletes "
		 "nothing there, and knows the one that stays.");
	if (deep)
		return;
	say(out, "To see before that every octet of them is the same:");
	to_target(out, o, "verify --deep");
}

static void after_some(const struct mc_outcome *o, FILE *out)
{
	const struct mc_report *r = o->report;

	if (r->verify.damaged > 0) {
		after_damage(o, out);
	} else if (r->exported) {
		say(out, "Next: see the messages above; 'mailcart verify' "
			 "looks at all of the archive.");
	} else if (r->salvaged) {
		say(out, "Next: pull into the new archive what is lost, from "
			 "where it came, and use it from now on:");
		fputs("      ", out);
		mc_again_command(out, o->dir, "pull SOURCE...");
		fputc('\n', out);
	} else if (r->push.refused > 0) {
		after_refusals(o, out);
	} else if (r->verify.missing > 0) {
		say(out, "Next: somebody may have deleted them on the server "
			 "and meant it, or it merged or lost them; the archive "
			 "has them still. To send them again:");
		to_target(out, o, "push --again-missing");
	} else if (r->verify.twice > 0) {
		after_twice(o, out);
	} else if (r->verify.unsent > 0) {
		say(out, "Next, to see which ones, and why:");
		command(out, o, "status");
	} else if (only_names(r)) {
		say(out, "Next: see the messages above; nothing failed but "
			 "names, which are for you to mend.");
	} else if (o->exit != SOME_FAILED) {
		say(out, "Next: report this with the table above: the sums "
			 "must add up.");
	} else if (r->remove.kept + r->remove.unknown > 0) {
		say(out, "Next: what was kept is at the source as before, for "
			 "the reasons above; the same command again tries "
			 "once more what failed.");
	} else {
		say(out, "Next: see the messages above; the same command again "
			 "tries once more what failed.");
	}
}

static void after_move(const struct mc_outcome *o, FILE *out)
{
	char text[1024];

	mc_text_format(text, sizeof(text),
		"Next: look at it with your mail program; %s holds all of it, "
		"too. To compare every octet:",
		o->archive);
	say(out, text);
	to_target(out, o, "verify --deep");
}

static void after_success(const struct mc_outcome *o, FILE *out)
{
	if (o->dry_run) {
		say(out, "Next: the same command without -n does it.");
	} else if (strcmp(o->verb, "pull") == 0) {
		say(out, "Next, to look at it, to write it out, or to send "
			 "it:");
		command(out, o, "list");
		command(out, o, "export DIR");
		command(out, o, "push imaps://USER@HOST");
	} else if (o->target && strcmp(o->verb, "push") == 0) {
		say(out, "Next, to see that all of it is there:");
		to_target(out, o, "verify");
	} else if (o->target && strcmp(o->verb, "migrate") == 0) {
		after_move(o, out);
	}
}

static bool has_next(const struct mc_outcome *o)
{
	if (o->err->rc < 0 || o->exit != 0)
		return true;
	if (strcmp(o->verb, "pull") == 0)
		return o->dry_run || o->report->pull.listed > 0;
	return strcmp(o->verb, "push") == 0 ||
	       strcmp(o->verb, "migrate") == 0 ||
	       (o->dry_run && o->report->exported);
}

/* Not mended by the same command once more. */
static bool has_remedy(const struct mc_report *r)
{
	return r->verify.damaged > 0 || r->push.refused > 0 ||
	       r->verify.missing > 0 || r->verify.twice > 0;
}

static void after_waiting(const struct mc_outcome *o, FILE *out)
{
	say(out, "Next: mend what is said above, if you can, and run the same "
		 "command again later; it sends what is waiting.");
	if (!has_remedy(o->report))
		return;
	fputc('\n', out);
	after_some(o, out);
}

void mc_report_next(const struct mc_outcome *o, FILE *out)
{
	if (!has_next(o))
		return;
	fputc('\n', out);
	if (o->err->rc < 0)
		after_failure(o, out);
	else if (o->report->push.waiting > 0)
		after_waiting(o, out);
	else if (o->exit != 0)
		after_some(o, out);
	else
		after_success(o, out);
}
