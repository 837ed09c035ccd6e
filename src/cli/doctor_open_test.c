#include "cli/doctor_open.h"

#include "base/test.h"

static const struct {
	const char *at, *net;
	bool require_auth;
	const char *text; /* NULL: nothing is found */
} cases[] = {
	{ "0.0.0.0:2599", "0.0.0.0/0", false,
	  "listen \"0.0.0.0:2599\": relay-from 0.0.0.0/0 lets strangers send mail through this "
	  "host" },
	{ "[::]:25", "::/0", false,
	  "listen \"[::]:25\": relay-from ::/0 lets strangers send mail through this host" },
	{ "192.0.2.1:25", "128.0.0.0/1", false,
	  "listen \"192.0.2.1:25\": relay-from 128.0.0.0/1 lets strangers send mail through this "
	  "host" },
	{ "192.0.2.1:25", "8.0.0.0/6", false, /* 10.0.0.0/8 is a part of it */
	  "listen \"192.0.2.1:25\": relay-from 8.0.0.0/6 lets strangers send mail through this "
	  "host" },
	{ "192.0.2.1:25", "198.50.0.0/15", false,
	  "listen \"192.0.2.1:25\": relay-from 198.50.0.0/15 lets strangers send mail through this "
	  "host" },
	{ "192.0.2.1:25", "2000::/3", false,
	  "listen \"192.0.2.1:25\": relay-from 2000::/3 lets strangers send mail through this "
	  "host" },
	{ "0.0.0.0:2599", "0.0.0.0/0", true, NULL },
	{ "127.0.0.1:2525", "0.0.0.0/0", false, NULL },
	{ "[::1]:2525", "::/0", false, NULL },
	{ "192.0.2.1:25", "198.51.0.0/16", false, NULL },
	{ "192.0.2.1:25", "2001:db8::/32", false, NULL },
	{ "192.0.2.1:25", "10.0.0.0/8", false, NULL },
	{ "192.0.2.1:25", "172.16.0.0/12", false, NULL },
	{ "192.0.2.1:25", "100.64.0.0/10", false, NULL },
	{ "192.0.2.1:25", "fc00::/7", false, NULL },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "configuration" };
		char at[IP_TEXT_MAX], label[2 * IP_TEXT_MAX];
		struct ip_net net[2];
		struct conf_listen l = { .text = at,
					 .relay_from = net,
					 .n_relay_from = 2,
					 .require_auth = cases[i].require_auth };
		struct conf conf = { .listen = &l, .n_listen = 1 };

		(void)snprintf(at, sizeof(at), "%s", cases[i].at);
		(void)snprintf(label, sizeof(label), "%s %s", cases[i].at, cases[i].net);
		CHECK_INT(label, ip_port_read(str_of(at), 25, &l.at), ERR_OK);
		CHECK_INT(label, ip_net_read(STR("127.0.0.0/8"), &net[0]), ERR_OK);
		CHECK_INT(label, ip_net_read(str_of(cases[i].net), &net[1]), ERR_OK);
		cli_doctor_open(&conf, &f);
		CHECK_INT(label, (long long)f.n, cases[i].text != NULL);
		if (f.n == 0 || !cases[i].text)
			continue;
		CHECK_INT(label, f.all[0].level, CLI_LEVEL_WARNING);
		CHECK_STR(label, str_of(f.all[0].text), str_of(cases[i].text));
	}
	return TEST_EXIT();
}
