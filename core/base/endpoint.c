/* SPDX-License-Identifier: MIT */
#include "base/endpoint.h"

#include <ctype.h>

#include "base/text.h"

struct scheme {
	const char *name; /* the first of a scheme is how it is written back */
	enum mc_scheme scheme;
	uint16_t port; /* 0 for local stores */
};

static const struct scheme schemes[] = {
	{ "pop3s", MC_SCHEME_POP3S, 995 },
	{ "pops", MC_SCHEME_POP3S, 995 },
	{ "pop3", MC_SCHEME_POP3, 110 },
	{ "pop", MC_SCHEME_POP3, 110 },
	{ "imaps", MC_SCHEME_IMAPS, 993 },
	{ "imap", MC_SCHEME_IMAP, 143 },
	{ "mbox", MC_SCHEME_MBOX, 0 },
	{ "maildir", MC_SCHEME_MAILDIR, 0 },
	{ "mh", MC_SCHEME_MH, 0 },
	{ "eml", MC_SCHEME_EML, 0 },
	{ "thunderbird", MC_SCHEME_THUNDERBIRD, 0 },
	{ "applemail", MC_SCHEME_APPLEMAIL, 0 },
	{ "evolution", MC_SCHEME_EVOLUTION, 0 },
	{ "kmail", MC_SCHEME_KMAIL, 0 },
	{ "eudora", MC_SCHEME_EUDORA, 0 },
	{ "vault", MC_SCHEME_VAULT, 0 },
	{ "outlook", MC_SCHEME_OUTLOOK, 0 },
};

static const struct scheme *scheme_by_name(struct mc_span name)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (mc_span_ieq(name, mc_span_str(schemes[i].name)))
			return &schemes[i];
	}
	return NULL;
}

static const struct scheme *scheme_of(enum mc_scheme scheme)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (schemes[i].scheme == scheme)
			return &schemes[i];
	}
	return NULL;
}

const char *mc_endpoint_scheme_name(size_t i)
{
	return i < sizeof(schemes) / sizeof(schemes[0]) ? schemes[i].name
							: NULL;
}

bool mc_endpoint_is_remote(const struct mc_endpoint *at)
{
	const struct scheme *s = scheme_of(at->scheme);

	return s && s->port != 0;
}

bool mc_endpoint_is_imap(const struct mc_endpoint *at)
{
	return at->scheme == MC_SCHEME_IMAP || at->scheme == MC_SCHEME_IMAPS;
}

bool mc_endpoint_is_wrapped(const struct mc_endpoint *at)
{
	return at->scheme == MC_SCHEME_POP3S || at->scheme == MC_SCHEME_IMAPS;
}

/* %-decodes s; what names is for the message.  No NUL, CR or LF may come out:
 * they would end or split a command (RFC 9051 9, RFC 1939 3). */
static MC_RC decode(
	char **out, struct mc_span s, const char *what, struct mc_error *err)
{
	enum mc_rc rc = mc_strdup(out, s, err);
	char *to;

	if (rc < 0)
		return rc;
	to = *out;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			int hi = i + 2 < s.n ? mc_text_hex_digit(s.p[i + 1])
					     : -1;
			int lo = hi >= 0 ? mc_text_hex_digit(s.p[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
					"bad %%-escape in the %s; write %%25 "
					"for a percent sign",
					what);
			c = (char)(hi * 16 + lo);
			i += 2;
		}
		if (c == '\0' || c == '\r' || c == '\n')
			return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
				"control characters in the %s", what);
		*to++ = c;
	}
	*to = '\0';
	return MC_OK;
}

static MC_RC parse_port(
	struct mc_endpoint *out, struct mc_span s, struct mc_error *err)
{
	int64_t port;

