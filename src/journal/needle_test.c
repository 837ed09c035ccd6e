#include "journal/needle.h"

#include "base/test.h"

#include <string.h>

static const struct {
	const char *label;
	struct str word, text;
	size_t from, at;
} cases[] = {
	{ "at the start", STR_INIT("Q1"), STR_INIT("Q1 x"), 0, 0 },
	{ "at the end", STR_INIT("Q1"), STR_INIT("x Q1"), 0, 2 },
	{ "other case, here", STR_INIT("aB"), STR_INIT("xxAbx"), 0, 2 },
	{ "the second", STR_INIT("Q1"), STR_INIT("Q1 Q1"), 1, 3 },
	{ "overlapping", STR_INIT("aa"), STR_INIT("aaa"), 1, 1 },
	{ "not there", STR_INIT("Q1"), STR_INIT("Q2 Q3"), 0, 5 },
	{ "begun, not ended", STR_INIT("Q1"), STR_INIT("x Q"), 0, 3 },
	{ "longer than the text", STR_INIT("Q123"), STR_INIT("Q1"), 0, 2 },
	{ "one octet", STR_INIT("q"), STR_INIT("abQ"), 0, 2 },
	{ "octets above 127", STR_INIT("\xc3\xa4"), STR_INIT("x\xc3\xa4"), 0, 1 },
	{ "from beyond", STR_INIT("a"), STR_INIT("aaa"), 3, 3 },
	{ "nothing asked", STR_INIT(""), STR_INIT("abc"), 0, 3 },
	{ "nothing there", STR_INIT("a"), STR_INIT(""), 0, 0 },
};

/* A needle longer than a step can be. */
static void test_long(void)
{
	static char word[600], text[2000];
	struct journal_needle n;

	memset(word, 'x', sizeof(word));
	memset(text, 'y', sizeof(text));
	memset(text + 1000, 'X', sizeof(word));
	journal_needle_init(&n, (struct str){ word, sizeof(word) });
	CHECK_INT("long", (long long)journal_needle_find(&n, (struct str){ text, sizeof(text) }, 0),
		  1000);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct journal_needle n;
		journal_needle_init(&n, cases[i].word);
		CHECK_INT(cases[i].label,
			  (long long)journal_needle_find(&n, cases[i].text, cases[i].from),
			  (long long)cases[i].at);
	}
	test_long();
	return TEST_EXIT();
}
