/*
 * The validator inside: libunbound, driven by our own event loop.
 *
 * libunbound brings no loop, thread or process here: it is given one small
 * table for its base and one for its events, and both stand on struct
 * os_reactor and the resolver's wheel.  What it finds is handed to the query
 * machine as a server's answer, with what it says of its validity beside it.
 *
 * What is true:
 *	Each call into libunbound is made between resolve_core_enter() and
 *	resolve_core_leave().  It may call back at once: then the answer is kept in
 *	said, and fed when no frame of libunbound is on the stack any more.
 *	An ask lives until libunbound has called back, or is gone.  Its link may
 *	go before: then the answer serves libunbound's own cache alone.
 *	Of data that is bogus nothing is used: it becomes the SERVFAIL that a
 *	validating server would send, with the reason as extended error.
 *	It makes up no answer: its own zones (localhost, private reverse zones and
 *	the like) are taken out, as what they say has no proof.
 */
#include "resolve/core_priv.h"

#include "base/buf.h"
#include "dns/type.h"
#include "os/clock.h"
#include "os/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unbound-event.h>
#include <unbound.h>

#define ANCHOR_FILE "/usr/share/dns/root.key"

enum { WHY_MAX = 400, ANCHORS_MAX = 1 << 20, EDE_OPTION = 15, EDE_BOGUS = 6 };

