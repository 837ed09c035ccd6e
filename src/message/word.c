/*
 * Encoded words, "=?charset*language?encoding?text?=" (RFC 2047 section 2,
 * RFC 2231 section 5).
 *
 * The time is linear in the text, whatever it is: a try at one "=?" ends at the
 * third question mark after it or at an octet that no word may have, so no
 * octet is read by more than three tries.
 */
#include "message/word.h"

#include "base/text.h"

#include <string.h>

#define REPLACEMENT STR("\xef\xbf\xbd") /* U+FFFD */

enum charset { UTF8, ASCII, LATIN1, LATIN9, WINDOWS_1252 };

/* Names and aliases of the IANA registry that mail in the wild uses. */
static const struct {
	struct str name;
	enum charset charset;
} charsets[] = {
	{ STR_INIT("utf-8"), UTF8 },           { STR_INIT("utf8"), UTF8 },
	{ STR_INIT("us-ascii"), ASCII },       { STR_INIT("ascii"), ASCII },
	{ STR_INIT("ansi_x3.4-1968"), ASCII }, { STR_INIT("iso-8859-1"), LATIN1 },
	{ STR_INIT("iso8859-1"), LATIN1 },     { STR_INIT("iso_8859-1"), LATIN1 },
	{ STR_INIT("latin1"), LATIN1 },        { STR_INIT("iso-8859-15"), LATIN9 },
	{ STR_INIT("iso8859-15"), LATIN9 },    { STR_INIT("iso_8859-15"), LATIN9 },
	{ STR_INIT("latin-9"), LATIN9 },       { STR_INIT("windows-1252"), WINDOWS_1252 },
	{ STR_INIT("cp1252"), WINDOWS_1252 },
};

static bool find_charset(struct str name, enum charset *out)
{
	for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++) {
		if (str_eq_nocase(name, charsets[i].name)) {
			*out = charsets[i].charset;
			return true;
		}
	}
	return false;
}

/* Octets 0x80 to 0x9f of windows-1252; 0 where it has no character. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

/* Where ISO-8859-15 differs from ISO-8859-1. */
static uint32_t latin9(uint8_t octet)
{
	switch (octet) {
	case 0xa4:
		return 0x20ac;
	case 0xa6:
		return 0x0160;
	case 0xa8:
		return 0x0161;
	case 0xb4:
		return 0x017d;
	case 0xb8:
		return 0x017e;
	case 0xbc:
		return 0x0152;
	case 0xbd:
		return 0x0153;
	case 0xbe:
		return 0x0178;
	default:
		return octet;
	}
}

/* The code point of one octet of a charset other than UTF-8; 0xfffd where it has none. */
static uint32_t code_point(enum charset charset, uint8_t octet)
{
	if (octet < 0x80)
		return octet;
	switch (charset) {
	case LATIN1:
		return octet;
	case LATIN9:
		return latin9(octet);
	case WINDOWS_1252:
		if (octet >= 0xa0)
			return octet;
		return windows_1252[octet - 0x80] ? windows_1252[octet - 0x80] : 0xfffd;
	case UTF8:
	case ASCII:
		break;
	}
	return 0xfffd;
}

static void add_utf8(struct buf *out, struct str s)
{
	while (s.n) {
		size_t good = 0, len;
		while ((len = text_utf8(str_skip(s, good), NULL)) > 0)
			good += len;
		buf_add(out, str_head(s, good));
		s = str_skip(s, good);
		if (s.n) {
			buf_add(out, REPLACEMENT);
			s = str_skip(s, 1);
		}
	}
}

static void add_text(struct buf *out, enum charset charset, struct str octets)
{
	if (charset == UTF8) {
		add_utf8(out, octets);
		return;
	}
	for (size_t i = 0; i < octets.n; i++)
		text_utf8_add(out, code_point(charset, (uint8_t)octets.p[i]));
}

/* Q: section 4.2. */
static bool read_q(struct buf *octets, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '_') {
			buf_addc(octets, ' ');
		} else if (text.p[i] != '=') {
			buf_addc(octets, text.p[i]);
		} else {
			if (text.n - i < 3 ||
			    text_unhex(octets, (struct str){ text.p + i + 1, 2 }) != ERR_OK)
				return false;
			i += 2;
		}
	}
	return true;
}

/* The next part of a word, up to a question mark: printable ASCII without space. */
static bool read_part(struct str *s, struct str *part)
{
	size_t n = 0;

	while (n < s->n && s->p[n] > ' ' && s->p[n] <= '~' && s->p[n] != '?')
		n++;
	if (n == s->n || s->p[n] != '?')
		return false;
	*part = str_head(*s, n);
	*s = str_skip(*s, n + 1);
	return true;
}

/*
 * The word at the start of *s, cut off *s, its octets appended.  False where
 * there is none: *s and octets are as they were.
 */
static bool read_word(struct str *s, enum charset *charset, struct buf *octets)
{
	struct str at = str_skip(*s, 2), name, encoding, text, plain;
	size_t before = octets->n;
	bool good;

	if (!read_part(&at, &name) || !read_part(&at, &encoding) || !read_part(&at, &text) ||
	    !str_starts(at, STR("=")))
		return false;
	if (str_cut(&name, '*', &plain)) /* the language plays no part */
		name = plain;
	if (!find_charset(name, charset))
		return false;
	if (str_eq_nocase(encoding, STR("Q")))
		good = read_q(octets, text);
	else
		good = str_eq_nocase(encoding, STR("B")) && text_unbase64(octets, text) == ERR_OK;
	if (!good) {
		octets->n = before;
		return false;
	}
	*s = str_skip(at, 1);
	return true;
}

/* Words that follow one another in one charset: their octets, not yet decoded. */
struct run {
	struct buf octets;
	enum charset charset;
	bool open;
};

/* Decode the first n octets of the run. */
static void flush(struct buf *out, struct run *run, size_t n)
{
	if (run->open)
		add_text(out, run->charset, str_head(buf_str(&run->octets), n));
	buf_drop(&run->octets, n);
	run->open = false;
}

/* The next "=?" of s, or s.n. */
static size_t find_word(struct str s)
{
	const char *at = s.n ? memmem(s.p, s.n, "=?", 2) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

void message_word_decode(struct buf *out, struct str text)
{
	struct run run = { .octets = BUF_MAX(text.n) };
	size_t gap = 0; /* octets at the start of text that belong to no word */

	while ((gap += find_word(str_skip(text, gap))) < text.n) {
		struct str rest = str_skip(text, gap);
		size_t before = run.octets.n;
		enum charset charset;

		if (!read_word(&rest, &charset, &run.octets)) {
			gap += 2;
			continue;
		}
		bool adjacent = run.open && str_trim(str_head(text, gap)).n == 0;
		if (!adjacent || charset != run.charset)
			flush(out, &run, before);
		if (!adjacent)
			add_utf8(out, str_head(text, gap));
		run.charset = charset;
		run.open = true;
		text = rest;
		gap = 0;
	}
	flush(out, &run, run.octets.n);
	add_utf8(out, text);
	if (buf_err(&run.octets) != ERR_OK)
		out->err = buf_err(&run.octets);
	buf_free(&run.octets);
}
