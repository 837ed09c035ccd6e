/*
 * Chains and answers, as text: what the answer section held, and what was made
 * of it.  Each answer is also copied, and the copy must read the same.
 *
 * T4: a chain in one message and in two.  T9, T10, T11: hostile.h.
 */
#include "dns/build.h"

#include "base/test.h"
#include "dns/chain.h"
#include "dns/craft.h"
#include "dns/hostile.h"
#include "dns/text.h"

#define QR 0x8000u
#define AA 0x0400u
#define RA 0x0080u
#define AD 0x0020u
#define NX 3u

static const char *outcomes[] = {
	[DNS_DATA] = "data",     [DNS_NODATA] = "nodata",       [DNS_NO_NAME] = "no name",
	[DNS_FAILED] = "failed", [DNS_NO_ANSWER] = "no answer", [DNS_LOOP] = "loop",
};

/* "data secure 60s chain 1 final b.: a. 60 CNAME b.; b. 60 A 192.0.2.1" */
static void show(struct buf *out, const struct dns_answer *a)
{
	buf_addf(out, "%s%s %.*s %us", outcomes[a->outcome], a->open ? " open" : "",
		 STR_ARG(dns_status_text(a->status)), a->ttl_s);
	if (a->n_chain > 0) {
		buf_addf(out, " chain %zu final ", a->n_chain);
		dns_name_text(out, dns_answer_final(a));
	}
	for (size_t i = 0; i < a->n_rr; i++) {
		buf_add(out, i ? STR("; ") : STR(": "));
		dns_text_rr(out, &a->rr[i]);
	}
	for (size_t i = 0; i < a->n_ede; i++)
		buf_addf(out, " ede %u", a->ede[i]);
	if (a->ede_text.n > 0)
		buf_addf(out, " (%.*s)", STR_ARG(a->ede_text));
}

static void check_answer(const char *label, const struct dns_answer *a, const char *want)
{
	struct buf text = BUF_MAX(65535);
	struct dns_answer *copy = NULL;

	show(&text, a);
	CHECK_STR(label, buf_str(&text), str_of(want));
	CHECK_INT(label, dns_answer_copy(a, &copy), ERR_OK);
	if (copy) {
		text.n = 0;
		show(&text, copy);
		CHECK_STR(label, buf_str(&text), str_of(want));
	}
	dns_answer_free(&copy);
	CHECK_INT(label, copy == NULL, true);
	buf_free(&text);
}

