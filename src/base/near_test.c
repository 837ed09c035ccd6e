#include "base/near.h"

#include "base/test.h"

static const struct {
	const char *a, *b;
	bool near;
} cases[] = {
	{ "SECURE", "SECURE", true },
	{ "SECURE", "secure", true },
	{ "SECURE", "SECUR", true },
	{ "SECURE", "ECURE", true },
	{ "SECURE", "SECRE", true },
	{ "SECURE", "SECURED", true },
	{ "SECURE", "xsecure", true },
	{ "SECURE", "SECCURE", true },
	{ "SECURE", "SECUTE", true },
	{ "SECURE", "zecure", true },
	{ "SECURE", "SECURF", true },
	{ "SECURE", "SECUER", true },
	{ "SECURE", "esCURE", true },
	{ "SECURE", "SE\xd0\xa1URE", true }, /* one character, if two octets */
	{ "SECURE", "SECURE\xe2\x80\xa6", true },
	{ "SECURE",
	  "S\xcc\x84"
	  "ECURE",
	  true },
	{ "SECURE", "SECURE\xff", true },
	{ "SECURE", "SECUR\xff\xfe", false },
	{ "SECURE", "SECU", false },
	{ "SECURE", "SECUREDD", false },
	{ "SECURE", "SCEUER", false },
	{ "SECURE", "SUCERE", false },
	{ "SECURE", "ESECURA", false },
	{ "SECURE", "SECRUR", false },
	{ "SECURE", "", false },
	{ "SECURE", "OBSERVE", false },
	{ "A", "", true },
	{ "", "", true },
	{ "AB", "BA", true },
	{ "AB", "BC", false },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str a = str_of(cases[i].a), b = str_of(cases[i].b);
		CHECK_INT(cases[i].b, near_eq(a, b), cases[i].near);
		CHECK_INT(cases[i].b, near_eq(b, a), cases[i].near);
	}
	struct near n = { .word = STR("lsit") };
	static const char *const known[] = { "show", "list", "lsi" };
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		near_offer(&n, str_of(known[i]));
		CHECK_STR(known[i], n.meant, i == 0 ? STR_NONE : STR("list"));
	}
	return TEST_EXIT();
}
