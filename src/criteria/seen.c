/*
 * What is copied from a web page or a letter brings no-break spaces, letters of full width and
 * quotation marks of its own; and a line must not ask for less than its writer sees there.
 */
#include "criteria/seen.h"

#include "base/text.h"
#include "base/unicode.h"

#include <string.h>

#define LETTERS_MAX 32 /* characters of a word that may be a modifier */

/* Letters of other scripts that look like those of a modifier, each behind that. */
static const struct {
	char letter;
	uint32_t like[8]; /* 0 ends them */
} lookalikes[] = {
	{ 'A', { 0x391, 0x410, 0x430 } },
	{ 'B', { 0x392, 0x412, 0x432 } },
	{ 'C', { 0x3f9, 0x3f2, 0x421, 0x441 } },
	{ 'D', { 0x501 } },
	{ 'E', { 0x395, 0x415, 0x435 } },
	{ 'N', { 0x39d, 0x578 } },
	{ 'O', { 0x39f, 0x3bf, 0x41e, 0x43e, 0x555, 0x585 } },
	{ 'R', { 0x433 } },
	{ 'S', { 0x405, 0x455, 0x54f } },
	{ 'U', { 0x3c5, 0x54d, 0x57d } },
	{ 'V', { 0x3bd, 0x474, 0x475 } },
};

static uint32_t latin(uint32_t cp)
{
	for (size_t i = 0; i < sizeof(lookalikes) / sizeof(lookalikes[0]); i++)
		for (size_t k = 0; lookalikes[i].like[k]; k++)
			if (lookalikes[i].like[k] == cp)
				return (unsigned char)lookalikes[i].letter;
	return cp;
}

/* The word up to the first '#' or dot in it. */
static struct str before_mark(struct str word)
{
	struct str before;

	if (str_cut(&word, '#', &before))
		word = before;
	return str_cut(&word, '.', &before) ? before : word;
}

/* Characters that show, as long as they may be a modifier; none of a word that is longer. */
static void add_shown(struct buf *out, struct str word)
{
	size_t n = 0;

	for (size_t len; word.n; word = str_skip(word, len)) {
		uint32_t cp = 0;
		len = text_utf8(word, &cp);
		if (len == 0 || n > LETTERS_MAX)
			break;
		if (text_is_hidden(cp))
			continue;
		buf_add(out, str_head(word, len));
		n++;
	}
	if (n > LETTERS_MAX)
		buf_clear(out);
}

/* Cut what stands around a word, and is in no value that a mail field may be held against. */
static bool is_around(uint32_t cp)
{
	return unicode_is_mark(cp) && cp != '*' && cp != '?' && cp != '@';
}

/* The size of the last character. */
static size_t last_size(struct str s)
{
	size_t n = 1;

	while (n < s.n && ((unsigned char)s.p[s.n - n] & 0xc0) == 0x80)
		n++;
	return n;
}

static struct str inner(struct str s)
{
	uint32_t cp;
	size_t n;

	while ((n = text_utf8(s, &cp)) > 0 && is_around(cp))
		s = str_skip(s, n);
	while (s.n > 0 && text_utf8(str_skip(s, s.n - last_size(s)), &cp) > 0 && is_around(cp))
		s.n -= last_size(s);
	return s;
}

#define OVER(array)                                                                                \
	{                                                                                          \
		.p = (array), .cap = sizeof(array), .max = sizeof(array)                           \
	}

/*
 * What is seen of the word, put into room, of which *used octets are taken.  It wants no memory:
 * where none was left a modifier would be taken for a part of the value.
 */
static struct str seen(struct str word, struct criteria_seen *out, size_t *used)
{
	char rooms[3][CRITERIA_SEEN_OCTETS / 2];
	struct buf shown = OVER(rooms[0]), plain = OVER(rooms[1]), like = OVER(rooms[2]);
	uint32_t cp;
	size_t n;

	add_shown(&shown, word);
	unicode_plain(&plain, buf_str(&shown));
	for (struct str rest = buf_err(&plain) == ERR_NOMEM ? buf_str(&shown) : buf_str(&plain);
	     (n = text_utf8(rest, &cp)) > 0; rest = str_skip(rest, n))
		text_utf8_add(&like, latin(cp));
	struct str found = inner(buf_str(&like));
	if (found.n > sizeof(out->room) - *used)
		return STR_NONE;
	memcpy(out->room + *used, found.p ? found.p : "", found.n);
	*used += found.n;
	return (struct str){ out->room + *used - found.n, found.n };
}

/* Behind the last character that shows nothing, and is not at the word's end. */
static struct str last_part(struct str word)
{
	struct str part = word;
	bool blank = false;
	uint32_t cp;

	for (size_t n; word.n && (n = text_utf8(word, &cp)) > 0; word = str_skip(word, n)) {
		if (!text_is_hidden(cp) && blank)
			part = word;
		blank = text_is_hidden(cp);
	}
	return part;
}

/* A form that is another one is not looked at twice. */
static struct str other(struct str form, struct str than)
{
	return form.n == than.n ? STR_NONE : form;
}

void criteria_seen_read(struct str word, struct criteria_seen *out)
{
	bool ascii = text_is_ascii(word);
	size_t used = 0;

	memset(out->form, 0, sizeof(out->form));
	out->form[0] = word;
	out->form[1] = other(before_mark(word), word);
	out->form[2] = ascii ? other(inner(word), word) : seen(word, out, &used);
	out->form[3] = other(before_mark(out->form[2]), out->form[2]);
	if (ascii)
		return;
	struct str last = other(last_part(word), word);
	out->form[4] = last.n ? seen(last, out, &used) : STR_NONE;
	out->form[5] = other(before_mark(out->form[4]), out->form[4]);
}
