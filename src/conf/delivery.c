/* The section `delivery`: how mail is delivered where no route says otherwise. */
#include "conf/delivery_priv.h"

#include <stddef.h>

enum { RETRY_MAX = 32 };

#define HOUR (3600 * INT64_C(1000))
#define DAY (24 * HOUR)
#define AT(field) offsetof(struct conf, field)

static bool read_retry(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	struct conf *c = at;

	if (c->delivery.n_retry == RETRY_MAX)
		return conf_value_refuse(r, "%s: more than %d times: the last repeats by itself",
					 k->name, RETRY_MAX);
	if (!conf_value_span(r, k, value, &c->delivery.retry_ms[c->delivery.n_retry]))
		return false;
	c->delivery.n_retry++;
	return true;
}

static void empty_retry(void *at)
{
	struct conf *c = at;

	c->delivery.n_retry = 0;
}

static bool read_ignore(struct conf_reading *r, const struct conf_key *k, struct str value,
			void *at)
{
	struct conf *c = at;

	return conf_value_net(r, k, value, &c->delivery.ignore_targets,
			      &c->delivery.n_ignore_targets);
}

static void empty_ignore(void *at)
{
	struct conf *c = at;

	c->delivery.n_ignore_targets = 0;
}

/* SPEC section 3: where no mail host on the Internet can be. */
static const char ignore_targets[] =
	"0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 224.0.0.0/4 255.255.255.255/32 "
	"::/128 ::1/128 fe80::/10 ff00::/8";

const struct conf_key conf_delivery_keys[] = {
	{ "port", conf_value_port, AT(delivery.port), "25", 0, 0, NULL, NULL },
	{ "bind4", conf_value_ipv4, AT(delivery.bind4), "", 0, 0, NULL, NULL },
	{ "bind6", conf_value_ipv6, AT(delivery.bind6), "", 0, 0, NULL, NULL },
	{ "ip", conf_value_word, AT(delivery.ip), "any", 0, 0, "any ipv4 ipv6", NULL },
	{ "connect-timeout", conf_value_span, AT(delivery.connect_timeout_ms), "30s", 100, HOUR,
	  NULL, NULL },
	{ "command-timeout", conf_value_span, AT(delivery.command_timeout_ms), "5m", 100, DAY, NULL,
	  NULL },
	{ "per-destination", conf_value_count, AT(delivery.per_destination), "20", 1, 10000, NULL,
	  NULL },
	{ "total", conf_value_count, AT(delivery.total), "2000", 1, 100000, NULL, NULL },
	{ "reuse", conf_value_count, AT(delivery.reuse), "100", 1, 1000000, NULL, NULL },
	{ "recipients", conf_value_count, AT(delivery.recipients), "100", 1, 100000, NULL, NULL },
	{ "ignore-targets", read_ignore, 0, ignore_targets, 0, 0, NULL, empty_ignore },
	{ "retry", read_retry, 0, "1m 5m 15m 1h 4h", 10, 30 * DAY, NULL, empty_retry },
	{ "lifetime", conf_value_span, AT(delivery.lifetime_ms), "5d", 0, 365 * DAY, NULL, NULL },
	{ "warn-after", conf_value_span, AT(delivery.warn_after_ms), "4h", 0, 365 * DAY, NULL,
	  NULL },
	{ 0 },
};
