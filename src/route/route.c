/*
 * From a domain to the hosts that take its mail.
 *
 * The machine has a list of questions and two marks in it: questions below
 * n_asked were handed out, n_answered of those were answered.  The list begins
 * with MX, or with the addresses of a host that the administrator named; the
 * answer to MX adds the addresses of every host at once, so that they are
 * asked for side by side.  When both families of a host are answered, its TLSA records are
 * asked for, one base domain after the other (RFC 7672 section 2.2.2).  An answer adds what
 * follows from it before it counts, so the route is done when all that is on the list is answered.
 *
 * The list stays bounded whatever an answer holds: of the hosts only the best
 * are kept while the records are read, of a host's addresses the first that can be dialled.
 *
 * Equal preferences are ordered by a keyed hash of the host's name.  Under a
 * key that nobody else knows that is a fair shuffle, and unlike one of
 * positions it does not depend on the order in which a server lists records,
 * nor on how often it lists one.
 *
 * Not here: what any status means for a message.  See route/verdict.c.
 */
#include "route/route.h"

#include "base/arena.h"
#include "base/hash.h"
#include "dns/record.h"
#include "route/ignore.h"

#include <stdlib.h>
#include <string.h>

/* Addresses of either family, an alias, TLSA. */
#define QUESTIONS_OF_HOST (3 + ROUTE_TLSA_MAX)

_Static_assert(ROUTE_QUESTIONS_MAX == 1 + QUESTIONS_OF_HOST * ROUTE_HOSTS_MAX, "and that of MX");

struct question {
	uint16_t type;
	size_t host;  /* of all but MX: which */
	size_t which; /* of TLSA: under which base domain */
	struct dns_answer *answer;
};

/* Of a host, what the facts do not tell. */
struct behind {
	uint64_t key;              /* among its equals */
	struct dns_name tlsa_name; /* the one to be asked for next */
};

struct route {
	struct arena arena; /* all that is pointed to, but for answers */
	struct route_facts facts;
	struct behind *behind; /* of each host */
	struct question *question;
	size_t n_question, n_asked, n_answered;
	bool broken; /* memory ran out */
};

/*
 * Room for n hosts, and for all that may be asked of them; most routes have one or two, of the
 * many that there may be.  False: memory ran out, and there is room for none.
 */
static bool make_room(struct route *r, size_t n)
{
	struct route_host *host = arena_alloc(&r->arena, n * sizeof(*host));
	struct behind *behind = arena_alloc(&r->arena, n * sizeof(*behind));
	struct question *question =
		arena_alloc(&r->arena, (1 + QUESTIONS_OF_HOST * n) * sizeof(*question));

	r->broken |= !host || !behind || !question;
	if (r->broken)
		return false;
	if (r->n_question)
		memcpy(question, r->question, r->n_question * sizeof(*question));
	r->facts.host = host;
	r->behind = behind;
	r->question = question;
	return true;
}

static void add_question(struct route *r, uint16_t type, size_t host)
{
	r->question[r->n_question++] = (struct question){ .type = type, .host = host };
}

static void ask_addresses(struct route *r)
{
	for (size_t i = 0; i < r->facts.n_host; i++) {
		if (r->facts.conf.family != ROUTE_IPV4)
			add_question(r, DNS_TYPE_AAAA, i);
		if (r->facts.conf.family != ROUTE_IPV6)
			add_question(r, DNS_TYPE_A, i);
	}
}

static bool unspecified(const struct ip *ip)
{
	static const uint8_t zero[16];

	return memcmp(ip->octets, zero, ip->family == 4 ? 4 : 16) == 0;
}

/* Whether dialling at would reach a socket on which we listen. */
static bool is_self(const struct route_conf *conf, const struct ip_port *at)
{
	bool here = ip_loopback(&at->ip) || unspecified(&at->ip);

	for (size_t i = 0; i < conf->n_self_at; i++) {
		const struct ip_port *listen = &conf->self_at[i];
		if (listen->port != at->port)
			continue;
		if (ip_eq(&listen->ip, &at->ip) || (here && unspecified(&listen->ip)))
			return true;
		if (unspecified(&at->ip) && ip_loopback(&listen->ip))
			return true;
	}
	return false;
}

