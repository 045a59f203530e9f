/* SPDX-License-Identifier: MIT */
#include "net/tls.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/text.h"

static const struct check {
	unsigned int bit;
	const char *words;
} checks[] = {
	{ GNUTLS_CERT_UNEXPECTED_OWNER, "its name does not match the host" },
	{ GNUTLS_CERT_EXPIRED, "it has expired" },
	{ GNUTLS_CERT_NOT_ACTIVATED, "it is not valid yet" },
	{ GNUTLS_CERT_REVOKED, "it was revoked" },
	{ GNUTLS_CERT_SIGNER_NOT_FOUND, "its issuer is unknown" },
	{ GNUTLS_CERT_SIGNER_NOT_CA, "its issuer is no authority" },
	{ GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE,
		"its issuer may not vouch for that name" },
	{ GNUTLS_CERT_SIGNATURE_FAILURE, "its signature is wrong" },
	{ GNUTLS_CERT_INSECURE_ALGORITHM, "its signature is of a weak kind" },
	{ GNUTLS_CERT_PURPOSE_MISMATCH, "it is not meant for a server" },
	{ GNUTLS_CERT_MISMATCH, "it is not the one expected" },
	{ GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED,
		"the data on its revocation is old" },
	{ GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE,
		"the data on its revocation is of the future" },
	{ GNUTLS_CERT_MISSING_OCSP_STATUS, "its OCSP status is missing" },
	{ GNUTLS_CERT_INVALID_OCSP_STATUS, "its OCSP status is invalid" },
	{ GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS,
		"it has a critical extension that is not known" },
};

/* The pin in lower-case hex without colons.  False: not 64 hex digits. */
static bool normal_pin(char out[MC_SHA256_HEX], const char *pin)
{
	size_t n = 0;

	for (; *pin; pin++) {
		if (*pin == ':')
			continue;
		if (n + 1 >= MC_SHA256_HEX || !isxdigit((unsigned char)*pin))
			return false;
		out[n++] = (char)tolower((unsigned char)*pin);
	}
	out[n] = '\0';
	return n == MC_SHA256_HEX - 1;
}

MC_RC mc_tls_check_pin(const struct mc_endpoint *at, struct mc_error *err)
{
	char pin[MC_SHA256_HEX];

	if (at->tls_fingerprint && !normal_pin(pin, at->tls_fingerprint))
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"--tls-fingerprint wants a SHA-256: 64 hex digits, "
			"with or without colons");
	return MC_OK;
}

static bool is_address(const char *host)
{
	struct in6_addr any;

	return inet_pton(AF_INET, host, &any) == 1 ||
	       inet_pton(AF_INET6, host, &any) == 1;
}

static bool is_self_signed(const gnutls_datum_t *der)
{
	gnutls_x509_crt_t crt = NULL;
	bool self = false;

	if (gnutls_x509_crt_init(&crt) < 0)
		return false;
	if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0)
		self = gnutls_x509_crt_check_issuer(crt, crt) != 0;
	gnutls_x509_crt_deinit(crt);
	return self;
}

/* One line: what is wrong, whose it is, and what a person can do. */
static enum mc_rc fail_certificate(struct mc_low *low, const char *why)
{
	const char *side = low->at->is_second ? "target-" : "";
	char hex[MC_SHA256_HEX];

	return mc_fail(&low->error, MC_ETLS, MC_SESSION, 0,
		"the certificate of '%s' was refused: %s (SHA-256 fingerprint "
		"%s; if it is the right one, trust it with "
		"--%stls-fingerprint, or its issuer with --%stls-ca)",
		low->at->host, why, mc_digest_hex(hex, &low->leaf), side, side);
}

