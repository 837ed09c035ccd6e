/*
 * Ways that are found, over a resolver of ours and a server that answers every
 * question for an address and has no MX.
 */
#include "routing/pathfinder.h"

#include "base/test.h"
#include "loop/loop.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;
static struct os_reactor reactor;
static struct resolve *resolver;
static int server; /* its socket */
static int asked;

enum { HEAD = 12, TYPE_A = 1 };

/* The question's end: after its name, type and class. */
static size_t question_end(const uint8_t *q, size_t n)
{
	size_t at = HEAD;

	while (at < n && q[at])
		at += 1 + (size_t)q[at];
	return at + 5;
}

static void answer(void *arg, unsigned ready)
{
	static const uint8_t record[] = { 0xc0, HEAD, 0, TYPE_A, 0,   1, 0, 0,
					  0,    60,   0, 4,      192, 0, 2, 7 };
	uint8_t q[1024];
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	ssize_t n = recvfrom(server, q, sizeof(q) - sizeof(record), 0, (struct sockaddr *)&from,
			     &length);

	(void)arg;
	(void)ready;
	if (n < HEAD)
		return;
	size_t end = question_end(q, (size_t)n);
	bool address = q[end - 3] == TYPE_A;
	asked++;
	q[2] |= 0x80;   /* QR */
	q[3] = 0x80;    /* RA */
	q[7] = address; /* ANCOUNT */
	q[9] = q[10] = q[11] = 0;
	memcpy(q + end, record, sizeof(record));
	(void)sendto(server, q, end + (address ? sizeof(record) : 0), 0, (struct sockaddr *)&from,
		     length);
}

static void serve(struct resolve_conf *conf)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(at);

	server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server < 0 || bind(server, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    getsockname(server, (struct sockaddr *)&at, &length) < 0)
		exit(1);
	*conf = (struct resolve_conf){
		.n_servers = 1,
		.servers = { { .at = { .ip = { 4, { 127, 0, 0, 1 } }, .port = ntohs(at.sin_port) },
			       .channel = DNS_CHANNEL_UDP,
			       .timeout_ms = 60000,
			       .attempts = 1 } }
	};
}

static struct conf_route routes[] = {
	{ .domain = (char *)(uintptr_t) "host.example",
	  .host = (char *)(uintptr_t) "mx.example",
	  .delivery = { .port = 25 } },
	{ .domain = (char *)(uintptr_t) "static.example",
	  .at = { .ip = { 4, { 192, 0, 2, 1 } } },
	  .port = 2525 },
};
static struct conf conf = { .hostname = (char *)(uintptr_t) "relay.example",
			    .route = routes,
			    .n_route = 2,
			    .delivery = { .port = 25 } };

static struct {
	int done;
	enum err err;
	enum route_action action;
	char status[ROUTE_STATUS_MAX];
	size_t targets;
	struct ip_port to;
	bool free_there; /* the pathfinder, in done */
	struct routing_pathfinder *finder;
} found;

static void path_found(void *arg, const struct routing_path *path)
{
	(void)arg;
	found.done++;
	found.err = path->err;
	found.action = path->verdict.action;
	(void)snprintf(found.status, sizeof(found.status), "%s", path->verdict.status);
	found.targets = path->verdict.n_target;
	if (found.targets)
		found.to = path->verdict.target[0].address->at;
	if (found.free_there)
		routing_pathfinder_free(&found.finder);
	loop_stop(loop);
}

static void begin(const char *domain, enum route_service service)
{
	const struct routing_pathfinder_ask ask = { .resolver = resolver,
						    .reactor = &reactor,
						    .conf = &conf,
						    .domain = str_of(domain),
						    .service = service };

	memset(&found, 0, sizeof(found));
	asked = 0;
	found.finder = routing_pathfinder_new(&ask, path_found, NULL);
	if (!found.finder)
		exit(1);
	CHECK_INT("not from inside", found.done, 0);
}

