#include "smtp/xtext.h"

#include "base/test.h"

static const struct {
	struct str in;
	bool xtext, utf8;
} cases[] = {
	{ STR_INIT(""), true, true },
	{ STR_INIT("a@b"), true, true },
	{ STR_INIT("!~"), true, true },
	{ STR_INIT("a+2Bb"), true, false },
	{ STR_INIT("a+20b"), true, false },
	{ STR_INIT("a+7Eb"), true, false },
	{ STR_INIT("a+7Fb"), false, false },
	{ STR_INIT("a+1Fb"), false, false },
	{ STR_INIT("a+0D+0Ab"), false, false },
	{ STR_INIT("a+C3b"), false, false },
	{ STR_INIT("a+2bb"), false, false },
	{ STR_INIT("a+2"), false, false },
	{ STR_INIT("a+"), false, false },
	{ STR_INIT("a+G0"), false, false },
	{ STR_INIT("a+0G"), false, false },
	{ STR_INIT("+29"), true, false },
	{ STR_INIT("=41"), false, false },
	{ STR_INIT("+4G"), false, false },
	{ STR_INIT("a=b"), false, false },
	{ STR_INIT("a b"), false, false },
	{ STR_INIT("a\177"), false, false },
	{ STR_INIT("a\0"), false, false },
	{ STR_INIT("\xc3\xb6"), false, true },
	{ STR_INIT("\xc3"), false, false },
	{ STR_INIT("\xff"), false, false },
	{ STR_INIT("a\\x{F6}b"), true, true },
	{ STR_INIT("\\x{20}"), true, true },
	{ STR_INIT("\\x{2B}"), true, true },
	{ STR_INIT("\\x{0A}"), true, false },
	{ STR_INIT("\\x{7F}"), true, false },
	{ STR_INIT("\\x{9F}"), true, false },
	{ STR_INIT("\\x{A0}"), true, true },
	{ STR_INIT("\\x{D7FF}"), true, true },
	{ STR_INIT("\\x{D800}"), true, false },
	{ STR_INIT("\\x{DFFF}"), true, false },
	{ STR_INIT("\\x{E000}"), true, true },
	{ STR_INIT("\\x{10FFFF}"), true, true },
	{ STR_INIT("\\x{110000}"), true, false },
	{ STR_INIT("\\x{0000041}"), true, false },
	{ STR_INIT("\\x{F}"), true, false },
	{ STR_INIT("\\x{}"), true, false },
	{ STR_INIT("\\x{f6}"), true, false },
	{ STR_INIT("\\x{4g}"), true, false },
	{ STR_INIT("\\y{41}"), true, false },
	{ STR_INIT("\\x{F6"), true, false },
	{ STR_INIT("\\x"), true, false },
	{ STR_INIT("\\"), true, false },
	{ STR_INIT("a\\b"), true, false },
};

/* What an ORCPT becomes; "": it cannot be used. */
static const struct {
	struct str in, out;
} orcpts[] = {
	{ STR_INIT("rfc822;a@b"), STR_INIT("rfc822;a@b") },
	{ STR_INIT("RFC822;a+2Bc@b"), STR_INIT("RFC822;a+2Bc@b") },
	{ STR_INIT("x400;a"), STR_INIT("x400;a") },
	{ STR_INIT("rfc822;+C3+BCser@x"), STR_INIT("utf-8;\\x{FC}ser@x") },
	{ STR_INIT("Rfc822;\xc3\xbcser@x"), STR_INIT("utf-8;\\x{FC}ser@x") },
	{ STR_INIT("rfc822;+2B+3D+5C+20\xc3\xbc"),
	  STR_INIT("utf-8;\\x{2B}\\x{3D}\\x{5C}\\x{20}\\x{FC}") },
	{ STR_INIT("rfc822;+F0+9F+98+80\xe2\x82\xac"), STR_INIT("utf-8;\\x{1F600}\\x{20AC}") },
	{ STR_INIT("utf-8;\\x{FC}@b"), STR_INIT("utf-8;\\x{FC}@b") },
	{ STR_INIT("UTF-8;\xc3\xbc\\x{FC}@b"), STR_INIT("utf-8;\\x{FC}\\x{FC}@b") },
	{ STR_INIT("rfc822;+C3"), STR_INIT("") },
	{ STR_INIT("rfc822;+FC"), STR_INIT("") },
	{ STR_INIT("rfc822;+c3+bc"), STR_INIT("") },
	{ STR_INIT("rfc822;\xc3\xbc+0A"), STR_INIT("") },
	{ STR_INIT("rfc822;\xc3\xbc+7F"), STR_INIT("") },
	{ STR_INIT("rfc822;+C2+80"), STR_INIT("") },
	{ STR_INIT("rfc822;+C2+9F"), STR_INIT("") },
	{ STR_INIT("rfc822;+C2+A0"), STR_INIT("utf-8;\\x{A0}") },
	{ STR_INIT("rfc822;a+4"), STR_INIT("") },
	{ STR_INIT("rfc822;a=b"), STR_INIT("") },
	{ STR_INIT("x400;\xc3\xbc"), STR_INIT("") },
	{ STR_INIT("utf-8;a\\b"), STR_INIT("utf-8;a\\b") },
	{ STR_INIT("utf-8;\xc3\\b"), STR_INIT("") },
	{ STR_INIT("rfc822;"), STR_INIT("") },
	{ STR_INIT("a@b"), STR_INIT("") },
	{ STR_INIT(";a@b"), STR_INIT("") },
	{ STR_INIT("a b;c"), STR_INIT("") },
	{ STR_INIT("\xc3\xbc;c"), STR_INIT("") },
	{ STR_INIT(""), STR_INIT("") },
};

/* It is used, it is ASCII, and the same again. */
static void check_orcpt(size_t i)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(1000);
	CLEANUP(buf_free) struct buf again = BUF_MAX(1000);
	bool usable = smtp_xtext_orcpt(&out, orcpts[i].in);

	CHECK_INT(orcpts[i].in.p, usable, orcpts[i].out.n > 0);
	CHECK_STR(orcpts[i].in.p, buf_str(&out), orcpts[i].out);
	CHECK_INT(orcpts[i].in.p, smtp_xtext_orcpt(&again, orcpts[i].out), usable);
	CHECK_STR(orcpts[i].in.p, buf_str(&again), orcpts[i].out);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(orcpts); i++)
		check_orcpt(i);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CHECK_INT(cases[i].in.p, smtp_xtext_ok(cases[i].in), cases[i].xtext);
		CHECK_INT(cases[i].in.p, smtp_xtext_utf8_ok(cases[i].in), cases[i].utf8);
	}
	return TEST_EXIT();
}
