/* SPDX-License-Identifier: MIT */
#include "cmd/report.h"

#include <ctype.h>

#include "base/clock.h"
#include "base/text.h"
#include "cmd/report_delete.h"

enum { DAY_S = 86400 };

bool mc_report_is_due(const struct mc_outcome *o)
{
	const struct mc_report *r = o->report;

	if (o->err->rc >= 0)
		return true;
	return r->pull.listed > 0 || r->push.placements > 0 ||
	       r->export.listed > 0 || r->verify.bodies > 0 ||
	       r->verify.checked > 0;
}

/* "; 3 were there before", "; 1 was there before"; nothing for 0. */
static void also(FILE *out, int64_t n, const char *one, const char *many)
{
	char number[MC_NUMBER_TEXT];

	if (n > 0)
		fprintf(out, "; %s %s", mc_text_number(number, n),
			n == 1 ? one : many);
}

static void differing(FILE *out, const struct mc_verify_report *v)
{
	also(out, v->changed, "differs there from what the archive has",
		"differ there from what the archive has");
}

/* "all 1,745 messages are", "the only message is", "no message is"; or, when
 * something is missing, "1,740 of 1,745 messages are". */
static void some(FILE *out, int64_t n, int64_t of)
{
	char number[MC_NUMBER_TEXT];
	char whole[MC_NUMBER_TEXT];

	if (of == 0)
		fputs("no message is", out);
	else if (n == of && of == 1)
		fputs("the only message is", out);
	else if (n == of)
		fprintf(out, "all %s messages are", mc_text_number(number, n));
	else
		fprintf(out, "%s of %s message%s %s", mc_text_number(number, n),
			mc_text_number(whole, of), of == 1 ? "" : "s",
			n == 1 ? "is" : "are");
}

/* "--since 2019-01-01", without a time that is midnight. */
static void date_rule(char out[48], const char *option, int64_t time)
{
	char text[MC_TIME_TEXT];
	size_t n = strlen(mc_clock_format(text, time));

	if (time % DAY_S == 0)
		n = strlen("2019-01-01");
	mc_text_format(out, 48, "%s %.*s", option, (int)n, text);
}

/* "--max-size 25M" */
static void size_rule(char out[48], int64_t octets)
{
	static const char units[] = "KMG";
	char unit[2] = "";

	for (int i = 0; units[i] && octets > 0 && octets % 1024 == 0; i++) {
		octets /= 1024;
		unit[0] = units[i];
	}
	mc_text_format(out, 48, "--max-size %lld%s", (long long)octets, unit);
}

/* The rule as it may have been typed. */
static const char *rule_text(
	char out[48], const struct mc_outcome *o, enum mc_skip_rule rule)
{
	switch (rule) {
	case MC_SKIP_SINCE:
		date_rule(out, "--since", o->select.since);
		break;
	case MC_SKIP_BEFORE:
		date_rule(out, "--before", o->select.before);
		break;
	case MC_SKIP_MAX_SIZE:
		size_rule(out, o->select.max_octets);
		break;
	default:
		mc_text_format(out, 48, "--include or --exclude");
		break;
	}
	return out;
}

/* The only rule that left messages out; MC_SKIP_RULES: none, or several. */
static enum mc_skip_rule only_rule(const struct mc_pull_report *pull)
{
	enum mc_skip_rule only = MC_SKIP_RULES;

	for (int i = 0; i < MC_SKIP_RULES; i++) {
		if (pull->skipped_by[i] == 0)
			continue;
		if (only != MC_SKIP_RULES)
			return MC_SKIP_RULES;
		only = (enum mc_skip_rule)i;
	}
	return only;
}

/* "left out by --since 2019-01-01", "left out by rules" */
static const char *left_out(char out[64], const struct mc_outcome *o)
{
	enum mc_skip_rule only = only_rule(&o->report->pull);
	char rule[48];

	mc_text_format(out, 64, "left out by %s",
		only == MC_SKIP_RULES ? "rules" : rule_text(rule, o, only));
	return out;
}

void mc_report_left_out(FILE *out, const struct mc_outcome *o, const char *one,
	const char *many)
{
	const struct mc_pull_report *pull = &o->report->pull;
	char rule[64];

	also(out, pull->skipped, one, many);
	if (pull->skipped > 0)
		fprintf(out, " %s", left_out(rule, o));
}

