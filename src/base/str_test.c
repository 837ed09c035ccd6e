#include "base/str.h"

#include "base/test.h"

#include <stdlib.h>

static const struct {
	const char *label;
	struct str in;
	int ok;
	uint64_t value;
} numbers[] = {
	{ "nothing", STR_INIT(""), 0, 0 },
	{ "zero", STR_INIT("0"), 1, 0 },
	{ "sign", STR_INIT("-1"), 0, 0 },
	{ "space", STR_INIT(" 1"), 0, 0 },
	{ "u32 max", STR_INIT("4294967295"), 1, UINT32_MAX },
	{ "past u32", STR_INIT("4294967296"), 2, UINT64_C(4294967296) },
	{ "u64 max", STR_INIT("18446744073709551615"), 2, UINT64_MAX },
	{ "past u64", STR_INIT("18446744073709551616"), 0, 0 },
};

static void numbers_read(void)
{
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		uint32_t u32 = 0;
		uint64_t u64 = 0;
		CHECK_INT(numbers[i].label, str_u32(numbers[i].in, &u32), numbers[i].ok == 1);
		CHECK_INT(numbers[i].label, str_u64(numbers[i].in, &u64), numbers[i].ok > 0);
		if (numbers[i].ok)
			CHECK_INT(numbers[i].label, u64 == numbers[i].value, 1);
	}
}

static void cuts(void)
{
	struct str s = STR("one\r\ntwo\n\nlast"), line;
	static const struct str want[] = { STR_INIT("one"), STR_INIT("two"), STR_INIT(""),
					   STR_INIT("last") };

	for (size_t i = 0; i < COUNT_OF(want); i++) {
		CHECK_INT("line", str_line(&s, &line), 1);
		CHECK_STR("line", line, want[i]);
	}
	CHECK_INT("no more lines", str_line(&s, &line), 0);

	s = STR(" \tone two ");
	CHECK_INT("word", str_word(&s, &line), 1);
	CHECK_STR("word", line, STR("one"));
	CHECK_INT("word", str_word(&s, &line), 1);
	CHECK_STR("word", line, STR("two"));
	CHECK_INT("no more words", str_word(&s, &line), 0);
	s = STR("ab");
	CHECK_INT("cut", str_cut(&s, ':', &line), 0);
	CHECK_STR("whole when absent", s, STR("ab"));
	CHECK_STR("trim", str_trim(STR(" \r\n a b\t")), STR("a b"));
	CHECK_STR("skip past the end", str_skip(STR("ab"), 3), STR(""));
	CHECK_STR("skip nothing of nothing", str_skip(STR_NONE, 1), STR(""));
}

int main(void)
{
	numbers_read();
	cuts();
	CHECK_INT("prefix", str_starts_nocase(STR("MAIL FROM"), STR("mail")), 1);
	CHECK_INT("longer prefix", str_starts(STR("a"), STR("ab")), 0);
	CHECK_INT("suffix", str_ends(STR("x DNSSEC"), STR(" DNSSEC")), 1);
	CHECK_INT("order", str_cmp(STR("a"), STR("ab")) < 0 && str_cmp(STR("b"), STR("ab")) > 0, 1);
	CHECK_INT("order", str_cmp(STR("ab"), STR("ab")), 0);
	CHECK_INT("NUL inside", str_z(STR("a\0b")) == NULL, 1);
	char four[4];
	CHECK_INT("fits", str_copy(four, sizeof(four), STR("abc")), 1);
	CHECK_INT("does not fit", str_copy(four, sizeof(four), STR("abcd")), 0);
	CHECK_STR("cut", str_of(four), STR("abc"));
	char *z = str_z(STR("ab"));
	CHECK_STR("copy", str_of(z), STR("ab"));
	free(z);
	return TEST_EXIT();
}
