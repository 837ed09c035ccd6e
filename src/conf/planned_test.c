/* What SPEC section 6 has and this version has not: refused by a line that says so. */
#include "base/test.h"
#include "conf/parse.h"

enum { ROOM = 4096 };

#define LATER " is not supported by this version yet: leave it out"

static const struct {
	const char *title, *keys;
} sections[] = {
	{ "dnssec", "keep-headers" },
};

static const struct {
	const char *text, *want;
} lines[] = {
	/* Mistakes, all the same. */
	{ "rate = 1", "f:1: no such option 'rate'" },
	{ "delivery { rate = 1 }", "f:1: no such option 'rate'" },
	{ "route \"a.example\" { via = \"smtp://b.example:25\" }",
	  "f:1: via: \"smtp://b.example:25\" has \"smtp://\" before it: leave that out" },
};

static void check(struct str text, struct str want)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM);
	CLEANUP(conf_free) struct conf *c = NULL;

	CHECK_INT(text.p, conf_parse("f", text, &c, &why), ERR_SYNTAX);
	CHECK_STR(text.p, str_head(buf_str(&why), want.n), want);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(sections); i++) {
		struct str rest = str_of(sections[i].keys), key;
		while (str_word(&rest, &key)) {
			CLEANUP(buf_free) struct buf text = BUF_MAX(ROOM), want = BUF_MAX(ROOM);
			buf_addf(&text, "%s {\n %.*s = \"x\" }", sections[i].title, STR_ARG(key));
			buf_addf(&want, "f:2: %.*s" LATER, STR_ARG(key));
			buf_addc(&text, '\0');
			check(str_head(buf_str(&text), text.n - 1), buf_str(&want));
		}
	}
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		check(str_of(lines[i].text), str_of(lines[i].want));
	return TEST_EXIT();
}
