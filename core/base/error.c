/* SPDX-License-Identifier: MIT
 * error: fills and extends struct mc_error. */
#include "base/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"

/* Writes fmt into err->text, control octets escaped, cut with "...". */
static void MC_PRINTF(2, 0)
	set_text(struct mc_error *err, const char *fmt, va_list args)
{
	char plain[MC_ERROR_TEXT * 2];

	mc_text_vformat(plain, sizeof(plain), fmt, args);
	mc_text_escape(err->text, sizeof(err->text), mc_span_str(plain));
}

static void MC_PRINTF(2, 0)
	fill(struct mc_error *err, const char *fmt, va_list args)
{
	err->hope = MC_NEVER;
	err->code[0] = '\0';
	err->said_at = 0;
	set_text(err, fmt, args);
}

enum mc_rc mc_fail(struct mc_error *err, enum mc_rc rc, enum mc_scope scope,
	int sys, const char *fmt, ...)
{
	va_list args;

	err->rc = rc;
	err->scope = scope;
	err->sys = sys;
	va_start(args, fmt);
	fill(err, fmt, args);
	va_end(args);
	return rc;
}

/* What to do about what this machine or its user may have no more of: whoever
 * asked for it, the system's words do not tell. */
static const char *remedy(int sys)
{
	switch (sys) {
	case EMFILE:
		return "; allow more with ulimit -n, then run it again";
	case ENFILE:
		return "; end other programs, then run it again";
	case EAGAIN:
		return "; too many programs run here: end some, or allow more "
		       "with ulimit -u, then run it again";
	case ENOSPC:
	case EDQUOT:
		return "; make room there, then run it again";
	default:
		return "";
	}
}

enum mc_rc mc_fail_errno(struct mc_error *err, enum mc_rc rc,
	enum mc_scope scope, const char *fmt, ...)
{
	char words[128];
	char why[128];
	int sys = errno;
	va_list args;

	err->rc = sys == ENOMEM ? MC_ELIMIT : rc;
	err->scope = scope;
	err->sys = sys;
	va_start(args, fmt);
	fill(err, fmt, args);
	va_end(args);
	mc_text_format(
		why, sizeof(why), "%s", strerror_r(sys, words, sizeof(words)));
	why[0] = (char)tolower((unsigned char)why[0]);
	mc_text_append(err->text, sizeof(err->text), ": ");
	mc_text_append(err->text, sizeof(err->text), why);
	mc_text_append(err->text, sizeof(err->text), remedy(sys));
	return err->rc;
}

void mc_while(struct mc_error *err, const char *fmt, ...)
{
	char old[MC_ERROR_TEXT];
	va_list args;

	mc_text_format(old, sizeof(old), "%s", err->text);
	va_start(args, fmt);
	set_text(err, fmt, args);
	va_end(args);
	mc_text_append(err->text, sizeof(err->text), ": ");
	err->said_at += (int)strlen(err->text);
	mc_text_append(err->text, sizeof(err->text), old);
	if (err->said_at > (int)strlen(err->text))
		err->said_at = (int)strlen(err->text);
}
