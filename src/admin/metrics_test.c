/* The metrics, line by line, of a state that is made up. */
#include "admin/metrics.h"

#include "base/test.h"

#include <string.h>

static struct relay_counters counters = { .connections_in = 3, .connections_out = 4 };
static struct relay_state workers[2];
static const struct queue_counts queue = { .messages = 10,
					   .active = 1,
					   .deferred = 2,
					   .held = 3,
					   .failed = 4 };
static struct admin_state_facts facts = { .counters = &counters,
					  .queue = &queue,
					  .oldest_wall_ms = 1000,
					  .now_wall_ms = 62500,
					  .worker = workers,
					  .n_workers = 2 };

/* Each a line, and how often it is there. */
static const struct {
	const char *line;
	int n, n_unread; /* the latter where the queue cannot be read */
} lines[] = {
	{ "# TYPE signpost_build info", 1, 1 },
	{ "signpost_build_info{version=\"" SIGNPOST_VERSION "\"} 1", 1, 1 },
	{ "# TYPE signpost_accepted_messages counter", 1, 1 },
	{ "signpost_accepted_messages_total 5", 1, 1 },
	{ "# TYPE signpost_refused counter", 1, 1 },
	{ "signpost_refused_total{reason=\"relay\"} 0", 1, 1 },
	{ "signpost_refused_total{reason=\"auth\"} 0", 1, 1 },
	{ "signpost_refused_total{reason=\"size\"} 0", 1, 1 },
	{ "signpost_refused_total{reason=\"limit\"} 6", 1, 1 },
	{ "signpost_refused_total{reason=\"syntax\"} 0", 1, 1 },
	{ "signpost_refused_total{reason=\"storage\"} 0", 1, 1 },
	{ "signpost_refused_total{reason=\"early\"} 0", 1, 1 },
	{ "signpost_refused_total{reason=\"\"} 0", 0, 0 },
	{ "# TYPE signpost_deliveries counter", 1, 1 },
	{ "signpost_deliveries_total{service=\"off\",outcome=\"delivered\"} 0", 1, 1 },
	{ "signpost_deliveries_total{service=\"requested\",outcome=\"deferred\"} 0", 1, 1 },
	{ "signpost_deliveries_total{service=\"required\",outcome=\"bounced\"} 9", 1, 1 },
	{ "# TYPE signpost_tls counter", 1, 1 },
	{ "signpost_tls_total{result=\"clear\"} 0", 1, 1 },
	{ "signpost_tls_total{result=\"encrypted\"} 4", 1, 1 },
	{ "signpost_tls_total{result=\"verified\"} 0", 1, 1 },
	{ "signpost_tls_total{result=\"dane\"} 0", 1, 1 },
	{ "# TYPE signpost_answers counter", 1, 1 },
	{ "signpost_answers_total{server=\"192.0.2.1:53\",status=\"secure\"} 3", 1, 1 },
	{ "signpost_answers_total{server=\"192.0.2.1:53\",status=\"insecure\"} 0", 1, 1 },
	{ "signpost_answers_total{server=\"192.0.2.1:53\",status=\"bogus\"} 8", 1, 1 },
	{ "signpost_answers_total{server=\"192.0.2.1:53\",status=\"indeterminate\"} 0", 1, 1 },
	{ "signpost_answers_total{server=\"a \\\"b\\\"\",status=\"secure\"} 0", 1, 1 },
	{ "# TYPE signpost_server_trusted gauge", 1, 1 },
	{ "signpost_server_trusted{server=\"192.0.2.1:53\"} 1", 1, 1 },
	{ "signpost_server_trusted{server=\"a \\\"b\\\"\"} 0", 1, 1 },
	{ "# TYPE signpost_server_validates gauge", 1, 1 },
	{ "signpost_server_validates{server=\"192.0.2.1:53\"} 1", 1, 1 },
	{ "signpost_server_validates{server=\"a \\\"b\\\"\"} 0", 1, 1 },
	{ "# TYPE signpost_cache_hits counter", 1, 1 },
	{ "signpost_cache_hits_total 7", 1, 1 },
	{ "# TYPE signpost_cache_entries gauge", 1, 1 },
	{ "signpost_cache_entries 12", 1, 1 },
	{ "# TYPE signpost_queue_messages gauge", 1, 1 },
	{ "signpost_queue_messages{state=\"active\"} 1", 1, 0 },
	{ "signpost_queue_messages{state=\"deferred\"} 2", 1, 0 },
	{ "signpost_queue_messages{state=\"held\"} 3", 1, 0 },
	{ "signpost_queue_messages{state=\"failed\"} 4", 1, 0 },
	{ "# TYPE signpost_queue_oldest_seconds gauge", 1, 1 },
	{ "# UNIT signpost_queue_oldest_seconds seconds", 1, 1 },
	{ "signpost_queue_oldest_seconds 61.5", 1, 0 },
	{ "# TYPE signpost_connections gauge", 1, 1 },
	{ "signpost_connections{direction=\"in\"} 3", 1, 1 },
	{ "signpost_connections{direction=\"out\"} 4", 1, 1 },
	{ "# TYPE signpost_delivery_seconds histogram", 1, 1 },
	{ "# UNIT signpost_delivery_seconds seconds", 1, 1 },
	{ "signpost_delivery_seconds_bucket{le=\"0.05\"} 0", 1, 1 },
	{ "signpost_delivery_seconds_bucket{le=\"60.0\"} 0", 1, 1 },
	{ "signpost_delivery_seconds_bucket{le=\"300.0\"} 1", 1, 1 },
	{ "signpost_delivery_seconds_bucket{le=\"+Inf\"} 1", 1, 1 },
	{ "signpost_delivery_seconds_count 1", 1, 1 },
	{ "signpost_delivery_seconds_sum 61.0", 1, 1 },
	{ "# TYPE signpost_dns_seconds histogram", 1, 1 },
	{ "signpost_dns_seconds_bucket{le=\"0.001\"} 0", 1, 1 },
	{ "signpost_dns_seconds_bucket{le=\"60.0\"} 0", 1, 1 },
	{ "signpost_dns_seconds_bucket{le=\"+Inf\"} 1", 1, 1 },
	{ "signpost_dns_seconds_sum 60.001", 1, 1 },
	{ "# EOF", 1, 1 },
};