static const struct {
	const char *label;
	unsigned flags;
	const char *name;
	const char *type;
	const char *answer;
	const char *authority;
	const char *want; /* NULL: ERR_SYNTAX */
} cases[] = {
	{ "data", QR | AD, "a.", "A", "a. 60 A 192.0.2.1\na. 50 A 192.0.2.2", "",
	  "data secure 50s: a. 60 A 192.0.2.1; a. 50 A 192.0.2.2" },
	{ "no ad", QR, "a.", "A", "a. 60 A 192.0.2.1", "", "data insecure 60s: a. 60 A 192.0.2.1" },
	{ "case", QR | AD, "a.EXAMPLE.", "A", "A.example. 60 A 192.0.2.1", "",
	  "data secure 60s: a.EXAMPLE. 60 A 192.0.2.1" },
	{ "compressed", QR | AD, "a.", "MX", "@ 60 MX 10 @", "",
	  "data secure 60s: a. 60 MX 10 a." },
	{ "T10: off the path", QR | AD, "a.", "A",
	  "b. 60 A 192.0.2.9\na. 60 MX 1 b.\na. 60 A 192.0.2.1\nc. 1 CNAME a.", "",
	  "data secure 60s: a. 60 A 192.0.2.1" },
	{ "T10: ttl of a day", QR, "a.", "A", "a. 86400 A 192.0.2.1", "",
	  "data insecure 86400s: a. 86400 A 192.0.2.1" },
	{ "T10: ttl past a day", QR, "a.", "A", "a. 86401 A 192.0.2.1", "",
	  "data insecure 86400s: a. 86400 A 192.0.2.1" },
	{ "T10: ttl with sign", QR, "a.", "A", "a. 2147483648 A 192.0.2.1", "",
	  "data insecure 0s: a. 0 A 192.0.2.1" },

	{ "T10: cname", QR | AD, "a.", "A", "a. 60 CNAME b.\nb. 50 A 192.0.2.1", "",
	  "data secure 50s chain 1 final b.: a. 60 CNAME b.; b. 50 A 192.0.2.1" },
	{ "T10: cname, backwards", QR | AD, "a.", "A",
	  "c. 60 A 192.0.2.1\nb. 40 CNAME c.\na. 60 CNAME b.", "",
	  "data secure 40s chain 2 final c.: a. 60 CNAME b.; b. 40 CNAME c.; c. 60 A 192.0.2.1" },
	{ "T10: cname, case", QR | AD, "a.", "A", "A. 60 CNAME B.\nb. 60 A 192.0.2.1", "",
	  "data secure 60s chain 1 final B.: a. 60 CNAME B.; B. 60 A 192.0.2.1" },
	{ "T10: cname twice the same", QR, "a.", "A",
	  "a. 60 CNAME b.\na. 60 CNAME b.\nb. 60 A 192.0.2.1", "",
	  "data insecure 60s chain 1 final b.: a. 60 CNAME b.; b. 60 A 192.0.2.1" },
	{ "T10: cname, two ways", QR, "a.", "A",
	  "a. 60 CNAME b.\na. 60 CNAME c.\nb. 60 A 192.0.2.1", "", NULL },
	{ "T10: cname and data", QR, "a.", "A", "a. 60 CNAME b.\na. 60 A 192.0.2.1", "", NULL },
	{ "T10: cname asked for", QR | AD, "a.", "CNAME", "a. 60 CNAME b.\nb. 60 CNAME c.", "",
	  "data secure 60s: a. 60 CNAME b." },
	{ "T10: any", QR, "a.", "ANY", "a. 60 CNAME b.\nb. 60 A 192.0.2.1", "",
	  "data insecure 60s: a. 60 CNAME b." },
	{ "T10: cname, open", QR | AD, "a.", "A", "a. 60 CNAME b.", "",
	  "nodata open secure 60s chain 1 final b.: a. 60 CNAME b." },
	{ "T11: cname, denied", QR | AD, "a.", "A", "a. 60 CNAME b.", "b. 30 SOA 20",
	  "nodata secure 20s chain 1 final b.: a. 60 CNAME b." },
	{ "T11: cname, denied above", QR, "a.", "A", "a. 60 CNAME b.c.", "c. 10 SOA 20",
	  "nodata insecure 10s chain 1 final b.c.: a. 60 CNAME b.c." },
	{ "T11: cname, denied elsewhere", QR, "a.", "A", "a. 60 CNAME b.c.", "d. 10 SOA 20",
	  "nodata open insecure 60s chain 1 final b.c.: a. 60 CNAME b.c." },
	{ "T11: cname, no such name", QR | AD | NX, "a.", "A", "a. 5 CNAME b.", ". 30 SOA 20",
	  "no name secure 5s chain 1 final b.: a. 5 CNAME b." },
	{ "T10: cname to itself", QR, "a.", "A", "a. 60 CNAME a.", "",
	  "loop insecure 60s chain 1 final a.: a. 60 CNAME a." },
	{ "T10: cname, loop of two", QR, "a.", "A", "a. 60 CNAME b.\nb. 60 CNAME A.", "",
	  "loop insecure 60s chain 2 final A.: a. 60 CNAME b.; b. 60 CNAME A." },
	{ "T10: cname, malformed off the path", QR, "a.", "A", "a. 60 A 192.0.2.1\nb. 60 TYPE5 c0",
	  "", "data insecure 60s: a. 60 A 192.0.2.1" },

	{ "T10: dname", QR | AD, "x.a.", "A",
	  "a. 60 DNAME b.\nx.a. 60 CNAME x.b.\nx.b. 60 A 192.0.2.1", "",
	  "data secure 60s chain 2 final x.b.: a. 60 DNAME b.; x.a. 60 CNAME x.b.; "
	  "x.b. 60 A 192.0.2.1" },
	{ "T10: dname alone", QR | AD, "x.a.", "A", "a. 60 DNAME b.\nx.b. 60 A 192.0.2.1", "",
	  "data secure 60s chain 2 final x.b.: a. 60 DNAME b.; x.a. 60 CNAME x.b.; "
	  "x.b. 60 A 192.0.2.1" },
	{ "T10: dname, another cname", QR, "x.a.", "A",
	  "a. 60 DNAME b.\nx.a. 60 CNAME y.b.\ny.b. 60 A 192.0.2.1", "", NULL },
	{ "T10: dname, at the name itself", QR, "a.", "A", "a. 60 DNAME b.\na. 60 A 192.0.2.1", "",
	  "data insecure 60s: a. 60 A 192.0.2.1" },
	{ "T10: dname, at the name itself, no data", QR, "a.", "A", "a. 60 DNAME b.", "",
	  "nodata insecure 0s" },
	{ "T10: dname asked for", QR, "a.", "DNAME", "a. 60 DNAME b.", "",
	  "data insecure 60s: a. 60 DNAME b." },
	{ "T10: dname asked for below one", QR, "x.a.", "DNAME", "a. 60 DNAME b.", "",
	  "nodata open insecure 60s chain 2 final x.b.: a. 60 DNAME b.; x.a. 60 CNAME x.b." },
	{ "T10: dname, two ways", QR, "x.a.", "A", "a. 60 DNAME b.\na. 60 DNAME c.", "", NULL },
	{ "T10: dname, malformed", QR, "x.a.", "A", "a. 60 TYPE39 c0", "", NULL },
	{ "T10: dname, nearest", QR, "x.y.a.", "A", "a. 60 DNAME b.\ny.a. 60 DNAME c.", "",
	  "nodata open insecure 60s chain 2 final x.c.: y.a. 60 DNAME c.; x.y.a. 60 CNAME x.c." },
	{ "T10: dname, nearest first", QR, "x.y.a.", "A", "y.a. 60 DNAME c.\na. 60 DNAME b.", "",
	  "nodata open insecure 60s chain 2 final x.c.: y.a. 60 DNAME c.; x.y.a. 60 CNAME x.c." },
	{ "T10: dname, not above", QR, "x.ba.", "A", "a. 60 DNAME b.", "", NULL },
	{ "T10: dname, not above, beside data", QR, "x.ba.", "A", "a. 60 DNAME b.\nx.ba. 60 TXT t",
	  "", "nodata insecure 0s" },

	{ "T11: nodata", QR | AD, "a.", "MX", "", "a. 30 SOA 20", "nodata secure 20s" },
	{ "T11: nodata, soa's ttl", QR | AD, "a.", "MX", "", "a. 10 SOA 20", "nodata secure 10s" },
	{ "T11: nodata, root's soa", QR, "a.", "MX", "", ". 10 SOA 20", "nodata insecure 10s" },
	{ "T11: nodata, no soa", QR | AD, "a.", "MX", "", "", "nodata secure 0s" },
	{ "T11: nodata, soa of another", QR | AD, "a.", "MX", "", "b. 10 SOA 20",
	  "nodata secure 0s" },
	{ "T11: nodata, soa below", QR | AD, "a.", "MX", "", "b.a. 10 SOA 20", "nodata secure 0s" },
	{ "T11: nodata, soa after three of others", QR | AD, "a.", "MX", "",
	  "b. 9 SOA 9\nb. 9 SOA 9\nb. 9 SOA 9\na. 10 SOA 20", "nodata secure 10s" },
	{ "T11: nodata, soa after four of others", QR | AD, "a.", "MX", "",
	  "b. 9 SOA 9\nb. 9 SOA 9\nb. 9 SOA 9\nb. 9 SOA 9\na. 10 SOA 20", "nodata secure 0s" },
	{ "T11: nodata, soa malformed", QR, "a.", "MX", "", "a. 10 TYPE6 00c0",
	  "nodata insecure 0s" },
	{ "T11: nodata, soa and ns", QR, "a.", "MX", "", "a. 9 NS b.\na. 10 SOA 20",
	  "nodata insecure 10s" },
	{ "T11: nodata, minimum with sign", QR, "a.", "MX", "", "a. 10 SOA 2147483648",
	  "nodata insecure 0s" },
	{ "T11: nodata, beside other data", QR, "a.", "MX", "a. 60 A 192.0.2.1", "a. 10 SOA 20",
	  "nodata insecure 10s" },
	{ "T11: referral", QR, "a.", "MX", "", "a. 9 NS b.", NULL },
	{ "T11: no referral, as it recurses", QR | RA, "a.", "MX", "", "a. 9 NS b.",
	  "nodata insecure 0s" },
	{ "T11: no referral, nor open", QR | RA | AD, "a.", "MX", "", "a. 9 NS b.",
	  "nodata secure 0s" },
	{ "T11: an authority without soa", QR | AA, "a.", "MX", "", "a. 9 NS b.",
	  "nodata insecure 0s" },
	{ "T11: no name", QR | AD | NX, "a.", "MX", "", ". 30 SOA 20", "no name secure 20s" },
	{ "T11: no name, no soa", QR | NX, "a.", "MX", "", "", "no name insecure 0s" },
	{ "T11: no name, data", QR | NX, "a.", "A", "a. 60 A 192.0.2.1", "",
	  "no name insecure 0s" },
	{ "T4: servfail", QR | AD | 2, "a.", "A", "a. 60 A 192.0.2.1", "",
	  "failed indeterminate 0s" },
	{ "T4: refused", QR | AD | 5, "a.", "A", "", "", "failed indeterminate 0s" },
	{ "not a response", AD, "a.", "A", "a. 60 A 192.0.2.1", "",
	  "data indeterminate 60s: a. 60 A 192.0.2.1" },
	{ "malformed address", QR, "a.", "A", "a. 60 TYPE1 c00002", "", NULL },
	{ "malformed address beside", QR, "a.", "A", "a. 60 A 192.0.2.1\nb. 60 TYPE28 c0", "",
	  "data insecure 60s: a. 60 A 192.0.2.1" },
	{ "empty rdata", QR, "a.", "TXT", "a. 60 TYPE16", "",
	  "data insecure 60s: a. 60 TXT \\# 0" },
};

