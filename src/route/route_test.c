#include "route/route.h"

#include "base/test.h"
#include "dns/text.h"
#include "route/craft.h"

static const struct ip_port self_at[] = {
	{ { 4, { 127, 0, 0, 1 } }, 25 },
	{ { 4, { 192, 0, 2, 77 } }, 26 },
};

static struct route_conf conf_for(enum route_kind kind)
{
	return (struct route_conf){
		.kind = kind,
		.domain = craft_name(STR("d.")),
		.via = { { 4, { 192, 0, 2, 9 } }, 2525 },
		.port = 25,
		.seed = 1,
		.self = craft_name(STR("me.")),
		.self_at = self_at,
		.n_self_at = COUNT_OF(self_at),
	};
}

/* "10 m. [2001:db8::1]:25 192.0.2.1:25!, 20 n.": hosts in order, "!" after our own address. */
static void facts_text(struct buf *out, const struct route_facts *f)
{
	char text[IP_TEXT_MAX];

	if (f->null_mx)
		buf_add(out, STR("null "));
	if (f->implicit)
		buf_add(out, STR("implicit "));
	if (f->self)
		buf_add(out, STR("self "));
	for (size_t i = 0; i < f->n_host; i++) {
		const struct route_host *h = &f->host[i];
		if (i)
			buf_add(out, STR(", "));
		buf_addu(out, h->preference);
		buf_addc(out, ' ');
		if (h->name.len)
			dns_name_text(out, &h->name);
		for (size_t k = 0; k < h->n_address; k++) {
			buf_addc(out, ' ');
			buf_add(out, ip_port_text(&h->address[k].at, text));
			if (h->address[k].self)
				buf_addc(out, '!');
		}
	}
}

