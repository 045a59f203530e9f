/* SPDX-License-Identifier: MIT
 * export: a directory that mail is written into, as other programs read it.
 *
 *   mboxrd, mboxo  "A/B.mbox" for folder "A/B": one file a folder, LF; flags
 *                  in Status, X-Status, X-Keywords; date in the From_ line
 *   Maildir        Maildir++: INBOX at the top, ".A.B" for "A/B"; one file a
 *                  message, LF; flags in its name, its time is the date
 *   eml            "A/B/000017 Subject.eml": one file a message, canonical
 *                  octets; its time is the date; no flags
 *
 * A file comes to its name whole and safe on disk, or not at all, and never
 * takes the place of another.  Names are such as any file system takes (but for
 * the colon that Maildir has), and no two are alike where case does not count.
 * Knows base/, net/ and msg/; never archive/, source/ or plan/.
 */
#ifndef MC_TARGET_EXPORT_H
#define MC_TARGET_EXPORT_H

#include <stdint.h>

#include "base/error.h"
#include "msg/flags.h"

/* The order of the words of --format. */
enum mc_export_format {
	MC_EXPORT_MBOXRD,
	MC_EXPORT_MBOXO,
	MC_EXPORT_MAILDIR,
	MC_EXPORT_EML,
};

struct mc_export;

/* dir is made if it is not there; one that is must be empty.
 * Fails: ECREATE, EIO, scope RUN, as all of these. */
MC_RC mc_export_open(struct mc_export **out, const char *dir,
	enum mc_export_format format, struct mc_error *err);
/* Whether mc_export_open() would take dir; changes nothing. */
MC_RC mc_export_check(const char *dir, struct mc_error *err);
/* All that was written is safe on disk. */
MC_RC mc_export_finish(struct mc_export *ex, struct mc_error *err);
/* Undoes a folder's file that was not ended.  NULL is fine. */
void mc_export_close(struct mc_export *ex);

/* Begins a folder.  path: levels split by '/'.  Folders of one path that must
 * not be one differ in twin. */
MC_RC mc_export_folder(struct mc_export *ex, const char *path, int64_t twin,
	struct mc_error *err);
/* Where the folder in hand goes, below dir; mended: its name says something
 * else than its path.  Borrowed until the next folder. */
const char *mc_export_name(const struct mc_export *ex, bool *mended);
MC_RC mc_export_folder_end(struct mc_export *ex, struct mc_error *err);

/* A message; all that it points to stays until its end. */
struct mc_export_letter {
	int64_t number; /* unlike any other's in the folder: names its file */
	int64_t time;   /* INTERNALDATE; MC_NO_TIME */
	uint32_t flags; /* enum mc_flag */
	struct mc_words keywords;
	uint32_t shape;      /* enum mc_shape, of its canonical octets */
	const char *sender;  /* UTF-8, as in From; or NULL */
	const char *subject; /* UTF-8; or NULL */
	/* Its octets are raw: line ends and header lines stay as they are. */
	bool as_is;
	/* as_is: its dress (msg/dress.h).  Where that has a From_ line, an mbox
	 * gets From_ line, quoting and separator as they were. */
	struct mc_span dress;
};
MC_RC mc_export_begin(struct mc_export *ex,
	const struct mc_export_letter *letter, struct mc_error *err);
MC_RC mc_export_bytes(
	struct mc_export *ex, struct mc_span bytes, struct mc_error *err);
MC_RC mc_export_end(struct mc_export *ex, struct mc_error *err);
/* Instead of its end: it is not written. */
MC_RC mc_export_abort(struct mc_export *ex, struct mc_error *err);

/* mbox only: octets between messages as they are; and how many the file has so
 * far. */
MC_RC mc_export_plain(
	struct mc_export *ex, struct mc_span octets, struct mc_error *err);
int64_t mc_export_offset(const struct mc_export *ex);

/* Messages of which the format could not hold something. */
struct mc_export_losses {
	int64_t undated;  /* no date is known: 1970 */
	int64_t flags;    /* flags or keywords, which eml has no place for */
	int64_t keywords; /* some of them: a blank in one (mbox), or more than
			   * 26 in a folder (Maildir) */
	int64_t endings;  /* mbox: a last line end or the blank line behind the
			   * header was added */
	int64_t lines;    /* header lines that the format has for itself were
			   * left out: Status, Content-Length, ... */
	int64_t quoting;  /* mboxo: lines ">From " read as quoted; as_is: how
			   * lines "From " stood is not known */
};
const struct mc_export_losses *mc_export_lost(const struct mc_export *ex);

#endif