static enum err build(const struct craft *c, const struct dns_asked *asked, struct dns_answer **out)
{
	struct dns_message m;
	enum err e = dns_message_read(craft_str(c), &m);

	return e == ERR_OK ? dns_build_answer(&m, asked, out) : e;
}

static void test_cases(void)
{
	static struct craft c;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct dns_name name = craft_name_of(cases[i].name);
		struct dns_asked asked = { .name = &name, .ad = true, .trust = DNS_TRUST_LOOPBACK };
		struct dns_answer *a = NULL;

		CHECK_INT(cases[i].label, dns_type_read(str_of(cases[i].type), &asked.type), true);
		craft_begin(&c, 1, cases[i].flags, cases[i].name, asked.type);
		craft_lines(&c, DNS_SECTION_ANSWER, cases[i].answer);
		craft_lines(&c, DNS_SECTION_AUTHORITY, cases[i].authority);
		enum err e = build(&c, &asked, &a);
		CHECK_INT(cases[i].label, e, cases[i].want ? ERR_OK : ERR_SYNTAX);
		if (a && cases[i].want)
			check_answer(cases[i].label, a, cases[i].want);
		dns_answer_free(&a);
	}
}

/* A chain of n steps from n0., the last of which has an address. */
static enum dns_outcome chain_of(unsigned n)
{
	static struct craft c;
	struct dns_name name = craft_name_of("n0.");
	struct dns_asked asked = { .name = &name, .type = DNS_TYPE_A };
	struct dns_answer *a = NULL;
	char line[64];

