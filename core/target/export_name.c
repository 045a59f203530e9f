/* SPDX-License-Identifier: MIT */
#include "target/export_name.h"

#include <inttypes.h>
#include <locale.h>
#include <search.h>
#include <strings.h>
#include <wctype.h>

#include "base/limits.h"
#include "base/text.h"
#include "net/imap_name.h"
#include "net/nfc.h"

enum {
	/* Octets of a level; with what is added below the 255 that nearly all
	 * file systems take, and below eCryptfs's 143. */
	LEVEL_MAX = 120,

	/* Of a Maildir++ name, which holds all levels. */
	MAILDIR_MAX = 240,

	ALIKE_MAX = 100000,
};

/* ---- one name ---- */

static bool is_device(struct mc_span name)
{
	static const char *const devices[] = { "CON", "PRN", "AUX", "NUL",
		"CONIN$", "CONOUT$", "CLOCK$" };
	struct mc_span digit = mc_span_from(name, 3);

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (mc_span_ieq(name, mc_span_str(devices[i])))
			return true;
	}
	if (!mc_span_istarts(name, MC_SPAN("COM")) &&
		!mc_span_istarts(name, MC_SPAN("LPT")))
		return false;
	/* Superscript digits count, too. */
	return (digit.n == 1 && digit.p[0] >= '0' && digit.p[0] <= '9') ||
	       mc_span_eq(digit, MC_SPAN("\u00b9")) ||
	       mc_span_eq(digit, MC_SPAN("\u00b2")) ||
	       mc_span_eq(digit, MC_SPAN("\u00b3"));
}

/* c: one character of UTF-8, or one octet that is none. */
static bool fits(struct mc_span c)
{
	unsigned char first = (unsigned char)c.p[0];

	if (mc_utf8_length(c) == 0 || first < 0x20 || first == 0x7F)
		return false;
	if (c.n == 2 && first == 0xC2 && (unsigned char)c.p[1] < 0xA0)
		return false;
	return c.n > 1 || !strchr("<>:\"/\\|?*", first);
}

static MC_RC put_fitting(struct mc_buf *out, struct mc_span text, size_t max,
	struct mc_error *err)
{
	size_t begin = out->len;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && text.n > 0) {
		size_t n = mc_utf8_length(text);
		struct mc_span c = mc_span_head(text, n > 0 ? n : 1);

		if (out->len - begin + c.n > max)
			break;
		if (fits(c) && (c.p[0] != '.' || out->len > begin))
			rc = mc_buf_put(out, c, err);
		else
			rc = mc_buf_putc(out, '_', err);
		text = mc_span_from(text, c.n);
	}
	return rc;
}

/* "NUL" and "NUL.txt" mean the device. */
static MC_RC avoid_device(
	struct mc_buf *out, size_t begin, struct mc_error *err)
{
	struct mc_span name = mc_span_from(mc_buf_span(out), begin);
	size_t stem = mc_span_index(name, '.');
	enum mc_rc rc;

	if (!is_device(mc_span_trim(mc_span_head(name, stem))))
		return MC_OK;
	rc = mc_buf_putc(out, '_', err);
	if (rc < 0)
		return rc;
	memmove(out->data + begin + stem + 1, out->data + begin + stem,
		out->len - begin - stem - 1);
	out->data[begin + stem] = '_';
	return MC_OK;
}

MC_RC mc_export_safe(struct mc_buf *out, struct mc_span text, size_t max,
	bool *changed, struct mc_error *err)
{
	size_t begin = out->len;
	enum mc_rc rc = put_fitting(out, text, max - 1, err);

	if (rc == MC_OK && out->len == begin)
		rc = mc_buf_putc(out, '_', err);
	if (rc < 0)
		return rc;
	if (out->data[out->len - 1] == '.' || out->data[out->len - 1] == ' ')
		out->data[out->len - 1] = '_';
	rc = avoid_device(out, begin, err);
	if (rc == MC_OK &&
		!mc_span_eq(mc_span_from(mc_buf_span(out), begin), text))
		*changed = true;
	return rc;
}

/* ---- names of folders ---- */

struct named {
	char *key;
	char *name;
};

struct mc_export_names {
	enum mc_export_format format;
	locale_t locale; /* to fold case by; 0: ASCII only */
	void *given;     /* tsearch tree of struct named: level -> name */
	void *taken;     /* folded names */
	char *inbox;     /* Maildir: path of the folder at the top, or NULL */
	int64_t inbox_twin;
};