struct resolve_embedded {
	struct ub_event_base base; /* first: libunbound's pointer to it is one to us */
	struct ub_ctx *ctx;
	struct resolve *r;
	unsigned server;
	struct list asks; /* in libunbound's hands */
	struct list said; /* answered, to be fed */
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

/* An event of libunbound's: a descriptor, a time, or both. */
struct event {
	struct ub_event super; /* first */
	struct resolve_embedded *e;
	int fd;
	short bits;
	void (*fn)(int fd, short bits, void *arg);
	void *arg;
	void *watch;
	struct resolve_timer timer;
};

static struct event *event_of(struct ub_event *ev)
{
	return (struct event *)(void *)ev;
}

static int event_del(struct ub_event *super)
{
	struct event *ev = event_of(super);
	struct os_reactor *reactor = &ev->e->r->reactor;

	resolve_timer_unset(&ev->timer);
	if (ev->watch)
		reactor->unwatch(reactor->loop, ev->watch);
	ev->watch = NULL;
	return 0;
}

/* ev may be gone when fn returns. */
static void on_ready(void *arg, unsigned ready)
{
	struct event *ev = arg;
	struct resolve *r = ev->e->r;
	int bits = (ready & OS_READ ? UB_EV_READ : 0) | (ready & OS_WRITE ? UB_EV_WRITE : 0);

	resolve_core_enter(r);
	if (!(ev->bits & UB_EV_PERSIST))
		(void)event_del(&ev->super);
	ev->fn(ev->fd, (short)(bits & ev->bits ? bits & ev->bits : bits), ev->arg);
	resolve_core_leave(r);
}

static void on_time(struct resolve_timer *t)
{
	struct event *ev = CONTAINER_OF(t, struct event, timer);

	if (!(ev->bits & UB_EV_PERSIST))
		(void)event_del(&ev->super);
	ev->fn(ev->fd, UB_EV_TIMEOUT, ev->arg);
}

static void set_timer(struct event *ev, const struct timeval *after)
{
	struct resolve *r = ev->e->r;
	int64_t ms = (int64_t)after->tv_sec * 1000 + (after->tv_usec + 999) / 1000;

	resolve_timer_set(&r->wheel, &ev->timer, r->now + ms);
}

static int event_add(struct ub_event *super, struct timeval *after)
{
	struct event *ev = event_of(super);
	struct os_reactor *reactor = &ev->e->r->reactor;
	unsigned events =
		(ev->bits & UB_EV_READ ? OS_READ : 0) | (ev->bits & UB_EV_WRITE ? OS_WRITE : 0);

	(void)event_del(super);
	if (events != 0 && ev->fd >= 0) {
		ev->watch = reactor->watch(reactor->loop, ev->fd, events, on_ready, ev);
		if (!ev->watch)
			return -1;
	}
	if (after)
		set_timer(ev, after);
	return 0;
}

static void event_add_bits(struct ub_event *super, short bits)
{
	event_of(super)->bits = (short)(event_of(super)->bits | bits);
}

static void event_del_bits(struct ub_event *super, short bits)
{
	event_of(super)->bits = (short)(event_of(super)->bits & ~bits);
}

static void event_set_fd(struct ub_event *super, int fd)
{
	event_of(super)->fd = fd;
}

static void event_free(struct ub_event *super)
{
	(void)event_del(super);
	free(event_of(super));
}

static int event_add_timer(struct ub_event *super, struct ub_event_base *base,
			   void (*fn)(int, short, void *), void *arg, struct timeval *after)
{
	struct event *ev = event_of(super);

	(void)base;
	ev->fn = fn;
	ev->arg = arg;
	set_timer(ev, after);
	return 0;
}

static int event_del_timer(struct ub_event *super)
{
	resolve_timer_unset(&event_of(super)->timer);
	return 0;
}

/* Signals and Windows: never asked for, but the table must be whole. */
static int no_signal(struct ub_event *super, struct timeval *after)
{
	(void)super;
	(void)after;
	return -1;
}

static void no_wouldblock(struct ub_event *super, int bits)
{
	(void)super;
	(void)bits;
}

static struct ub_event *base_new_event(struct ub_event_base *base, int fd, short bits,
				       void (*fn)(int, short, void *), void *arg)
{
	static struct ub_event_vmt table = {
		.add_bits = event_add_bits,
		.del_bits = event_del_bits,
		.set_fd = event_set_fd,
		.free = event_free,
		.add = event_add,
		.del = event_del,
		.add_timer = event_add_timer,
		.del_timer = event_del_timer,
		.add_signal = no_signal,
		.del_signal = event_del,
		.winsock_unregister_wsaevent = event_free,
		.winsock_tcp_wouldblock = no_wouldblock,
	};
	struct event *ev = calloc(1, sizeof(*ev));

	if (!ev)
		return NULL;
	ev->super = (struct ub_event){ UB_EVENT_MAGIC, &table };
	ev->e = (struct resolve_embedded *)(void *)base;
	ev->fd = fd;
	ev->bits = bits;
	ev->fn = fn;
	ev->arg = arg;
	resolve_timer_init(&ev->timer, on_time);
	return &ev->super;
}

static struct ub_event *no_new_signal(struct ub_event_base *base, int fd,
				      void (*fn)(int, short, void *), void *arg)
{
	(void)base;
	(void)fd;
	(void)fn;
	(void)arg;
	return NULL;
}

static struct ub_event *no_wsaevent(struct ub_event_base *base, void *wsaevent,
				    void (*fn)(int, short, void *), void *arg)
{
	(void)wsaevent;
	return no_new_signal(base, -1, fn, arg);
}

static void base_free(struct ub_event_base *base)
{
	(void)base;
}

static int base_dispatch(struct ub_event_base *base)
{
	(void)base;
	return 0;
}

static int base_loopexit(struct ub_event_base *base, struct timeval *after)
{
	(void)base;
	(void)after;
	return 0;
}

static struct ub_event_base_vmt base_table = {
	.free = base_free,
	.dispatch = base_dispatch,
	.loopexit = base_loopexit,
	.new_event = base_new_event,
	.new_signal = no_new_signal,
	.winsock_register_wsaevent = no_wsaevent,
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

/* The response of a server that fails: with an extended error (RFC 8914) where there is a reason. */
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
	enum resolve_took took = resolve_query_feed(&link->query, &reply).took;
	int64_t rtt_us = os_clock_mono_us() - ask->asked_us;

