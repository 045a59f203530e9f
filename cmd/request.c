/* SPDX-License-Identifier: MIT */
#include "cmd/request.h"

#include <assert.h>
#include <ctype.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cmd/near.h"
#include "cmd/rate.h"

enum { PLACE_MAX = 1024, FINGERPRINT_DIGITS = 64 };

/* Mail is younger than these hundred years. */
enum { DELETE_AFTER_MAX = 36500 };

/* So that the words of --compress are their places. */
static_assert(
	MC_COMPRESS_AUTO == 0 && MC_COMPRESS_YES == 1 && MC_COMPRESS_NO == 2,
	"order");
/* So that the words of --mbox-quote are their places. */
static_assert(MC_QUOTE_RD == 0 && MC_QUOTE_O == 1 && MC_QUOTE_NONE == 2,
	"--mbox-quote rd|o|none");

void mc_wish_dispose(struct mc_wish *wish)
{
	for (size_t i = 0; i < wish->places_n; i++)
		mc_endpoint_dispose(&wish->places[i]);
	free(wish->places);
	free(wish->maps);
	free(wish->texts);
	free(wish->command);
	mc_paces_free(wish->req.paces);
	*wish = (struct mc_wish){ 0 };
}

static MC_RC check_fingerprint(const char *text, struct mc_error *err)
{
	int digits = 0;
	bool bad = false;

	for (const char *c = text; c && *c; c++) {
		if (isxdigit((unsigned char)*c))
			digits++;
		else if (*c != ':')
			bad = true;
	}
	if (!text || (!bad && digits == FINGERPRINT_DIGITS))
		return MC_OK;
	return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
		"'%.80s' is no SHA-256 fingerprint: write its 64 hexadecimal "
		"digits, as 'openssl x509 -noout -fingerprint -sha256' does",
		text);
}

/* Folder names may hold '=': the first one that has text on both sides. */
static MC_RC split_map(char *text, struct mc_map *map, struct mc_error *err)
{
	char *equals = text[0] ? strchr(text + 1, '=') : NULL;

	if (text[0] == '=' || !equals || !equals[1])
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"'%s' is no mapping: write --map FROM=TO", text);
	*equals = '\0';
	*map = (struct mc_map){ .from = text, .to = equals + 1 };
	return MC_OK;
}

static MC_RC make_maps(struct mc_wish *wish, const struct mc_opt_list *list,
	struct mc_error *err)
{
	size_t all = 0;
	char *at;

	for (size_t i = 0; i < list->n; i++)
		all += strlen(list->item[i]) + 1;
	wish->maps = calloc(list->n + 1, sizeof(*wish->maps));
	wish->texts = malloc(all + 1);
	if (!wish->maps || !wish->texts)
		return mc_fail_memory(err);
	at = wish->texts;
	for (size_t i = 0; i < list->n; i++) {
		size_t n = strlen(list->item[i]) + 1;
		enum mc_rc rc;

		memcpy(at, list->item[i], n);
		rc = split_map(at, &wish->maps[i], err);
		if (rc < 0)
			return rc;
		at += n;
	}
	wish->req.rules.maps = wish->maps;
	wish->req.rules.maps_n = list->n;
	return MC_OK;
}

static const char *first_of(const char *a, const char *b)
{
	return a ? a : b;
}

static void set_up(struct mc_endpoint *at, const struct mc_settings *set,
	bool is_target, struct mc_secret_side *secret)
{
	const struct mc_side *side = is_target ? &set->target : &set->source;

	at->auth = side->auth;
	at->authzid = side->auth_as;
	at->tls_ca = first_of(side->tls_ca, set->source.tls_ca);
	at->tls_fingerprint =
		first_of(side->tls_fingerprint, set->source.tls_fingerprint);
	at->is_second = is_target && set->operands.n > 1;
	at->insecure_plaintext = set->insecure_plaintext;
	at->secret = mc_secret_get;
	at->secret_arg = secret;
	at->compress = (enum mc_compress)set->compress;
	at->no_quit = set->no_quit;
}

/* Whether a word that was not understood might have a password in it. */
static bool may_hold_secret(const char *word)
{
	const char *user = strstr(word, "://");
	const char *colon = strchr(word, ':');

	if (user)
		return strpbrk(user + 3, ":@");
	return colon && strchr(colon, '@');
}

