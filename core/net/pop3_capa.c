/* SPDX-License-Identifier: MIT
 * pop3_capa: what a POP3 server can do, as CAPA tells it; RFC 2449. */
#include "base/text.h"
#include "net/hint.h"
#include "net/pop3_wire.h"

/* Servers that hang on a command they do not know exist: half of what people
 * take for a hang, and far above any answer's time. */
enum { CAPA_MS = 15 * 1000 };

/* The first word of line; line keeps the rest, trimmed. */
static struct mc_span take_word(struct mc_span *line)
{
	struct mc_span word = *line;
	size_t end = 0;

	while (end < line->n && line->p[end] != ' ' && line->p[end] != '\t')
		end++;
	word.n = end;
	*line = mc_span_trim(mc_span_from(*line, end));
	return word;
}

static void add_word(char *to, size_t size, struct mc_span word)
{
	char text[64];

	mc_text_escape(text, sizeof(text), word);
	if (to[0])
		mc_text_append(to, size, " ");
	mc_text_append(to, size, text);
}

static void add_mechanisms(struct mc_pop3_caps *caps, struct mc_span line)
{
	while (line.n > 0) {
		char name[24];
		struct mc_span word = take_word(&line);
		size_t n = 0;

		if (word.n >= sizeof(name))
			continue;
		for (; n < word.n; n++) {
			char c = word.p[n];

			name[n] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
		}
		if (strlen(caps->sasl) + n + 10 < sizeof(caps->sasl))
			add_word(caps->sasl, sizeof(caps->sasl),
				(struct mc_span){ name, n });
	}
}

void mc_pop3_capa_line(struct mc_pop3_caps *caps, struct mc_span line)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "STLS", &caps->stls },
		{ "UIDL", &caps->uidl },
		{ "TOP", &caps->top },
		{ "PIPELINING", &caps->pipelining },
	};
	const struct {
		const char *name;
		char *text;
		size_t size;
	} texts[] = {
		{ "EXPIRE", caps->expire, sizeof(caps->expire) },
		{ "LOGIN-DELAY", caps->login_delay, sizeof(caps->login_delay) },
		{ "IMPLEMENTATION", caps->implementation,
			sizeof(caps->implementation) },
	};
	struct mc_span name;

	line = mc_span_trim(line);
	name = take_word(&line);
	if (name.n == 0)
		return;
	add_word(caps->words, sizeof(caps->words), name);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (mc_span_ieq(name, mc_span_str(flags[i].name)))
			*flags[i].flag = true;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (mc_span_ieq(name, mc_span_str(texts[i].name)))
			mc_text_escape(texts[i].text, texts[i].size, line);
	}
	if (mc_span_ieq(name, MC_SPAN("SASL")))
		add_mechanisms(caps, line);
}

static MC_RC read_lines(
	struct mc_pop3 *pop3, struct mc_pop3_caps *caps, struct mc_error *err)
{
	for (int n = 0; n < MC_CAPABILITIES_MAX; n++) {
		struct mc_span line;
		enum mc_rc rc = mc_pop3_line(pop3, &line, err);

		if (rc < 0)
			return rc;
		if (rc == MC_DONE) {
			caps->known = true;
			return MC_OK;
		}
		mc_pop3_capa_line(caps, line);
	}
	return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
		"the server's CAPA has no end" MC_RUNNERS_ADVICE);
}

MC_RC mc_pop3_capa_ask(struct mc_pop3 *pop3, struct mc_error *err)
{
	if (pop3->no_capa)
		return MC_OK;
	return mc_pop3_send(pop3, "CAPA", (struct mc_span){ NULL, 0 }, err);
}

MC_RC mc_pop3_capa_hear(
	struct mc_pop3 *pop3, struct mc_pop3_caps *out, struct mc_error *err)
{
	struct mc_pop3_reply reply;
	enum mc_rc rc;

	*out = (struct mc_pop3_caps){ .known = false };
	if (pop3->no_capa)
		return MC_OK;
	rc = mc_stream_flush(pop3->stream, err);
	if (rc == MC_OK)
		rc = mc_pop3_wait(pop3, CAPA_MS, err);
	if (rc == MC_OK)
		rc = mc_pop3_reply(pop3, &reply, err);
	if (rc == MC_ENET)
		return MC_DONE; /* some hang up on what they do not know */
	if (rc == MC_OK && reply.status == MC_POP3_OK)
		rc = read_lines(pop3, out, err);
	return rc;
}

MC_RC mc_pop3_capa(
	struct mc_pop3 *pop3, struct mc_pop3_caps *out, struct mc_error *err)
{
	enum mc_rc rc = mc_pop3_capa_ask(pop3, err);

	if (rc == MC_ENET)
		return MC_DONE;
	return rc == MC_OK ? mc_pop3_capa_hear(pop3, out, err) : rc;
}