static void make_state(void)
{
	static const struct relay_state_server plain = {
		.server = "192.0.2.1:53",
		.channel = "udp",
		.trust = DNS_TRUST_STATED,
		.probe = DNS_PROBE_VALIDATES,
		.statuses = { [DNS_SECURE] = 1, [DNS_BOGUS] = 4 }
	};
	static const struct relay_state_server odd = { .server = "a \"b\"", .channel = "tls" };

	counters.accepted = 5;
	counters.tls[RELAY_TLS_ENCRYPTED] = 4;
	counters.refused[SMTP_REFUSAL_LIMIT] = 6;
	counters.deliveries[ROUTE_REQUIRED][ROUTE_BOUNCE][DNS_INSECURE] = 2;
	counters.deliveries[ROUTE_REQUIRED][ROUTE_BOUNCE][DNS_STATUSES] = 7;
	relay_histogram_add(&counters.delivery, &relay_histogram_delivery, 61000);
	relay_histogram_add(&counters.dns, &relay_histogram_dns, 60001);
	workers[0].server[0] = workers[1].server[0] = workers[1].server[1] = plain;
	(void)str_copy(workers[1].server[1].channel, sizeof(plain.channel), STR("tcp"));
	workers[1].server[1].statuses[DNS_BOGUS] = 0;
	workers[0].server[1] = odd;
	workers[0].n_server = workers[1].n_server = 2;
	workers[0].cache = (struct resolve_counters){ .hits = 7, .cache_entries = 4 };
	workers[1].cache.cache_entries = 8;
}

static int count(struct str text, const char *wanted)
{
	struct str line;
	int n = 0;

	while (str_line(&text, &line))
		n += str_eq(line, str_of(wanted));
	return n;
}

int main(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(65536), unread = BUF_MAX(65536);
	CLEANUP(buf_free) struct buf document = BUF_MAX(1 << 20);

	make_state();
	admin_metrics_write(&out, &facts);
	admin_metrics_document(&document, &facts);
	facts.queue = NULL;
	admin_metrics_write(&unread, &facts);
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		CHECK_INT(lines[i].line, count(buf_str(&out), lines[i].line), lines[i].n);
		CHECK_INT(lines[i].line, count(buf_str(&unread), lines[i].line), lines[i].n_unread);
	}
	CHECK_INT("at the end", str_ends(buf_str(&out), STR("\n# EOF\n")), 1);
	CHECK_INT("as a document",
		  str_starts(buf_str(&document),
			     STR("{\"openmetrics\":\"# TYPE signpost_build info\\n# HELP ")),
		  1);
	return TEST_EXIT();
}
