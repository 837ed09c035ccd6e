#include "journal/recipient.h"

#include "base/test.h"

static const struct {
	struct str address, wanted;
	bool is;
} cases[] = {
	{ STR_INIT("You@B.example"), STR_INIT("you@b.EXAMPLE"), true },
	{ STR_INIT("you@b.example"), STR_INIT("ou@b.example"), false },
	{ STR_INIT("you@b.example"), STR_INIT("you@a.b.example"), false },
	{ STR_INIT("you@b.example"), STR_INIT("@b.example"), true },
	{ STR_INIT("you@a.b.example"), STR_INIT("@b.example"), false },
	{ STR_INIT("u@xn--b-eha.example"), STR_INIT("u@b\xc3\xa9.example"), false },
	{ STR_INIT("u@xn--bcher-kva.example"),
	  STR_INIT("@b\xc3\xbc"
		   "cher.example"),
	  true },
	{ STR_INIT("\"a@b\"@c.example"), STR_INIT("@c.example"), true },
	{ STR_INIT("\"a@b\"@c.example"), STR_INIT("@b"), false },
	{ STR_INIT("postmaster"), STR_INIT("Postmaster"), true },
	{ STR_INIT(""), STR_INIT("@b.example"), false },
	{ STR_INIT("you@b.example"), STR_INIT(""), false },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_INT(cases[i].wanted.p,
			  journal_recipient_is(cases[i].address, cases[i].wanted), cases[i].is);
	return TEST_EXIT();
}
