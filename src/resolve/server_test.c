#include "resolve/server.h"

#include "base/test.h"

#include <limits.h>
#include <net/if.h>

static const struct {
	const char *at;
	enum dns_channel channel;
	enum dns_channel_trust trust;
	enum dns_trust want;
	const char *reason;
} trusts[] = {
	{ "127.0.0.1:53", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_AUTO, DNS_TRUST_LOOPBACK, "loopback" },
	{ "127.0.0.53:5353", DNS_CHANNEL_TCP, DNS_CHANNEL_TRUST_AUTO, DNS_TRUST_LOOPBACK,
	  "loopback" },
	{ "[::1]:53", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_AUTO, DNS_TRUST_LOOPBACK, "loopback" },
	{ "[::ffff:127.0.0.1]:53", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_AUTO, DNS_TRUST_LOOPBACK,
	  "loopback" },
	{ "0.0.0.0:53", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_AUTO, DNS_TRUST_LOOPBACK, "loopback" },
	{ "[::]:53", DNS_CHANNEL_TCP, DNS_CHANNEL_TRUST_AUTO, DNS_TRUST_LOOPBACK, "loopback" },
	{ "192.0.2.1:53", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_AUTO, DNS_TRUST_NONE,
	  "192.0.2.1 is not loopback and not declared trusted" },
	{ "[2001:db8::1]:53", DNS_CHANNEL_TCP, DNS_CHANNEL_TRUST_AUTO, DNS_TRUST_NONE,
	  "2001:db8::1 is not loopback and not declared trusted" },
	{ "192.0.2.1:53", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_ALWAYS, DNS_TRUST_STATED,
	  "declared trusted" },
	{ "127.0.0.1:53", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_NEVER, DNS_TRUST_NONE,
	  "declared not trusted" },
	{ "127.0.0.1:853", DNS_CHANNEL_TLS, DNS_CHANNEL_TRUST_AUTO, DNS_TRUST_NONE,
	  "TLS without a name or pin is encrypted, not authenticated" },
};

static struct resolve_peer peer;

/* Who is trusted by resolv.conf names the option and the file; of a long name what fits. */
static void test_trust_file(void)
{
	CLEANUP(buf_free) struct buf file = BUF_MAX(1024), want = BUF_MAX(1024);

	for (size_t n = 1; n <= DNS_NAME_MAX + 1; n += DNS_NAME_MAX) {
		struct dns_server conf = { .trust = DNS_CHANNEL_TRUST_ALWAYS };
		struct resolve_server_info s;
		buf_clear(&file);
		buf_clear(&want);
		for (size_t i = 0; i < n; i++)
			buf_addc(&file, 'f');
		buf_addf(&want, "options trust-ad in %.*s",
			 STR_ARG(str_head(buf_str(&file), DNS_NAME_MAX)));
		buf_addc(&file, '\0');
		conf.trust_file = file.p;
		CHECK_INT("at", ip_port_read(STR("192.0.2.1"), 53, &conf.at), ERR_OK);
		resolve_server_init(&s, &conf, resolve_channels[conf.channel], &peer, 0);
		CHECK_INT("trust", peer.trust, DNS_TRUST_STATED);
		CHECK_STR("reason", s.reason, buf_str(&want));
		CHECK_INT("reason", str_starts(s.reason_aa, s.reason), 1);
	}
}

static struct resolve_server_info make(const char *at, enum dns_channel channel,
				       enum dns_channel_trust trust)
{
	struct dns_server conf = { .channel = channel, .trust = trust };
	struct resolve_server_info s;

	CHECK_INT(at, ip_port_read(str_of(at), 53, &conf.at), ERR_OK);
	resolve_server_init(&s, &conf, resolve_channels[conf.channel], &peer, 0);
	return s;
}

