/*
 * Facts and the findings that they come to: a row for each finding, with the
 * level, the code, and a word of the remedy.
 */
#include "cli/doctor_judge.h"

#include "base/test.h"
#include "dns/type.h"

#include <string.h>

enum { FOUND_MAX = 4 };

#define AD .ad = true
#define SEEN .seen = true, .ra = true
#define SAID(o, ...)                                                                               \
	{                                                                                          \
		.asked = true, .outcome = (o), ##__VA_ARGS__                                       \
	}
#define DATA(...) SAID(DNS_DATA, __VA_ARGS__)
#define NONE(...) SAID(DNS_NODATA, __VA_ARGS__)
#define SILENT(...) SAID(DNS_NO_ANSWER, __VA_ARGS__)
#define FAILED(r, ...) SAID(DNS_FAILED, .rcode = (r), ##__VA_ARGS__)

static const struct {
	const char *label, *at;
	struct cli_doctor_server s;
	bool honours;
	struct {
		enum cli_level level;
		const char *code, *remedy;
	} found[FOUND_MAX]; /* in any order; no other may be there */
} rows[] = {
	{ "validates",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .positive = DATA(AD, SEEN),
	    .positive_do = DATA(AD, SEEN, .rrsig = true),
	    .denial = NONE(AD, SEEN),
	    .denial_do = NONE(AD, SEEN),
	    .tcp = DATA(AD, SEEN) },
	  true,
	  { { CLI_LEVEL_OK, "good", "" } } },
	{ "passes signatures on",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .positive = DATA(SEEN),
	    .positive_do = DATA(SEEN, .rrsig = true),
	    .denial = NONE(SEEN) },
	  false,
	  { { CLI_LEVEL_PROBLEM, "does-not-validate", "validation" },
	    { CLI_LEVEL_OK, "trust", "" } } },
	{ "strips signatures",
	  "127.0.0.1:53",
	  { .trusted = true, .positive = DATA(SEEN), .positive_do = DATA(SEEN) },
	  false,
	  { { CLI_LEVEL_PROBLEM, "strips-dnssec", "unbound" }, { CLI_LEVEL_OK, "trust", "" } } },
	{ "no AD, messages not seen",
	  "127.0.0.1:53",
	  { .trusted = true, .positive = DATA(), .positive_do = DATA() },
	  false,
	  { { CLI_LEVEL_PROBLEM, "does-not-validate", "unbound" },
	    { CLI_LEVEL_OK, "trust", "" } } },
	{ "AD with DO alone",
	  "127.0.0.1:53",
	  { .trusted = true, .positive = DATA(SEEN), .positive_do = DATA(AD, SEEN) },
	  false,
	  { { CLI_LEVEL_PROBLEM, "ad-only-with-do", "set-do = true" },
	    { CLI_LEVEL_OK, "trust", "" } } },
	{ "AD with DO, and silence without",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .positive = SILENT(.why = "no answer in time"),
	    .positive_do = DATA(AD, SEEN) },
	  false,
	  { { CLI_LEVEL_PROBLEM, "no-answer", "check that it runs" },
	    { CLI_LEVEL_OK, "trust", "" } } },
	{ "no AD, and silence with DO, and set-do",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .set_do = true,
	    .positive = DATA(SEEN),
	    .positive_do = SILENT(.why = "no answer in time") },
	  false,
	  { { CLI_LEVEL_PROBLEM, "no-answer", "check that it runs" },
	    { CLI_LEVEL_OK, "trust", "" } } },
	{ "AD with DO alone, and set-do",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .set_do = true,
	    .positive = DATA(SEEN),
	    .positive_do = DATA(AD, SEEN),
	    .denial = NONE(SEEN),
	    .denial_do = NONE(AD, SEEN) },
	  true,
	  { { CLI_LEVEL_OK, "good", "" } } },
	{ "denial without AD",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .positive = DATA(AD),
	    .positive_do = DATA(AD),
	    .denial = NONE(),
	    .denial_do = NONE() },
	  true,
	  { { CLI_LEVEL_WARNING, "denial-without-ad", "update" }, { CLI_LEVEL_OK, "good", "" } } },
	{ "denial without AD, and it decides",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .denial_decides = true,
	    .positive = DATA(AD),
	    .positive_do = DATA(AD),
	    .denial = SAID(DNS_NO_NAME) },
	  false,
	  { { CLI_LEVEL_PROBLEM, "denial-without-ad", "update" }, { CLI_LEVEL_OK, "trust", "" } } },
	{ "the name to be denied is there",
	  "127.0.0.1:53",
	  { .trusted = true, .positive = DATA(AD), .positive_do = DATA(AD), .denial = DATA(AD) },
	  true,
	  { { CLI_LEVEL_OK, "good", "" } } },
	{ "the name to be denied is there, and it decides",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .denial_decides = true,
	    .positive = DATA(AD),
	    .positive_do = DATA(AD),
	    .denial = DATA(AD) },
	  false,
	  { { CLI_LEVEL_PROBLEM, "no-denial", "probe-denial" }, { CLI_LEVEL_OK, "trust", "" } } },
	{ "bogus answered",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .positive = DATA(AD),
	    .positive_do = DATA(AD),
	    .denial = NONE(AD),
	    .bogus = DATA() },
	  false,
	  { { CLI_LEVEL_PROBLEM, "bogus-answered", "val-permissive-mode" },
	    { CLI_LEVEL_OK, "trust", "" } } },
	{ "bogus refused",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .positive = DATA(AD),
	    .positive_do = DATA(AD),
	    .denial = NONE(AD),
	    .bogus = FAILED(DNS_SERVFAIL) },
	  true,
	  { { CLI_LEVEL_OK, "good", "" } } },
	{ "bogus not tested",
	  "127.0.0.1:53",
	  { .trusted = true, .positive = DATA(AD), .positive_do = DATA(AD), .bogus = SILENT() },
	  false,
	  { { CLI_LEVEL_WARNING, "bogus-not-tested", "try again" },
	    { CLI_LEVEL_OK, "trust", "" } } },
	{ "authoritative",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .positive = DATA(.aa = true, .seen = true),
	    .positive_do = DATA(.aa = true, .seen = true, .rrsig = true) },
	  false,
	  { { CLI_LEVEL_PROBLEM, "authoritative", "unbound" }, { CLI_LEVEL_OK, "trust", "" } } },
	{ "refused",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .positive = FAILED(DNS_REFUSED, SEEN),
	    .positive_do = FAILED(DNS_REFUSED, SEEN) },
	  false,
	  { { CLI_LEVEL_PROBLEM, "refused", "access-control" }, { CLI_LEVEL_OK, "trust", "" } } },
	{ "SERVFAIL",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .positive = FAILED(DNS_SERVFAIL),
	    .positive_do = FAILED(DNS_SERVFAIL) },
	  false,
	  { { CLI_LEVEL_PROBLEM, "no-data", "probe" }, { CLI_LEVEL_OK, "trust", "" } } },
	{ "silent",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .positive = SILENT(.why = "no answer in time"),
	    .positive_do = SILENT(),
	    .tcp = SILENT() },
	  false,
	  { { CLI_LEVEL_PROBLEM, "no-answer", "firewall" }, { CLI_LEVEL_OK, "trust", "" } } },
	{ "nobody listens",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .positive = SILENT(.why = "connection refused"),
	    .positive_do = SILENT(),
	    .tcp = SILENT() },
	  false,
	  { { CLI_LEVEL_PROBLEM, "no-answer", "nothing listens" },
	    { CLI_LEVEL_OK, "trust", "" } } },
	{ "nobody listens, and it is not trusted",
	  "192.0.2.1:53",
	  { .positive = SILENT(.why = "connection refused"),
	    .positive_do = SILENT(),
	    .tcp = SILENT() },
	  false,
	  { { CLI_LEVEL_PROBLEM, "no-answer", "nothing listens" },
	    { CLI_LEVEL_NOTE, "trust", "tsig-key" } } },
	{ "no way to it",
	  "127.0.0.1:53",
	  { .trusted = true,
	    .positive = SILENT(.why = "the network is unreachable"),
	    .positive_do = SILENT(),
	    .tcp = SILENT() },
	  false,
	  { { CLI_LEVEL_PROBLEM, "no-answer", "no route" }, { CLI_LEVEL_OK, "trust", "" } } },
	{ "UDP alone",
	  "127.0.0.1:53",
	  { .trusted = true, .positive = DATA(AD), .positive_do = DATA(AD), .tcp = SILENT() },
	  true,
	  { { CLI_LEVEL_WARNING, "no-tcp", "TCP" }, { CLI_LEVEL_OK, "good", "" } } },
	{ "TCP alone",
	  "127.0.0.1:53",
	  { .trusted = true, .positive = SILENT(), .positive_do = SILENT(), .tcp = DATA(AD) },
	  false,
	  { { CLI_LEVEL_PROBLEM, "no-udp", "tcp" }, { CLI_LEVEL_OK, "trust", "" } } },
	{ "validates, far away",
	  "192.0.2.1:53",
	  { .positive = DATA(AD), .positive_do = DATA(AD) },
	  false,
	  { { CLI_LEVEL_WARNING, "not-trusted", "tsig-key" } } },
	{ "validates, declared not trusted",
	  "127.0.0.1:53",
	  { .conf.trust = DNS_CHANNEL_TRUST_NEVER, .positive = DATA(AD), .positive_do = DATA(AD) },
	  false,
	  { { CLI_LEVEL_WARNING, "not-trusted", "never" } } },
	{ "TLS without name or pin",
	  "127.0.0.1:853",
	  { .conf.channel = DNS_CHANNEL_TLS, .positive = DATA(AD), .positive_do = DATA(AD) },
	  false,
	  { { CLI_LEVEL_WARNING, "not-trusted", "tls-pin" } } },
	{ "TLS with a CA alone",
	  "127.0.0.1:853",
	  { .conf.channel = DNS_CHANNEL_TLS,
	    .conf.tls_ca_file = "/ca",
	    .positive = DATA(AD),
	    .positive_do = DATA(AD) },
	  false,
	  { { CLI_LEVEL_WARNING, "not-trusted", "tls-pin" },
	    { CLI_LEVEL_NOTE, "ca-without-name", "tls-name" } } },
	{ "TLS, another name",
	  "192.0.2.1:853",
	  { .trusted = true,
	    .conf.channel = DNS_CHANNEL_TLS,
	    .positive = SILENT(.why = "the certificate is not for dns.example"),
	    .positive_do = SILENT() },
	  false,
	  { { CLI_LEVEL_PROBLEM, "tls-not-authenticated", "tls-name" },
	    { CLI_LEVEL_OK, "trust", "" } } },
	{ "TLS, silent",
	  "192.0.2.1:853",
	  { .trusted = true,
	    .conf.channel = DNS_CHANNEL_TLS,
	    .positive = SILENT(),
	    .positive_do = SILENT() },
	  false,
	  { { CLI_LEVEL_PROBLEM, "no-answer", "speaks TLS" }, { CLI_LEVEL_OK, "trust", "" } } },
	{ "T7: clocks differ",
	  "192.0.2.1:53",
	  { .trusted = true,
	    .conf.tsig.name.len = 3,
	    .positive = SILENT(.why = "TSIG: the server's clock differs from ours"),
	    .positive_do = SILENT() },
	  false,
	  { { CLI_LEVEL_PROBLEM, "tsig-clock", "NTP" }, { CLI_LEVEL_OK, "trust", "" } } },
	{ "T7: another key",
	  "192.0.2.1:53",
	  { .trusted = true,
	    .conf.tsig.name.len = 3,
	    .positive = SILENT(.why = "TSIG: the server does not know the key"),
	    .positive_do = SILENT() },
	  false,
	  { { CLI_LEVEL_PROBLEM, "tsig-key", "tsig-key" }, { CLI_LEVEL_OK, "trust", "" } } },
	{ "TSIG, and nothing comes",
	  "192.0.2.1:53",
	  { .trusted = true,
	    .conf.tsig.name.len = 3,
	    .positive = SILENT(.why = "no answer in time"),
	    .positive_do = SILENT() },
	  false,
	  { { CLI_LEVEL_PROBLEM, "no-answer", "firewall" }, { CLI_LEVEL_OK, "trust", "" } } },
	{ "the validator inside",
	  "0.0.0.0:0",
	  { .trusted = true, .conf.channel = DNS_CHANNEL_EMBEDDED, .positive = DATA(AD) },
	  true,
	  { { CLI_LEVEL_OK, "good", "" } } },
	{ "the validator inside reaches nobody",
	  "0.0.0.0:0",
	  { .trusted = true, .conf.channel = DNS_CHANNEL_EMBEDDED, .positive = SILENT() },
	  false,
	  { { CLI_LEVEL_PROBLEM, "no-answer", "trust-anchor-file" },
	    { CLI_LEVEL_OK, "trust", "" } } },
	{ "systemd-resolved",
	  "127.0.0.53:53",
	  { .trusted = true, .positive = DATA(AD), .positive_do = DATA(AD) },
	  true,
	  { { CLI_LEVEL_WARNING, "systemd-resolved", "unbound" }, { CLI_LEVEL_OK, "good", "" } } },
	{ "systemd-resolved, its other door",
	  "127.0.0.54:53",
	  { .trusted = true, .positive = DATA(SEEN), .positive_do = DATA(SEEN) },
	  false,
	  { { CLI_LEVEL_WARNING, "systemd-resolved", "unbound" },
	    { CLI_LEVEL_PROBLEM, "strips-dnssec", "unbound" },
	    { CLI_LEVEL_OK, "trust", "" } } },
	{ "Docker",
	  "127.0.0.11:53",
	  { .trusted = true, .positive = DATA(AD), .positive_do = DATA(AD) },
	  true,
	  { { CLI_LEVEL_WARNING, "docker", "resolver section" }, { CLI_LEVEL_OK, "good", "" } } },
	{ "a port that any user may take",
	  "127.0.0.1:5353",
	  { .trusted = true, .unprivileged = true, .positive = DATA(AD), .positive_do = DATA(AD) },
	  true,
	  { { CLI_LEVEL_NOTE, "unprivileged-port", "1024" }, { CLI_LEVEL_OK, "good", "" } } },
};

