/* From the configuration to that of the resolver. */
#include "routing/resolver.h"

#include "base/test.h"
#include "conf/read.h"
#include "loop/loop.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/routing_test.XXXXXX";

static struct conf *conf_of(const char *text)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	struct conf *conf = NULL;
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		exit(1);
	enum err e = conf_read(path, &conf, &why);
	CHECK_STR(text, buf_str(&why), STR(""));
	if (e != ERR_OK)
		exit(1);
	return conf;
}

static const struct {
	const char *conf;
	enum dns_channel channel;
	enum dns_channel_trust trust;
	uint16_t port;
	long long timeout_ms;
	unsigned attempts;
} servers[] = {
	{ "resolver \"192.0.2.1:5353\" { }", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_AUTO, 5353, 2000,
	  2 },
	{ "resolver \"192.0.2.1:5353\" { channel = \"tcp\" trust = \"always\" timeout = \"7s\" "
	  "attempts = 3 }",
	  DNS_CHANNEL_TCP, DNS_CHANNEL_TRUST_ALWAYS, 5353, 7000, 3 },
	{ "resolver \"192.0.2.1\" { channel = \"tls\" tls-name = \"dns.example\" trust = \"never\" "
	  "}",
	  DNS_CHANNEL_TLS, DNS_CHANNEL_TRUST_NEVER, 853, 2000, 2 },
};

static void check_server(size_t i)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	struct conf *conf = conf_of(servers[i].conf);
	struct resolve_conf r;

	CHECK_INT(servers[i].conf, routing_resolver_conf(conf, &r, &why), ERR_OK);
	CHECK_INT(servers[i].conf, (long long)r.n_servers, 1);
	CHECK_INT(servers[i].conf, r.follow == NULL, 1);
	CHECK_INT(servers[i].conf, r.servers[0].channel, servers[i].channel);
	CHECK_INT(servers[i].conf, r.servers[0].trust, servers[i].trust);
	CHECK_INT(servers[i].conf, r.servers[0].at.port, servers[i].port);
	CHECK_INT(servers[i].conf, r.servers[0].timeout_ms, servers[i].timeout_ms);
	CHECK_INT(servers[i].conf, r.servers[0].attempts, servers[i].attempts);
	CHECK_INT(servers[i].conf, r.probe_name.len > 0, 1);
	conf_free(&conf);
}

#ifdef SIGNPOST_EMBEDDED
#define ANCHOR ":2: resolver: trust-anchor-file: "
#else
#define ANCHOR ":1: resolver: \"embedded\" needs libunbound"
#endif

/* What conf lets pass and a resolver cannot be made of: with file and line. */
static const struct {
	const char *before, *file, *after,
		*why; /* file: the configuration's own, which is no certificate */
} refused[] = {
	{ "resolver \"192.0.2.1\" { channel = \"tls\" tls-name = \"dns.example\" tls-ca-file = \"",
	  path, "\" }", ":1: resolver: tls-ca-file: " },
	{ "resolver \"192.0.2.1\" { channel = tls\ntls-name = \"dns.example\"\ntls-ca-file = \"",
	  path, "\" }", ":3: resolver: tls-ca-file: " },
	{ "resolver \"embedded\" {\ntrust-anchor-file = \"", path, "\" }", ANCHOR },
};

static bool holds(struct str s, const char *text)
{
	for (; s.n; s = str_skip(s, 1))
		if (str_starts(s, str_of(text)))
			return true;
	return false;
}

static void check_refused(size_t i)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	char text[256];
	struct resolve_conf r;

	(void)snprintf(text, sizeof(text), "%s%s%s", refused[i].before, refused[i].file,
		       refused[i].after);
	struct conf *conf = conf_of(text);
	CHECK_INT(refused[i].why, routing_resolver_conf(conf, &r, &why), ERR_SYNTAX);
	CHECK_INT(refused[i].why, str_starts(buf_str(&why), str_of(path)), 1);
	CHECK_INT(refused[i].why, holds(buf_str(&why), refused[i].why), 1);
	struct routing_resolver *none = NULL;
	struct loop *loop = loop_new();
	struct os_reactor reactor = loop_reactor(loop);
	const struct routing_resolver_host host = { .reactor = &reactor };
	CHECK_INT(refused[i].why, routing_resolver_new(&host, conf, &none, &why), ERR_SYNTAX);
	CHECK_INT(refused[i].why, none == NULL, 1);
	loop_free(&loop);
	conf_free(&conf);
}

/* Of a long path all is told. */
static const struct {
	const char *before, *end;
} long_paths[] = {
	{ "resolver \"192.0.2.1\" { channel = \"tls\" tls-name = \"dns.example\"\ntls-ca-file = \"",
	  ": no certificate or crl found" },
#ifdef SIGNPOST_EMBEDDED
	{ "resolver \"embedded\" {\ntrust-anchor-file = \"",
	  ": no DNSKEY or DS record in it: name one that has, as /usr/share/dns/root.key" },
#endif
};