	free_ask(ask);
	if (took == RESOLVE_DROPPED || took == RESOLVE_DOUBTED) {
		info->dropped++;
		return;
	}
	resolve_server_answered(info, rtt_us, r->now);
	if (took == RESOLVE_SPOILT)
		resolve_server_failed(info, INT64_MAX, r->now);
	resolve_link_act(link);
}

bool resolve_embedded_flush(struct resolve *r)
{
	bool any = false;

	for (unsigned i = 0; i < r->n_up; i++) {
		struct resolve_embedded *e = r->up[i].embedded;
		struct list *at;
		while (e && (at = list_shift(&e->said)) != NULL) {
			struct resolve_ask *ask = CONTAINER_OF(at, struct resolve_ask, at);
			any = true;
			if (ask->link && buf_err(&ask->octets) == ERR_OK)
				feed(r, ask);
			else
				free_ask(ask);
		}
	}
	return any;
}

void resolve_embedded_forget(struct resolve_link *link)
{
	if (link->ask)
		link->ask->link = NULL;
	link->ask = NULL;
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
	resolve_embedded_forget(link);
	link->ask = ask;
	if (ub_resolve_event(up->embedded->ctx, name.p, link->query.type, DNS_CLASS_IN, ask, told,
			     NULL) == 0) {
		up->info.questions++;
		return STR("");
	}
	free_ask(ask);
	return STR("the validator does not take the question");
}

void resolve_embedded_send(struct resolve_link *link)
{
	struct resolve_upstream *up = &link->r->up[link->query.server];
	struct str why = up->embedded ? try_ask(link) : up->info.reason;

	if (why.n > 0)
		resolve_query_lost(&link->query, link->query.server, why);
	else
		resolve_link_sent(link);
}

/* A file without a key would make everything insecure. */
static bool check_anchors(const char *path, struct buf *why)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(ANCHORS_MAX);
	struct str line, word;
	enum err e = os_file_read(path, &text);

	if (e != ERR_OK) {
		buf_addf(why, "trust anchor %s: %s", path,
			 e == ERR_IO ? strerror(errno) : err_text(e));
		return false;
	}
	for (struct str rest = buf_str(&text); str_line(&rest, &line);)
		while (str_word(&line, &word) && word.p[0] != ';')
			if (str_eq_nocase(word, STR("DNSKEY")) || str_eq_nocase(word, STR("DS")))
				return true;
	buf_addf(why, "trust anchor %s: no DNSKEY or DS record in it", path);
	return false;
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

static bool set_forwarders(struct ub_ctx *ctx, const struct resolve_server *conf)
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

static bool set_up(struct ub_ctx *ctx, const struct resolve_server *conf, struct buf *why)
{
	const char *anchors = conf->trust_anchor_file;
	bool local = false;

	if (!anchors || !*anchors)
		anchors = ANCHOR_FILE;
	for (size_t i = 0; i < conf->n_forward; i++)
		local = local || ip_loopback(&conf->forward[i].ip);
	if (!check_anchors(anchors, why))
		return false;
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

void resolve_embedded_new(struct resolve *r, unsigned server)
{
	struct resolve_upstream *up = &r->up[server];
	CLEANUP(buf_free) struct buf why = BUF_MAX(RESOLVE_REASON_MAX);
	struct resolve_embedded *e = calloc(1, sizeof(*e));

	if (e) {
		e->base = (struct ub_event_base){ UB_EVENT_MAGIC, &base_table };
		e->r = r;
		e->server = server;
		list_init(&e->asks);
		list_init(&e->said);
		e->ctx = ub_ctx_create_ub_event(&e->base);
	}
	up->embedded = e;
	if (e && e->ctx && set_up(e->ctx, &up->info.conf, &why))
		return;
	resolve_embedded_clear(r, server);
	resolve_server_unusable(&up->info, why.n ? buf_str(&why) : STR("out of memory"));
}

/* libunbound calls back for what it still has, when it goes. */
void resolve_embedded_clear(struct resolve *r, unsigned server)
{
	struct resolve_embedded *e = r->up[server].embedded;
	struct list *at;

	r->up[server].embedded = NULL;
	if (!e)
		return;
	for (at = e->asks.next; at != &e->asks; at = at->next) {
		struct resolve_ask *ask = CONTAINER_OF(at, struct resolve_ask, at);
		if (ask->link)
			resolve_embedded_forget(ask->link);
	}
	if (e->ctx)
		ub_ctx_delete(e->ctx);
	while ((at = e->asks.next) != &e->asks || (at = e->said.next) != &e->said)
		free_ask(CONTAINER_OF(at, struct resolve_ask, at));
	free(e);
}