static void pull_failures(FILE *out, const struct mc_pull_report *pull)
{
	also(out, pull->failed, "could not be read", "could not be read");
	also(out, pull->misnamed, "name could not be kept",
		"names could not be kept");
	also(out, pull->folders_failed, "folder was not read to its end",
		"folders were not read to their end");
	also(out, pull->sources_failed, "source was not read to its end",
		"sources were not read to their end");
}

static void say_dry_pull(FILE *out, const struct mc_outcome *o)
{
	const struct mc_pull_report *pull = &o->report->pull;
	char number[MC_NUMBER_TEXT];
	char whole[MC_NUMBER_TEXT];

	fprintf(out, "Nothing was changed: %s of %s messages would be fetched",
		mc_text_number(number, pull->stored),
		mc_text_number(whole, pull->listed));
	also(out, pull->known, "is known", "are known");
	mc_report_left_out(out, o, "would be", "would be");
	pull_failures(out, pull);
	fputc('.', out);
}

static void say_pull(FILE *out, const struct mc_outcome *o)
{
	const struct mc_pull_report *pull = &o->report->pull;
	int64_t kept = pull->stored + pull->known;

	if (pull->listed == 0) {
		fputs("no message was found to copy", out);
	} else {
		some(out, kept, pull->listed);
		fprintf(out, " in %s", o->archive);
	}
	if (pull->stored == 0 && kept > 0)
		fputs("; nothing was new", out);
	else
		also(out, pull->known, "was there already",
			"were there already");
	mc_report_left_out(out, o, "was", "were");
	pull_failures(out, pull);
	fputc('.', out);
}

static void say_push(FILE *out, const struct mc_outcome *o)
{
	const struct mc_push_report *push = &o->report->push;
	int64_t there = push->sent + push->present;
	int64_t due = push->placements - push->skipped;

	if (due == 0)
		fprintf(out, "no message was to go to %s", o->host);
	else
		some(out, there, due);
	if (due > 0)
		fprintf(out, " on %s", o->host);
	also(out, push->present, "was there before", "were there before");
	if (o->err->rc >= 0 && push->sent_now == 0 && push->found_now == 0 &&
		there == due && due > 0)
		fputs("; nothing was left to do", out);
	also(out, push->skipped, "was left out by a rule",
		"were left out by a rule");
	also(out, push->mended, "was changed to be accepted",
		"were changed to be accepted");
	differing(out, &o->report->verify);
	also(out, push->refused, "was refused", "were refused");
	also(out, push->wrapped, "of them is there as an attachment",
		"of them are there as attachments");
	also(out, push->waiting, "is waiting", "are waiting");
	pull_failures(out, &o->report->pull);
	fputc('.', out);
}

static bool is_deep(const struct mc_outcome *o)
{
	return o->set && (o->set->deep || o->report->removed);
}

/* A migration does not look once more at what an earlier one has seen. */
static void say_checked(FILE *out, const struct mc_outcome *o)
{
	const struct mc_verify_report *v = &o->report->verify;
	const struct mc_push_report *push = &o->report->push;
	int64_t there = v->checked - v->missing;
	char number[MC_NUMBER_TEXT];
	char whole[MC_NUMBER_TEXT];

	if (!o->report->pushed || v->checked >= push->sent + push->present)
		some(out, there, v->checked);
	else
		fprintf(out, "of %s message%s looked at in this run %s %s",
			mc_text_number(whole, v->checked),
			v->checked == 1 ? "" : "s",
			mc_text_number(number, there),
			there == 1 ? "is" : "are");
	fprintf(out, " on %s", o->host ? o->host : "the target");
	if (is_deep(o) && v->checked > 0 && v->changed == 0)
		fputs(", octet for octet", out);
}

static void say_verify(FILE *out, const struct mc_outcome *o)
{
	const struct mc_verify_report *v = &o->report->verify;
	char number[MC_NUMBER_TEXT];
	bool target = v->with_target || o->host;
	bool reread = v->bodies > 0 || !target;

	if (v->damaged > 0)
		fprintf(out, "%s place%s DAMAGED in %s",
			mc_text_number(number, v->damaged),
			v->damaged == 1 ? " is" : "s are", o->archive);
	else if (reread)
		fprintf(out, "%s stored message%s intact in %s",
			mc_text_number(number, v->bodies),
			v->bodies == 1 ? " is" : "s are", o->archive);
	if (target) {
		if (v->damaged > 0 || reread)
			fputs("; ", out);
		say_checked(out, o);
		also(out, v->altered, "is as it was changed to be accepted",
			"are as they were changed to be accepted");
		differing(out, v);
		also(out, v->missing, "is MISSING", "are MISSING");
		also(out, v->twice, "is there TWICE", "are there TWICE");
		also(out, v->unsent, "was refused or waits",
			"were refused or wait");
	}
	fputc('.', out);
}

