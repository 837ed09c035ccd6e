/*
 * The validator inside: libunbound, driven by our own event loop (ub_event.c).
 * What it finds is handed to the query machine as a server's answer, with what it
 * says of its validity beside it.
 *
 * What is true:
 *	Each call into libunbound is made between resolve_core_enter() and
 *	resolve_core_leave().  It may call back at once: then the answer is kept in
 *	said, and fed when no frame of libunbound is on the stack any more.
 *	An ask lives until libunbound has called back, or is gone.  Its link may
 *	go before: then the answer serves libunbound's own cache alone.
 *	Of data that is bogus nothing is used: it becomes the SERVFAIL that a
 *	validating server would send, with the reason as extended error.
 *	libunbound's cache cannot be told to forget.  After a flush a context with an
 *	empty one takes the questions; the one before stays while it still has some.
 *	It makes up no answer: its own zones (localhost, private reverse zones and
 *	the like) are taken out, as what they say has no proof.
 */
#include "resolve/ub_event_priv.h"

#include "base/buf.h"
#include "dns/type.h"
#include "os/clock.h"
#include "resolve/anchor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unbound.h>

#define ANCHOR_FILE "/usr/share/dns/root.key"

enum { WHY_MAX = 400, EDE_OPTION = 15, EDE_BOGUS = 6 };

struct resolve_embedded {
	struct resolve_ub_base base;
	struct ub_ctx *ctx;
	unsigned server;
	bool outdated;                   /* the next question gets another */
	struct list asks;                /* in libunbound's hands */
	struct list said;                /* answered, to be fed */
	struct resolve_embedded *before; /* that has still questions; NULL: none */
};

/* One question in libunbound's hands. */
struct resolve_ask {
	struct list at;
	struct resolve_embedded *e;
	struct resolve_link *link; /* NULL: nobody waits */
	int64_t asked_us;
	struct buf octets; /* the answer */
	enum dns_validated validated;
};

static void free_ask(struct resolve_ask *ask)
{
	list_drop(&ask->at);
	if (ask->link)
		ask->link->ask = NULL;
	buf_free(&ask->octets);
	free(ask);
}

static void add_u16(struct buf *b, unsigned v)
{
	buf_addc(b, (char)(v >> 8));
	buf_addc(b, (char)v);
}

/* The response of a server that fails: with an extended error (RFC 8914) where it has a reason. */
static void write_failure(struct resolve_ask *ask, unsigned rcode, const char *why)
{
	const struct resolve_query *q = &ask->link->query;
	struct str text = why ? str_of(why) : STR("");
	struct buf *b = &ask->octets;

	text.n = text.n < WHY_MAX ? text.n : WHY_MAX;
	add_u16(b, 0);
	add_u16(b, DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA | (rcode & DNS_FLAG_RCODE));
	add_u16(b, 1);
	add_u16(b, 0);
	add_u16(b, 0);
	add_u16(b, why ? 1 : 0);
	buf_add(b, dns_name_wire(q->name));
	add_u16(b, q->type);
	add_u16(b, DNS_CLASS_IN);
	if (!why)
		return;
	buf_addc(b, 0);
	add_u16(b, DNS_TYPE_OPT);
	add_u16(b, DNS_UDP_OCTETS);
	add_u16(b, 0);
	add_u16(b, 0);
	add_u16(b, (unsigned)(6 + text.n));
	add_u16(b, EDE_OPTION);
	add_u16(b, (unsigned)(2 + text.n));
	add_u16(b, EDE_BOGUS);
	buf_add(b, text);
}

/* Told by libunbound, perhaps from inside the call that asked, or that ends it. */
static void told(void *arg, int rcode, void *packet, int n, int sec, char *why, int limited)
{
	enum { INSECURE, BOGUS, SECURE };
	struct resolve_ask *ask = arg;

	(void)limited;
	if (!ask->link) {
		free_ask(ask);
		return;
	}
	if (rcode == DNS_NOERROR && sec == BOGUS) {
		ask->validated = DNS_VALIDATED_BOGUS;
		write_failure(ask, DNS_SERVFAIL, why ? why : "");
	} else if (rcode == DNS_NOERROR && packet && n > 0) {
		ask->validated = sec == SECURE ? DNS_VALIDATED_SECURE : DNS_VALIDATED_INSECURE;
		buf_add(&ask->octets, (struct str){ packet, (size_t)n });
	} else {
		ask->validated = DNS_VALIDATED_INSECURE;
		write_failure(ask, rcode == DNS_NOERROR ? DNS_SERVFAIL : (unsigned)rcode, NULL);
	}
	list_drop(&ask->at);
	list_add(&ask->e->said, &ask->at);
}

