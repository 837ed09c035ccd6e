#include "relay/account.h"

#include "base/time.h"
#include "relay/sessionlog.h"

/* The target that said it; NULL: nobody's word. */
static const struct route_target *target_of(const struct relay_account *a,
					    const struct schedule_outcome *o)
{
	if (!a->path || o->target >= a->path->verdict.n_target)
		return NULL;
	return &a->path->verdict.target[o->target];
}

static struct str mx_word(const struct relay_account *a)
{
	const struct route_verdict *v = a->path ? &a->path->verdict : NULL;

	return route_status_text(v && v->mx_asked ? &v->mx_status : NULL);
}

static struct str address_word(const struct relay_account *a, const struct route_target *t)
{
	const struct route_verdict *v = a->path ? &a->path->verdict : NULL;

	if (!v || !v->address_asked)
		return route_status_text(NULL);
	return route_status_text(t ? &t->address->status : &v->address_status);
}

static void count(const struct relay_account *a, const struct schedule_outcome *o)
{
	struct relay_counters *counters = &a->worker->shared->counters;
	const struct route_verdict *v = a->path ? &a->path->verdict : NULL;
	size_t status = v && v->mx_asked ? v->mx_status : DNS_STATUSES;
	enum route_service service = a->part->part->demand.service;

	atomic_fetch_add_explicit(&counters->deliveries[service][o->action][status], 1,
				  memory_order_relaxed);
	if (o->action == ROUTE_DELIVER)
		relay_histogram_add(&counters->delivery, &relay_histogram_delivery,
				    a->now_wall_ms - a->part->message->arrived_wall_ms);
}

/* One for the session, by the last host that mail went to; none, where it came to none. */
static void count_session(const struct relay_account *a)
{
	size_t n = a->path && a->secured ? a->path->verdict.n_target : 0;

	while (n > 0 && !a->secured[n - 1].used)
		n--;
	if (n == 0)
		return;
	enum relay_tls tls = relay_secure_counted(&a->secured[n - 1]);
	atomic_fetch_add_explicit(&a->worker->shared->counters.tls[tls], 1, memory_order_relaxed);
}

/* The line that is tried, where it is not the one that is named as the criterion. */
static struct str observed_line(const struct route_demand *d)
{
	return d->observed.line_no == d->criterion.line_no ? STR_NONE : d->observed.line;
}

static void write_one(const struct relay_account *a, const struct schedule_outcome *o)
{
	const struct queue_message *m = a->part->message;
	const struct schedule_part *part = a->part->part;
	const struct route_target *target = target_of(a, o);
	const struct relay_secured *secured = target && a->secured ? &a->secured[o->target] : NULL;
	char id[QUEUE_ID_MAX], address[IP_TEXT_MAX], was[TIME_TEXT_MAX], room[1024];
	struct buf host = { .p = room, .cap = sizeof(room), .max = sizeof(room) };

	if (target)
		route_target_host(&host, target);
	const struct journal_delivery line = {
		.wall_ms = a->now_wall_ms,
		.session = a->session,
		.message = queue_id_text(m->id, id),
		.from = m->from,
		.to = m->rcpt[o->rcpt].to,
		.domain = part->domain,
		.service = route_service_text(part->demand.service),
		.criterion = part->demand.criterion.line,
		.mx_status = mx_word(a),
		.address_status = address_word(a, target),
		.host = buf_str(&host),
		.address = target ? ip_text(&target->address->at.ip, address) : STR_NONE,
		.tls = secured ? str_of(secured->version) : STR_NONE,
		.dane = relay_secure_dane(secured ? secured->auth : TLS_NOT_AUTHENTICATED),
		.outcome = route_action_text(o->action),
		.status = str_of(o->status),
		.reply = o->text,
		.delay_ms = a->now_wall_ms - m->arrived_wall_ms,
		.dns_ms = a->path ? a->path->dns_ms : 0,
		.observe = str_of(o->observe),
		.exempt = part->demand.exempt.domain,
		.user = m->user,
		.headers = a->part->kept,
		.observed = observed_line(&part->demand),
		.was_secure =
			a->was_secure_wall_ms ? time_rfc3339(a->was_secure_wall_ms, was) : STR_NONE,
	};
	relay_worker_wrote(a->worker, JOURNAL_KIND_RECORDS,
			   journal_delivery(a->worker->journal, &line));
}

void relay_account_write(const struct relay_account *a)
{
	count_session(a);
	for (size_t i = 0; i < a->part->part->n; i++)
		count(a, &a->part->part->rcpt[i]);
	if (a->path)
		relay_histogram_add(&a->worker->shared->counters.dns, &relay_histogram_dns,
				    a->path->dns_ms);
	for (size_t i = 0; i < a->part->part->n; i++)
		write_one(a, &a->part->part->rcpt[i]);
}