static void test_trust(void)
{
	for (size_t i = 0; i < COUNT_OF(trusts); i++) {
		struct dns_server conf = { .channel = trusts[i].channel, .trust = trusts[i].trust };
		struct resolve_server_info s;
		CHECK_INT("at", ip_port_read(str_of(trusts[i].at), 53, &conf.at), ERR_OK);
		resolve_server_init(&s, &conf, resolve_channels[conf.channel], &peer, 0);
		CHECK_INT(trusts[i].at, peer.trust, trusts[i].want);
		CHECK_STR(trusts[i].at, s.reason, str_of(trusts[i].reason));
		CHECK_INT(trusts[i].at, str_starts(s.reason_aa, s.reason), 1);
		CHECK_INT(trusts[i].at, peer.stream, trusts[i].channel != DNS_CHANNEL_UDP);
		CHECK_INT(trusts[i].at, peer.timeout_ms, 2000);
		CHECK_INT(trusts[i].at, peer.attempts, 2);
	}
}

static const struct {
	const char *at, *name;
} unspecified[] = { { "0.0.0.0:5353", "127.0.0.1:5353" }, { "[::]:53", "[::1]:53" } };

/* Where the kernel connects, and from where it answers. */
static void test_unspecified(void)
{
	for (size_t i = 0; i < COUNT_OF(unspecified); i++) {
		struct dns_server conf = { .channel = DNS_CHANNEL_UDP };
		struct resolve_server_info s;
		CHECK_INT("at", ip_port_read(str_of(unspecified[i].at), 53, &conf.at), ERR_OK);
		resolve_server_init(&s, &conf, resolve_channels[conf.channel], &peer, 0);
		CHECK_STR(unspecified[i].at, s.name, str_of(unspecified[i].name));
	}
}

