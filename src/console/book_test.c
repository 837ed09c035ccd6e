#include "console/book.h"

#include "base/test.h"

#define COUNTS "\"matched\":null,\"delivered\":null,\"deferred\":null,\"bounced\":null"
#define LINE(line, text, header, value, service, note, counts, observe, dane)                      \
	"{\"line\":" #line ",\"text\":\"" text "\",\"header\":\"" header "\",\"value\":\"" value   \
	"\",\"service\":\"" service "\",\"note\":\"" note "\"," counts ",\"observe\":" #observe    \
	",\"dane\":" #dane "}"

static const struct {
	const char *text, *lines;
} files[] = {
	{ "", "[]" },
	{ "# nothing\n", "[]" },
	{ "To *\n", "[" LINE(1, "To *", "To", "*", "requested", "", COUNTS, false, false) "]" },
	{ "#  why\n# and how\nTo:  *@a.example  SECURE DANE\n",
	  "[" LINE(3, "To: *@a.example SECURE DANE", "To", "*@a.example", "required", "why and how",
		   COUNTS, false, true) "]" },
	{ "\xef\xbb\xbf# first\r\nTo *\r\n",
	  "[" LINE(2, "To *", "To", "*", "requested", "first", COUNTS, false, false) "]" },
	{ "# far\n\nTo *\n# near\nCc *\nBcc * OBSERVE",
	  "[" LINE(3, "To *", "To", "*", "requested", "", COUNTS, false,
		   false) "," LINE(5, "Cc *", "Cc", "*", "requested", "near", COUNTS, false,
				   false) "," LINE(6, "Bcc * OBSERVE", "Bcc", "*", "requested", "",
						   COUNTS, true, false) "]" },
};

static const struct {
	const char *text;
	unsigned line; /* 0: well */
} checks[] = {
	{ "To *\n", 0 },         { "", 0 }, { "To *\nTo\n", 2 }, { "To * secure", 1 },
	{ "To *\nX \"a\nY", 2 },
};

static struct str part(struct str all, struct str before, struct str after)
{
	for (; all.n && !str_starts(all, before); all = str_skip(all, 1))
		continue;
	all = str_skip(all, before.n);
	for (size_t i = 0; i < all.n; i++)
		if (str_starts(str_skip(all, i), after))
			return str_head(all, i);
	return all;
}

static void check_report(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(1 << 20);
	json_t *report = json_loads("{\"criteria\":[{\"line\":9,\"text\":\"To *\",\"messages\":5,"
				    "\"delivered\":3,\"deferred\":0,\"bounced\":2}]}",
				    0, NULL);
	const struct console_book b = { STR("To *\nCc *\n"), "/f", true, report };

	CHECK_INT("report", console_book_write(&b, &out), ERR_OK);
	CHECK_STR("it has it", part(buf_str(&out), STR("\"matched\":"), STR(",\"observe")),
		  STR("5,\"delivered\":3,\"deferred\":0,\"bounced\":2"));
	CHECK_STR("it has it not",
		  part(part(buf_str(&out), STR("\"Cc *\""), STR("}")), STR("\"matched\":"),
		       STR(",\"observe")),
		  STR("0,\"delivered\":0,\"deferred\":0,\"bounced\":0"));
	json_decref(report);
}

int main(void)
{
	char one[CONSOLE_BOOK_ETAG], other[CONSOLE_BOOK_ETAG];

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(1 << 20);
		const struct console_book b = { str_of(files[i].text), "/f", false, NULL };
		CHECK_INT(files[i].text, console_book_write(&b, &out), ERR_OK);
		CHECK_INT(files[i].text,
			  str_starts(part(buf_str(&out), STR("\"lines\":"), STR("\x01")),
				     str_of(files[i].lines)),
			  true);
	}
	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		CLEANUP(buf_free) struct buf why = BUF_MAX(1 << 20);
		unsigned line = 0;
		CHECK_INT(checks[i].text, console_book_check(str_of(checks[i].text), &line, &why),
			  checks[i].line ? ERR_SYNTAX : ERR_OK);
		CHECK_INT(checks[i].text, line, checks[i].line);
		CHECK_INT(checks[i].text, why.n > 0, checks[i].line > 0);
		CHECK_INT(checks[i].text, str_has(str_head(buf_str(&why), 4), ':'), false);
	}
	console_book_etag(STR("To *\n"), one);
	console_book_etag(STR("To * \n"), other);
	CHECK_INT("tags differ", str_eq(str_of(one), str_of(other)), false);
	check_report();
	return TEST_EXIT();
}
