/* A boundary that a text does not hold, wherever its pieces end. */
#include "message/boundary.h"

#include "base/buf.h"
#include "base/test.h"

#include <string.h>

static const struct {
	const char *label, *id, *text, *want;
	size_t passes;
} cases[] = {
	{ "an empty text", "1ABC", "", "=_1ABC", 1 },
	{ "it is not there", "1ABC", "=_1AB and 1ABC", "=_1ABC", 1 },
	{ "of the ID what may be in one", "1-A.B\r\n", "x", "=_1AB", 1 },
	{ "it is there", "1A", "see =_1A there", "=_1A0", 2 },
	{ "at the end", "1A", "see =_1A", "=_1A0", 2 },
	{ "with a digit", "1A", "=_1A0", "=_1A1", 2 },
	{ "with some", "1A", "=_1A0=_1A1=_1A3", "=_1A2", 2 },
	{ "with all, one of them once", "1A",
	  "=_1A0=_1A1=_1A2=_1A3=_1A4=_1A5=_1A6=_1A7=_1A8=_1A9=_1Aa=_1Ab=_1Ac=_1Ad=_1Ae=_1Af"
	  "=_1A0=_1A1=_1A2=_1A3=_1A4=_1A5=_1A6=_1A7=_1A8=_1A9=_1Aa=_1Ab=_1Ac=_1Ad=_1Ae",
	  "=_1Af0", 3 },
	{ "and another octet behind it", "1A", "=_1A\1", "=_1A0", 2 },
	{ "one within the other", "=", "=_=_=_", "=_0", 2 },
};

/* Which strchr() takes for the end of the digits. */
static void check_nul(void)
{
	struct message_boundary b;

	message_boundary_begin(&b, STR("1A"));
	struct message_boundary before = b;
	message_boundary_look(&b, (struct str){ "=_1A", sizeof("=_1A") });
	CHECK_INT("a NUL behind it is no digit",
		  memcmp(b.follows, before.follows, sizeof(b.follows)), 0);
	CHECK_INT("a NUL behind it", message_boundary_settle(&b), false);
	CHECK_STR("a NUL behind it", message_boundary_text(&b), STR("=_1A0"));
}

static void check(size_t i, size_t step)
{
	struct message_boundary b;
	size_t passes = 0;

	message_boundary_begin(&b, str_of(cases[i].id));
	do {
		for (struct str rest = str_of(cases[i].text); rest.n; rest = str_skip(rest, step))
			message_boundary_look(&b, str_head(rest, step));
		passes++;
	} while (!message_boundary_settle(&b));
	CHECK_STR(cases[i].label, message_boundary_text(&b), str_of(cases[i].want));
	CHECK_INT(cases[i].label, (long long)passes, (long long)cases[i].passes);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		for (size_t step = 1; step < 40; step++)
			check(i, step);
	check_nul();
	return TEST_EXIT();
}
