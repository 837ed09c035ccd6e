/*
 * The commands of the control protocol, one table.
 */
#include "base/text.h"
#include "base/time.h"
#include "control/control.h"
#include "os/clock.h"
#include "relay/control_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define FRAME_OCTETS CONTROL_FRAME_MAX
#define LIST_MAX 256             /* messages in one answer */
#define CONTENT_PIECE (1u << 19) /* of octets, before base64 */

static void json_time(struct jsonw *j, const char *key, int64_t wall_ms)
{
	char text[TIME_TEXT_MAX];

	if (wall_ms > 0)
		jsonw_str(j, key, time_rfc3339(wall_ms, text));
	else
		jsonw_null(j, key);
}

static void write_recipients(struct jsonw *j, const struct queue_message *m)
{
	jsonw_array(j, "recipients");
	for (size_t i = 0; i < m->n_rcpt; i++) {
		const struct schedule_rcpt *r = &m->rcpt[i];
		jsonw_object(j, NULL);
		jsonw_str(j, "to", r->to);
		jsonw_str(j, "state", schedule_rcpt_state_text(r->state));
		jsonw_int(j, "attempts", r->attempts);
		jsonw_str(j, "status", r->status);
		jsonw_str(j, "text", r->text);
		jsonw_str(j, "remote", r->remote);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

static void send_message(struct control_session *s, const struct queue_message *m)
{
	CLEANUP(buf_free) struct buf body = BUF_MAX(FRAME_OCTETS);
	struct jsonw j = jsonw_to(&body);
	char id[QUEUE_ID_MAX];
	bool waits = queue_message_state(m) == QUEUE_STATE_WAITING;

	jsonw_object(&j, NULL);
	jsonw_str(&j, "id", queue_id_text(m->id, id));
	jsonw_str(&j, "from", m->from);
	json_time(&j, "arrived", m->arrived_wall_ms);
	json_time(&j, "next", !waits ? 0 : m->next_wall_ms ? m->next_wall_ms : os_clock_wall());
	jsonw_int(&j, "size", (int64_t)m->size);
	jsonw_int(&j, "attempts", m->attempts);
	jsonw_str(&j, "state", queue_state_text(queue_message_state(m)));
	jsonw_bool(&j, "report", m->flags & QUEUE_REPORT);
	write_recipients(&j, m);
	jsonw_object_end(&j);
	relay_control_frame(s, &body);
}

static void store_failed(struct control_session *s)
{
	relay_control_fail(s, 1, STR("the queue cannot be read"));
}

static void run_list(struct control_session *s, const json_t *request)
{
	struct queue_reader *reader = s->control->daemon->reader;
	const char *text = json_string_value(json_object_get(request, "after"));
	queue_id after = 0;

	if (text && !queue_id_read(str_of(text), &after)) {
		relay_control_fail(s, 2, STR("\"after\" is not a queue ID"));
		return;
	}
	for (size_t i = 0; i < LIST_MAX; i++) {
		struct queue_message *m = NULL;
		if (queue_reader_next(reader, after, &m) != ERR_OK) {
			store_failed(s);
			return;
		}
		if (!m) {
			relay_control_end(s);
			return;
		}
		after = m->id;
		send_message(s, m);
		queue_message_free(&m);
	}
	CLEANUP(buf_free) struct buf more = BUF_MAX(64);
	buf_add(&more, STR("{\"end\":true,\"more\":true}"));
	relay_control_frame(s, &more);
	s->busy = false;
}

static bool id_of(struct control_session *s, const json_t *request, queue_id *id)
{
	const char *text = json_string_value(json_object_get(request, "id"));

	if (text && queue_id_read(str_of(text), id) && *id)
		return true;
	relay_control_fail(s, 1, STR("no such message in the queue"));
	return false;
}

static void send_content(struct control_session *s, struct str content)
{
	while (content.n) {
		CLEANUP(buf_free) struct buf body = BUF_MAX(FRAME_OCTETS);
		struct str piece = str_head(content, CONTENT_PIECE - CONTENT_PIECE % 3);
		buf_add(&body, STR("{\"content\":\""));
		text_base64(&body, piece);
		buf_add(&body, STR("\"}"));
		relay_control_frame(s, &body);
		content = str_skip(content, piece.n);
	}
}

static void run_show(struct control_session *s, const json_t *request)
{
	struct queue_message *m = NULL;
	queue_id id;

	if (!id_of(s, request, &id))
		return;
	enum err e = queue_reader_get(s->control->daemon->reader, id, &m);
	if (e == ERR_SYNTAX) {
		relay_control_fail(s, 1, STR("no such message in the queue"));
		return;
	}
	if (e != ERR_OK) {
		store_failed(s);
		return;
	}
	send_message(s, m);
	if (json_is_true(json_object_get(request, "content")))
		send_content(s, buf_str(&m->content));
	queue_message_free(&m);
	relay_control_end(s);
}

/* What somebody asked for who is not there any more when it is done, or is. */
struct asked {
	struct relay_errand errand; /* of a survey: unused */
	struct relay_control *control;
	uint64_t session;
};

static void errand_done(struct relay_errand *errand)
{
	struct asked *e = CONTAINER_OF(errand, struct asked, errand);
	struct control_session *s = relay_control_find(e->control, e->session);
	const struct queue_job *job = &errand->job.job;
	CLEANUP(buf_free) struct buf end = BUF_MAX(128);

	if (s) {
		if (job->err == ERR_OK) {
			buf_addf(&end, "{\"end\":true,\"count\":%zu}", job->n);
			relay_control_frame(s, &end);
			s->busy = false;
		} else if (job->err == ERR_SYNTAX) {
			relay_control_fail(s, 1, STR("no such message in the queue"));
		} else if (job->err == ERR_LIMIT) {
			relay_control_fail(s, 1,
					   STR("the message is being delivered at this "
					       "moment: try again when that has ended"));
		} else {
			relay_control_fail(s, 1, STR("the queue cannot be written"));
		}
		relay_control_resume(s);
	}
	free(e);
}

/* NULL: it was told that there is no memory. */
static struct asked *asked_by(struct control_session *s)
{
	struct asked *e = calloc(1, sizeof(*e));

	if (!e) {
		relay_control_fail(s, 1, STR("out of memory"));
		return NULL;
	}
	e->control = s->control;
	e->session = s->id;
	return e;
}

static void not_asked(struct control_session *s, struct asked *e, enum err why)
{
	free(e);
	relay_control_fail(s, 1,
			   why == ERR_LIMIT ? STR("the daemon is stopping") : STR("out of memory"));
}

static void run_errand(struct control_session *s, const json_t *request, enum queue_job_kind kind)
{
	queue_id id = 0;

	if (!json_is_true(json_object_get(request, "all")) && !id_of(s, request, &id))
		return;
	struct asked *e = asked_by(s);
	if (!e)
		return;
	e->errand.done = errand_done;
	e->errand.job.job.kind = kind;
	e->errand.job.job.id = id;
	e->errand.job.job.now_wall_ms = os_clock_wall();
	enum err why = relay_daemon_errand(s->control->daemon, &e->errand);
	if (why != ERR_OK)
		not_asked(s, e, why);
}

static void run_retry(struct control_session *s, const json_t *request)
{
	run_errand(s, request, QUEUE_RETRY);
}

static void run_hold(struct control_session *s, const json_t *request)
{
	run_errand(s, request, QUEUE_HOLD);
}

static void run_release(struct control_session *s, const json_t *request)
{
	run_errand(s, request, QUEUE_RELEASE);
}

static void run_remove(struct control_session *s, const json_t *request)
{
	run_errand(s, request, QUEUE_REMOVE);
}

static void run_bounce(struct control_session *s, const json_t *request)
{
	run_errand(s, request, QUEUE_EXPIRE);
}

static void run_reload(struct control_session *s, const json_t *request)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1u << 16);

	(void)request;
	enum err e = relay_daemon_reload(s->control->daemon, &why);
	if (e == ERR_OK)
		relay_control_end(s);
	else
		relay_control_fail(s, e == ERR_LIMIT ? 1 : 2, buf_str(&why));
}

