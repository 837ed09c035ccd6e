/* The documents, whole, from states that are made up. */
#include "admin/state.h"

#include "base/test.h"

#include <string.h>

#define ARRIVED 1790000000000 /* 2026-09-21T14:13:20.000Z */
#define NOW (ARRIVED + 60000)

static struct schedule_rcpt fresh[] = { { .to = STR_INIT("a@x.example") } };
static struct schedule_rcpt tried[] = {
	{ .to = STR_INIT("a@x.example"),
	  .state = SCHEDULE_WAITING,
	  .attempts = 2,
	  .status = STR_INIT("4.7.1"),
	  .text = STR_INIT("say \"please\""),
	  .remote = STR_INIT("mx.x.example") },
	{ .to = STR_INIT("b@x.example"), .state = SCHEDULE_DELIVERED, .attempts = 1 },
	{ .to = STR_INIT("c@x.example"), .state = SCHEDULE_FAILED },
	{ .to = STR_INIT("d@x.example"), .state = SCHEDULE_TOLD },
};

#define FRESH                                                                                      \
	"\"recipients\":[{\"to\":\"a@x.example\",\"state\":\"waiting\",\"attempts\":0,"            \
	"\"status\":\"\",\"text\":\"\",\"remote\":\"\"}]}"
#define HEAD(from)                                                                                 \
	"{\"id\":\"0000000002D\",\"from\":\"" from "\",\"arrived\":\"2026-09-21T14:13:20.000Z\","

static const struct {
	const char *label;
	struct queue_message m;
	struct str json;
} messages[] = {
	{ "due at once",
	  { .from = STR_INIT("me@y.example"), .rcpt = fresh, .n_rcpt = 1, .size = 12 },
	  STR_INIT(HEAD("me@y.example") "\"next\":\"2026-09-21T14:14:20.000Z\",\"size\":12,"
					"\"attempts\":0,"
					"\"state\":\"deferred\",\"report\":false," FRESH) },
	{ "waits",
	  { .rcpt = fresh, .n_rcpt = 1, .next_wall_ms = NOW + 1, .attempts = 3 },
	  STR_INIT(HEAD("") "\"next\":\"2026-09-21T14:14:20.001Z\",\"size\":0,\"attempts\":3,"
			    "\"state\":\"deferred\",\"report\":false," FRESH) },
	{ "out",
	  { .rcpt = fresh, .n_rcpt = 1, .next_wall_ms = QUEUE_OUT },
	  STR_INIT(HEAD("") "\"next\":null,\"size\":0,\"attempts\":0,"
			    "\"state\":\"active\",\"report\":false," FRESH) },
	{ "held",
	  { .rcpt = fresh, .n_rcpt = 1, .next_wall_ms = NOW, .flags = QUEUE_HELD },
	  STR_INIT(HEAD("") "\"next\":null,\"size\":0,\"attempts\":0,"
			    "\"state\":\"held\",\"report\":false," FRESH) },
	{ "held and out",
	  { .rcpt = fresh, .n_rcpt = 1, .next_wall_ms = QUEUE_OUT, .flags = QUEUE_HELD },
	  STR_INIT(HEAD("") "\"next\":null,\"size\":0,\"attempts\":0,"
			    "\"state\":\"active\",\"report\":false," FRESH) },
	{ "a report that failed",
	  { .rcpt = fresh, .n_rcpt = 1, .next_wall_ms = NOW, .flags = QUEUE_FAILED | QUEUE_REPORT },
	  STR_INIT(HEAD("") "\"next\":null,\"size\":0,\"attempts\":0,"
			    "\"state\":\"failed\",\"report\":true," FRESH) },
	{ "damaged: nobody",
	  { .next_wall_ms = NOW },
	  STR_INIT(HEAD("") "\"next\":\"2026-09-21T14:14:20.000Z\",\"size\":0,\"attempts\":0,"
			    "\"state\":\"deferred\",\"report\":false,\"recipients\":[]}") },
	{ "all states",
	  { .rcpt = tried, .n_rcpt = 4, .next_wall_ms = NOW },
	  STR_INIT(HEAD("") "\"next\":\"2026-09-21T14:14:20.000Z\",\"size\":0,\"attempts\":0,"
			    "\"state\":\"deferred\",\"report\":false,\"recipients\":["
			    "{\"to\":\"a@x.example\",\"state\":\"waiting\",\"attempts\":2,"
			    "\"status\":\"4.7.1\",\"text\":\"say "
			    "\\\"please\\\"\",\"remote\":\"mx.x.example\"},"
			    "{\"to\":\"b@x.example\",\"state\":\"delivered\",\"attempts\":1,"
			    "\"status\":\"\",\"text\":\"\",\"remote\":\"\"},"
			    "{\"to\":\"c@x.example\",\"state\":\"failed\",\"attempts\":0,"
			    "\"status\":\"\",\"text\":\"\",\"remote\":\"\"},"
			    "{\"to\":\"d@x.example\",\"state\":\"failed\",\"attempts\":0,"
			    "\"status\":\"\",\"text\":\"\",\"remote\":\"\"}]}") },
};

