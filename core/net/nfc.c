/* SPDX-License-Identifier: MIT
 * By GnuTLS, which brings Unicode's tables along for passwords: RFC 8265 4. */
#include "net/nfc.h"

#include <gnutls/gnutls.h>
#include <limits.h>

MC_RC mc_nfc(struct mc_buf *out, struct mc_span text, struct mc_error *err)
{
	gnutls_datum_t form = { 0 };
	struct mc_span put = text;
	enum mc_rc rc;

	if (text.n > 0 && text.n < UINT_MAX &&
		gnutls_utf8_password_normalize((const unsigned char *)text.p,
			(unsigned)text.n, &form, 0) == 0 &&
		form.data)
		put = (struct mc_span){ (const char *)form.data, form.size };
	rc = mc_buf_put(out, put, err);
	gnutls_free(form.data);
	return rc;
}
