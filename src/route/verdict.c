/*
 * The table of SPEC section 3.
 *
 * Each answer is weighed alone, for the service that is asked (weight_priv.h), and where
 * several leave nothing to deliver to, the heaviest decides.  So what is not
 * known outweighs what is insecure, and a fault of our own resolver outweighs
 * all: mail bounces only where everything that matters is known.
 */
#include "route/verdict_priv.h"

#include "dns/text.h"
#include "dns/trust.h"
#include "route/weight_priv.h"

#include <stdlib.h>
#include <string.h>

struct str route_action_text(enum route_action action)
{
	switch (action) {
	case ROUTE_DELIVER:
		return STR("delivered");
	case ROUTE_DEFER:
		return STR("deferred");
	case ROUTE_BOUNCE:
		return STR("bounced");
	}
	abort();
}

struct str route_status_text(const enum dns_status *status)
{
	return status ? dns_status_text(*status) : STR("none");
}

enum { TEXT_MAX = 16384 }; /* names, servers and an extended error, all escaped, fit */

struct judge {
	const struct route_facts *facts;
	enum route_service service;
	enum route_untrusted untrusted;
	struct route_verdict *out;
	bool broken; /* memory ran out */
};

/*
 * What the log and the record say of an answer.  Without the service DNSSEC was not asked for,
 * whatever a shared cache knows; but for whom a route or the sender asks anyhow.
 */
static enum dns_status shown(const struct judge *j, enum dns_status status)
{
	bool asked_ad = j->service != ROUTE_OFF || j->facts->conf.asks_anyhow;

	return asked_ad || status == DNS_BOGUS ? status : DNS_INDETERMINATE;
}

static enum weight weigh(const struct judge *j, const struct dns_answer *a)
{
	return route_weight(a, j->service, j->untrusted);
}

static const struct rule {
	enum route_action action;
	const char *status;
	const char *expired;
} rules[] = {
	[ROUTE_NOT_KNOWN] = { ROUTE_DEFER, "4.4.3", "5.4.7" },
	[ROUTE_BOGUS] = { ROUTE_DEFER, "4.7.5", "5.7.5" },
	[ROUTE_OUR_FAULT] = { ROUTE_DEFER, "4.3.5", "5.4.7" },
	[ROUTE_UNSIGNED] = { ROUTE_BOUNCE, "5.7.4", "" },
	[ROUTE_NULL_MX] = { ROUTE_BOUNCE, "5.1.10", "" },
	[ROUTE_NO_NAME] = { ROUTE_BOUNCE, "5.1.2", "" },
	[ROUTE_NO_ADDRESS] = { ROUTE_BOUNCE, "5.4.4", "" },
	[ROUTE_IGNORED] = { ROUTE_BOUNCE, "5.4.4", "" },
	[ROUTE_LOOP] = { ROUTE_BOUNCE, "5.4.6", "" },
	[ROUTE_NO_DNS] = { ROUTE_BOUNCE, "5.7.4", "" },
	[ROUTE_NO_DANE] = { ROUTE_BOUNCE, "5.7.10", "" },
	[ROUTE_MORE_HOSTS] = { ROUTE_DEFER, "4.4.3", "5.4.7" },
};

/* Mail bounces for what its mail hosts are only where all of them are known. */
static bool is_of_some_hosts(const struct route_case *c)
{
	bool of_hosts = c->reason == ROUTE_NO_ADDRESS || c->reason == ROUTE_IGNORED ||
			c->reason == ROUTE_NO_DANE ||
			(c->reason == ROUTE_UNSIGNED && c->culprit != c->facts->mx);

	return of_hosts && c->facts->more;
}

void route_verdict_refuse(struct route_verdict *out, const struct route_case *of)
{
	const struct route_case more = { of->facts, of->service, ROUTE_MORE_HOSTS, of->culprit };
	const struct route_case *c = is_of_some_hosts(of) ? &more : of;
	const struct rule *rule = &rules[c->reason];

	out->action = rule->action;
	memcpy(out->status, rule->status, strlen(rule->status) + 1);
	memcpy(out->expired, rule->expired, strlen(rule->expired) + 1);
	out->culprit = c->culprit;
	route_words_text(c, &out->text);
	route_words_advice(c, &out->advice);
}

