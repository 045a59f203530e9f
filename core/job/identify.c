/* SPDX-License-Identifier: MIT */
#include "job/identify.h"

#include "base/limits.h"
#include "msg/identity.h"
#include "net/imf.h"

void mc_identified_init(struct mc_identified *id)
{
	id->date = MC_NO_TIME;
	mc_buf_init(&id->subject, MC_HEADER_MAX);
	mc_buf_init(&id->from, MC_HEADER_MAX);
}

void mc_identified_dispose(struct mc_identified *id)
{
	mc_buf_dispose(&id->subject);
	mc_buf_dispose(&id->from);
}

static int64_t parse_date(struct mc_span value)
{
	int64_t time;

	if (value.n > 0 &&
		(mc_imf_date(value, &time) || mc_date_odd(value, &time)))
		return time;
	return MC_NO_TIME;
}

MC_RC mc_identify(struct mc_identified *id, const struct mc_facts *facts,
	struct mc_error *err)
{
	enum mc_rc rc;

	id->date = parse_date(facts->date);
	mc_buf_clear(&id->subject);
	mc_buf_clear(&id->from);
	rc = mc_imf_text(&id->subject, facts->subject, err);
	if (rc == MC_OK)
		rc = mc_imf_text(&id->from, facts->from, err);
	if (rc == MC_OK)
		rc = mc_identity_key(&id->key, facts, id->date,
			mc_buf_span(&id->subject), err);
	return rc;
}

MC_RC mc_identify_octets(struct mc_identified *id, struct mc_scan *scan,
	struct mc_span octets, struct mc_facts *facts, struct mc_error *err)
{
	enum mc_rc rc = mc_scan_begin(scan, MC_STORE_WIRE, NULL, err);

	if (rc == MC_OK)
		rc = mc_scan_bytes(scan, octets, err);
	if (rc == MC_OK)
		rc = mc_scan_end(scan, facts, err);
	return rc == MC_OK ? mc_identify(id, facts, err) : rc;
}

struct mc_date mc_identify_date(const struct mc_identified *id,
	const struct mc_facts *facts, struct mc_date place)
{
	struct mc_date received = { parse_date(facts->received),
		MC_DATE_RECEIVED };

	if (place.rank < MC_DATE_RECEIVED && place.time != MC_NO_TIME)
		return place;
	if (received.time != MC_NO_TIME)
		return received;
	if (id->date != MC_NO_TIME)
		return (struct mc_date){ id->date, MC_DATE_HEADER };
	if (place.time != MC_NO_TIME)
		return place;
	return (struct mc_date){ MC_NO_TIME, MC_DATE_NONE };
}
