/* SPDX-License-Identifier: MIT
 * A file read as an mbox: every octet of it ends in a message or in a gap, if
 * all messages are wanted.  The first octet says how it is quoted and which
 * are. */
#include "base/limits.h"
#include "source/mbox_file.h"
#include "tools.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span text = { (const char *)data, size };
	unsigned how = fuzz_octet(&text);
	struct mc_monitor nobody = { 0 };
	struct mc_source_conf conf = { .quote = (enum mc_mbox_quote)(how % 3),
		.monitor = &nobody };
	struct fuzz_receiver r;
	struct fuzz_file file;
	struct mc_error err;
	const char *why;

	fuzz_file_open(&file, text);
	fuzz_receiver_init(&r, how >> 7);
	MC_PROMISE(
		mc_mbox_read(&conf, file.path, "INBOX", &r.rx, &err) == MC_OK);
	MC_PROMISE(!r.in_folder);
	if (!(how >> 7) && !r.failed && !fuzz_is_packed(text))
		MC_PROMISE(r.file_octets + r.gap_octets == (int64_t)text.n);
	(void)mc_mbox_is_takeout(file.path);
	if (mc_mbox_sniff(file.path, &why, &err) < 0)
		MC_PROMISE(err.scope == MC_FOLDER);
	fuzz_receiver_dispose(&r);
	fuzz_file_close(&file);
	return 0;
}
