#include "review/fate.h"

/* The codes with which SECURE bounces: no DNSSEC, no DANE. */
static bool for_want_of_security(const struct journal_record *r)
{
	return str_eq(r->outcome, STR("bounced")) &&
	       (str_eq(r->status, STR("5.7.4")) || str_eq(r->status, STR("5.7.10")));
}

static bool is_literal(struct str domain)
{
	return str_starts(domain, STR("["));
}

/* Of SECURE alone. */
static bool would_bounce(const struct journal_record *r)
{
	if (str_eq(r->service, STR("required")))
		return for_want_of_security(r);
	if (r->observe.n)
		return str_starts(r->observe, STR("bounced"));
	return is_literal(r->domain) || str_eq(r->mx_status, STR("insecure")) ||
	       str_eq(r->address_status, STR("insecure"));
}

enum review_fate review_fate(const struct journal_record *r, bool dane)
{
	if (str_eq(r->service, STR("off")))
		return REVIEW_UNKNOWN;
	if (r->exempt.n) /* it was required, and went as requested */
		return REVIEW_GOES;
	if (would_bounce(r))
		return REVIEW_BOUNCES;
	if (!dane)
		return REVIEW_GOES;
	if (!str_eq(r->outcome, STR("delivered")))
		return REVIEW_UNKNOWN;
	return str_eq(r->dane, STR("none")) ? REVIEW_BOUNCES : REVIEW_GOES;
}
