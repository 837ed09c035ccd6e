/*
 * The route machine and the verdict under any answers in any order.  Seeds:
 * src/route/corpus/route/.
 *
 * The input is read octet by octet as choices: what is routed, and for each
 * question that is open which is answered next and by what.  What must hold: no
 * question is asked twice, the route ends, its hosts are in order and each is
 * there once, and every service gets a verdict that keeps what SPEC section 3
 * promises.
 */
#include "base/text.h"
#include "route/craft.h"
#include "route/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

enum { OPEN_MAX = ROUTE_QUESTIONS_MAX };

static struct rd in;

/* The next choice, below n. */
static unsigned choose(unsigned n)
{
	return rd_left(&in) ? rd_u8(&in) % n : 0;
}

static struct dns_name some_name(void)
{
	static const char *const names[] = { "d.", "me.", ".", "m.", "M.", "n.x.", "o\\000." };
	unsigned i = choose(64);
	char text[8] = "h00.";

	if (i < sizeof(names) / sizeof(names[0]))
		return craft_name(str_of(names[i]));
	text[1] = (char)('0' + i / 10);
	text[2] = (char)('0' + i % 10);
	return craft_name(str_of(text));
}

static struct str some_rdata(uint16_t type)
{
	size_t want = type == DNS_TYPE_A ? 4 : 16;

	if (choose(16) == 15)
		return STR("\1\2\3");
	if (type == DNS_TYPE_MX) {
		struct dns_name name = some_name();
		return craft_mx((uint16_t)(choose(4) * 10), &name);
	}
	if (type == DNS_TYPE_CNAME) {
		struct dns_name name = some_name();
		return dns_name_wire(craft_keep(&name));
	}
	if (type == DNS_TYPE_TLSA) { /* of each kind, some good */
		char *tlsa = craft_alloc(35);
		for (size_t i = 0; i < 3; i++)
			tlsa[i] = (char)choose(4);
		return (struct str){ tlsa, choose(4) ? 35 : choose(5) };
	}
	char *octets = craft_alloc(want);
	octets[0] = (char)(choose(3) * 127);
	octets[want - 1] = (char)choose(8);
	return (struct str){ octets, want };
}

static const struct dns_answer *some_answer(const struct route_question *q)
{
	static const char *const words[] = { "nodata",  "nxdomain", "servfail", "bogus",
					     "refused", "timeout",  "loop",     "aa" };
	struct dns_answer *a = craft_alloc(sizeof(*a));
	unsigned what = choose(24);

	*a = (struct dns_answer){ .name = craft_keep(&q->name),
				  .type = q->type,
				  .outcome = DNS_DATA };
	craft_source(a, (enum craft_from)choose(CRAFT_FROMS));
	if (what < sizeof(words) / sizeof(words[0]))
		MUST(craft_word(a, str_of(words[what])));
	if (choose(4) == 3) {
		struct dns_name *to = craft_alloc(sizeof(*to));
		*to = some_name();
		craft_add(a, DNS_TYPE_CNAME, dns_name_wire(to));
		a->n_chain = 1;
		a->final = to;
	}
	for (unsigned i = choose(48); i > 0; i--)
		craft_add(a, choose(32) ? q->type : DNS_TYPE_NS, some_rdata(q->type));
	return a;
}

/* 127.0.0.0/8 and ::/127, so that some addresses of both families are in them. */
static const struct ip_net ignore[] = { { { 4, { 127 } }, 8 }, { { 6, { 0 } }, 127 } };

static struct route_conf some_conf(const struct ip_port *self_at)
{
	struct route_conf conf = {
		.domain = craft_name(STR("d.")),
		.port = 25,
		.self = craft_name(STR("me.")),
		.self_at = self_at,
	};

	conf.kind = (enum route_kind)(choose(8) < 5 ? ROUTE_DOMAIN : choose(4));
	conf.via = self_at[choose(2)];
	conf.family = (enum route_family)choose(3);
	conf.seed = choose(256);
	conf.n_self_at = choose(3);
	conf.ignore = ignore;
	conf.n_ignore = choose(3);
	conf.tlsa = choose(2);
	return conf;
}

static void answer_all(struct route *r)
{
	struct route_question asked[OPEN_MAX], open[OPEN_MAX], q;
	size_t n_asked = 0, n_open = 0;

	for (;;) {
		while (route_ask(r, &q)) {
			MUST(n_asked < OPEN_MAX);
			for (size_t i = 0; i < n_asked; i++)
				MUST(asked[i].id != q.id &&
				     (asked[i].type != q.type || q.type == DNS_TYPE_TLSA ||
				      !dns_name_eq(&asked[i].name, &q.name)));
			asked[n_asked++] = open[n_open++] = q;
		}
		MUST(route_done(r) == (n_open == 0));
		if (n_open == 0)
			return;
		size_t i = choose((unsigned)n_open);
		q = open[i];
		open[i] = open[--n_open];
		MUST(route_answer(r, q.id, some_answer(&q)) == ERR_OK);
	}
}