static void feed(struct resolve *r, struct resolve_ask *ask)
{
	struct resolve_link *link = ask->link;
	struct resolve_server_info *info = &r->up[ask->e->server].info;
	struct resolve_reply reply = {
		.octets = buf_str(&ask->octets),
		.server = ask->e->server,
		.over_tcp = true,
		.validated = ask->validated,
		.now = r->now,
	};
	struct resolve_fed fed = resolve_query_feed(&link->query, &reply);
	int64_t rtt_us = os_clock_mono_us() - ask->asked_us;

	if (r->conf.trace)
		resolve_trace_validated(link, &reply, &fed);
	free_ask(ask);
	if (fed.took == RESOLVE_DROPPED || fed.took == RESOLVE_DOUBTED) {
		info->tally.dropped++;
		return;
	}
	resolve_server_answered(info, rtt_us, r->now);
	resolve_server_judged(info, &fed);
	if (fed.took == RESOLVE_SPOILT)
		resolve_server_failed(info, INT64_MAX, r->now);
	link->told->act(link);
}

static void forget(struct resolve_link *link)
{
	if (link->ask)
		link->ask->link = NULL;
	link->ask = NULL;
}

static bool set_options(struct ub_ctx *ctx, bool local)
{
	static const char *options[][2] = {
		{ "edns-buffer-size:", "1232" },      { "harden-glue:", "yes" },
		{ "harden-dnssec-stripped:", "yes" }, { "harden-below-nxdomain:", "yes" },
		{ "harden-short-bufsize:", "yes" },   { "qname-minimisation:", "yes" },
		{ "unblock-lan-zones:", "yes" },      { "insecure-lan-zones:", "no" },
		{ "outgoing-range:", "256" }, /* sockets at once */
		{ "outgoing-num-tcp:", "16" },        { "num-queries-per-thread:", "1024" },
		{ "msg-cache-size:", "4m" },          { "rrset-cache-size:", "8m" },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (ub_ctx_set_option(ctx, options[i][0], options[i][1]) != 0)
			return false;
	/* Only where a forwarder is there is this host asked: no name server may lead us here. */
	return ub_ctx_set_option(ctx, "do-not-query-localhost:", local ? "no" : "yes") == 0;
}

static bool set_forwarders(struct ub_ctx *ctx, const struct dns_server *conf)
{
	char address[IP_TEXT_MAX], at[IP_TEXT_MAX + 8];

	for (size_t i = 0; i < conf->n_forward; i++) {
		struct buf text = BUF_MAX(sizeof(at));
		buf_addf(&text, "%.*s@%u", STR_ARG(ip_text(&conf->forward[i].ip, address)),
			 conf->forward[i].port);
		buf_addc(&text, '\0');
		bool taken = buf_err(&text) == ERR_OK && ub_ctx_set_fwd(ctx, text.p) == 0;
		buf_free(&text);
		if (!taken)
			return false;
	}
	return true;
}

/* The first of these calls also has libunbound read its trust anchors. */
static int drop_local_zones(struct ub_ctx *ctx)
{
	static const char *zones[] = { "localhost.",
				       "127.in-addr.arpa.",
				       "home.arpa.",
				       "test.",
				       "invalid.",
				       "onion.",
				       "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
				       "0.0.0.ip6.arpa." };
	int e = 0;

	for (size_t i = 0; e == 0 && i < sizeof(zones) / sizeof(*zones); i++)
		e = ub_ctx_zone_remove(ctx, zones[i]);
	return e;
}

static bool set_up(struct ub_ctx *ctx, const struct dns_server *conf, struct buf *why)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WHY_MAX);
	const char *anchors = conf->trust_anchor_file;
	bool local = false;

	if (!anchors || !*anchors)
		anchors = ANCHOR_FILE;
	for (size_t i = 0; i < conf->n_forward; i++)
		local = local || ip_loopback(&conf->forward[i].ip);
	if (!resolve_anchor_good(anchors, &words)) {
		buf_addf(why, "trust anchor %.*s", STR_ARG(buf_str(&words)));
		return false;
	}
	/* It would write to standard error: the reasons that we want come with the answers. */
	(void)ub_ctx_debugout(ctx, NULL);
	if (!set_options(ctx, local) || !set_forwarders(ctx, conf) ||
	    ub_ctx_add_ta_file(ctx, anchors) != 0) {
		buf_add(why, STR("libunbound does not take its settings"));
		return false;
	}
	int e = drop_local_zones(ctx);
	if (e != 0)
		buf_addf(why, "trust anchor %s: libunbound: %s", anchors, ub_strerror(e));
	return e == 0;
}

/* libunbound calls back for what it still has, when it goes. */
static void unmake(struct resolve_embedded *e)
{
	struct list *at;

	for (at = e->asks.next; at != &e->asks; at = at->next) {
		struct resolve_ask *ask = CONTAINER_OF(at, struct resolve_ask, at);
		if (ask->link)
			forget(ask->link);
	}
	if (e->ctx)
		ub_ctx_delete(e->ctx);
	while ((at = e->asks.next) != &e->asks || (at = e->said.next) != &e->said)
		free_ask(CONTAINER_OF(at, struct resolve_ask, at));
	free(e);
}

