#include "term/glyph.h"

#include "base/text.h"
#include "base/unicode.h"

static const struct term_glyph escaped = { 1, sizeof("\\xHH") - 1, TERM_GLYPH_ESCAPED };

struct term_glyph term_glyph_at(struct str s, enum term_charset charset)
{
	uint32_t cp;
	size_t n;

	if (s.n == 0)
		return (struct term_glyph){ 0 };
	if (s.p[0] >= ' ' && s.p[0] < 0x7f)
		return (struct term_glyph){ 1, 1, TERM_GLYPH_AS_IS };
	if (charset == TERM_ASCII || (n = text_utf8(s, &cp)) == 0 || text_is_hidden(cp))
		return escaped;
	int width = unicode_width(cp);
	return width < 0 ? escaped : (struct term_glyph){ n, (size_t)width, TERM_GLYPH_AS_IS };
}

void term_glyph_add(struct buf *out, struct str s, enum term_charset charset)
{
	for (struct term_glyph g; (g = term_glyph_at(s, charset)).n; s = str_skip(s, g.n)) {
		if (g.form == TERM_GLYPH_ESCAPED)
			buf_addf(out, "\\x%02x", (unsigned char)s.p[0]);
		else
			buf_add(out, str_head(s, g.n));
	}
}

size_t term_glyph_width(struct str s, enum term_charset charset)
{
	size_t width = 0;

	for (struct term_glyph g; (g = term_glyph_at(s, charset)).n; s = str_skip(s, g.n))
		width += g.width;
	return width;
}

struct str term_glyph_fit(struct str s, size_t columns, enum term_charset charset)
{
	size_t n = 0, width = 0;

	for (struct term_glyph g; (g = term_glyph_at(str_skip(s, n), charset)).n; n += g.n) {
		width += g.width;
		if (width > columns)
			break;
	}
	return str_head(s, n);
}
