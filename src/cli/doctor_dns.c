/*
 * Each server gets resolvers of its own, in which there is no other: one that
 * asks as Signpost does, one that sets DO, and one that asks by TCP.  In them the
 * server is taken at its word, so that its AD is seen; whether it is trusted comes
 * from a resolver that was told the truth.  Nothing is cached, and nothing of
 * this is used for mail.
 */
#include "cli/doctor_dns.h"

#include "cli/doctor_clock.h"
#include "dns/message.h"
#include "loop/loop.h"
#include "os/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_MAX = 3, CHANNELS = 3, TYPE_RRSIG = 46, FIRST_PORT_DEFAULT = 1024 };

struct ask {
	struct gathering *all;
	struct cli_doctor_said *to;
	struct dns_name name;
	uint16_t type;
	unsigned flags;
};

/* One resolver with one server, and what it is asked. */
struct channel {
	struct resolve *resolver;
	struct ask ask[ASK_MAX];
	size_t n;
	char broken[160]; /* the last fault of a connection, or message that was dropped */
};

struct gathering {
	struct loop *loop;
	struct os_reactor reactor;
	size_t waiting;
	struct channel channel[RESOLVE_SERVERS_MAX * CHANNELS];
	size_t n;
};

static void gathering_free(struct gathering **g)
{
	if (!*g)
		return;
	for (size_t i = 0; i < (*g)->n; i++)
		resolve_free(&(*g)->channel[i].resolver);
	loop_free(&(*g)->loop);
	free(*g);
	*g = NULL;
}

/* What an accepted message shows that an answer does not. */
static void look(struct cli_doctor_said *to, uint16_t type, struct str octets)
{
	struct dns_message m;
	struct dns_record rr;

	if (dns_message_read(octets, &m) != ERR_OK)
		return;
	to->seen = true;
	to->ra = m.flags & DNS_FLAG_RA;
	struct dns_walk w = dns_message_walk(&m, DNS_SECTION_ANSWER);
	while (dns_message_next(&w, &rr)) {
		if (rr.type != TYPE_RRSIG)
			continue;
		to->rrsig = true;
		cli_doctor_clock_add(&to->window, rr.rdata, type, os_clock_wall());
	}
}

static void told(void *arg, const struct resolve_event *e)
{
	struct channel *c = arg;

	if (e->fate == RESOLVE_IGNORED || e->fate == RESOLVE_BROKEN)
		(void)str_copy(c->broken, sizeof(c->broken), e->why);
	for (size_t i = 0; e->fate == RESOLVE_ACCEPTED && e->name && i < c->n; i++)
		if (c->ask[i].type == e->type && dns_name_eq(&c->ask[i].name, e->name))
			look(c->ask[i].to, e->type, e->octets);
}

static void answered(void *arg, uint64_t id, const struct dns_answer *a)
{
	struct ask *ask = arg;
	struct cli_doctor_said *to = ask->to;

	(void)id;
	to->outcome = a->outcome;
	to->rcode = a->rcode;
	to->ad = a->status == DNS_SECURE;
	to->aa = a->aa;
	(void)str_copy(to->why, sizeof(to->why), a->why);
	if (--ask->all->waiting == 0)
		loop_stop(ask->all->loop);
}

static void add(struct channel *c, struct cli_doctor_said *to, const struct dns_name *name,
		uint16_t type, unsigned flags)
{
	if (name->len)
		c->ask[c->n++] =
			(struct ask){ .to = to, .name = *name, .type = type, .flags = flags };
}

static enum err open_channel(struct gathering *g, struct channel *c,
			     const struct dns_server *server)
{
	struct resolve_conf conf = { .servers = { *server }, .n_servers = 1 };

	if (server->channel != DNS_CHANNEL_EMBEDDED)
		conf.servers[0].trust = DNS_CHANNEL_TRUST_ALWAYS;
	conf.trace = told;
	conf.trace_arg = c;
	c->resolver = resolve_new(&g->reactor, &conf);
	explicit_bzero(conf.servers, sizeof(conf.servers));
	if (!c->resolver)
		return ERR_IO;
	for (size_t i = 0; i < c->n; i++) {
		struct ask *a = &c->ask[i];
		struct resolve_question q = { .name = a->name,
					      .type = a->type,
					      .flags = a->flags | RESOLVE_AD | RESOLVE_NO_CACHE };
		a->all = g;
		a->to->asked = true;
		if (!resolve_ask(c->resolver, &q, answered, a))
			return ERR_NOMEM;
		g->waiting++;
	}
	return ERR_OK;
}

/* A type that the probe's name is not likely to have: its denial stands for all. */
static uint16_t denied_type(const struct resolve_conf *conf)
{
	if (conf->probe_denial.len)
		return conf->probe_type;
	return conf->probe_type == DNS_TYPE_SSHFP ? DNS_TYPE_SRV : DNS_TYPE_SSHFP;
}

static enum err ask_server(struct gathering *g, const struct resolve_conf *conf, size_t i,
			   struct cli_doctor_server *s)
{
	const struct dns_name *denied =
		conf->probe_denial.len ? &conf->probe_denial : &conf->probe_name;
	struct dns_server server = conf->servers[i];
	unsigned set_do = conf->set_do ? RESOLVE_DO : 0;
	struct channel *c = &g->channel[g->n++];