/* "pop.example.org" */
static bool is_like_host(struct mc_span word)
{
	return (mc_span_istarts(word, MC_SPAN("pop")) ||
		       mc_span_istarts(word, MC_SPAN("imap")) ||
		       mc_span_istarts(word, MC_SPAN("mail."))) &&
	       mc_span_index(word, '.') < word.n &&
	       mc_span_index(word, '/') == word.n;
}

/* A path that is not there may have been meant otherwise: "mobx:Mail",
 * "pop3s//ann@mail.example.org", "ann@mail.example.org". */
static MC_RC check_path(const struct mc_endpoint *at, struct mc_error *err)
{
	struct mc_span path = mc_span_str(at->path);
	struct mc_near near = { .word = path };
	const char *name;

	if (strcmp(at->path, "-") == 0)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"standard input is written mbox:-");
	if (access(at->path, F_OK) == 0 || errno != ENOENT)
		return MC_OK;
	near.word.n = strcspn(at->path, ":/@");
	for (size_t i = 0; (name = mc_endpoint_scheme_name(i)); i++) {
		if (near.word.n < path.n && at->path[near.word.n] != '@')
			mc_near_offer(&near, name);
	}
	if (near.best && strchr(at->path, '@'))
		return mc_fail(err, MC_ENOENT, MC_RUN, ENOENT,
			"there is no file of that name; did you mean "
			"%s://USER@HOST?",
			near.best);
	if (near.best && at->path[near.word.n] == ':')
		return mc_fail(err, MC_ENOENT, MC_RUN, ENOENT,
			"there is no file of that name; did you mean '%s:%s'?",
			near.best, at->path + near.word.n + 1);
	if (strchr(at->path, '@') || is_like_host(path))
		return mc_fail(err, MC_ENOENT, MC_RUN, ENOENT,
			"there is no file of that name; an account is written "
			"pop3s://USER@HOST or imaps://USER@HOST");
	return MC_OK;
}

/* The shell replaces a '~' only where a word begins with it, and not if it is
 * quoted: mbox:~/Mail comes here as it was typed. */
static MC_RC check_tilde(const struct mc_endpoint *at, struct mc_error *err)
{
	if (!at->path || mc_endpoint_is_remote(at) || at->path[0] != '~' ||
		access(at->path, F_OK) == 0)
		return MC_OK;
	return mc_fail(err, MC_ENOENT, MC_RUN, ENOENT,
		"there is no file of that name: the shell left the '~' as it "
		"is; write $HOME instead of it");
}

/* What is typed is understood: is it there?  Before anybody is asked for a
 * password, or anything. */
static MC_RC check_there(const struct mc_request *req, struct mc_error *err)
{
	char place[PLACE_MAX];

	for (size_t i = 0; i < req->sources_n; i++) {
		const struct mc_endpoint *at = &req->sources[i];

		if (mc_endpoint_is_remote(at) || strcmp(at->path, "-") == 0 ||
			access(at->path, F_OK) == 0 || errno != ENOENT)
			continue;
		mc_endpoint_format(at, place, sizeof(place));
		return mc_fail(err, MC_ENOENT, MC_RUN, ENOENT,
			"'%s': no such file or directory", place);
	}
	return MC_OK;
}

static MC_RC check_file(
	const char *path, const char *what, struct mc_error *err)
{
	if (!path || access(path, R_OK) == 0)
		return MC_OK;
	return mc_fail_errno(
		err, MC_ENOENT, MC_RUN, "cannot open %s '%s'", what, path);
}

/* Files that would be opened only when somebody was asked for a password. */
static MC_RC check_files(const struct mc_settings *set, struct mc_error *err)
{
	const struct {
		const char *path;
		const char *what;
	} files[] = {
		{ set->source.password_file, "the password file" },
		{ set->target.password_file, "the password file" },
		{ set->source.tls_ca, "the certificates" },
		{ set->target.tls_ca, "the certificates" },
		{ set->plan, "the plan" },
	};
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < sizeof(files) / sizeof(files[0]);
		i++)
		rc = check_file(files[i].path, files[i].what, err);
	return rc;
}

static MC_RC parse_place(struct mc_wish *wish, const char *word,
	struct mc_secrets *secrets, struct mc_error *err)
{
	struct mc_endpoint *at = &wish->places[wish->places_n++];
	enum mc_rc rc = mc_endpoint_parse(at, word, err);
	char place[PLACE_MAX];

