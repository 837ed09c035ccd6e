#include "routing/demand.h"

static struct route_criterion told(const struct criteria *c, const struct criterion *k)
{
	if (!k)
		return (struct route_criterion){ 0 };
	return (struct route_criterion){ .line = k->line,
					 .file = criteria_name(c),
					 .line_no = k->line_no };
}

enum err routing_demand(const struct routing_settings *s, const struct routing_message *m,
			struct route_demand *out, struct buf *undecoded)
{
	const struct criteria *c = s->criteria;

	if (!c || criteria_count(c) == 0) {
		for (size_t i = 0; i < m->n_rcpt; i++)
			out[i] = (struct route_demand){ .service = ROUTE_OFF };
		return ERR_OK;
	}
	struct criteria_match *match =
		criteria_match_new(c, m->content, m->from, m->rcpt, m->n_rcpt);
	if (!match)
		return ERR_NOMEM;
	for (size_t i = 0; i < m->n_rcpt; i++) {
		const struct criterion *k = criteria_match_rcpt(match, m->rcpt[i]);
		out[i] = (struct route_demand){
			.service = routing_settings_service(k, m->author),
			.criterion = told(c, k),
			.observed = told(c, criteria_match_observed(match, m->rcpt[i])),
		};
	}
	buf_add(undecoded, criteria_match_undecoded(match));
	criteria_match_free(&match);
	return buf_err(undecoded);
}