	craft_begin(&c, 1, QR, "n0.", DNS_TYPE_A);
	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(line, sizeof(line), "n%u. 60 CNAME n%u.", i, i + 1);
		craft_line(&c, DNS_SECTION_ANSWER, str_of(line));
	}
	(void)snprintf(line, sizeof(line), "n%u. 60 A 192.0.2.1", n);
	craft_line(&c, DNS_SECTION_ANSWER, str_of(line));
	if (build(&c, &asked, &a) != ERR_OK)
		return DNS_NO_ANSWER;
	enum dns_outcome outcome = a->outcome;
	dns_answer_free(&a);
	return outcome;
}

static void test_ede(void)
{
	static struct craft c;
	struct dns_name name = craft_name_of("a.");
	struct dns_asked asked = { .name = &name, .type = DNS_TYPE_A };
	struct dns_answer *a = NULL;

	craft_begin(&c, 1, QR | 2, "a.", DNS_TYPE_A);
	craft_ede(&c, 7, "expired\n");
	CHECK_INT("bogus", build(&c, &asked, &a), ERR_OK);
	check_answer("bogus", a, "failed bogus 0s ede 7 (expired\n)");
	dns_answer_free(&a);
}

static struct dns_answer *answer_of(const char *name_text, unsigned flags, const char *answer,
				    const char *authority)
{
	static struct craft c;
	struct dns_name name = craft_name_of(name_text);
	struct dns_asked asked = {
		.name = &name, .type = DNS_TYPE_A, .ad = true, .trust = DNS_TRUST_STATED
	};
	struct dns_answer *a = NULL;

	craft_begin(&c, 1, flags, name_text, DNS_TYPE_A);
	craft_lines(&c, DNS_SECTION_ANSWER, answer);
	craft_lines(&c, DNS_SECTION_AUTHORITY, authority);
	CHECK_INT(name_text, build(&c, &asked, &a), ERR_OK);
	return a;
}

