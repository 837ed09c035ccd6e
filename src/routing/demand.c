#include "routing/demand.h"

#include "message/head.h"
#include "routing/exempt.h"
#include "schedule/rcpt.h"

static struct route_criterion told(const struct criteria *c, const struct criterion *k)
{
	if (!k)
		return (struct route_criterion){ 0 };
	return (struct route_criterion){ .line = k->line,
					 .file = criteria_name(c),
					 .line_no = k->line_no };
}

/* What an exemption lifts of d.  DANE goes with what was required (SPEC section 12). */
static enum err exempt(const struct conf *conf, struct str rcpt, int64_t now_wall_ms,
		       struct route_demand *d)
{
	const struct conf_exempt *e;

	if (d->service != ROUTE_REQUIRED && d->observed.line.n == 0)
		return ERR_OK;
	if (routing_exempt_find(conf, schedule_domain(rcpt), now_wall_ms, &e) != ERR_OK)
		return ERR_NOMEM;
	d->observed_exempt = e && d->observed.line.n > 0;
	if (!e || d->service != ROUTE_REQUIRED)
		return ERR_OK;
	d->service = ROUTE_REQUESTED;
	d->dane = ROUTE_DANE_USED;
	d->exempt = (struct route_exemption){ .domain = str_of(e->title),
					      .until = str_of(e->until),
					      .reason = str_of(e->reason) };
	return ERR_OK;
}

/* RFC 8689 section 3: one field, of this value; any other says nothing. */
static bool waives_tls(const struct routing_message *m)
{
	struct message_field f;

	return message_head_find(m->content, STR("TLS-Required"), &f) &&
	       str_eq_nocase(str_trim(f.body), STR("No")) &&
	       message_head_count(m->content, STR("TLS-Required")) == 1;
}

/* A header is not looked at where MAIL has said more, nor where there is nothing to waive. */
enum route_sender_tls routing_demand_sender(const struct routing_message *m,
					    enum route_service service)
{
	if (m->tls == ROUTING_TLS_REQUIRED)
		return ROUTE_SENDER_REQUIRES_TLS;
	return service != ROUTE_OFF && waives_tls(m) ? ROUTE_SENDER_WAIVES_TLS
						     : ROUTE_SENDER_SILENT;
}

enum err routing_demand(const struct routing_settings *s, const struct routing_message *m,
			struct route_demand *out, struct buf *undecoded)
{
	const struct criteria *c = s->criteria;

	if (!c || criteria_count(c) == 0) {
		for (size_t i = 0; i < m->n_rcpt; i++)
			out[i] = (struct route_demand){ .service = ROUTE_OFF,
							.sender_tls = routing_demand_sender(
								m, ROUTE_OFF) };
		return ERR_OK;
	}
	struct criteria_match *match =
		criteria_match_new(c, m->content, m->from, m->rcpt, m->n_rcpt);
	if (!match)
		return ERR_NOMEM;
	enum route_sender_tls tls = routing_demand_sender(m, ROUTE_REQUESTED);
	enum err e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < m->n_rcpt; i++) {
		const struct criterion *k = criteria_match_rcpt(match, m->rcpt[i]);
		out[i] = (struct route_demand){
			.service = routing_settings_service(k, m->author),
			.sender_tls = tls,
			.dane = routing_settings_dane(k, m->author),
			.criterion = told(c, k),
			.observed = told(c, criteria_match_observed(match, m->rcpt[i])),
		};
		e = exempt(s->conf, m->rcpt[i], m->now_wall_ms, &out[i]);
	}
	if (e == ERR_OK)
		e = criteria_match_err(match);
	buf_add(undecoded, criteria_match_undecoded(match));
	criteria_match_free(&match);
	return e == ERR_OK ? buf_err(undecoded) : e;
}