static int compare(const void *a, const void *b)
{
	const struct named *x = a;
	const struct named *y = b;

	return strcmp(x->key, y->key);
}

static void free_named(void *node)
{
	struct named *entry = node;

	free(entry->key);
	free(entry->name);
	free(entry);
}

static struct named *look(void *tree, struct mc_span key)
{
	const struct named wanted = { .key = (char *)key.p };
	void *node = tfind(&wanted, &tree, compare);

	return node ? *(struct named **)node : NULL;
}

static MC_RC keep(void **tree, struct mc_span key, struct mc_span name,
	struct mc_error *err)
{
	struct named *entry = calloc(1, sizeof(*entry));
	enum mc_rc rc;

	if (!entry)
		return mc_fail_memory(err);
	rc = mc_strdup(&entry->key, key, err);
	if (rc == MC_OK)
		rc = mc_strdup(&entry->name, name, err);
	if (rc == MC_OK && !tsearch(entry, tree, compare))
		rc = mc_fail_memory(err);
	if (rc < 0)
		free_named(entry);
	return rc;
}

MC_RC mc_export_names_new(struct mc_export_names **out,
	enum mc_export_format format, struct mc_error *err)
{
	struct mc_export_names *names = calloc(1, sizeof(*names));

	*out = names;
	if (!names)
		return mc_fail_memory(err);
	names->format = format;
	/* Not the process's own, which core does not touch. */
	names->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	return MC_OK;
}

void mc_export_names_free(struct mc_export_names *names)
{
	if (!names)
		return;
	tdestroy(names->given, free_named);
	tdestroy(names->taken, free_named);
	if (names->locale)
		freelocale(names->locale);
	free(names->inbox);
	free(names);
}

/* A character's number; s starts with n octets of valid UTF-8. */
static wint_t code_point(struct mc_span s, size_t n)
{
	static const unsigned char first[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
	wint_t code = (unsigned char)s.p[0] & first[n];

	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)s.p[i] & 0x3F);
	return code;
}

/* Appends the name's characters as numbers, in lower case. */
static MC_RC put_lower(const struct mc_export_names *names, struct mc_buf *out,
	struct mc_span name, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && name.n > 0) {
		size_t n = mc_utf8_length(name);
		wint_t code = code_point(name, n > 0 ? n : 1);

		if (names->locale)
			code = towlower_l(
				towupper_l(code, names->locale), names->locale);
		else if (code >= 'A' && code <= 'Z')
			code += 'a' - 'A';
		rc = mc_buf_printf(out, err, "%x.", (unsigned)code);
		name = mc_span_from(name, n > 0 ? n : 1);
	}
	return rc;
}

/* Appends the name so that two which some file system takes for one are
 * equal: in any case, and with accents put together or apart. */
static MC_RC put_folded(const struct mc_export_names *names, struct mc_buf *out,
	struct mc_span name, struct mc_error *err)
{
	struct mc_buf form;
	enum mc_rc rc;

	mc_buf_init(&form, (size_t)4 * MC_NAME_MAX);
	rc = mc_nfc(&form, name, err);
	if (rc == MC_OK)
		rc = put_lower(names, out, mc_buf_span(&form), err);
	mc_buf_dispose(&form);
	return rc;
}

/* A level of a folder's path, to be named. */
struct level {
	struct mc_span parent; /* name of all above it, and what joins them */
	struct mc_span text;
	bool last;
	int64_t twin;
	const char *suffix;
	size_t max;
};

static bool ends_in(struct mc_span s, struct mc_span suffix)
{
	return s.n >= suffix.n &&
	       mc_span_ieq(mc_span_from(s, s.n - suffix.n), suffix);
}

/* Readers of mbox trees take these off the name of a directory. */
static bool looks_suffixed(struct mc_span name)
{
	return ends_in(name, MC_SPAN(".mbox")) ||
	       ends_in(name, MC_SPAN(".mbx")) || ends_in(name, MC_SPAN(".sbd"));
}

/* A candidate for the level: the nth. */
static MC_RC candidate(const struct mc_export_names *names,
	const struct level *level, int nth, struct mc_buf *out, bool *mended,
	struct mc_error *err)
{
	struct mc_buf plain;
	enum mc_rc rc;

