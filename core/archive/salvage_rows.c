/* SPDX-License-Identifier: MIT */
#include "archive/salvage_rows.h"

#include "archive/record.h"

/* Tables without `remote`, `reach`, `left_out`, `verified`: they say how far
 * something was looked at, and it is to be looked at again.  What is referred to
 * comes first, so that it is there when somebody asks for it; indexes come
 * behind all tables. */
const struct mc_salvage_tree mc_salvage_trees[MC_SALVAGE_TREES] = {
	{ "source", NULL, "ntt", 0, true, MC_SQL_SALVAGE_SOURCE, NULL },
	{ "folder", NULL, "niti", 0, true, MC_SQL_SALVAGE_FOLDER, NULL },
	{ "run", NULL, "ntiIIiiiiii", 0, true, MC_SQL_SALVAGE_RUN,
		"when earlier runs took place, and how they ended" },
	{ "run_item", NULL, "niItit", 0, true, MC_SQL_SALVAGE_RUN_ITEM,
		"why messages were left out or failed" },
	{ "gap", NULL, "niiiitb", 0, true, MC_SQL_SALVAGE_GAP,
		"octets of mbox files that belong to no message" },
	{ "logical", NULL, "nbBITT", 0, true, MC_SQL_SALVAGE_LOGICAL, NULL },
	{ "alias", NULL, "ib", 0, false, MC_SQL_SALVAGE_ALIAS,
		"further Message-IDs of messages" },
	{ "variant", NULL, "nib", 0, true, MC_SQL_SALVAGE_VARIANT, NULL },
	{ "body", NULL, "nbiiiI", 0, true, MC_SQL_SALVAGE_BODY, NULL },
	{ "piece", NULL, "nIiib", 0, true, MC_SQL_SALVAGE_PIECE, NULL },
	{ "body_piece", NULL, "iii", 0, false, MC_SQL_SALVAGE_BODY_PIECE,
		NULL },
	{ "sighting", NULL, "nitiiIiBIiiI", 0, true, MC_SQL_SALVAGE_SIGHTING,
		NULL },
	{ "dress", NULL, "niib", 0, true, MC_SQL_SALVAGE_DRESS, NULL },
	{ "word", NULL, "nt", 0, true, MC_SQL_SALVAGE_WORD,
		"keywords and labels" },
	{ "sighting_word", NULL, "iiii", 0, false, MC_SQL_SALVAGE_SIGHTING_WORD,
		"which keywords and labels messages had" },
	{ "membership", NULL, "ii", 0, false, MC_SQL_SALVAGE_MEMBERSHIP,
		"in which folders messages stand by their labels" },
	{ "target", NULL, "ntiiiii", 0, true, MC_SQL_SALVAGE_TARGET,
		"which servers were sent to; a push looks there first" },
	{ "mailbox", NULL, "niTii", 0, true, MC_SQL_SALVAGE_MAILBOX,
		"mailboxes of servers; a push looks there first" },
	{ "route", NULL, "iiiti", 0, false, MC_SQL_SALVAGE_ROUTE,
		"to which mailboxes folders went" },
	{ "placement", NULL, "niiiiiIIIiTBTTiiiBIBIBI", 9, true,
		MC_SQL_SALVAGE_PLACEMENT,
		"what was sent; a push looks on the server first" },
	{ "departure", NULL, "niii", 0, true, MC_SQL_SALVAGE_DEPARTURE,
		"what was deleted at its source" },
	{ "traffic", NULL, "tiii", 0, false, MC_SQL_SALVAGE_TRAFFIC,
		"how much was sent lately, for --max-rate" },
	{ "sqlite_autoindex_source_1", "source", "tti", 0, false,
		MC_SQL_SALVAGE_SOURCE_OF, NULL },
	{ "sqlite_autoindex_folder_1", "folder", "iti", 0, false,
		MC_SQL_SALVAGE_FOLDER_OF, NULL },
	{ "sqlite_autoindex_variant_1", "variant", "ibi", 0, false,
		MC_SQL_SALVAGE_VARIANT_OF, NULL },
	{ "body_variant", "body", "Ibi", 0, false, MC_SQL_SALVAGE_BODY_OF,
		NULL },
	{ "sqlite_autoindex_sighting_1", "sighting", "itii", 0, false,
		MC_SQL_SALVAGE_SIGHTING_OF, NULL },
	{ "sqlite_autoindex_word_1", "word", "ti", 0, false,
		MC_SQL_SALVAGE_WORD_OF, NULL },
	{ "sqlite_autoindex_target_1", "target", "ti", 0, false,
		MC_SQL_SALVAGE_TARGET_OF, NULL },
	{ "sqlite_autoindex_mailbox_1", "mailbox", "iTi", 0, false,
		MC_SQL_SALVAGE_MAILBOX_OF, NULL },
};

bool mc_salvage_is_row(
	const struct mc_salvage_tree *tree, struct mc_span record, bool strict)
{
	struct mc_record row;

	return mc_record_read(&row, record) &&
	       mc_record_fits(&row, tree->columns, tree->optional, !strict);
}

static void bind(struct mc_query *q, const struct mc_value *value)
{
	switch (value->type) {
	case MC_VALUE_NULL:
		mc_bind_null(q);
		break;
	case MC_VALUE_INT:
		mc_bind_int(q, value->number);
		break;
	case MC_VALUE_TEXT:
		mc_bind_words(q, value->octets);
		break;
	case MC_VALUE_BLOB:
		mc_bind_blob(q, value->octets);
		break;
	}
}

/* What the table's own rules do not let in is no row of it. */
static bool is_refused(const struct mc_error *err)
{
	return err->rc == MC_EDB && (err->sys & 0xff) == SQLITE_CONSTRAINT;
}

MC_RC mc_salvage_put(struct mc_archive *to, const struct mc_salvage_tree *tree,
	int64_t row, struct mc_span record, bool *put, struct mc_error *err)
{
	static const struct mc_value absent = { .type = MC_VALUE_NULL };
	struct mc_record r;
	struct mc_query q;
	enum mc_rc rc;

	*put = false;
	if (!mc_record_read(&r, record) ||
		!mc_record_fits(&r, tree->columns, tree->optional, true))
		return MC_OK;
	mc_query_open(&q, to, tree->sql);
	for (int i = 0; tree->columns[i]; i++) {
		if (tree->rowids && i == 0)
			mc_bind_int(&q, row);
		else
			bind(&q, i < r.n ? &r.value[i] : &absent);
	}
	rc = mc_query_run(&q, err);
	if (rc < 0 && is_refused(err))
		return MC_OK;
	*put = rc == MC_OK;
	return rc;
}
