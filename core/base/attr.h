/* SPDX-License-Identifier: MIT
 * attr: what the compiler is told about our functions. */
#ifndef MC_BASE_ATTR_H
#define MC_BASE_ATTR_H

#define MC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* A result that must be looked at; holds through vtables too. */
#define MC_RC __attribute__((warn_unused_result)) enum mc_rc

#endif
