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

/* What was meant as a modifier is refused: it is never taken for a part of the value. */
static const char *const refused[] = {
	"To *@bank.example \xe2\x80\x9cSECURE\xe2\x80\x9d\n",          /* quotes of a letter */
	"To *@bank.example \xd0\x85\xd0\x95\xd0\xa1URE\n",             /* Cyrillic */
	"To *@bank.example \xef\xbc\xb3\xef\xbc\xa5\xef\xbc\xa3URE\n", /* full width */
	"To x\xc2\xa0SECURE\n",                                        /* a no-break space */
};

static bool read_refused(const char *file, long n)
{
	CLEANUP(criteria_free) struct criteria *c = NULL;
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);

	countdown = n;
	enum err e = criteria_parse(str_of(file), STR("f"), &c, &why);
	bool failed = countdown < 0;
	countdown = -1;
	CHECK_INT(file, e == ERR_SYNTAX || e == ERR_NOMEM, true);
	return failed;
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		for (long n = 1; read_refused(refused[i], n); n++)
			continue;
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