/* Whether a mail host is another name of ours: by a static route the administrator may mean it. */
static bool is_alias_of_self(const struct route_conf *conf, const struct dns_answer *from)
{
	return from && conf->kind == ROUTE_DOMAIN && conf->self.len &&
	       dns_name_eq(dns_answer_final(from), &conf->self);
}

/* An address that the administrator gave is his own word. */
static bool is_ignored(const struct route_conf *conf, const struct ip *ip)
{
	return conf->kind != ROUTE_STATIC && route_ignore_find(conf->ignore, conf->n_ignore, ip);
}

static void add_address(const struct route_conf *conf, struct route_host *h,
			const struct ip_port *at, const struct dns_answer *from)
{
	bool ignored = is_ignored(conf, &at->ip);

	h->address[h->n_address++] = (struct route_address){
		.at = *at,
		.status = from ? from->status : DNS_INDETERMINATE,
		.aaaa = from && from == h->aaaa,
		.ignored = ignored,
		.self = !ignored && (is_self(conf, at) || is_alias_of_self(conf, from)),
	};
}

/* The one host of a route that has no MX; NULL: memory ran out. */
static struct route_host *only_host(struct route *r, const struct dns_name *name)
{
	if (!make_room(r, 1))
		return NULL;
	r->facts.n_host = 1;
	r->facts.host[0].name = *name;
	return &r->facts.host[0];
}

static void begin(struct route *r)
{
	const struct route_conf *conf = &r->facts.conf;

	switch (conf->kind) {
	case ROUTE_DOMAIN:
		if (conf->domain.len && make_room(r, 0))
			add_question(r, DNS_TYPE_MX, 0);
		return;
	case ROUTE_HOST:
		(void)only_host(r, &conf->domain);
		ask_addresses(r);
		return;
	case ROUTE_STATIC:
	case ROUTE_LITERAL: {
		struct route_host *h = only_host(r, &(struct dns_name){ 0 });
		if (!h)
			return;
		add_address(conf, h, &conf->via, NULL);
		r->facts.self = h->address[0].self;
		return;
	}
	}
}

static void copy_self_at(struct route *r)
{
	struct route_conf *conf = &r->facts.conf;
	size_t octets = conf->n_self_at * sizeof(*conf->self_at);
	struct ip_port *copy = arena_alloc(&r->arena, octets);

	r->broken |= !copy;
	if (copy && octets)
		memcpy(copy, conf->self_at, octets);
	conf->self_at = copy;
}

struct route *route_new(const struct route_conf *conf)
{
	struct route *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->arena = ARENA_MAX(SIZE_MAX / 2);
	r->facts.conf = *conf;
	copy_self_at(r);
	begin(r);
	if (r->broken)
		route_free(&r);
	return r;
}

void route_free(struct route **r)
{
	if (!*r)
		return;
	for (size_t i = 0; i < (*r)->n_question; i++)
		dns_answer_free(&(*r)->question[i].answer);
	arena_clear(&(*r)->arena);
	free(*r);
	*r = NULL;
}

bool route_ask(struct route *r, struct route_question *q)
{
	if (r->broken || r->n_asked == r->n_question)
		return false;

	const struct question *next = &r->question[r->n_asked];
	q->type = next->type;
	if (next->type == DNS_TYPE_MX)
		q->name = r->facts.conf.domain;
	else if (next->type == DNS_TYPE_TLSA)
		q->name = r->behind[next->host].tlsa_name;
	else
		q->name = r->facts.host[next->host].name;
	q->id = (unsigned)r->n_asked++;
	return true;
}

/* Record i of a's answer proper; the chain that leads there is left out. */
static const struct dns_rr *record(const struct dns_answer *a, size_t i)
{
	const struct dns_rr *rr = &a->rr[a->n_chain + i];

	return rr->type == a->type ? rr : NULL;
}

