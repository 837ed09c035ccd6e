#include "relay/observe.h"

void relay_observe(struct journal_block *b, int64_t wall_ms,
		   const struct routing_pathfinder *finder, struct buf *record)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(RELAY_OBSERVE_MAX);
	struct route_verdict v;

	if (routing_pathfinder_judge(finder, ROUTE_REQUIRED, ROUTE_DANE_USED, &v) != ERR_OK)
		return;
	buf_add(record, route_action_text(v.action));
	if (v.action != ROUTE_DELIVER)
		buf_addf(record, " %s", v.status);
	buf_addf(&line, "observe: SECURE would have %.*s", STR_ARG(buf_str(record)));
	if (v.action != ROUTE_DELIVER)
		buf_addf(&line, ": %.*s", STR_ARG(buf_str(&v.text)));
	journal_line(b, wall_ms, JOURNAL_PLAIN, buf_str(&line));
	route_verdict_clear(&v);
}
