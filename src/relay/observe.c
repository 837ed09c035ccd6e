#include "relay/observe.h"

#include "schedule/observe.h"

void relay_observe(struct journal_block *b, int64_t wall_ms, const struct relay_observe *of,
		   struct buf *record)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(RELAY_OBSERVE_MAX);
	const struct route_demand *d = &of->part->demand;
	enum route_service as = d->observed_exempt ? ROUTE_REQUESTED : ROUTE_REQUIRED;
	struct route_verdict v;

	if (!of->path || d->observed.line.n == 0 ||
	    routing_pathfinder_judge(of->finder, as, ROUTE_DANE_USED, &v) != ERR_OK)
		return;
	const struct schedule_seen seen = { .secure = &v,
					    .used = &of->path->verdict,
					    .race = schedule_attempt_race(of->attempt),
					    .part = of->part };
	const struct schedule_observed o = schedule_observe(&seen);
	buf_add(record, route_action_text(o.action));
	if (o.action != ROUTE_DELIVER)
		buf_addf(record, " %s", o.status);
	buf_addf(&line, "observe: SECURE would have %.*s", STR_ARG(buf_str(record)));
	if (o.action != ROUTE_DELIVER)
		buf_addf(&line, ": %.*s", STR_ARG(o.text));
	journal_line(b, wall_ms, JOURNAL_PLAIN, buf_str(&line));
	route_verdict_clear(&v);
}