/* 1, 2, 4 ... 60 seconds; an answer ends it. */
static void test_backoff(void)
{
	static const int64_t seconds[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	struct resolve_server_info s = make("127.0.0.1", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_AUTO);
	int64_t now = 1000;

	for (size_t i = 0; i < COUNT_OF(seconds); i++) {
		resolve_server_failed(&s, now, now);
		CHECK_INT("down", s.down_until - now, seconds[i] * 1000);
		resolve_server_failed(&s, now, now + 500);
		CHECK_INT("once", s.down_until - now, seconds[i] * 1000);
		now = s.down_until;
		resolve_server_refresh(&s, now - 1);
		CHECK_INT("still", peer.down, 1);
		resolve_server_refresh(&s, now);
		CHECK_INT("no more", peer.down, 0);
	}
	resolve_server_answered(&s, 100, now);
	resolve_server_failed(&s, now, now + 5);
	CHECK_INT("answered since", peer.down, 0);
	resolve_server_failed(&s, now + 1, now + 5);
	CHECK_INT("anew", s.down_until, now + 5 + 1000);
}

static void test_rtt(void)
{
	struct resolve_server_info s = make("127.0.0.1", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_AUTO);

	resolve_server_answered(&s, 800, 0);
	CHECK_INT("first", s.rtt_us, 800);
	resolve_server_answered(&s, 1600, 0);
	CHECK_INT("smoothed", s.rtt_us, 900);
	resolve_server_answered(&s, 0, 0);
	CHECK_INT("never zero", s.rtt_us > 0, 1);
}

/* What is judged is counted by its status; what is not is an answer all the same. */
static void test_statuses(void)
{
	struct resolve_server_info s = make("127.0.0.1", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_AUTO);
	static const struct resolve_fed fed[] = { { .judged = true, .status = DNS_BOGUS },
						  { .judged = true, .status = DNS_SECURE },
						  { .took = RESOLVE_TOOK },
						  { .judged = true, .status = DNS_BOGUS } };
	static const uint64_t want[DNS_STATUSES] = { [DNS_SECURE] = 1, [DNS_BOGUS] = 2 };

	for (size_t i = 0; i < COUNT_OF(fed); i++)
		resolve_server_judged(&s, &fed[i]);
	for (size_t i = 0; i < DNS_STATUSES; i++)
		CHECK_INT("statuses", (long long)s.tally.statuses[i], (long long)want[i]);
}

/* Round-trip times one after another, and when a datagram is sent again then. */
static const struct {
	const char *label, *at;
	int64_t rtt_us[4]; /* to 0 */
	int64_t want, hurry;
	int64_t timeout_ms; /* 0: 9000 */
} resends[] = {
	{ "nothing known", "192.0.2.1", { 0 }, 1000, 250, 0 },
	{ "floor", "192.0.2.1", { 1000 }, 1000, 250, 0 },
	{ "floor on loopback", "127.0.0.1", { 1000 }, 1000, 250, 0 },
	/* R + 4 R/2 */
	{ "first", "192.0.2.1", { 400000 }, 1200, 1200, 0 },
	{ "just the floor", "192.0.2.1", { 333333 }, 1000, 999, 0 },
	{ "one more", "192.0.2.1", { 333700 }, 1001, 1001, 0 },
	/* srtt 400, var 200; then off 320: var 230, srtt 440 */
	{ "second", "192.0.2.1", { 400000, 720000 }, 1360, 1360, 0 },
	/* the same below: off 320: var 230, srtt 360 */
	{ "second, shorter", "192.0.2.1", { 400000, 80000 }, 1280, 1280, 0 },
	{ "no measure", "192.0.2.1", { 400000, -1, -1 }, 1200, 1200, 0 },
	/* However slow it is, each turn has its two datagrams, and time for the second. */
	{ "half of the turn", "192.0.2.1", { 1500000 }, 4500, 4500, 0 },
	{ "half of a short one", "192.0.2.1", { 400000 }, 1000, 1000, 2000 },
	{ "the floor is all of it", "192.0.2.1", { 400000 }, 1000, 500, 1000 },
};

static void test_resend(void)
{
	for (size_t i = 0; i < COUNT_OF(resends); i++) {
		struct dns_server conf = { .timeout_ms = resends[i].timeout_ms };
		struct resolve_server_info s;
		if (conf.timeout_ms == 0)
			conf.timeout_ms = 9000;
		CHECK_INT("at", ip_port_read(str_of(resends[i].at), 53, &conf.at), ERR_OK);
		resolve_server_init(&s, &conf, resolve_channels[conf.channel], &peer, 0);
		for (size_t j = 0; resends[i].rtt_us[j] != 0; j++)
			resolve_server_answered(&s, resends[i].rtt_us[j], 1000);
		CHECK_INT(resends[i].label, resolve_server_resend_ms(&s), resends[i].want);
		CHECK_INT(resends[i].label, resolve_server_hurry_ms(&s), resends[i].hurry);
	}
}

static void test_name(void)
{
	struct dns_server conf = { .channel = DNS_CHANNEL_UDP, .scope = if_nametoindex("lo") };
	struct resolve_server_info s;

	CHECK_INT("zone", ip_port_read(STR("fe80::1"), 53, &conf.at), ERR_OK);
	resolve_server_init(&s, &conf, resolve_channels[conf.channel], &peer, 0);
	CHECK_STR("zone", s.name, STR("[fe80::1%lo]:53"));
	conf.scope = 0;
	resolve_server_init(&s, &conf, resolve_channels[conf.channel], &peer, 0);
	CHECK_STR("no zone", s.name, STR("[fe80::1]:53"));
	conf.channel = DNS_CHANNEL_EMBEDDED;
	conf.timeout_ms = 1500;
	conf.attempts = 3;
	resolve_server_init(&s, &conf, resolve_channels[conf.channel], &peer, 0);
	CHECK_STR("embedded", s.name, STR("embedded"));
	CHECK_STR("embedded", s.reason, STR("validator in this process"));
	CHECK_INT("embedded", peer.trust, DNS_TRUST_EMBEDDED);
	CHECK_INT("embedded: all its time at once", peer.timeout_ms, 4500);
	CHECK_INT("embedded: all its time at once", peer.attempts, 1);
}

static void test_room(void)
{
	struct resolve_server_info s = make("127.0.0.1", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_AUTO);
	int64_t when = INT64_MAX;

	unsigned room = resolve_server_room(&s, 1000, &when);
	CHECK_INT("all", room > 100 && room < 270, 1);
	resolve_server_took(&s, room);
	CHECK_INT("none", resolve_server_room(&s, 1000, &when), 0);
	CHECK_INT("when", when > 1000 && when < 1100, 1);
	resolve_server_answered(&s, 1, 1000);
	CHECK_INT("the window is full", resolve_server_room(&s, 1001, &when), 0);
	resolve_window_answered(&s.window, 1000);
	CHECK_INT("one answered, and one more", resolve_server_room(&s, 1001, &when), 2);
	CHECK_INT("all again", resolve_server_room(&s, 2000, &when), room);
}

/* However many workers ask it, its buffer is one. */
static void test_sharers(void)
{
	static const struct {
		unsigned sharers, room, most, least;
	} rows[] = {
		{ 0, 192, 1024, 64 },    { 1, 192, 1024, 64 }, { 2, 96, 512, 32 },
		{ 3, 64, 341, 21 },      { 16, 12, 64, 4 },    { 17, 12, 64, 4 },
		{ UINT_MAX, 12, 64, 4 },
	};
	struct dns_server conf = { .channel = DNS_CHANNEL_UDP };

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct resolve_server_info s;
		int64_t when = INT64_MAX;
		resolve_server_init(&s, &conf, resolve_channels[conf.channel], &peer,
				    rows[i].sharers);
		CHECK_INT("room", resolve_server_room(&s, 1000, &when), rows[i].room);
		CHECK_INT("most", s.window.most, rows[i].most);
		CHECK_INT("least", s.window.least, rows[i].least);
		s.window.size = s.window.most;
		CHECK_INT("burst", resolve_server_room(&s, 1000, &when), rows[i].room);
		resolve_server_took(&s, rows[i].room);
		CHECK_INT("no more", resolve_server_room(&s, 1000, &when), 0);
		CHECK_INT("a little later", resolve_server_room(&s, 1001, &when) > 0, 1);
	}
}