	/* The word is ours: main hands over argv, which is writable. */
	if (mc_secret_wipe_address((char *)word) && rc == MC_OK) {
		mc_endpoint_format(at, place, sizeof(place));
		mc_note(secrets->monitor,
			"the password in the address of %s could be seen by "
			"others on this machine; --password-command or "
			"~/.netrc keeps it from them",
			place);
	}
	if (rc == MC_OK)
		rc = check_tilde(at, err);
	if (rc == MC_OK && at->scheme == MC_SCHEME_PATH)
		rc = check_path(at, err);
	if (rc < 0 && !may_hold_secret(word))
		mc_while(err, "'%s'", word);
	return rc;
}

static MC_RC check_target(const struct mc_endpoint *at, struct mc_error *err)
{
	char place[PLACE_MAX];

	if (mc_endpoint_is_imap(at))
		return MC_OK;
	mc_endpoint_format(at, place, sizeof(place));
	return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
		"the target '%s' is no IMAP server; the last operand must be "
		"imaps://USER@HOST",
		place);
}

/* Behind an address of this machine may be a tunnel to any other. */
static bool is_tunnel(const char *host)
{
	return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	       strncmp(host, "127.", 4) == 0;
}

static bool is_same_login(
	const struct mc_endpoint *a, const struct mc_endpoint *b)
{
	return mc_endpoint_is_remote(a) && strcasecmp(a->host, b->host) == 0 &&
	       strcmp(a->user, b->user) == 0;
}

/* Nothing says that a folder of the target is to be another one. */
static bool is_copy_in_place(const struct mc_request *req,
	const struct mc_endpoint *source, const struct mc_endpoint *target)
{
	return mc_endpoint_is_imap(source) && source->port == target->port &&
	       !source->path && !target->path && !req->rules.into &&
	       req->rules.maps_n == 0;
}

/* One account is not moved to itself.  By other names it may be the same all the
 * same: job/canary.h. */
static MC_RC check_moves(const struct mc_request *req, struct mc_error *err)
{
	const struct mc_endpoint *target = req->target;
	char place[PLACE_MAX];

	for (size_t i = 0; i < req->sources_n; i++) {
		const struct mc_endpoint *source = &req->sources[i];

		if (!is_same_login(source, target))
			continue;
		mc_endpoint_format(source, place, sizeof(place));
		if (is_copy_in_place(req, source, target))
			return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
				"the source '%s' is the target itself: name "
				"the old account first and the new one last; "
				"'mailcart pull' alone keeps a record",
				place);
		if (req->delete_source && !is_tunnel(target->host))
			return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
				"--delete-source: '%s' and the target are one "
				"account: what is deleted in it would be gone "
				"from both",
				place);
	}
	return MC_OK;
}

static MC_RC make_places(struct mc_wish *wish, enum mc_operands what,
	struct mc_settings *set, struct mc_secrets *secrets,
	struct mc_error *err)
{
	size_t n = set->operands.n;
	bool has_target = what == MC_OPERANDS_SOURCES_TARGET && n > 0;
	enum mc_rc rc = MC_OK;

	wish->places = calloc(n + 1, sizeof(*wish->places));
	if (!wish->places)
		return mc_fail_memory(err);
	for (size_t i = 0; rc == MC_OK && i < n; i++) {
		bool is_target = has_target && i + 1 == n;

		rc = parse_place(wish, set->operands.item[i], secrets, err);
		set_up(&wish->places[i], set, is_target,
			is_target ? &wish->target : &wish->source);
	}
	if (rc < 0)
		return rc; /* nobody is to look at half an address */
	wish->req.sources = wish->places;
	wish->req.sources_n = n - has_target;
	wish->req.target = has_target ? &wish->places[n - 1] : NULL;
	if (has_target)
		rc = check_target(wish->req.target, err);
	if (rc == MC_OK && has_target)
		rc = check_moves(&wish->req, err);
	return rc == MC_OK ? check_there(&wish->req, err) : rc;
}

/* "pull pop3s://ann@mail.example.org": what the archive remembers of a run. */
static MC_RC make_command(
	struct mc_wish *wish, const char *verb, struct mc_error *err)
{
	char place[PLACE_MAX];
	struct mc_buf text;
	enum mc_rc rc;

	mc_buf_init(&text, MC_HEADER_MAX);
	rc = mc_buf_put(&text, mc_span_str(verb), err);
	for (size_t i = 0; rc == MC_OK && i < wish->places_n; i++) {
		mc_endpoint_format(&wish->places[i], place, sizeof(place));
		rc = mc_buf_printf(&text, err, " %s", place);
	}
	if (rc == MC_OK)
		rc = mc_strdup(&wish->command, mc_buf_span(&text), err);
	mc_buf_dispose(&text);
	wish->req.command = wish->command;
	return rc;
}

