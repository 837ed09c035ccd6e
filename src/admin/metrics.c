#include "admin/metrics.h"

#include "admin/servers.h"
#include "base/jsonw.h"
#include "base/openmetrics.h"

#define TEXT_MAX (1u << 20)

/* clang-format off */
static const struct openmetrics_family
	build = { STR_INIT("signpost_build"), STR_INIT("info"), STR_INIT(""),
		  STR_INIT("The program that runs.") },
	accepted = { STR_INIT("signpost_accepted_messages"), STR_INIT("counter"), STR_INIT(""),
		     STR_INIT("Messages that were accepted and are stored.") },
	refused = { STR_INIT("signpost_refused"), STR_INIT("counter"), STR_INIT(""),
		    STR_INIT("Replies to clients that refuse, by reason.") },
	deliveries = { STR_INIT("signpost_deliveries"), STR_INIT("counter"), STR_INIT(""),
		       STR_INIT("Recipients and attempts, by DNSSEC service and outcome.") },
	answers = { STR_INIT("signpost_answers"), STR_INIT("counter"), STR_INIT(""),
		    STR_INIT("Answers of DNS servers, by what they are worth.") },
	trusted = { STR_INIT("signpost_server_trusted"), STR_INIT("gauge"), STR_INIT(""),
		    STR_INIT("Whether the channel to the DNS server is trusted.") },
	validates = { STR_INIT("signpost_server_validates"), STR_INIT("gauge"), STR_INIT(""),
		      STR_INIT("Whether the last probe, however long ago, has seen the DNS server "
			       "authenticate; 0 also where there was none.") },
	hits = { STR_INIT("signpost_cache_hits"), STR_INIT("counter"), STR_INIT(""),
		 STR_INIT("Questions that the cache of DNS answers served.") },
	entries = { STR_INIT("signpost_cache_entries"), STR_INIT("gauge"), STR_INIT(""),
		    STR_INIT("Answers in the cache.") },
	queued = { STR_INIT("signpost_queue_messages"), STR_INIT("gauge"), STR_INIT(""),
		   STR_INIT("Messages in the queue, by state.") },
	oldest = { STR_INIT("signpost_queue_oldest_seconds"), STR_INIT("gauge"), STR_INIT("seconds"),
		   STR_INIT("Age of the oldest message that has not failed; 0: there is none.") },
	connections = { STR_INIT("signpost_connections"), STR_INIT("gauge"), STR_INIT(""),
			STR_INIT("Open SMTP connections, from clients and to mail hosts.") },
	delivery = { STR_INIT("signpost_delivery_seconds"), STR_INIT("histogram"), STR_INIT("seconds"),
		     STR_INIT("Time from arrival until delivered, of each recipient.") },
	tls = { STR_INIT("signpost_tls"), STR_INIT("counter"), STR_INIT(""),
		STR_INIT("Delivery sessions, by how mail left.") },
	dns = { STR_INIT("signpost_dns_seconds"), STR_INIT("histogram"), STR_INIT("seconds"),
		STR_INIT("Time until the way was known, of each attempt.") };
/* clang-format on */

static int64_t loaded(const atomic_ullong *n)
{
	return (int64_t)atomic_load_explicit(n, memory_order_relaxed);
}

static struct openmetrics_label label(struct str name, struct str value)
{
	return (struct openmetrics_label){ name, value };
}

static void write_build(struct buf *out)
{
	const struct openmetrics_label version = label(STR("version"), STR(SIGNPOST_VERSION));

	openmetrics_family(out, &build);
	openmetrics_value(out, STR("signpost_build_info"), &version, 1, 1);
}

