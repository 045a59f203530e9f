/* SPDX-License-Identifier: MIT */
#include "source/sniff.h"

#include "source/input.h"

/* Length of a field's name before its ':'; 0: no field begins here. */
static size_t name_length(struct mc_span line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] > ' ' && line.p[n] < 0x7f &&
		line.p[n] != ':')
		n++;
	return n < line.n && line.p[n] == ':' ? n : 0;
}

static bool is_common(struct mc_span name)
{
	static const char *const names[] = { "From", "To", "Cc", "Subject",
		"Date", "Received", "Return-Path", "Delivered-To", "Sender",
		"Reply-To", "Message-ID", "MIME-Version", "Content-Type" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (mc_span_ieq(name, mc_span_str(names[i])))
			return true;
	}
	return false;
}

bool mc_sniff_is_message(struct mc_span head)
{
	bool first = true;
	bool common = false;

	while (head.n > 0) {
		struct mc_span line =
			mc_span_head(head, mc_span_index(head, '\n'));
		size_t name = name_length(line);
		bool cut = line.n == head.n;

		head = mc_span_from(head, line.n + 1);
		if (mc_span_trim(line).n == 0)
			break;
		if (first && mc_span_starts(line, MC_SPAN("From "))) {
			continue;
		} else if (name > 0) {
			common |= is_common(mc_span_head(line, name));
		} else if (first || cut ||
			   (line.p[0] != ' ' && line.p[0] != '\t')) {
			/* A header may be broken further down. */
			break;
		}
		first = false;
	}
	return common;
}

MC_RC mc_sniff_file(const char *path, bool *is_message, struct mc_error *err)
{
	struct mc_input *in = NULL;
	char *head = malloc(MC_SNIFF_OCTETS);
	size_t got = 0;
	enum mc_rc rc;

	*is_message = false;
	if (!head)
		return mc_fail_memory(err);
	rc = mc_input_open(&in, path, MC_MESSAGE, err);
	if (rc == MC_OK)
		rc = mc_input_read(in, head, MC_SNIFF_OCTETS, &got, err);
	*is_message = mc_sniff_is_message((struct mc_span){ head, got });
	mc_input_close(in);
	free(head);
	return rc;
}
