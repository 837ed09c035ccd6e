#include "base/text.h"

#include "base/test.h"

#include <string.h>

static const struct {
	struct str plain, coded;
} base64[] = {
	{ STR_INIT(""), STR_INIT("") },
	{ STR_INIT("f"), STR_INIT("Zg==") },
	{ STR_INIT("fo"), STR_INIT("Zm8=") },
	{ STR_INIT("foo"), STR_INIT("Zm9v") },
	{ STR_INIT("foob"), STR_INIT("Zm9vYg==") },
	{ STR_INIT("\xff\xfe\0"), STR_INIT("//4A") },
};

static const struct str not_base64[] = { STR_INIT("Z"),      STR_INIT("Zg= ="), STR_INIT("Zh=="),
					 STR_INIT("Zm9v\n"), STR_INIT("===="),  STR_INIT("Zg===") };

static const struct {
	const char *label;
	struct str in;
	size_t n;
	uint32_t cp;
} utf8[] = {
	{ "nothing", STR_INIT(""), 0, 0 },
	{ "ASCII", STR_INIT("a"), 1, 'a' },
	{ "two", STR_INIT("\xc3\xa9"), 2, 0xe9 },
	{ "three", STR_INIT("\xe2\x82\xac"), 3, 0x20ac },
	{ "four", STR_INIT("\xf0\x9f\x93\xae"), 4, 0x1f4ee },
	{ "last", STR_INIT("\xf4\x8f\xbf\xbf"), 4, 0x10ffff },
	{ "past the last", STR_INIT("\xf4\x90\x80\x80"), 0, 0 },
	{ "overlong two", STR_INIT("\xc1\xbf"), 0, 0 },
	{ "overlong three", STR_INIT("\xe0\x9f\xbf"), 0, 0 },
	{ "overlong four", STR_INIT("\xf0\x8f\xbf\xbf"), 0, 0 },
	{ "surrogate", STR_INIT("\xed\xa0\x80"), 0, 0 },
	{ "cut short", STR_INIT("\xe2\x82"), 0, 0 },
	{ "tail alone", STR_INIT("\x82"), 0, 0 },
	{ "no tail", STR_INIT("\xc3\x28"), 0, 0 },
};

static const struct {
	const char *label;
	struct str in, out;
} escapes[] = {
	{ "plain", STR_INIT("250 ok"), STR_INIT("250 ok") },
	{ "line break", STR_INIT("a\r\nb"), STR_INIT("a\\x0d\\x0ab") },
	{ "backslash", STR_INIT("a\\b"), STR_INIT("a\\\\b") },
	{ "UTF-8 stays", STR_INIT("\xc3\xa9!"), STR_INIT("\xc3\xa9!") },
	{ "no UTF-8", STR_INIT("\xc3!"), STR_INIT("\\xc3!") },
	{ "C1", STR_INIT("\xc2\x9b"), STR_INIT("\\xc2\\x9b") },
	{ "line separator", STR_INIT("\xe2\x80\xa8"), STR_INIT("\\xe2\\x80\\xa8") },
	{ "nothing to see", STR_INIT("DNSSEC\xe2\x80\x8b"), STR_INIT("DNSSEC\\xe2\\x80\\x8b") },
	{ "turned round", STR_INIT("\xe2\x80\xae"), STR_INIT("\\xe2\\x80\\xae") },
	{ "no-break space", STR_INIT("\xc2\xa0"), STR_INIT("\\xc2\\xa0") },
	{ "Hangul filler", STR_INIT("\xe3\x85\xa4"), STR_INIT("\\xe3\\x85\\xa4") },
	{ "a tag", STR_INIT("\xf3\xa0\x81\x81!"), STR_INIT("\\xf3\\xa0\\x81\\x81!") },
	{ "letter beyond the BMP", STR_INIT("\xf0\x9f\x93\xae"), STR_INIT("\xf0\x9f\x93\xae") },
	{ "DEL", STR_INIT("\x7f"), STR_INIT("\\x7f") },
	{ "NUL", STR_INIT("\0"), STR_INIT("\\x00") },
};

/* Each octet at each place, since they are looked at eight at a time, and 32. */
static void each_octet(void)
{
	char octets[44];

	for (int c = 0; c < 256; c++) {
		bool plain = c >= 0x20 && c < 0x7f && c != '\\' && c != '"';
		for (size_t at = 0; at < sizeof(octets); at++) {
			struct str s = { octets, sizeof(octets) };
			memset(octets, 'a', sizeof(octets));
			octets[at] = (char)c;
			CHECK_INT("plain up to it", (long long)text_plain(s),
				  (long long)(plain ? s.n : at));
			CHECK_INT("ASCII", text_is_ascii(s), c < 128);
			CHECK_INT("ASCII before it", text_is_ascii(str_head(s, at)), true);
		}
	}
}

