/* What is refused of servers, options and questions, and in which words. */
#include "base/buf.h"
#include "base/test.h"

#include <signpost/dns.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIN "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static const char *const pins[] = { PIN, PIN, PIN, PIN, PIN, PIN, PIN, PIN, PIN };
static const char *const bad_pins[] = { PIN, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==" };
static const char *const addresses[] = {
	"192.0.2.1", "[2001:db8::1]:5353", "::1", "::1", "::1", "::1", "::1", "::1", "::1"
};
static const char *const bad_addresses[] = { "resolver.example" };

static const struct {
	const char *label;
	struct signpost_dns_server server; /* size is added where it is 0 */
	enum signpost_dns_error error;
	const char *reason;
} servers[] = {
	{ "v4", { .address = "192.0.2.1" }, SIGNPOST_DNS_OK, "" },
	{ "v6", { .address = "[2001:db8::1]:5353" }, SIGNPOST_DNS_OK, "" },
	{ "no address",
	  { 0 },
	  SIGNPOST_DNS_ERR_SYNTAX,
	  "server without address: not an address with or without a port" },
	{ "a name",
	  { .address = "resolver.example" },
	  SIGNPOST_DNS_ERR_SYNTAX,
	  "server resolver.example: not an address with or without a port" },
	{ "port 0",
	  { .address = "192.0.2.1:0" },
	  SIGNPOST_DNS_ERR_SYNTAX,
	  "server 192.0.2.1:0: not an address with or without a port" },
	{ "no size",
	  { .size = 1, .address = "192.0.2.1" },
	  SIGNPOST_DNS_ERR_SYNTAX,
	  "the server: its size is not set" },
	{ "channel",
	  { .address = "192.0.2.1", .channel = (enum signpost_dns_channel)4 },
	  SIGNPOST_DNS_ERR_UNSUPPORTED,
	  "channel 4 is not known" },
	{ "trust",
	  { .address = "192.0.2.1", .trust = (enum signpost_dns_trust)3 },
	  SIGNPOST_DNS_ERR_UNSUPPORTED,
	  "trust 3 is not known" },
	{ "timeout",
	  { .address = "192.0.2.1", .timeout_ms = 3600000, .attempts = 100 },
	  SIGNPOST_DNS_OK,
	  "" },
	{ "timeout",
	  { .address = "192.0.2.1", .timeout_ms = 3600001 },
	  SIGNPOST_DNS_ERR_LIMIT,
	  "a timeout of at most 3600000 ms, and 100 attempts at most" },
	{ "attempts",
	  { .address = "192.0.2.1", .attempts = 101 },
	  SIGNPOST_DNS_ERR_LIMIT,
	  "a timeout of at most 3600000 ms, and 100 attempts at most" },
	{ "tls",
	  { .address = "192.0.2.1", .channel = SIGNPOST_DNS_TLS, .tls_name = "a.example" },
	  SIGNPOST_DNS_OK,
	  "" },
	{ "pins",
	  { .address = "192.0.2.1",
	    .channel = SIGNPOST_DNS_TLS,
	    .tls_pins = pins,
	    .tls_pin_count = 8 },
	  SIGNPOST_DNS_OK,
	  "" },
	{ "nine pins",
	  { .address = "192.0.2.1",
	    .channel = SIGNPOST_DNS_TLS,
	    .tls_pins = pins,
	    .tls_pin_count = 9 },
	  SIGNPOST_DNS_ERR_LIMIT,
	  "server 192.0.2.1: more than 8 pins" },
	{ "bad pin",
	  { .address = "192.0.2.1",
	    .channel = SIGNPOST_DNS_TLS,
	    .tls_pins = bad_pins,
	    .tls_pin_count = 2 },
	  SIGNPOST_DNS_ERR_SYNTAX,
	  "server 192.0.2.1: pin 2: not the base64 of 32 octets" },
	{ "pin without TLS",
	  { .address = "192.0.2.1", .tls_pins = pins, .tls_pin_count = 1 },
	  SIGNPOST_DNS_ERR_SYNTAX,
	  "server 192.0.2.1: a name, pin or CA file, and the channel is not TLS" },
	{ "anchor without validator",
	  { .address = "192.0.2.1", .trust_anchor_file = "/root.key" },
	  SIGNPOST_DNS_ERR_SYNTAX,
	  "server 192.0.2.1: a trust anchor or forwarders, and the channel is not EMBEDDED" },
	{ "TSIG over TLS",
	  { .address = "192.0.2.1", .channel = SIGNPOST_DNS_TLS, .tsig = "k" },
	  SIGNPOST_DNS_ERR_SYNTAX,
	  "server 192.0.2.1: TSIG is for UDP and TCP" },
	{ "TSIG",
	  { .address = "192.0.2.1", .tsig = "key.example:hmac-sha256:c2VjcmV0" },
	  SIGNPOST_DNS_OK,
	  "" },
	{ "TSIG over TCP",
	  { .address = "192.0.2.1",
	    .channel = SIGNPOST_DNS_TCP,
	    .tsig = "key.example:hmac-sha512:c2VjcmV0" },
	  SIGNPOST_DNS_OK,
	  "" },
	{ "TSIG, weak",
	  { .address = "192.0.2.1", .tsig = "key.example:hmac-md5:c2VjcmV0" },
	  SIGNPOST_DNS_ERR_SYNTAX,
	  "server 192.0.2.1: TSIG: the algorithm is none of hmac-sha256, hmac-sha384, "
	  "hmac-sha512" },
	{ "embedded, nine forwarders",
	  { .channel = SIGNPOST_DNS_EMBEDDED, .forward = addresses, .forward_count = 9 },
	  SIGNPOST_DNS_ERR_LIMIT,
	  "more than 8 forwarders" },
	{ "embedded, bad forwarder",
	  { .channel = SIGNPOST_DNS_EMBEDDED, .forward = bad_addresses, .forward_count = 1 },
	  SIGNPOST_DNS_ERR_SYNTAX,
	  "forwarder resolver.example: not an address with or without a port" },
};

static void test_servers(void)
{
	for (size_t i = 0; i < COUNT_OF(servers); i++) {
		struct signpost_dns *d = signpost_dns_new(NULL);
		struct signpost_dns_server s = servers[i].server;
		if (s.size == 0)
			s.size = sizeof(s);
		CHECK_INT(servers[i].label, signpost_dns_add_server(d, &s), servers[i].error);
		CHECK_STR(servers[i].label, str_of(signpost_dns_reason(d)),
			  str_of(servers[i].reason));
		signpost_dns_free(&d);
	}
}

/* Programs of another time: a shorter struct, a longer one, one that asks for more. */
static void test_sizes(void)
{
	struct {
		struct signpost_dns_server server;
		uint64_t later;
	} s = { { .size = sizeof(s), .address = "127.0.0.1" }, 0 };
	struct signpost_dns *d = signpost_dns_new(NULL);
	struct {
		struct signpost_dns_counters counters;
		uint64_t later;
	} c = { { .size = sizeof(c) }, 4711 };

	CHECK_INT("longer, zero", signpost_dns_add_server(d, &s.server), SIGNPOST_DNS_OK);
	s.later = 1;
	CHECK_INT("longer", signpost_dns_add_server(d, &s.server), SIGNPOST_DNS_ERR_UNSUPPORTED);
	s.server.size = offsetof(struct signpost_dns_server, tls_name);
	s.server.tls_name = "not looked at";
	CHECK_INT("shorter", signpost_dns_add_server(d, &s.server), SIGNPOST_DNS_OK);
	signpost_dns_get_counters(d, &c.counters);
	CHECK_INT("longer", (long long)c.later, 4711);
	c.counters.size = offsetof(struct signpost_dns_counters, sent);
	c.counters.sent = 4711;
	signpost_dns_get_counters(d, &c.counters);
	CHECK_INT("shorter", (long long)c.counters.sent, 4711);
	CHECK_INT("shorter", (long long)c.counters.asked, 0);
	signpost_dns_free(&d);
}

static void nothing(void *arg, uint64_t id, const struct signpost_dns_answer *a)
{
	(void)arg;
	(void)id;
	(void)a;
}

static void test_order(void)
{
	struct signpost_dns_server s = { .size = sizeof(s), .address = "127.0.0.1:9" };
	struct signpost_dns_options o = { .size = sizeof(o), .probe_name = "a..b" };
	struct signpost_dns_question q = { .size = sizeof(q) };
	struct signpost_dns *d = signpost_dns_new(NULL);

	CHECK_INT("options", signpost_dns_set_options(d, &o), SIGNPOST_DNS_ERR_SYNTAX);
	CHECK_STR("options", str_of(signpost_dns_reason(d)), STR("probe a..b: not a domain name"));
	o.probe_name = "example";
	CHECK_INT("options", signpost_dns_set_options(d, &o), SIGNPOST_DNS_OK);
	for (int i = 0; i < 16; i++)
		CHECK_INT("servers", signpost_dns_add_server(d, &s), SIGNPOST_DNS_OK);
	CHECK_INT("17 servers", signpost_dns_add_server(d, &s), SIGNPOST_DNS_ERR_LIMIT);
	CHECK_INT("start", signpost_dns_start(d), SIGNPOST_DNS_OK);
	CHECK_INT("again", signpost_dns_start(d), SIGNPOST_DNS_OK);
	CHECK_INT("too late", signpost_dns_add_server(d, &s), SIGNPOST_DNS_ERR_MISUSE);
	CHECK_INT("too late", signpost_dns_add_system(d, NULL), SIGNPOST_DNS_ERR_MISUSE);
	CHECK_INT("too late", signpost_dns_set_options(d, &o), SIGNPOST_DNS_ERR_MISUSE);
	CHECK_INT("no name", signpost_dns_ask(d, &q, nothing, NULL, NULL), SIGNPOST_DNS_ERR_SYNTAX);
	q.name = "a..b";
	CHECK_INT("no name", signpost_dns_ask(d, &q, nothing, NULL, NULL), SIGNPOST_DNS_ERR_SYNTAX);
	CHECK_STR("no name", str_of(signpost_dns_reason(d)), STR("a..b: not a domain name"));
	q.name = "a";
	q.flags = 32;
	CHECK_INT("flags", signpost_dns_ask(d, &q, nothing, NULL, NULL),
		  SIGNPOST_DNS_ERR_UNSUPPORTED);
	q.size = 0;
	CHECK_INT("size", signpost_dns_ask(d, &q, nothing, NULL, NULL), SIGNPOST_DNS_ERR_SYNTAX);
	CHECK_INT("open", (long long)signpost_dns_open_questions(d), 0);
	CHECK_INT("flush", signpost_dns_flush(d, "a..b"), SIGNPOST_DNS_ERR_SYNTAX);
	CHECK_INT("flush", signpost_dns_flush(d, NULL), SIGNPOST_DNS_OK);
	signpost_dns_free(&d);
	signpost_dns_free(&d);
}

static void test_system(void)
{
	char path[] = "/tmp/resolv-XXXXXX";
	static const char text[] = "nameserver 127.0.0.1\nnameserver 192.0.2.1\n";
	struct signpost_dns_server_state s = { .size = sizeof(s) };
	struct signpost_dns *d = signpost_dns_new(NULL);
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, text, sizeof(text) - 1) != sizeof(text) - 1)
		abort();
	CHECK_INT("a folder", signpost_dns_add_system(d, "/tmp"), SIGNPOST_DNS_ERR_SYSTEM);
	CHECK_STR("a folder", str_of(signpost_dns_reason(d)), STR("/tmp: Is a directory"));
	CHECK_INT("system", signpost_dns_add_system(d, path), SIGNPOST_DNS_OK);
	CHECK_INT("not yet", signpost_dns_get_server_state(d, 0, &s), 0);
	CHECK_INT("start", signpost_dns_start(d), SIGNPOST_DNS_OK);
	CHECK_INT("first", signpost_dns_get_server_state(d, 0, &s), 1);
	CHECK_STR("first", str_of(s.server), STR("127.0.0.1:53"));
	CHECK_STR("first", str_of(s.channel), STR("udp"));
	CHECK_STR("first", str_of(s.trust_reason), STR("loopback"));
	CHECK_INT("first", s.trusted, SIGNPOST_DNS_TRUSTED_LOOPBACK);
	CHECK_INT("second", signpost_dns_get_server_state(d, 1, &s), 1);
	CHECK_INT("second", s.trusted, SIGNPOST_DNS_TRUSTED_NOT);
	CHECK_INT("third", signpost_dns_get_server_state(d, 2, &s), 0);
	signpost_dns_free(&d);
	(void)close(fd);
	(void)unlink(path);
}

int main(void)
{
	test_servers();
	test_sizes();
	test_order();
	test_system();
	return TEST_EXIT();
}