	if (mc_text_decimal(s, UINT16_MAX, &port) && port > 0) {
		out->port = (uint16_t)port;
		return MC_OK;
	}
	/* What is no number may be a password at the wrong place. */
	if (s.n > 0 && s.n <= 20 && strspn(s.p, "0123456789") >= s.n)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"'%.*s' is no port number: write HOST:PORT, or leave "
			"it out",
			(int)s.n, s.p);
	return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
		"what stands behind the host's ':' is no port number: write "
		"HOST:PORT, or leave it out");
}

/* HOST, HOST:PORT, [V6], [V6]:PORT */
static MC_RC parse_host(
	struct mc_endpoint *out, struct mc_span s, struct mc_error *err)
{
	struct mc_span host;
	struct mc_span port = { NULL, 0 };
	enum mc_rc rc;
	size_t end;

	if (s.n > 0 && s.p[0] == '[') {
		end = mc_span_index(s, ']');
		if (end == s.n)
			return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
				"no ']' behind the IPv6 address: write "
				"USER@[ADDRESS]:PORT");
		host = mc_span_from(mc_span_head(s, end), 1);
		s = mc_span_from(s, end + 1);
		if (s.n > 0 && s.p[0] != ':')
			return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
				"what stands behind ']' is no port: write "
				"USER@[ADDRESS]:PORT");
		port = mc_span_from(s, 1);
		end = s.n > 0 ? 0 : 1;
	} else {
		end = mc_span_index(s, ':');
		host = mc_span_head(s, end);
		port = mc_span_from(s, end + 1);
		end = end == s.n;
	}
	if (host.n == 0)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"no host name: write USER@HOST");
	if (!end) {
		rc = parse_port(out, port, err);
		if (rc < 0)
			return rc;
	}
	rc = decode(&out->host, host, "host name", err);
	if (rc < 0)
		return rc;
	for (char *c = out->host; *c; c++) {
		if ((unsigned char)*c <= ' ' || strchr("/@[]\x7f", *c))
			return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
				"'%s' is no host name", out->host);
		*c = (char)tolower((unsigned char)*c);
	}
	return MC_OK;
}

/* USER or USER:PASSWORD */
static MC_RC parse_user(
	struct mc_endpoint *out, struct mc_span s, struct mc_error *err)
{
	size_t colon = mc_span_index(s, ':');
	enum mc_rc rc;

	if (colon == 0 || s.n == 0)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"no user name: write USER@HOST");
	rc = decode(&out->user, mc_span_head(s, colon), "user name", err);
	if (rc == MC_OK && colon < s.n)
		rc = decode(&out->password, mc_span_from(s, colon + 1),
			"password", err);
	return rc;
}

bool mc_endpoint_is_gmail_pop3(const struct mc_endpoint *at)
{
	return (at->scheme == MC_SCHEME_POP3 ||
		       at->scheme == MC_SCHEME_POP3S) &&
	       (strcmp(at->host, "pop.gmail.com") == 0 ||
		       strcmp(at->host, "pop.googlemail.com") == 0);
}

/* Gmail gives "recent:USER" the mail of the last 30 days: USER is no password. */
static MC_RC take_recent(struct mc_endpoint *out, struct mc_error *err)
{
	char *user = NULL;

	if (!out->password || strcmp(out->user, "recent") != 0 ||
		!mc_endpoint_is_gmail_pop3(out))
		return MC_OK;
	if (asprintf(&user, "recent:%s", out->password) < 0)
		return mc_fail_memory(err);
	free(out->user);
	free(out->password);
	out->user = user;
	out->password = NULL;
	return MC_OK;
}

/* USER@HOST[:PORT][/MAILBOX]; the last '@' before the host splits. */
static MC_RC parse_remote(
	struct mc_endpoint *out, struct mc_span s, struct mc_error *err)
{
	size_t at = s.n;
	size_t slash;
	enum mc_rc rc;

