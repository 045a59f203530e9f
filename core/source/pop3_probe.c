/* SPDX-License-Identifier: MIT */
#include "source/pop3_probe.h"

#include <inttypes.h>

#include "base/text.h"

struct teller {
	mc_source_line_fn *line;
	void *arg;
};

static void tell(const struct teller *to, const char *name, const char *text)
{
	to->line(to->arg, name, text);
}

static void tell_number(
	const struct teller *to, const char *name, int64_t number)
{
	char text[MC_NUMBER_TEXT];

	tell(to, name, number < 0 ? "not told" : mc_text_number(text, number));
}

static void tell_caps(const struct teller *to, const char *name,
	const struct mc_pop3_caps *caps)
{
	tell(to, name, caps->known ? caps->words : "not told (no CAPA)");
}

/* RFC 2449 6.7: days that the server keeps mail at least, or NEVER. */
static void tell_expire(const struct teller *to, const char *expire)
{
	if (!expire[0])
		return;
	tell(to, "EXPIRE", expire);
	if (expire[0] == '0')
		tell(to, "risk",
			"the server may remove messages as soon as they were "
			"read; mailcart keeps them safe before it says QUIT");
	else if (strncasecmp(expire, "NEVER", 5) != 0)
		tell(to, "risk",
			"the server removes mail after the days that EXPIRE "
			"tells");
}

static void tell_list(const struct teller *to, const struct mc_pop3_list *list)
{
	char text[160];

	tell_number(to, "messages", list->count);
	tell_number(to, "octets", list->octets);
	mc_text_format(text, sizeof(text), "%u of %u messages",
		list->count - list->unnamed, list->count);
	tell(to, "usable UIDLs", text);
	if (list->unnamed > 0)
		tell(to, "risk",
			"messages without a usable UIDL are fetched by every "
			"run and known again by their content");
	if (list->ignored > 0)
		tell(to, "risk",
			"the server lists messages under numbers that cannot "
			"be");
}

void mc_source_pop3_tell(const struct mc_pop3 *pop3,
	const struct mc_pop3_list *list, mc_source_line_fn *line, void *arg)
{
	const struct mc_pop3_caps *caps = mc_pop3_caps(pop3);
	const struct teller to = { line, arg };

	tell(&to, "protocol", "POP3");
	tell(&to, "server",
		caps->implementation[0] ? caps->implementation
					: mc_pop3_greeting(pop3));
	tell(&to, "TLS", mc_pop3_is_secure(pop3) ? "yes" : "no");
	tell_caps(&to, "capabilities before login", mc_pop3_caps_before(pop3));
	tell_caps(&to, "capabilities after login", caps);
	tell(&to, "PIPELINING",
		caps->pipelining ? "yes" : "no: one message a round trip");
	tell_list(&to, list);
	if (caps->login_delay[0])
		tell(&to, "LOGIN-DELAY", caps->login_delay);
	tell_expire(&to, caps->expire);
	if (!mc_pop3_is_secure(pop3))
		tell(&to, "risk",
			"password and mail go in clear text on this "
			"connection");
}
