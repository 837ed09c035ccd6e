#include "base/text.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void text_hex(struct buf *out, struct str octets)
{
	for (size_t i = 0; i < octets.n; i++) {
		buf_addc(out, hex_digits[(unsigned char)octets.p[i] >> 4]);
		buf_addc(out, hex_digits[octets.p[i] & 15]);
	}
}

static int hex_value(char c)
{
	const char *at = c ? strchr(hex_digits, str_fold(c)) : NULL;

	return at ? (int)(at - hex_digits) : -1;
}

enum err text_unhex(struct buf *out, struct str digits)
{
	if (digits.n % 2)
		return ERR_SYNTAX;
	for (size_t i = 0; i < digits.n; i++)
		if (hex_value(digits.p[i]) < 0)
			return ERR_SYNTAX;
	for (size_t i = 0; i < digits.n; i += 2)
		buf_addc(out, (char)(hex_value(digits.p[i]) << 4 | hex_value(digits.p[i + 1])));
	return buf_err(out);
}

void text_base64(struct buf *out, struct str octets)
{
	for (size_t i = 0; i < octets.n; i += 3) {
		size_t have = octets.n - i < 3 ? octets.n - i : 3;
		uint32_t v = 0;
		for (size_t j = 0; j < 3; j++)
			v = v << 8 | (j < have ? (unsigned char)octets.p[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			buf_addc(out, j <= have ? base64_digits[v >> (18 - 6 * j) & 63] : '=');
	}
}

static int base64_value(char c)
{
	const char *at = c ? strchr(base64_digits, c) : NULL;

	return at ? (int)(at - base64_digits) : -1;
}

enum err text_unbase64(struct buf *out, struct str text)
{
	uint32_t v = 0;
	unsigned bits = 0;

	if (text.n % 4 == 0)
		for (int i = 0; i < 2 && str_ends(text, STR("=")); i++)
			text.n--;
	if (text.n % 4 == 1)
		return ERR_SYNTAX;
	for (size_t i = 0; i < text.n; i++) {
		int digit = base64_value(text.p[i]);
		if (digit < 0)
			return ERR_SYNTAX;
		v = v << 6 | (uint32_t)digit;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_addc(out, (char)(v >> bits));
		}
	}
	if (v & ((1u << bits) - 1)) /* bits beyond the last octet must be zero */
		return ERR_SYNTAX;
	return buf_err(out);
}

size_t text_utf8(struct str s, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = s.n ? (unsigned char)s.p[0] : 0xff;
	size_t n = c < 0x80 ? 1 : c < 0xc0 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf8 ? 4 : 0;

	if (n == 0 || n > s.n)
		return 0;
	uint32_t v = n == 1 ? c : c & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s.p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | ((unsigned char)s.p[i] & 0x3f);
	}
	if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	if (cp)
		*cp = v;
	return n;
}

/* Eight octets at once. */
#define ONES UINT64_C(0x0101010101010101)
#define HIGH (ONES * 0x80)