	mc_buf_clear(out);
	mc_buf_init(&plain, MC_NAME_MAX);
	rc = mc_export_safe(&plain, level->text, level->max, mended, err);
	/* A dot splits levels. */
	for (size_t i = 0; names->format == MC_EXPORT_MAILDIR && i < plain.len;
		i++) {
		if (plain.data[i] == '.') {
			plain.data[i] = '_';
			*mended = true;
		}
	}
	if (rc == MC_OK && nth > 1) {
		*mended = true;
		rc = mc_buf_printf(&plain, err, " (%d)", nth);
	}
	if (rc == MC_OK && names->format == MC_EXPORT_MAILDIR)
		rc = mc_imap_name_encode(out, mc_buf_span(&plain), err);
	else if (rc == MC_OK)
		rc = mc_buf_put(out, mc_buf_span(&plain), err);
	if (rc == MC_OK)
		rc = mc_buf_put(out, mc_span_str(level->suffix), err);
	mc_buf_dispose(&plain);
	return rc;
}

/* The first candidate whose folded name nobody has below that parent. */
static MC_RC choose(struct mc_export_names *names, const struct level *level,
	struct mc_buf *out, bool *mended, struct mc_error *err)
{
	struct mc_buf folded;
	enum mc_rc rc = MC_OK;

	mc_buf_init(&folded, (size_t)16 * MC_NAME_MAX);
	for (int nth = 1; rc == MC_OK && nth < ALIKE_MAX; nth++) {
		bool here = false;

		rc = candidate(names, level, nth, out, &here, err);
		*mended |= here;
		mc_buf_clear(&folded);
		if (rc == MC_OK)
			rc = mc_buf_put(&folded, level->parent, err);
		if (rc == MC_OK)
			rc = mc_buf_putc(&folded, '\n', err);
		if (rc == MC_OK)
			rc = put_folded(names, &folded, mc_buf_span(out), err);
		if (rc == MC_OK && !look(names->taken, mc_buf_span(&folded)))
			break;
	}
	if (rc == MC_OK)
		rc = keep(
			&names->taken, mc_buf_span(&folded), MC_SPAN(""), err);
	mc_buf_dispose(&folded);
	return rc;
}

/* The name of a level, as it was given before or chosen now. */
static MC_RC name_level(struct mc_export_names *names,
	const struct level *level, struct mc_buf *out, bool *mended,
	struct mc_error *err)
{
	const struct named *entry;
	struct mc_buf key;
	bool here = false;
	enum mc_rc rc;

	mc_buf_init(&key, (size_t)4 * MC_NAME_MAX);
	mc_buf_clear(out);
	rc = mc_buf_printf(&key, err, "%.*s\n%s %zu %" PRId64 "\n%.*s",
		(int)level->parent.n, level->parent.n ? level->parent.p : "",
		level->suffix, level->max, level->twin, (int)level->text.n,
		level->text.n ? level->text.p : "");
	entry = rc < 0 ? NULL : look(names->given, mc_buf_span(&key));
	if (entry) {
		here = entry->name[0] == '!';
		rc = mc_buf_put(out, mc_span_str(entry->name + 1), err);
	} else if (rc == MC_OK) {
		struct mc_buf name;

		rc = choose(names, level, out, &here, err);
		mc_buf_init(&name, MC_NAME_MAX);
		if (rc == MC_OK)
			rc = mc_buf_printf(&name, err, "%c%s", here ? '!' : '=',
				mc_buf_str(out));
		if (rc == MC_OK)
			rc = keep(&names->given, mc_buf_span(&key),
				mc_buf_span(&name), err);
		mc_buf_dispose(&name);
	}
	*mended |= here;
	mc_buf_dispose(&key);
	return rc;
}

static const char *suffix_of(
	const struct mc_export_names *names, const struct level *level)
{
	if (names->format != MC_EXPORT_MBOXRD &&
		names->format != MC_EXPORT_MBOXO)
		return "";
	if (level->last)
		return ".mbox";
	return looks_suffixed(level->text) ? ".sbd" : "";
}

/* All levels of whole's text; its twin is the last one's. */
static MC_RC put_levels(struct mc_export_names *names,
	const struct level *whole, struct mc_buf *out, bool *mended,
	struct mc_error *err)
{
	struct mc_span path = whole->text;
	bool maildir = names->format == MC_EXPORT_MAILDIR;
	struct mc_buf name;
	enum mc_rc rc = MC_OK;

