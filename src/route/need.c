#include "route/need.h"

#include "dns/record.h"

#include <stdlib.h>

enum { DANE_TA = 2, DANE_EE = 3, SHA256 = 1, SHA512 = 2 };

struct str route_need_text(enum route_need_why why)
{
	switch (why) {
	case ROUTE_NEED_NOT_ASKED:
		return STR("no TLSA record was asked for");
	case ROUTE_NEED_NOT_SECURE:
		return STR("its addresses are not authenticated, so that no TLSA record counts");
	case ROUTE_NEED_NO_RECORDS:
		return STR("it has no TLSA record");
	case ROUTE_NEED_UNSIGNED:
		return STR("its TLSA records are not authenticated");
	case ROUTE_NEED_UNUSABLE:
		return STR("none of its TLSA records can be used");
	case ROUTE_NEED_AUTHENTICATED:
		return STR("its TLSA records say how");
	}
	abort();
}

/* Usages 0 and 1 do not count for mail (RFC 7672 section 3.1.3). */
enum route_need_form route_need_read(struct str rdata)
{
	struct dns_tlsa t;

	if (dns_record_tlsa(rdata, &t) != ERR_OK || (t.usage != DANE_TA && t.usage != DANE_EE) ||
	    t.selector > 1)
		return ROUTE_NEED_BAD;
	if (t.matching == 0)
		return ROUTE_NEED_WHOLE;
	if ((t.matching == SHA256 && t.data.n == 32) || (t.matching == SHA512 && t.data.n == 64))
		return ROUTE_NEED_DIGEST;
	return ROUTE_NEED_BAD;
}
