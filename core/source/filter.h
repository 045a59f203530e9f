/* SPDX-License-Identifier: MIT
 * filter: octets of one message, changed on their way.  Private to
 * core/source. */
#ifndef MC_SOURCE_FILTER_H
#define MC_SOURCE_FILTER_H

#include "msg/scan.h"

/* Takes what is read as it comes, and gives what is the message to a sink that
 * it was made with.  Embed as first member. */
struct mc_filter {
	MC_RC (*put)(struct mc_filter *filter, struct mc_span octets,
		struct mc_error *err);
	/* That was all.  What is wrong with it goes to *why. */
	MC_RC (*end)(struct mc_filter *filter, struct mc_error *why,
		struct mc_error *err);
	void (*free)(struct mc_filter *filter);
};

#endif
