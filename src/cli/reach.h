/*
 * Whether an address would take mail of a service level, from what the verdict wants there and
 * what was found.  Pure.
 */
#ifndef CLI_REACH_H
#define CLI_REACH_H

#include "base/buf.h"
#include "route/verdict.h"
#include "tls/session.h"

/* What became of the conversation with one address, asked for a need. */
struct cli_reach_found {
	bool greeted;       /* it would take a transaction */
	bool tls;           /* within TLS */
	enum tls_auth auth; /* within TLS: how it is authenticated */
	struct str why;     /* not greeted: in words */
	bool login;         /* the route has one, which was not tried */
};

struct cli_reach {
	bool takes;
	struct buf text; /* one line in plain words; foreign ones are escaped */
};

/*
 * For one level: v is its verdict, t that of its targets with the address, or NULL; found what came
 * of asking for t's need, and clear, where that was MAY and TLS failed, of asking without.
 */
void cli_reach_judge(const struct route_verdict *v, const struct route_target *t,
		     const struct cli_reach_found *found, const struct cli_reach_found *clear,
		     struct cli_reach *out);

#endif