/* It makes a new name each time: only counting ends that. */
static void test_dname_below_itself(void)
{
	struct dns_answer *a = answer_of("x.a.", QR, "a. 60 DNAME b.a.", "");
	struct dns_name final = craft_name_of("x.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.a.");

	CHECK_INT("T10: DNAME below itself", a->outcome, DNS_LOOP);
	CHECK_INT("T10: DNAME below itself", (long long)a->n_chain, 2 * DNS_CHAIN_MAX);
	CHECK_INT("T10: DNAME below itself", dns_name_eq(dns_answer_final(a), &final), true);
	dns_answer_free(&a);
}

/* A DNAME that makes a name of 256 octets: what an authority calls YXDOMAIN. */
static void test_dname_too_long(void)
{
	static struct craft c;
	struct dns_answer *a = NULL;
	char name_text[256] = "", line[512];

	for (int i = 0; i < 124; i++) /* 248 octets, "b." and the root: 251 */
		memcpy(name_text + 2 * i, "x.", 2);
	memcpy(name_text + 248, "b.", 3);
	struct dns_name name = craft_name_of(name_text);
	struct dns_asked asked = { .name = &name, .type = DNS_TYPE_A };
	for (unsigned extra = 5; extra <= 6; extra++) {
		(void)snprintf(line, sizeof(line), "b. 60 DNAME %.*s.", (int)extra, "abcdef");
		craft_begin(&c, 1, QR, name_text, DNS_TYPE_A);
		craft_line(&c, DNS_SECTION_ANSWER, str_of(line));
		/* The new name has 248 + 1 + extra + 1 octets. */
		CHECK_INT(extra == 5 ? "T10: DNAME to 255 octets" : "T10: DNAME to 256 octets",
			  build(&c, &asked, &a), extra == 5 ? ERR_OK : ERR_SYNTAX);
		dns_answer_free(&a);
	}
}

#define LABEL_60 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh"

/* A chain of 16 steps, then n records of the question's owner; what a look costs. */
static enum err heap_of(size_t n, size_t *cost)
{
	static struct craft c;
	struct dns_name name = craft_name_of(LABEL_60 ".");
	struct dns_asked asked = { .name = &name, .type = DNS_TYPE_A };
	struct dns_answer *a = NULL;
	char line[64];

