/*
 * Memory runs out while a recipient is held against the criteria: that is told, and is never a
 * recipient whom no criterion matches, to whom mail would go without what is required.
 */
#include "../failing.h"
#include "base/test.h"
#include "criteria/criteria.h"

static const struct {
	const char *label, *file, *rcpt;
} cases[] = {
	{ "U-labels",
	  "Envelope-To *@b\xc3\xbc"
	  "cher.example SECURE\n",
	  "x@xn--bcher-kva.example" },
	{ "A-labels", "Envelope-To *@xn--bcher-kva.example SECURE\n",
	  "x@b\xc3\xbc"
	  "cher.example" },
	{ "without quotes", "Envelope-To x@bank.example SECURE\n", "\"x\"@bank.example" },
	{ "as it stands", "Envelope-To *@bank.example SECURE\n", "x@bank.example" },
};

/* The n-th allocation fails.  False: there are not so many. */
static bool run(size_t i, const struct criteria *c, long n)
{
	struct str rcpt = str_of(cases[i].rcpt);
	CLEANUP(criteria_match_free)
	struct criteria_match *m =
		criteria_match_new(c, STR("Subject: x\r\n\r\n"), STR("a@b"), &rcpt, 1);

	countdown = n;
	bool found = criteria_match_rcpt(m, rcpt) != NULL;
	bool failed = countdown < 0;
	countdown = -1;
	CHECK_INT(cases[i].label, found || criteria_match_err(m) == ERR_NOMEM, true);
	return failed;
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(criteria_free) struct criteria *c = NULL;
		CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
		CHECK_INT("read", criteria_parse(str_of(cases[i].file), STR("f"), &c, &why),
			  ERR_OK);
		for (long n = 1; run(i, c, n); n++)
			continue;
	}
	return TEST_EXIT();
}
