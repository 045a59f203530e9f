/* SPDX-License-Identifier: MIT */
#include "source/mbox_resume.h"

/* So many octets before a place tell that it is still the same one: a folder
 * from which mail was removed ends in other octets there. */
enum { PROOF = 64 * 1024 };

/* Octets [from, to) of the file, or as many as out can hold of the last. */
static bool peek_before(struct mc_input *in, int64_t to, size_t max, char *out,
	struct mc_span *got)
{
	int64_t from = to > (int64_t)max ? to - (int64_t)max : 0;
	size_t want = (size_t)(to - from);
	struct mc_error err;

	got->p = out;
	if (mc_input_peek(in, from, out, want, &got->n, &err) < 0)
		return false;
	return got->n == want;
}

static bool digest(
	struct mc_resume *resume, int64_t offset, struct mc_digest *out)
{
	struct mc_mbox_resume *r = (struct mc_mbox_resume *)(void *)resume;
	struct mc_span octets;
	char *proof = malloc(PROOF);
	bool fine = proof && peek_before(r->in, offset, PROOF, proof, &octets);

	if (fine)
		*out = mc_digest_of(octets);
	free(proof);
	return fine;
}

/* A message begins there, or the file ends. */
static bool begins(struct mc_resume *resume, int64_t offset)
{
	struct mc_mbox_resume *r = (struct mc_mbox_resume *)(void *)resume;
	struct mc_mbox_window w;
	struct mc_mbox_line line;
	struct mc_error err;
	bool fine = false;

	if (offset > mc_input_octets(r->in))
		return false;
	if (mc_mbox_resume_window(&w, r->in, offset, &err) == MC_OK &&
		w.why.rc == MC_OK && !w.view.inside)
		fine = !mc_mbox_next(&w.view, &line) ||
		       (line.kind == MC_MBOX_FROM && line.separates);
	mc_mbox_window_close(&w);
	return fine;
}

bool mc_mbox_resume_init(struct mc_mbox_resume *resume, struct mc_input *in)
{
	char head[5];
	size_t n = 0;
	struct mc_error err;

	*resume = (struct mc_mbox_resume){
		.pub = { .digest = digest, .begins = begins }, .in = in
	};
	/* Not that of an MMDF, where a message does not end where the next one
	 * begins. */
	if (!mc_input_seeks(in) ||
		mc_input_peek(in, 0, head, sizeof(head), &n, &err) < 0 ||
		mc_mbox_is_mark((struct mc_span){ head, n }))
		return false;
	resume->pub.octets = mc_input_octets(in);
	return true;
}

/* How the line before `to` ended, and whether it was blank. */
static void look_back(
	struct mc_mbox_view *view, struct mc_input *in, int64_t to)
{
	char octets[4];
	struct mc_span s;
	char eol = view->eol;

	view->inside = !peek_before(in, to, sizeof(octets), octets, &s) ||
		       (s.n > 0 && s.p[s.n - 1] != eol);
	if (view->inside || s.n == 0)
		return;
	s.n--;
	if (eol == '\n' && s.n > 0 && s.p[s.n - 1] == '\r')
		s.n--;
	view->blank = s.n == 0 || s.p[s.n - 1] == eol;
}

MC_RC mc_mbox_resume_window(struct mc_mbox_window *w, struct mc_input *in,
	int64_t from, struct mc_error *err)
{
	enum mc_rc rc =
		mc_mbox_window_open_apart(w, in, 0, mc_input_octets(in), err);

	if (rc < 0)
		return rc;
	/* How lines end shows at the start. */
	mc_mbox_window_fill(w, 0);
	w->view.eol = mc_mbox_eol(w->view.ahead);
	w->view.ahead.n = 0;
	w->view.last = false;
	w->end = from;
	look_back(&w->view, in, from);
	mc_mbox_window_fill(w, 0);
	return MC_OK;
}
