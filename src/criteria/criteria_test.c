#include "criteria/criteria.h"

#include "base/test.h"

static const struct {
	const char *label;
	struct str file;
	enum err err;
	struct str seen; /* the criteria as "NUMBER:LINE\n", or the complaints */
} cases[] = {
	{ "UTF-16, little-endian", STR_INIT("\xff\xfeT\0o\0 \0*\0\n\0"), ERR_SYNTAX,
	  STR_INIT("my.criteria:1: the file is UTF-16: save it as UTF-8") },
	{ "UTF-16, big-endian", STR_INIT("\xfe\xff\0T\0o\0 \0*\0\n"), ERR_SYNTAX,
	  STR_INIT("my.criteria:1: the file is UTF-16: save it as UTF-8") },
	{ "nothing", STR_INIT(""), ERR_OK, STR_INIT("") },
	{ "comments and blank lines", STR_INIT("# a\n\n \t\n#To *\n"), ERR_OK, STR_INIT("") },
	{ "criteria", STR_INIT("# a\nTo *\n\nTo: *@b  SECURE\nX y OBSERVE"), ERR_OK,
	  STR_INIT("2:To *\n4:To: *@b SECURE\n5:X y OBSERVE\n") },
	{ "CR LF and byte order mark", STR_INIT("\xef\xbb\xbfTo *\r\n# b\r\n\r\nX y\r\n"), ERR_OK,
	  STR_INIT("1:To *\n4:X y\n") },
	{ "mark before a comment", STR_INIT("\xef\xbb\xbf# To *\n"), ERR_OK, STR_INIT("") },
	{ "mark further in", STR_INIT("\n\xef\xbb\xbfTo *\n"), ERR_SYNTAX,
	  STR_INIT("my.criteria:2: \"\\xef\\xbb\\xbfTo\" is not the name of a header field; "
		   "a name begins with a letter, and is of letters, digits, \"-\", \"_\" and "
		   "\".\"") },
	{ "one bad line", STR_INIT("To *\nTo\nTo * SECURE\n"), ERR_SYNTAX,
	  STR_INIT("my.criteria:2: no value; write \"\" for the empty value, * for any") },
	{ "more of them", STR_INIT("To\n\nTo *\nX \"a\r\n"), ERR_SYNTAX,
	  STR_INIT("my.criteria:1: no value; write \"\" for the empty value, * for any\n"
		   "my.criteria:4: quote without an end; write \\\" for a quote that is part of "
		   "the value") },
	{ "UTF-16 without a mark", STR_INIT("T\0o\0 \0*\0\n\0"), ERR_SYNTAX,
	  STR_INIT("my.criteria:1: the file is UTF-16: save it as UTF-8") },
	{ "NUL", STR_INIT("To *\0"), ERR_SYNTAX,
	  STR_INIT("my.criteria:1: there is a control character in the line: remove it") },
};

static void see(struct buf *out, const struct criteria *c)
{
	for (size_t i = 0; i < criteria_count(c); i++) {
		buf_addu(out, criteria_at(c, i)->line_no);
		buf_addc(out, ':');
		buf_add(out, criteria_at(c, i)->line);
		buf_addc(out, '\n');
	}
}

static void check_files(void)
{
	struct buf out = BUF_MAX(4096);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct criteria *c = NULL;
		buf_clear(&out);
		enum err e = criteria_parse(cases[i].file, STR("my.criteria"), &c, &out);
		CHECK_INT(cases[i].label, e, cases[i].err);
		CHECK_INT(cases[i].label, c != NULL, e == ERR_OK);
		if (c) {
			CHECK_STR(cases[i].label, buf_str(&out), STR(""));
			CHECK_STR(cases[i].label, criteria_name(c), STR("my.criteria"));
			see(&out, c);
		}
		CHECK_STR(cases[i].label, buf_str(&out), cases[i].seen);
		criteria_free(&c);
	}
	buf_free(&out);
}

static void check_one(void)
{
	struct str file = STR("Subject: \"top\\* secret\" SECURE\n");
	struct buf why = BUF_MAX(4096);
	struct criteria *c = NULL;

	CHECK_INT("parsed", criteria_parse(file, STR("f"), &c, &why), ERR_OK);
	const struct criterion *k = criteria_at(c, 0);
	CHECK_STR("header", k->header, STR("Subject"));
	CHECK_STR("pattern", k->pattern, STR("top* secret"));
	CHECK_STR("line", k->line, STR("Subject: \"top\\* secret\" SECURE"));
	CHECK_INT("service", k->modifier->service, CRITERIA_REQUIRED);
	CHECK_INT("no other", criteria_at(c, 1) == NULL, true);
	criteria_free(&c);
	CHECK_INT("freed", c == NULL, true);
	criteria_free(&c);
	buf_free(&why);
}

static void check_large(void)
{
	struct buf file = BUF_MAX((16u << 20) + 1), why = BUF_MAX(64);
	struct criteria *c = NULL;

	while (file.n < (16u << 20) - 16)
		buf_add(&file, STR("# not a comment\n"));
	buf_add(&file, STR("To *@x.y SECURE\n"));
	CHECK_INT("16 MiB", criteria_parse(buf_str(&file), STR("f"), &c, &why), ERR_OK);
	CHECK_INT("16 MiB", (long long)criteria_count(c), 1);
	criteria_free(&c);
	buf_addc(&file, '\n');
	CHECK_INT("too large", criteria_parse(buf_str(&file), STR("f"), &c, &why), ERR_LIMIT);
	CHECK_STR("too large", buf_str(&why), STR("f:1: the file is larger than 16 MiB"));
	buf_free(&file);

	struct buf small = BUF_MAX(20);
	CHECK_INT("no room to complain", criteria_parse(STR("A\nB\nC\n"), STR("f"), &c, &small),
		  ERR_SYNTAX);
	buf_free(&small), buf_free(&why);
}

int main(void)
{
	check_files();
	check_one();
	check_large();
	return TEST_EXIT();
}