static void check_long_path(size_t i)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(8192), why = BUF_MAX(1u << 16);
	struct resolve_conf r;

	buf_add(&text, str_of(long_paths[i].before));
	for (size_t n = 0; n < 1500; n++)
		buf_add(&text, STR("/."));
	buf_addf(&text, "%s\" }", path);
	buf_addc(&text, '\0');
	struct conf *conf = conf_of(text.p);
	CHECK_INT("refused", routing_resolver_conf(conf, &r, &why), ERR_SYNTAX);
	CHECK_INT("its path", holds(buf_str(&why), "file: /./."), 1);
	CHECK_INT("to its end", holds(buf_str(&why), path + sizeof("/tmp") - 1), 1);
	CHECK_INT("and why", str_ends(buf_str(&why), str_of(long_paths[i].end)), 1);
	conf_free(&conf);
}

/* What there is to find is the machine's; what is found is followed. */
static void check_system(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	struct conf *conf = conf_of("");
	struct resolve_conf r = { 0 };
	enum err e = routing_resolver_conf(conf, &r, &why);

	if (e == ERR_OK)
		CHECK_STR("followed", str_of(r.follow), STR("/etc/resolv.conf"));
	else
		CHECK_INT("what to do", holds(buf_str(&why), "name the servers"), 1);
	conf_free(&conf);
}

/* Replaced while somebody uses it: it goes with the last. */
static void check_held(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	struct conf *conf = conf_of(servers[0].conf);
	struct loop *loop = loop_new();
	struct os_reactor reactor = loop_reactor(loop);
	struct routing_resolver *r = NULL, *user;
	struct resolve_server_state state;

	const struct routing_resolver_host host = { .reactor = &reactor };
	CHECK_INT("made", routing_resolver_new(&host, conf, &r, &why), ERR_OK);
	user = routing_resolver_hold(r);
	routing_resolver_drop(&r);
	CHECK_INT("let go", r == NULL, 1);
	CHECK_INT("still there", resolve_server_at(user->resolve, 0, &state), 1);
	routing_resolver_drop(&user);
	routing_resolver_drop(&user); /* nothing: legal */
	loop_free(&loop);
	conf_free(&conf);
}

#define AT "resolver \"192.0.2.1\" { "
#define KEY "tsig-key = \"k:hmac-sha256:c2VjcmV0\" "
#define BEFORE AT KEY "}"
#define PINNED(first)                                                                              \
	AT "channel = \"tls\" tls-pin = {\"" first                                                 \
	   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"} }"
#define NAMED AT "channel = \"tls\" tls-name = \"dns.example\" }"

static const struct {
	const char *label, *before, *after;
	bool same;
} renewals[] = {
	{ "nothing", BEFORE, BEFORE, true },
	{ "what is not the resolver's", BEFORE, BEFORE " size-limit = \"1M\"", true },
	{ "nothing, without a key", AT "}", AT "}", true },
	{ "resolv.conf", "", "", true },
	{ "a pin that stays", PINNED("A"), PINNED("A"), true },
	{ "servers in place of resolv.conf", "", BEFORE, false },
	{ "one more", BEFORE, BEFORE " resolver \"192.0.2.2\" { }", false },
	{ "address", BEFORE, "resolver \"192.0.2.2\" { " KEY "}", false },
	{ "port", BEFORE, "resolver \"192.0.2.1:54\" { " KEY "}", false },
	{ "secret", BEFORE, AT "tsig-key = \"k:hmac-sha256:c2VjcmVy\" }", false },
	{ "key", BEFORE, AT "tsig-key = \"l:hmac-sha256:c2VjcmV0\" }", false },
	{ "no key", BEFORE, AT "}", false },
	{ "channel", BEFORE, AT KEY "channel = \"tcp\" }", false },
	{ "trust", BEFORE, AT KEY "trust = \"never\" }", false },
	{ "timeout", BEFORE, AT KEY "timeout = \"3s\" }", false },
	{ "attempts", BEFORE, AT KEY "attempts = 3 }", false },
	{ "mix-case", BEFORE, AT KEY "mix-case = true }", false },
	{ "pin", PINNED("A"), PINNED("B"), false },
	{ "no pin", PINNED("A"), AT "channel = \"tls\" }", false },
	{ "certificates may be others", NAMED, NAMED, false },
	{ "set-do", BEFORE, BEFORE " dnssec { set-do = true }", false },
	{ "probe", BEFORE, BEFORE " dnssec { probe = \"org.\" }", false },
	{ "probe-type", BEFORE, BEFORE " dnssec { probe-type = \"SOA\" }", false },
	{ "probe-denial", BEFORE, BEFORE " dnssec { probe-denial = \"nope.org.\" }", false },
	{ "probe-bogus", BEFORE, BEFORE " dnssec { probe-bogus = \"bogus.org.\" }", false },
};

static void check_renewal(size_t i)
{
	struct conf *before = conf_of(renewals[i].before), *after = conf_of(renewals[i].after);

	CHECK_INT(renewals[i].label, routing_resolver_same(before, after), renewals[i].same);
	CHECK_INT(renewals[i].label, routing_resolver_same(after, before), renewals[i].same);
	conf_free(&before);
	conf_free(&after);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0 || close(fd) < 0)
		return 1;
	for (size_t i = 0; i < COUNT_OF(servers); i++)
		check_server(i);
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		check_refused(i);
	for (size_t i = 0; i < COUNT_OF(renewals); i++)
		check_renewal(i);
	for (size_t i = 0; i < COUNT_OF(long_paths); i++)
		check_long_path(i);
	check_system();
	check_held();
	(void)unlink(path);
	return TEST_EXIT();
}
