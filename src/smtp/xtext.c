#include "smtp/xtext.h"

#include "base/text.h"
#include "message/line.h"

/* The value of a hexadecimal digit, upper case as the RFCs have it; -1: none. */
static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* xchar and qchar: printable, but the two that xtext gives a meaning. */
static bool is_plain(char c)
{
	return c >= '!' && c <= '~' && c != '+' && c != '=';
}

static bool is_printable(uint32_t c)
{
	return c >= ' ' && c <= '~';
}

bool smtp_xtext_ok(struct str s)
{
	while (s.n > 0) {
		if (is_plain(s.p[0])) {
			s = str_skip(s, 1);
			continue;
		}
		/* hexchar = "+" 2(%x30-39 / %x41-46) */
		if (s.n < 3 || s.p[0] != '+' || hex(s.p[1]) < 0 || hex(s.p[2]) < 0)
			return false;
		if (!is_printable((uint32_t)(hex(s.p[1]) * 16 + hex(s.p[2]))))
			return false;
		s = str_skip(s, 3);
	}
	return true;
}

/* EmbeddedUnicodeChar = "\x{" two to six digits "}", taken off the front of *s */
static bool take_embedded(struct str *s)
{
	struct str digits, rest = str_skip(*s, 3);
	uint32_t c = 0;

	if (!str_starts(*s, STR("\\x{")) || !str_cut(&rest, '}', &digits))
		return false;
	if (digits.n < 2 || digits.n > 6)
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		if (hex(digits.p[i]) < 0)
			return false;
		c = c * 16 + (uint32_t)hex(digits.p[i]);
	}
	*s = rest;
	return is_printable(c) || (c > 0x9f && c < 0xd800) || (c > 0xdfff && c <= 0x10ffff);
}

bool smtp_xtext_utf8_ok(struct str s)
{
	while (s.n > 0) {
		if (s.p[0] == '\\') {
			if (!take_embedded(&s))
				return false;
			continue;
		}
		size_t n = is_plain(s.p[0])               ? 1
			   : (unsigned char)s.p[0] < 0x80 ? 0
							  : text_utf8(s, NULL);
		if (n == 0)
			return false;
		s = str_skip(s, n);
	}
	return true;
}

/* Append a text that is sound but for what is not ASCII in it, with that in ASCII. */
static void add_unitext(struct buf *out, struct str s)
{
	for (size_t n; s.n > 0; s = str_skip(s, n)) {
		n = (unsigned char)s.p[0] < 0x80 ? 1 : text_utf8(s, NULL);
		if (n == 1)
			buf_addc(out, s.p[0]);
		else
			(void)message_line_xtext(out, str_head(s, n));
	}
}

/* Append the octets that s stands for, as xtext whose octets may be any.  False: it is none. */
static bool decode(struct buf *out, struct str s)
{
	while (s.n > 0) {
		if (is_plain(s.p[0]) || (unsigned char)s.p[0] >= 0x80) {
			buf_addc(out, s.p[0]);
			s = str_skip(s, 1);
			continue;
		}
		if (s.n < 3 || s.p[0] != '+' || hex(s.p[1]) < 0 || hex(s.p[2]) < 0)
			return false;
		buf_addc(out, (char)(hex(s.p[1]) * 16 + hex(s.p[2])));
		s = str_skip(s, 3);
	}
	return true;
}

/* addr-type = atom */
static bool is_type(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '!' || s.p[i] > '~' || str_has(STR("()<>@,:\\\".[]+="), s.p[i]))
			return false;
	return s.n > 0;
}

bool smtp_xtext_orcpt(struct buf *out, struct str value)
{
	CLEANUP(buf_free) struct buf plain = BUF_MAX(value.n);
	struct str text = value, type;
	size_t before = out->n;
	bool usable = true;

	if (!str_cut(&text, ';', &type) || !is_type(type) || text.n == 0)
		return false;
	if (smtp_xtext_ok(text)) {
		buf_add(out, value);
	} else if (str_eq_nocase(type, STR("utf-8")) && smtp_xtext_utf8_ok(text)) {
		buf_add(out, STR("utf-8;"));
		add_unitext(out, text);
	} else {
		buf_add(out, STR("utf-8;"));
		usable = str_eq_nocase(type, STR("rfc822")) && decode(&plain, text) &&
			 message_line_xtext(out, buf_str(&plain));
	}
	if (buf_err(&plain) != ERR_OK)
		out->err = buf_err(&plain);
	if (!usable)
		out->n = before;
	return usable;
}