static void check_facts(const struct route_facts *f)
{
	MUST(f->n_host <= ROUTE_HOSTS_MAX);
	for (size_t i = 0; i < f->n_host; i++) {
		const struct route_host *h = &f->host[i];
		MUST(i == 0 || f->host[i - 1].preference <= h->preference);
		for (size_t k = 0; k < i; k++)
			MUST(!dns_name_eq(&f->host[k].name, &h->name));
		MUST(h->n_address <= ROUTE_ADDRESSES_MAX);
		for (size_t k = 0; k < h->n_address; k++)
			for (size_t l = 0; l < k; l++)
				MUST(h->address[l].aaaa != h->address[k].aaaa ||
				     !ip_port_eq(&h->address[l].at, &h->address[k].at));
	}
}

static void check_verdict(const struct route_facts *f, enum route_service service,
			  const struct route_verdict *v)
{
	bool by_dns = f->conf.kind == ROUTE_DOMAIN || f->conf.kind == ROUTE_HOST;

	MUST((v->action == ROUTE_DELIVER) == (v->n_target > 0));
	MUST((v->action == ROUTE_DELIVER) == (v->text.n == 0));
	MUST((v->action == ROUTE_DELIVER) == (v->status[0] == '\0'));
	MUST(text_is_utf8(buf_str(&v->text)) && !str_has(buf_str(&v->text), '\n'));
	for (size_t i = 0; i < v->n_target; i++) {
		const struct route_target *t = &v->target[i];
		MUST(service != ROUTE_REQUIRED || t->authenticated || f->conf.kind == ROUTE_STATIC);
		MUST(!t->authenticated || (by_dns && service != ROUTE_OFF));
		MUST(!t->authenticated || t->address->status == DNS_SECURE);
		MUST(!t->authenticated || !f->mx || f->mx->status == DNS_SECURE);
		MUST(!t->address->self);
		MUST(!t->address->ignored || f->conf.kind == ROUTE_STATIC);
		for (size_t k = 0; k < i; k++)
			MUST(v->target[k].host != t->host ||
			     !ip_port_eq(&v->target[k].address->at, &t->address->at));
	}
}

/* What stands in a need is so; nothing that failed leads to less. */
static void check_need(const struct route_tls_ask *ask, const struct route_target *t)
{
	const struct route_need *need = &t->need;
	bool asks = route_tls_asks(ask->policy, ask->service, ask->dane, ask->sender);

	MUST(need->tls >= ask->policy->level);
	MUST(!need->tlsa || (need->tlsa->status == DNS_SECURE && need->base));
	MUST((need->tls >= ROUTE_TLS_DANE) == (need->why == ROUTE_NEED_AUTHENTICATED));
	MUST((need->tls == ROUTE_TLS_BOTH) ==
	     (need->why == ROUTE_NEED_AUTHENTICATED && ask->policy->level == ROUTE_TLS_VERIFY));
	MUST(need->why != ROUTE_NEED_UNUSABLE || need->tls >= ROUTE_TLS_ENCRYPT);
	MUST(!route_tls_demands(ask->policy, ask->dane) || need->tls >= ROUTE_TLS_DANE);
	for (size_t i = 0; asks && i < ROUTE_TLSA_MAX && t->host->tlsa[i]; i++)
		MUST(t->host->tlsa[i]->outcome != DNS_FAILED &&
		     t->host->tlsa[i]->outcome != DNS_NO_ANSWER &&
		     t->host->tlsa[i]->outcome != DNS_LOOP);
}

/* Only takes away; the rest of the verdict keeps its promises. */
static void check_tls(const struct route_facts *f, enum route_service service,
		      struct route_verdict *v)
{
	const struct route_tls_policy policy = { .level = (enum route_tls)choose(6),
						 .dane = choose(2) };
	const struct route_tls_ask ask = {
		.facts = f,
		.policy = &policy,
		.service = service,
		.dane = service == ROUTE_REQUIRED ? (enum route_dane)choose(2) : ROUTE_DANE_USED,
	};
	size_t n = v->n_target;

	MUST(route_tls(&ask, v) == ERR_OK);
	MUST(v->n_target <= n);
	check_verdict(f, service, v);
	for (size_t i = 0; i < v->n_target; i++)
		check_need(&ask, &v->target[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct ip_port self_at[] = { { { 4, { 127, 0, 0, 1 } }, 25 },
						  { { 6, { [15] = 1 } }, 25 } };
	static struct route_verdict v[3];

	in = rd_over(data, n);
	struct route_conf conf = some_conf(self_at);
	struct route *r = route_new(&conf);
	MUST(r);
	answer_all(r);
	const struct route_facts *f = route_facts(r);
	check_facts(f);
	for (int s = 0; s < 3; s++) {
		MUST(route_verdict(f, (enum route_service)s, ROUTE_UNTRUSTED_DEFER, &v[s]) ==
		     ERR_OK);
		check_verdict(f, (enum route_service)s, &v[s]);
	}
	MUST(v[ROUTE_OFF].n_target == v[ROUTE_REQUESTED].n_target);
	MUST(v[ROUTE_OFF].action == v[ROUTE_REQUESTED].action);
	MUST(strcmp(v[ROUTE_OFF].status, v[ROUTE_REQUESTED].status) == 0);
	for (int s = 0; s < 3; s++) {
		check_tls(f, (enum route_service)s, &v[s]);
		route_verdict_clear(&v[s]);
	}
	route_free(&r);
	arena_clear(&craft_memory);
	return 0;
}
