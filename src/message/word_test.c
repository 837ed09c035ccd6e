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
	{ "iso-2022-jp", STR_INIT("=?iso-2022-jp?B?W3BheXJvbGxdIBskQjVrTT8bKEI=?="),
	  STR_INIT("[payroll] 給与") },
	{ "gb2312", STR_INIT("=?gb2312?B?uaTXyiBwYXlyb2xs?="), STR_INIT("工资 payroll") },
	{ "a name that mail has", STR_INIT("=?gb_2312-80?B?uaTXyiBwYXlyb2xs?="),
	  STR_INIT("工资 payroll") },
	{ "character split, of several octets",
	  STR_INIT("=?shift_jis?B?iw==?= =?x-shift-jis?B?i5de?="), STR_INIT("給与") },
	{ "NUL", STR_INIT("=?koi8-r?Q?a=00?="), { "a\0", 2 } },
	{ "no charset", STR_INIT("=?\?Q?a?="), STR_INIT("=?\?Q?a?=") },
	{ "another encoding", STR_INIT("=?utf-8?X?a?="), STR_INIT("=?utf-8?X?a?=") },
	{ "no encoding", STR_INIT("=?utf-8?\?a?="), STR_INIT("=?utf-8?\?a?=") },
	{ "bad hex", STR_INIT("=?utf-8?Q?=4g=g4=41?="), STR_INIT("=4g=g4A") },
	{ "half a hex", STR_INIT("=?utf-8?Q?a=4?="), STR_INIT("a=4") },
	{ "bad base64", STR_INIT("=?utf-8?B?R8.Ok?="), STR_INIT("Gä") },
	{ "folded base64", STR_INIT("=?utf-8?B?R8\tO k?="), STR_INIT("Gä") },
	{ "base64 with more than its end", STR_INIT("=?utf-8?B?YQ==YQ==?="), STR_INIT("a") },
	{ "base64, a mark that fills nothing up", STR_INIT("=?utf-8?B?Y=W=Jj=YWJj?="),
	  STR_INIT("abcabc") },
	{ "base64, a mark in the third place", STR_INIT("=?utf-8?B?YW=Jj?="), STR_INIT("abc") },
	{ "base64, marks in front", STR_INIT("=?utf-8?B?==YWJj?="), STR_INIT("abc") },
	{ "base64, two marks, not side by side", STR_INIT("=?utf-8?B?YW=J=j?="), STR_INIT("ab") },
	{ "base64, marks with a blank between", STR_INIT("=?utf-8?B?YQ= =YWJj?="), STR_INIT("a") },
	{ "base64, a digit too many", STR_INIT("=?utf-8?B?R8OkR?="), STR_INIT("Gä") },
	{ "space in a word", STR_INIT("=?utf-8?Q?pay=72oll now?="), STR_INIT("payroll now") },
	{ "space before the text", STR_INIT("=?utf-8? Q?a?="), STR_INIT("=?utf-8? Q?a?=") },
	{ "space in a charset", STR_INIT("=?utf 8?Q?a?="), STR_INIT("=?utf 8?Q?a?=") },
	{ "8 bit in a word", STR_INIT("=?iso-8859-1?Q?\xe4?="), STR_INIT("ä") },
	{ "control in a word", STR_INIT("=?utf-8?Q?\x01?="), STR_INIT("=?utf-8?Q?\x01?=") },
	{ "DEL in a word", STR_INIT("=?utf-8?Q?\x7f?="), STR_INIT("=?utf-8?Q?\x7f?=") },
	{ "no end", STR_INIT("=?utf-8?Q?a"), STR_INIT("=?utf-8?Q?a") },
	{ "space for the last mark", STR_INIT("=?utf-8?Q?a ="), STR_INIT("=?utf-8?Q?a =") },
	{ "every octet of a text", STR_INIT("=?utf-8?Q?!\"#$%~?="), STR_INIT("!\"#$%~") },
	{ "where windows-1252 is as others", STR_INIT("=?cp1252?Q?=9f=a0=a1?="),
	  STR_INIT("Ÿ\xc2\xa0¡") },
	{ "no end but a mark", STR_INIT("=?utf-8?Q?a?"), STR_INIT("=?utf-8?Q?a?") },
	{ "bad after good", STR_INIT("=?utf-8?Q?a?= =?utf-8?Q?=?="), STR_INIT("a=") },
	{ "bad before good", STR_INIT("=?utf-8?Q?=?= =?utf-8?Q?a?="), STR_INIT("=a") },
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
	{ "question marks by Q", STR_INIT("=?utf-8?Q?Ready?\?= =?utf-8?q?_a?b=3F?="),
	  STR_INIT("Ready? a?b?") },
	{ "question marks by Q, the first end counts", STR_INIT("=?utf-8?Q?a?=41?="),
	  STR_INIT("a41?=") },
	{ "nothing but marks by Q", STR_INIT("=?utf-8?Q?\?\?\?="), STR_INIT("?\?") },
	{ "a mark by Q, no end", STR_INIT("=?utf-8?Q?a? b =?utf-8?Q?c?="),
	  STR_INIT("=?utf-8?Q?a? b c") },
	{ "marks by Q, no end of all", STR_INIT("=?utf-8?Q?a?b?"), STR_INIT("=?utf-8?Q?a?b?") },
	{ "question mark by B", STR_INIT("=?utf-8?B?YQ?YQ==?="), STR_INIT("=?utf-8?B?YQ?YQ==?=") },
	{ "decoded once", STR_INIT("=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?="),
	  STR_INIT("=?utf-8?Q?a?=") },
};