static void run_probe(struct control_session *s, const json_t *request)
{
	(void)request;
	relay_daemon_reprobe(s->control->daemon);
	relay_control_end(s);
}

static void write_status(struct control_session *s, const struct relay_state *state, size_t n);

static void status_done(void *arg, const struct relay_state *state, size_t n)
{
	struct asked *e = arg;
	struct control_session *s = relay_control_find(e->control, e->session);

	free(e);
	if (!s)
		return;
	write_status(s, state, n);
	relay_control_resume(s);
}

static void run_status(struct control_session *s, const json_t *request)
{
	struct asked *e = asked_by(s);

	(void)request;
	if (!e)
		return;
	enum err why = relay_daemon_survey(s->control->daemon, status_done, e);
	if (why != ERR_OK)
		not_asked(s, e, why);
}

static const struct command {
	struct str name;
	void (*run)(struct control_session *s, const json_t *request);
} commands[] = {
	{ STR_INIT("status"), run_status },         { STR_INIT("reload"), run_reload },
	{ STR_INIT("queue-list"), run_list },       { STR_INIT("queue-show"), run_show },
	{ STR_INIT("queue-retry"), run_retry },     { STR_INIT("queue-hold"), run_hold },
	{ STR_INIT("queue-release"), run_release }, { STR_INIT("queue-remove"), run_remove },
	{ STR_INIT("queue-bounce"), run_bounce },   { STR_INIT("probe"), run_probe },
};