static void write_incoming(struct buf *out, const struct relay_counters *c)
{
	openmetrics_family(out, &accepted);
	openmetrics_value(out, STR("signpost_accepted_messages_total"), NULL, 0,
			  loaded(&c->accepted));
	openmetrics_family(out, &refused);
	for (size_t i = SMTP_REFUSAL_NONE + 1; i < SMTP_REFUSALS; i++) {
		struct openmetrics_label reason =
			label(STR("reason"), smtp_refusal_text((enum smtp_refusal)i));
		openmetrics_value(out, STR("signpost_refused_total"), &reason, 1,
				  loaded(&c->refused[i]));
	}
}

static int64_t delivered(const struct relay_counters *c, size_t service, size_t outcome)
{
	int64_t sum = 0;

	for (size_t status = 0; status < RELAY_STATUSES; status++)
		sum += loaded(&c->deliveries[service][outcome][status]);
	return sum;
}

static void write_deliveries(struct buf *out, const struct relay_counters *c)
{
	openmetrics_family(out, &deliveries);
	for (size_t i = 0; i < ROUTE_SERVICES * ROUTE_ACTIONS; i++) {
		size_t service = i / ROUTE_ACTIONS, outcome = i % ROUTE_ACTIONS;
		const struct openmetrics_label labels[] = {
			label(STR("service"), route_service_text((enum route_service)service)),
			label(STR("outcome"), route_action_text((enum route_action)outcome)),
		};
		openmetrics_value(out, STR("signpost_deliveries_total"), labels, 2,
				  delivered(c, service, outcome));
	}
}

static void write_tls(struct buf *out, const struct relay_counters *c)
{
	openmetrics_family(out, &tls);
	for (size_t i = 0; i < RELAY_TLS_RESULTS; i++) {
		const struct openmetrics_label result =
			label(STR("result"), admin_state_tls_text((enum relay_tls)i));
		openmetrics_value(out, STR("signpost_tls_total"), &result, 1, loaded(&c->tls[i]));
	}
}

/* A server by its name alone: one that is asked over several channels is one here. */
struct server {
	struct str name;
	bool trusted, validates;
	uint64_t statuses[DNS_STATUSES];
};

static void add_server(struct server *sum, const struct relay_state_server *s)
{
	sum->trusted |= s->trust != DNS_TRUST_NONE;
	sum->validates |= s->probe == DNS_PROBE_VALIDATES;
	for (size_t i = 0; i < DNS_STATUSES; i++)
		sum->statuses[i] += s->statuses[i];
}

static size_t by_name(const struct relay_state_server *all, size_t n, struct server *servers)
{
	size_t named = 0, at;

	for (size_t i = 0; i < n; i++) {
		const struct str name = str_of(all[i].server);
		for (at = 0; at < named && !str_eq(servers[at].name, name); at++)
			;
		if (at == named)
			servers[named++] = (struct server){ .name = name };
		add_server(&servers[at], &all[i]);
	}
	return named;
}

static void write_answers(struct buf *out, const struct server *s)
{
	for (size_t i = 0; i < DNS_STATUSES; i++) {
		const struct openmetrics_label labels[] = {
			label(STR("server"), s->name),
			label(STR("status"), dns_status_text((enum dns_status)i)),
		};
		openmetrics_value(out, STR("signpost_answers_total"), labels, 2,
				  (int64_t)s->statuses[i]);
	}
}

static void write_servers(struct buf *out, const struct admin_state_facts *f)
{
	struct relay_state_server all[ADMIN_SERVERS_MAX];
	struct server servers[ADMIN_SERVERS_MAX];
	size_t n = by_name(all, admin_servers_merge(f->worker, f->n_workers, all), servers);

	openmetrics_family(out, &answers);
	for (size_t i = 0; i < n; i++)
		write_answers(out, &servers[i]);
	openmetrics_family(out, &trusted);
	for (size_t i = 0; i < n; i++) {
		const struct openmetrics_label server = label(STR("server"), servers[i].name);
		openmetrics_value(out, trusted.name, &server, 1, servers[i].trusted);
	}
	openmetrics_family(out, &validates);
	for (size_t i = 0; i < n; i++) {
		const struct openmetrics_label server = label(STR("server"), servers[i].name);
		openmetrics_value(out, validates.name, &server, 1, servers[i].validates);
	}
}

