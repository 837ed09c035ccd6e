#include "route/ignore.h"

#include "base/test.h"

#include <stdlib.h>

static struct ip_net net_of(const char *text)
{
	struct ip_net net;

	if (ip_net_read(str_of(text), &net) != ERR_OK)
		abort();
	return net;
}

/* The first and the last address of a network, and their neighbours. */
static const struct {
	const char *address;
	const char *text; /* as far as what is told of all; "" it may be dialled */
} cases[] = {
	{ "126.255.255.255", "" },
	{ "127.0.0.0", "127.0.0.0 is in 127.0.0.0/8" },
	{ "127.255.255.255", "127.255.255.255 is in 127.0.0.0/8" },
	{ "128.0.0.0", "" },
	{ "255.255.255.254", "" },
	{ "255.255.255.255", "255.255.255.255 is in 255.255.255.255/32" },
	{ "::", "" },
	{ "::1", "::1 is in ::1/128" },
	{ "::2", "" },
	{ "fe7f::1", "" },
	{ "fe80::1", "fe80::1 is in fe80::/10" },
	{ "febf::ffff", "febf::ffff is in fe80::/10" },
	{ "fec0::", "" },
	/* The other spelling of an IPv4 address, and what looks like it. */
	{ "::ffff:127.0.0.1", "127.0.0.1 is in 127.0.0.0/8" },
	{ "::ffff:192.0.2.1", "" },
	/* What carries one: IPv4-compatible, NAT64, 6to4. */
	{ "::7f00:1", "::127.0.0.1 carries 127.0.0.1, which is in 127.0.0.0/8" },
	{ "::192.0.2.1", "" },
	{ "::0.255.255.255", "" },
	{ "64:ff9b::7eff:ffff", "" },
	{ "64:ff9b::7f00:0", "64:ff9b::7f00:0 carries 127.0.0.0, which is in 127.0.0.0/8" },
	{ "64:ff9b::1:7f00:0", "" },
	{ "64:ff9b:1::7f00:1", "" },
	{ "2001:ffff::7f00:1", "" },
	{ "2002:7f00::1", "2002:7f00::1 carries 127.0.0.0, which is in 127.0.0.0/8" },
	{ "2002:7fff:ffff:1::2", "2002:7fff:ffff:1::2 carries 127.255.255.255, which is in 127" },
	{ "2002:8000::1", "" },
	{ "2002:c000:201::1", "" },
	{ "2003:7f00::1", "" },
	/* The octets of one family are not those of the other. */
	{ "7f00::", "" },
	{ "254.128.0.0", "" },
	/* In two: the first is told. */
	{ "127.1.2.3", "127.1.2.3 is in 127.0.0.0/8" },
};

int main(void)
{
	const struct ip_net nets[] = {
		net_of("127.0.0.0/8"), net_of("255.255.255.255"), net_of("::1"),
		net_of("fe80::/10"),   net_of("127.1.0.0/16"),
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf text = BUF_MAX(256);
		struct ip ip;
		if (ip_read(str_of(cases[i].address), &ip) != ERR_OK)
			abort();
		const struct ip_net *net = route_ignore_find(nets, COUNT_OF(nets), &ip);
		if (net)
			route_ignore_text(&text, &(struct dns_name){ 0 }, &ip, nets,
					  COUNT_OF(nets));
		CHECK_INT(cases[i].address, net != NULL, cases[i].text[0] != '\0');
		CHECK_INT(cases[i].address, str_starts(buf_str(&text), str_of(cases[i].text)),
			  true);
		CHECK_INT("none at all", route_ignore_find(nets, 0, &ip) == NULL, true);
		buf_free(&text);
	}
	return TEST_EXIT();
}