static void say_export(FILE *out, const struct mc_outcome *o)
{
	const struct mc_export_report *e = &o->report->export;
	char number[MC_NUMBER_TEXT];
	char whole[MC_NUMBER_TEXT];

	if (o->dry_run)
		fprintf(out, "Nothing was written: %s of %s message%s would be",
			mc_text_number(number, e->written),
			mc_text_number(whole, e->listed),
			e->listed == 1 ? "" : "s");
	else
		some(out, e->written, e->listed);
	fprintf(out, " in %s", o->dir);
	also(out, e->skipped - e->deleted, "was left out by a rule",
		"were left out by a rule");
	also(out, e->deleted, "had been removed by a mail program",
		"had been removed by a mail program");
	also(out, e->failed, "could not be read", "could not be read");
	also(out, e->incomplete, "folder is not as it was",
		"folders are not as they were");
	fputc('.', out);
}

static void say_salvage(FILE *out, const struct mc_outcome *o)
{
	const struct mc_salvage_report *s = &o->report->salvage;
	char number[MC_NUMBER_TEXT];

	fprintf(out, "%s message%s safe in %s",
		mc_text_number(number, s->messages),
		s->messages == 1 ? " is" : "s are", o->dir);
	also(out, s->bare, "of them lacks what its folder said of it",
		"of them lack what their folders said of them");
	also(out, s->lost, "is LOST", "are LOST");
	also(out, s->unknown, "more is LOST without a trace",
		"more are LOST without a trace");
	if (s->unknown < 0)
		fputs("; how many more there were is not known", out);
	fputc('.', out);
}

static const char *is_or_are(int64_t n)
{
	return n == 1 ? "is" : "are";
}

/* How far a run came that did not reach its end. */
static void say_stopped(FILE *out, const struct mc_outcome *o)
{
	const struct mc_report *r = o->report;
	char number[MC_NUMBER_TEXT];
	const char *glue = "";

	fputs(o->err->rc == MC_ECANCEL ? "Interrupted: " : "Not finished: ",
		out);
	if (r->pulled) {
		fprintf(out, "%s of the messages listed %s safe in %s",
			mc_text_number(number, r->pull.stored + r->pull.known),
			is_or_are(r->pull.stored + r->pull.known), o->archive);
		glue = "; ";
	}
	if (r->pushed) {
		int64_t there = r->push.sent + r->push.present;

		/* How many there will be is not known while mail comes. */
		fprintf(out, "%s%s", glue, mc_text_number(number, there));
		if (!r->pulled)
			fprintf(out, " of %s message%s",
				mc_text_number(number, r->push.placements),
				r->push.placements == 1 ? "" : "s");
		fprintf(out, " %s on %s so far", is_or_are(there), o->host);
		glue = "; ";
	}
	if (r->verified)
		fprintf(out, "%s%s stored message%s looked at", glue,
			mc_text_number(number, r->verify.bodies),
			r->verify.bodies == 1 ? " was" : "s were");
	if (r->exported)
		fprintf(out,
			"%s message%s written; a file in %s is whole or not "
			"there",
			mc_text_number(number, r->export.written),
			r->export.written == 1 ? " was" : "s were", o->dir);
	if (r->salvaged)
		fprintf(out, "there is no %s", o->dir);
	fputc('.', out);
}

static void sentence(FILE *out, const struct mc_outcome *o)
{
	const struct mc_report *r = o->report;

	if (o->err->rc < 0)
		say_stopped(out, o);
	else if (r->exported)
		say_export(out, o);
	else if (r->salvaged)
		say_salvage(out, o);
	else if (r->verified &&
		 (!r->pushed || r->verify.damaged > 0 || r->verify.missing > 0))
		say_verify(out, o);
	else if (r->pushed)
		say_push(out, o);
	else if (o->dry_run)
		say_dry_pull(out, o);
	else
		say_pull(out, o);
}

