/* SPDX-License-Identifier: MIT */
#include "source/count.h"

#include "base/text.h"
#include "source/passive.h"

static struct mc_counter *counter_of(struct mc_receiver *rx)
{
	return (struct mc_counter *)(void *)rx;
}

static MC_RC on_folder(struct mc_receiver *rx, const struct mc_folder *folder,
	struct mc_error *err)
{
	(void)folder;
	(void)err;
	counter_of(rx)->folder = (struct mc_count){ 0 };
	return MC_OK;
}

/* What is known without reading need not be read. */
static MC_RC on_want(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	(void)err;
	if (item->octets < 0)
		return MC_OK;
	counter_of(rx)->folder.messages++;
	counter_of(rx)->folder.octets += item->octets;
	return MC_DONE;
}

static MC_RC on_end(struct mc_receiver *rx, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct mc_counter *counter = counter_of(rx);

	(void)err;
	if (why) {
		counter->folder.unreadable++;
		counter->line(counter->arg, item->key, why->text);
		return MC_OK;
	}
	counter->folder.messages++;
	counter->folder.octets += item->file_octets;
	return MC_OK;
}

static MC_RC on_gap(struct mc_receiver *rx, int64_t offset, int64_t total,
	const char *name, struct mc_span octets, struct mc_error *err)
{
	(void)offset;
	(void)name;
	(void)octets;
	(void)err;
	counter_of(rx)->folder.octets += total;
	return MC_OK;
}

static void tell(struct mc_counter *counter, const char *name,
	const struct mc_count *count, const char *more)
{
	char messages[MC_NUMBER_TEXT];
	char octets[MC_NUMBER_TEXT];
	char unreadable[MC_NUMBER_TEXT];
	char text[3 * MC_NUMBER_TEXT + 96];

	mc_text_format(text, sizeof(text), "%s message%s, %s octets%s",
		mc_text_number(messages, count->messages),
		count->messages == 1 ? "" : "s",
		mc_text_number(octets, count->octets), more);
	if (count->unreadable > 0) {
		mc_text_append(text, sizeof(text), "; cannot be read: ");
		mc_text_append(text, sizeof(text),
			mc_text_number(unreadable, count->unreadable));
	}
	counter->line(counter->arg, name, text);
}

static const char *remark_on(const struct mc_folder *folder)
{
	if (folder->labelled)
		return "; Gmail: labels are the folders";
	if (folder->misnamed)
		return "; the folder's name is no UTF-8";
	return folder->items_misnamed > 0 ? "; names of files are no UTF-8"
					  : "";
}

static MC_RC on_folder_end(struct mc_receiver *rx,
	const struct mc_folder *folder, const struct mc_error *why,
	struct mc_error *err)
{
	struct mc_counter *counter = counter_of(rx);

	(void)err;
	counter->folders++;
	counter->all.messages += counter->folder.messages;
	counter->all.octets += counter->folder.octets;
	counter->all.unreadable += counter->folder.unreadable;
	if (why)
		counter->line(counter->arg, folder->path, why->text);
	else
		tell(counter, folder->path, &counter->folder,
			remark_on(folder));
	return MC_OK;
}

static MC_RC on_flush(struct mc_receiver *rx, struct mc_error *err)
{
	struct mc_counter *counter = counter_of(rx);

	(void)err;
	if (counter->folders > 1)
		tell(counter, "in all", &counter->all, "");
	return MC_OK;
}

void mc_counter_init(struct mc_counter *counter,
	void (*line)(void *arg, const char *name, const char *text), void *arg)
{
	*counter = (struct mc_counter){
		.rx = mc_receiver_passive, .line = line, .arg = arg
	};
	counter->rx.folder = on_folder;
	counter->rx.want = on_want;
	counter->rx.end = on_end;
	counter->rx.gap = on_gap;
	counter->rx.folder_end = on_folder_end;
	counter->rx.flush = on_flush;
}