	/* The user may hold '@' but not '/': write %2F. */
	slash = mc_span_index(s, '/');
	for (size_t i = 0; i < slash; i++) {
		if (s.p[i] == '@')
			at = i;
	}
	if (at == s.n)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			slash < s.n && mc_span_index(s, '@') < s.n
				? "no '@' before the first '/': write "
				  "USER@HOST, and %%2F for a '/' in a name or "
				  "password"
				: "no '@': write USER@HOST");
	rc = parse_user(out, mc_span_head(s, at), err);
	if (rc == MC_OK)
		rc = parse_host(
			out, mc_span_from(mc_span_head(s, slash), at + 1), err);
	if (rc == MC_OK)
		rc = take_recent(out, err);
	if (rc < 0 || slash + 1 >= s.n)
		return rc;
	if (!mc_endpoint_is_imap(out))
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"a POP3 account has no mailboxes; leave out what "
			"stands behind the host");
	return decode(&out->path, mc_span_from(s, slash + 1), "mailbox", err);
}

MC_RC mc_endpoint_parse(
	struct mc_endpoint *out, const char *text, struct mc_error *err)
{
	struct mc_span s = mc_span_str(text);
	size_t colon = mc_span_index(s, ':');
	const struct scheme *scheme = scheme_by_name(mc_span_head(s, colon));
	struct mc_span rest = mc_span_from(s, colon + 1);
	bool slashes = mc_span_starts(rest, MC_SPAN("//"));

	*out = (struct mc_endpoint){ .scheme = MC_SCHEME_PATH };
	if (s.n == 0)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"this word is empty: an address or a path "
			"belongs here");
	if (colon == s.n || (!scheme && !slashes))
		return mc_strdup(&out->path, s, err);
	if (!scheme)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"'%.*s://' is not known; known are pop3s, pop3, imaps, "
			"imap, mbox, maildir, mh, eml, thunderbird, "
			"applemail, evolution, kmail, eudora, vault, outlook",
			(int)(colon > 20 ? 20 : colon), s.p);
	out->scheme = scheme->scheme;
	out->port = scheme->port;
	if (scheme->port == 0) {
		if (rest.n == 0)
			return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
				"no path behind '%s:'", scheme->name);
		return mc_strdup(&out->path, rest, err);
	}
	if (!slashes)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"write %s://USER@HOST", scheme->name);
	return parse_remote(out, mc_span_from(rest, 2), err);
}

void mc_endpoint_dispose(struct mc_endpoint *at)
{
	if (at->password)
		explicit_bzero(at->password, strlen(at->password));
	free(at->user);
	free(at->password);
	free(at->host);
	free(at->path);
	*at = (struct mc_endpoint){ .scheme = MC_SCHEME_PATH };
}

/* %-encodes what would be read otherwise, keeping UTF-8 readable. */
static void encode(char *out, size_t size, const char *s, const char *keep_not)
{
	size_t at = strlen(out);

	for (; *s && at + 4 < size; s++) {
		unsigned char c = (unsigned char)*s;

		if (c <= 0x20 || c == 0x7F || strchr(keep_not, (char)c))
			at += mc_text_format(out + at, size - at, "%%%02X", c);
		else
			out[at++] = (char)c;
	}
	out[at] = '\0';
}

void mc_endpoint_format(const struct mc_endpoint *at, char *out, size_t size)
{
	const struct scheme *s = scheme_of(at->scheme);
	char port[8] = "";
	bool v6;

	if (!s || s->port == 0) {
		mc_text_format(out, size, "%s%s%s", s ? s->name : "",
			s ? ":" : "", at->path);
		return;
	}
	v6 = strchr(at->host, ':') != NULL;
	mc_text_format(out, size, "%s://", s->name);
	encode(out, size, at->user, "%/:");
	if (at->port != s->port)
		mc_text_format(port, sizeof(port), ":%u", at->port);
	mc_text_append(out, size, v6 ? "@[" : "@");
	encode(out, size, at->host, "%");
	mc_text_append(out, size, v6 ? "]" : "");
	mc_text_append(out, size, port);
	if (at->path) {
		mc_text_append(out, size, "/");
		encode(out, size, at->path, "%");
	}
}