static void refuse(struct judge *j, enum route_reason reason, const struct dns_answer *culprit)
{
	const struct route_case c = { j->facts, j->service, reason, culprit };

	route_verdict_refuse(j->out, &c);
}

/* The MX step.  True: go on to the hosts; false: it decided. */
static bool judge_mx(struct judge *j)
{
	const struct route_facts *f = j->facts;

	if (!f->mx) {
		refuse(j, ROUTE_NO_NAME, NULL);
		return false;
	}
	switch (weigh(j, f->mx)) {
	case USABLE:
		if (!f->null_mx)
			return true;
		refuse(j, ROUTE_NULL_MX, f->mx);
		return false;
	case ABSENT:
		if (f->mx->outcome == DNS_NODATA)
			return true;
		refuse(j, ROUTE_NO_NAME, f->mx);
		return false;
	case UNSIGNED:
		refuse(j, ROUTE_UNSIGNED, f->mx);
		return false;
	case NOT_KNOWN:
		refuse(j, ROUTE_NOT_KNOWN, f->mx);
		return false;
	case BOGUS:
		refuse(j, ROUTE_BOGUS, f->mx);
		return false;
	case OUR_FAULT:
		refuse(j, ROUTE_OUR_FAULT, f->mx);
		return false;
	}
	return false;
}

static bool asked(const struct route_facts *f)
{
	return f->conf.kind == ROUTE_DOMAIN || f->conf.kind == ROUTE_HOST;
}

/* The answer in which an address came. */
static const struct dns_answer *answer_of(const struct route_host *h, const struct route_address *a)
{
	return a->aaaa ? h->aaaa : h->a;
}

/*
 * Whether an address may be dialled: one that a mail host can have; authenticated, by
 * one to be believed, where that is required.
 */
static bool counts(const struct judge *j, const struct route_host *h, const struct route_address *a)
{
	if (a->ignored)
		return false;
	if (j->service != ROUTE_REQUIRED || !asked(j->facts))
		return true;
	return weigh(j, answer_of(h, a)) == USABLE;
}

/*
 * How many hosts come before the first of the preference at which this relay
 * is among them (RFC 5321 section 5.1).  An address that does not count for the
 * service is no reason to drop anything: an unsigned record must not cut off
 * the authenticated hosts.
 */
static size_t hosts_before_self(const struct judge *j)
{
	const struct route_facts *f = j->facts;

	for (size_t i = 0; i < f->n_host; i++) {
		const struct route_host *h = &f->host[i];
		for (size_t k = 0; k < h->n_address; k++) {
			if (!h->address[k].self || !counts(j, h, &h->address[k]))
				continue;
			while (i > 0 && f->host[i - 1].preference == h->preference)
				i--;
			return i;
		}
	}
	return f->n_host;
}

/* MX, where it was asked, and address are both secure. */
static bool authenticated(const struct judge *j, const struct route_address *a)
{
	const struct route_facts *f = j->facts;

	return j->service != ROUTE_OFF && asked(f) && (!f->mx || route_weight_secure(f->mx)) &&
	       a->status == DNS_SECURE;
}

/* Room for all addresses of the first hosts. */
static bool make_room(struct judge *j, size_t n_host)
{
	size_t n = 0;

	for (size_t i = 0; i < n_host; i++)
		n += j->facts->host[i].n_address;
	if (n > 0)
		j->out->target = calloc(n, sizeof(*j->out->target));
	j->broken = n > 0 && !j->out->target;
	return j->out->target;
}

/*
 * An address is dialled once, though both families may name it: A, and AAAA as one that is mapped
 * (base/ip.h).  It stands where it first does, and by the answer that says more for it.
 */