/* Where the window is wide, the bucket still holds. */
static void test_burst(void)
{
	struct resolve_server_info s = make("127.0.0.1", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_AUTO);
	int64_t when = INT64_MAX;

	s.window.size = RESOLVE_WINDOW_MOST;
	unsigned room = resolve_server_room(&s, 1000, &when);
	CHECK_INT("a burst", room > 100 && room < 270, 1);
	resolve_server_took(&s, room);
	CHECK_INT("none", resolve_server_room(&s, 1000, &when), 0);
	CHECK_INT("when", when, 1001);
	unsigned later = resolve_server_room(&s, 1001, &when);
	CHECK_INT("leaked", later > 1 && later < room, 1);
}

static void test_plain(void)
{
	struct resolve_server_info s = make("127.0.0.1", DNS_CHANNEL_UDP, DNS_CHANNEL_TRUST_AUTO);

	resolve_server_plain(&s, 1000);
	CHECK_INT("plain", peer.no_edns, 1);
	resolve_server_refresh(&s, 1000 + 299999);
	CHECK_INT("plain", peer.no_edns, 1);
	resolve_server_refresh(&s, 1000 + 300000);
	CHECK_INT("tried again", peer.no_edns, 0);
}

int main(void)
{
	test_trust();
	test_trust_file();
	test_unspecified();
	test_backoff();
	test_rtt();
	test_statuses();
	test_resend();
	test_name();
	test_room();
	test_sharers();
	test_burst();
	test_plain();
	return TEST_EXIT();
}
