/* Where mail is aimed at, by domain and static routes. */
#include "routing/aim.h"

#include "base/test.h"
#include "conf/parse.h"
#include "route/verdict.h"

#include <stdlib.h>

static struct conf_listen listens[] = { { .at = { .ip = { 4, { 192, 0, 2, 9 } }, .port = 25 } },
					{ .path = (char *)(uintptr_t) "/socket" },
					{ .at = { .ip = { 6, { 0x20, 1, 0xd, 0xb8 } },
						  .port = 25 } } };

#define Z(text) ((char *)(uintptr_t)(text))

/* Sorted, as conf has them. */
static struct conf_route routes[] = {
	{ .domain = Z("*"), .host = Z("smart.example"), .port = 587 },
	{ .domain = Z(".below.example"), .host = Z("below.example") },
	{ .domain = Z(".deep.below.example"), .host = Z("deep.example") },
	{ .domain = Z("address.example"), .at = { .ip = { 4, { 192, 0, 2, 7 } } } },
	{ .domain = Z("bad.example"), .host = Z("a..b") },
	{ .domain = Z("host.example"), .host = Z("mx.example") },
	{ .domain = Z("named.below.example"), .host = Z("named.example") },
	{ .domain = Z("port.example"), .at = { .ip = { 4, { 192, 0, 2, 7 } } }, .port = 2525 },
	{ .domain = Z("xn--bcher-kva.example"), .host = Z("b.example") },
};

enum { ALL = COUNT_OF(routes), SOME = ALL - 1 }; /* SOME: from the second on, without "*" */

static const struct {
	const char *domain;
	size_t first, n; /* of routes */
	enum err err;
	enum route_kind kind;
	const char *to; /* the name, or where it is dialled */
	uint16_t port;  /* HOST, STATIC, LITERAL */
} cases[] = {
	{ "bank.example", 0, 0, ERR_OK, ROUTE_DOMAIN, "bank.example.", 0 },
	{ "bank.example.", 0, 0, ERR_OK, ROUTE_DOMAIN, "bank.example.", 0 },
	{ "BANK.Example", 0, 0, ERR_OK, ROUTE_DOMAIN, "bank.example.", 0 },
	{ "b\xc3\xbc"
	  "cher.example",
	  0, 0, ERR_OK, ROUTE_DOMAIN, "xn--bcher-kva.example.", 0 },
	{ "", 0, ALL, ERR_SYNTAX, 0, NULL, 0 },
	{ "a..b", 0, 0, ERR_SYNTAX, 0, NULL, 0 },
	{ "\xff.example", 0, 0, ERR_SYNTAX, 0, NULL, 0 },
	{ "[192.0.2.1]", 0, ALL, ERR_OK, ROUTE_LITERAL, "192.0.2.1", 24 },
	{ "[IPv6:2001:db8::1]", 0, 0, ERR_OK, ROUTE_LITERAL, "2001:db8::1", 24 },
	{ "[ipv6:2001:db8::1]", 0, 0, ERR_OK, ROUTE_LITERAL, "2001:db8::1", 24 },
	{ "[", 0, 0, ERR_SYNTAX, 0, NULL, 0 },
	{ "[]", 0, 0, ERR_SYNTAX, 0, NULL, 0 },
	{ "[192.0.2.1", 0, 0, ERR_SYNTAX, 0, NULL, 0 },
	{ "[mx.example]", 0, 0, ERR_SYNTAX, 0, NULL, 0 },
	{ "bank.example", 0, ALL, ERR_OK, ROUTE_HOST, "smart.example.", 587 },
	{ "bank.example", 1, SOME, ERR_OK, ROUTE_DOMAIN, "bank.example.", 0 },
	{ "host.example", 0, ALL, ERR_OK, ROUTE_HOST, "mx.example.", 24 },
	{ "HOST.example", 0, ALL, ERR_OK, ROUTE_HOST, "mx.example.", 24 },
	{ "sub.host.example", 1, SOME, ERR_OK, ROUTE_DOMAIN, "sub.host.example.", 0 },
	/* A suffix covers all below it, and not itself; the longest goes first. */
	{ "below.example", 1, SOME, ERR_OK, ROUTE_DOMAIN, "below.example.", 0 },
	{ "below.example", 0, ALL, ERR_OK, ROUTE_HOST, "smart.example.", 587 },
	{ "a.below.example", 0, ALL, ERR_OK, ROUTE_HOST, "below.example.", 24 },
	{ "A.B.Below.Example.", 0, ALL, ERR_OK, ROUTE_HOST, "below.example.", 24 },
	{ "deep.below.example", 0, ALL, ERR_OK, ROUTE_HOST, "below.example.", 24 },
	{ "x.deep.below.example", 0, ALL, ERR_OK, ROUTE_HOST, "deep.example.", 24 },
	{ "named.below.example", 0, ALL, ERR_OK, ROUTE_HOST, "named.example.", 24 },
	{ "x.named.below.example", 0, ALL, ERR_OK, ROUTE_HOST, "below.example.", 24 },
	{ "notbelow.example", 1, SOME, ERR_OK, ROUTE_DOMAIN, "notbelow.example.", 0 },
	{ "host.example.", 0, ALL, ERR_OK, ROUTE_HOST, "mx.example.", 24 },
	{ "address.example", 0, ALL, ERR_OK, ROUTE_STATIC, "192.0.2.7", 24 },
	{ "port.example", 0, ALL, ERR_OK, ROUTE_STATIC, "192.0.2.7", 2525 },
	{ "B\xc3\x9c"
	  "CHER.example",
	  0, ALL, ERR_OK, ROUTE_HOST, "b.example.", 24 },
	{ "bad.example", 0, ALL, ERR_SYNTAX, 0, NULL, 0 },
};

