/*
 * Encoded words, "=?charset*language?encoding?text?=" (RFC 2047 section 2,
 * RFC 2231 section 5).
 *
 * The time is linear in the text, whatever it is: a try at one "=?" ends at the
 * third question mark after it, or where text by Q has more of them, at the next "=?", or
 * at an octet that no word may have.  So no octet is read by more than four tries.
 */
#include "message/word.h"

#include "base/text.h"
#include "message/charset.h"
#include "message/converter.h"

#include <string.h>

#define REPLACEMENT STR("\xef\xbf\xbd") /* U+FFFD */

/* Whether all of it was UTF-8. */
static bool add_utf8(struct buf *out, struct str s)
{
	bool good = true;

	while (s.n) {
		size_t n = 0, len;
		while ((len = text_utf8(str_skip(s, n), NULL)) > 0)
			n += len;
		buf_add(out, str_head(s, n));
		s = str_skip(s, n);
		if (s.n) {
			buf_add(out, REPLACEMENT);
			s = str_skip(s, 1);
			good = false;
		}
	}
	return good;
}

static bool add_by_table(struct buf *out, const uint16_t *high, struct str octets)
{
	bool good = true;

	for (size_t i = 0; i < octets.n; i++) {
		uint8_t octet = (uint8_t)octets.p[i];
		uint32_t point = octet < 0x80 ? octet : high[octet - 0x80];
		bool none = octet && !point;
		text_utf8_add(out, none ? 0xfffd : point);
		good = good && !none;
	}
	return good;
}

/* How octets of a word are read; neither: its charset is not known. */
struct coding {
	struct str name; /* as it stands in the word */
	const struct message_charset *table;
	struct message_converter *converter;
};

static struct coding coding_of(struct str name)
{
	struct coding c = { .name = name, .table = message_charset_find(name) };

	if (!c.table)
		c.converter = message_converter_find(name);
	return c;
}

static bool is_same(const struct coding *a, const struct coding *b)
{
	return a->table == b->table && a->converter == b->converter &&
	       (a->table || a->converter || str_eq_nocase(a->name, b->name));
}

/* Whether all could be decoded. */
static bool add_text(struct buf *out, const struct coding *c, struct str octets)
{
	static const uint16_t unknown[128];

	if (c->converter)
		return message_converter_decode(c->converter, out, octets);
	if (!c->table)
		return add_by_table(out, unknown, octets) && false;
	if (!c->table->high)
		return add_utf8(out, octets);
	return add_by_table(out, c->table->high, octets);
}

/* Q: section 4.2. */
static void read_q(struct buf *octets, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '=' && text.n - i > 2 &&
		    text_unhex(octets, (struct str){ text.p + i + 1, 2 }) == ERR_OK)
			i += 2;
		else
			buf_addc(octets, text.p[i] == '_' ? ' ' : text.p[i]);
	}
}

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/';
}

/*
 * B: section 4.1.  What is no base64 is passed over, a "=" that fills nothing up, too; one
 * that does is the end.
 */
static void read_b(struct buf *octets, struct str text)
{
	struct buf digits = BUF_MAX(text.n);
	size_t before = octets->n;

	if (text_unbase64(octets, text) == ERR_OK)
		return;
	octets->n = before;
	for (size_t i = 0, pads = 0; i < text.n; i++) {
		if (is_base64(text.p[i])) {
			buf_addc(&digits, text.p[i]);
			pads = 0;
		} else if (text.p[i] == '=' && digits.n % 4 >= 2 && digits.n % 4 + ++pads == 4) {
			break;
		}
	}
	/* Six bits alone are no octet. */
	size_t n = digits.n % 4 == 1 ? digits.n - 1 : digits.n;
	enum err e = text_unbase64(octets, str_head(buf_str(&digits), n));
	if (buf_err(&digits) != ERR_OK || e == ERR_NOMEM)
		octets->err = ERR_NOMEM;
	buf_free(&digits);
}

static bool is_printable(char c)
{
	return c > ' ' && c <= '~';
}

static bool is_text(char c)
{
	return c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f);
}

/* The next part of a word, up to a question mark, of what may stand in it. */
static bool read_part(struct str *s, bool (*may)(char c), struct str *part)
{
	size_t n = 0;

	while (n < s->n && s->p[n] != '?' && may(s->p[n]))
		n++;
	if (n == s->n || s->p[n] != '?')
		return false;
	*part = str_head(*s, n);
	*s = str_skip(*s, n + 1);
	return true;
}

