/*
 * Drives a struct route with a struct resolve.
 *
 * What is true: each question that the route has asked for is either in open[]
 * with the resolver's id, or answered.  A literal or a static address asks
 * nothing; then a timer brings the call, so that done never comes from inside
 * routing_pathfinder_new().
 */
#include "routing/pathfinder.h"

#include "route/tls.h"
#include "routing/aim.h"
#include "tls/config.h"

#include <stdlib.h>
#include <string.h>

#define DOMAIN_TEXT_MAX 1024

struct open_question {
	struct routing_pathfinder *finder;
	uint64_t resolver_id; /* 0: answered, or never used */
	unsigned route_id;
};

struct routing_pathfinder {
	struct resolve *resolver;
	struct os_reactor reactor;
	void *timer;
	struct route *route; /* NULL: domain is no domain name */
	struct routing_aim aim;
	enum route_service service;
	enum route_dane dane;
	enum route_sender_tls sender_tls;
	struct route_tls_policy policy;
	bool as_required;
	enum route_untrusted untrusted;
	struct buf domain; /* as asked, for texts */
	int64_t started;
	bool finished;
	struct routing_path path;
	routing_path_done *done;
	void *arg;
	size_t n_open;
	struct open_question open[]; /* of ROUTE_QUESTIONS_MAX; most domains need few */
};

/* The verdict on what is no domain name. */
static enum err judge_no_domain(const struct routing_pathfinder *p, struct route_verdict *out)
{
	*out = (struct route_verdict){ .action = ROUTE_BOUNCE,
				       .status = "5.1.2",
				       .mx_status = DNS_INDETERMINATE,
				       .address_status = DNS_INDETERMINATE,
				       .text = BUF_MAX(4096),
				       .advice = BUF_MAX(4096),
				       .note = BUF_MAX(4096) };
	buf_addf(&out->text, "\"%.*s\" is not a domain name", STR_ARG(buf_str(&p->domain)));
	buf_add(&out->advice, STR("Check the address for a spelling mistake."));
	return buf_err(&out->text);
}

enum err routing_pathfinder_judge(const struct routing_pathfinder *p, enum route_service service,
				  enum route_dane dane, struct route_verdict *out)
{
	if (!p->route)
		return judge_no_domain(p, out);
	const struct route_tls_ask ask = { .facts = route_facts(p->route),
					   .policy = &p->policy,
					   .service = service,
					   .dane = dane,
					   .sender = p->sender_tls,
					   .untrusted = p->untrusted };
	enum err e = route_verdict(ask.facts, service, p->untrusted, out);
	return e == ERR_OK ? route_tls(&ask, out) : e;
}

static void finish(struct routing_pathfinder *p)
{
	static const struct route_facts nothing;

	if (p->finished)
		return;
	p->finished = true;
	if (p->path.err == ERR_OK)
		p->path.err = routing_pathfinder_judge(p, p->service, p->dane, &p->path.verdict);
	p->path.facts = p->route ? route_facts(p->route) : &nothing;
	p->path.dns_ms = p->n_open ? p->reactor.now(p->reactor.loop) - p->started : 0;
	p->done(p->arg, &p->path);
}

static void ask_ready(struct routing_pathfinder *p);

static void answered(void *arg, uint64_t id, const struct dns_answer *answer)
{
	struct open_question *q = arg;
	struct routing_pathfinder *p = q->finder;

	(void)id;
	q->resolver_id = 0;
	enum err e = route_answer(p->route, q->route_id, answer);
	if (p->path.err == ERR_OK)
		p->path.err = e;
	ask_ready(p);
	if (p->path.err != ERR_OK || route_done(p->route))
		finish(p); /* may free p */
}

/* Only what may bounce has to be proved, which takes its time. */
static unsigned flags_for(const struct routing_pathfinder *p)
{
	if (p->as_required || route_tls_demands(&p->policy, p->dane))
		return RESOLVE_AD | RESOLVE_PROBED | RESOLVE_PROVED;
	return p->service != ROUTE_OFF || p->aim.route.asks_anyhow ? RESOLVE_AD | RESOLVE_PROBED
								   : 0;
}

static void ask_one(struct routing_pathfinder *p, const struct route_question *q)
{
	struct open_question *open = &p->open[p->n_open++];
	struct resolve_question ask = {
		.name = q->name,
		.type = q->type,
		.flags = flags_for(p),
	};

	*open = (struct open_question){ .finder = p, .route_id = q->id };
	open->resolver_id = resolve_ask(p->resolver, &ask, answered, open);
	if (!open->resolver_id)
		p->path.err = ERR_NOMEM;
}

