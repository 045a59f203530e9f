/* SPDX-License-Identifier: MIT
 * seal: a file's reading and writing, with a look at each page in between. */
#include "archive/seal.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where a header of SQLite's tells its page size and what is reserved. */
enum { PAGE_SIZE_AT = 16, RESERVED_AT = 20, HEADER_OCTETS = 100 };
enum { PAGE_MIN = 512, PAGE_MAX = 65536 };

/* A word after the other is mixed in, so that each step can be undone, on which
 * correct() rests.  With one multiplication a word, the uppermost bit of one
 * would be as good as a bit of the next. */
#define FACTOR UINT64_C(0x9e3779b97f4a7c15)
#define INVERSE UINT64_C(0xf1de83e19937733d) /* FACTOR * INVERSE == 1 */
#define SEED UINT64_C(0x6d61696c63617274)
enum { WORD = 8, LANES = 4, GROUP = LANES * WORD };

static uint64_t step(uint64_t h, uint64_t word)
{
	h = (h ^ word) * FACTOR;
	h ^= h >> 32;
	return h * FACTOR;
}

/* What step() made h of, with the word in it. */
static uint64_t undo(uint64_t h)
{
	h *= INVERSE;
	h ^= h >> 32;
	return h * INVERSE;
}

static uint64_t word_at(const unsigned char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return le64toh(word);
}

static void put_word(unsigned char *p, uint64_t word)
{
	word = htole64(word);
	memcpy(p, &word, sizeof(word));
}

/* Every fourth word goes into one sum: a step waits for the one before it, but
 * not for that of another sum.  The number is in each, so that a page in the
 * place of another is found, and one that is all zero. */
static void sum_lanes(const unsigned char *page, size_t size, int64_t number,
	uint64_t lanes[LANES])
{
	size_t end = size - MC_SEAL_OCTETS;
	size_t at = 0;

	for (size_t i = 0; i < LANES; i++)
		lanes[i] = step(SEED, (uint64_t)number);
	for (; at + GROUP <= end; at += GROUP) {
		lanes[0] = step(lanes[0], word_at(page + at));
		lanes[1] = step(lanes[1], word_at(page + at + 8));
		lanes[2] = step(lanes[2], word_at(page + at + 16));
		lanes[3] = step(lanes[3], word_at(page + at + 24));
	}
	for (size_t i = 0; at < end; i++, at += WORD)
		lanes[i] = step(lanes[i], word_at(page + at));
}

/* The sum of the first n sums. */
static uint64_t join(const uint64_t lanes[LANES], size_t n)
{
	uint64_t h = SEED;

	for (size_t i = 0; i < n; i++)
		h = step(h, lanes[i]);
	return h;
}

void mc_seal_put(unsigned char *page, size_t size, int64_t number)
{
	uint64_t lanes[LANES];

	sum_lanes(page, size, number, lanes);
	put_word(page + size - MC_SEAL_OCTETS, join(lanes, LANES));
}

static bool is_one_bit(uint64_t word)
{
	return word != 0 && (word & (word - 1)) == 0;
}

/* Walks back from what was found of a lane and from what was told: where they
 * would meet if one bit of a word were another, it was that bit. */
static bool correct_lane(unsigned char *page, size_t last, uint64_t found,
	uint64_t told, size_t *at)
{
	for (size_t i = last + GROUP; i >= GROUP; i -= GROUP) {
		unsigned char *here = page + i - GROUP;
		uint64_t word = word_at(here);
		uint64_t other;

		found = undo(found);
		told = undo(told);
		other = found ^ told;
		if (is_one_bit(other)) {
			put_word(here, word ^ other);
			*at = i - GROUP + (size_t)__builtin_ctzll(other) / 8;
			return true;
		}
		found ^= word;
		told ^= word;
	}
	return false;
}

/* One bit spoils one lane: what that should have been follows from the others. */
static bool correct(unsigned char *page, size_t size,
	const uint64_t lanes[LANES], uint64_t told, size_t *at)
{
	size_t words = (size - MC_SEAL_OCTETS) / WORD;

	for (size_t lane = LANES; lane-- > 0;) {
		size_t last = (words - 1 - lane) / LANES * LANES + lane;
		uint64_t before = join(lanes, lane);

		told = undo(told);
		if (correct_lane(
			    page, last * WORD, lanes[lane], told ^ before, at))
			return true;
		told ^= lanes[lane];
	}
	return false;
}