static void add_target(struct judge *j, size_t first, const struct route_target *t)
{
	struct route_verdict *v = j->out;
	size_t i = first;

	while (i < v->n_target && !ip_port_eq(&v->target[i].address->at, &t->address->at))
		i++;
	if (i == v->n_target)
		v->target[v->n_target++] = *t;
	else if (dns_trust_weaker(v->target[i].address->status, t->address->status) !=
		 t->address->status)
		v->target[i] = *t;
}

static void aim(struct judge *j, size_t n_host)
{
	if (!make_room(j, n_host))
		return;
	for (size_t i = 0; i < n_host; i++) {
		const struct route_host *h = &j->facts->host[i];
		size_t first = j->out->n_target;
		for (size_t k = 0; k < h->n_address; k++) {
			const struct route_address *a = &h->address[k];
			const struct route_target t = { .host = h,
							.address = a,
							.authenticated = authenticated(j, a) };
			if (counts(j, h, a))
				add_target(j, first, &t);
		}
	}
}

/* The first address of h in its answer a that is not dialled, whatever the service; or NULL. */
static const struct route_address *ignored_of(const struct route_host *h,
					      const struct dns_answer *a)
{
	for (size_t i = 0; i < h->n_address; i++)
		if (h->address[i].ignored && answer_of(h, &h->address[i]) == a)
			return &h->address[i];
	return NULL;
}

/* Why no address is left to dial. */
struct nowhere {
	enum weight weight;
	const struct dns_answer *culprit;    /* whose weight it is */
	const struct route_host *host;       /* the first that has an address to be ignored, */
	const struct route_address *ignored; /* which is this one; NULL: none has */
};

static void weigh_answer(const struct judge *j, const struct route_host *h,
			 const struct dns_answer *a, struct nowhere *n)
{
	enum weight w = a ? weigh(j, a) : USABLE;
	const struct route_address *ignored = ignored_of(h, a);

	if (ignored && !n->ignored) {
		n->host = h;
		n->ignored = ignored;
	}
	/* As if these records were not there; one without any address is as good as no answer. */
	if (w == USABLE && (a || ignored))
		w = ignored ? ABSENT : NOT_KNOWN;
	if (w <= n->weight)
		return;
	n->weight = w;
	n->culprit = a;
}

/* No address is left to dial. */
static void refuse_hosts(struct judge *j, size_t n_host)
{
	static const enum route_reason reasons[] = {
		[USABLE] = ROUTE_NOT_KNOWN,  [ABSENT] = ROUTE_NO_ADDRESS,
		[UNSIGNED] = ROUTE_UNSIGNED, [NOT_KNOWN] = ROUTE_NOT_KNOWN,
		[BOGUS] = ROUTE_BOGUS,       [OUR_FAULT] = ROUTE_OUR_FAULT,
	};
	const struct route_facts *f = j->facts;
	struct nowhere n = { .culprit = f->mx };

	if (n_host == 0 && (f->self || f->n_host)) {
		refuse(j, ROUTE_LOOP, f->mx);
		return;
	}
	for (size_t i = 0; i < n_host; i++) {
		weigh_answer(j, &f->host[i], f->host[i].a, &n);
		weigh_answer(j, &f->host[i], f->host[i].aaaa, &n);
	}
	if (n.weight == ABSENT && n.ignored)
		refuse(j, ROUTE_IGNORED, answer_of(n.host, n.ignored));
	else
		refuse(j, reasons[n.weight], n.culprit);
}

/* Why the first target without a mark has none; or else why marks are not to be relied on. */
static void explain_marks(struct judge *j)
{
	const struct route_facts *f = j->facts;
	const struct dns_answer *doubt = f->mx && route_weight_disbelieved(f->mx) ? f->mx : NULL;
	const struct dns_answer *of = NULL;
	size_t i = 0;

	if (j->service != ROUTE_REQUESTED)
		return;
	for (; i < j->out->n_target; i++) {
		const struct route_target *t = &j->out->target[i];
		of = answer_of(t->host, t->address);
		if (!t->authenticated)
			break;
		if (!doubt && route_weight_disbelieved(of))
			doubt = of;
	}
	if (i < j->out->n_target)
		route_words_note(f->mx && !route_weight_secure(f->mx) ? f->mx : of, &j->out->note);
	else if (doubt)
		route_words_note(doubt, &j->out->note);
}

