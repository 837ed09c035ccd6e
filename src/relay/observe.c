#include "relay/observe.h"

#include "schedule/observe.h"

#include <stdio.h>
#include <string.h>

/* The line of one recipient: "observe: SECURE would have delivered". */
static void write_line(struct buf *line, const struct schedule_outcome *o,
		       const struct schedule_observed *of)
{
	buf_clear(line);
	buf_addf(line, "observe: SECURE would have %s", o->observe);
	if (of->action != ROUTE_DELIVER)
		buf_addf(line, ": %.*s", STR_ARG(of->text));
}

/* Whether it is that of one before him, for whom it has its line. */
static bool is_told(const struct schedule_part *p, size_t i)
{
	size_t k = 0;

	while (strcmp(p->rcpt[k].observe, p->rcpt[i].observe) != 0)
		k++;
	return k < i;
}

void relay_observe(struct journal_block *b, int64_t wall_ms, const struct relay_observe *of)
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
	for (size_t i = 0; i < of->part->n; i++) {
		struct schedule_outcome *one = &of->part->rcpt[i];
		const struct schedule_observed o = schedule_observe(&seen, i);
		(void)snprintf(one->observe, sizeof(one->observe), "%.*s%s%s",
			       STR_ARG(route_action_text(o.action)), o.status[0] ? " " : "",
			       o.status);
		if (is_told(of->part, i))
			continue;
		write_line(&line, one, &o);
		journal_line(b, wall_ms, JOURNAL_PLAIN, buf_str(&line));
	}
	route_verdict_clear(&v);
}