static void row(struct mc_table *t, const char *phase, const char *name,
	int64_t number, const char *meaning)
{
	mc_table_text(t, phase);
	mc_table_text(t, name);
	mc_table_number(t, number);
	mc_table_text(t, meaning);
	mc_table_row(t);
}

/* A row that is of interest only if it is not 0. */
static void row_if(
	struct mc_table *t, const char *name, int64_t number, const char *why)
{
	if (number != 0)
		row(t, "", name, number, why);
}

/* What is in the sum but in none of its parts: not reached by a run that
 * stopped; otherwise a fault of ours, which nobody must overlook. */
static void rest_row(
	struct mc_table *t, const struct mc_outcome *o, int64_t rest)
{
	row_if(t, o->err->rc < 0 ? "not reached" : "NOT ACCOUNTED FOR", rest,
		o->err->rc < 0 ? "by this run"
			       : "a fault of mailcart: please report it");
}

/* Each rule by itself, if there are several. */
static void skipped_rows(struct mc_table *t, const struct mc_outcome *o)
{
	const struct mc_pull_report *p = &o->report->pull;
	char what[64];
	char rule[48];

	row(t, "", "skipped", p->skipped,
		p->skipped == 0 ? "left out by a rule" : left_out(what, o));
	for (int i = 0; i < MC_SKIP_RULES; i++) {
		if (only_rule(p) != MC_SKIP_RULES)
			break;
		rule_text(rule, o, (enum mc_skip_rule)i);
		mc_text_format(what, sizeof(what), "left out by %s", rule);
		row_if(t, "of these", p->skipped_by[i], what);
	}
}

static void pull_rows(struct mc_table *t, const struct mc_outcome *o)
{
	const struct mc_pull_report *p = &o->report->pull;

	row(t, "pull", "listed", p->listed, "= stored+known+skipped+failed");
	row(t, "", "stored", p->stored,
		o->dry_run ? "would be" : "new in the archive");
	row(t, "", "known", p->known, "the same message was there already");
	skipped_rows(t, o);
	row(t, "", "failed", p->failed, "could not be read or kept");
	rest_row(t, o,
		p->listed - p->stored - p->known - p->skipped - p->failed);
	row_if(t, "misnamed", p->misnamed,
		"names that are no UTF-8; the mail is read");
	row_if(t, "folders failed", p->folders_failed, "not read to their end");
	row_if(t, "sources failed", p->sources_failed, "not read to their end");
	row(t, "", "octets", p->octets, "read");
	row_if(t, "gaps", p->gaps, "pieces of mbox files that are no message");
	row_if(t, "gap octets", p->gap_octets, "kept in the archive, too");
}

static void push_rows(struct mc_table *t, const struct mc_outcome *o)
{
	const struct mc_push_report *p = &o->report->push;

	row(t, "push", "placements", p->placements,
		"= sent+present+refused+skipped+waiting");
	row(t, "", "sent", p->sent, "by mailcart, in all runs");
	row(t, "", "present", p->present, "were there before");
	row(t, "", "refused", p->refused, "by the server");
	row(t, "", "skipped", p->skipped, "left out by a rule");
	row(t, "", "waiting", p->waiting, "for another run");
	rest_row(t, o,
		p->placements - p->sent - p->present - p->refused - p->skipped -
			p->waiting);
	row(t, "", "sent now", p->sent_now, "in this run");
	row(t, "", "octets now", p->octets_now, "sent in this run");
	row_if(t, "connections", p->connections,
		"at a time, at most, that sent them");
	row_if(t, "doubted", p->doubted,
		"on their way before, not there, sent again");
	row_if(t, "mended", p->mended, "of those sent: changed to be accepted");
	row_if(t, "wrapped", p->wrapped,
		"of those sent: refused ones, as attachments");
	row_if(t, "mailboxes", p->mailboxes_created, "created in this run");
	row_if(t, "not made", p->mailboxes_failed,
		"mailboxes of folders without mail");
}

