/*
 * What is found of each host:
 *
 *	USABLE, and records   secure TLSA records, one of which at least can be used
 *	UNSIGNED, ABSENT      it is known that there are no such records
 *	NOT_KNOWN and up      it is not known
 *
 * What is not known never becomes less than it might be: not the records of the next base
 * domain, not TLS without authentication, not clear text.
 */
#include "route/tls.h"

#include "dns/record.h"
#include "dns/text.h"
#include "route/verdict_priv.h"
#include "route/weight_priv.h"

/* What is known of one host. */
struct finding {
	enum weight weight;
	const struct dns_answer *culprit; /* whose weight it is; NULL: no DNS was asked */
	struct route_need need;           /* USABLE, ABSENT, UNSIGNED */
};

bool route_tls_demands(const struct route_tls_policy *policy, enum route_dane dane)
{
	return dane == ROUTE_DANE_DEMANDED || policy->level == ROUTE_TLS_DANE;
}

bool route_tls_asks_anyhow(const struct route_tls_policy *policy, enum route_kind kind,
			   enum route_sender_tls sender)
{
	bool named = kind != ROUTE_DOMAIN || policy->name.n > 0;

	return policy->level == ROUTE_TLS_DANE || (policy->level == ROUTE_TLS_VERIFY && !named) ||
	       sender == ROUTE_SENDER_REQUIRES_TLS;
}

/* What a route asks for is a demand of its own: beside DANE, and not in its place. */
bool route_tls_asks(const struct route_tls_policy *policy, enum route_service service,
		    enum route_dane dane, enum route_sender_tls sender)
{
	if (route_tls_demands(policy, dane))
		return true;
	if (sender == ROUTE_SENDER_WAIVES_TLS)
		return false;
	return policy->dane && (service != ROUTE_OFF || sender == ROUTE_SENDER_REQUIRES_TLS) &&
	       policy->level != ROUTE_TLS_NONE;
}

/* What counts as known: a bounce for want of DANE needs what one for want of DNSSEC needs. */
static enum weight weigh(const struct route_tls_ask *ask, const struct dns_answer *a)
{
	bool demanded = route_tls_demands(ask->policy, ask->dane);

	return route_weight(a, demanded ? ROUTE_REQUIRED : ask->service, ask->untrusted);
}

static bool is_usable(const struct route_tls_policy *policy, struct str rdata)
{
	struct dns_tlsa t;

	switch (route_need_read(rdata)) {
	case ROUTE_NEED_BAD:
		return false;
	case ROUTE_NEED_DIGEST:
		return true;
	case ROUTE_NEED_WHOLE:
		return dns_record_tlsa(rdata, &t) == ERR_OK &&
		       (!policy->readable || policy->readable(t.selector, t.data));
	}
	return false;
}

static bool any_usable(const struct route_tls_policy *policy, const struct dns_answer *a)
{
	for (size_t i = a->n_chain; i < a->n_rr; i++)
		if (a->rr[i].type == a->type && is_usable(policy, a->rr[i].rdata))
			return true;
	return false;
}

/*
 * No TLSA record was asked for: nothing says that they would count.  Whether that is known
 * matters where DANE is demanded; whether an alias is secure, always.
 */
static struct finding find_unasked(const struct route_tls_ask *ask, const struct route_host *h)
{
	const struct dns_answer *of[] = { h->cname, h->a, h->aaaa };
	bool demanded = route_tls_demands(ask->policy, ask->dane);
	struct finding f = { .weight = ABSENT, .need.why = ROUTE_NEED_NOT_SECURE };

	for (size_t i = 0; i < (demanded ? 3 : 1); i++) {
		enum weight weight = of[i] ? weigh(ask, of[i]) : USABLE;
		if (!f.culprit || weight > f.weight)
			f.culprit = of[i];
		if (weight > f.weight)
			f.weight = weight;
	}
	return f;
}

