#include "message/converter.h"

#include "base/test.h"
#include "base/text.h"

#include <iconv.h>
#include <link.h>

#define BAD "\xef\xbf\xbd"

static const struct {
	const char *name;
	struct str octets;
	bool good;
	struct str text;
} cases[] = {
	{ "ISO-2022-JP", STR_INIT("[payroll] \x1b$B5kM?\x1b(B"), true, STR_INIT("[payroll] 給与") },
	{ "iso-2022-jp", STR_INIT("\x1b$B5kM?"), true, STR_INIT("給与") },
	{ "iso-2022-jp", STR_INIT("a\x1b$B5"), false, STR_INIT("a5") },
	{ "gb2312", STR_INIT("\xb9\xa4\xd7\xca"), true, STR_INIT("工资") },
	{ "gb_2312-80", STR_INIT("\xb9\xa4\xd7\xca"), true, STR_INIT("工资") },
	{ "x-sjis", STR_INIT("\x8b\x8b\x97^"), true, STR_INIT("給与") },
	{ "ks_c_5601-1987", STR_INIT("\xb1\xde\xbf\xa9"), true, STR_INIT("급여") },
	{ "KSC_5601", STR_INIT("\xb1\xde\xbf\xa9"), true, STR_INIT("급여") },
	{ "x-x-big5", STR_INIT(""), true, STR_INIT("(none)") },
	{ "cp-437", STR_INIT("\x84"), true, STR_INIT("ä") },
	{ "ibm437", STR_INIT("\x84"), true, STR_INIT("ä") },
	{ "cp874",
	  STR_INIT("\xff"
		   "a"),
	  false, STR_INIT(BAD "a") },
	{ "jus_i.b1.002", STR_INIT("\x5b\x80\0"), false, STR_INIT("Š" BAD "\0") },
	{ "ebcdic-uk", STR_INIT("\x41\xc1"), false, STR_INIT("AA") },
	{ "big5", STR_INIT("a\xa4"), false, STR_INIT("a" BAD) },
	{ "euc-jp",
	  STR_INIT("\xff"
		   "a\xb5\xeb"),
	  false, STR_INIT(BAD "a給") },
	{ "utf-16",
	  STR_INIT("\xff\xfe"
		   "a\0"),
	  true, STR_INIT("a") },
	{ "utf-16",
	  STR_INIT("\xff\xfe"
		   "a\0\xff\xfe"
		   "b\0"),
	  true, STR_INIT("ab") },
	/* Without a mark the big end is first, on any machine. */
	{ "utf-16", STR_INIT("\0a\0b"), true, STR_INIT("ab") },
	{ "UTF16", STR_INIT("\xfe\xff\0a"), true, STR_INIT("a") },
	{ "utf-16", STR_INIT("\xd8\x3d\xde\x00"), true, STR_INIT("😀") },
	{ "utf-16", STR_INIT("\0a\xd8\x3d"), false, STR_INIT("a" BAD "=") },
	{ "unicode", STR_INIT("\0a"), true, STR_INIT("a") },
	{ "csUnicode",
	  STR_INIT("\xff\xfe"
		   "a\0"),
	  true, STR_INIT("a") },
	{ "ucs-2", STR_INIT("\0a"), true, STR_INIT("a") },
	{ "ucs2", STR_INIT("\xfe\xff\0a"), true, STR_INIT("a") },
	{ "ucs2",
	  STR_INIT("\xff\xfe"
		   "a\0"),
	  true, STR_INIT("a") },
	{ "iso-10646-ucs-2", STR_INIT("\0a"), true, STR_INIT("a") },
	{ "utf-32", STR_INIT("\0\0\0a"), true, STR_INIT("a") },
	{ "utf-32",
	  STR_INIT("\xff\xfe\0\0"
		   "a\0\0\0"),
	  true, STR_INIT("a") },
	{ "utf-32", STR_INIT("\0\0\xfe\xff\0\0\0a"), true, STR_INIT("a") },
	{ "iso-10646-ucs-4", STR_INIT("\0\0\0a"), true, STR_INIT("a") },
	{ "utf-16le", STR_INIT("a\0"), true, STR_INIT("a") },
	{ "utf-16be", STR_INIT("\0a"), true, STR_INIT("a") },
	/* ... unless it is plain text only with the little end first. */
	{ "utf-16", STR_INIT("a\0\xe4\0"), true, STR_INIT("aä") },
	{ "ucs-2", STR_INIT("a\0b\0"), true, STR_INIT("ab") },
	{ "utf-32", STR_INIT("a\0\0\0"), true, STR_INIT("a") },
	{ "utf-16", STR_INIT("\x4e\0\x4e\x01"), true, STR_INIT("一丁") },
	{ "utf-16", STR_INIT("\xfe\xff\x4e\0"), true, STR_INIT("一") },
	{ "utf-16", STR_INIT("a\0\0"), false,
	  STR_INIT("愀"
		   "\0") },
	{ "utf-16", STR_INIT(""), true, STR_INIT("") },
	{ "utf-7", STR_INIT("a+AOQ-b"), true, STR_INIT("aäb") },
	{ "cp1255", STR_INIT("\xe0"), true, STR_INIT("א") }, /* held back for an accent */
	{ "cp1255", STR_INIT("\xe0\xc7"), true, STR_INIT("\xef\xac\xae") },
	{ "utf-8", STR_INIT("\xc3\xa4"), true, STR_INIT("ä") },
	/* Converters of glibc that fail with nothing left. */
	{ "iso-2022-cn-ext", STR_INIT("\x0e"), false, STR_INIT(BAD) },
	{ "windows-949", STR_INIT("\xa2\xe8"), false, STR_INIT(BAD) },
	{ "euc-kr", STR_INIT(""), true, STR_INIT("") },
	{ "hz-gb-2312", STR_INIT(""), true, STR_INIT("(none)") },
	{ "", STR_INIT(""), true, STR_INIT("(none)") },
	{ "x-", STR_INIT(""), true, STR_INIT("(none)") },
	{ "x-unknown", STR_INIT(""), true, STR_INIT("(none)") },
	{ "utf-8//translit", STR_INIT(""), true, STR_INIT("(none)") },
	{ "../../x", STR_INIT(""), true, STR_INIT("(none)") },
};

