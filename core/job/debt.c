/* SPDX-License-Identifier: MIT */
#include "job/debt.h"

/* Read from the ledger at once; those that want the same go in one command. */
enum { WINDOW = 256 };

struct debt {
	const struct mc_delivery *d;
	const char *name; /* of the mailbox */
	struct mc_placement list[WINDOW];
	bool asked[WINDOW];
	uint32_t uids[WINDOW];
	struct mc_more_flags more[WINDOW];
	size_t more_n;
	size_t n;
	bool refused;
};

static bool want_the_same(
	const struct mc_placement *a, const struct mc_placement *b)
{
	return a->flags == b->flags && a->keywords_n == b->keywords_n &&
	       (a->keywords_n == 0 ||
		       memcmp(a->keywords, b->keywords, a->keywords_n) == 0);
}

/* What had to be changed to be accepted is not told its keywords again. */
static void spare(struct debt *m)
{
	for (size_t i = 0; i < m->n; i++) {
		struct mc_placement *p = &m->list[i];

		if (!p->changed)
			continue;
		p->flags &= ~(uint32_t)MC_FORWARDED;
		p->keywords_n = 0;
	}
}

/* Those that want the same go together. */
static void gather(struct debt *m)
{
	size_t uids = 0;

	m->more_n = 0;
	for (size_t i = 0; i < m->n; i++) {
		const struct mc_placement *p = &m->list[i];
		struct mc_more_flags *more = &m->more[m->more_n];

		if (m->asked[i])
			continue;
		*more = (struct mc_more_flags){ .uids = &m->uids[uids],
			.flags = p->flags,
			.keywords = { p->keywords, p->keywords_n } };
		for (size_t j = i; j < m->n; j++)
			if (!m->asked[j] && want_the_same(p, &m->list[j])) {
				m->uids[uids++] = m->list[j].uid;
				m->asked[j] = true;
				more->n++;
			}
		m->more_n++;
	}
}

/* A server that will not is told of once, and not asked again: the mail is
 * there, and what it lacks stands in the archive. */
static MC_RC ask_for_all(struct debt *m, struct mc_error *err)
{
	size_t refused;
	enum mc_rc rc;

	spare(m);
	gather(m);
	rc = mc_target_add_flags(
		m->d->target, m->more, m->more_n, &refused, err);
	if (rc == MC_OK && refused > 0 && !m->refused) {
		mc_note(&m->d->req->monitor,
			"%s: the mail is there, but the server did not take "
			"all of its flags: %s",
			m->name, err->text);
		m->refused = true;
	}
	return rc;
}

static MC_RC note_paid(struct debt *m, struct mc_error *err)
{
	enum mc_rc rc = mc_archive_begin(m->d->ar, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == MC_OK && i < m->n; i++)
		rc = mc_placement_paid(m->d->ar, m->list[i].id, err);
	if (rc == MC_OK)
		return mc_archive_commit(m->d->ar, err);
	mc_archive_rollback(m->d->ar);
	return rc;
}

MC_RC mc_debt_pay(const struct mc_delivery *delivery, int64_t mailbox,
	const char *name, struct mc_error *err)
{
	struct debt *m = calloc(1, sizeof(*m));
	int64_t after = 0;
	enum mc_rc rc;

	if (!m)
		return mc_fail_memory(err);
	m->d = delivery;
	m->name = name;
	do {
		m->n = WINDOW;
		memset(m->asked, 0, sizeof(m->asked));
		rc = mc_placements_owing(
			delivery->ar, mailbox, after, m->list, &m->n, err);
		if (rc < 0 || m->n == 0)
			break;
		after = m->list[m->n - 1].id;
		rc = ask_for_all(m, err);
		mc_step(&delivery->req->monitor, "paid");
		if (rc == MC_OK)
			rc = note_paid(m, err);
		for (size_t i = 0; i < m->n; i++)
			mc_placement_dispose(&m->list[i]);
	} while (rc == MC_OK);
	free(m);
	return rc;
}