static void check_messages(void)
{
	for (size_t i = 0; i < COUNT_OF(messages); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(4096);
		struct queue_message m = messages[i].m;
		m.id = 77;
		m.arrived_wall_ms = ARRIVED;
		admin_state_message(&out, &m, NOW);
		CHECK_STR(messages[i].label, buf_str(&out), messages[i].json);
	}
}

static void check_content(void)
{
	static char octets[ADMIN_STATE_PIECE + 1];
	CLEANUP(buf_free) struct buf out = BUF_MAX(2 * ADMIN_STATE_PIECE);

	CHECK_INT("short", (long long)admin_state_content(&out, STR("foobar")), 6);
	CHECK_STR("short", buf_str(&out), STR("{\"content\":\"Zm9vYmFy\"}"));
	buf_clear(&out);
	size_t n = admin_state_content(&out, (struct str){ octets, sizeof(octets) });
	CHECK_INT("a piece ends where base64 does", (long long)(n % 3), 0);
	CHECK_INT("no longer than a piece", n <= ADMIN_STATE_PIECE, 1);
	CHECK_INT("nor much shorter", n > ADMIN_STATE_PIECE - 3, 1);
}

/* Status */

static struct relay_state_server server(const char *name, const char *channel, enum dns_probe probe,
					const char *reason, uint64_t n)
{
	struct relay_state_server s = { .trust = DNS_TRUST_LOOPBACK,
					.probe = probe,
					.probed_ago =
						probe == DNS_PROBE_UNKNOWN ? -1 : (int64_t)n * 1000,
					.answering = true,
					.rtt_us = (int64_t)n * 100,
					.questions = n,
					.answers = n,
					.dropped = n,
					.timeouts = n };

	(void)str_copy(s.server, sizeof(s.server), str_of(name));
	(void)str_copy(s.channel, sizeof(s.channel), str_of(channel));
	(void)str_copy(s.trust_reason, sizeof(s.trust_reason), STR("loopback"));
	(void)str_copy(s.probe_reason, sizeof(s.probe_reason), str_of(reason));
	return s;
}

static struct str servers_of(const struct relay_state *workers, size_t n, struct buf *out)
{
	struct conf conf = { .hostname = (char *)(uintptr_t) "h" };
	struct routing_settings settings = { .conf = &conf };
	struct relay_counters counters = { 0 };

