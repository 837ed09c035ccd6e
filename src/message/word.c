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
#include "message/charset.h"

#include <string.h>

#define REPLACEMENT STR("\xef\xbf\xbd") /* U+FFFD */

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

static void add_text(struct buf *out, const struct message_charset *charset, struct str octets)
{
	if (!charset->high) {
		add_utf8(out, octets);
		return;
	}
	for (size_t i = 0; i < octets.n; i++) {
		uint8_t octet = (uint8_t)octets.p[i];
		uint32_t point = octet < 0x80 ? octet : charset->high[octet - 0x80];
		text_utf8_add(out, octet && !point ? 0xfffd : point);
	}
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
static bool read_word(struct str *s, const struct message_charset **charset, struct buf *octets)
{
	struct str at = str_skip(*s, 2), name, encoding, text, plain;
	size_t before = octets->n;
	bool good;

	if (!read_part(&at, &name) || !read_part(&at, &encoding) || !read_part(&at, &text) ||
	    !str_starts(at, STR("=")))
		return false;
	if (str_cut(&name, '*', &plain)) /* the language plays no part */
		name = plain;
	*charset = message_charset_find(name);
	if (!*charset)
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
	const struct message_charset *charset;
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
		const struct message_charset *charset;

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
