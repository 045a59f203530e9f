/* SPDX-License-Identifier: MIT
 * What a server tells of itself: capabilities, limits, quotas, folders, as
 * `probe` asks for them.  The first octet chooses POP3 or IMAP.  Each fact is a
 * line of UTF-8. */
#include "base/text.h"
#include "server.h"
#include "target/target.h"
#include "tools.h"

static void on_line(void *arg, const char *name, const char *text)
{
	(*(size_t *)arg)++;
	MC_PROMISE(name && name[0]);
	MC_PROMISE(text && mc_utf8_valid(mc_span_str(text)));
}

static enum mc_rc probe_pop3(
	const struct mc_endpoint *at, size_t *lines, struct mc_error *err)
{
	struct mc_monitor nobody = { 0 };
	struct mc_source_conf conf = { .at = at, .monitor = &nobody };
	const struct mc_source_ops *ops = &mc_source_pop3;
	struct mc_source *src = NULL;
	enum mc_rc rc = ops->open(&src, &conf, err);

	if (rc == MC_OK)
		rc = ops->probe(src, on_line, lines, err);
	ops->close(src);
	return rc;
}

static enum mc_rc probe_imap(
	const struct mc_endpoint *at, size_t *lines, struct mc_error *err)
{
	struct mc_target *target = NULL;
	enum mc_rc rc = mc_target_open(&target, at, NULL, err);

	if (rc == MC_OK)
		rc = mc_target_probe(target, on_line, lines, err);
	mc_target_close(target);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span says = { (const char *)data, size };
	bool imap = fuzz_octet(&says) % 2;
	struct mc_endpoint at;
	struct mc_error err;
	size_t lines = 0;
	enum mc_rc rc;

	if (says.n > (size_t)64 * 1024)
		return 0;
	fuzz_server_start(says);
	at = fuzz_server_endpoint(imap ? MC_SCHEME_IMAP : MC_SCHEME_POP3);
	rc = imap ? probe_imap(&at, &lines, &err)
		  : probe_pop3(&at, &lines, &err);
	MC_PROMISE(rc < 0 ? err.text[0] != '\0' : lines > 0);
	fuzz_server_stop();
	return 0;
}