static const struct cli_finding *find(const struct cli_findings *f, const char *code)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->all[i].code, code) == 0)
			return &f->all[i];
	return NULL;
}

/* Servers in order: T trusted, V validates, B both, - neither; who is passed over, and for whom. */
static const struct {
	const char *servers, *passed, *first;
} orders[] = {
	{ "TB", "1", "2" }, { "BT", "2", "1" },  { "BB", "", "" }, { "TT", "", "" },
	{ "VT", "", "" },   { "TVB", "1", "3" }, { "-B", "", "" }, { "TBT", "13", "2" },
};

static void test_order(void)
{
	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "dns" };
		struct cli_doctor_server s[3] = { 0 };
		size_t n = strlen(orders[i].servers);

		for (size_t k = 0; k < n; k++) {
			char is = orders[i].servers[k];
			s[k].trusted = is == 'T' || is == 'B';
			s[k].validates = is == 'V' || is == 'B';
			s[k].name[0] = (char)('1' + k);
		}
		cli_doctor_judge_order(s, n, &f);
		CHECK_INT(orders[i].servers, (long long)f.n, (long long)strlen(orders[i].passed));
		for (size_t k = 0; k < f.n; k++) {
			CHECK_STR(orders[i].servers, str_of(f.all[k].code), STR("passed-over"));
			CHECK_INT(orders[i].servers, f.all[k].text[0], orders[i].passed[k]);
			CHECK_INT(orders[i].servers, strstr(f.all[k].text, orders[i].first) != NULL,
				  1);
		}
	}
}