static const struct {
	const char *label;
	enum route_kind kind;
	enum route_family family;
	const char *script;
	const char *questions; /* in the order in which they are asked */
	const char *facts;
} cases[] = {
	{ "one host", ROUTE_DOMAIN, ROUTE_ANY, "d. MX 10 m.\nm. A 192.0.2.1\nm. AAAA 2001:db8::1",
	  "d. MX, m. AAAA, m. A, ", "10 m. [2001:db8::1]:25 192.0.2.1:25" },
	{ "by preference", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX 30 o.; 10 m.; 20 n.",
	  "d. MX, m. A, n. A, o. A, ", "10 m., 20 n., 30 o." },
	{ "the ends of preference", ROUTE_DOMAIN, ROUTE_IPV6, "d. MX 65535 o.; 0 m.",
	  "d. MX, m. AAAA, o. AAAA, ", "0 m., 65535 o." },
	{ "a host twice, the better last", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX 20 m.; 15 n.; 10 M.",
	  "d. MX, M. A, n. A, ", "10 M., 15 n." },
	{ "a host twice, the better first", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX 10 m.; 15 n.; 20 M.",
	  "d. MX, m. A, n. A, ", "10 m., 15 n." },
	{ "a host twice, another between", ROUTE_DOMAIN, ROUTE_IPV4,
	  "d. MX 20 m.; 30 n.; 40 o.; 10 m.", "d. MX, m. A, n. A, o. A, ", "10 m., 30 n., 40 o." },
	{ "in turn, IPv6 first", ROUTE_DOMAIN, ROUTE_ANY,
	  "d. MX 10 m.\nm. A 192.0.2.1; 192.0.2.2; 192.0.2.3\nm. AAAA ::1; ::2",
	  "d. MX, m. AAAA, m. A, ",
	  "10 m. [::1]:25 192.0.2.1:25 [::2]:25 192.0.2.2:25 192.0.2.3:25" },
	{ "an address twice", ROUTE_DOMAIN, ROUTE_IPV4,
	  "d. MX 10 m.\nm. A 192.0.2.1; 192.0.2.2; 192.0.2.1", "d. MX, m. A, ",
	  "10 m. 192.0.2.1:25 192.0.2.2:25" },
	{ "IPv4 in IPv6 clothes", ROUTE_DOMAIN, ROUTE_ANY, "d. MX 10 m.\nm. AAAA 192.0.2.1; ::2",
	  "d. MX, m. AAAA, m. A, ", "10 m. 192.0.2.1:25 [::2]:25" },
	{ "the same, where IPv4 is not dialled", ROUTE_DOMAIN, ROUTE_IPV6,
	  "d. MX 10 m.\nm. AAAA 192.0.2.1; ::2", "d. MX, m. AAAA, ", "10 m. [::2]:25" },
	{ "records of a failure", ROUTE_DOMAIN, ROUTE_ANY,
	  "d. MX 10 m.\nm. A servfail 192.0.2.1\nm. AAAA nxdomain ::1", "d. MX, m. AAAA, m. A, ",
	  "10 m." },
	{ "a failure of MX", ROUTE_DOMAIN, ROUTE_ANY, "d. MX servfail 10 m.", "d. MX, ", "" },
	{ "no answer of MX", ROUTE_DOMAIN, ROUTE_ANY, "d. MX timeout", "d. MX, ", "" },
	{ "NXDOMAIN", ROUTE_DOMAIN, ROUTE_ANY, "d. MX nxdomain", "d. MX, ", "" },
	{ "no MX", ROUTE_DOMAIN, ROUTE_ANY, "d. A 192.0.2.1", "d. MX, d. AAAA, d. A, ",
	  "implicit 0 d. 192.0.2.1:25" },
	{ "MX by an alias", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX via e. 10 m.", "d. MX, m. A, ",
	  "10 m." },
	{ "address by an alias", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX 10 m.\nm. A via e. 192.0.2.1",
	  "d. MX, m. A, ", "10 m. 192.0.2.1:25" },
	{ "null MX", ROUTE_DOMAIN, ROUTE_ANY, "d. MX 0 .", "d. MX, ", "null " },
	{ "a null MX beside another", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX 0 .; 10 m.", "d. MX, m. A, ",
	  "10 m." },
	{ "an alias that leads nowhere", ROUTE_DOMAIN, ROUTE_ANY, "d. MX open via e. nodata",
	  "d. MX, ", "" },
	{ "malformed alone", ROUTE_DOMAIN, ROUTE_ANY, "d. MX malformed", "d. MX, ", "" },
	{ "malformed beside another", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX malformed; 10 m.",
	  "d. MX, m. A, ", "10 m." },
	{ "a number is a name", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX 10 192.0.2.1.",
	  "d. MX, 192.0.2.1. A, ", "10 192.0.2.1." },
	{ "our name is worse", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX 20 ME.; 10 m.; 20 n.; 30 o.",
	  "d. MX, m. A, ", "10 m." },
	{ "our name twice", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX 30 me.; 20 me.; 10 m.; 25 n.",
	  "d. MX, m. A, ", "10 m." },
	{ "our name twice, the better first", ROUTE_DOMAIN, ROUTE_IPV4,
	  "d. MX 20 me.; 30 me.; 10 m.; 25 n.", "d. MX, m. A, ", "10 m." },
	{ "our name is best", ROUTE_DOMAIN, ROUTE_ANY, "d. MX 10 me.; 10 m.; 20 n.", "d. MX, ",
	  "self " },
	{ "our address is best", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX 10 m.\nm. A 127.0.0.1",
	  "d. MX, m. A, ", "self 10 m. 127.0.0.1:25!" },
	{ "our address is worse", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX 10 m.; 20 n.\nn. A 127.0.0.1",
	  "d. MX, m. A, n. A, ", "10 m., 20 n. 127.0.0.1:25!" },
	{ "an alias of our name is worse", ROUTE_DOMAIN, ROUTE_IPV4,
	  "d. MX 10 m.; 20 n.\nn. A via ME. 192.0.2.77", "d. MX, m. A, n. A, ",
	  "10 m., 20 n. 192.0.2.77:25!" },
	{ "an alias of our name is best", ROUTE_DOMAIN, ROUTE_IPV4,
	  "d. MX 10 m.; 20 n.\nm. A via me. 192.0.2.77", "d. MX, m. A, n. A, ",
	  "self 10 m. 192.0.2.77:25!, 20 n." },
	{ "our address, another port", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX 10 m.\nm. A 192.0.2.77",
	  "d. MX, m. A, ", "10 m. 192.0.2.77:25" },
	{ "no address is here too", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX 10 m.\nm. A 0.0.0.0",
	  "d. MX, m. A, ", "self 10 m. 0.0.0.0:25!" },
	{ "another loopback address", ROUTE_DOMAIN, ROUTE_IPV4, "d. MX 10 m.\nm. A 127.0.0.2",
	  "d. MX, m. A, ", "10 m. 127.0.0.2:25" },
	{ "host", ROUTE_HOST, ROUTE_ANY, "d. A 192.0.2.1", "d. AAAA, d. A, ",
	  "0 d. 192.0.2.1:2525" },
	{ "host, one family", ROUTE_HOST, ROUTE_IPV6, "d. A 192.0.2.1", "d. AAAA, ", "0 d." },
	{ "static", ROUTE_STATIC, ROUTE_ANY, "", "", "0  192.0.2.9:2525" },
	{ "literal", ROUTE_LITERAL, ROUTE_ANY, "", "", "0  192.0.2.9:2525" },
};

