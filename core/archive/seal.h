/* SPDX-License-Identifier: MIT
 * seal: the last eight octets of every page of the file vouch for the others.
 * Private to archive/.
 *
 * SQLite sees that a page cannot be right, not that a page is not as it was
 * written: a bit that flips in a flag, a date or the name of a folder is as
 * good to it as what stood there.  So pages are sealed on their way into the
 * file and checked on their way out; one flipped bit is put right, and a page
 * that has more damage is not read (SQLITE_IOERR_DATA).  The octets are of those
 * that SQLite's format reserves at the end of pages; a file that was made
 * without them is read and written as it is.
 *
 * The WAL is not sealed: SQLite checks its frames when it recovers them.
 */
#ifndef MC_ARCHIVE_SEAL_H
#define MC_ARCHIVE_SEAL_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/error.h"
#include "base/span.h"

enum { MC_SEAL_OCTETS = 8 };

enum mc_seal_state {
	MC_SEAL_SOUND,
	MC_SEAL_FLIPPED, /* one bit was; it is put right */
	MC_SEAL_BROKEN,
};

/* page: all of it, size octets, a power of two from 512 on; number: from 1. */
void mc_seal_put(unsigned char *page, size_t size, int64_t number);
/* at: FLIPPED: the octet that was put right. */
enum mc_seal_state mc_seal_check(
	unsigned char *page, size_t size, int64_t number, size_t *at);

struct mc_seal;
/* For the file that db has open, before anything is done with it.  An empty
 * file gets seals.  Freed when db is closed. */
MC_RC mc_seal_set(struct mc_seal **out, sqlite3 *db, struct mc_error *err);
void mc_seal_free(struct mc_seal *seal);

/* Pages that were read so far and of which a bit was put right. */
int64_t mc_seal_mended(const struct mc_seal *seal);
/* The page that was met last with more damage than that, from 1; 0: none. */
int64_t mc_seal_broken(const struct mc_seal *seal);
/* Octets of a page; 0: the file has no seals. */
size_t mc_seal_page_octets(const struct mc_seal *seal);
/* Pages that the file has; 0: it cannot be said. */
int64_t mc_seal_pages(const struct mc_seal *seal);
/* A page as it stands in the file, whatever its seal says, size octets.  False:
 * there is none. */
bool mc_seal_read(struct mc_seal *seal, int64_t number, unsigned char *page);

#endif
