/*
 * The whole truth table: every trust, all 16 flags' combinations that matter,
 * every rcode, asked or not, with each extended error or none, against the
 * sentences of SPEC section 1.
 *
 * T4: what AD is worth, in words and as a whole.
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
		return flags & AD;
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
	if (flags & CD && e->validated == DNS_VALIDATED_ELSEWHERE)
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
			CHECK_INT("T4: the whole table", dns_trust_status(&e), want(&e, code));
		}
	}
}

/* What each rule comes to, one row at a time. */
static const struct {
	const char *label;
	enum dns_trust trust;
	bool asked;
	unsigned flags;
	unsigned rcode;
	int ede; /* < 0: none */
	enum dns_status status;
} rows[] = {
	{ "T4: stated", DNS_TRUST_STATED, true, QR | AD, 0, -1, DNS_SECURE },
	{ "T4: loopback", DNS_TRUST_LOOPBACK, true, QR | AD, 0, -1, DNS_SECURE },
	{ "T4: TLS", DNS_TRUST_TLS, true, QR | AD, 0, -1, DNS_SECURE },
	{ "T4: TSIG", DNS_TRUST_TSIG, true, QR | AD, 0, -1, DNS_SECURE },
	{ "T4: embedded", DNS_TRUST_EMBEDDED, true, QR | AD, 0, -1, DNS_SECURE },
	{ "T4: no trust", DNS_TRUST_NONE, true, QR | AD, 0, -1, DNS_INDETERMINATE },
	{ "T4: no trust, AD clear", DNS_TRUST_NONE, true, QR, 0, -1, DNS_INDETERMINATE },
	{ "T4: AD clear", DNS_TRUST_STATED, true, QR, 0, -1, DNS_INSECURE },
	{ "T4: AD not asked for, and set", DNS_TRUST_STATED, false, QR | AD, 0, -1,
	  DNS_INDETERMINATE },
	{ "T4: AD not asked for, and clear", DNS_TRUST_STATED, false, QR, 0, -1,
	  DNS_INDETERMINATE },
	{ "T4: AD on NXDOMAIN", DNS_TRUST_STATED, true, QR | AD, 3, -1, DNS_SECURE },
	{ "T4: AD clear on NXDOMAIN", DNS_TRUST_STATED, true, QR, 3, -1, DNS_INSECURE },
	{ "T4: AD on FORMERR", DNS_TRUST_STATED, true, QR | AD, 1, -1, DNS_INDETERMINATE },
	{ "T4: AD on SERVFAIL", DNS_TRUST_STATED, true, QR | AD, 2, -1, DNS_INDETERMINATE },
	{ "T4: AD on SERVFAIL, bogus", DNS_TRUST_STATED, true, QR | AD, 2, 6, DNS_BOGUS },
	{ "T4: AD on SERVFAIL, network error", DNS_TRUST_STATED, true, QR | AD, 2, 23,
	  DNS_INDETERMINATE },
	{ "T4: AD on REFUSED", DNS_TRUST_STATED, true, QR | AD, 5, -1, DNS_INDETERMINATE },
	{ "T4: AD on REFUSED, bogus", DNS_TRUST_STATED, true, QR | AD, 5, 6, DNS_INDETERMINATE },
	{ "T4: AD on an extended rcode that ends in NOERROR", DNS_TRUST_STATED, true, QR | AD, 16,
	  -1, DNS_INDETERMINATE },
	{ "T4: AD with CD, unasked", DNS_TRUST_STATED, true, QR | AD | CD, 0, -1,
	  DNS_INDETERMINATE },
	{ "T4: CD alone", DNS_TRUST_STATED, true, QR | CD, 0, -1, DNS_INDETERMINATE },
	{ "T4: CD on NXDOMAIN", DNS_TRUST_STATED, true, QR | CD, 3, -1, DNS_INDETERMINATE },
	{ "T4: CD on SERVFAIL, bogus", DNS_TRUST_STATED, true, QR | CD, 2, 6, DNS_BOGUS },
	{ "T4: AD with AA", DNS_TRUST_STATED, true, QR | AA | AD, 0, -1, DNS_SECURE },
	{ "T4: AA alone", DNS_TRUST_STATED, true, QR | AA, 0, -1, DNS_INSECURE },
	{ "T4: AD with TC", DNS_TRUST_STATED, true, QR | TC | AD, 0, -1, DNS_INDETERMINATE },
	{ "T4: AD in what is no response", DNS_TRUST_STATED, true, AD, 0, -1, DNS_INDETERMINATE },
	{ "T4: bogus by a server without trust", DNS_TRUST_NONE, true, QR, 2, 6, DNS_BOGUS },
	{ "T4: NOERROR with a bogus code", DNS_TRUST_STATED, true, QR | AD, 0, 6, DNS_SECURE },
};

static void test_rows(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint16_t code = (uint16_t)rows[i].ede;
		struct dns_evidence e = {
			.trust = rows[i].trust,
			.asked_ad = rows[i].asked,
			.flags = (uint16_t)(rows[i].flags | (rows[i].rcode & 15)),
			.rcode = rows[i].rcode,
			.ede = &code,
			.n_ede = rows[i].ede < 0 ? 0 : 1,
		};
		CHECK_INT(rows[i].label, dns_trust_status(&e), rows[i].status);
	}
}

int main(void)
{
	test_rows();
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

	/* From the weakest: any two in any order. */
	static const enum dns_status order[] = { DNS_BOGUS, DNS_INDETERMINATE, DNS_INSECURE,
						 DNS_SECURE };
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++)
			CHECK_INT("weaker", dns_trust_weaker(order[i], order[j]),
				  order[i < j ? i : j]);
	return TEST_EXIT();
}
