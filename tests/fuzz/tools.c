/* SPDX-License-Identifier: MIT */
#include "tools.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "msg/dress.h"
#include "source/unpack.h"

void fuzz_file_open(struct fuzz_file *file, struct mc_span octets)
{
	file->fd = memfd_create("fuzz", MFD_CLOEXEC);
	MC_PROMISE(file->fd >= 0);
	MC_PROMISE(write(file->fd, octets.n ? octets.p : "", octets.n) ==
		   (ssize_t)octets.n);
	mc_text_format(
		file->path, sizeof(file->path), "/proc/self/fd/%d", file->fd);
}

void fuzz_file_close(struct fuzz_file *file)
{
	(void)close(file->fd);
}

static int drop(
	const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void fuzz_drop_all(const char *path)
{
	(void)nftw(path, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static char directory[64];

static void at_exit(void)
{
	fuzz_drop_all(directory);
}

const char *fuzz_directory(void)
{
	if (directory[0])
		return directory;
	mc_text_format(directory, sizeof(directory), "%s/mailcart-fuzz-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	MC_PROMISE(mkdtemp(directory));
	(void)atexit(at_exit);
	return directory;
}

void fuzz_write_file(const char *path, struct mc_span octets)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	MC_PROMISE(fd >= 0);
	MC_PROMISE(write(fd, octets.n ? octets.p : "", octets.n) ==
		   (ssize_t)octets.n);
	(void)close(fd);
}

void fuzz_read_file(const char *path, struct mc_buf *out)
{
	char chunk[4096];
	struct mc_error err;
	FILE *file = fopen(path, "rbe");
	size_t n;

	MC_PROMISE(file);
	mc_buf_init(out, (size_t)16 * 1024 * 1024);
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		MC_PROMISE(mc_buf_put(out, (struct mc_span){ chunk, n },
				   &err) == MC_OK);
	(void)fclose(file);
}

bool fuzz_is_packed(struct mc_span text)
{
	struct mc_unpacker *unpack = NULL;
	struct mc_error err;
	enum mc_rc rc = mc_unpacker_new(&unpack, text, &err);

	mc_unpacker_free(unpack);
	return rc == MC_OK;
}

unsigned fuzz_octet(struct mc_span *data)
{
	unsigned octet = data->n ? (unsigned char)data->p[0] : 0;

	*data = mc_span_from(*data, 1);
	return octet;
}

struct mc_span fuzz_line(struct mc_span *data)
{
	struct mc_span line = mc_span_head(*data, mc_span_index(*data, '\n'));

	*data = mc_span_from(*data, line.n + 1);
	return line;
}

static MC_RC hold(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	return mc_buf_put(
		&((struct fuzz_sink *)(void *)sink)->octets, bytes, err);
}

void fuzz_sink_init(struct fuzz_sink *sink)
{
	sink->sink.put = hold;
	mc_buf_init(&sink->octets, (size_t)64 * 1024 * 1024);
}

void fuzz_sink_dispose(struct fuzz_sink *sink)
{
	mc_buf_dispose(&sink->octets);
}

static struct fuzz_receiver *of(struct mc_receiver *rx)
{
	return (struct fuzz_receiver *)(void *)rx;
}

static MC_RC on_folder(struct mc_receiver *rx, const struct mc_folder *folder,
	struct mc_error *err)
{
	(void)err;
	MC_PROMISE(!of(rx)->in_folder);
	MC_PROMISE(mc_utf8_valid(mc_span_str(folder->path)));
	of(rx)->in_folder = true;
	return MC_OK;
}

static MC_RC on_want(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	struct fuzz_receiver *r = of(rx);

	(void)err;
	MC_PROMISE(r->in_folder);
	MC_PROMISE(mc_utf8_valid(mc_span_str(item->key)));
	if (r->rule & 1 && item->octets % 2)
		return MC_DONE;
	r->asked++;
	return MC_OK;
}

static MC_RC on_begin(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	struct fuzz_receiver *r = of(rx);

	MC_PROMISE(r->in_folder && !r->in_message && r->asked > 0);
	r->in_message = true;
	mc_buf_clear(&r->canonical.octets);
	return mc_scan_begin(r->scan, item->store, &r->canonical.sink, err);
}

static MC_RC on_bytes(
	struct mc_receiver *rx, struct mc_span bytes, struct mc_error *err)
{
	MC_PROMISE(of(rx)->in_message);
	return mc_scan_bytes(of(rx)->scan, bytes, err);
}

static void walk_dress(struct mc_span dress)
{
	struct mc_span payload;
	struct mc_error err;
	enum mc_rc rc;
	char kind;

	while ((rc = mc_dress_next(&dress, &kind, &payload, &err)) == MC_OK)
		;
	MC_PROMISE(rc == MC_DONE);
}

static MC_RC on_end(struct mc_receiver *rx, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct fuzz_receiver *r = of(rx);
	struct mc_facts facts;

	MC_PROMISE(r->in_folder && r->asked > 0);
	MC_PROMISE(!why || why->rc < 0);
	r->asked--;
	r->messages++;
	r->file_octets += item->file_octets;
	walk_dress(item->wrap);
	if (r->in_message && mc_scan_end(r->scan, &facts, err) < 0)
		return err->rc;
	r->in_message = false;
	return MC_OK;
}

static MC_RC on_gap(struct mc_receiver *rx, int64_t offset, int64_t total,
	const char *name, struct mc_span octets, struct mc_error *err)
{
	(void)err;
	MC_PROMISE(of(rx)->in_folder && offset >= 0 && name[0]);
	MC_PROMISE(octets.n <= MC_HEADER_MAX && total == (int64_t)octets.n);
	of(rx)->gap_octets += total;
	return MC_OK;
}

static MC_RC on_folder_end(struct mc_receiver *rx,
	const struct mc_folder *folder, const struct mc_error *why,
	struct mc_error *err)
{
	(void)folder;
	(void)err;
	MC_PROMISE(of(rx)->in_folder && !of(rx)->in_message);
	MC_PROMISE(!why || why->rc < 0);
	MC_PROMISE(of(rx)->asked == 0 || why);
	of(rx)->failed |= why != NULL;
	of(rx)->asked = 0;
	of(rx)->in_folder = false;
	return MC_OK;
}

static MC_RC on_flush(struct mc_receiver *rx, struct mc_error *err)
{
	(void)err;
	MC_PROMISE(!of(rx)->in_message);
	return MC_OK;
}

void fuzz_receiver_init(struct fuzz_receiver *r, unsigned rule)
{
	struct mc_error err;

	*r = (struct fuzz_receiver){
		.rx = { .folder = on_folder,
			.want = on_want,
			.begin = on_begin,
			.bytes = on_bytes,
			.end = on_end,
			.gap = on_gap,
			.folder_end = on_folder_end,
			.flush = on_flush },
		.rule = rule,
	};
	fuzz_sink_init(&r->canonical);
	MC_PROMISE(mc_scan_new(&r->scan, &err) == MC_OK);
}

void fuzz_receiver_dispose(struct fuzz_receiver *r)
{
	mc_scan_free(r->scan);
	fuzz_sink_dispose(&r->canonical);
}
