/* SPDX-License-Identifier: MIT */
#include "net/pop3_list.h"

#include "base/limits.h"
#include "base/text.h"

/* A second, different UIDL of one message: it stays without one. */
#define DISPUTED UINT32_MAX

void mc_pop3_list_init(struct mc_pop3_list *list)
{
	*list = (struct mc_pop3_list){ .octets = -1 };
	mc_buf_init(
		&list->text, (size_t)MC_POP3_MESSAGES_MAX * (MC_UIDL_MAX + 1));
}

void mc_pop3_list_dispose(struct mc_pop3_list *list)
{
	free(list->sizes);
	free(list->names);
	free(list->order);
	mc_buf_dispose(&list->text);
	mc_pop3_list_init(list);
}

/* Room for messages 1..count; the new ones are of unknown size and name. */
static MC_RC make_room(
	struct mc_pop3_list *list, uint32_t count, struct mc_error *err)
{
	uint32_t room = list->room ? list->room : 64;
	int64_t *sizes;
	uint32_t *names;

	if (count <= list->room)
		return MC_OK;
	while (room < count)
		room *= 2;
	sizes = realloc(list->sizes, room * sizeof(*sizes));
	if (!sizes)
		return mc_fail_memory(err);
	list->sizes = sizes;
	names = realloc(list->names, room * sizeof(*names));
	if (!names)
		return mc_fail_memory(err);
	list->names = names;
	memset(sizes + list->room, 0, (room - list->room) * sizeof(*sizes));
	memset(names + list->room, 0, (room - list->room) * sizeof(*names));
	list->room = room;
	return MC_OK;
}

static MC_RC set_count(
	struct mc_pop3_list *list, int64_t count, struct mc_error *err)
{
	enum mc_rc rc;

	if (count > MC_POP3_MESSAGES_MAX)
		return mc_fail(err, MC_ELIMIT, MC_SESSION, 0,
			"the server lists more than %d messages",
			MC_POP3_MESSAGES_MAX);
	rc = make_room(list, (uint32_t)count, err);
	if (rc == MC_OK)
		list->count = (uint32_t)count;
	return rc;
}

/* The first word of s, a number; the rest, trimmed. */
static bool split(struct mc_span s, int64_t *number, struct mc_span *rest)
{
	size_t end = 0;

	s = mc_span_trim(s);
	while (end < s.n && s.p[end] != ' ' && s.p[end] != '\t')
		end++;
	*rest = mc_span_trim(mc_span_from(s, end));
	return mc_text_decimal(mc_span_head(s, end), INT64_MAX - 1, number);
}

MC_RC mc_pop3_list_expect(
	struct mc_pop3_list *list, struct mc_span text, struct mc_error *err)
{
	int64_t count;
	int64_t octets;
	struct mc_span rest;

	if (!split(text, &count, &rest))
		return MC_OK;
	if (split(rest, &octets, &rest))
		list->octets = octets;
	return set_count(list, count, err);
}

MC_RC mc_pop3_list_size(
	struct mc_pop3_list *list, struct mc_span line, struct mc_error *err)
{
	int64_t number;
	int64_t octets;
	struct mc_span rest;
	enum mc_rc rc;

	if (!split(line, &number, &rest) || number < 1 ||
		number > (int64_t)list->count + 1) {
		list->ignored++;
		return MC_OK;
	}
	/* Beyond what STAT counted, only in unbroken sequence. */
	if (number > list->count) {
		if (number > 1 && list->sizes[number - 2] == 0) {
			list->ignored++;
			return MC_OK;
		}
		rc = set_count(list, number, err);
		if (rc < 0)
			return rc;
	}
	if (split(rest, &octets, &rest))
		list->sizes[number - 1] = octets + 1;
	return MC_OK;
}

static bool well_formed(struct mc_span uidl)
{
	if (uidl.n == 0 || uidl.n > MC_UIDL_MAX)
		return false;
	for (size_t i = 0; i < uidl.n; i++) {
		if (uidl.p[i] < 0x21 || uidl.p[i] > 0x7E)
			return false;
	}
	return true;
}