static void check_case(size_t i)
{
	struct route_conf conf = conf_for(cases[i].kind);
	struct route_question q;
	struct buf questions = BUF_MAX(4096), facts = BUF_MAX(4096);
	char text[DNS_TYPE_TEXT_MAX];

	conf.family = cases[i].family;
	struct route *r = route_new(&conf);
	if (!r)
		abort();
	while (route_ask(r, &q)) {
		CHECK_INT(cases[i].label, route_done(r), false);
		dns_name_text(&questions, &q.name);
		buf_addc(&questions, ' ');
		buf_add(&questions, dns_type_text(q.type, text));
		buf_add(&questions, STR(", "));
		const struct dns_answer *a = craft_find(str_of(cases[i].script), &q.name, q.type);
		CHECK_INT(cases[i].label, route_answer(r, q.id, a), ERR_OK);
		/* Neither a second answer nor one to no question does anything. */
		CHECK_INT(cases[i].label, route_answer(r, q.id, a), ERR_OK);
		CHECK_INT(cases[i].label, route_answer(r, q.id + 1, a), ERR_OK);
		CHECK_INT(cases[i].label, route_answer(r, 999, a), ERR_OK);
	}
	CHECK_INT(cases[i].label, route_done(r), true);
	facts_text(&facts, route_facts(r));
	CHECK_STR(cases[i].label, buf_str(&questions), str_of(cases[i].questions));
	CHECK_STR(cases[i].label, buf_str(&facts), str_of(cases[i].facts));
	buf_free(&questions);
	buf_free(&facts);
	route_free(&r);
	arena_clear(&craft_memory);
}