#define DEAD                                                                                       \
	{                                                                                          \
		.positive = SILENT()                                                               \
	}
#define DEAD_TRUSTED                                                                               \
	{                                                                                          \
		.trusted = true, .positive = SILENT()                                              \
	}
#define PLAIN                                                                                      \
	{                                                                                          \
		.positive = DATA(SEEN)                                                             \
	}
#define PLAIN_TRUSTED                                                                              \
	{                                                                                          \
		.trusted = true, .positive = DATA(SEEN)                                            \
	}

/* What becomes of required mail: who is not trusted is asked if nobody is, and blamed if silent. */
static const struct {
	const char *label;
	struct cli_doctor_server s[2];
	size_t n;
	const char *defer, *bounce;
} unmet[] = {
	{ "does not validate", { PLAIN_TRUSTED }, 1, "deferred with 4.3.5", "bounced" },
	{ "is not trusted", { PLAIN }, 1, "deferred with 4.3.5", "bounced" },
	{ "is silent", { DEAD_TRUSTED }, 1, "deferred with 4.4.3", "deferred with 4.4.3" },
	{ "is neither", { DEAD }, 1, "deferred with 4.3.5", "deferred with 4.4.3" },
	{ "neither is anything", { DEAD, DEAD }, 2, "deferred with 4.3.5", "deferred with 4.4.3" },
	{ "who is trusted is silent",
	  { DEAD_TRUSTED, PLAIN },
	  2,
	  "deferred with 4.4.3",
	  "deferred with 4.4.3" },
	{ "one of two is silent",
	  { DEAD_TRUSTED, PLAIN_TRUSTED },
	  2,
	  "deferred with 4.3.5",
	  "bounced" },
};

