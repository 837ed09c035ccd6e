#include "message/word.h"

#include "base/test.h"

#define BAD "\xef\xbf\xbd"
#define MANY 100000

static const struct {
	const char *label;
	struct str text, want;
} cases[] = {
	{ "nothing", STR_INIT(""), STR_INIT("") },
	{ "no word", STR_INIT("a =? b ?= c"), STR_INIT("a =? b ?= c") },
	{ "Q", STR_INIT("=?utf-8?Q?G=C3=A4_x?="), STR_INIT("Gä x") },
	{ "Q in lower case", STR_INIT("=?UTF-8?q?=c3=a4?="), STR_INIT("ä") },
	{ "B", STR_INIT("=?utf-8?B?R8OkLg==?="), STR_INIT("Gä.") },
	{ "B without padding", STR_INIT("=?utf-8?b?R8Ok?="), STR_INIT("Gä") },
	{ "empty text", STR_INIT("a =?utf-8?Q?\?= b"), STR_INIT("a  b") },
	{ "language", STR_INIT("=?utf-8*de-CH?Q?=C3=A4?="), STR_INIT("ä") },
	{ "us-ascii", STR_INIT("=?US-ASCII?Q?a=41?="), STR_INIT("aA") },
	{ "us-ascii with more", STR_INIT("=?us-ascii?Q?a=e4?="), STR_INIT("a" BAD) },
	{ "iso-8859-1", STR_INIT("=?iso-8859-1?Q?=E4=A4?="), STR_INIT("ä¤") },
	{ "iso-8859-15", STR_INIT("=?ISO-8859-15?Q?=E4=A4=A6=A8=B4=B8=BC=BD=BE?="),
	  STR_INIT("ä€ŠšŽžŒœŸ") },
	{ "windows-1252", STR_INIT("=?windows-1252?Q?=E4=80=9f=84?="), STR_INIT("ä€Ÿ„") },
	{ "windows-1252, no character", STR_INIT("=?cp1252?Q?=81?="), STR_INIT(BAD) },
	{ "octets that are no UTF-8", STR_INIT("=?utf-8?Q?a=ffb?="), STR_INIT("a" BAD "b") },
	{ "octets outside of words", STR_INIT("\xff =?utf-8?Q?a?= \xfe"), STR_INIT(BAD " a " BAD) },
	{ "iso-8859-2", STR_INIT("=?ISO-8859-2?Q?=A3=F3d=BC?="), STR_INIT("Łódź") },
	{ "iso-8859-7", STR_INIT("=?iso_8859-7?Q?=C1=FE=D2?="), STR_INIT("Αώ" BAD) },
	{ "iso-8859-8-i", STR_INIT("=?iso-8859-8-i?Q?=F9?="), STR_INIT("ש") },
	{ "iso-8859-16", STR_INIT("=?iso8859-16?Q?=FE?="), STR_INIT("ț") },
	{ "windows-1251", STR_INIT("=?windows-1251?B?xvPq?="), STR_INIT("Жук") },
	{ "windows-1258", STR_INIT("=?cp1258?Q?=FE?="), STR_INIT("₫") },
	{ "windows-874", STR_INIT("=?windows-874?Q?=A1?="), STR_INIT("ก") },
	{ "koi8-r", STR_INIT("=?KOI8-R?B?9tXL?="), STR_INIT("Жук") },
	{ "koi8-u", STR_INIT("=?koi8-u?Q?=A4?="), STR_INIT("є") },
	{ "another charset", STR_INIT("=?iso-2022-jp?Q?a?="), STR_INIT("=?iso-2022-jp?Q?a?=") },
	{ "no such part", STR_INIT("=?iso-8859-12?Q?a?="), STR_INIT("=?iso-8859-12?Q?a?=") },
	{ "longer than a name", STR_INIT("=?cp12511?Q?a?="), STR_INIT("=?cp12511?Q?a?=") },
	{ "NUL", STR_INIT("=?koi8-r?Q?a=00?="), { "a\0", 2 } },
	{ "no charset", STR_INIT("=?\?Q?a?="), STR_INIT("=?\?Q?a?=") },
	{ "another encoding", STR_INIT("=?utf-8?X?a?="), STR_INIT("=?utf-8?X?a?=") },
	{ "no encoding", STR_INIT("=?utf-8?\?a?="), STR_INIT("=?utf-8?\?a?=") },
	{ "bad hex", STR_INIT("=?utf-8?Q?=4g?="), STR_INIT("=?utf-8?Q?=4g?=") },
	{ "half a hex", STR_INIT("=?utf-8?Q?a=4?="), STR_INIT("=?utf-8?Q?a=4?=") },
	{ "bad base64", STR_INIT("=?utf-8?B?R8.k?="), STR_INIT("=?utf-8?B?R8.k?=") },
	{ "space in a word", STR_INIT("=?utf-8?Q?a b?="), STR_INIT("=?utf-8?Q?a b?=") },
	{ "8 bit in a word", STR_INIT("=?utf-8?Q?ä?="), STR_INIT("=?utf-8?Q?ä?=") },
	{ "no end", STR_INIT("=?utf-8?Q?a"), STR_INIT("=?utf-8?Q?a") },
	{ "space for the last mark", STR_INIT("=?utf-8?Q?a ="), STR_INIT("=?utf-8?Q?a =") },
	{ "every octet of a text", STR_INIT("=?utf-8?Q?!\"#$%~?="), STR_INIT("!\"#$%~") },
	{ "where windows-1252 is as others", STR_INIT("=?cp1252?Q?=9f=a0=a1?="),
	  STR_INIT("Ÿ\xc2\xa0¡") },
	{ "no end but a mark", STR_INIT("=?utf-8?Q?a?"), STR_INIT("=?utf-8?Q?a?") },
	{ "bad after good", STR_INIT("=?utf-8?Q?a?= =?utf-8?Q?=?="), STR_INIT("a =?utf-8?Q?=?=") },
	{ "bad before good", STR_INIT("=?utf-8?Q?=?= =?utf-8?Q?a?="), STR_INIT("=?utf-8?Q?=?= a") },
	{ "good inside of bad", STR_INIT("=?x=?utf-8?Q?a?="), STR_INIT("=?xa") },
	{ "adjacent", STR_INIT("=?utf-8?Q?a?= \t =?utf-8?Q?b?="), STR_INIT("ab") },
	{ "adjacent, text after", STR_INIT("=?utf-8?Q?a?= =?utf-8?Q?b?= c"), STR_INIT("ab c") },
	{ "text between", STR_INIT("=?utf-8?Q?a?= - =?utf-8?Q?b?="), STR_INIT("a - b") },
	{ "text before", STR_INIT("Re: =?utf-8?Q?a?="), STR_INIT("Re: a") },
	{ "without space between", STR_INIT("x=?utf-8?Q?a?==?utf-8?Q?b?=y"), STR_INIT("xaby") },
	{ "in quotes and brackets", STR_INIT("\"=?utf-8?Q?a?=\" <(=?utf-8?Q?b?=)>"),
	  STR_INIT("\"a\" <(b)>") },
	{ "character split", STR_INIT("=?utf-8?Q?=C3?= =?utf-8?Q?=A4?="), STR_INIT("ä") },
	{ "character split, B after Q", STR_INIT("=?utf-8?Q?=C3?= =?UTF8?B?pA==?="),
	  STR_INIT("ä") },
	{ "not split between charsets", STR_INIT("=?utf-8?Q?=C3?= =?iso-8859-1?Q?=A4?="),
	  STR_INIT(BAD "¤") },
	{ "not split over text", STR_INIT("=?utf-8?Q?=C3?= - =?utf-8?Q?=A4?="),
	  STR_INIT(BAD " - " BAD) },
	{ "decoded once", STR_INIT("=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?="),
	  STR_INIT("=?utf-8?Q?a?=") },
};

static void check_large(const char *label, struct str part)
{
	struct buf text = BUF_MAX(MANY * 32), out = BUF_MAX(MANY * 32);

	for (int i = 0; i < MANY; i++)
		buf_add(&text, part);
	message_word_decode(&out, buf_str(&text));
	CHECK_STR(label, buf_str(&out), buf_str(&text));
	buf_free(&text), buf_free(&out);
}

int main(void)
{
	struct buf out = BUF_MAX(4096);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		buf_clear(&out);
		message_word_decode(&out, cases[i].text);
		CHECK_STR(cases[i].label, buf_str(&out), cases[i].want);
		CHECK_INT(cases[i].label, buf_err(&out), ERR_OK);
	}
	buf_free(&out);
	/* Beginnings of words without end: not the square of their number. */
	check_large("marks", STR("=?"));
	check_large("charsets", STR("=?utf-8?Q?a"));
	check_large("encodings", STR("=?utf-8?"));
	return TEST_EXIT();
}