enum mc_seal_state mc_seal_check(
	unsigned char *page, size_t size, int64_t number, size_t *at)
{
	uint64_t told = word_at(page + size - MC_SEAL_OCTETS);
	uint64_t lanes[LANES];
	uint64_t found;

	sum_lanes(page, size, number, lanes);
	found = join(lanes, LANES);
	if (found == told)
		return MC_SEAL_SOUND;
	if (is_one_bit(found ^ told)) {
		*at = size - MC_SEAL_OCTETS;
		put_word(page + *at, found);
		return MC_SEAL_FLIPPED;
	}
	return correct(page, size, lanes, told, at) ? MC_SEAL_FLIPPED
						    : MC_SEAL_BROKEN;
}

/* Stands in for the methods of an open file.  SQLite calls them with the file,
 * whose first member points here. */
struct mc_seal {
	sqlite3_io_methods methods; /* first: see of() */
	const sqlite3_io_methods *below;
	sqlite3_file *file;
	size_t octets; /* of a page; 0: no seals */
	int64_t mended;
	int64_t broken; /* the last one that was met; 0: none */
	unsigned char page[PAGE_MAX];
};

static struct mc_seal *of(sqlite3_file *file)
{
	/* Ours to write to: SQLite alone sees it as constant. */
	const union {
		const sqlite3_io_methods *methods;
		struct mc_seal *seal;
	} at = { file->pMethods };

	return at.seal;
}

static int judge(struct mc_seal *seal, unsigned char *page, int64_t number)
{
	size_t at;
	enum mc_seal_state state =
		mc_seal_check(page, seal->octets, number, &at);

	seal->mended += state == MC_SEAL_FLIPPED;
	if (state != MC_SEAL_BROKEN)
		return SQLITE_OK;
	seal->broken = number;
	return SQLITE_IOERR_DATA;
}

/* Part of a page: the page is read and judged whole. */
static int read_part(struct mc_seal *seal, void *out, size_t n, int64_t at)
{
	int64_t octets = (int64_t)seal->octets;
	int64_t number = at / octets + 1;
	size_t within = (size_t)(at % octets);
	int code;

	if (n > seal->octets - within)
		return seal->below->xRead(seal->file, out, (int)n, at);
	code = seal->below->xRead(
		seal->file, seal->page, (int)octets, (number - 1) * octets);
	/* Behind the last page. */
	if (code == SQLITE_IOERR_SHORT_READ)
		return seal->below->xRead(seal->file, out, (int)n, at);
	if (code == SQLITE_OK)
		code = judge(seal, seal->page, number);
	if (code == SQLITE_OK)
		memcpy(out, seal->page + within, n);
	return code;
}

static int read_file(sqlite3_file *file, void *out, int n, sqlite3_int64 at)
{
	struct mc_seal *seal = of(file);
	int code;

	if (seal->octets != 0 && ((size_t)n != seal->octets || at % n != 0))
		return read_part(seal, out, (size_t)n, at);
	code = seal->below->xRead(file, out, n, at);
	if (code != SQLITE_OK || seal->octets == 0)
		return code;
	return judge(seal, out, at / n + 1);
}

static bool is_page_size(size_t n)
{
	return n >= PAGE_MIN && n <= PAGE_MAX && (n & (n - 1)) == 0;
}

/* The first page that is written says whether there are seals. */
static int write_file(
	sqlite3_file *file, const void *octets, int n, sqlite3_int64 at)
{
	struct mc_seal *seal = of(file);
	const unsigned char *page = octets;

	if (at == 0 && is_page_size((size_t)n))
		seal->octets =
			page[RESERVED_AT] == MC_SEAL_OCTETS ? (size_t)n : 0;
	if ((size_t)n != seal->octets || at % n != 0)
		return seal->below->xWrite(file, octets, n, at);
	memcpy(seal->page, octets, (size_t)n);
	mc_seal_put(seal->page, (size_t)n, at / n + 1);
	return seal->below->xWrite(file, seal->page, n, at);
}

static size_t told_size(const unsigned char *header)
{
	size_t n = (size_t)header[PAGE_SIZE_AT] << 8 | header[PAGE_SIZE_AT + 1];

	return n == 1 ? PAGE_MAX : n;
}