static struct finding find(const struct route_tls_ask *ask, const struct route_host *h)
{
	struct finding f = { .need.why = ROUTE_NEED_NO_RECORDS };

	if (!h->tlsa[0])
		return find_unasked(ask, h);
	for (size_t i = 0; i < ROUTE_TLSA_MAX && h->tlsa[i]; i++) {
		const struct dns_answer *a = h->tlsa[i];
		f.culprit = a;
		f.weight = weigh(ask, a);
		if (f.weight >= NOT_KNOWN)
			break;
		if (a->outcome == DNS_DATA && route_weight_secure(a)) {
			f.need.tlsa = a;
			f.need.base = h->base[i];
			f.need.why = any_usable(ask->policy, a) ? ROUTE_NEED_AUTHENTICATED
								: ROUTE_NEED_UNUSABLE;
			break;
		}
		if (a->outcome == DNS_DATA)
			f.need.why = ROUTE_NEED_UNSIGNED;
	}
	return f;
}

/*
 * What the configuration asks for.  A name that an MX gave which is not secure proves nothing:
 * whoever forges one has a certificate for it (RFC 6125 section 1.7.2).
 */
static struct route_need with_policy(const struct route_tls_ask *ask, struct route_need need)
{
	const struct dns_answer *mx = ask->facts->mx;

	need.tls = ask->policy->level;
	need.name = ask->policy->name;
	need.domain = need.name.n == 0 && ask->facts->conf.kind == ROUTE_DOMAIN &&
		      !(mx && route_weight_secure(mx));
	return need;
}

/* What may be done with the host.  True: it may be used. */
static bool settle(const struct route_tls_ask *ask, struct finding *f)
{
	const struct route_tls_policy *policy = ask->policy;

	if (f->weight >= NOT_KNOWN)
		return false;
	f->need = with_policy(ask, f->need);
	if (f->need.why == ROUTE_NEED_AUTHENTICATED)
		f->need.tls = policy->level == ROUTE_TLS_VERIFY ? ROUTE_TLS_BOTH : ROUTE_TLS_DANE;
	else if (f->need.why == ROUTE_NEED_UNUSABLE && f->need.tls < ROUTE_TLS_ENCRYPT)
		f->need.tls = ROUTE_TLS_ENCRYPT;
	return f->need.why == ROUTE_NEED_AUTHENTICATED || !route_tls_demands(policy, ask->dane);
}

static enum route_reason reason_of(enum weight weight)
{
	switch (weight) {
	case USABLE:
	case ABSENT:
	case UNSIGNED:
		return ROUTE_NO_DANE;
	case NOT_KNOWN:
		return ROUTE_NOT_KNOWN;
	case BOGUS:
		return ROUTE_BOGUS;
	case OUR_FAULT:
		return ROUTE_OUR_FAULT;
	}
	return ROUTE_NOT_KNOWN;
}

/* "mx.example. is not used: ..."; left out where there is no room for it: it decides nothing. */
static void note_skipped(const struct route_tls_ask *ask, const struct route_host *h,
			 const struct finding *f, struct route_verdict *v)
{
	const struct route_case c = { ask->facts, ask->service, reason_of(f->weight), f->culprit };
	size_t before = v->skipped.n;

	if (h->name.len) {
		dns_name_text(&v->skipped, &h->name);
		buf_add(&v->skipped, STR(" is not used: "));
	}
	if (c.reason == ROUTE_NO_DANE)
		buf_add(&v->skipped, route_need_text(f->need.why));
	else
		route_words_text(&c, &v->skipped);
	buf_addc(&v->skipped, '\n');
	if (buf_err(&v->skipped) == ERR_LIMIT) {
		v->skipped.err = ERR_OK;
		v->skipped.n = before;
	}
}

/* The heaviest of what stands against delivery, over all hosts: those without a target too. */
struct against {
	enum weight weight;
	const struct dns_answer *culprit;
};

