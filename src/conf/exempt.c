/* Exemptions (SPEC section 3): whom required mail may leave for insecurely, and until when. */
#include "conf/exempt_priv.h"

#include "base/time.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { DATE_OCTETS = 10 };

/* A day, and nothing finer: it ends as that day begins. */
static bool read_until(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	struct conf_exempt *e = at;

	if (value.n != DATE_OCTETS || time_read(value, &e->until_wall_ms) != ERR_OK)
		return conf_value_refuse(r, "%s: \"%.*s\" is no day: write one like 2027-03-31",
					 k->name, STR_ARG(value));
	return conf_value_keep(r, &e->until, value);
}

static bool read_reason(struct conf_reading *r, const struct conf_key *k, struct str value,
			void *at)
{
	if (str_trim(value).n == 0)
		return conf_value_refuse(r, "%s is empty: write why, for whoever asks later",
					 k->name);
	return conf_value_text(r, k, value, at);
}

#define OF(field) offsetof(struct conf_exempt, field)

const struct conf_key conf_exempt_keys[] = {
	{ "reason", read_reason, OF(reason), NULL, 0, 0, NULL, NULL },
	{ "until", read_until, 0, NULL, 0, 0, NULL, NULL },
	{ 0 },
};

static bool read_title(struct conf_reading *r, struct str title)
{
	static const struct conf_key key = { .name = "exempt" };
	struct conf_exempt *e = &r->exempt;

	e->below = str_starts(title, STR("*."));
	if (title.n == 0)
		return conf_value_refuse(r, "exempt \"\": name a domain");
	if (str_starts(title, STR(".")) || str_has(title, '@') ||
	    str_has(str_skip(title, e->below ? 2 : 0), '*'))
		return conf_value_refuse(r,
					 "exempt \"%.*s\" is no domain: write partner.example, or "
					 "*.partner.example for it and all below it",
					 STR_ARG(title));
	return conf_value_keep(r, &e->title, title) &&
	       conf_value_host(r, &key, e->below ? str_skip(title, 2) : title, &e->domain) &&
	       (e->domain[0] || conf_value_refuse(r, "exempt \"*.\": name a domain"));
}

bool conf_exempt_end(struct conf_reading *r, struct str title)
{
	struct conf *c = r->conf;
	struct conf_exempt *e = &r->exempt;

	e->line = r->line;
	if (!read_title(r, title))
		return false;
	if (!e->reason || !e->until)
		return conf_value_refuse(r, "exempt \"%.*s\" needs %s: add it", STR_ARG(title),
					 e->reason ? "until, the day on which it ends"
						   : "a reason");
	if (!conf_value_once(r, &r->seen_exempt[e->below], e->domain, "exempt", title))
		return false;
	struct conf_exempt *more = reallocarray(c->exempt, c->n_exempt + 1, sizeof(*more));
	if (!more)
		return conf_value_nomem(r);
	c->exempt = more;
	c->exempt[c->n_exempt++] = *e;
	*e = (struct conf_exempt){ 0 };
	return true;
}