static void test_unmet(void)
{
	for (size_t i = 0; i < COUNT_OF(unmet); i++) {
		const char *defer = cli_doctor_unmet(unmet[i].s, unmet[i].n, ROUTE_UNTRUSTED_DEFER);
		const char *bounce =
			cli_doctor_unmet(unmet[i].s, unmet[i].n, ROUTE_UNTRUSTED_BOUNCE);
		CHECK_STR(unmet[i].label, str_of(defer), str_of(unmet[i].defer));
		CHECK_STR(unmet[i].label, str_of(bounce), str_of(unmet[i].bounce));
	}
}

int main(void)
{
	test_order();
	test_unmet();
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "dns" };
		struct cli_doctor_server s = rows[i].s;
		const char *label = rows[i].label;
		size_t want = 0;

		CHECK_INT(label, ip_port_read(str_of(rows[i].at), 53, &s.conf.at), ERR_OK);
		CHECK_INT(label, cli_doctor_judge(&s, &f), rows[i].honours);
		for (; want < FOUND_MAX && rows[i].found[want].code; want++) {
			const struct cli_finding *one = find(&f, rows[i].found[want].code);
			CHECK_STR(label, str_of(one ? one->code : ""),
				  str_of(rows[i].found[want].code));
			if (!one)
				continue;
			CHECK_INT(label, one->level, rows[i].found[want].level);
			CHECK_INT(one->remedy,
				  strstr(one->remedy, rows[i].found[want].remedy) != NULL, true);
		}
		CHECK_INT(label, (long long)f.n, (long long)want);
	}
	return TEST_EXIT();
}