static void check_cases(void)
{
	struct buf out = BUF_MAX(256);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct message_converter *c = message_converter_find(str_of(cases[i].name));
		buf_clear(&out);
		bool good = true;
		if (c)
			good = message_converter_decode(c, &out, cases[i].octets);
		else
			buf_add(&out, STR("(none)"));
		CHECK_STR(cases[i].name, buf_str(&out), cases[i].text);
		CHECK_INT(cases[i].name, good, cases[i].good);
	}
	buf_free(&out);
}

/* More than one turn gives, in which each character is whole. */
static void check_long(void)
{
	struct buf octets = BUF_MAX(60000), out = BUF_MAX(100000);

	for (int i = 0; i < 20000; i++)
		buf_add(&octets, STR("\xb5\xeb"));
	buf_add(&octets, STR("\xb5"));
	struct message_converter *c = message_converter_find(STR("euc-jp"));
	CHECK_INT("cut at the end", message_converter_decode(c, &out, buf_str(&octets)), false);
	CHECK_INT("long", (long long)out.n, 20000 * 3 + 3);
	CHECK_INT("long", text_is_utf8(buf_str(&out)), true);
	buf_free(&octets), buf_free(&out);
}

static const char *const names[] = {
#define NAME(name) name,
#include "message/converters.def"
};

