/*
 * How mail is delivered: the keys of the section delivery, each of which a route may say anew
 * for its own destinations.
 */
#ifndef CONF_DELIVERY_PRIV_H
#define CONF_DELIVERY_PRIV_H

#include "conf/value_priv.h"

#include <stddef.h>

extern const struct conf_key conf_delivery_keys[];

/* Readers of rows below: into a struct conf_delivery, one value more of a list; and none. */
bool conf_delivery_ignore(struct conf_reading *r, const struct conf_key *k, struct str value,
			  void *at);
bool conf_delivery_retry(struct conf_reading *r, const struct conf_key *k, struct str value,
			 void *at);
void conf_delivery_ignore_none(void *at);
void conf_delivery_retry_none(void *at);

/* The section has been read; it has no title. */
bool conf_delivery_end(struct conf_reading *r, struct str title);

#define CONF_DELIVERY_HOUR (3600 * INT64_C(1000))
#define CONF_DELIVERY_DAY (24 * CONF_DELIVERY_HOUR)

/* SPEC section 3: where no mail host on the Internet can be. */
#define CONF_DELIVERY_IGNORED                                                                      \
	"0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 224.0.0.0/4 255.255.255.255/32 "                     \
	"::/128 ::1/128 fe80::/10 ff00::/8"

/*
 * The rows that both tables have.  base: where a struct conf_delivery is in their struct.
 * normal(text): the default; NULL where what the section delivery says takes its place.
 */
/* clang-format off */
#define CONF_DELIVERY_AT(base, field) ((base) + offsetof(struct conf_delivery, field))
#define CONF_DELIVERY_ROWS(base, normal)                                                           \
	{ "port", conf_value_port, CONF_DELIVERY_AT(base, port), normal("25"),                     \
	  0, 0, NULL, NULL },                                                                      \
	{ "bind4", conf_value_ipv4, CONF_DELIVERY_AT(base, bind4), normal(""),                     \
	  0, 0, NULL, NULL },                                                                      \
	{ "bind6", conf_value_ipv6, CONF_DELIVERY_AT(base, bind6), normal(""),                     \
	  0, 0, NULL, NULL },                                                                      \
	{ "ip", conf_value_word, CONF_DELIVERY_AT(base, ip), normal("any"),                        \
	  0, 0, "any ipv4 ipv6", NULL },                                                           \
	{ "connect-timeout", conf_value_span, CONF_DELIVERY_AT(base, connect_timeout_ms), normal("30s"), \
	  100, CONF_DELIVERY_HOUR, NULL, NULL },                                                   \
	{ "command-timeout", conf_value_span, CONF_DELIVERY_AT(base, command_timeout_ms), normal("5m"), \
	  100, CONF_DELIVERY_DAY, NULL, NULL },                                                    \
	{ "per-destination", conf_value_count, CONF_DELIVERY_AT(base, per_destination), normal("20"), \
	  1, 10000, NULL, NULL },                                                                  \
	{ "reuse", conf_value_count, CONF_DELIVERY_AT(base, reuse), normal("100"),                 \
	  1, 1000000, NULL, NULL },                                                                \
	{ "recipients", conf_value_count, CONF_DELIVERY_AT(base, recipients), normal("100"),       \
	  1, 100000, NULL, NULL },                                                                 \
	{ "ignore-targets", conf_delivery_ignore, base, normal(CONF_DELIVERY_IGNORED),             \
	  0, 0, NULL, conf_delivery_ignore_none },                                                 \
	{ "retry", conf_delivery_retry, base, normal("1m 5m 15m 1h 4h"),                           \
	  10, 30 * CONF_DELIVERY_DAY, NULL, conf_delivery_retry_none },                            \
	{ "lifetime", conf_value_span, CONF_DELIVERY_AT(base, lifetime_ms), normal("5d"),          \
	  0, 365 * CONF_DELIVERY_DAY, NULL, NULL },                                                \
	{ "warn-after", conf_value_span, CONF_DELIVERY_AT(base, warn_after_ms), normal("4h"),      \
	  0, 365 * CONF_DELIVERY_DAY, NULL, NULL },                                                \
	{ "tls-minimum", conf_value_word, CONF_DELIVERY_AT(base, tls_minimum), normal("1.2"),      \
	  0, 0, "1.2 1.3", NULL },                                                                 \
	{ "tls-ca-file", conf_value_file, CONF_DELIVERY_AT(base, tls_ca_file), normal(""),         \
	  0, 0, NULL, NULL }
/* clang-format on */

#endif
