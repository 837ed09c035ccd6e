#include "criteria/keep.h"

#include "base/test.h"

#include <string.h>

static const struct {
	const char *label;
	struct str criteria, message, kept;
} cases[] = {
	{ "no criteria", STR_INIT(""),
	  STR_INIT(
		  "From: a\r\nsubject: x\r\n\ty\r\nX-Class: z\r\nTo: b\r\nTo: c\r\n\r\nCc: no\r\n"),
	  STR_INIT("[\"From: a\",\"subject: x\\ty\",\"To: b\",\"To: c\",\"Cc\"]") },
	{ "a field that a criterion names", STR_INIT("x-class *\nSubject y\nEnvelope-To *\n"),
	  STR_INIT("X-Class: z\r\nX-Other: w\r\n\r\n"),
	  STR_INIT("[\"X-Class: z\",\"From\",\"To\",\"Cc\",\"Subject\"]") },
	{ "and one that the message lacks", STR_INIT("X-Class *\nX-CLASS a\nEnvelope-From b\n"),
	  STR_INIT("From: a\r\nTo:\r\nCc: \xff\"\r\nSubject: b\r\n\r\n"),
	  STR_INIT("[\"From: a\",\"To: \",\"Cc: \xef\xbf\xbd\\\"\",\"Subject: b\",\"X-Class\"]") },
	{ "no head", STR_INIT(""), STR_INIT(""), STR_INIT("[\"From\",\"To\",\"Cc\",\"Subject\"]") },
};

/* At the limit, and past it. */
static void test_limit(void)
{
	static char message[CRITERIA_KEEP_MAX + 64];
	static const struct str rest = STR_INIT("\",\"From\",\"To\",\"Cc\"]");
	CLEANUP(buf_free) struct buf out = BUF_MAX(2 * CRITERIA_KEEP_MAX);
	size_t n = CRITERIA_KEEP_MAX - rest.n - 2;

	memset(message, 'x', sizeof(message));
	memcpy(message, "Subject: ", 9);
	CHECK_INT("at the limit", criteria_keep(NULL, (struct str){ message, n }, &out), ERR_OK);
	CHECK_INT("at the limit", (long long)out.n, CRITERIA_KEEP_MAX);
	buf_clear(&out);
	CHECK_INT("past it", criteria_keep(NULL, (struct str){ message, n + 1 }, &out), ERR_OK);
	CHECK_INT("past it", (long long)out.n, 0);
	CHECK_INT("far past it",
		  criteria_keep(NULL, (struct str){ message, sizeof(message) }, &out), ERR_OK);
	CHECK_INT("far past it", (long long)out.n, 0);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(criteria_free) struct criteria *c = NULL;
		CLEANUP(buf_free) struct buf out = BUF_MAX(65536), why = BUF_MAX(4096);
		CHECK_INT(cases[i].label, criteria_parse(cases[i].criteria, STR("f"), &c, &why),
			  ERR_OK);
		CHECK_INT(cases[i].label, criteria_keep(c, cases[i].message, &out), ERR_OK);
		CHECK_STR(cases[i].label, buf_str(&out), cases[i].kept);
	}
	test_limit();
	return TEST_EXIT();
}