	craft_begin(&c, 1, QR, LABEL_60 ".", DNS_TYPE_A);
	craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 CNAME a."));
	for (unsigned i = 0; i < DNS_CHAIN_MAX - 1; i++) {
		(void)snprintf(line, sizeof(line), "%c. 60 CNAME %c.", 'a' + i, 'b' + i);
		craft_line(&c, DNS_SECTION_ANSWER, str_of(line));
	}
	/* Owners and targets: 62 octets and a pointer, then one letter each. */
	*cost = 64 + 3 + (DNS_CHAIN_MAX - 1) * 6 + n * 64;
	for (size_t i = 0; i < n; i++)
		craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 TYPE99"));
	enum err e = build(&c, &asked, &a);
	dns_answer_free(&a);
	return e;
}

static void test_work(void)
{
	size_t cost, most = DNS_CHAIN_WORK_MAX / (DNS_CHAIN_MAX + 1);
	size_t n = (most - 157) / 64;

	CHECK_INT("T10: as much work as may be", heap_of(n, &cost), ERR_OK);
	CHECK_INT("T10: as much work as may be", cost <= most && cost + 64 > most, true);
	CHECK_INT("T10: more work than may be", heap_of(n + 1, &cost), ERR_SYNTAX);
}

static const struct {
	const char *label;
	unsigned flags;
	const char *name, *answer, *authority;
	const char *want;
} joins[] = {
	{ "data", QR | AD, "b.", "b. 50 A 192.0.2.1", "",
	  "data secure 50s chain 1 final b.: a. 60 CNAME b.; b. 50 A 192.0.2.1" },
	{ "weaker", QR, "b.", "b. 70 A 192.0.2.1", "",
	  "data insecure 60s chain 1 final b.: a. 60 CNAME b.; b. 70 A 192.0.2.1" },
	{ "on and open", QR | AD, "b.", "b. 50 CNAME c.", "",
	  "nodata open secure 50s chain 2 final c.: a. 60 CNAME b.; b. 50 CNAME c." },
	{ "no name", QR | AD | NX, "b.", "", ". 9 SOA 8",
	  "no name secure 8s chain 1 final b.: a. 60 CNAME b." },
	{ "failed", QR | 2, "b.", "", "",
	  "failed indeterminate 0s chain 1 final b.: a. 60 CNAME b." },
	{ "back", QR | AD, "b.", "b. 50 CNAME a.", "",
	  "loop secure 50s chain 2 final a.: a. 60 CNAME b.; b. 50 CNAME a." },
};

static void test_join(void)
{
	for (size_t i = 0; i < COUNT_OF(joins); i++) {
		struct dns_answer *head = answer_of("a.", QR | AD, "a. 60 CNAME b.", "");
		struct dns_answer *tail = answer_of(joins[i].name, joins[i].flags, joins[i].answer,
						    joins[i].authority);
		struct dns_answer *joined = NULL;
		CHECK_INT(joins[i].label, dns_build_join(head, tail, &joined), ERR_OK);
		dns_answer_free(&head);
		dns_answer_free(&tail);
		check_answer(joins[i].label, joined, joins[i].want);
		dns_answer_free(&joined);
	}
}

/* One step at a time: 16 are joined, 17 are a loop. */
static void test_join_limit(void)
{
	struct dns_answer *all = answer_of("n0.", QR, "n0. 60 CNAME n1.", "");

	for (unsigned i = 1; i <= DNS_CHAIN_MAX; i++) {
		char name[16], line[64];
		struct dns_answer *joined = NULL;
		(void)snprintf(name, sizeof(name), "n%u.", i);
		(void)snprintf(line, sizeof(line), "n%u. 60 CNAME n%u.", i, i + 1);
		struct dns_answer *tail = answer_of(name, QR, line, "");
		CHECK_INT(line, dns_build_join(all, tail, &joined), ERR_OK);
		CHECK_INT(line, joined->outcome, i < DNS_CHAIN_MAX ? DNS_NODATA : DNS_LOOP);
		dns_answer_free(&tail);
		dns_answer_free(&all);
		all = joined;
	}
	dns_answer_free(&all);
}