void relay_control_command(struct control_session *s, const json_t *request)
{
	struct str name = str_of(json_string_value(json_object_get(request, "command")));

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (str_eq(name, commands[i].name)) {
			commands[i].run(s, request);
			return;
		}
	}
	relay_control_fail(s, 2, STR("unknown command"));
}

static void write_criteria(struct jsonw *j, const struct routing_settings *settings)
{
	jsonw_object(j, "criteria");
	jsonw_str(j, "file", str_of(settings->conf->dnssec.criteria));
	jsonw_bool(j, "enabled", settings->conf->dnssec.enabled);
	jsonw_int(j, "count", settings->criteria ? (int64_t)criteria_count(settings->criteria) : 0);
	jsonw_object_end(j);
}

static void write_queue(struct jsonw *j, struct queue_reader *reader)
{
	struct queue_counts counts = { 0 };

	if (queue_reader_counts(reader, &counts) != ERR_OK)
		counts = (struct queue_counts){ 0 };
	jsonw_object(j, "queue");
	jsonw_int(j, "messages", (int64_t)counts.messages);
	jsonw_int(j, "recipients", (int64_t)counts.recipients_waiting);
	jsonw_int(j, "active", (int64_t)counts.active);
	jsonw_int(j, "deferred", (int64_t)counts.deferred);
	jsonw_int(j, "held", (int64_t)counts.held);
	jsonw_int(j, "failed", (int64_t)counts.failed);
	jsonw_int(j, "octets", (int64_t)counts.octets);
	json_time(j, "oldest", counts.oldest_wall_ms);
	jsonw_object_end(j);
}