/* NULL: *why says, or no memory. */
static struct resolve_embedded *make(struct resolve *r, unsigned server, struct buf *why)
{
	struct resolve_embedded *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->server = server;
	list_init(&e->asks);
	list_init(&e->said);
	resolve_ub_base_init(&e->base, r);
	e->ctx = ub_ctx_create_ub_event(&e->base.super);
	if (e->ctx && set_up(e->ctx, &r->up[server].info.conf, why))
		return e;
	unmake(e);
	return NULL;
}

/* Where another cannot be had, as its file is gone, this one goes on with what it knows. */
static void renew(struct resolve *r, unsigned server)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(RESOLVE_REASON_MAX);
	struct resolve_upstream *up = &r->up[server];
	struct resolve_embedded *e = make(r, server, &why);

	up->embedded->outdated = false;
	if (!e)
		return;
	e->before = up->embedded;
	up->embedded = e;
}

/* What was renewed goes when it has answered all. */
static void drop_idle(struct resolve_embedded *e)
{
	struct resolve_embedded *before;

	while ((before = e->before) != NULL) {
		if (list_empty(&before->asks) && list_empty(&before->said)) {
			e->before = before->before;
			unmake(before);
		} else {
			e = before;
		}
	}
}

static bool feed_all(struct resolve *r, struct resolve_embedded *e)
{
	bool any = false;
	struct list *at;

	while ((at = list_shift(&e->said)) != NULL) {
		struct resolve_ask *ask = CONTAINER_OF(at, struct resolve_ask, at);
		any = true;
		if (ask->link && buf_err(&ask->octets) == ERR_OK)
			feed(r, ask);
		else
			free_ask(ask);
	}
	return any;
}

static bool flush(struct resolve *r, unsigned server, int64_t *when)
{
	struct resolve_embedded *all = r->up[server].embedded;
	bool any = false;

	(void)when;
	for (struct resolve_embedded *e = all; e; e = e->before)
		any = feed_all(r, e) || any;
	if (all)
		drop_idle(all);
	return any;
}

/* Why it cannot be asked; empty: it is. */
static struct str try_ask(struct resolve_link *link)
{
	struct resolve_upstream *up = &link->r->up[link->query.server];
	CLEANUP(buf_free) struct buf name = BUF_MAX(4 * DNS_NAME_MAX + 2);
	struct resolve_ask *ask = calloc(1, sizeof(*ask));

	dns_name_text(&name, link->query.name);
	buf_addc(&name, '\0');
	if (!ask || buf_err(&name) != ERR_OK) {
		free(ask);
		return STR("out of memory");
	}
	*ask = (struct resolve_ask){
		.e = up->embedded,
		.link = link,
		.asked_us = os_clock_mono_us(),
		.octets = BUF_MAX(UINT16_MAX),
	};
	list_init(&ask->at);
	list_add(&up->embedded->asks, &ask->at);
	forget(link);
	link->ask = ask;
	link->unask = forget;
	if (link->r->conf.trace)
		resolve_trace_handed(link);
	if (ub_resolve_event(up->embedded->ctx, name.p, link->query.type, DNS_CLASS_IN, ask, told,
			     NULL) == 0) {
		up->info.tally.questions++;
		return STR("");
	}
	free_ask(ask);
	return STR("the validator does not take the question");
}

static bool send_one(struct resolve_link *link)
{
	struct resolve_upstream *up = &link->r->up[link->query.server];

	if (up->embedded && up->embedded->outdated)
		renew(link->r, link->query.server);
	struct str why = up->embedded ? try_ask(link) : up->info.reason;
	if (why.n > 0)
		resolve_query_lost(&link->query, link->query.server, why);
	else
		link->told->sent(link);
	return true;
}

static enum err open_server(struct resolve *r, unsigned server)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(RESOLVE_REASON_MAX);

	r->up[server].embedded = make(r, server, &why);
	if (!r->up[server].embedded)
		resolve_server_unusable(&r->up[server].info,
					why.n ? buf_str(&why) : STR("out of memory"));
	return ERR_OK;
}

static void outdate(struct resolve *r, unsigned server)
{
	if (r->up[server].embedded)
		r->up[server].embedded->outdated = true;
}

static void clear(struct resolve *r, unsigned server)
{
	struct resolve_embedded *e = r->up[server].embedded;

	r->up[server].embedded = NULL;
	while (e) {
		struct resolve_embedded *before = e->before;
		unmake(e);
		e = before;
	}
}

const struct resolve_channel resolve_embedded_channel = {
	.kind = DNS_CHANNEL_EMBEDDED,
	.whole = &resolve_embedded_channel,
	.trusted_by = resolve_server_by_being_here,
	.open = open_server,
	.send = send_one,
	.flush = flush,
	.outdate = outdate,
	.clear = clear,
};
