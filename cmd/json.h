/* SPDX-License-Identifier: MIT
 * json: objects of one line, RFC 8259, for programs.  Whatever octets come in,
 * what goes out is valid UTF-8 in valid JSON. */
#ifndef MC_CMD_JSON_H
#define MC_CMD_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/span.h"

struct mc_json {
	FILE *out;
	bool more; /* a member stands before: a comma is due */
};

/* {"v":1,"type":TYPE ... }\n */
void mc_json_begin(struct mc_json *json, FILE *out, const char *type);
void mc_json_end(struct mc_json *json);

void mc_json_str(struct mc_json *json, const char *name, const char *value);
void mc_json_int(struct mc_json *json, const char *name, int64_t value);
void mc_json_bool(struct mc_json *json, const char *name, bool value);
/* RFC 3339, or null for MC_NO_TIME. */
void mc_json_time(struct mc_json *json, const char *name, int64_t value);
/* Arrays of words split by blanks; or each ended by NUL, then an empty one. */
void mc_json_split(struct mc_json *json, const char *name, const char *words);
void mc_json_words(struct mc_json *json, const char *name, const char *words);

/* A member that is an array of strings. */
void mc_json_list(struct mc_json *json, const char *name);
void mc_json_item(struct mc_json *json, const char *text);
void mc_json_list_end(struct mc_json *json);

/* A member that is an object. */
void mc_json_open(struct mc_json *json, const char *name);
void mc_json_close(struct mc_json *json);

#endif