	conf.dnssec.criteria = (char *)(uintptr_t) "c";
	buf_clear(out);
	admin_state_status(out, &(struct admin_state_facts){ .settings = &settings,
							     .counters = &counters,
							     .worker = workers,
							     .n_workers = n,
							     .now_wall_ms = 10000 });
	struct str s = buf_str(out);
	while (s.n && !str_starts(s, STR("\"servers\":")))
		s = str_skip(s, 1);
	struct str rest = s;
	while (rest.n && !str_starts(rest, STR(",\"cache\":")))
		rest = str_skip(rest, 1);
	return (struct str){ s.p, s.n - rest.n };
}

#define UNKNOWN(name, channel, sum, rtt) SERVER(name, channel, "unknown", "", "null", sum, rtt)
#define SERVER(name, channel, probe, reason, time, sum, rtt)                                       \
	"{\"server\":\"" name "\",\"channel\":\"" channel "\",\"trusted\":true,"                   \
	"\"trust_reason\":\"loopback\",\"probe\":\"" probe "\",\"probe_reason\":\"" reason         \
	"\",\"probe_time\":" time ","                                                              \
	"\"answering\":true,\"questions\":" sum ",\"answers\":" sum ",\"dropped\":" sum            \
	",\"timeouts\":" sum ",\"rtt_us\":" rtt "}"

static void check_servers(void)
{
	static struct relay_state w[3];
	CLEANUP(buf_free) struct buf out = BUF_MAX(65536);

	CHECK_STR("no worker", servers_of(w, 0, &out), STR("\"servers\":[]"));
	w[0].n_server = 1;
	w[0].server[0] = server("192.0.2.1:53", "udp", DNS_PROBE_UNKNOWN, "", 0);
	w[1].n_server = 1;
	w[1].server[0] = server("192.0.2.1:53", "udp", DNS_PROBE_VALIDATES, "all is well", 2);
	CHECK_STR("what one knows counts for all", servers_of(w, 2, &out),
		  STR("\"servers\":[" SERVER("192.0.2.1:53", "udp", "validates", "all is well",
					     "\"1970-01-01T00:00:08.000Z\"", "2", "200") "]"));
	w[0].server[0].answering = false; /* it asked, and nothing came */
	struct str one = servers_of(w, 1, &out);
	CHECK_INT("no answer is known", memmem(one.p, one.n, "\"answering\":false", 17) != NULL, 1);
	w[0].server[0].answering = true; /* it was never asked */
	one = servers_of(w, 1, &out);
	CHECK_INT("nothing is known", memmem(one.p, one.n, "\"answering\":null", 16) != NULL, 1);
	w[2].n_server = 1;
	w[2].server[0] = server("192.0.2.1:53", "udp", DNS_PROBE_FAILS, "does not validate", 3);
	CHECK_STR("a failure is told", servers_of(w, 3, &out),
		  STR("\"servers\":[" SERVER("192.0.2.1:53", "udp", "fails", "does not validate",
					     "\"1970-01-01T00:00:07.000Z\"", "5", "200") "]"));
	/* A reload is on its way: the second worker has the new servers already. */
	w[0].server[0] = server("192.0.2.1:53", "udp", DNS_PROBE_UNKNOWN, "", 1);
	w[1].n_server = 2;
	w[1].server[0] = server("192.0.2.2:53", "udp", DNS_PROBE_UNKNOWN, "", 4);
	w[1].server[1] = server("192.0.2.1:53", "tcp", DNS_PROBE_UNKNOWN, "", 5);
	CHECK_STR("each by its name and channel", servers_of(w, 2, &out),
		  STR("\"servers\":[" UNKNOWN("192.0.2.1:53", "udp", "1", "100") "," UNKNOWN(
			  "192.0.2.2:53", "udp", "4", "400") "," UNKNOWN("192.0.2.1:53", "tcp", "5",
									 "500") "]"));
	w[0].server[0] = server("192.0.2.1:53", "udp", DNS_PROBE_VALIDATES, "", 9);
	w[1].server[0] = server("192.0.2.1:53", "udp", DNS_PROBE_VALIDATES, "", 3);
	w[1].n_server = 1;
	one = servers_of(w, 2, &out);
	CHECK_INT("the later of two probes", memmem(one.p, one.n, "00:00:07.000Z", 13) != NULL, 1);
}