static void copy_settings(struct mc_request *req, const struct mc_settings *set)
{
	req->archive = set->archive;
	req->quote = (enum mc_mbox_quote)set->quote;
	req->rules.include = set->include.item;
	req->rules.include_n = set->include.n;
	req->rules.exclude = set->exclude.item;
	req->rules.exclude_n = set->exclude.n;
	req->rules.into = set->into;
	req->keep_deleted = set->keep_deleted;
	req->all_variants = set->all_variants;
	req->connections = (int)set->connections;
	req->select = (struct mc_selection){ .since = set->since,
		.before = set->before,
		.max_octets = set->max_size };
	req->delete_source = set->delete_source;
	req->delete_after = set->delete_after;
	req->dry_run = set->dry_run;
	req->deep = set->deep;
	req->plan_file = set->plan;
	req->retry_refused = set->retry_refused || set->retry_in.n > 0;
	req->retry_in = set->retry_in.item;
	req->retry_in_n = set->retry_in.n;
	req->wrap_refused = set->wrap_refused;
	req->again_missing = set->again_missing;
}

static MC_RC check_connections(
	const struct mc_settings *set, struct mc_error *err)
{
	if (set->connections <= MC_CONNECTIONS_MAX)
		return MC_OK;
	return mc_fail(err, MC_EUSAGE, MC_RUN, 0, "--connections: %d at most",
		MC_CONNECTIONS_MAX);
}

/* Nobody is to lose mail by half an option. */
static MC_RC check_deletion(const struct mc_settings *set, struct mc_error *err)
{
	if (set->delete_after > 0 && !set->delete_source)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"--delete-after says which messages may be deleted, "
			"and --delete-source that any are; say both");
	if (set->delete_source && set->no_quit)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"--delete-source deletes by QUIT; leave out --no-quit");
	if (set->delete_after > DELETE_AFTER_MAX)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"--delete-after: %d days at most", DELETE_AFTER_MAX);
	return MC_OK;
}

/* Each way by itself. */
static MC_RC set_pace(struct mc_wish *wish, const struct mc_settings *set,
	struct mc_error *err)
{
	struct mc_pace_rate octets = { 0 };
	struct mc_pace_rate messages = { 0 };
	enum mc_rc rc =
		mc_rate_parse(&octets, "max-rate", set->max_rate, true, err);

	if (rc == MC_OK)
		rc = mc_rate_parse(&messages, "max-messages-rate",
			set->max_messages_rate, false, err);
	if (rc < 0 || (octets.amount == 0 && messages.amount == 0))
		return rc;
	return mc_paces_new(&wish->req.paces, octets, messages, err);
}

static MC_RC check_dates(const struct mc_settings *set, struct mc_error *err)
{
	char since[MC_TIME_TEXT];
	char before[MC_TIME_TEXT];

	if (set->since == 0 || set->before == 0 || set->since < set->before)
		return MC_OK;
	return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
		"no message is from %s (--since) on and before %s (--before)",
		mc_clock_format(since, set->since),
		mc_clock_format(before, set->before));
}

MC_RC mc_wish_make(struct mc_wish *wish, const char *verb,
	enum mc_operands what, struct mc_settings *set,
	struct mc_secrets *secrets, struct mc_error *err)
{
	enum mc_rc rc;

	*wish = (struct mc_wish){
		.source = { .secrets = secrets,
			.side = &set->source,
			.variable = MC_SECRET_VARIABLE,
			.option = "--password" },
		.target = { .secrets = secrets,
			.side = &set->target,
			.variable = MC_SECRET_TARGET_VARIABLE,
			.option = "--target-password" },
	};
	copy_settings(&wish->req, set);
	rc = check_dates(set, err);
	if (rc == MC_OK)
		rc = check_deletion(set, err);
	if (rc == MC_OK)
		rc = check_connections(set, err);
	if (rc == MC_OK)
		rc = set_pace(wish, set, err);
	if (rc == MC_OK)
		rc = check_fingerprint(set->source.tls_fingerprint, err);
	if (rc == MC_OK)
		rc = check_fingerprint(set->target.tls_fingerprint, err);
	if (rc == MC_OK)
		rc = check_files(set, err);
	if (rc == MC_OK)
		rc = make_maps(wish, &set->map, err);
	if (rc == MC_OK && what != MC_OPERANDS_NONE)
		rc = make_places(wish, what, set, secrets, err);
	if (rc == MC_OK)
		rc = make_command(wish, verb, err);
	return rc;
}