static void verify_rows(struct mc_table *t, const struct mc_outcome *o)
{
	const struct mc_verify_report *v = &o->report->verify;

	row(t, "verify", "bodies", v->bodies, "read again from the archive");
	row(t, "", "damaged", v->damaged, "not what was stored");
	row(t, "", "sightings", v->sightings, "rebuilt as they arrived");
	row(t, "", "octets", v->octets, "read again");
	if (!v->with_target)
		return;
	row(t, "", "checked", v->checked,
		v->altered ? "= identical+altered+changed+missing"
			   : "= identical+changed+missing");
	row(t, "", "identical", v->identical,
		is_deep(o) ? "octet for octet as sent"
			   : "by identity and size, not by octets");
	row_if(t, "altered", v->altered, "as changed to be accepted");
	row(t, "", "changed", v->changed, "there, but not as in the archive");
	row(t, "", "missing", v->missing, "not on the server any more");
	row_if(t, "twice", v->twice, "besides these, and the same");
	row_if(t, "not sent", v->unsent, "refused, or waiting for a push");
	rest_row(t, o,
		v->checked - v->identical - v->altered - v->changed -
			v->missing);
}

static void export_rows(struct mc_table *t, const struct mc_outcome *o)
{
	const struct mc_export_report *e = &o->report->export;

	row(t, "export", "listed", e->listed, "= written+skipped+failed");
	row(t, "", "written", e->written, o->dry_run ? "would be" : "");
	row(t, "", "skipped", e->skipped, "left out by a rule");
	row_if(t, "deleted", e->deleted, "of these: by a mail program");
	row(t, "", "failed", e->failed, "could not be read");
	rest_row(t, o, e->listed - e->written - e->skipped - e->failed);
	row(t, "", "folders", e->folders, o->dry_run ? "would be" : "");
	row_if(t, "incomplete", e->incomplete,
		"folders not as their source had them");
	row(t, "", "octets", e->octets, "of messages");
}

static void salvage_rows(struct mc_table *t, const struct mc_outcome *o)
{
	const struct mc_salvage_report *s = &o->report->salvage;

	row(t, "salvage", "messages", s->messages, "each time one was seen");
	row(t, "", "bare", s->bare,
		"of these: lack flags, dates, store's lines");
	row(t, "", "lost", s->lost, "named above");
	if (s->unknown >= 0)
		row(t, "", "unknown", s->unknown,
			"lost, and nothing is left that names them");
	row_if(t, "incomplete", s->parts, "tables that are not of messages");
}

static void archive_rows(struct mc_table *t, const struct mc_report *r)
{
	row(t, "archive", "messages", r->messages,
		"different ones, once in each folder");
	row(t, "", "reused ids", r->reused_ids, "shared by different messages");
	row(t, "", "missing ids", r->without_id, "messages without one");
	row(t, "", "variants", r->variants_unsent,
		"not sent: copies that differ in little");
}

/* In lines of 79 columns. */
static MC_RC print_sentence(
	const struct mc_outcome *o, FILE *out, struct mc_error *err)
{
	char *text = NULL;
	size_t n = 0;
	FILE *memory = open_memstream(&text, &n);

	if (!memory)
		return mc_fail_memory(err);
	sentence(memory, o);
	if (o->report->removed) {
		fputc(' ', memory);
		mc_report_delete_say(memory, o);
	}
	if (fclose(memory) != 0 || !text) {
		free(text);
		return mc_fail_memory(err);
	}
	text[0] = (char)toupper((unsigned char)text[0]);
	mc_opt_wrap(out, text, 0, 0);
	free(text);
	return MC_OK;
}

MC_RC mc_report_print(
	const struct mc_outcome *o, FILE *out, struct mc_error *err)
{
	struct mc_table table;
	enum mc_rc rc;

	mc_table_init(&table, "llrl");
	if (o->report->pulled)
		pull_rows(&table, o);
	if (o->report->pushed)
		push_rows(&table, o);
	if (o->report->verified)
		verify_rows(&table, o);
	if (o->report->removed)
		mc_report_delete_rows(&table, o);
	if (o->report->exported)
		export_rows(&table, o);
	if (o->report->salvaged)
		salvage_rows(&table, o);
	/* Known only at the end of a run that looked. */
	if (o->err->rc >= 0 && !o->report->exported &&
		(!o->dry_run || o->report->verified))
		archive_rows(&table, o->report);
	rc = print_sentence(o, out, err);
	if (rc == MC_OK) {
		fputc('\n', out);
		rc = mc_table_print(&table, out, err);
	}
	mc_table_dispose(&table);
	if (o->report->push.dates_ignored)
		fputs("\nThe server does not keep the date of arrival that it "
		      "is given: mail shows the\ndate of its upload.\n",
			out);
	return rc;
}