/* Which TLSA records are asked for, and when (RFC 7672 section 2.2.2). */
static const struct {
	const char *label, *script, *questions;
	enum route_kind kind;
} tlsa[] = {
	{ "secure", "d. MX 10 m.\nm. A 192.0.2.1", "d. MX, m. A, _25._tcp.m. TLSA, ",
	  ROUTE_DOMAIN },
	{ "insecure", "d. MX 10 m.\nm. A insecure 192.0.2.1", "d. MX, m. A, ", ROUTE_DOMAIN },
	{ "indeterminate", "d. MX 10 m.\nm. A untrusted 192.0.2.1", "d. MX, m. A, ", ROUTE_DOMAIN },
	{ "no address", "d. MX 10 m.", "d. MX, m. A, ", ROUTE_DOMAIN },
	{ "no answer", "d. MX 10 m.\nm. A timeout", "d. MX, m. A, ", ROUTE_DOMAIN },
	{ "MX insecure", "d. MX insecure 10 m.\nm. A 192.0.2.1", "d. MX, m. A, _25._tcp.m. TLSA, ",
	  ROUTE_DOMAIN },
	{ "each host", "d. MX 10 m.; 20 n.\nm. A 192.0.2.1\nn. A 192.0.2.2",
	  "d. MX, m. A, n. A, _25._tcp.m. TLSA, _25._tcp.n. TLSA, ", ROUTE_DOMAIN },
	{ "a host of the administrator's, its port", "d. A 192.0.2.1", "d. A, _2525._tcp.d. TLSA, ",
	  ROUTE_HOST },
	{ "an address of the administrator's", "", "", ROUTE_STATIC },
	{ "a secure alias", "d. MX 10 m.\nm. A via e. 192.0.2.1\n_25._tcp.e. TLSA 3 1 1 32",
	  "d. MX, m. A, _25._tcp.e. TLSA, ", ROUTE_DOMAIN },
	{ "a secure alias, nothing at its end", "d. MX 10 m.\nm. A via e. 192.0.2.1",
	  "d. MX, m. A, _25._tcp.e. TLSA, _25._tcp.m. TLSA, ", ROUTE_DOMAIN },
	{ "a secure alias, insecure records at its end",
	  "d. MX 10 m.\nm. A via e. 192.0.2.1\n_25._tcp.e. TLSA insecure 3 1 1 32",
	  "d. MX, m. A, _25._tcp.e. TLSA, _25._tcp.m. TLSA, ", ROUTE_DOMAIN },
	{ "a secure alias, an error at its end",
	  "d. MX 10 m.\nm. A via e. 192.0.2.1\n_25._tcp.e. TLSA servfail",
	  "d. MX, m. A, _25._tcp.e. TLSA, ", ROUTE_DOMAIN },
	{ "a secure alias, no answer at its end",
	  "d. MX 10 m.\nm. A via e. 192.0.2.1\n_25._tcp.e. TLSA timeout",
	  "d. MX, m. A, _25._tcp.e. TLSA, ", ROUTE_DOMAIN },
	{ "an alias whose end is not signed",
	  "d. MX 10 m.\nm. A insecure via e. 192.0.2.1\nm. CNAME secure e.",
	  "d. MX, m. A, m. CNAME, _25._tcp.m. TLSA, ", ROUTE_DOMAIN },
	{ "an alias that is not signed either",
	  "d. MX 10 m.\nm. A insecure via e. 192.0.2.1\nm. CNAME insecure e.",
	  "d. MX, m. A, m. CNAME, ", ROUTE_DOMAIN },
	{ "an alias by a channel that is not trusted",
	  "d. MX 10 m.\nm. A untrusted via e. 192.0.2.1", "d. MX, m. A, ", ROUTE_DOMAIN },
};

static void check_tlsa(size_t i)
{
	struct route_conf conf = conf_for(tlsa[i].kind);
	struct route_question q;
	struct buf questions = BUF_MAX(4096);
	char text[DNS_TYPE_TEXT_MAX];

	conf.tlsa = true;
	conf.family = ROUTE_IPV4;
	struct route *r = route_new(&conf);
	if (!r)
		abort();
	while (route_ask(r, &q)) {
		dns_name_text(&questions, &q.name);
		buf_addf(&questions, " %.*s, ", STR_ARG(dns_type_text(q.type, text)));
		CHECK_INT(
			tlsa[i].label,
			route_answer(r, q.id, craft_find(str_of(tlsa[i].script), &q.name, q.type)),
			ERR_OK);
	}
	CHECK_INT(tlsa[i].label, route_done(r), true);
	CHECK_STR(tlsa[i].label, buf_str(&questions), str_of(tlsa[i].questions));
	buf_free(&questions);
	route_free(&r);
	arena_clear(&craft_memory);
}

