#include "criteria/seen.h"

#include "base/test.h"

/* Of full width. */
#define FULL "\xef\xbc\xb3\xef\xbc\xa5\xef\xbc\xa3\xef\xbc\xb5\xef\xbc\xb2\xef\xbc\xa5"
#define NBSP "\xc2\xa0"
#define EIGHT "abcdefgh"

/* A word, as it is seen, and its last part. */
static const struct {
	const char *word, *seen, *last;
} cases[] = {
	{ "SECURE", "", "" },
	{ "secure", "", "" },
	{ "(SECURE)", "SECURE", "" },
	{ "'SECURE'", "SECURE", "" },
	{ "<SECURE>", "SECURE", "" },
	{ "[SECURE]", "SECURE", "" },
	{ ";SECURE,", "SECURE", "" },
	{ "=SECURE!", "SECURE", "" },
	{ "--SECURE--", "SECURE", "" },
	{ "*secure*", "", "" },
	{ "@secure", "", "" },
	{ "secure?", "", "" },
	{ "a-b", "", "" },
	{ "...", "", "" },
	{ "", "", "" },
	{ FULL, "SECURE", "" },
	{ "\xef\xbc\x88" FULL "\xef\xbc\x89", "SECURE", "" }, /* its brackets, too */
	{ "\xe2\x80\x9cSECURE\xe2\x80\x9d", "SECURE", "" },   /* quotes of a letter */
	{ "\xf0\x9d\x90\x92"
	  "ECURE",
	  "SECURE", "" },                                /* a bold S */
	{ "\xd0\x85\xd0\x95\xd0\xa1URE", "SECURE", "" }, /* Cyrillic */
	{ "SEC\xe2\x80\x8bURE", "SECURE", "URE" },
	{ "SECURE" NBSP, "SECURE", "" },
	{ NBSP "SECURE", "SECURE", "SECURE" },
	{ "*@b.example" NBSP "SECURE", "*@b.exampleSECURE", "SECURE" },
	{ "*@b.example" NBSP NBSP "(SECURE)" NBSP, "*@b.example(SECURE", "SECURE" },
	{ EIGHT EIGHT EIGHT EIGHT "\xc2\xa0", EIGHT EIGHT EIGHT EIGHT, "" },
	{ EIGHT EIGHT EIGHT EIGHT "i\xc2\xa0", "", "" },
	{ EIGHT EIGHT EIGHT EIGHT EIGHT NBSP FULL, "", "SECURE" },
	{ "\xef\xb7\xba",
	  "\xd8\xb5\xd9\x84\xd9\x89 \xd8\xa7\xd9\x84\xd9\x84\xd9\x87 "
	  "\xd8\xb9\xd9\x84\xd9\x8a\xd9\x87 \xd9\x88\xd8\xb3\xd9\x84\xd9\x85",
	  "" },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct criteria_seen s;
		criteria_seen_read(str_of(cases[i].word), &s);
		CHECK_STR(cases[i].word, s.form[0], str_of(cases[i].word));
		CHECK_STR(cases[i].word, s.form[2], str_of(cases[i].seen));
		CHECK_STR(cases[i].word, s.form[4], str_of(cases[i].last));
	}
	struct criteria_seen marked;
	criteria_seen_read(STR("a" NBSP "SECURE.#b"), &marked);
	CHECK_STR("before a mark", marked.form[1], STR("a" NBSP "SECURE"));
	CHECK_STR("before a mark, seen", marked.form[3], STR("aSECURE"));
	CHECK_STR("before a mark, the last", marked.form[5], STR("SECURE"));
	return TEST_EXIT();
}
