/*
 * What a message may cost: the codec is compiled so that it calls a function at
 * each branch, and the calls are counted.  Time plays no part.
 *
 * Each message is as long as a message can be, and made to be dear.  T9: names
 * of nothing but pointers.  T10: chains over a heap of records.
 */
#include "base/test.h"
#include "dns/build.h"
#include "dns/chain.h"
#include "dns/craft.h"
#include "dns/name.h"

void __sanitizer_cov_trace_pc(void);

static unsigned long steps;

void __sanitizer_cov_trace_pc(void)
{
	steps++;
}

#define NAME_LONG                                                                                  \
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi."                           \
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi."                           \
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi."                           \
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz."
#define ROOM 65000 /* octets; a record more fits */

static struct craft c;

/* A run of pointers, each to the one before; where the last stands. */
static unsigned pointers(unsigned n)
{
	size_t rdata = craft_open(&c, DNS_SECTION_ANSWER, STR("."), 65280, 60);
	unsigned to = DNS_HEADER_OCTETS;

	for (unsigned i = 0; i < n; i++) {
		unsigned at = (unsigned)c.n;
		craft_u16(&c, 0xc000 + to);
		to = at;
	}
	craft_close(&c, rdata);
	return to;
}

/* Records with that pointer as owner and no rdata, as many as fit. */
static void fill(uint16_t type, unsigned owner, struct str octets)
{
	while (c.n < ROOM) {
		craft_u16(&c, 0xc000 + owner);
		size_t rdata = craft_fixed(&c, DNS_SECTION_ANSWER, type, 60);
		craft_add(&c, octets);
		craft_close(&c, rdata);
	}
}

/* Every owner is the longest name, over as many pointers as a name may have. */
static void write_owners(void)
{
	fill(DNS_TYPE_TXT, pointers(126), STR(""));
}

/* The same, one pointer too many each. */
static void write_refused(void)
{
	fill(DNS_TYPE_TXT, pointers(127), STR(""));
}

/* An alias for each step, then the heap: every look goes over all of it. */
static void write_chain(void)
{
	char line[512];

	for (int i = 0; i < DNS_CHAIN_MAX; i++) {
		(void)snprintf(line, sizeof(line), "%s%c. 60 CNAME %s%c.", NAME_LONG, 'a' + i,
			       NAME_LONG, 'b' + i);
		craft_line(&c, DNS_SECTION_ANSWER, str_of(line));
	}
	fill(DNS_TYPE_TXT, pointers(100), STR(""));
}

/* The same with short names, which is within the bound: seventeen looks are made. */
static void write_short_chain(void)
{
	char line[64];

	for (int i = 0; i < DNS_CHAIN_MAX; i++) {
		(void)snprintf(line, sizeof(line), "n%d. 60 CNAME n%d.", i, i + 1);
		craft_line(&c, DNS_SECTION_ANSWER, str_of(line));
	}
	fill(DNS_TYPE_TXT, DNS_HEADER_OCTETS, STR(""));
}

/* DNAME records above the name, each leading over a run of pointers. */
static void write_dnames(void)
{
	unsigned to = pointers(120);
	char octets[2] = { (char)(0xc0 | to >> 8), (char)to };

	fill(DNS_TYPE_DNAME, DNS_HEADER_OCTETS + 2, (struct str){ octets, 2 });
}

/* Exchanges of a long name over a run of pointers: all are the answer. */
static void write_exchanges(void)
{
	unsigned to = pointers(126);
	char octets[4] = { 0, 1, (char)(0xc0 | to >> 8), (char)to };

	fill(DNS_TYPE_MX, DNS_HEADER_OCTETS, (struct str){ octets, 4 });
}

/* Authority records whose owners are long: none is an SOA above the name. */
static void write_authority(void)
{
	craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 TXT text"));
	(void)pointers(126);
	unsigned to = (unsigned)c.n - 2;
	while (c.n < ROOM) {
		craft_u16(&c, 0xc000 + to);
		craft_close(&c, craft_fixed(&c, DNS_SECTION_AUTHORITY, DNS_TYPE_SOA, 60));
	}
}

static const struct {
	const char *label;
	const char *name;
	uint16_t type;
	void (*write)(void);
	enum err err;
} cases[] = {
	{ "T9: owners over 127 pointers", NAME_LONG, DNS_TYPE_A, write_owners, ERR_SYNTAX },
	{ "T9: owners over 128 pointers", NAME_LONG, DNS_TYPE_A, write_refused, ERR_SYNTAX },
	{ "T9: exchanges over 127 pointers", "a.", DNS_TYPE_MX, write_exchanges, ERR_LIMIT },
	{ "T9: zones over 127 pointers", NAME_LONG, DNS_TYPE_A, write_authority, ERR_OK },
	{ "T10: a chain of long names over a heap", NAME_LONG "a.", DNS_TYPE_A, write_chain,
	  ERR_SYNTAX },
	{ "T10: a chain of short names over a heap", "n0.", DNS_TYPE_A, write_short_chain, ERR_OK },
	{ "T10: DNAME records over pointers", "x.a.", DNS_TYPE_A, write_dnames, ERR_SYNTAX },
};

/*
 * Steps for an octet of the message: the looks over it, and the bound of a
 * chain, which is sixteen octets of names for each octet of the longest message.
 */
#define STEPS_MAX (65535ul * 10 * DNS_CHAIN_MAX)

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct dns_name name = craft_name_of(cases[i].name);
		struct dns_asked asked = { .name = &name, .type = cases[i].type };
		struct dns_answer *a = NULL;
		struct dns_message m;

		craft_begin(&c, 1, DNS_FLAG_QR, cases[i].name, cases[i].type);
		cases[i].write();
		steps = 0;
		CHECK_INT(cases[i].label, dns_message_read(craft_str(&c), &m), ERR_OK);
		CHECK_INT(cases[i].label, dns_build_answer(&m, &asked, &a), cases[i].err);
		dns_answer_free(&a);
		printf("%8lu steps, %6zu octets: %s\n", steps, c.n, cases[i].label);
		CHECK_INT(cases[i].label, steps > c.n / 16 && steps < STEPS_MAX, true);
	}
	return TEST_EXIT();
}