static struct str where(const struct route_conf *r, struct buf *out)
{
	char text[IP_TEXT_MAX];

	if (r->kind == ROUTE_DOMAIN || r->kind == ROUTE_HOST)
		dns_name_text(out, &r->domain);
	else
		buf_add(out, ip_text(&r->via.ip, text));
	return buf_str(out);
}

/* A route has all that delivery has; here the same. */
static void fill_routes(void)
{
	for (size_t i = 0; i < COUNT_OF(routes); i++)
		routes[i].delivery = (struct conf_delivery){ .port = 24, .ip = CONF_IPV6 };
}

static void check(size_t i)
{
	struct conf conf = { .hostname = (char *)(uintptr_t) "relay.example",
			     .route = routes + cases[i].first,
			     .n_route = cases[i].n,
			     .listen = listens,
			     .n_listen = COUNT_OF(listens),
			     .delivery = { .port = 24, .ip = CONF_IPV6 } };
	struct routing_aim aim = { 0 };
	CLEANUP(buf_free) struct buf to = BUF_MAX(1024);
	const char *label = cases[i].domain;

	CHECK_INT(label, routing_aim_find(&conf, str_of(label), &aim), cases[i].err);
	if (cases[i].err == ERR_OK) {
		CHECK_INT(label, aim.route.kind, cases[i].kind);
		CHECK_STR(label, where(&aim.route, &to), str_of(cases[i].to));
		CHECK_INT(label, aim.route.via.port, cases[i].port);
		CHECK_INT(label, aim.route.port, 24);
		CHECK_INT(label, aim.route.family, ROUTE_IPV6);
		CHECK_INT(label, (long long)aim.route.n_self_at, 2);
		CHECK_INT(label, aim.route.self_at[1].ip.family, 6);
		CHECK_INT(label, aim.route.self.len > 1, 1);
	}
	routing_aim_clear(&aim);
}

static const struct {
	enum conf_family conf;
	enum route_family route;
} families[] = { { CONF_ANY, ROUTE_ANY }, { CONF_IPV4, ROUTE_IPV4 }, { CONF_IPV6, ROUTE_IPV6 } };

static void check_family(size_t i)
{
	struct conf conf = { .hostname = (char *)(uintptr_t) "no..name",
			     .delivery = { .ip = families[i].conf } };
	struct routing_aim aim;

	if (routing_aim_find(&conf, STR("bank.example"), &aim) != ERR_OK) {
		test_failures++;
		return;
	}
	CHECK_INT("family", aim.route.family, families[i].route);
	CHECK_INT("a hostname that is no name is nobody's", aim.route.self.len, 0);
	routing_aim_clear(&aim);
}

