#include "criteria/modifier.h"

#include "base/test.h"

static const struct {
	const char *word, *meant;
	bool same;
} cases[] = {
	{ "SECURE", "SECURE", true },
	{ "secure", "SECURE", true },
	{ "Secured", "SECURE", false },
	{ "SECURE.", "SECURE", true },
	{ "SECURE#bank", "SECURE", true },
	{ "secur#bank.", "SECURE", false },
	{ "secur.e#", "SECURE", false },
	{ "SECUR.E", "SECURE", false },
	{ ".SECURE", "SECURE", true },
	{ "#SECURE", "SECURE", true },
	{ "DANE", "DANE", true },
	{ "Jane", "DANE", false },
	{ "dane.example", "DANE", true },
	{ "SECURE-DANE", "SECURE DANE", false },
	{ "SECUREDANE", "SECURE DANE", false },
	{ "OBSERVE", "OBSERVE", true },
	{ "observed", "OBSERVE", false },
	{ "ABSERVE", "OBSERVE", false },
	{ "", "", false },
	{ "#", "", false },
	{ ".", "", false },
	{ "x", "", false },
	{ "x.SECURE", "", false },
	{ "insecure", "", false },
	{ "SECURES!", "SECURE", false },
	{ "(SECURE)", "SECURE", true },
	{ "'Secure'", "SECURE", true },
	{ ";SECURE", "SECURE", true },
	{ "[dane]", "DANE", true },
	{ "*\xc2\xa0SECURE", "SECURE", true },
	{ "*\xc2\xa0SECURES", "SECURE", false },
	{ "SECURE\xc2\xa0"
	  "DANE",
	  "SECURE DANE", false },
	{ "\xef\xbc\xaf"
	  "BSERVE",
	  "OBSERVE", true },
	{ "\xef\xbc\xaf"
	  "BSERVED",
	  "OBSERVE", false },
	{ "*secure*", "", false },
	{ "in-secure", "", false },
	{ "*@secure.example", "", false },
};

static void check(size_t i)
{
	struct criteria_modifier_meant m = criteria_modifier_meant(str_of(cases[i].word));

	CHECK_STR(cases[i].word, m.text, str_of(cases[i].meant));
	CHECK_INT(cases[i].word, m.same, cases[i].same);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(i);
	return TEST_EXIT();
}