static void finish(void)
{
	while (!found.done)
		if (loop_run(loop) != ERR_OK)
			exit(1);
}

static const struct {
	const char *domain;
	enum route_service service;
	enum route_action action;
	const char *status;
	const char *to; /* the first target's address; NULL: none */
	uint16_t port;
	int asked; /* questions of the server; -1: as many as it likes */
} cases[] = {
	{ "bank.example", ROUTE_OFF, ROUTE_DELIVER, "", "192.0.2.7", 25, -1 },
	{ "static.example", ROUTE_OFF, ROUTE_DELIVER, "", "192.0.2.1", 2525, 0 },
	{ "STATIC.example", ROUTE_OFF, ROUTE_DELIVER, "", "192.0.2.1", 2525, 0 },
	{ "host.example", ROUTE_OFF, ROUTE_DELIVER, "", "192.0.2.7", 25, -1 },
	{ "[192.0.2.9]", ROUTE_OFF, ROUTE_DELIVER, "", "192.0.2.9", 25, 0 },
	{ "a..b", ROUTE_OFF, ROUTE_BOUNCE, "5.1.2", NULL, 0, 0 },
	{ "[nonsense]", ROUTE_REQUIRED, ROUTE_BOUNCE, "5.1.2", NULL, 0, 0 },
};

static void check(size_t i)
{
	char text[IP_TEXT_MAX];

	begin(cases[i].domain, cases[i].service);
	finish();
	CHECK_INT(cases[i].domain, found.done, 1);
	CHECK_INT(cases[i].domain, found.err, ERR_OK);
	CHECK_INT(cases[i].domain, found.action, cases[i].action);
	CHECK_STR(cases[i].domain, str_of(found.status), str_of(cases[i].status));
	CHECK_INT(cases[i].domain, found.targets > 0, cases[i].to != NULL);
	if (cases[i].to) {
		CHECK_STR(cases[i].domain, ip_text(&found.to.ip, text), str_of(cases[i].to));
		CHECK_INT(cases[i].domain, found.to.port, cases[i].port);
	}
	if (cases[i].asked >= 0)
		CHECK_INT(cases[i].domain, asked, cases[i].asked);
	routing_pathfinder_free(&found.finder);
}

/* What was found is judged for other services without another question. */
static void check_judged_again(void)
{
	struct route_verdict v;

	begin("again.example", ROUTE_OFF);
	finish();
	int before = asked;
	CHECK_INT("judged",
		  routing_pathfinder_judge(found.finder, ROUTE_REQUIRED, ROUTE_DANE_USED, &v),
		  ERR_OK);
	CHECK_INT("not secure", v.action != ROUTE_DELIVER, 1);
	CHECK_INT("nothing asked", asked, before);
	route_verdict_clear(&v);
	routing_pathfinder_free(&found.finder);
}

static void check_freed(void)
{
	begin("there.example", ROUTE_OFF);
	found.free_there = true;
	finish();
	CHECK_INT("in done", found.finder == NULL, 1);

	begin("before.example", ROUTE_OFF);
	routing_pathfinder_free(&found.finder);
	begin("static.example", ROUTE_OFF);
	routing_pathfinder_free(&found.finder);
	begin("after.example", ROUTE_OFF); /* the late answers to the first find nobody */
	finish();
	CHECK_INT("once", found.done, 1);
	routing_pathfinder_free(&found.finder);
	routing_pathfinder_free(&found.finder); /* nothing: legal */
}

int main(void)
{
	struct resolve_conf servers;

	loop = loop_new();
	if (!loop)
		return 1;
	reactor = loop_reactor(loop);
	serve(&servers);
	struct loop_watch *watch = loop_watch_new(loop, server, OS_READ, answer, NULL);
	resolver = resolve_new(&reactor, &servers);
	if (!watch || !resolver)
		return 1;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(i);
	check_judged_again();
	check_freed();
	resolve_free(&resolver);
	loop_watch_free(&watch);
	(void)close(server);
	loop_free(&loop);
	return TEST_EXIT();
}
