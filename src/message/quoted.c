#include "message/quoted.h"

#include "base/text.h"

#define LINE_MAX 75  /* octets before the "=" that breaks a line */
#define MEND_MAX 900 /* likewise, in what somebody else has encoded */

/* Octets of the line end at the start of s; none where it is no CR LF. */
static size_t line_end(struct str s)
{
	return str_starts(s, STR("\r\n")) ? 2 : 0;
}

/* Whether the octet that s begins with may stand as it is. */
static bool is_plain(struct str s)
{
	char c = s.p[0];

	if (c == ' ' || c == '\t') /* not at the end of a line: transports drop it there */
		return s.n > 1 && line_end(str_skip(s, 1)) == 0;
	return c > ' ' && c <= '~' && c != '=';
}

static void add_code(struct buf *out, char c)
{
	buf_addf(out, "=%02X", (unsigned)(unsigned char)c);
}

/* Whether what text begins with can be told: line end, code, or a line's end behind white space. */
static bool is_told(struct str text, enum message_quoted_place place)
{
	return text.n >= 3 || (text.n > 0 && place == MESSAGE_QUOTED_LAST);
}

/* A line that we begin does not begin with "-", as the line of a boundary does. */
size_t message_quoted_write_some(struct buf *out, struct str text, enum message_quoted_place place,
				 size_t *column)
{
	size_t before = text.n;

	while (is_told(text, place)) {
		size_t end = line_end(text), width = is_plain(text) ? 1 : 3;
		if (end > 0) {
			buf_add(out, STR("\r\n"));
			*column = 0;
			text = str_skip(text, end);
			continue;
		}
		if (*column + width > LINE_MAX) {
			buf_add(out, STR("=\r\n"));
			*column = 0;
			if (text.p[0] == '-')
				width = 3;
		}
		if (width == 1)
			buf_addc(out, text.p[0]);
		else
			add_code(out, text.p[0]);
		*column += width;
		text = str_skip(text, 1);
	}
	return before - text.n;
}

void message_quoted_write(struct buf *out, struct str text)
{
	size_t column = 0;

	(void)message_quoted_write_some(out, text, MESSAGE_QUOTED_LAST, &column);
}

/* Whether s begins with what is encoded already, or with what breaks a line. */
static bool is_code(struct str s)
{
	static const struct str digits = STR_INIT("0123456789ABCDEFabcdef");

	return s.n >= 3 && s.p[0] == '=' && str_has(digits, s.p[1]) && str_has(digits, s.p[2]);
}

size_t message_quoted_mend(struct buf *out, struct str encoded, enum message_quoted_place place,
			   size_t *column)
{
	size_t before = encoded.n;

	while (is_told(encoded, place)) {
		size_t end = line_end(encoded), width = is_code(encoded) ? 3 : 1;
		char c = encoded.p[0];
		bool bad = c & 0x80 || (end == 0 && str_has(STR("\r\n\0"), c));
		if (end == 0 && *column > MEND_MAX) {
			buf_add(out, STR("=\r\n"));
			*column = 0;
			bad |= c == '-';
		}
		if (bad)
			add_code(out, c);
		else
			buf_add(out, str_head(encoded, end ? end : width));
		*column = end ? 0 : *column + 3;
		encoded = str_skip(encoded, end ? end : width);
	}
	return before - encoded.n;
}

void message_quoted_read(struct buf *out, struct str encoded)
{
	while (encoded.n > 0) {
		struct str code = str_head(str_skip(encoded, 1), 2);
		size_t used = 3;
		if (encoded.p[0] != '=' || (!str_eq(code, STR("\r\n")) &&
					    (code.n < 2 || text_unhex(out, code) != ERR_OK))) {
			buf_addc(out, encoded.p[0]);
			used = 1;
		}
		encoded = str_skip(encoded, used);
	}
}
