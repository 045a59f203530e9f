/* SPDX-License-Identifier: MIT
 * probe: logs in, tells, changes nothing. */
#include "job/job.h"
#include "source/source.h"
#include "target/target.h"

static MC_RC probe_imap(const struct mc_request *req,
	const struct mc_endpoint *at, mc_fact_fn *fn, void *arg,
	struct mc_error *err)
{
	struct mc_target *target = NULL;
	enum mc_rc rc = mc_target_open(&target, at, &req->monitor, err);

	if (rc == MC_OK)
		rc = mc_target_probe(target, fn, arg, err);
	mc_target_close(target);
	return rc;
}

static MC_RC probe_source(const struct mc_request *req,
	const struct mc_endpoint *at, mc_fact_fn *fn, void *arg,
	struct mc_error *err)
{
	struct mc_source_conf conf = {
		.at = at, .quote = req->quote, .monitor = &req->monitor
	};
	const struct mc_source_ops *ops = NULL;
	struct mc_source *src = NULL;
	enum mc_rc rc = mc_source_find(&ops, at, err);

	if (rc == MC_OK)
		rc = ops->open(&src, &conf, err);
	if (rc == MC_OK)
		rc = ops->probe(src, fn, arg, err);
	if (src)
		ops->close(src);
	return rc;
}

MC_RC mc_job_probe(const struct mc_request *req, const struct mc_endpoint *at,
	mc_fact_fn *fn, void *arg, struct mc_error *err)
{
	char name[1024];
	enum mc_rc rc;

	rc = mc_endpoint_is_imap(at) ? probe_imap(req, at, fn, arg, err)
				     : probe_source(req, at, fn, arg, err);
	if (rc < 0) {
		mc_endpoint_format(at, name, sizeof(name));
		mc_while(err, "%s", name);
	}
	return rc;
}