static uint64_t word_at(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

bool text_is_ascii(struct str s)
{
	uint64_t any = 0;
	size_t i = 0;

	for (; s.n - i >= 32; i += 32)
		any |= word_at(s.p + i) | word_at(s.p + i + 8) | word_at(s.p + i + 16) |
		       word_at(s.p + i + 24);
	for (; s.n - i >= 8; i += 8)
		any |= word_at(s.p + i);
	for (; i < s.n; i++)
		any |= (unsigned char)s.p[i];
	return !(any & HIGH);
}

static inline bool is_plain(char c, bool quotes)
{
	return c >= 0x20 && c < 0x7f && c != '\\' && (quotes || c != '"');
}

/*
 * The same of eight: what is not plain has the highest bit, or gets it here.  A carry or a
 * borrow reaches the next octet only from one that has it already.
 */
static inline bool are_plain(uint64_t word, bool quotes)
{
	uint64_t backslash = (word ^ ONES * '\\') - ONES, mark = (word ^ ONES * '"') - ONES;

	return !((word | (word + ONES) | (word - ONES * 0x20) | backslash | (quotes ? 0 : mark)) &
		 HIGH);
}

/* How many octets at the start of s are plain; quotes: a quotation mark is, too. */
static inline size_t plain_run(struct str s, bool quotes)
{
	size_t i = 0;

	while (s.n - i >= 8 && are_plain(word_at(s.p + i), quotes))
		i += 8;
	/* The last of them: what was seen before is plain, so seen again it tells of the rest. */
	if (i > 0 && i < s.n && s.n - i < 8 && are_plain(word_at(s.p + s.n - 8), quotes))
		return s.n;
	while (i < s.n && is_plain(s.p[i], quotes))
		i++;
	return i;
}

size_t text_plain(struct str s)
{
	return plain_run(s, false);
}

bool text_is_utf8(struct str s)
{
	while (s.n) {
		size_t n = text_utf8(s, NULL);
		if (n == 0)
			return false;
		s = str_skip(s, n);
	}
	return true;
}

void text_utf8_add(struct buf *out, uint32_t cp)
{
	if (cp < 0x80) {
		buf_addc(out, (char)cp);
		return;
	}
	unsigned tail = cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3;
	buf_addc(out, (char)((0xf00u >> (tail + 1) & 0xff) | cp >> (6 * tail)));
	while (tail--)
		buf_addc(out, (char)(0x80 | (cp >> (6 * tail) & 0x3f)));
}

/*
 * Categories Cc (above ASCII), Cf, Zl, Zp and Zs of Unicode 15.0; and what shows nothing
 * though its category does not tell: Default_Ignorable_Code_Point of letters, marks and
 * what is not assigned, and the braille pattern without a dot.  In order.
 */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{ 0x7f, 0xa0 },       { 0xad, 0xad },       { 0x34f, 0x34f }, /* grapheme joiner */
	{ 0x600, 0x605 },     { 0x61c, 0x61c },     { 0x6dd, 0x6dd },
	{ 0x70f, 0x70f },     { 0x890, 0x891 },     { 0x8e2, 0x8e2 },
	{ 0x115f, 0x1160 },                       /* Hangul fillers */
	{ 0x1680, 0x1680 },   { 0x17b4, 0x17b5 }, /* Khmer vowels that are not written */
	{ 0x180b, 0x180f },                       /* Mongolian selectors and separator */
	{ 0x2000, 0x200f },   { 0x2028, 0x202f },   { 0x205f, 0x206f },
	{ 0x2800, 0x2800 },                       /* braille without a dot */
	{ 0x3000, 0x3000 },   { 0x3164, 0x3164 }, /* Hangul filler */
	{ 0xfe00, 0xfe0f },                       /* variation selectors */
	{ 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 }, /* Hangul filler, half wide */
	{ 0xfff0, 0xfffb },   { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },
	{ 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe0fff },
};

bool text_is_hidden(uint32_t cp)
{
	size_t low = 0, high = sizeof(hidden) / sizeof(hidden[0]);

	if (cp < hidden[0].first)
		return cp < 0x20;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (cp > hidden[mid].last)
			low = mid + 1;
		else if (cp < hidden[mid].first)
			high = mid;
		else
			return true;
	}
	return false;
}

/* How many octets at the start of s may be shown as they are. */
static size_t showable(struct str s)
{
	uint32_t cp = 0;
	size_t n = text_utf8(s, &cp);

	return cp == '\\' || text_is_hidden(cp) ? 0 : n;
}

static void escape(struct buf *out, struct str s, struct str backslash)
{
	size_t plain = 0;

	for (size_t i = 0; i < s.n;) {
		size_t n = plain_run(str_skip(s, i), true);
		if (n == 0)
			n = showable(str_skip(s, i));
		if (n) {
			i += n;
			continue;
		}
		buf_add(out, (struct str){ s.p + plain, i - plain });
		if (s.p[i] == '\\') {
			buf_add(out, backslash);
		} else {
			buf_add(out, STR("\\x"));
			text_hex(out, (struct str){ s.p + i, 1 });
		}
		plain = ++i;
	}
	if (plain < s.n)
		buf_add(out, str_skip(s, plain));
}

void text_escape(struct buf *out, struct str s)
{
	escape(out, s, STR("\\\\"));
}

void text_escape_own(struct buf *out, struct str s)
{
	escape(out, s, STR("\\"));
}

static void unescape(struct buf *out, struct str s, struct str backslash)
{
	for (size_t n; s.n > 0; s = str_skip(s, n)) {
		n = str_starts(s, backslash) ? backslash.n : 1;
		if (s.n >= 4 && str_starts(s, STR("\\x")) &&
		    text_unhex(out, str_head(str_skip(s, 2), 2)) == ERR_OK)
			n = 4;
		else
			buf_addc(out, s.p[0]);
	}
}

void text_unescape(struct buf *out, struct str s)
{
	unescape(out, s, STR("\\\\"));
}

void text_unescape_own(struct buf *out, struct str s)
{
	unescape(out, s, STR("\\"));
}

void text_count(struct buf *out, uint64_t n, const char *one, const char *many)
{
	buf_addu(out, n);
	buf_addc(out, ' ');
	buf_add(out, str_of(n == 1 ? one : many));
}

void text_line(struct buf *out)
{
	if (out->n && out->p[out->n - 1] != '\n')
		buf_addc(out, '\n');
}