/* SPEC section 3: where nobody is by default, and where somebody may be. */
static const struct {
	const char *domain;
	bool dialled;
} defaults[] = {
	{ "[0.0.0.0]", false },
	{ "[0.255.255.255]", false },
	{ "[127.0.0.1]", false },
	{ "[127.255.255.255]", false },
	{ "[169.254.0.1]", false },
	{ "[224.0.0.1]", false },
	{ "[239.255.255.255]", false },
	{ "[255.255.255.255]", false },
	{ "[IPv6:::]", false },
	{ "[IPv6:::1]", false },
	{ "[IPv6:fe80::1]", false },
	{ "[IPv6:ff02::1]", false },
	{ "[IPv6:::ffff:127.0.0.1]", false },
	{ "[IPv6:::ffff:224.0.0.1]", false },
	{ "[1.0.0.1]", true },
	{ "[10.0.0.1]", true },
	{ "[126.0.0.1]", true },
	{ "[128.0.0.1]", true },
	{ "[169.253.0.1]", true },
	{ "[192.168.0.1]", true },
	{ "[240.0.0.1]", true },
	{ "[IPv6:::2]", true },
	{ "[IPv6:fd00::1]", true },
	{ "[IPv6:2001:db8::1]", true },
	{ "[IPv6:::ffff:192.0.2.1]", true },
};

static void check_default(const struct conf *conf, const char *domain, bool dialled)
{
	static struct route_verdict v;
	struct routing_aim aim;

	CHECK_INT(domain, routing_aim_find(conf, str_of(domain), &aim), ERR_OK);
	struct route *r = route_new(&aim.route);
	if (!r || route_verdict(route_facts(r), ROUTE_OFF, ROUTE_UNTRUSTED_DEFER, &v) != ERR_OK)
		abort();
	CHECK_STR(domain, str_of(v.status), dialled ? STR("") : STR("5.4.4"));
	route_verdict_clear(&v);
	route_free(&r);
	routing_aim_clear(&aim);
}

static void check_defaults(void)
{
	struct buf why = BUF_MAX(1024);
	struct conf *conf;

	if (conf_parse("test.conf", STR("hostname = \"relay.example\""), &conf, &why) != ERR_OK)
		abort();
	for (size_t i = 0; i < COUNT_OF(defaults); i++)
		check_default(conf, defaults[i].domain, defaults[i].dialled);
	conf_free(&conf);
	buf_free(&why);
}

/* What a route says itself counts for its own destinations, and the section for all others. */
static void check_how(void)
{
	struct ip_net net;
	struct conf_route own = { .domain = Z(".example"),
				  .host = Z("mx.example"),
				  .delivery = { .port = 26,
						.ip = CONF_IPV4,
						.ignore_targets = &net,
						.n_ignore_targets = 1 } };
	struct conf conf = { .hostname = Z("relay.example"),
			     .route = &own,
			     .n_route = 1,
			     .delivery = { .port = 25 } };
	const struct conf_delivery *how = NULL;
	struct routing_aim aim;

	CHECK_INT("found", routing_aim_find(&conf, STR("a.example"), &aim), ERR_OK);
	CHECK_INT("its route", aim.via == &own && aim.how == &own.delivery, 1);
	CHECK_INT("its port", aim.route.port, 26);
	CHECK_INT("there, too", aim.route.via.port, 26);
	CHECK_INT("its family", aim.route.family, ROUTE_IPV4);
	CHECK_INT("its ignored", aim.route.ignore == &net && aim.route.n_ignore == 1, 1);
	routing_aim_clear(&aim);
	own.host = NULL;
	CHECK_INT("without via", routing_aim_find(&conf, STR("a.example"), &aim), ERR_OK);
	CHECK_INT("by the DNS", aim.route.kind, ROUTE_DOMAIN);
	CHECK_INT("its way", aim.via == &own && aim.how == &own.delivery, 1);
	CHECK_INT("at its port", aim.route.port, 26);
	routing_aim_clear(&aim);
	CHECK_INT("how", routing_aim_how(&conf, STR("A.Example"), &how), ERR_OK);
	CHECK_INT("the route's", how == &own.delivery, 1);
	static const char *const others[] = { "example", "a.example.net", "[192.0.2.1]", "",
					      "\xff" };
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		CHECK_INT(others[i], routing_aim_how(&conf, str_of(others[i]), &how), ERR_OK);
		CHECK_INT(others[i], how == &conf.delivery, 1);
	}
}

int main(void)
{
	fill_routes();
	check_how();
	check_defaults();
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(i);
	for (size_t i = 0; i < COUNT_OF(families); i++)
		check_family(i);
	return TEST_EXIT();
}
