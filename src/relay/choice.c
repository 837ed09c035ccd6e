#include "relay/choice.h"

#include "base/text.h"
#include "base/unicode.h"
#include "os/clock.h"
#include "routing/demand.h"
#include "smtp/extension.h"

#include <stdlib.h>

/* Of all recipients, those that wait or not: criteria look at them together. */
static enum err demand_all(const struct routing_settings *s, const struct queue_message *m,
			   struct buf *undecoded, struct route_demand *out)
{
	struct str *rcpts = malloc((m->n_rcpt + 1) * sizeof(*rcpts));

	if (!rcpts)
		return ERR_NOMEM;
	for (size_t i = 0; i < m->n_rcpt; i++)
		rcpts[i] = m->rcpt[i].to;
	const struct routing_message message = {
		.content = buf_str(&m->content),
		.from = m->from,
		.author = m->flags & QUEUE_REPORT ? ROUTING_SETTINGS_OURS : ROUTING_SETTINGS_OTHERS,
		.tls = m->smtp & SMTP_MAIL_REQUIRETLS ? ROUTING_TLS_REQUIRED : ROUTING_TLS_UNSAID,
		.rcpt = rcpts,
		.n_rcpt = m->n_rcpt,
		.now_wall_ms = os_clock_wall(),
	};
	enum err e = routing_demand(s, &message, out, undecoded);
	free(rcpts);
	return e;
}

static enum err choose(const struct queue_message *m, size_t rcpt,
		       const struct route_demand *demand, struct arena *names,
		       struct schedule_choice *out)
{
	struct str to = m->rcpt[rcpt].to;

	*out = (struct schedule_choice){ .rcpt = rcpt,
					 .utf8 = !text_is_ascii(to),
					 .demand = *demand };
	return unicode_domain_name(names, schedule_domain(to), &out->domain);
}

enum err relay_choice_make(const struct routing_settings *s, const struct queue_message *m,
			   struct arena *names, struct buf *undecoded, struct schedule_choice **out,
			   size_t *n)
{
	struct route_demand *demand = malloc((m->n_rcpt + 1) * sizeof(*demand));
	struct schedule_choice *c = malloc((m->n_rcpt + 1) * sizeof(*c));
	enum err e = demand && c ? demand_all(s, m, undecoded, demand) : ERR_NOMEM;
	size_t waiting = 0;

	for (size_t i = 0; e == ERR_OK && i < m->n_rcpt; i++)
		if (m->rcpt[i].state == SCHEDULE_WAITING)
			e = choose(m, i, &demand[i], names, &c[waiting++]);
	free(demand);
	if (e != ERR_OK) {
		free(c);
		return e;
	}
	schedule_choice_sort(c, waiting);
	*out = c;
	*n = waiting;
	return ERR_OK;
}
