/*
 * The whole truth table: every trust, all 16 flags' combinations that matter,
 * every rcode, asked or not, with each extended error or none, against the
 * sentences of SPEC section 1.
 */
#include "dns/trust.h"

#include "base/test.h"

enum { QR = 0x8000, AA = 0x0400, TC = 0x0200, RA = 0x0080, AD = 0x0020, CD = 0x0010 };

static const unsigned bits[] = { QR, AA, TC, RA, AD, CD };

static const int bogus_codes[] = { 1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 25, 27 };

static bool listed(int code)
{
	for (size_t i = 0; i < COUNT_OF(bogus_codes); i++)
		if (bogus_codes[i] == code)
			return true;
	return false;
}

/* What a validator in this process says takes the place of AD; T4. */
static bool good(unsigned flags, enum dns_validated validated)
{
	if (validated == DNS_VALIDATED_ELSEWHERE)
		return (flags & (AD | CD)) == AD;
	return validated == DNS_VALIDATED_SECURE;
}

/* ede < 0: none. */
static enum dns_status want(const struct dns_evidence *e, int ede)
{
	enum dns_trust trust = e->trust;
	unsigned flags = e->flags, rcode = e->rcode;
	bool asked = e->asked_ad;
	bool usable = (flags & (QR | TC)) == QR;
	bool name_known = rcode == 0 || rcode == 3;

	if (usable && e->validated == DNS_VALIDATED_BOGUS)
		return DNS_BOGUS;
	if (usable && rcode == 2 && listed(ede))
		return DNS_BOGUS;
	if (!usable || !name_known || trust == DNS_TRUST_NONE || !asked)
		return DNS_INDETERMINATE;
	return good(flags, e->validated) ? DNS_SECURE : DNS_INSECURE;
}

static void test_row(enum dns_trust trust, unsigned flags, unsigned rcode, bool asked)
{
	for (int code = -1; code < 40; code++) {
		uint16_t ede[2] = { 3, (uint16_t)code };
		struct dns_evidence e = {
			.trust = trust,
			.asked_ad = asked,
			.flags = (uint16_t)(flags | (rcode & 15)),
			.rcode = rcode,
			.ede = ede,
			.n_ede = code < 0 ? 0 : 2,
		};
		for (int v = DNS_VALIDATED_ELSEWHERE; v <= DNS_VALIDATED_BOGUS; v++) {
			e.validated = (enum dns_validated)v;
			CHECK_INT("T4: row", dns_trust_status(&e), want(&e, code));
		}
	}
}

int main(void)
{
	static const unsigned rcodes[] = { 0, 1,  2,  3,  4,  5,  6,  7,    8,
					   9, 10, 15, 16, 18, 19, 23, 4095, 256 };

	for (int trust = DNS_TRUST_NONE; trust <= DNS_TRUST_EMBEDDED; trust++) {
		for (unsigned set = 0; set < 1u << COUNT_OF(bits); set++) {
			unsigned flags = 0;
			for (unsigned b = 0; b < COUNT_OF(bits); b++)
				flags |= set & 1u << b ? bits[b] : 0;
			for (size_t r = 0; r < COUNT_OF(rcodes); r++) {
				test_row((enum dns_trust)trust, flags, rcodes[r], false);
				test_row((enum dns_trust)trust, flags, rcodes[r], true);
			}
		}
	}
	for (int code = 0; code <= UINT16_MAX; code++)
		CHECK_INT("code", dns_trust_ede_is_bogus((uint16_t)code), listed(code));

	/* From the weakest: any two in any order. */
	static const enum dns_status order[] = { DNS_BOGUS, DNS_INDETERMINATE, DNS_INSECURE,
						 DNS_SECURE };
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++)
			CHECK_INT("weaker", dns_trust_weaker(order[i], order[j]),
				  order[i < j ? i : j]);
	return TEST_EXIT();
}