static size_t records(const struct dns_answer *a)
{
	return a->outcome == DNS_DATA && a->n_rr > a->n_chain ? a->n_rr - a->n_chain : 0;
}

/* Record i as a mail exchange; false when it is none. */
static bool exchange(const struct dns_answer *mx, size_t i, struct dns_mx *out)
{
	const struct dns_rr *rr = record(mx, i);

	return rr && dns_record_mx(rr->rdata, out) == ERR_OK;
}

/* What the MX records say as a whole, before any host is looked at. */
struct overview {
	size_t hosts; /* exchanges other than "." */
	bool root;    /* an exchange that is "." */
	bool self;    /* this relay is an exchange */
	uint16_t self_preference;
};

static struct overview survey(const struct route_conf *conf, const struct dns_answer *mx)
{
	struct overview o = { 0 };
	struct dns_mx one;

	for (size_t i = 0; i < records(mx); i++) {
		if (!exchange(mx, i, &one))
			continue;
		if (one.exchange.len <= 1) {
			o.root = true;
			continue;
		}
		o.hosts++;
		if (!conf->self.len || !dns_name_eq(&one.exchange, &conf->self))
			continue;
		if (!o.self || one.preference < o.self_preference)
			o.self_preference = one.preference;
		o.self = true;
	}
	return o;
}

/* Drop host i; those after it move up. */
static void drop_host(struct route *r, size_t i)
{
	struct route_facts *f = &r->facts;

	f->n_host--;
	for (; i < f->n_host; i++) {
		f->host[i].name = f->host[i + 1].name;
		f->host[i].preference = f->host[i + 1].preference;
		r->behind[i].key = r->behind[i + 1].key;
	}
}

/* Keep one among the best hosts: each name once, at its best preference. */
static void keep_host(struct route *r, const struct dns_mx *one)
{
	struct route_facts *f = &r->facts;
	const uint64_t seed[2] = { f->conf.seed, 0 };
	uint64_t key = hash_nocase(seed, dns_name_wire(&one->exchange));

	for (size_t i = 0; i < f->n_host; i++) {
		if (!dns_name_eq(&f->host[i].name, &one->exchange))
			continue;
		if (f->host[i].preference <= one->preference)
			return;
		drop_host(r, i);
		break;
	}
	size_t at = f->n_host;
	while (at > 0 &&
	       (one->preference < f->host[at - 1].preference ||
		(one->preference == f->host[at - 1].preference && key < r->behind[at - 1].key)))
		at--;
	f->more = f->more || f->n_host == ROUTE_HOSTS_MAX;
	if (at == ROUTE_HOSTS_MAX)
		return;
	if (f->n_host == ROUTE_HOSTS_MAX)
		f->n_host--;
	for (size_t i = f->n_host++; i > at; i--) {
		f->host[i].name = f->host[i - 1].name;
		f->host[i].preference = f->host[i - 1].preference;
		r->behind[i].key = r->behind[i - 1].key;
	}
	f->host[at].name = one->exchange;
	f->host[at].preference = one->preference;
	r->behind[at].key = key;
}

static void read_mx_data(struct route *r, const struct dns_answer *mx)
{
	struct overview o = survey(&r->facts.conf, mx);
	struct dns_mx one;

	r->facts.null_mx = o.root && !o.hosts;
	if (o.hosts && !make_room(r, o.hosts < ROUTE_HOSTS_MAX ? o.hosts : ROUTE_HOSTS_MAX))
		return;
	for (size_t i = 0; i < records(mx); i++) {
		if (!exchange(mx, i, &one) || one.exchange.len <= 1)
			continue;
		if (!o.self || one.preference < o.self_preference)
			keep_host(r, &one);
	}
	r->facts.self = o.self && r->facts.n_host == 0;
}

