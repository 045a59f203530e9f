/* SPDX-License-Identifier: MIT */
#include "net/imap.h"

#include "base/limits.h"
#include "net/imap_wire.h"

MC_RC mc_imap_open(struct mc_imap **out, const struct mc_endpoint *at,
	const struct mc_monitor *mon, struct mc_error *err)
{
	struct mc_imap *imap = calloc(1, sizeof(*imap));
	enum mc_rc rc;

	*out = NULL;
	if (!imap)
		return mc_fail_memory(err);
	imap->at = at;
	imap->mon = mon;
	imap->wait_ms = INT64_MAX;
	mc_buf_init(&imap->caps, MC_REPLY_LINE_MAX);
	mc_buf_init(&imap->greeting, MC_REPLY_LINE_MAX);
	mc_buf_init(&imap->id, MC_REPLY_LINE_MAX);
	mc_buf_init(&imap->line, MC_REPLY_LINE_MAX);
	mc_buf_init(&imap->held, MC_RESPONSE_MAX);
	mc_imap_tokens_init(&imap->response.tokens);
	rc = mc_stream_open(&imap->stream, at, mon, err);
	if (rc < 0)
		goto out;
	rc = mc_imap_enter(imap, err);
	if (rc == MC_OK && at->compress == MC_COMPRESS_YES)
		rc = mc_imap_compress(imap, err);
	if (rc < 0)
		goto out;
	*out = imap;
	imap = NULL;
out:
	if (imap)
		imap->broken = true;
	mc_imap_close(imap);
	return rc;
}

/* Nothing depends on its answer, for which a far server lets us wait. */
static void log_out(struct mc_imap *imap)
{
	struct mc_error ignored;
	uint32_t tag;

	if (mc_imap_begin(imap, &tag, "LOGOUT", &ignored) < 0 ||
		mc_imap_end(imap, &ignored) < 0)
		imap->broken = true;
}

void mc_imap_close(struct mc_imap *imap)
{
	if (!imap)
		return;
	if (!imap->broken && !imap->mute && !imap->flights &&
		!mc_cancel_is(
			imap->mon ? imap->mon->cancel : NULL, MC_CANCEL_NOW))
		log_out(imap);
	mc_imap_abort(imap);
	mc_imap_tokens_dispose(&imap->response.tokens);
	mc_buf_dispose(&imap->held);
	mc_buf_dispose(&imap->line);
	mc_buf_dispose(&imap->id);
	mc_buf_dispose(&imap->greeting);
	mc_buf_dispose(&imap->caps);
	free(imap);
}

const char *mc_imap_greeting(const struct mc_imap *imap)
{
	return mc_buf_str(&imap->greeting);
}

const char *mc_imap_server_id(const struct mc_imap *imap)
{
	return mc_buf_str(&imap->id);
}

int64_t mc_imap_wait_ms(const struct mc_imap *imap)
{
	return imap->wait_ms == INT64_MAX ? 0 : imap->wait_ms;
}

uint32_t mc_imap_exists(const struct mc_imap *imap)
{
	return imap->exists;
}

bool mc_imap_said_bye(const struct mc_imap *imap)
{
	return imap->bye;
}

bool mc_imap_can_compress(const struct mc_imap *imap)
{
	return !imap->packed && mc_imap_can(imap, "COMPRESS=DEFLATE");
}

bool mc_imap_is_slow(const struct mc_imap *imap)
{
	return imap->stream && mc_stream_is_link_bound(imap->stream);
}

bool mc_imap_comes_slowly(struct mc_imap *imap)
{
	return imap->stream && mc_stream_comes_slowly(imap->stream);
}

MC_RC mc_imap_compress(struct mc_imap *imap, struct mc_error *err)
{
	enum mc_rc rc;

	if (!mc_imap_can_compress(imap))
		return MC_OK;
	imap->packed = true;
	rc = mc_imap_command(
		imap, "COMPRESS DEFLATE", (struct mc_span){ 0 }, "", NULL, err);
	/* TLS may compress already, and the server knows best. */
	if (rc == MC_EREFUSED)
		return MC_OK;
	if (rc == MC_OK)
		rc = mc_imap_checked(
			imap, mc_stream_compress(imap->stream, err));
	return rc;
}
