/* The section `delivery`: how mail is delivered where no route says otherwise. */
#include "conf/delivery_priv.h"

bool conf_delivery_retry(struct conf_reading *r, const struct conf_key *k, struct str value,
			 void *at)
{
	struct conf_delivery *d = at;

	if (d->n_retry == CONF_RETRY_MAX)
		return conf_value_refuse(r, "%s: more than %d times: the last repeats by itself",
					 k->name, CONF_RETRY_MAX);
	if (!conf_value_span(r, k, value, &d->retry_ms[d->n_retry]))
		return false;
	d->n_retry++;
	return true;
}

void conf_delivery_retry_none(void *at)
{
	struct conf_delivery *d = at;

	d->n_retry = 0;
}

bool conf_delivery_ignore(struct conf_reading *r, const struct conf_key *k, struct str value,
			  void *at)
{
	struct conf_delivery *d = at;

	return conf_value_net(r, k, value, &d->ignore_targets, &d->n_ignore_targets);
}

void conf_delivery_ignore_none(void *at)
{
	struct conf_delivery *d = at;

	d->n_ignore_targets = 0;
}

#define BASE offsetof(struct conf, delivery)
#define SELF(text) text

const struct conf_key conf_delivery_keys[] = {
	CONF_DELIVERY_ROWS(BASE, SELF),
	{ "tls", conf_value_word, CONF_DELIVERY_AT(BASE, tls), "may", 0, 0, "none may encrypt",
	  NULL },
	{ "total", conf_value_count, CONF_DELIVERY_AT(BASE, total), "2000", 1, 100000, NULL, NULL },
	{ 0 },
};

bool conf_delivery_end(struct conf_reading *r, struct str title)
{
	(void)title;
	if (r->conf->delivery.n_retry > 0)
		return true;
	r->line = conf_value_line(r, conf_delivery_keys, "retry");
	return conf_value_refuse(r, "retry is empty: write times, {\"1m\", \"5m\"}");
}