static void read_mx(struct route *r, const struct dns_answer *mx)
{
	const struct route_conf *conf = &r->facts.conf;

	r->facts.mx = mx;
	switch (mx->outcome) {
	case DNS_DATA:
		read_mx_data(r, mx);
		break;
	case DNS_NODATA:
		if (mx->open)
			break;
		r->facts.implicit = true;
		if (conf->self.len && dns_name_eq(&conf->domain, &conf->self))
			r->facts.self = true;
		else
			(void)only_host(r, &conf->domain);
		break;
	case DNS_NO_NAME:
	case DNS_FAILED:
	case DNS_NO_ANSWER:
	case DNS_LOOP:
		break;
	}
	ask_addresses(r);
}

/* Addresses of an answer. */
struct found {
	struct ip ip[ROUTE_ADDRESSES_MAX];
	size_t n;
	bool more; /* than there is room for */
};

static void keep(struct found *found, const struct ip *ip)
{
	for (size_t i = 0; i < found->n; i++)
		if (ip_eq(&found->ip[i], ip))
			return;
	if (found->n < ROUTE_ADDRESSES_MAX)
		found->ip[found->n++] = *ip;
	else
		found->more = true;
}

/*
 * The addresses of an answer that are to be ignored, or those that are not, each once.  An IPv4
 * address written as an IPv6 one is the IPv4 address that it is (base/ip.h): it is dialled as
 * that, where IPv4 is, or ignored.
 */
static void find_addresses(const struct route_conf *conf, const struct dns_answer *a, bool ignored,
			   struct found *out)
{
	out->n = 0;
	out->more = false;
	for (size_t i = 0; a && i < records(a); i++) {
		const struct dns_rr *rr = record(a, i);
		struct ip ip;
		if (!rr || dns_record_address(rr->type, rr->rdata, &ip) != ERR_OK ||
		    is_ignored(conf, &ip) != ignored)
			continue;
		if (ip.family == 4 && conf->family == ROUTE_IPV6 && !ignored)
			continue;
		keep(out, &ip);
	}
}

static uint16_t port_of(const struct route_conf *conf)
{
	return conf->kind == ROUTE_HOST ? conf->via.port : conf->port;
}

/* One more address of h; of those that could be dialled it is told where there is no room. */
static void join_one(const struct route_conf *conf, struct route_host *h, const struct ip *ip,
		     const struct dns_answer *from)
{
	const struct ip_port at = { *ip, port_of(conf) };

	if (h->n_address < ROUTE_ADDRESSES_MAX)
		add_address(conf, h, &at, from);
	else
		h->more = h->more || !is_ignored(conf, ip);
}

/* IPv6 and IPv4 in turn, so that a broken family costs one attempt, not all. */
static void join_families(const struct route_conf *conf, struct route_host *h, bool ignored)
{
	struct found six, four;

	find_addresses(conf, h->aaaa, ignored, &six);
	find_addresses(conf, h->a, ignored, &four);
	for (size_t i = 0; i < six.n || i < four.n; i++) {
		if (i < six.n)
			join_one(conf, h, &six.ip[i], h->aaaa);
		if (i < four.n)
			join_one(conf, h, &four.ip[i], h->a);
	}
	h->more = h->more || (!ignored && (six.more || four.more));
}

/* What is ignored is told, and takes no place of what can be dialled. */
static void join_addresses(const struct route_conf *conf, struct route_host *h)
{
	join_families(conf, h, false);
	join_families(conf, h, true);
}

/* Ask for the records under base, "_25._tcp.mx.example."; one that is too long has none. */
static void ask_tlsa(struct route *r, size_t host, size_t which, const struct dns_name *base)
{
	struct dns_name *name = &r->behind[host].tlsa_name;
	char octets[sizeof("\6_65535\4_tcp")];
	struct buf labels = { .p = octets, .cap = sizeof(octets), .max = sizeof(octets) };

	buf_addc(&labels, 0); /* how long the label is, once that is known */
	buf_addc(&labels, '_');
	buf_addu(&labels, port_of(&r->facts.conf));
	octets[0] = (char)(labels.n - 1);
	buf_add(&labels, STR("\4_tcp"));
	if (dns_name_prefix(buf_str(&labels), base, name) != ERR_OK)
		return;
	r->facts.host[host].base[which] = base;
	add_question(r, DNS_TYPE_TLSA, host);
	r->question[r->n_question - 1].which = which;
}