/* Whatever octets come, a converter ends, and gives UTF-8. */
static void check_any(void)
{
	struct buf out = BUF_MAX(1024);
	uint32_t random = 20261130;
	char octets[6];

	for (size_t i = 0; i < COUNT_OF(names) * 400; i++) {
		size_t n = 1 + i % sizeof(octets);
		for (size_t k = 0; k < n; k++) {
			random = random * 1664525 + 1013904223;
			/* Shifts, escapes and lead octets more often than not. */
			octets[k] =
				(char)(random >> 30 ? 0x80 | random >> 24 : random >> 25 & 0x1f);
		}
		struct message_converter *c =
			message_converter_find(str_of(names[i % COUNT_OF(names)]));
		buf_clear(&out);
		(void)!message_converter_decode(c, &out, (struct str){ octets, n });
		CHECK_INT(names[i % COUNT_OF(names)], text_is_utf8(buf_str(&out)), true);
	}
	buf_free(&out);
}

/* Appends what iconv() makes of it; false where it cannot. */
static bool read_by_iconv(const char *name, char *octets, size_t n, struct buf *out)
{
	char text[64], *at = text;
	size_t room = sizeof(text);
	iconv_t to = iconv_open("UTF-8", name);

	if (to == (iconv_t)-1)
		return false;
	bool good =
		iconv(to, &octets, &n, &at, &room) == 0 && iconv(to, NULL, NULL, &at, &room) == 0;
	(void)iconv_close(to);
	buf_add(out, (struct str){ text, (size_t)(at - text) });
	return good;
}

/* What is no text of its charset is for none; all else is as iconv() has it, octet by octet. */
static void check_same(const char *name, char *octets, size_t n)
{
	struct buf ours = BUF_MAX(64), theirs = BUF_MAX(64);
	struct message_converter *c = message_converter_find(str_of(name));
	bool good = c && message_converter_decode(c, &ours, (struct str){ octets, n });

	CHECK_INT(name, good, read_by_iconv(name, octets, n, &theirs));
	if (good)
		CHECK_STR(name, buf_str(&ours), buf_str(&theirs));
	buf_free(&ours), buf_free(&theirs);
}

/* One name of each charset in which an octet is a character. */
static void check_tables(void)
{
	static const char *const of[] = {
		"437",         "CP037",  "CP1026",     "CP1046",      "CP1252",    "CP737",
		"CP864",       "CP874",  "CP866NAV",   "ARMSCII-8",   "BRF",       "EBCDIC-UK",
		"GEORGIAN-PS", "GREEK7", "HP-ROMAN8",  "ISO-8859-16", "ISO646-SE", "KOI8-T",
		"MACINTOSH",   "MIK",    "NEXTSTEP",   "PT154",       "RK1048",    "TIS-620",
		"US-ASCII",    "VISCII", "WIN-SAMI-2",
	};

	for (size_t i = 0; i < COUNT_OF(of); i++) {
		for (unsigned octet = 0; octet < 256; octet++) {
			char two[] = { (char)octet, (char)(octet ^ 0x55) };
			check_same(of[i], two, 1);
			check_same(of[i], two, 2);
		}
	}
}

static int note_loads(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	*(unsigned long long *)arg = info->dlpi_adds;
	return 1;
}

/*
 * Every name is found: the list is in the order in which it is searched.  And each decodes without
 * an object being loaded for it: the daemon, once confined, can load none.
 */
static void check_names(void)
{
	unsigned long long before = 0, after = 0;

	message_converter_open();
	(void)dl_iterate_phdr(note_loads, &before);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct buf out = BUF_MAX(64);
		struct message_converter *c = message_converter_find(str_of(names[i]));
		CHECK_INT(names[i], c != NULL, true);
		if (c)
			(void)!message_converter_decode(c, &out, STR("a"));
		CHECK_INT(names[i], buf_err(&out), ERR_OK);
		buf_free(&out);
	}
	(void)dl_iterate_phdr(note_loads, &after);
	CHECK_INT("nothing is loaded", (long long)(after - before), 0);
}

int main(void)
{
	check_names();
	check_cases();
	check_long();
	check_any();
	check_tables();
	return TEST_EXIT();
}
