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

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CHECK_INT(cases[i].in.p, smtp_xtext_ok(cases[i].in), cases[i].xtext);
		CHECK_INT(cases[i].in.p, smtp_xtext_utf8_ok(cases[i].in), cases[i].utf8);
	}
	return TEST_EXIT();
}