	mc_buf_init(&name, MC_NAME_MAX);
	do {
		size_t n = mc_span_index(path, '/');
		struct level level = { .text = mc_span_head(path, n),
			.last = n == path.n,
			.max = whole->max };

		if (maildir)
			rc = mc_buf_putc(out, '.', err);
		else if (out->len > 0)
			rc = mc_buf_putc(out, '/', err);
		level.parent = mc_buf_span(out);
		level.suffix = suffix_of(names, &level);
		level.twin = level.last ? whole->twin : 0;
		if (rc == MC_OK)
			rc = name_level(names, &level, &name, mended, err);
		if (rc == MC_OK)
			rc = mc_buf_put(out, mc_buf_span(&name), err);
		path = n < path.n ? mc_span_from(path, n + 1)
				  : (struct mc_span){ NULL, 0 };
		if (level.last)
			break;
	} while (rc == MC_OK);
	mc_buf_dispose(&name);
	return rc;
}

/* The path as one level. */
static MC_RC put_flat(struct mc_export_names *names, struct mc_buf *out,
	const char *path, int64_t twin, struct mc_error *err)
{
	const struct level level = { .parent = MC_SPAN("."),
		.text = mc_span_str(path),
		.twin = twin,
		.suffix = "",
		.max = LEVEL_MAX };
	struct mc_buf name;
	bool mended = false;
	enum mc_rc rc;

	mc_buf_init(&name, MC_NAME_MAX);
	mc_buf_clear(out);
	rc = name_level(names, &level, &name, &mended, err);
	if (rc == MC_OK)
		rc = mc_buf_printf(out, err, ".%s", mc_buf_str(&name));
	mc_buf_dispose(&name);
	return rc;
}

/* The first INBOX, in any case, is the directory itself.  Others have a name
 * that no reader takes for it. */
static MC_RC is_inbox(struct mc_export_names *names, const char *path,
	int64_t twin, bool *inbox, struct mc_error *err)
{
	const struct level whole = { .text = MC_SPAN("INBOX"),
		.max = LEVEL_MAX };
	enum mc_rc rc = MC_OK;
	struct mc_buf name;
	bool mended = false;

	*inbox = false;
	if (strcasecmp(path, "INBOX") != 0)
		return MC_OK;
	if (names->inbox) {
		*inbox = strcmp(names->inbox, path) == 0 &&
			 names->inbox_twin == twin;
		return MC_OK;
	}
	*inbox = true;
	names->inbox_twin = twin;
	rc = mc_strdup(&names->inbox, mc_span_str(path), err);
	mc_buf_init(&name, MC_NAME_MAX);
	if (rc == MC_OK)
		rc = put_levels(names, &whole, &name, &mended, err);
	mc_buf_dispose(&name);
	return rc;
}

/* Maildir++ has one name for all levels: they are cut until it is short
 * enough; if nothing helps the folder stands at the top. */
static MC_RC put_maildir(struct mc_export_names *names, struct mc_buf *out,
	const char *path, int64_t twin, bool *mended, struct mc_error *err)
{
	struct level whole = { .text = mc_span_str(path), .twin = twin };
	bool inbox;
	enum mc_rc rc = is_inbox(names, path, twin, &inbox, err);

	if (rc < 0 || inbox)
		return rc;
	for (whole.max = LEVEL_MAX; whole.max > 4; whole.max /= 2) {
		mc_buf_clear(out);
		*mended = whole.max < LEVEL_MAX;
		rc = put_levels(names, &whole, out, mended, err);
		if (rc < 0 || out->len <= MAILDIR_MAX)
			return rc;
	}
	return put_flat(names, out, path, twin, err);
}

MC_RC mc_export_names_folder(struct mc_export_names *names, struct mc_buf *out,
	const char *path, int64_t twin, bool *mended, struct mc_error *err)
{
	const struct level whole = {
		.text = mc_span_str(path), .twin = twin, .max = LEVEL_MAX
	};

	mc_buf_clear(out);
	*mended = false;
	if (names->format == MC_EXPORT_MAILDIR)
		return put_maildir(names, out, path, twin, mended, err);
	return put_levels(names, &whole, out, mended, err);
}
