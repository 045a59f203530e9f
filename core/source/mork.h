/* SPDX-License-Identifier: MIT
 * mork: the true name of a folder whose file Thunderbird had to name otherwise
 * ("Invoices8f3a01c2"), from the summary beside it ("....msf").
 *
 *	< <(a=c)> (B2=folderName) >     columns' names
 *	{1:^9F {...} [1(^B2=Invoices: 2019)] }
 *
 * Of Mork only cells and dictionaries are understood; the last cell counts.
 */
#ifndef MC_SOURCE_MORK_H
#define MC_SOURCE_MORK_H

#include "base/error.h"
#include "base/span.h"

/* Summaries of large folders are tens of MiB, but the folder's own row stands
 * within the first of them. */
enum { MC_MORK_MAX = 4 * 1024 * 1024 };

/* The folder's name, UTF-8, yours.  MC_DONE: the text does not tell it.
 * Fails: ELIMIT (memory), scope RUN. */
MC_RC mc_mork_folder_name(
	char **out, struct mc_span text, struct mc_error *err);

#endif