static void join_checks(
	char *out, size_t size, unsigned int status, bool self_signed)
{
	out[0] = '\0';
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const char *words = checks[i].words;

		if (!(status & checks[i].bit))
			continue;
		if (checks[i].bit == GNUTLS_CERT_SIGNER_NOT_FOUND &&
			self_signed)
			words = "it is self-signed";
		mc_text_format(out + strlen(out), size - strlen(out), "%s%s",
			out[0] ? ", " : "", words);
	}
	if (!out[0])
		mc_text_format(out, size, "it is not valid");
}

static MC_RC verify_pin(struct mc_low *low)
{
	char pin[MC_SHA256_HEX] = "";
	char leaf[MC_SHA256_HEX];

	if (normal_pin(pin, low->at->tls_fingerprint) &&
		strcmp(pin, mc_digest_hex(leaf, &low->leaf)) == 0)
		return MC_OK;
	return fail_certificate(low, "it is not the one pinned");
}

static MC_RC verify_chain(struct mc_low *low, const gnutls_datum_t *leaf)
{
	char why[256];
	char purpose[] = GNUTLS_KP_TLS_WWW_SERVER;
	gnutls_typed_vdata_st data[2] = {
		{ .type = GNUTLS_DT_DNS_HOSTNAME,
			.data = (unsigned char *)low->at->host },
		{ .type = GNUTLS_DT_KEY_PURPOSE_OID,
			.data = (unsigned char *)purpose },
	};
	unsigned int status = 0;
	int code;

	code = gnutls_certificate_verify_peers(low->tls, data, 2, &status);
	if (code < 0)
		return fail_certificate(low, gnutls_strerror(code));
	if (status == 0)
		return MC_OK;
	join_checks(why, sizeof(why), status, is_self_signed(leaf));
	return fail_certificate(low, why);
}

/* Called by GnuTLS inside the handshake; not 0 ends it. */
static int verify_peer(gnutls_session_t session)
{
	struct mc_low *low = gnutls_session_get_ptr(session);
	unsigned int n = 0;
	const gnutls_datum_t *chain;
	enum mc_rc rc;

	chain = gnutls_certificate_get_peers(session, &n);
	if (!chain || n == 0)
		return mc_fail(&low->error, MC_ETLS, MC_SESSION, 0,
			"'%s' showed no certificate", low->at->host);
	low->leaf = mc_digest_of(
		(struct mc_span){ (const char *)chain[0].data, chain[0].size });
	if (low->at->tls_fingerprint)
		rc = verify_pin(low);
	else
		rc = verify_chain(low, &chain[0]);
	return rc < 0 ? -1 : 0;
}

static MC_RC load_trust(struct mc_low *low, struct mc_error *err)
{
	const char *ca = low->at->tls_ca;
	int n;

	if (gnutls_certificate_allocate_credentials(&low->trust) < 0)
		return mc_fail_memory(err);
	if (low->at->tls_fingerprint)
		return MC_OK;
	if (!ca) {
		n = gnutls_certificate_set_x509_system_trust(low->trust);
		if (n > 0)
			return MC_OK;
		return mc_fail(err, MC_ETLS, MC_SESSION, 0,
			"this system has no trusted certificates: install "
			"them (ca-certificates), or use --tls-ca or "
			"--tls-fingerprint");
	}
	errno = 0;
	n = gnutls_certificate_set_x509_trust_file(
		low->trust, ca, GNUTLS_X509_FMT_PEM);
	if (n == GNUTLS_E_FILE_ERROR) {
		errno = errno ? errno : EIO;
		return mc_fail_errno(err, MC_ENOENT, MC_RUN,
			"cannot read --tls-ca '%s'", ca);
	}
	if (n <= 0)
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"--tls-ca '%s' holds no certificate in PEM", ca);
	return MC_OK;
}