/* An answer under all that AD depends on but the rcode, which flags have. */
static struct dns_answer *judged(enum dns_trust trust, bool asked_ad, unsigned flags,
				 const char *name_text, const char *lines)
{
	static struct craft c;
	struct dns_name name = craft_name_of(name_text);
	struct dns_asked asked = {
		.name = &name, .type = DNS_TYPE_A, .ad = asked_ad, .trust = trust
	};
	struct dns_answer *a = NULL;

	craft_begin(&c, 1, QR | flags, name_text, DNS_TYPE_A);
	craft_lines(&c, DNS_SECTION_ANSWER, lines);
	CHECK_INT(lines, build(&c, &asked, &a), ERR_OK);
	return a;
}

/* What a message by itself is worth. */
static enum dns_status worth(enum dns_trust trust, bool asked_ad, unsigned flags)
{
	unsigned rcode = flags & 15;

	if (trust == DNS_TRUST_NONE || !asked_ad || (rcode != 0 && rcode != 3))
		return DNS_INDETERMINATE;
	return flags & AD ? DNS_SECURE : DNS_INSECURE;
}

/* The alias in one message, its target's answer in another; or both in one. */
static void test_split(enum dns_trust trust, bool asked_ad, unsigned head_flags,
		       unsigned tail_flags)
{
	struct dns_answer *head = judged(trust, asked_ad, head_flags, "a.", "a. 60 CNAME b.");
	struct dns_answer *tail = judged(trust, asked_ad, tail_flags, "b.", "b. 60 A 192.0.2.1");
	struct dns_answer *one =
		judged(trust, asked_ad, tail_flags, "a.", "a. 60 CNAME b.\nb. 60 A 192.0.2.1");
	struct dns_answer *joined = NULL;
	enum dns_status first = worth(trust, asked_ad, head_flags);
	enum dns_status second = worth(trust, asked_ad, tail_flags);

	CHECK_INT("T4: alias alone", head->status, first);
	CHECK_INT("T4: target alone", tail->status, second);
	CHECK_INT("T4: alias and target in one message", one->status, second);
	CHECK_INT("T4: joined", dns_build_join(head, tail, &joined), ERR_OK);
	CHECK_INT("T4: alias and target in two messages", joined->status,
		  first == DNS_SECURE    ? second
		  : second == DNS_SECURE ? first
		  : first == second      ? first
					 : DNS_INDETERMINATE);
	CHECK_INT("T4: the step alone", head->open, true);
	CHECK_INT("T4: AA is told", joined->aa, (head_flags | tail_flags) & AA ? 1 : 0);
	dns_answer_free(&head);
	dns_answer_free(&tail);
	dns_answer_free(&one);
	dns_answer_free(&joined);
}

