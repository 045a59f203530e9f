/* SPDX-License-Identifier: MIT
 * A plan that a person has edited: what it names is set, and all else is left
 * out; and what the rules make of folders that are named like that. */
#include "base/text.h"
#include "job/planfile.h"
#include "tools.h"

static const struct mc_mailbox_info boxes[] = {
	{ .name = (char *)"INBOX",
		.special = MC_SPECIAL_INBOX,
		.separator = '/',
		.selectable = true,
		.inferiors = true },
	{ .name = (char *)"Sent",
		.special = MC_SPECIAL_SENT,
		.separator = '/',
		.selectable = true },
};

static void add(struct mc_routes *routes, const char *source, const char *path)
{
	struct mc_folder_facts folder = { .id = (int64_t)routes->n + 1,
		.source = source,
		.path = path,
		.sightings = 1 };
	struct mc_error err;

	MC_PROMISE(mc_routes_add(routes, &folder, &err) == MC_OK);
}

static void apply(struct mc_span text, const struct mc_mailboxes *server)
{
	struct mc_routes routes = { 0 };
	struct fuzz_file file;
	struct mc_error err;

	add(&routes, "mbox:a", "INBOX");
	add(&routes, "mbox:a", "Work/2019");
	add(&routes, "b", "x");
	fuzz_file_open(&file, text);
	if (mc_planfile_apply(file.path, &routes, server, &err) < 0)
		MC_PROMISE(err.rc == MC_EINPUT);
	for (size_t i = 0; i < routes.n; i++) {
		const char *mailbox = routes.list[i].row.mailbox;

		MC_PROMISE(!mailbox || mc_utf8_valid(mc_span_str(mailbox)));
	}
	mc_routes_dispose(&routes);
	fuzz_file_close(&file);
}

/* Folders named by the lines of the text, all at once: no two that differ go
 * into one mailbox. */
static void make(struct mc_span text, const struct mc_mailboxes *server)
{
	struct mc_plan_row rows[8] = { 0 };
	struct mc_rules rules = { 0 };
	struct mc_error err;
	char *path[8];
	size_t n = 0;

	while (text.n > 0 && n < 8) {
		struct mc_span line = fuzz_line(&text);

		if (!mc_utf8_valid(line) || line.n == 0 ||
			mc_span_index(line, '\0') < line.n)
			continue;
		MC_PROMISE(mc_strdup(&path[n], line, &err) == MC_OK);
		rows[n].folder = (int64_t)n;
		rows[n].path = path[n];
		n++;
	}
	if (mc_plan_make(rows, n, &rules, server, &err) < 0)
		MC_PROMISE(err.rc == MC_EUSAGE);
	for (size_t i = 0; i < n; i++) {
		MC_PROMISE(!rows[i].mailbox ||
			   mc_utf8_valid(mc_span_str(rows[i].mailbox)));
		for (const char *c = rows[i].mailbox; c && *c; c++)
			MC_PROMISE((unsigned char)*c >= ' ' && *c != 0x7F);
	}
	mc_plan_dispose(rows, n);
	for (size_t i = 0; i < n; i++)
		free(path[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span text = { (const char *)data, size };
	struct mc_mailboxes server = { .separator = '/', .special_use = true };
	struct mc_error err;

	MC_PROMISE(mc_strdup(&server.prefix, MC_SPAN(""), &err) == MC_OK);
	for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++)
		MC_PROMISE(mc_mailboxes_put(&server, &boxes[i], &err) == MC_OK);
	apply(text, &server);
	make(text, &server);
	mc_mailboxes_dispose(&server);
	return 0;
}