/* Are these n octets a sealed page, or one but for a bit?  code: SQLite's, kept
 * if it is a failure already. */
static bool is_page(struct mc_seal *seal, size_t n, int64_t number, int *code)
{
	size_t at;

	if (*code != SQLITE_OK)
		return false;
	*code = seal->below->xRead(
		seal->file, seal->page, (int)n, (number - 1) * (int64_t)n);
	if (*code == SQLITE_IOERR_SHORT_READ)
		*code = SQLITE_OK;
	else if (*code == SQLITE_OK)
		return mc_seal_check(seal->page, n, number, &at) !=
		       MC_SEAL_BROKEN;
	return false;
}

static bool is_first_page(struct mc_seal *seal, size_t n, int *code)
{
	return is_page(seal, n, 1, code) &&
	       seal->page[RESERVED_AT] == MC_SEAL_OCTETS &&
	       told_size(seal->page) == n;
}

/* By its pages; 0: it has no seals. */
static size_t search(struct mc_seal *seal, int *code)
{
	for (size_t n = PAGE_MIN; n <= PAGE_MAX; n *= 2)
		if (is_first_page(seal, n, code))
			return n;
	/* The first one is lost: by those behind it. */
	for (size_t n = PAGE_MIN; n <= PAGE_MAX; n *= 2)
		if (is_page(seal, n, 2, code) || is_page(seal, n, 3, code))
			return n;
	return 0;
}

/* Has the file seals?  It says so itself, where damage may be, too.  A file that
 * cannot be read now must not be taken for one without: its pages would lose
 * theirs when they are written. */
static int learn(struct mc_seal *seal)
{
	unsigned char header[HEADER_OCTETS];
	int code = seal->below->xRead(seal->file, header, sizeof(header), 0);
	size_t n;

	if (code != SQLITE_OK)
		return code == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : code;
	n = told_size(header);
	if (header[RESERVED_AT] == MC_SEAL_OCTETS && is_page_size(n))
		seal->octets = n;
	else
		seal->octets = search(seal, &code);
	return code;
}

MC_RC mc_seal_set(struct mc_seal **out, sqlite3 *db, struct mc_error *err)
{
	struct mc_seal *seal = calloc(1, sizeof(*seal));
	sqlite3_file *file = NULL;
	int reserve = MC_SEAL_OCTETS;

	*out = seal;
	if (!seal)
		return mc_fail_memory(err);
	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER,
		    &file) != SQLITE_OK ||
		!file || !file->pMethods)
		return mc_fail(err, MC_EDB, MC_RUN, 0, "archive has no file");
	seal->below = file->pMethods;
	seal->file = file;
	seal->methods = *file->pMethods;
	seal->methods.xRead = read_file;
	seal->methods.xWrite = write_file;
	/* From version 3 on pages could be had past xRead. */
	if (seal->methods.iVersion > 2)
		seal->methods.iVersion = 2;
	if (learn(seal) != SQLITE_OK) {
		errno = EIO;
		return mc_fail_errno(err, MC_EIO, MC_RUN,
			"cannot read archive '%s'",
			sqlite3_db_filename(db, "main"));
	}
	file->pMethods = &seal->methods;
	/* Of a file that holds something it is ignored. */
	(void)sqlite3_file_control(
		db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
	return MC_OK;
}

void mc_seal_free(struct mc_seal *seal)
{
	free(seal);
}

int64_t mc_seal_mended(const struct mc_seal *seal)
{
	return seal->mended;
}

int64_t mc_seal_broken(const struct mc_seal *seal)
{
	return seal->broken;
}

size_t mc_seal_page_octets(const struct mc_seal *seal)
{
	return seal->octets;
}

int64_t mc_seal_pages(const struct mc_seal *seal)
{
	sqlite3_int64 octets = 0;

	if (seal->octets == 0 ||
		seal->below->xFileSize(seal->file, &octets) != SQLITE_OK)
		return 0;
	return octets / (sqlite3_int64)seal->octets;
}

bool mc_seal_read(struct mc_seal *seal, int64_t number, unsigned char *page)
{
	assert(seal->octets != 0 && number > 0);
	return seal->below->xRead(seal->file, page, (int)seal->octets,
		       (number - 1) * (int64_t)seal->octets) == SQLITE_OK;
}