static void test_splits(void)
{
	static const unsigned rcodes[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const unsigned ads[] = { 0, AD, AA, AD | AA };

	for (int trust = DNS_TRUST_NONE; trust <= DNS_TRUST_EMBEDDED; trust++)
		for (size_t r = 0; r < COUNT_OF(rcodes); r++)
			for (unsigned i = 0; i < 32; i++)
				test_split((enum dns_trust)trust, i >> 4, ads[i & 3],
					   ads[i >> 2 & 3] | rcodes[r]);
}

static void test_none(void)
{
	struct dns_name name = craft_name_of("a.");
	struct dns_asked asked = { .name = &name, .type = DNS_TYPE_A, .ad = true };
	struct dns_answer *a = NULL;

	CHECK_INT("none", dns_build_none(&asked, DNS_NO_ANSWER, STR("timeout"), &a), ERR_OK);
	check_answer("none", a, "no answer indeterminate 0s");
	CHECK_STR("none", a->why, STR("timeout"));
	dns_answer_free(&a);
}

static const enum dns_outcome fates[] = {
	[HOSTILE_LOOP] = DNS_LOOP,
	[HOSTILE_DATA] = DNS_DATA,
	[HOSTILE_NODATA] = DNS_NODATA,
	[HOSTILE_NO_NAME] = DNS_NO_NAME,
};

static void check_fate(const struct hostile *h, const struct dns_answer *a)
{
	struct buf text = BUF_MAX(65535);

	CHECK_INT(h->label, a->outcome, fates[h->fate]);
	CHECK_INT(h->label, a->status, DNS_SECURE);
	CHECK_INT(h->label, a->open, false);
	CHECK_INT(h->label, a->ttl_s, h->ttl_s);
	for (size_t i = 0; i < a->n_rr; i++) {
		buf_add(&text, i ? STR("; ") : STR(""));
		dns_text_rr(&text, &a->rr[i]);
	}
	if (h->records || a->n_rr == 0)
		CHECK_STR(h->label, buf_str(&text), str_of(h->records));
	buf_free(&text);
}

/* A CNAME, then n records that each have a name of 250 octets, numbered by preference. */
static struct dns_answer *many_of(unsigned n)
{
	static struct craft c;
	struct dns_name name = craft_name_of("a.");
	struct dns_asked asked = { .name = &name, .type = DNS_TYPE_MX };
	struct dns_answer *a = NULL;
	struct buf line = BUF_MAX(1024);

	craft_begin(&c, 1, QR, "a.", DNS_TYPE_MX);
	craft_line(&c, DNS_SECTION_ANSWER, STR("a. 60 CNAME b."));
	for (unsigned i = 0; i < n; i++) {
		line.n = 0;
		buf_addf(&line, "b. 60 MX %u ", i);
		for (int k = 0; k < 124; k++)
			buf_add(&line, STR("x."));
		craft_line(&c, DNS_SECTION_ANSWER, buf_str(&line));
	}
	buf_free(&line);
	CHECK_INT("many", build(&c, &asked, &a), ERR_OK);
	return a;
}

/* What is kept of records on the way has an end: nothing changes there. */
static void test_many(void)
{
	for (unsigned n = 1; n <= 40; n++) {
		struct dns_answer *a = many_of(n);
		bool right = a && a->n_rr == n + 1 && a->n_chain == 1 && a->rr[0].rdata.n == 3;

		for (unsigned i = 0; right && i < n; i++) {
			struct str mx = a->rr[i + 1].rdata;
			right = mx.n == 2 + 249 && mx.p[1] == (char)i && mx.p[2] == 1 &&
				mx.p[3] == 'x' && mx.p[250] == 0;
		}
		CHECK_INT("many", right ? 0 : n, 0);
		dns_answer_free(&a);
	}
}

static void test_hostile(const struct hostile *h)
{
	static struct craft c;
	struct dns_name name = hostile_name(h);
	struct dns_asked asked = {
		.name = &name, .type = hostile_type(h), .ad = true, .trust = DNS_TRUST_STATED
	};
	struct dns_answer *a = NULL;

	hostile_write(h, &c, 1, &name);
	bool asks = dns_message_asks(craft_str(&c), &name, asked.type);
	CHECK_INT(h->label, asks, h->fate != HOSTILE_DROPPED);
	if (!asks)
		return;
	enum err e = build(&c, &asked, &a);
	CHECK_INT(h->label, e == ERR_SYNTAX, h->fate == HOSTILE_MALFORMED);
	if (a && h->fate != HOSTILE_MALFORMED)
		check_fate(h, a);
	dns_answer_free(&a);
}

int main(void)
{
	for (size_t i = 0; i < HOSTILE_COUNT; i++)
		test_hostile(&hostile_table[i]);
	test_cases();
	CHECK_INT("T10: 16 steps", chain_of(DNS_CHAIN_MAX), DNS_DATA);
	CHECK_INT("T10: 17 steps", chain_of(DNS_CHAIN_MAX + 1), DNS_LOOP);
	test_ede();
	test_dname_below_itself();
	test_dname_too_long();
	test_work();
	test_join();
	test_join_limit();
	test_splits();
	test_none();
	test_many();
	return TEST_EXIT();
}