MC_RC mc_pop3_list_name(
	struct mc_pop3_list *list, struct mc_span line, struct mc_error *err)
{
	int64_t number;
	struct mc_span uidl;
	uint32_t *name;
	enum mc_rc rc;

	if (!split(line, &number, &uidl) || number < 1 ||
		number > list->count) {
		list->ignored++;
		return MC_OK;
	}
	name = &list->names[number - 1];
	if (*name != 0) {
		*name = DISPUTED;
		return MC_OK;
	}
	if (!well_formed(uidl))
		return MC_OK;
	*name = (uint32_t)list->text.len + 1;
	rc = mc_buf_put(&list->text, uidl, err);
	if (rc == MC_OK)
		rc = mc_buf_putc(&list->text, '\0', err);
	return rc;
}

int64_t mc_pop3_list_octets(const struct mc_pop3_list *list, uint32_t number)
{
	return list->sizes[number - 1] - 1;
}

const char *mc_pop3_list_uidl(const struct mc_pop3_list *list, uint32_t number)
{
	uint32_t at = list->names[number - 1];

	return at == 0 || at == DISPUTED ? "" : list->text.data + at - 1;
}

static int by_uidl(const void *a, const void *b, void *list)
{
	return strcmp(mc_pop3_list_uidl(list, *(const uint32_t *)a),
		mc_pop3_list_uidl(list, *(const uint32_t *)b));
}

/* Drops runs of equal names from the sorted order. */
static void drop_repeated(struct mc_pop3_list *list)
{
	uint32_t kept = 0;
	uint32_t end;

	for (uint32_t at = 0; at < list->order_n; at = end) {
		uint32_t first = list->order[at];

		for (end = at + 1; end < list->order_n; end++) {
			if (by_uidl(&first, &list->order[end], list) != 0)
				break;
		}
		if (end == at + 1) {
			list->order[kept++] = first;
			continue;
		}
		for (uint32_t i = at; i < end; i++)
			list->names[list->order[i] - 1] = DISPUTED;
		list->repeated += end - at;
	}
	list->order_n = kept;
}

/* Some servers say the number once more, from 1 or 0 on.  That is another
 * message's as soon as one before it goes. */
static bool is_numbered(const struct mc_pop3_list *list)
{
	int64_t least = -1;

	for (uint32_t number = 1; number <= list->count; number++) {
		const char *uidl = mc_pop3_list_uidl(list, number);
		int64_t value;

		if (!*uidl)
			continue;
		if (!mc_text_decimal(mc_span_str(uidl), UINT32_MAX, &value))
			return false;
		if (least < 0)
			least = value - number + 1;
		if (least < 0 || least > 1 || value != number - 1 + least)
			return false;
	}
	return least >= 0;
}

static void drop_all(struct mc_pop3_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		list->names[i] = DISPUTED;
}

MC_RC mc_pop3_list_settle(struct mc_pop3_list *list, struct mc_error *err)
{
	list->order = calloc(list->count ? list->count : 1, sizeof(uint32_t));
	if (!list->order)
		return mc_fail_memory(err);
	list->numbered = is_numbered(list);
	if (list->numbered)
		drop_all(list);
	for (uint32_t number = 1; number <= list->count; number++) {
		if (*mc_pop3_list_uidl(list, number))
			list->order[list->order_n++] = number;
	}
	qsort_r(list->order, list->order_n, sizeof(uint32_t), by_uidl, list);
	drop_repeated(list);
	list->unnamed = list->count - list->order_n;
	return MC_OK;
}

uint32_t mc_pop3_list_find(const struct mc_pop3_list *list, const char *uidl)
{
	uint32_t low = 0;
	uint32_t high = list->order_n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		uint32_t number = list->order[mid];
		int c = strcmp(mc_pop3_list_uidl(list, number), uidl);

		if (c == 0)
			return number;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}
