/* The strict reading of SPEC section 3: who is not believed proves that nothing is secure. */
#include "route/rows_priv.h"

/* on-untrusted = "bounce": what is known not to be authenticated bounces, and only that. */
int main(void)
{
	static const struct {
		const char *label, *script, *want;
	} strict[] = {
		{ "untrusted", "d. MX untrusted 10 m.", "bounce 5.7.4" },
		{ "untrusted NXDOMAIN", "d. MX untrusted nxdomain", "bounce 5.7.4" },
		{ "fails", "d. MX fails 10 m.", "bounce 5.7.4" },
		{ "fails, and sets AD", "d. MX lying 10 m.\nm. A lying 192.0.2.1", "bounce 5.7.4" },
		{ "untrusted address", MX "m. A untrusted 192.0.2.1", "bounce 5.7.4" },
		{ "untrusted SERVFAIL", "d. MX untrusted servfail", "defer 4.4.3 5.4.7" },
		{ "untrusted bogus", "d. MX untrusted bogus", "defer 4.7.5 5.7.5" },
		{ "untrusted timeout", "d. MX untrusted timeout", "defer 4.4.3 5.4.7" },
		{ "fails timeout", "d. MX fails timeout", "defer 4.4.3 5.4.7" },
		{ "timeout", "d. MX timeout", "defer 4.4.3 5.4.7" },
		{ "unprobed", "d. MX unprobed 10 m.", "defer 4.3.5 5.4.7" },
		{ "unasked", "d. MX unasked 10 m.", "defer 4.3.5 5.4.7" },
		{ "secure", MX "m. A secure 192.0.2.1", "deliver " A1 "*" },
	};
	struct route_conf conf = conf_for(ROUTE_DOMAIN);

	for (size_t i = 0; i < COUNT_OF(strict); i++) {
		struct route *r = craft_route(&conf, str_of(strict[i].script));
		check_one(strict[i].label, route_facts(r), ROUTE_REQUIRED, ROUTE_UNTRUSTED_BOUNCE,
			  strict[i].want);
		route_free(&r);
	}
	arena_clear(&craft_memory);
	return TEST_EXIT();
}
