/* SPDX-License-Identifier: MIT
 * A POP3 server lies while mail is removed: it says what the input says,
 * whatever it is asked.  The first octet chooses which messages may go.
 *
 * Must hold: DELE is sent only for what was fetched, judged, and noted on disk
 * before; a session that says "nothing was removed, surely" has sent no QUIT
 * behind a DELE whose marks were not taken back; one that says "done" has. */
#include "server.h"
#include "tools.h"

enum { MOST = 4096 };

enum step { OUTSIDE, ASKED, FETCHED, JUDGED, NOTED, SAFE };

static struct {
	struct mc_remover rm;
	unsigned rule;
	size_t asked; /* messages, in the order of their RETR */
	size_t at;    /* the one whose octets come */
	char keys[MOST][72];
	enum step steps[MOST];
	int64_t octets;
	int ends;
	enum mc_removal how;
} gate;

/* Names are unique in a session, or none. */
static size_t find(const char *key)
{
	for (size_t i = 0; i < gate.asked; i++)
		if (strcmp(gate.keys[i], key) == 0)
			return i;
	return MOST;
}

static enum mc_rc begin(
	struct mc_remover *rm, const struct mc_roll *roll, struct mc_error *err)
{
	(void)rm;
	(void)err;
	MC_PROMISE(roll->total >= 0 && roll->unnamed <= roll->total);
	MC_PROMISE(!roll->has(roll, "no such name"));
	return MC_OK;
}

static enum mc_rc want(
	struct mc_remover *rm, const struct mc_item *item, struct mc_error *err)
{
	(void)rm;
	(void)err;
	if (!item->key[0] || gate.asked == MOST ||
		(unsigned char)item->key[0] % 8 == gate.rule % 8)
		return MC_DONE;
	MC_PROMISE(strlen(item->key) <= 70); /* RFC 1939 7 */
	MC_PROMISE(find(item->key) == MOST);
	memcpy(gate.keys[gate.asked], item->key, strlen(item->key) + 1);
	gate.steps[gate.asked++] = ASKED;
	return MC_OK;
}

static enum mc_rc fetch(
	struct mc_remover *rm, const struct mc_item *item, struct mc_error *err)
{
	(void)rm;
	(void)err;
	gate.at = find(item->key);
	MC_PROMISE(gate.at < MOST && gate.steps[gate.at] == ASKED);
	gate.steps[gate.at] = FETCHED;
	gate.octets = 0;
	return MC_OK;
}

static enum mc_rc bytes(
	struct mc_remover *rm, struct mc_span octets, struct mc_error *err)
{
	(void)rm;
	(void)err;
	gate.octets += (int64_t)octets.n;
	return MC_OK;
}

static enum mc_rc judge(struct mc_remover *rm, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	size_t i = find(item->key);

	(void)rm;
	(void)err;
	MC_PROMISE(i < MOST);
	MC_PROMISE(gate.steps[i] == FETCHED || (why && why->text[0]));
	if (why || gate.octets % 7 == gate.rule % 7) {
		gate.steps[i] = OUTSIDE;
		return MC_DONE;
	}
	gate.steps[i] = JUDGED;
	return MC_OK;
}

static enum mc_rc leave(
	struct mc_remover *rm, const struct mc_item *item, struct mc_error *err)
{
	size_t i = find(item->key);

	(void)rm;
	(void)err;
	MC_PROMISE(i < MOST && gate.steps[i] == JUDGED);
	gate.steps[i] = NOTED;
	return MC_OK;
}

static enum mc_rc flush(struct mc_remover *rm, struct mc_error *err)
{
	(void)rm;
	(void)err;
	for (size_t i = 0; i < gate.asked; i++)
		if (gate.steps[i] == NOTED)
			gate.steps[i] = SAFE;
	return MC_OK;
}

static enum mc_rc stays(struct mc_remover *rm, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	(void)rm;
	(void)err;
	MC_PROMISE(find(item->key) < MOST);
	MC_PROMISE(why && why->text[0]);
	return MC_OK;
}

static enum mc_rc end(
	struct mc_remover *rm, enum mc_removal how, struct mc_error *err)
{
	(void)rm;
	(void)err;
	gate.ends++;
	gate.how = how;
	return MC_OK;
}

static void remove_all(const struct mc_endpoint *at)
{
	struct mc_monitor nobody = { 0 };
	struct mc_source_conf conf = { .at = at, .monitor = &nobody };
	const struct mc_source_ops *ops = &mc_source_pop3;
	struct mc_source *src = NULL;
	struct mc_error err;
	enum mc_rc rc = ops->open(&src, &conf, &err);

	if (rc == MC_OK)
		rc = ops->remove(src, &gate.rm, &err);
	MC_PROMISE(rc >= 0 || err.text[0]);
	MC_PROMISE(rc < 0 || (gate.ends == 1 && gate.how == MC_REMOVAL_DONE));
	MC_PROMISE(gate.ends <= 1);
	ops->close(src);
}

static bool is(struct mc_span line, const char *verb)
{
	return mc_span_starts(line, mc_span_str(verb));
}

/* Numbers are asked for in the order in which they were wanted. */
static void check_heard(void)
{
	struct mc_span rest = fuzz_server_heard();
	char numbers[MOST][12];
	size_t asked = 0;
	bool marked = false;
	bool gone = false;

	while (rest.n > 0) {
		struct mc_span line = fuzz_line(&rest);
		size_t i = 0;

		if (is(line, "RETR ")) {
			MC_PROMISE(asked < gate.asked && line.n < 17);
			memset(numbers[asked], 0, sizeof(numbers[asked]));
			memcpy(numbers[asked++], line.p + 5, line.n - 5);
		} else if (is(line, "DELE ")) {
			while (i < asked && !mc_span_eq(mc_span_from(line, 5),
						    mc_span_str(numbers[i])))
				i++;
			MC_PROMISE(i < asked && gate.steps[i] == SAFE);
			marked = true;
		} else if (is(line, "RSET")) {
			marked = false;
		} else if (is(line, "QUIT")) {
			gone = marked;
		}
	}
	if (gate.ends == 0 || gate.how == MC_REMOVAL_UNDONE ||
		gate.how == MC_REMOVAL_CUT)
		MC_PROMISE(!gone);
	else if (gate.how == MC_REMOVAL_DONE)
		MC_PROMISE(gone == marked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span says = { (const char *)data, size };
	struct mc_endpoint at;

	if (says.n > (size_t)64 * 1024)
		return 0;
	memset(&gate, 0, sizeof(gate));
	gate.rm = (struct mc_remover){ begin, want, fetch, bytes, judge, leave,
		flush, stays, end };
	gate.rule = fuzz_octet(&says);
	fuzz_server_start(says);
	at = fuzz_server_endpoint(MC_SCHEME_POP3);
	remove_all(&at);
	fuzz_server_stop();
	check_heard();
	return 0;
}