static void weigh_against(struct against *w, enum weight weight, const struct dns_answer *culprit)
{
	if (weight < w->weight || (weight == w->weight && w->culprit))
		return;
	w->weight = weight;
	w->culprit = culprit;
}

/* Hosts whose addresses are not known might have had records. */
static void weigh_addresses(const struct route_tls_ask *ask, struct against *w)
{
	for (size_t i = 0; i < ask->facts->n_host; i++) {
		const struct route_host *h = &ask->facts->host[i];
		const struct dns_answer *of[] = { h->a, h->aaaa };
		for (size_t k = 0; k < 2; k++)
			if (!h->tlsa[0] && of[k] && weigh(ask, of[k]) >= NOT_KNOWN)
				weigh_against(w, weigh(ask, of[k]), of[k]);
	}
}

static void refuse(const struct route_tls_ask *ask, struct against *w, struct route_verdict *v)
{
	if (route_tls_demands(ask->policy, ask->dane))
		weigh_addresses(ask, w);
	const struct route_case c = { ask->facts, ask->service, reason_of(w->weight), w->culprit };
	route_verdict_refuse(v, &c);
}

/* The targets of one host are neighbours, and share what is found. */
static void judge_targets(const struct route_tls_ask *ask, struct route_verdict *v)
{
	const struct route_host *of = NULL;
	struct against against = { USABLE, NULL };
	struct finding f = { .weight = USABLE };
	size_t kept = 0, n = v->n_target;
	bool used = false;

	for (size_t i = 0; i < n; i++) {
		if (v->target[i].host != of) {
			of = v->target[i].host;
			f = find(ask, of);
			used = settle(ask, &f);
			if (!used) {
				weigh_against(&against, f.weight, f.culprit);
				note_skipped(ask, of, &f, v);
				v->partial |= f.weight >= NOT_KNOWN;
			}
		}
		if (!used)
			continue;
		v->target[kept] = v->target[i];
		v->target[kept++].need = f.need;
	}
	v->n_target = kept;
	if (kept == 0)
		refuse(ask, &against, v);
}

/*
 * REQUIRETLS: nothing leaves in clear, so a host that offers TLS and fails at it is not known
 * to lack REQUIRETLS, nor tried without.  Whether a host is authenticated is asked of each that
 * DANE does not speak for.  Its name counts where a secure MX gave it, or an administrator (RFC
 * 8689 section 4.2.1).
 */
static void require_tls(const struct route_tls_ask *ask, struct route_verdict *v)
{
	const struct dns_answer *mx = ask->facts->mx;
	bool counts = ask->facts->conf.kind != ROUTE_DOMAIN || (mx && route_weight_secure(mx));

	for (size_t i = 0; i < v->n_target; i++) {
		struct route_need *need = &v->target[i].need;
		if (need->tls == ROUTE_TLS_MAY)
			need->tls = ROUTE_TLS_OFFERED;
		need->shows = counts && v->target[i].host &&
			      (need->tls == ROUTE_TLS_OFFERED || need->tls == ROUTE_TLS_ENCRYPT);
	}
}

enum err route_tls(const struct route_tls_ask *ask, struct route_verdict *v)
{
	if (v->action != ROUTE_DELIVER)
		return ERR_OK;
	if (route_tls_asks(ask->policy, ask->service, ask->dane, ask->sender)) {
		judge_targets(ask, v);
	} else {
		for (size_t i = 0; i < v->n_target; i++)
			v->target[i].need = with_policy(ask, (struct route_need){ 0 });
	}
	if (ask->sender == ROUTE_SENDER_REQUIRES_TLS)
		require_tls(ask, v);
	if (buf_err(&v->text) == ERR_OK && buf_err(&v->advice) == ERR_OK &&
	    buf_err(&v->skipped) == ERR_OK)
		return ERR_OK;
	route_verdict_clear(v);
	return ERR_NOMEM;
}