/*
 * The text of a word up to its "?=".  Section 4.2 has no question mark in text by Q, but many write
 * "=?utf-8?Q?Ready??=", and readers show what is meant; "=?" begins the next word.
 */
static bool read_text(struct str *s, bool by_q, struct str *text)
{
	struct str whole = *s, part;

	while (read_part(s, is_text, &part)) {
		*text = str_head(whole, (size_t)(part.p + part.n - whole.p));
		if (str_starts(*s, STR("=")))
			return true;
		if (!by_q || str_ends(*text, STR("=")))
			return false;
	}
	return false;
}

/*
 * The word at the start of *s, cut off *s, its octets appended.  False where
 * there is none: *s and octets are as they were.
 */
static bool read_word(struct str *s, struct coding *coding, struct buf *octets)
{
	struct str at = str_skip(*s, 2), name, encoding, text, plain;

	if (!read_part(&at, is_printable, &name) || !read_part(&at, is_printable, &encoding) ||
	    !read_text(&at, str_eq_nocase(encoding, STR("Q")), &text))
		return false;
	if (str_cut(&name, '*', &plain)) /* the language plays no part */
		name = plain;
	if (name.n == 0)
		return false;
	if (str_eq_nocase(encoding, STR("Q")))
		read_q(octets, text);
	else if (str_eq_nocase(encoding, STR("B")))
		read_b(octets, text);
	else
		return false;
	*coding = coding_of(name);
	*s = str_skip(at, 1);
	return true;
}

/* Words that follow one another in one charset: their octets, not yet decoded. */
struct run {
	struct buf octets;
	struct coding coding;
	bool open;
	struct buf *undecoded; /* as in word.h */
};

/* Add the name, unless it is there. */
static void tell(struct buf *undecoded, struct str name)
{
	struct str rest = buf_str(undecoded), word;

	while (str_word(&rest, &word))
		if (str_eq_nocase(word, name))
			return;
	if (undecoded->max - undecoded->n < name.n + 1)
		return;
	if (undecoded->n)
		buf_addc(undecoded, ' ');
	buf_add(undecoded, name);
}

/* Decode the first n octets of the run. */
static void flush(struct buf *out, struct run *run, size_t n)
{
	if (run->open && !add_text(out, &run->coding, str_head(buf_str(&run->octets), n)) &&
	    run->undecoded)
		tell(run->undecoded, run->coding.name);
	buf_drop(&run->octets, n);
	run->open = false;
}

/* The next "=?" of s, or s.n. */
static size_t find_word(struct str s)
{
	const char *at = s.n ? memmem(s.p, s.n, "=?", 2) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

static void decode(struct buf *out, struct buf *undecoded, struct str text, bool apart)
{
	struct run run = { .octets = BUF_MAX(text.n), .undecoded = undecoded };
	size_t gap = 0; /* octets at the start of text that belong to no word */

	while ((gap += find_word(str_skip(text, gap))) < text.n) {
		struct str rest = str_skip(text, gap);
		size_t before = run.octets.n;
		struct coding coding;

		if (!read_word(&rest, &coding, &run.octets)) {
			gap += 2;
			continue;
		}
		bool adjacent = run.open && str_trim(str_head(text, gap)).n == 0;
		if (!adjacent || apart || !is_same(&coding, &run.coding))
			flush(out, &run, before);
		if (!adjacent)
			(void)add_utf8(out, str_head(text, gap));
		run.coding = coding;
		run.open = true;
		text = rest;
		gap = 0;
	}
	flush(out, &run, run.octets.n);
	(void)add_utf8(out, text);
	if (buf_err(&run.octets) != ERR_OK)
		out->err = buf_err(&run.octets);
	buf_free(&run.octets);
}

void message_word_decode(struct buf *out, struct buf *undecoded, struct str text)
{
	decode(out, undecoded, text, false);
}

void message_word_decode_apart(struct buf *out, struct str text)
{
	decode(out, NULL, text, true);
}

bool message_word_note(struct str *undecoded, struct buf *out)
{
	struct str name;

	if (!str_word(undecoded, &name))
		return false;
	buf_addf(out, "note: a word in charset %.*s is not decoded", STR_ARG(name));
	return true;
}