static void ask_ready(struct routing_pathfinder *p)
{
	struct route_question q;

	while (p->path.err == ERR_OK && p->n_open < ROUTE_QUESTIONS_MAX && route_ask(p->route, &q))
		ask_one(p, &q);
}

static void timer_fired(void *arg)
{
	finish(arg);
}

/* Where somebody logs in, clear text helps nobody: a password goes over TLS alone. */
static enum route_tls level_of(const struct conf_delivery *how)
{
	switch (how->tls) {
	case CONF_TLS_NONE:
		return ROUTE_TLS_NONE;
	case CONF_TLS_MAY:
		return how->user && how->user[0] ? ROUTE_TLS_OFFERED : ROUTE_TLS_MAY;
	case CONF_TLS_ENCRYPT:
		return ROUTE_TLS_ENCRYPT;
	case CONF_TLS_VERIFY:
		return ROUTE_TLS_VERIFY;
	case CONF_TLS_DANE:
		return ROUTE_TLS_DANE;
	}
	abort();
}

/* Everything of p but its questions.  False: out of memory. */
static bool prepare(struct routing_pathfinder *p, const struct routing_pathfinder_ask *ask)
{
	const struct conf *conf = ask->conf;

	p->untrusted =
		conf->dnssec.bounce_untrusted ? ROUTE_UNTRUSTED_BOUNCE : ROUTE_UNTRUSTED_DEFER;
	p->domain = BUF_MAX(DOMAIN_TEXT_MAX);
	buf_add(&p->domain, str_head(ask->domain, DOMAIN_TEXT_MAX));
	p->timer = p->reactor.timer(p->reactor.loop, timer_fired, p);
	if (!p->timer || buf_err(&p->domain) != ERR_OK)
		return false;
	p->path.how = &conf->delivery;
	enum err e = routing_aim_find(conf, ask->domain, &p->aim);
	if (e == ERR_SYNTAX)
		return true;
	if (e != ERR_OK)
		return false;
	p->path.how = p->aim.how;
	p->policy = (struct route_tls_policy){ .level = level_of(p->aim.how),
					       .name = str_of(p->aim.how->tls_name),
					       .dane = conf->dnssec.dane,
					       .readable = tls_config_readable };
	p->aim.route.tlsa = route_tls_asks(&p->policy, p->service, p->dane, p->sender_tls);
	p->aim.route.asks_anyhow =
		route_tls_asks_anyhow(&p->policy, p->aim.route.kind, p->sender_tls);
	p->aim.route.seed = (uint64_t)(uintptr_t)p ^ (uint64_t)p->started * 0x9e3779b97f4a7c15;
	p->route = route_new(&p->aim.route);
	return p->route != NULL;
}

struct routing_pathfinder *routing_pathfinder_new(const struct routing_pathfinder_ask *ask,
						  routing_path_done *done, void *arg)
{
	struct routing_pathfinder *p =
		malloc(sizeof(*p) + ROUTE_QUESTIONS_MAX * sizeof(p->open[0]));

	if (!p)
		return NULL;
	*p = (struct routing_pathfinder){
		.resolver = ask->resolver,
		.reactor = *ask->reactor,
		.service = ask->service,
		.dane = ask->dane,
		.sender_tls = ask->sender_tls,
		.as_required = ask->service == ROUTE_REQUIRED ||
			       (ask->service == ROUTE_REQUESTED && ask->as_required),
		.started = ask->reactor->now(ask->reactor->loop),
		.done = done,
		.arg = arg,
	};
	if (!prepare(p, ask)) {
		routing_pathfinder_free(&p);
		return NULL;
	}
	if (p->route)
		ask_ready(p);
	if (!p->route || p->path.err != ERR_OK || route_done(p->route))
		p->reactor.set(p->reactor.loop, p->timer, 0);
	return p;
}

void routing_pathfinder_free(struct routing_pathfinder **pp)
{
	struct routing_pathfinder *p = *pp;

	*pp = NULL;
	if (!p)
		return;
	for (size_t i = 0; i < p->n_open; i++)
		resolve_cancel(p->resolver, p->open[i].resolver_id);
	if (p->timer)
		p->reactor.untimer(p->reactor.loop, p->timer);
	route_verdict_clear(&p->path.verdict);
	route_free(&p->route);
	buf_free(&p->domain);
	routing_aim_clear(&p->aim);
	free(p);
}
