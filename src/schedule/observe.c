#include "schedule/observe.h"

/* Where the target that stands for this address is among n; n: it is not there. */
static size_t find(const struct route_target *targets, size_t n, const struct route_address *at)
{
	size_t i = 0;

	while (i < n && targets[i].address != at)
		i++;
	return i;
}

/*
 * Every target that SECURE has was tried for that recipient: whom one has settled is not
 * offered to those that come later, who may be tried for others.  Who is not there is
 * not for anybody.
 */
static bool tried_all(const struct schedule_seen *s, const struct schedule_outcome *o)
{
	for (size_t i = 0; i < s->secure->n_target; i++) {
		size_t at = find(s->used->target, s->used->n_target, s->secure->target[i].address);
		if (at == s->used->n_target || !schedule_race_tried(s->race, at))
			return false;
		bool later = o->action != ROUTE_DEFER && at > o->target;
		if (later && !schedule_race_absent(s->race, at))
			return false;
	}
	return true;
}

/* A target that SECURE has settled that recipient for good. */
static bool is_settled(const struct schedule_seen *s, const struct schedule_outcome *o)
{
	return o->action != ROUTE_DEFER && o->target < s->used->n_target &&
	       find(s->secure->target, s->secure->n_target, s->used->target[o->target].address) <
		       s->secure->n_target;
}

struct schedule_observed schedule_observe(const struct schedule_seen *s, size_t i)
{
	struct schedule_observed out = { .action = s->secure->action };
	const struct schedule_outcome *o = &s->part->rcpt[i];

	if (out.action != ROUTE_DELIVER) {
		(void)str_copy(out.status, sizeof(out.status), str_of(s->secure->status));
		out.text = buf_str(&s->secure->text);
		return out;
	}
	if (is_settled(s, o) || !tried_all(s, o))
		return out;
	out.action = ROUTE_DEFER;
	(void)str_copy(out.status, sizeof(out.status),
		       o->action == ROUTE_DEFER ? str_of(o->status) : STR("4.4.1"));
	out.text = STR("each address that is authenticated was tried, and none took the mail");
	return out;
}
