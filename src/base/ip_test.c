#include "base/ip.h"

#include "base/test.h"

static const struct {
	struct str in;
	enum err err;
	struct str out;
} addresses[] = {
	{ STR_INIT("192.0.2.1"), ERR_OK, STR_INIT("192.0.2.1:25") },
	{ STR_INIT("192.0.2.1:53"), ERR_OK, STR_INIT("192.0.2.1:53") },
	{ STR_INIT("0.9.10.99"), ERR_OK, STR_INIT("0.9.10.99:25") },
	{ STR_INIT("100.109.200.255"), ERR_OK, STR_INIT("100.109.200.255:25") },
	{ STR_INIT("::1"), ERR_OK, STR_INIT("[::1]:25") },
	{ STR_INIT("[::1]"), ERR_OK, STR_INIT("[::1]:25") },
	{ STR_INIT("[2001:DB8::1]:53"), ERR_OK, STR_INIT("[2001:db8::1]:53") },
	{ STR_INIT("::ffff:192.0.2.1"), ERR_OK, STR_INIT("192.0.2.1:25") },
	{ STR_INIT("[192.0.2.7]:587"), ERR_OK, STR_INIT("192.0.2.7:587") },
	{ STR_INIT("192.0.2.1:65536"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("192.0.2.1:"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("192.0.2"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("[::1"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("[::1]x"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("192.0.2.1\0"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT(""), ERR_SYNTAX, STR_INIT("") },
};

static const struct {
	struct str net, address;
	int has; /* -1: not a network */
} nets[] = {
	{ STR_INIT("127.0.0.0/8"), STR_INIT("127.1.2.3"), 1 },
	{ STR_INIT("127.0.0.0/8"), STR_INIT("128.0.0.1"), 0 },
	{ STR_INIT("127.0.0.0/8"), STR_INIT("::ffff:127.0.0.1"), 1 },
	{ STR_INIT("127.0.0.0/8"), STR_INIT("::1"), 0 },
	{ STR_INIT("::1"), STR_INIT("::1"), 1 },
	{ STR_INIT("2001:db8::/33"), STR_INIT("2001:db8:7fff::"), 1 },
	{ STR_INIT("2001:db8::/33"), STR_INIT("2001:db8:8000::"), 0 },
	{ STR_INIT("0.0.0.0/0"), STR_INIT("192.0.2.1"), 1 },
	{ STR_INIT("192.0.2.1/32"), STR_INIT("192.0.2.1"), 1 },
	{ STR_INIT("192.0.2.1/33"), STR_INIT("192.0.2.1"), -1 },
	{ STR_INIT("192.0.2.1/24"), STR_INIT("192.0.2.1"), -1 },
	{ STR_INIT("192.0.2.0/"), STR_INIT("192.0.2.1"), -1 },
};

int main(void)
{
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i < COUNT_OF(addresses); i++) {
		struct ip_port at;
		const char *label = addresses[i].in.p;
		CHECK_INT(label, ip_port_read(addresses[i].in, 25, &at), addresses[i].err);
		if (addresses[i].err == ERR_OK)
			CHECK_STR(label, ip_port_text(&at, text), addresses[i].out);
	}
	for (size_t i = 0; i < COUNT_OF(nets); i++) {
		struct ip_net net;
		struct ip a;
		enum err e = ip_net_read(nets[i].net, &net);
		CHECK_INT(nets[i].net.p, e == ERR_OK, nets[i].has >= 0);
		CHECK_INT(nets[i].net.p, ip_read(nets[i].address, &a), ERR_OK);
		if (e == ERR_OK)
			CHECK_INT(nets[i].net.p, ip_net_has(&net, &a), nets[i].has);
	}
	struct ip a = { 0 };
	CHECK_STR("none", ip_text(&a, text), STR("none"));
	CHECK_INT("loopback", ip_read(STR("127.0.0.53"), &a) == ERR_OK && ip_loopback(&a), 1);
	CHECK_INT("loopback", ip_read(STR("::2"), &a) == ERR_OK && ip_loopback(&a), 0);
	return TEST_EXIT();
}
