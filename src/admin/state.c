#include "admin/state.h"

#include "admin/servers.h"
#include "routing/exempt.h"

#include "base/jsonw.h"
#include "base/text.h"
#include "base/time.h"

#define DISK_WORDS_MAX 8192
#define HOUR_MS INT64_C(3600000)

static void json_time(struct jsonw *j, const char *key, int64_t wall_ms)
{
	char text[TIME_TEXT_MAX];

	if (wall_ms > 0)
		jsonw_str(j, key, time_rfc3339(wall_ms, text));
	else
		jsonw_null(j, key);
}

static void write_recipient(struct jsonw *j, const struct schedule_rcpt *r)
{
	jsonw_object(j, NULL);
	jsonw_str(j, "to", r->to);
	jsonw_str(j, "state", schedule_rcpt_state_text(r->state));
	jsonw_int(j, "attempts", r->attempts);
	jsonw_str(j, "status", r->status);
	jsonw_str(j, "text", r->text);
	jsonw_str(j, "remote", r->remote);
	jsonw_object_end(j);
}

/* When it is tried next; 0: that is not known while it is out or held. */
static int64_t next_of(const struct queue_message *m, int64_t now_wall_ms)
{
	if (queue_message_state(m) != QUEUE_STATE_WAITING)
		return 0;
	return m->next_wall_ms ? m->next_wall_ms : now_wall_ms;
}

void admin_state_message(struct buf *out, const struct queue_message *m, int64_t now_wall_ms)
{
	struct jsonw j = jsonw_to(out);
	char id[QUEUE_ID_MAX];

	jsonw_object(&j, NULL);
	jsonw_str(&j, "id", queue_id_text(m->id, id));
	jsonw_str(&j, "from", m->from);
	json_time(&j, "arrived", m->arrived_wall_ms);
	json_time(&j, "next", next_of(m, now_wall_ms));
	jsonw_int(&j, "size", (int64_t)m->size);
	jsonw_int(&j, "attempts", m->attempts);
	jsonw_str(&j, "state", queue_state_text(queue_message_state(m)));
	jsonw_bool(&j, "report", m->flags & QUEUE_REPORT);
	jsonw_array(&j, "recipients");
	for (size_t i = 0; i < m->n_rcpt; i++)
		write_recipient(&j, &m->rcpt[i]);
	jsonw_array_end(&j);
	jsonw_object_end(&j);
}

size_t admin_state_content(struct buf *out, struct str content)
{
	struct jsonw j = jsonw_to(out);
	struct str piece = str_head(content, ADMIN_STATE_PIECE - ADMIN_STATE_PIECE % 3);

	jsonw_object(&j, NULL);
	jsonw_base64(&j, "content", piece);
	jsonw_object_end(&j);
	return piece.n;
}

static void write_criteria(struct jsonw *j, const struct routing_settings *settings)
{
	jsonw_object(j, "criteria");
	jsonw_str(j, "file", str_of(settings->conf->dnssec.criteria));
	jsonw_bool(j, "enabled", settings->conf->dnssec.enabled);
	jsonw_int(j, "count", settings->criteria ? (int64_t)criteria_count(settings->criteria) : 0);
	jsonw_object_end(j);
}

/* In classes that exclude each other; what has failed is in none. */
static void write_ages(struct jsonw *j, const struct queue_ages *ages, int64_t now_wall_ms)
{
	static const struct {
		const char *key;
		int64_t ms;
	} classes[] = { { "hour", HOUR_MS },
			{ "four_hours", 4 * HOUR_MS },
			{ "day", 24 * HOUR_MS } };
	uint64_t younger = 0;

	jsonw_object(j, "ages");
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		uint64_t n = queue_ages_since(ages, now_wall_ms - classes[i].ms);
		jsonw_int(j, classes[i].key, (int64_t)(n - younger));
		younger = n;
	}
	jsonw_int(j, "older", (int64_t)(queue_ages_all(ages) - younger));
	jsonw_object_end(j);
}

static void write_queue(struct jsonw *j, const struct admin_state_facts *facts)
{
	const struct queue_counts *counts = facts->queue;

	if (!counts) {
		jsonw_null(j, "queue");
		return;
	}
	jsonw_object(j, "queue");
	jsonw_int(j, "messages", (int64_t)counts->messages);
	jsonw_int(j, "recipients", (int64_t)counts->recipients_waiting);
	jsonw_int(j, "active", (int64_t)counts->active);
	jsonw_int(j, "deferred", (int64_t)counts->deferred);
	jsonw_int(j, "held", (int64_t)counts->held);
	jsonw_int(j, "failed", (int64_t)counts->failed);
	jsonw_int(j, "octets", (int64_t)counts->octets);
	json_time(j, "oldest", facts->oldest_wall_ms);
	write_ages(j, &counts->ages, facts->now_wall_ms);
	jsonw_object_end(j);
}

