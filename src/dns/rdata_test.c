/*
 * Rdata with names that are compressed, of each type that may have them: RFC 1035,
 * RFC 3597 section 4.  The question of each message is "a.b.", at octet 12.
 */
#include "dns/rdata.h"

#include "base/test.h"
#include "dns/craft.h"

#define TO_A "\xc0\x0c" /* a.b. */
#define TO_B "\xc0\x0e" /* b. */
#define A "\1a\1b\0"
#define B "\1b\0"
#define EIGHT "12345678"

static const struct {
	const char *label;
	const char *type;
	struct str rdata; /* as it came */
	enum err err;
	struct str want;
} cases[] = {
	{ "mx", "MX", STR_INIT("\0\1" TO_A), ERR_OK, STR_INIT("\0\1" A) },
	{ "soa", "SOA", STR_INIT(TO_A TO_B EIGHT EIGHT "1234"), ERR_OK,
	  STR_INIT(A B EIGHT EIGHT "1234") },
	{ "md", "TYPE3", STR_INIT(TO_A), ERR_OK, STR_INIT(A) },
	{ "minfo", "TYPE14", STR_INIT(TO_A TO_B), ERR_OK, STR_INIT(A B) },
	{ "rp", "RP", STR_INIT(TO_A TO_B), ERR_OK, STR_INIT(A B) },
	{ "afsdb", "AFSDB", STR_INIT("\0\1" TO_A), ERR_OK, STR_INIT("\0\1" A) },
	{ "rt", "RT", STR_INIT("\0\1" TO_A), ERR_OK, STR_INIT("\0\1" A) },
	{ "sig", "SIG", STR_INIT(EIGHT EIGHT "12" TO_A "signature"), ERR_OK,
	  STR_INIT(EIGHT EIGHT "12" A "signature") },
	{ "sig without a signature", "SIG", STR_INIT(EIGHT EIGHT "12" TO_A), ERR_OK,
	  STR_INIT(EIGHT EIGHT "12" A) },
	{ "sig without its name", "SIG", STR_INIT(EIGHT EIGHT "12"), ERR_SYNTAX, STR_INIT("") },
	{ "sig cut short", "SIG", STR_INIT(EIGHT EIGHT "1"), ERR_SYNTAX, STR_INIT("") },
	{ "px", "PX", STR_INIT("\0\1" TO_A TO_B), ERR_OK, STR_INIT("\0\1" A B) },
	{ "px with one name", "PX", STR_INIT("\0\1" TO_A), ERR_SYNTAX, STR_INIT("") },
	{ "nxt", "NXT", STR_INIT(TO_B "\x62\1\x80"), ERR_OK, STR_INIT(B "\x62\1\x80") },
	{ "nxt without a map", "NXT", STR_INIT(TO_B), ERR_OK, STR_INIT(B) },
	{ "srv", "SRV", STR_INIT("\0\1\0\1\0\1" TO_A), ERR_OK, STR_INIT("\0\1\0\1\0\1" A) },
	{ "naptr", "NAPTR", STR_INIT("\0\1\0\2\1S\7SIP+D2U\0\4_sip" TO_B), ERR_OK,
	  STR_INIT("\0\1\0\2\1S\7SIP+D2U\0\4_sip" B) },
	{ "naptr, three empty strings", "NAPTR", STR_INIT("\0\1\0\2\0\0\0" TO_B), ERR_OK,
	  STR_INIT("\0\1\0\2\0\0\0" B) },
	{ "naptr, two strings", "NAPTR", STR_INIT("\0\1\0\2\0\0"), ERR_SYNTAX, STR_INIT("") },
	{ "naptr, a string past its end", "NAPTR", STR_INIT("\0\1\0\2\0\0\2S"), ERR_SYNTAX,
	  STR_INIT("") },
	{ "naptr without its name", "NAPTR", STR_INIT("\0\1\0\2\0\0\0"), ERR_SYNTAX, STR_INIT("") },
	{ "naptr that goes on", "NAPTR", STR_INIT("\0\1\0\2\0\0\0" TO_B "x"), ERR_SYNTAX,
	  STR_INIT("") },
	{ "kx", "KX", STR_INIT("\0\1" TO_A), ERR_OK, STR_INIT("\0\1" A) },
	{ "dname", "DNAME", STR_INIT(TO_A), ERR_OK, STR_INIT(A) },
	/* RFC 4034: its name is never compressed, and all is as it came. */
	{ "rrsig is opaque", "RRSIG", STR_INIT(EIGHT EIGHT "12" TO_A), ERR_OK,
	  STR_INIT(EIGHT EIGHT "12" TO_A) },
	{ "svcb is opaque", "SVCB", STR_INIT("\0\1" TO_A), ERR_OK, STR_INIT("\0\1" TO_A) },
};

static void read_one(const char *label, const struct dns_message *m, enum err err, struct str want)
{
	struct dns_walk w = dns_message_walk(m, DNS_SECTION_ANSWER);
	struct dns_record rr;
	uint8_t out[DNS_RDATA_ROOM(255)];
	size_t n = 0, measured = 0;

	CHECK_INT(label, dns_message_next(&w, &rr), true);
	CHECK_INT(label, dns_rdata_read(m, &rr, NULL, &measured), err);
	CHECK_INT(label, dns_rdata_read(m, &rr, out, &n), err);
	CHECK_STR(label, ((struct str){ (const char *)out, n }), want);
	CHECK_INT(label, (long long)measured, (long long)n);
}

int main(void)
{
	static struct craft c;
	struct dns_message m;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint16_t type;
		CHECK_INT(cases[i].label, dns_type_read(str_of(cases[i].type), &type), true);
		craft_begin(&c, 1, DNS_FLAG_QR, "a.b.", type);
		size_t rdata = craft_open(&c, DNS_SECTION_ANSWER, STR("@"), type, 60);
		craft_add(&c, cases[i].rdata);
		craft_close(&c, rdata);
		CHECK_INT(cases[i].label, dns_message_read(craft_str(&c), &m), ERR_OK);
		read_one(cases[i].label, &m, cases[i].err, cases[i].want);
	}
	return TEST_EXIT();
}
