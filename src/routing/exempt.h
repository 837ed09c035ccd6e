/*
 * Exemptions (SPEC sections 3 and 12): required mail to a domain is treated as requested, until
 * a day begins.  Pure.
 */
#ifndef ROUTING_EXEMPT_H
#define ROUTING_EXEMPT_H

#include "conf/conf.h"

/* Of its end people are told from so long before it. */
#define ROUTING_EXEMPT_NOTICE_MS (14 * 24 * INT64_C(3600000))

enum routing_exempt_state {
	ROUTING_EXEMPT_LASTS,
	ROUTING_EXEMPT_ENDS, /* soon: people are told */
	ROUTING_EXEMPT_ENDED /* it has no effect */
};

enum routing_exempt_state routing_exempt_state(const struct conf_exempt *e, int64_t now_wall_ms);

/*
 * *out: that which lasts for mail to domain, as SMTP has it; of several the one for the longest
 * name; NULL: none.  "*." before a name covers it and all below; address literals are
 * covered by none.  ERR_NOMEM: *out is not set.
 */
enum err routing_exempt_find(const struct conf *conf, struct str domain, int64_t now_wall_ms,
			     const struct conf_exempt **out) MUST_USE;

#endif
