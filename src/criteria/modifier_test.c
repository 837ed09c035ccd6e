#include "criteria/modifier.h"

#include "base/test.h"

static const struct {
	const char *word, *meant;
} cases[] = {
	{ "SECURE", "SECURE" },
	{ "secure", "SECURE" },
	{ "Secured", "SECURE" },
	{ "SECURE.", "SECURE" },
	{ "SECURE#bank", "SECURE" },
	{ "secur#bank.", "SECURE" },
	{ "secur.e#", "SECURE" },
	{ "SECUR.E", "SECURE" },
	{ ".SECURE", "SECURE" },
	{ "#SECURE", "SECURE" },
	{ "DANE", "DANE" },
	{ "Jane", "DANE" },
	{ "dane.example", "DANE" },
	{ "SECURE-DANE", "SECURE DANE" },
	{ "SECUREDANE", "SECURE DANE" },
	{ "OBSERVE", "OBSERVE" },
	{ "observed", "OBSERVE" },
	{ "ABSERVE", "OBSERVE" },
	{ "", "" },
	{ "#", "" },
	{ ".", "" },
	{ "x", "" },
	{ "x.SECURE", "" },
	{ "insecure", "" },
	{ "SECURES!", "" },
	{ "*@secure.example", "" },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_STR(cases[i].word, criteria_modifier_meant(str_of(cases[i].word)),
			  str_of(cases[i].meant));
	return TEST_EXIT();
}