static void write_cache(struct buf *out, const struct admin_state_facts *f)
{
	uint64_t all_hits = 0, all_entries = 0;

	for (size_t w = 0; w < f->n_workers; w++) {
		all_hits += f->worker[w].cache.hits;
		all_entries += f->worker[w].cache.cache_entries;
	}
	openmetrics_family(out, &hits);
	openmetrics_value(out, STR("signpost_cache_hits_total"), NULL, 0, (int64_t)all_hits);
	openmetrics_family(out, &entries);
	openmetrics_value(out, entries.name, NULL, 0, (int64_t)all_entries);
}

static void write_state(struct buf *out, struct str state, uint64_t n)
{
	const struct openmetrics_label labels[] = { label(STR("state"), state) };

	openmetrics_value(out, queued.name, labels, 1, (int64_t)n);
}

/* Of a queue that cannot be read nothing is said: a 0 would be a lie. */
static void write_queue(struct buf *out, const struct admin_state_facts *f)
{
	openmetrics_family(out, &queued);
	if (f->queue) {
		write_state(out, queue_state_text(QUEUE_STATE_ACTIVE), f->queue->active);
		write_state(out, queue_state_text(QUEUE_STATE_WAITING), f->queue->deferred);
		write_state(out, queue_state_text(QUEUE_STATE_HELD), f->queue->held);
		write_state(out, queue_state_text(QUEUE_STATE_FAILED), f->queue->failed);
	}
	openmetrics_family(out, &oldest);
	if (f->queue)
		openmetrics_seconds(out, oldest.name,
				    f->oldest_wall_ms ? f->now_wall_ms - f->oldest_wall_ms : 0);
}

static void write_connections(struct buf *out, const struct relay_counters *c)
{
	const struct openmetrics_label in = label(STR("direction"), STR("in"));
	const struct openmetrics_label away = label(STR("direction"), STR("out"));

	openmetrics_family(out, &connections);
	openmetrics_value(out, connections.name, &in, 1, atomic_load(&c->connections_in));
	openmetrics_value(out, connections.name, &away, 1, atomic_load(&c->connections_out));
}

static void write_histogram(struct buf *out, const struct openmetrics_family *family,
			    const struct relay_histogram *h,
			    const struct relay_histogram_bounds *bounds)
{
	uint64_t count[RELAY_HISTOGRAM_BOUNDS + 1];

	for (size_t i = 0; i <= RELAY_HISTOGRAM_BOUNDS; i++)
		count[i] = (uint64_t)loaded(&h->count[i]);
	openmetrics_family(out, family);
	openmetrics_histogram(
		out, family->name,
		&(struct openmetrics_histogram){ .bound_ms = bounds->ms,
						 .count = count,
						 .n = RELAY_HISTOGRAM_BOUNDS,
						 .sum_ms = (uint64_t)loaded(&h->sum_ms) });
}

void admin_metrics_write(struct buf *out, const struct admin_state_facts *f)
{
	write_build(out);
	write_incoming(out, f->counters);
	write_deliveries(out, f->counters);
	write_tls(out, f->counters);
	write_servers(out, f);
	write_cache(out, f);
	write_queue(out, f);
	write_connections(out, f->counters);
	write_histogram(out, &delivery, &f->counters->delivery, &relay_histogram_delivery);
	write_histogram(out, &dns, &f->counters->dns, &relay_histogram_dns);
	openmetrics_end(out);
}

void admin_metrics_document(struct buf *out, const struct admin_state_facts *facts)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(TEXT_MAX);
	struct jsonw j = jsonw_to(out);

	admin_metrics_write(&text, facts);
	jsonw_object(&j, NULL);
	jsonw_str(&j, "openmetrics", buf_str(&text));
	jsonw_object_end(&j);
	if (buf_err(&text) != ERR_OK)
		out->err = buf_err(&text);
}