/* DerivedGeneralCategory.txt of Unicode 15.0: Cf, Zl, Zp, Zs, but the space. */
static const struct {
	uint32_t first, last;
} unseen[] = {
	{ 0xa0, 0xa0 },       { 0xad, 0xad },       { 0x600, 0x605 },     { 0x61c, 0x61c },
	{ 0x6dd, 0x6dd },     { 0x70f, 0x70f },     { 0x890, 0x891 },     { 0x8e2, 0x8e2 },
	{ 0x1680, 0x1680 },   { 0x180e, 0x180e },   { 0x2000, 0x200f },   { 0x2028, 0x202f },
	{ 0x205f, 0x2064 },   { 0x2066, 0x206f },   { 0x3000, 0x3000 },   { 0xfeff, 0xfeff },
	{ 0xfff9, 0xfffb },   { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0001, 0xe0001 }, { 0xe0020, 0xe007f },
};

/* Beside what shows nothing there is what is to be read: none of these may be escaped. */
static const uint32_t shown[] = { 0x20,   0x7e,   0xa1,   0xac,   0xae,   0x5ff,  0x606,  0x1681,
				  0x2010, 0x2027, 0x2030, 0x205e, 0x2070, 0x27ff, 0x2801, 0x2fff,
				  0x3001, 0xfdff, 0xfe10, 0xfffc, 0xfffd, 0x1f600 };

static void hiding(void)
{
	for (size_t i = 0; i < COUNT_OF(unseen); i++)
		for (uint32_t cp = unseen[i].first; cp <= unseen[i].last; cp++)
			if (!text_is_hidden(cp))
				CHECK_INT("is seen", cp, 0);
	for (size_t i = 0; i < COUNT_OF(shown); i++)
		if (text_is_hidden(shown[i]))
			CHECK_INT("is not seen", shown[i], 0);
}

static void escaping(void)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(64);

	for (size_t i = 0; i < COUNT_OF(escapes); i++) {
		buf_clear(&b);
		text_escape(&b, escapes[i].in);
		CHECK_STR(escapes[i].label, buf_str(&b), escapes[i].out);
		buf_clear(&b);
		text_unescape(&b, escapes[i].out);
		CHECK_STR(escapes[i].label, buf_str(&b), escapes[i].in);
	}
	buf_clear(&b);
	text_unescape(&b, STR("\\ \\y \\x \\x4 \\x4g \\x"));
	CHECK_STR("no escape", buf_str(&b), STR("\\ \\y \\x \\x4 \\x4g \\x"));
	buf_clear(&b);
	text_escape_own(&b, STR("a\\*\xe2\x80\x8b\\\\"));
	CHECK_STR("our own", buf_str(&b), STR("a\\*\\xe2\\x80\\x8b\\\\"));
	buf_clear(&b);
	text_unescape_own(&b, STR("a\\*\\xe2\\x80\\x8b\\\\"));
	CHECK_STR("our own", buf_str(&b), STR("a\\*\xe2\x80\x8b\\\\"));
}

int main(void)
{
	each_octet();
	hiding();
	CLEANUP(buf_free) struct buf b = BUF_MAX(1000);

	for (size_t i = 0; i < COUNT_OF(base64); i++) {
		buf_clear(&b);
		text_base64(&b, base64[i].plain);
		CHECK_STR(base64[i].coded.p, buf_str(&b), base64[i].coded);
		buf_clear(&b);
		CHECK_INT(base64[i].coded.p, text_unbase64(&b, base64[i].coded), ERR_OK);
		CHECK_STR(base64[i].coded.p, buf_str(&b), base64[i].plain);
	}
	for (size_t i = 0; i < COUNT_OF(not_base64); i++)
		CHECK_INT(not_base64[i].p, text_unbase64(&b, not_base64[i]), ERR_SYNTAX);
	for (size_t i = 0; i < COUNT_OF(utf8); i++) {
		uint32_t cp = 0;
		CHECK_INT(utf8[i].label, (long long)text_utf8(utf8[i].in, &cp),
			  (long long)utf8[i].n);
		CHECK_INT(utf8[i].label, cp, utf8[i].cp);
		buf_clear(&b);
		if (utf8[i].n) {
			text_utf8_add(&b, cp);
			CHECK_STR(utf8[i].label, buf_str(&b), utf8[i].in);
		}
	}
	escaping();
	buf_clear(&b);
	for (uint64_t n = 0; n < 3; n++) {
		text_count(&b, n, "entry", "entries");
		buf_addc(&b, ' ');
	}
	text_line(&b);
	text_line(&b);
	CHECK_STR("a line", buf_str(&b), STR("0 entries 1 entry 2 entries \n"));
	b.n = 0;
	text_line(&b);
	for (uint64_t n = 0; n < 3; n++) {
		text_count(&b, n, "entry", "entries");
		buf_addc(&b, ' ');
	}
	CHECK_STR("counts", buf_str(&b), STR("0 entries 1 entry 2 entries "));
	buf_clear(&b);
	CHECK_INT("hex", text_unhex(&b, STR("00fFa0")), ERR_OK);
	CHECK_STR("hex", buf_str(&b), STR("\0\xff\xa0"));
	CHECK_INT("odd", text_unhex(&b, STR("0")), ERR_SYNTAX);
	CHECK_INT("not hex", text_unhex(&b, STR("0g")), ERR_SYNTAX);
	CHECK_INT("nothing", text_is_ascii(STR("")), true);
	CHECK_INT("controls too", text_is_ascii(STR("a\0\x7f\r\n")), true);
	CHECK_INT("an octet of 128", text_is_ascii(STR("a\x80z")), false);
	return TEST_EXIT();
}