static void write_deliveries(struct jsonw *j, const struct relay_counters *c)
{
	jsonw_array(j, "deliveries");
	for (size_t i = 0; i < RELAY_SERVICES * RELAY_OUTCOMES * RELAY_STATUSES; i++) {
		size_t status = i % RELAY_STATUSES, outcome = i / RELAY_STATUSES % RELAY_OUTCOMES;
		size_t service = i / RELAY_STATUSES / RELAY_OUTCOMES;
		unsigned long long n = atomic_load_explicit(
			&c->deliveries[service][outcome][status], memory_order_relaxed);
		if (n == 0)
			continue;
		jsonw_object(j, NULL);
		jsonw_str(j, "service", route_service_text((enum route_service)service));
		jsonw_str(j, "outcome", route_action_text((enum route_action)outcome));
		const enum dns_status mx = (enum dns_status)status;
		jsonw_str(j, "status", route_status_text(status < RELAY_STATUSES - 1 ? &mx : NULL));
		jsonw_int(j, "count", (int64_t)n);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

/* One server as all workers see it: counts added, of the probes the one that is known. */
static void write_server(struct jsonw *j, const struct relay_state *state, size_t n, size_t i)
{
	struct relay_state_server sum = state[0].server[i];

	for (size_t w = 1; w < n; w++) {
		const struct relay_state_server *d = &state[w].server[i];
		sum.questions += d->questions;
		sum.answers += d->answers;
		sum.dropped += d->dropped;
		sum.timeouts += d->timeouts;
		if (sum.rtt_us == 0)
			sum.rtt_us = d->rtt_us;
		if (sum.probe == DNS_PROBE_UNKNOWN || d->probe == DNS_PROBE_FAILS) {
			sum.probe = d->probe;
			(void)str_copy(sum.probe_reason, sizeof(sum.probe_reason),
				       str_of(d->probe_reason));
		}
	}
	jsonw_object(j, NULL);
	jsonw_str(j, "server", str_of(sum.server));
	jsonw_str(j, "channel", str_of(sum.channel));
	jsonw_bool(j, "trusted", sum.trust != DNS_TRUST_NONE);
	jsonw_str(j, "trust_reason", str_of(sum.trust_reason));
	jsonw_str(j, "probe", dns_probe_text(sum.probe));
	jsonw_str(j, "probe_reason", str_of(sum.probe_reason));
	jsonw_bool(j, "answering", sum.answering);
	jsonw_int(j, "questions", (int64_t)sum.questions);
	jsonw_int(j, "answers", (int64_t)sum.answers);
	jsonw_int(j, "dropped", (int64_t)sum.dropped);
	jsonw_int(j, "timeouts", (int64_t)sum.timeouts);
	jsonw_int(j, "rtt_us", sum.rtt_us);
	jsonw_object_end(j);
}

static void write_workers(struct jsonw *j, const struct relay_state *state, size_t n)
{
	struct resolve_counters cache = { 0 };

	jsonw_array(j, "servers");
	for (size_t i = 0; n && i < state[0].n_server; i++)
		write_server(j, state, n, i);
	jsonw_array_end(j);
	for (size_t w = 0; w < n; w++) {
		cache.cache_entries += state[w].cache.cache_entries;
		cache.cache_octets += state[w].cache.cache_octets;
		cache.asked += state[w].cache.asked;
		cache.hits += state[w].cache.hits;
		cache.misses += state[w].cache.misses;
		cache.evictions += state[w].cache.evictions;
		cache.prefetches += state[w].cache.prefetches;
	}
	jsonw_object(j, "cache");
	jsonw_int(j, "entries", (int64_t)cache.cache_entries);
	jsonw_int(j, "octets", (int64_t)cache.cache_octets);
	jsonw_int(j, "asked", (int64_t)cache.asked);
	jsonw_int(j, "hits", (int64_t)cache.hits);
	jsonw_int(j, "misses", (int64_t)cache.misses);
	jsonw_int(j, "evictions", (int64_t)cache.evictions);
	jsonw_int(j, "prefetches", (int64_t)cache.prefetches);
	jsonw_object_end(j);
}

static void write_status(struct control_session *s, const struct relay_state *state, size_t n)
{
	CLEANUP(buf_free) struct buf body = BUF_MAX(FRAME_OCTETS);
	struct relay_daemon *d = s->control->daemon;
	const struct conf *conf = d->settings->conf;
	struct jsonw j = jsonw_to(&body);

	jsonw_object(&j, NULL);
	jsonw_str(&j, "version", STR(SIGNPOST_VERSION));
	jsonw_str(&j, "hostname", str_of(conf->hostname));
	if (conf->file)
		jsonw_str(&j, "config", str_of(conf->file));
	else
		jsonw_null(&j, "config");
	jsonw_int(&j, "pid", getpid());
	jsonw_int(&j, "uptime_ms", os_clock_wall() - d->shared.started_wall_ms);
	jsonw_int(&j, "workers", (int64_t)d->shared.n_workers);
	write_criteria(&j, d->settings);
	write_queue(&j, d->reader);
	write_deliveries(&j, &d->shared.counters);
	write_workers(&j, state, n);
	jsonw_object(&j, "connections");
	jsonw_int(&j, "in", atomic_load(&d->shared.counters.connections_in));
	jsonw_int(&j, "out", atomic_load(&d->shared.counters.connections_out));
	jsonw_object_end(&j);
	jsonw_object_end(&j);
	relay_control_frame(s, &body);
	relay_control_end(s);
}
