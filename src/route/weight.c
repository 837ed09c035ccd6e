#include "route/weight_priv.h"

static bool answered(const struct dns_answer *a)
{
	switch (a->outcome) {
	case DNS_DATA:
	case DNS_NODATA:
	case DNS_NO_NAME:
		return !a->open;
	case DNS_FAILED:
	case DNS_NO_ANSWER:
	case DNS_LOOP:
		return false;
	}
	return false;
}

bool route_weight_secure(const struct dns_answer *a)
{
	return answered(a) && a->status == DNS_SECURE;
}

bool route_weight_disbelieved(const struct dns_answer *a)
{
	if (a->outcome == DNS_NO_ANSWER)
		return a->source.none_believed;
	return a->source.trust == DNS_TRUST_NONE || dns_probe_bad(a->source.probe);
}

bool route_weight_blames_us(const struct dns_answer *a, enum route_untrusted untrusted)
{
	if (route_weight_disbelieved(a))
		return untrusted == ROUTE_UNTRUSTED_DEFER;
	if (route_weight_secure(a))
		return false;
	return answered(a) && (a->status != DNS_INSECURE || !a->proved);
}

enum weight route_weight(const struct dns_answer *a, enum route_service service,
			 enum route_untrusted untrusted)
{
	if (service == ROUTE_REQUIRED && route_weight_blames_us(a, untrusted))
		return OUR_FAULT;
	if (a->status == DNS_BOGUS)
		return BOGUS;
	if (!answered(a))
		return NOT_KNOWN;
	if (service == ROUTE_REQUIRED && (!route_weight_secure(a) || route_weight_disbelieved(a)))
		return UNSIGNED;
	return a->outcome == DNS_DATA ? USABLE : ABSENT;
}