/* "text" is one line for people, where disk is short. */
static void write_disk(struct jsonw *j, const struct queue_disk *disk)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(DISK_WORDS_MAX);

	if (!disk) {
		jsonw_null(j, "disk");
		return;
	}
	queue_disk_words(&words, disk);
	jsonw_object(j, "disk");
	jsonw_str(j, "path", str_of(disk->path));
	jsonw_int(j, "free", (int64_t)disk->free);
	jsonw_int(j, "reserve", (int64_t)QUEUE_DISK_RESERVE);
	jsonw_bool(j, "short", queue_disk_short(disk));
	jsonw_str(j, "text", buf_str(&words));
	jsonw_object_end(j);
}

/* What came in: messages, and replies that refused, by reason. */
static void write_incoming(struct jsonw *j, const struct relay_counters *c)
{
	jsonw_int(j, "accepted", (int64_t)atomic_load_explicit(&c->accepted, memory_order_relaxed));
	jsonw_object(j, "refused");
	for (size_t i = SMTP_REFUSAL_NONE + 1; i < SMTP_REFUSALS; i++)
		jsonw_int(j, smtp_refusal_text((enum smtp_refusal)i).p,
			  (int64_t)atomic_load_explicit(&c->refused[i], memory_order_relaxed));
	jsonw_object_end(j);
}

static void write_delivery(struct jsonw *j, const struct relay_counters *c, size_t i)
{
	size_t status = i % RELAY_STATUSES, outcome = i / RELAY_STATUSES % ROUTE_ACTIONS;
	size_t service = i / RELAY_STATUSES / ROUTE_ACTIONS;
	const enum dns_status mx = (enum dns_status)status;
	unsigned long long n = atomic_load_explicit(&c->deliveries[service][outcome][status],
						    memory_order_relaxed);

	if (n == 0)
		return;
	jsonw_object(j, NULL);
	jsonw_str(j, "service", route_service_text((enum route_service)service));
	jsonw_str(j, "outcome", route_action_text((enum route_action)outcome));
	jsonw_str(j, "status", route_status_text(status < DNS_STATUSES ? &mx : NULL));
	jsonw_int(j, "count", (int64_t)n);
	jsonw_object_end(j);
}

static void write_deliveries(struct jsonw *j, const struct relay_counters *c)
{
	jsonw_array(j, "deliveries");
	for (size_t i = 0; i < ROUTE_SERVICES * ROUTE_ACTIONS * RELAY_STATUSES; i++)
		write_delivery(j, c, i);
	jsonw_array_end(j);
}

struct str admin_state_tls_text(enum relay_tls tls)
{
	switch (tls) {
	case RELAY_TLS_CLEAR:
		return STR("clear");
	case RELAY_TLS_ENCRYPTED:
		return STR("encrypted");
	case RELAY_TLS_VERIFIED:
		return STR("verified");
	case RELAY_TLS_DANE:
		return STR("dane");
	}
	return STR("");
}

/* How mail left, by sessions. */
static void write_tls(struct jsonw *j, const struct relay_counters *c)
{
	jsonw_object(j, "tls");
	for (size_t i = 0; i < RELAY_TLS_RESULTS; i++)
		jsonw_int(j, admin_state_tls_text((enum relay_tls)i).p,
			  (int64_t)atomic_load_explicit(&c->tls[i], memory_order_relaxed));
	jsonw_object_end(j);
}

