#include "dns/trust.h"

#include "dns/message.h"

/* RFC 4035 section 3.2.3. */
enum { FLAG_AD = 0x0020 };

/* Whether whoever validated has authenticated it. */
static bool authenticated(const struct dns_evidence *e)
{
	if (e->validated != DNS_VALIDATED_ELSEWHERE)
		return e->validated == DNS_VALIDATED_SECURE;
	return e->flags & FLAG_AD;
}

bool dns_trust_unchecked(const struct dns_evidence *e)
{
	return e->validated == DNS_VALIDATED_ELSEWHERE && e->flags & DNS_FLAG_CD;
}

enum dns_status dns_trust_status(const struct dns_evidence *e)
{
	bool response = e->flags & DNS_FLAG_QR && !(e->flags & DNS_FLAG_TC);

	if (!response)
		return DNS_INDETERMINATE;
	if (e->validated == DNS_VALIDATED_BOGUS ||
	    (e->rcode == DNS_SERVFAIL && dns_ede_any_bogus(e->ede, e->n_ede)))
		return DNS_BOGUS;
	if (e->rcode != DNS_NOERROR && e->rcode != DNS_NXDOMAIN)
		return DNS_INDETERMINATE;
	if (e->trust == DNS_TRUST_NONE || !e->asked_ad || dns_trust_unchecked(e))
		return DNS_INDETERMINATE;
	return authenticated(e) ? DNS_SECURE : DNS_INSECURE;
}

enum dns_status dns_trust_weaker(enum dns_status a, enum dns_status b)
{
	static const int strength[] = {
		[DNS_SECURE] = 3,
		[DNS_INSECURE] = 2,
		[DNS_INDETERMINATE] = 1,
		[DNS_BOGUS] = 0,
	};

	return strength[a] <= strength[b] ? a : b;
}