static MC_RC new_session(struct mc_low *low, struct mc_error *err)
{
	const char *host = low->at->host;
	int code;

	code = gnutls_init(
		&low->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
	if (code < 0) {
		low->tls = NULL;
		return mc_fail_memory(err);
	}
	gnutls_session_set_ptr(low->tls, low);
	gnutls_session_set_verify_function(low->tls, verify_peer);
	gnutls_transport_set_int(low->tls, low->fd);
	/* Our own deadline holds: GnuTLS counts from its first octet. */
	gnutls_handshake_set_timeout(low->tls, 0);
	code = gnutls_set_default_priority_append(
		low->tls, "-VERS-TLS1.0:-VERS-TLS1.1", NULL, 0);
	if (code == 0)
		code = gnutls_credentials_set(
			low->tls, GNUTLS_CRD_CERTIFICATE, low->trust);
	/* RFC 6066 3: names only, no addresses. */
	if (code == 0 && !is_address(host))
		code = gnutls_server_name_set(
			low->tls, GNUTLS_NAME_DNS, host, strlen(host));
	if (code == 0)
		return MC_OK;
	return mc_fail(err, MC_ETLS, MC_SESSION, 0, "cannot set up TLS: %s",
		gnutls_strerror(code));
}

static enum mc_rc fail_handshake(
	struct mc_low *low, int code, struct mc_error *err)
{
	const char *host = low->at->host;
	const char *alert = NULL;

	/* The check inside the handshake told its own cause. */
	if (low->error.rc < 0) {
		*err = low->error;
		return err->rc;
	}
	switch (code) {
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		mc_fail(err, MC_ENET, MC_SESSION, 0,
			"'%s' closed the connection while TLS was agreed on",
			host);
		err->hope = MC_AGAIN;
		return MC_ENET;
	case GNUTLS_E_UNEXPECTED_PACKET:
	case GNUTLS_E_UNEXPECTED_PACKET_LENGTH:
		return mc_fail(err, MC_ETLS, MC_SESSION, 0,
			"'%s' does not speak TLS on port %u; pop3:// and "
			"imap:// begin without it, and demand it then",
			host, low->at->port);
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		return mc_fail(err, MC_ETLS, MC_SESSION, 0,
			"'%s' offers nothing newer than TLS 1.1", host);
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		alert = gnutls_alert_get_name(gnutls_alert_get(low->tls));
		break;
	default:
		break;
	}
	return mc_fail(err, MC_ETLS, MC_SESSION, 0, "no TLS with '%s': %s%s%s",
		host, gnutls_strerror(code), alert ? " " : "",
		alert ? alert : "");
}

static MC_RC handshake(struct mc_low *low, struct mc_error *err)
{
	int64_t deadline = mc_clock_ms() + low->timeout_ms;

	for (;;) {
		int code = gnutls_handshake(low->tls);
		enum mc_rc rc;

		if (code == 0)
			return MC_OK;
		if (gnutls_error_is_fatal(code)) {
			(void)gnutls_alert_send_appropriate(low->tls, code);
			return fail_handshake(low, code, err);
		}
		rc = mc_low_wait(low,
			gnutls_record_get_direction(low->tls) ? POLLOUT
							      : POLLIN,
			deadline, err);
		if (rc < 0)
			return rc;
	}
}

MC_RC mc_tls_nothing_waits(struct mc_low *low, struct mc_error *err)
{
	char octet;

	if (recv(low->fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
		return mc_tls_fail_injected(low, err);
	return MC_OK;
}

enum mc_rc mc_tls_fail_injected(struct mc_low *low, struct mc_error *err)
{
	mc_fail(err, MC_EPROTO, MC_SESSION, 0,
		"'%s' sent octets before TLS began: someone may be tampering "
		"with the connection; try another network, and if it stays so "
		"tell those who run the server",
		low->at->host);
	low->error = *err;
	return err->rc;
}

MC_RC mc_tls_start(struct mc_low *low, struct mc_error *err)
{
	enum mc_rc rc = load_trust(low, err);

	if (rc == MC_OK)
		rc = new_session(low, err);
	if (rc == MC_OK)
		rc = handshake(low, err);
	/* What failed stays failed: no clear text may follow. */
	if (rc < 0)
		low->error = *err;
	return rc;
}