/* What is told of: .charsets has the room of 20 octets. */
static const struct {
	const char *label;
	struct str text, want, charsets;
} undecoded[] = {
	{ "all decoded", STR_INIT("\xff =?utf-8?Q?a?="), STR_INIT(BAD " a"), STR_INIT("") },
	{ "no such charset", STR_INIT("=?x-none?Q?pay=E4roll?="), STR_INIT("pay" BAD "roll"),
	  STR_INIT("x-none") },
	{ "of ASCII alone", STR_INIT("=?x-none*en?B?YQ==?="), STR_INIT("a"), STR_INIT("x-none") },
	{ "not of the charset", STR_INIT("=?utf-8?Q?a=ff?="), STR_INIT("a" BAD),
	  STR_INIT("utf-8") },
	{ "none by the table", STR_INIT("=?cp1252?Q?a=81?="), STR_INIT("a" BAD),
	  STR_INIT("cp1252") },
	{ "cut short", STR_INIT("=?big5?Q?a=A4?="), STR_INIT("a" BAD), STR_INIT("big5") },
	{ "each once", STR_INIT("=?x-n?Q?a?= =?X-N?Q?b?= c =?x-n?Q?d?= =?x-m?Q?e?="),
	  STR_INIT("ab c de"), STR_INIT("X-N x-m") },
	{ "no part of another", STR_INIT("=?x-n?Q?a?= =?x?Q?b?="), STR_INIT("ab"),
	  STR_INIT("x-n x") },
	{ "room", STR_INIT("=?x-345678901234567?Q?a?= =?x-?Q?b?= =?x-3?Q?c?="), STR_INIT("abc"),
	  STR_INIT("x-345678901234567 x-") },
	{ "no such part", STR_INIT("=?iso-8859-12?Q?a?="), STR_INIT("a"), STR_INIT("iso-8859-12") },
	{ "longer than a name", STR_INIT("=?cp12511?Q?a?="), STR_INIT("a"), STR_INIT("cp12511") },
};

static void check_undecoded(void)
{
	struct buf out = BUF_MAX(4096), charsets = BUF_MAX(20);

	for (size_t i = 0; i < COUNT_OF(undecoded); i++) {
		buf_clear(&out), buf_clear(&charsets);
		message_word_decode(&out, &charsets, undecoded[i].text);
		CHECK_STR(undecoded[i].label, buf_str(&out), undecoded[i].want);
		CHECK_STR(undecoded[i].label, buf_str(&charsets), undecoded[i].charsets);
		CHECK_INT(undecoded[i].label, buf_err(&charsets), ERR_OK);
	}
	struct str names = STR("x-n x-m");
	buf_clear(&out);
	while (message_word_note(&names, &out))
		buf_addc(&out, '\n');
	CHECK_STR("notes", buf_str(&out),
		  STR("note: a word in charset x-n is not decoded\n"
		      "note: a word in charset x-m is not decoded\n"));
	buf_free(&out), buf_free(&charsets);
}

static void check_large(const char *label, struct str part)
{
	struct buf text = BUF_MAX(MANY * 32), out = BUF_MAX(MANY * 32);

	for (int i = 0; i < MANY; i++)
		buf_add(&text, part);
	message_word_decode(&out, NULL, buf_str(&text));
	CHECK_STR(label, buf_str(&out), buf_str(&text));
	buf_free(&text), buf_free(&out);
}

static const struct {
	const char *label;
	struct str text, want;
} apart[] = {
	{ "a shift left open", STR_INIT("=?ISO-2022-JP?B?GyRC?= =?ISO-2022-JP?Q?pay?="),
	  STR_INIT("pay") },
	{ "half a character", STR_INIT("=?utf-8?Q?a=C3?= =?utf-8?Q?=A4b?="),
	  STR_INIT("a" BAD BAD "b") },
	{ "whole words", STR_INIT("x =?utf-8?Q?a?=\t=?utf-8?Q?=C3=A4?= y"), STR_INIT("x aä y") },
};

static void check_apart(void)
{
	struct buf out = BUF_MAX(256);

	for (size_t i = 0; i < COUNT_OF(apart); i++) {
		buf_clear(&out);
		message_word_decode_apart(&out, apart[i].text);
		CHECK_STR(apart[i].label, buf_str(&out), apart[i].want);
	}
	buf_free(&out);
}

int main(void)
{
	struct buf out = BUF_MAX(4096);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		buf_clear(&out);
		message_word_decode(&out, NULL, cases[i].text);
		CHECK_STR(cases[i].label, buf_str(&out), cases[i].want);
		CHECK_INT(cases[i].label, buf_err(&out), ERR_OK);
	}
	buf_free(&out);
	check_undecoded();
	check_apart();
	/* Beginnings of words without end: not the square of their number. */
	check_large("marks", STR("=?"));
	check_large("charsets", STR("=?utf-8?Q?a"));
	check_large("encodings", STR("=?utf-8?"));
	check_large("texts", STR("=?utf-8?Q?a?b"));
	return TEST_EXIT();
}