static void write_server(struct jsonw *j, const struct relay_state_server *s, int64_t now_wall_ms)
{
	jsonw_object(j, NULL);
	jsonw_str(j, "server", str_of(s->server));
	jsonw_str(j, "channel", str_of(s->channel));
	jsonw_bool(j, "trusted", s->trust != DNS_TRUST_NONE);
	jsonw_str(j, "trust_reason", str_of(s->trust_reason));
	jsonw_str(j, "probe", dns_probe_text(s->probe));
	jsonw_str(j, "probe_reason", str_of(s->probe_reason));
	json_time(j, "probe_time", s->probed_ago < 0 ? 0 : now_wall_ms - s->probed_ago);
	if (s->answers == 0 && s->answering)
		jsonw_null(j, "answering");
	else
		jsonw_bool(j, "answering", s->answering);
	jsonw_int(j, "questions", (int64_t)s->questions);
	jsonw_int(j, "answers", (int64_t)s->answers);
	jsonw_int(j, "dropped", (int64_t)s->dropped);
	jsonw_int(j, "timeouts", (int64_t)s->timeouts);
	jsonw_int(j, "rtt_us", s->rtt_us);
	jsonw_object_end(j);
}

static void write_servers(struct jsonw *j, const struct admin_state_facts *f)
{
	struct relay_state_server all[ADMIN_SERVERS_MAX];
	size_t n = admin_servers_merge(f->worker, f->n_workers, all);

	jsonw_array(j, "servers");
	for (size_t i = 0; i < n; i++)
		write_server(j, &all[i], f->now_wall_ms);
	jsonw_array_end(j);
}

static void write_cache(struct jsonw *j, const struct admin_state_facts *f)
{
	struct resolve_counters sum = { 0 };

	for (size_t w = 0; w < f->n_workers; w++) {
		const struct resolve_counters *c = &f->worker[w].cache;
		sum.cache_entries += c->cache_entries;
		sum.cache_octets += c->cache_octets;
		sum.asked += c->asked;
		sum.hits += c->hits;
		sum.misses += c->misses;
		sum.evictions += c->evictions;
		sum.prefetches += c->prefetches;
	}
	jsonw_object(j, "cache");
	jsonw_int(j, "entries", (int64_t)sum.cache_entries);
	jsonw_int(j, "octets", (int64_t)sum.cache_octets);
	jsonw_int(j, "asked", (int64_t)sum.asked);
	jsonw_int(j, "hits", (int64_t)sum.hits);
	jsonw_int(j, "misses", (int64_t)sum.misses);
	jsonw_int(j, "evictions", (int64_t)sum.evictions);
	jsonw_int(j, "prefetches", (int64_t)sum.prefetches);
	jsonw_object_end(j);
}

/* Open, and as many as may be: fewer than configured where descriptors are short. */
static void write_connections(struct jsonw *j, const struct conf *conf,
			      const struct relay_counters *c)
{
	jsonw_object(j, "connections");
	jsonw_int(j, "in", atomic_load(&c->connections_in));
	jsonw_int(j, "out", atomic_load(&c->connections_out));
	jsonw_int(j, "in_limit", conf->limits.connections);
	jsonw_int(j, "out_limit", conf->delivery.total);
	jsonw_object_end(j);
}

/* Those that end soon. */
static void write_exemptions(struct jsonw *j, const struct admin_state_facts *f)
{
	const struct conf *conf = f->settings->conf;

	jsonw_array(j, "exemptions");
	for (size_t i = 0; i < conf->n_exempt; i++) {
		const struct conf_exempt *e = &conf->exempt[i];
		if (routing_exempt_state(e, f->now_wall_ms) != ROUTING_EXEMPT_ENDS)
			continue;
		jsonw_object(j, NULL);
		jsonw_str(j, "domain", str_of(e->title));
		jsonw_str(j, "until", str_of(e->until));
		jsonw_str(j, "reason", str_of(e->reason));
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

void admin_state_status(struct buf *out, const struct admin_state_facts *f)
{
	const struct conf *conf = f->settings->conf;
	struct jsonw j = jsonw_to(out);

	jsonw_object(&j, NULL);
	jsonw_str(&j, "version", STR(SIGNPOST_VERSION));
	jsonw_str(&j, "hostname", str_of(conf->hostname));
	if (conf->file)
		jsonw_str(&j, "config", str_of(conf->file));
	else
		jsonw_null(&j, "config");
	jsonw_int(&j, "pid", f->pid);
	jsonw_int(&j, "uptime_ms", f->uptime_ms);
	jsonw_int(&j, "workers", (int64_t)f->n_workers);
	write_criteria(&j, f->settings);
	write_queue(&j, f);
	write_disk(&j, f->disk);
	write_incoming(&j, f->counters);
	write_deliveries(&j, f->counters);
	write_tls(&j, f->counters);
	write_servers(&j, f);
	write_cache(&j, f);
	write_connections(&j, conf, f->counters);
	write_exemptions(&j, f);
	jsonw_object_end(&j);
}
