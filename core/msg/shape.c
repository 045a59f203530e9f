/* SPDX-License-Identifier: MIT */
#include "msg/shape.h"

#include "msg/scan.h"

struct mc_span mc_shape_tail(uint32_t shape, int64_t octets)
{
	bool cut = octets > 0 && (shape & MC_SHAPE_NO_FINAL_CRLF) != 0;

	if (shape & MC_SHAPE_NO_HEADER_END)
		return cut ? MC_SPAN("\r\n\r\n") : MC_SPAN("\r\n");
	return cut ? MC_SPAN("\r\n") : (struct mc_span){ NULL, 0 };
}