/* Nothing of host h can be dialled, and that is for want of knowing. */
static bool is_unknown(const struct judge *j, const struct route_host *h)
{
	for (size_t k = 0; k < h->n_address; k++)
		if (counts(j, h, &h->address[k]))
			return false;
	return (h->a && weigh(j, h->a) >= NOT_KNOWN) || (h->aaaa && weigh(j, h->aaaa) >= NOT_KNOWN);
}

/* Of the first n_host, which are those that may be used. */
static bool is_partial(const struct judge *j, size_t n_host)
{
	const struct route_facts *f = j->facts;
	bool partial = f->more && n_host == f->n_host;

	for (size_t i = 0; i < n_host; i++)
		partial = partial || f->host[i].more || is_unknown(j, &f->host[i]);
	return partial;
}

static void judge_hosts(struct judge *j)
{
	size_t n_host = hosts_before_self(j);

	aim(j, n_host);
	if (j->out->n_target == 0) {
		refuse_hosts(j, n_host);
		return;
	}
	j->out->action = ROUTE_DELIVER;
	j->out->partial = is_partial(j, n_host);
	explain_marks(j);
}

/* The two statuses of the delivery record. */
static void set_statuses(struct judge *j)
{
	const struct route_facts *f = j->facts;
	struct route_verdict *v = j->out;
	enum dns_status seen = DNS_SECURE;

	v->mx_asked = f->mx != NULL;
	v->mx_status = f->mx ? shown(j, f->mx->status) : DNS_INDETERMINATE;
	for (size_t i = 0; i < f->n_host; i++) {
		const struct dns_answer *of[] = { f->host[i].a, f->host[i].aaaa };
		for (size_t k = 0; k < 2; k++) {
			if (!of[k])
				continue;
			v->address_asked = true;
			seen = dns_trust_weaker(seen, shown(j, of[k]->status));
		}
	}
	if (v->n_target && v->address_asked)
		seen = DNS_SECURE;
	for (size_t i = 0; i < v->n_target; i++)
		seen = dns_trust_weaker(seen, shown(j, v->target[i].address->status));
	v->address_status = v->address_asked ? seen : DNS_INDETERMINATE;
}

static void start(struct route_verdict *out)
{
	*out = (struct route_verdict){ .text = BUF_MAX(TEXT_MAX),
				       .advice = BUF_MAX(TEXT_MAX),
				       .note = BUF_MAX(TEXT_MAX),
				       .skipped = BUF_MAX(TEXT_MAX) };
}

enum err route_verdict(const struct route_facts *facts, enum route_service service,
		       enum route_untrusted untrusted, struct route_verdict *out)
{
	struct judge j = { facts, service, untrusted, out, false };

	start(out);
	switch (facts->conf.kind) {
	case ROUTE_DOMAIN:
		if (judge_mx(&j))
			judge_hosts(&j);
		break;
	case ROUTE_LITERAL:
		if (service == ROUTE_REQUIRED)
			refuse(&j, ROUTE_NO_DNS, NULL);
		else
			judge_hosts(&j);
		break;
	case ROUTE_HOST:
	case ROUTE_STATIC:
		judge_hosts(&j);
		break;
	}
	set_statuses(&j);
	if (!j.broken && buf_err(&out->text) == ERR_OK && buf_err(&out->advice) == ERR_OK &&
	    buf_err(&out->note) == ERR_OK)
		return ERR_OK;
	route_verdict_clear(out);
	return ERR_NOMEM;
}

void route_verdict_clear(struct route_verdict *v)
{
	buf_free(&v->text);
	buf_free(&v->advice);
	buf_free(&v->note);
	buf_free(&v->skipped);
	free(v->target);
	v->target = NULL;
	v->n_target = 0;
}

void route_target_host(struct buf *out, const struct route_target *t)
{
	size_t before = out->n;

	if (t->host && t->host->name.len)
		dns_name_text(out, &t->host->name);
	if (out->n > before + 1)
		out->n--; /* the final dot */
}
