#include "smtp/xtext.h"

#include "base/text.h"

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
