/* SPDX-License-Identifier: MIT
 * passive: a receiver that takes nothing, for those who only want to hear some of
 * what a source says. */
#ifndef MC_SOURCE_PASSIVE_H
#define MC_SOURCE_PASSIVE_H

#include "source/source.h"

/* Reads every folder and wants no message; all succeeds. */
extern const struct mc_receiver mc_receiver_passive;

#endif
