/* SPDX-License-Identifier: MIT
 * mbox_resume: an mbox that is begun where an earlier read has ended. */
#ifndef MC_SOURCE_MBOX_RESUME_H
#define MC_SOURCE_MBOX_RESUME_H

#include "source/input.h"
#include "source/mbox_window.h"
#include "source/source.h"

struct mc_mbox_resume {
	struct mc_resume pub;
	struct mc_input *in; /* borrowed */
};

/* False: this input can be read from its start only. */
bool mc_mbox_resume_init(struct mc_mbox_resume *resume, struct mc_input *in);

/* A window whose cursor stands at the line that begins at `from`, filled.
 * Fails: ELIMIT (memory), scope RUN. */
MC_RC mc_mbox_resume_window(struct mc_mbox_window *w, struct mc_input *in,
	int64_t from, struct mc_error *err);

#endif