/* More servers than there is room for: nothing is written past the end. */
static void check_many_servers(void)
{
	static struct relay_state w[3];
	CLEANUP(buf_free) struct buf out = BUF_MAX(65536);
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(w); i++) {
		w[i].n_server = RESOLVE_SERVERS_MAX;
		for (size_t j = 0; j < RESOLVE_SERVERS_MAX; j++) {
			char name[IP_TEXT_MAX];
			(void)snprintf(name, sizeof(name), "192.0.%zu.%zu:53", i, j);
			w[i].server[j] = server(name, "udp", DNS_PROBE_UNKNOWN, "", 1);
		}
	}
	for (struct str s = servers_of(w, COUNT_OF(w), &out); s.n; s = str_skip(s, 1))
		n += str_starts(s, STR("{\"server\":"));
	CHECK_INT("of two generations", (long long)n, 2 * RESOLVE_SERVERS_MAX);
}

#define COUNTERS                                                                                   \
	"\"accepted\":3,\"refused\":{\"relay\":0,\"auth\":0,\"size\":0,\"limit\":4,\"syntax\":0,"  \
	"\"storage\":0,\"early\":0},"                                                              \
	"\"deliveries\":["                                                                         \
	"{\"service\":\"off\",\"outcome\":\"delivered\",\"status\":\"none\",\"count\":7},"         \
	"{\"service\":\"required\",\"outcome\":\"bounced\",\"status\":\"bogus\",\"count\":1}],"    \
	"\"tls\":{\"clear\":0,\"encrypted\":8,\"verified\":0,\"dane\":9},"                         \
	"\"servers\":[],"                                                                          \
	"\"cache\":{\"entries\":22,\"octets\":11,\"asked\":33,\"hits\":44,\"misses\":55,"          \
	"\"evictions\":66,\"prefetches\":77},\"connections\":{\"in\":3,\"out\":4,"                 \
	"\"in_limit\":5,\"out_limit\":6},\"exemptions\":[{\"domain\":\"soon.example\","            \
	"\"until\":\"a day\",\"reason\":\"why\"}]}"
#define START(config)                                                                              \
	"{\"version\":\"" SIGNPOST_VERSION "\",\"hostname\":\"relay.example\",\"config\":" config  \
	",\"pid\":4711,\"uptime_ms\":99,\"workers\":2,"
#define CRITERIA "\"criteria\":{\"file\":\"/etc/c\",\"enabled\":true,\"count\":0},"

/* One lasts, one ends soon, and one has ended. */
static struct conf_exempt exempts[] = {
	{ .title = (char *)(uintptr_t) "long.example", .until_wall_ms = INT64_MAX },
	{ .title = (char *)(uintptr_t) "soon.example",
	  .until = (char *)(uintptr_t) "a day",
	  .reason = (char *)(uintptr_t) "why",
	  .until_wall_ms = 101 },
	{ .title = (char *)(uintptr_t) "past.example", .until_wall_ms = 100 },
};

