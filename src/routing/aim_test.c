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

/* Of a name the first decides, wherever "*" stands. */
static struct conf_route routes[] = {
	{ .domain = (char *)(uintptr_t) "*",
	  .host = (char *)(uintptr_t) "smart.example",
	  .port = 587 },
	{ .domain = (char *)(uintptr_t) "host.example", .host = (char *)(uintptr_t) "mx.example" },
	{ .domain = (char *)(uintptr_t) "address.example",
	  .at = { .ip = { 4, { 192, 0, 2, 7 } }, .port = 0 } },
	{ .domain = (char *)(uintptr_t) "port.example",
	  .at = { .ip = { 4, { 192, 0, 2, 7 } }, .port = 2525 } },
	{ .domain = (char *)(uintptr_t) "xn--bcher-kva.example",
	  .host = (char *)(uintptr_t) "b.example" },
	{ .domain = (char *)(uintptr_t) "bad.example", .host = (char *)(uintptr_t) "a..b" },
	{ .domain = (char *)(uintptr_t) "host.example",
	  .host = (char *)(uintptr_t) "other.example" },
};

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
	{ "", 0, 7, ERR_SYNTAX, 0, NULL, 0 },
	{ "a..b", 0, 0, ERR_SYNTAX, 0, NULL, 0 },
	{ "\xff.example", 0, 0, ERR_SYNTAX, 0, NULL, 0 },
	{ "[192.0.2.1]", 0, 7, ERR_OK, ROUTE_LITERAL, "192.0.2.1", 24 },
	{ "[IPv6:2001:db8::1]", 0, 0, ERR_OK, ROUTE_LITERAL, "2001:db8::1", 24 },
	{ "[ipv6:2001:db8::1]", 0, 0, ERR_OK, ROUTE_LITERAL, "2001:db8::1", 24 },
	{ "[", 0, 0, ERR_SYNTAX, 0, NULL, 0 },
	{ "[]", 0, 0, ERR_SYNTAX, 0, NULL, 0 },
	{ "[192.0.2.1", 0, 0, ERR_SYNTAX, 0, NULL, 0 },
	{ "[mx.example]", 0, 0, ERR_SYNTAX, 0, NULL, 0 },
	{ "bank.example", 0, 7, ERR_OK, ROUTE_HOST, "smart.example.", 587 },
	{ "bank.example", 1, 6, ERR_OK, ROUTE_DOMAIN, "bank.example.", 0 },
	{ "host.example", 0, 7, ERR_OK, ROUTE_HOST, "mx.example.", 24 },
	{ "HOST.example", 0, 7, ERR_OK, ROUTE_HOST, "mx.example.", 24 },
	{ "sub.host.example", 1, 6, ERR_OK, ROUTE_DOMAIN, "sub.host.example.", 0 },
	{ "address.example", 0, 7, ERR_OK, ROUTE_STATIC, "192.0.2.7", 24 },
	{ "port.example", 0, 7, ERR_OK, ROUTE_STATIC, "192.0.2.7", 2525 },
	{ "B\xc3\x9c"
	  "CHER.example",
	  0, 7, ERR_OK, ROUTE_HOST, "b.example.", 24 },
	{ "bad.example", 0, 7, ERR_SYNTAX, 0, NULL, 0 },
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

int main(void)
{
	check_defaults();
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(i);
	for (size_t i = 0; i < COUNT_OF(families); i++)
		check_family(i);
	return TEST_EXIT();
}
