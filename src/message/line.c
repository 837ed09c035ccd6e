/*
 * Lines of our own with foreign text in them.
 *
 * Nothing here writes a CR or LF that came from outside.  Everything else in
 * this folder that writes goes through here, so that header injection is one
 * thing to look at.
 */
#include "message/line.h"

#include "base/text.h"

#define FOLD_COLUMN 78 /* RFC 5322 section 2.1.1 */
#define WRAP_COLUMN 76
#define WORD_OCTETS 900 /* a longer word is broken: a line has at most 998 octets */

/* Octets of the clean character at the start of s; 0 where there is none. */
static size_t clean_size(struct str s, enum message_line_charset charset)
{
	uint32_t cp = 0;
	size_t n = text_utf8(s, &cp);

	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029)
		return 0;
	return charset == MESSAGE_LINE_ASCII && cp > 0x7f ? 0 : n;
}

bool message_line_is_clean(struct str s, enum message_line_charset charset)
{
	while (s.n) {
		size_t n = text_plain(s);
		if (n == 0)
			n = clean_size(s, charset);
		if (n == 0)
			return false;
		s = str_skip(s, n);
	}
	return true;
}

/* The same of a character that shows: what does not, or turns the line, people would not see. */
static size_t shown_size(struct str s, enum message_line_charset charset)
{
	uint32_t cp = 0;

	(void)text_utf8(s, &cp);
	return text_is_hidden(cp) ? 0 : clean_size(s, charset);
}

static bool all_shown(struct str s, enum message_line_charset charset)
{
	for (size_t n; s.n; s = str_skip(s, n))
		if ((n = shown_size(s, charset)) == 0)
			return false;
	return true;
}

void message_line_clean(struct buf *out, struct str s, enum message_line_charset charset)
{
	while (s.n) {
		size_t n = shown_size(s, charset);
		if (n) {
			buf_add(out, str_head(s, n));
		} else {
			buf_add(out, s.p[0] == '\t' ? STR(" ") : STR("\\x"));
			if (s.p[0] != '\t')
				text_hex(out, str_head(s, 1));
			n = 1;
		}
		s = str_skip(s, n);
	}
}

void message_line_address(struct buf *out, struct str s, enum message_line_charset charset)
{
	struct str head = str_head(s, MESSAGE_LINE_ADDRESS);

	/* Not through the middle of a character. */
	while (head.n < s.n && head.n && ((unsigned char)s.p[head.n] & 0xc0) == 0x80)
		head.n--;
	/* Escapes grow fourfold; with as many the line would be too long. */
	message_line_clean(out, all_shown(head, charset) ? head : str_head(head, 200), charset);
}

bool message_line_xtext(struct buf *out, struct str s)
{
	uint32_t cp = 0;

	for (size_t n; s.n > 0; s = str_skip(s, n)) {
		n = text_utf8(s, &cp);
		if (n == 0 || cp < ' ' || (cp >= 0x7f && cp < 0xa0))
			return false;
		if (cp > ' ' && cp < 0x7f && !str_has(STR("+=\\"), s.p[0]))
			buf_addc(out, s.p[0]);
		else
			buf_addf(out, "\\x{%02X}", (unsigned)cp);
	}
	return true;
}

/* How many characters s has. */
static size_t columns(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

/* The next word, or as much of it as a line may hold, cut off between characters. */
static bool next_piece(struct str *s, struct str *piece)
{
	struct str rest = *s;

	if (!str_word(&rest, piece))
		return false;
	if (piece->n > WORD_OCTETS) {
		size_t n = WORD_OCTETS;
		while (n > WORD_OCTETS - 4 && ((unsigned char)piece->p[n] & 0xc0) == 0x80)
			n--;
		*piece = str_head(*piece, n);
		rest = (struct str){ piece->p + n, (size_t)(s->p + s->n - (piece->p + n)) };
	}
	*s = rest;
	return true;
}

void message_line_field(struct buf *out, struct str name, struct str value)
{
	size_t column = name.n + 1;
	struct str word;

	buf_add(out, name);
	buf_addc(out, ':');
	for (bool first = true; next_piece(&value, &word); first = false) {
		size_t width = columns(word);
		if (!first && column + 1 + width > FOLD_COLUMN) {
			buf_add(out, STR("\r\n"));
			column = 0;
		}
		buf_addc(out, ' ');
		buf_add(out, word);
		column += 1 + width;
	}
	buf_add(out, STR("\r\n"));
}

/* One line, cleaned, that is too long: wrapped, its own indentation kept in front of each part. */
static void wrap_line(struct buf *out, struct str line, struct str indent)
{
	size_t own = 0, column = 0;
	struct str word;

	while (own < line.n && own < WRAP_COLUMN / 4 && line.p[own] == ' ')
		own++;
	for (struct str rest = line; next_piece(&rest, &word);) {
		size_t width = columns(word);
		if (column && column + 1 + width > WRAP_COLUMN) {
			buf_add(out, STR("\r\n"));
			column = 0;
		}
		if (column) {
			buf_addc(out, ' ');
			column++;
		} else {
			buf_add(out, indent);
			buf_add(out, str_head(line, own));
			column = indent.n + own;
		}
		buf_add(out, word);
		column += width;
	}
	buf_add(out, STR("\r\n"));
}

void message_line_wrap(struct buf *out, struct str text, struct str indent)
{
	struct buf clean = BUF_MAX(4 * text.n + 1);
	struct str line;

	while (str_line(&text, &line)) {
		buf_clear(&clean);
		message_line_clean(&clean, line, MESSAGE_LINE_UTF8);
		struct str s = buf_str(&clean);
		while (str_ends(s, STR(" ")))
			s.n--;
		if (s.n == 0) {
			buf_add(out, STR("\r\n"));
		} else if (indent.n + columns(s) > WRAP_COLUMN) {
			wrap_line(out, s, indent);
		} else {
			buf_add(out, indent);
			buf_add(out, s);
			buf_add(out, STR("\r\n"));
		}
		if (buf_err(&clean) != ERR_OK)
			out->err = buf_err(&clean);
	}
	buf_free(&clean);
}