static void check_status(void)
{
	struct conf conf = { .hostname = (char *)(uintptr_t) "relay.example",
			     .limits = { .connections = 5 },
			     .exempt = exempts,
			     .n_exempt = COUNT_OF(exempts),
			     .delivery = { .total = 6 },
			     .dnssec = { .enabled = 1, .criteria = (char *)(uintptr_t) "/etc/c" } };
	struct routing_settings settings = { .conf = &conf };
	static struct relay_counters counters = { .connections_in = 3, .connections_out = 4 };
	static struct relay_state w[2];
	struct queue_counts queue = { .messages = 10,
				      .active = 1,
				      .deferred = 2,
				      .held = 3,
				      .failed = 4,
				      .recipients_waiting = 5,
				      .octets = 6 };
	const struct queue_disk disk = { "/q", 5 << 20 };
	struct admin_state_facts facts = { &settings, &counters, &queue, ARRIVED, &disk,
					   w,         2,         4711,   99,      100 };
	CLEANUP(buf_free) struct buf out = BUF_MAX(65536);

	counters.accepted = 3;
	counters.refused[SMTP_REFUSAL_LIMIT] = 4;
	counters.tls[RELAY_TLS_ENCRYPTED] = 8;
	counters.tls[RELAY_TLS_DANE] = 9;
	counters.deliveries[ROUTE_OFF][ROUTE_DELIVER][DNS_STATUSES] = 7;
	counters.deliveries[ROUTE_REQUIRED][ROUTE_BOUNCE][DNS_BOGUS] = 1;
	w[0].cache = w[1].cache = (struct resolve_counters){ .cache_entries = 11, .hits = 22 };
	w[0].cache.cache_octets = 11;
	w[1].cache.asked = 33;
	w[0].cache.misses = 55;
	w[1].cache.evictions = 66;
	w[0].cache.prefetches = 77;
	admin_state_status(&out, &facts);
	CHECK_STR(
		"built-in defaults", buf_str(&out),
		STR(START("null") CRITERIA
		    "\"queue\":{\"messages\":10,\"recipients\":5,\"active\":1,\"deferred\":2,"
		    "\"held\":3,\"failed\":4,\"octets\":6,"
		    "\"oldest\":\"2026-09-21T14:13:20.000Z\","
		    "\"ages\":{\"hour\":0,\"four_hours\":0,\"day\":0,\"older\":0}},"
		    "\"disk\":{\"path\":\"/"
		    "q\",\"free\":5242880,\"reserve\":67108864,\"short\":true,"
		    "\"text\":\"/q: 5 MiB are free on its disk, 64 MiB are left free for delivery: "
		    "new "
		    "mail is answered 452 4.3.1; make room there, or move the queue (queue { store "
		    "= ... })\"}," COUNTERS));
	buf_clear(&out);
	conf.file = (char *)(uintptr_t) "/etc/s.conf";
	facts.queue = NULL;
	facts.disk = NULL;
	admin_state_status(&out, &facts);
	CHECK_STR("no queue to read", buf_str(&out),
		  STR(START("\"/etc/s.conf\"") CRITERIA "\"queue\":null,\"disk\":null," COUNTERS));
}

/* Each message is in one class, by when it came. */
static void check_ages(void)
{
	static const int64_t hours_ago[] = { 0, 0, 0, 2, 3, 10, 23, 25, 90, 91, 92 };
	const int64_t hour = 3600000, now = 100 * hour;
	struct queue_counts queue = { .messages = 12 };
	static struct relay_counters counters;
	struct conf conf = { .hostname = (char *)(uintptr_t) "h",
			     .dnssec = { .criteria = (char *)(uintptr_t) "c" } };
	const struct routing_settings settings = { .conf = &conf };
	const struct admin_state_facts facts = {
		.settings = &settings, .counters = &counters, .queue = &queue, .now_wall_ms = now
	};
	const struct str want = STR("\"ages\":{\"hour\":3,\"four_hours\":2,\"day\":2,\"older\":4}");
	CLEANUP(buf_free) struct buf out = BUF_MAX(65536);

	for (size_t i = 0; i < COUNT_OF(hours_ago); i++)
		queue_ages_count(&queue.ages, now - hours_ago[i] * hour, 1);
	admin_state_status(&out, &facts);
	struct str rest = buf_str(&out);
	while (rest.n && !str_starts(rest, want))
		rest = str_skip(rest, 1);
	CHECK_INT("by age", rest.n > 0, true);
}

int main(void)
{
	check_messages();
	check_content();
	check_servers();
	check_many_servers();
	check_status();
	check_ages();
	return TEST_EXIT();
}