	add(c, &s->positive, &conf->probe_name, conf->probe_type, 0);
	add(c, &s->denial, denied, denied_type(conf), 0);
	add(c, &s->bogus, &conf->probe_bogus, DNS_TYPE_A, set_do);
	enum err e = open_channel(g, c, &server);
	if (e != ERR_OK || server.channel == DNS_CHANNEL_EMBEDDED)
		return e;
	c = &g->channel[g->n++];
	add(c, &s->positive_do, &conf->probe_name, conf->probe_type, RESOLVE_DO);
	add(c, &s->denial_do, denied, denied_type(conf), RESOLVE_DO);
	e = open_channel(g, c, &server);
	if (e != ERR_OK || server.channel != DNS_CHANNEL_UDP)
		return e;
	server.channel = DNS_CHANNEL_TCP;
	c = &g->channel[g->n++];
	add(c, &s->tcp, &conf->probe_name, conf->probe_type, 0);
	return open_channel(g, c, &server);
}

static void say_name(char out[static CLI_DOCTOR_NAME_MAX], const struct dns_name *name,
		     uint16_t type)
{
	char word[DNS_TYPE_TEXT_MAX];
	struct buf text = BUF_MAX(4 * DNS_NAME_MAX);

	if (name->len)
		dns_name_text(&text, name);
	if (name->len)
		buf_addf(&text, " %.*s", STR_ARG(dns_type_text(type, word)));
	(void)str_copy(out, CLI_DOCTOR_NAME_MAX, buf_str(&text));
	buf_free(&text);
}

/* Ports below this one are for root alone: /proc says where that is not 1024. */
static unsigned first_free_port(void)
{
	unsigned port = FIRST_PORT_DEFAULT;
	FILE *f = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "re");

	if (f && fscanf(f, "%u", &port) != 1)
		port = FIRST_PORT_DEFAULT;
	if (f)
		(void)fclose(f);
	return port;
}

/* Trust and its reason as the daemon would have them. */
static enum err describe(struct gathering *g, const struct resolve_conf *conf,
			 struct cli_doctor_dns *out)
{
	struct resolve_conf truth = *conf;
	unsigned first = first_free_port();
	struct resolve_server_state state;

	truth.follow = NULL;
	truth.trace = NULL;
	struct resolve *r = resolve_new(&g->reactor, &truth);
	explicit_bzero(truth.servers, sizeof(truth.servers));
	if (!r)
		return ERR_IO;
	for (; out->n < conf->n_servers && resolve_server_at(r, out->n, &state); out->n++) {
		struct cli_doctor_server *s = &out->server[out->n];
		*s = (struct cli_doctor_server){ .conf = conf->servers[out->n],
						 .set_do = conf->set_do,
						 .trusted = state.source.trust != DNS_TRUST_NONE,
						 .denial_decides = conf->probe_denial.len > 0 };
		s->unprivileged = s->conf.at.port >= first;
		(void)str_copy(s->name, sizeof(s->name), state.source.server);
		(void)str_copy(s->reason, sizeof(s->reason), state.source.trust_reason);
		say_name(s->signed_name, &conf->probe_name, conf->probe_type);
		say_name(s->denied_name,
			 conf->probe_denial.len ? &conf->probe_denial : &conf->probe_name,
			 denied_type(conf));
		say_name(s->bogus_name, &conf->probe_bogus, DNS_TYPE_A);
	}
	resolve_free(&r);
	return ERR_OK;
}

/* No answer says least; what went wrong with its messages says more. */
static void explain(struct gathering *g)
{
	for (size_t i = 0; i < g->n; i++)
		for (size_t k = 0; k < g->channel[i].n; k++) {
			struct cli_doctor_said *to = g->channel[i].ask[k].to;
			if (to->outcome == DNS_NO_ANSWER && g->channel[i].broken[0])
				(void)str_copy(to->why, sizeof(to->why),
					       str_of(g->channel[i].broken));
		}
}

enum err cli_doctor_dns(const struct resolve_conf *given, struct cli_doctor_dns *out)
{
	CLEANUP(gathering_free) struct gathering *g = calloc(1, sizeof(*g));
	struct resolve_conf conf = *given;

	if (conf.probe_name.len == 0 && dns_name_from_text(STR("com."), &conf.probe_name) != ERR_OK)
		return ERR_NOMEM;
	if (conf.probe_type == 0)
		conf.probe_type = DNS_TYPE_NS;
	if (!g || !(g->loop = loop_new()))
		return ERR_NOMEM;
	g->reactor = loop_reactor(g->loop);
	out->n = 0;
	enum err e = describe(g, &conf, out);
	for (size_t i = 0; e == ERR_OK && i < out->n; i++)
		e = ask_server(g, &conf, i, &out->server[i]);
	explicit_bzero(conf.servers, sizeof(conf.servers));
	if (e == ERR_OK && g->waiting > 0)
		e = loop_run(g->loop);
	explain(g);
	return e;
}