/* All of a host's questions are out before the first is answered; answers in any order. */
static void check_side_by_side(void)
{
	struct route_conf conf = conf_for(ROUTE_DOMAIN);
	struct str script = STR("d. MX 10 m.; 20 n.\nm. A 192.0.2.1\nn. AAAA ::2");
	struct route *r = route_new(&conf);
	struct route_question q[5], more;
	struct buf facts = BUF_MAX(4096);
	size_t n = 0;

	if (!r || !route_ask(r, &q[0]))
		abort();
	CHECK_INT("nothing before MX", route_ask(r, &more), false);
	CHECK_INT("not done", route_done(r), false);
	CHECK_INT("MX", route_answer(r, q[0].id, craft_find(script, &q[0].name, q[0].type)),
		  ERR_OK);
	while (n < 4 && route_ask(r, &q[n]))
		n++;
	CHECK_INT("all at once", (long long)n, 4);
	CHECK_INT("once", route_ask(r, &more), false);
	while (n-- > 0) {
		CHECK_INT("not done", route_done(r), false);
		CHECK_INT("backwards",
			  route_answer(r, q[n].id, craft_find(script, &q[n].name, q[n].type)),
			  ERR_OK);
	}
	CHECK_INT("done", route_done(r), true);
	facts_text(&facts, route_facts(r));
	CHECK_STR("facts", buf_str(&facts), STR("10 m. 192.0.2.1:25, 20 n. [::2]:25"));
	buf_free(&facts);
	route_free(&r);
	route_free(&r);
}

/* A listener on every address is reached by loopback, whatever the family. */
static void check_wildcards(void)
{
	static const struct {
		const char *label;
		struct ip_port listen;
		const char *address;
		bool self;
	} wild[] = {
		{ "0.0.0.0", { { 4, { 0 } }, 25 }, "127.1.2.3", true },
		{ "0.0.0.0, not loopback", { { 4, { 0 } }, 25 }, "192.0.2.1", false },
		{ "0.0.0.0, another port", { { 4, { 0 } }, 26 }, "127.0.0.1", false },
		{ "::", { { 6, { 0 } }, 25 }, "127.0.0.1", true },
		{ "to 0.0.0.0", { { 4, { 127, 0, 0, 1 } }, 25 }, "0.0.0.0", true },
		{ "not to 0.0.0.0", { { 4, { 192, 0, 2, 1 } }, 25 }, "0.0.0.0", false },
	};

	for (size_t i = 0; i < COUNT_OF(wild); i++) {
		struct route_conf conf = conf_for(ROUTE_STATIC);
		conf.self_at = &wild[i].listen;
		conf.n_self_at = 1;
		conf.via.port = 25;
		if (ip_read(str_of(wild[i].address), &conf.via.ip) != ERR_OK)
			abort();
		struct route *r = route_new(&conf);
		if (!r)
			abort();
		CHECK_INT(wild[i].label, route_facts(r)->self, wild[i].self);
		route_free(&r);
	}
}

/* An MX answer of n hosts of one preference, "h0." and on, and the same again. */
static struct dns_answer *many(size_t n, uint16_t preference)
{
	struct dns_answer *a = craft_alloc(sizeof(*a));
	char text[32];

	struct dns_name d = craft_name(STR("d."));
	*a = (struct dns_answer){ .name = craft_keep(&d),
				  .type = DNS_TYPE_MX,
				  .outcome = DNS_DATA };
	a->rr = craft_alloc(2 * n * sizeof(*a->rr));
	for (size_t i = 0; i < 2 * n; i++) {
		(void)snprintf(text, sizeof(text), "h%zu.", i % n);
		struct dns_name name = craft_name(str_of(text));
		a->rr[a->n_rr++] =
			(struct dns_rr){ a->name, DNS_TYPE_MX, 60, craft_mx(preference, &name) };
	}
	return a;
}

static struct route *with_mx(const struct route_conf *conf, const struct dns_answer *mx)
{
	struct route *r = route_new(conf);
	struct route_question q;

	if (!r || !route_ask(r, &q) || route_answer(r, q.id, mx) != ERR_OK)
		abort();
	return r;
}

/* Each of the six orders of three equals comes up as often as the others. */
static void check_shuffle(void)
{
	struct dns_answer *mx = many(3, 10);
	int seen[3 * 3] = { 0 };

	for (uint64_t seed = 0; seed < 6000; seed++) {
		struct route_conf conf = conf_for(ROUTE_DOMAIN);
		conf.seed = seed;
		struct route *r = with_mx(&conf, mx);
		const struct route_facts *f = route_facts(r);
		CHECK_INT("three", (long long)f->n_host, 3);
		seen[(f->host[0].name.wire[2] - '0') * 3 + f->host[1].name.wire[2] - '0']++;
		route_free(&r);
	}
	for (int i = 0; i < 9; i++)
		CHECK_INT("as often", i % 4 == 0 ? seen[i] == 0 : seen[i] > 850 && seen[i] < 1150,
			  true);
	arena_clear(&craft_memory);
}

