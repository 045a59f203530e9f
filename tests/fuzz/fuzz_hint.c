/* SPDX-License-Identifier: MIT
 * What a server says when it refuses: a response code, and behind the first
 * line end its words.  A login is never tried again that was refused, and no
 * wait is beyond what a number holds. */
#include "fuzz.h"
#include "net/hint.h"
#include "tools.h"

static bool same(struct mc_hint a, struct mc_hint b)
{
	return a.later == b.later && a.refused == b.refused &&
	       a.wait_ms == b.wait_ms;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span text = { (const char *)data, size };
	struct mc_span code = fuzz_line(&text);
	struct mc_hint hint = mc_hint_of(code, text);
	struct mc_hint login = mc_hint_of_login(code, text);

	MC_PROMISE(hint.wait_ms >= 0 && login.wait_ms >= 0);
	MC_PROMISE(hint.later || hint.wait_ms == 0);
	MC_PROMISE(!hint.refused);
	MC_PROMISE(!login.refused || (!login.later && login.wait_ms == 0));
	MC_PROMISE(login.later || login.wait_ms == 0);
	MC_PROMISE(hint.later || !login.later); /* a login is more careful */
	MC_PROMISE(same(hint, mc_hint_of(code, text)));
	return 0;
}