static bool is_secure(const struct dns_answer *a)
{
	return a && a->outcome == DNS_DATA && a->status == DNS_SECURE;
}

/*
 * The addresses of a host are answered.  Secure ones: its records are under the name at the end
 * of its chain, or else under its own.  An alias whose end is not signed may be secure itself,
 * which the whole of such an answer does not tell: that is asked for alone.
 */
static void ask_security(struct route *r, size_t host)
{
	const struct route_host *h = &r->facts.host[host];
	const struct dns_answer *of[] = { h->aaaa, h->a };

	for (size_t i = 0; i < 2; i++)
		if (is_secure(of[i])) {
			ask_tlsa(r, host, 0, of[i]->n_chain ? dns_answer_final(of[i]) : &h->name);
			return;
		}
	for (size_t i = 0; i < 2; i++)
		if (of[i] && of[i]->outcome == DNS_DATA && of[i]->n_chain &&
		    of[i]->status == DNS_INSECURE) {
			add_question(r, DNS_TYPE_CNAME, host);
			return;
		}
}

/* Where nothing secure is under the chain's end, the alias itself is next: not after an error. */
static void read_tlsa(struct route *r, const struct question *q)
{
	struct route_host *h = &r->facts.host[q->host];
	const struct dns_answer *a = q->answer;
	bool denied = a->outcome == DNS_NODATA || a->outcome == DNS_NO_NAME;

	h->tlsa[q->which] = a;
	if (q->which == 0 && !a->open && h->base[0] != &h->name &&
	    (denied || (a->outcome == DNS_DATA && !is_secure(a))))
		ask_tlsa(r, q->host, 1, &h->name);
}

static void read_cname(struct route *r, const struct question *q)
{
	struct route_host *h = &r->facts.host[q->host];

	h->cname = q->answer;
	if (is_secure(q->answer))
		ask_tlsa(r, q->host, 0, &h->name);
}

/* Both families that are asked for are answered. */
static bool has_addresses(const struct route_conf *conf, const struct route_host *h)
{
	return (h->a || conf->family == ROUTE_IPV6) && (h->aaaa || conf->family == ROUTE_IPV4);
}

static void read_address(struct route *r, const struct question *q)
{
	struct route_host *h = &r->facts.host[q->host];

	if (q->type == DNS_TYPE_AAAA)
		h->aaaa = q->answer;
	else
		h->a = q->answer;
	if (r->facts.conf.tlsa && has_addresses(&r->facts.conf, h))
		ask_security(r, q->host);
}

/* All is answered: what the answers add up to. */
static void finish(struct route *r)
{
	struct route_facts *f = &r->facts;

	for (size_t i = 0; i < f->n_host; i++) {
		struct route_host *h = &f->host[i];
		join_addresses(&f->conf, h);
		if (h->preference > f->host[0].preference)
			continue;
		for (size_t j = 0; j < h->n_address; j++)
			f->self |= h->address[j].self;
	}
}

enum err route_answer(struct route *r, unsigned id, const struct dns_answer *answer)
{
	if (r->broken)
		return ERR_NOMEM;
	if (id >= r->n_asked || r->question[id].answer)
		return ERR_OK;

	struct question *q = &r->question[id];
	if (dns_answer_copy(answer, &q->answer) != ERR_OK) {
		r->broken = true;
		return ERR_NOMEM;
	}
	r->n_answered++;
	if (q->type == DNS_TYPE_MX)
		read_mx(r, q->answer);
	else if (q->type == DNS_TYPE_TLSA)
		read_tlsa(r, q);
	else if (q->type == DNS_TYPE_CNAME)
		read_cname(r, q);
	else
		read_address(r, q);
	if (r->broken)
		return ERR_NOMEM;
	if (r->n_answered == r->n_question)
		finish(r);
	return ERR_OK;
}

bool route_done(const struct route *r)
{
	return !r->broken && r->n_answered == r->n_question;
}

const struct route_facts *route_facts(const struct route *r)
{
	return &r->facts;
}