/* A host that was moved up leaves the others in the order that the seed gives them. */
static void check_moved_up(void)
{
	static const struct str scripts[2] = {
		STR_INIT("d. MX 20 m.; 30 n.; 10 m.; 30 o.; 30 p."),
		STR_INIT("d. MX 30 p.; 30 o.; 30 n.; 10 m."),
	};

	for (uint64_t seed = 0; seed < 64; seed++) {
		struct buf facts[2];
		for (size_t i = 0; i < 2; i++) {
			struct route_conf conf = conf_for(ROUTE_DOMAIN);
			conf.seed = seed;
			struct route *r = craft_route(&conf, scripts[i]);
			facts[i] = BUF_MAX(4096);
			facts_text(&facts[i], route_facts(r));
			route_free(&r);
		}
		CHECK_STR("moved up", buf_str(&facts[0]), buf_str(&facts[1]));
		buf_free(&facts[0]);
		buf_free(&facts[1]);
	}
	arena_clear(&craft_memory);
}

/* Without MX, a domain that has our name is ourselves. */
static void check_own_domain(void)
{
	struct route_conf conf = conf_for(ROUTE_DOMAIN);

	conf.domain = conf.self;
	struct route *r = craft_route(&conf, STR("me. A 192.0.2.1"));
	CHECK_INT("self", route_facts(r)->self, true);
	CHECK_INT("no host", (long long)route_facts(r)->n_host, 0);
	route_free(&r);
	conf.kind = ROUTE_HOST;
	r = craft_route(&conf, STR("me. A 192.0.2.1"));
	CHECK_INT("the administrator's word", route_facts(r)->self, false);
	route_free(&r);
}

/* The limit, and one past it; and the best are kept, wherever they stand. */
static void check_bounds(void)
{
	struct route_conf conf = conf_for(ROUTE_DOMAIN);

	for (size_t n = ROUTE_HOSTS_MAX; n <= ROUTE_HOSTS_MAX + 1; n++) {
		struct route *r = with_mx(&conf, many(n, 10));
		CHECK_INT("hosts", (long long)route_facts(r)->n_host, ROUTE_HOSTS_MAX);
		CHECK_INT("more", route_facts(r)->more, n > ROUTE_HOSTS_MAX);
		route_free(&r);
	}
	struct dns_answer *mx = many(500, 10);
	struct dns_name best = craft_name(STR("best."));
	craft_add(mx, DNS_TYPE_MX, craft_mx(9, &best));
	struct route *r = with_mx(&conf, mx);
	struct route_question q;
	size_t n = 0;
	CHECK_INT("the best", dns_name_eq(&route_facts(r)->host[0].name, &best), true);
	struct dns_answer *a = craft_alloc(sizeof(*a));
	*a = (struct dns_answer){ .name = craft_keep(&best),
				  .outcome = DNS_DATA,
				  .type = DNS_TYPE_A };
	for (size_t i = 0; i < ROUTE_ADDRESSES_MAX + 1; i++) {
		char *octets = craft_alloc(4);
		memcpy(octets, (char[4]){ 10, 0, 0, (char)i }, 4);
		craft_add(a, DNS_TYPE_A, (struct str){ octets, 4 });
	}
	for (; route_ask(r, &q); n++)
		CHECK_INT("answer", route_answer(r, q.id, a), ERR_OK);
	CHECK_INT("questions", (long long)n, 2 * ROUTE_HOSTS_MAX);
	CHECK_INT("addresses", (long long)route_facts(r)->host[0].n_address, ROUTE_ADDRESSES_MAX);
	route_free(&r);
	arena_clear(&craft_memory);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_case(i);
	for (size_t i = 0; i < COUNT_OF(tlsa); i++)
		check_tlsa(i);
	check_side_by_side();
	check_wildcards();
	check_shuffle();
	check_moved_up();
	check_own_domain();
	check_bounds();
	arena_clear(&craft_memory);
	return TEST_EXIT();
}
