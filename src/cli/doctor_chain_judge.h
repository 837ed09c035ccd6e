/*
 * Where a chain of trust breaks, and how: what the DNS says of each zone from the top down to a
 * name, asked for with DO and CD, in; findings out.  No socket, no clock.
 *
 * Signatures are not verified here: their times, their keys and the chain of DS are looked at,
 * and the word of the resolver, which verifies, is taken for the rest.
 */
#ifndef CLI_DOCTOR_CHAIN_JUDGE_H
#define CLI_DOCTOR_CHAIN_JUDGE_H

#include "cli/finding.h"
#include "dns/answer.h"

/* What came of a question. */
struct cli_chain_said {
	enum dns_outcome outcome;
	enum dns_status status; /* as mail would see it; of a question with CD nothing */
	struct buf octets;      /* the whole message; empty: none came */
	struct buf words;       /* how it failed, where it did */
};

struct cli_chain_step {
	struct dns_name name;
	struct cli_chain_said ds, keys, soa; /* with DO and CD */
	struct cli_chain_said checked;       /* the SOA, as mail asks */
};

#define CLI_CHAIN_STEPS_MAX 16
#define CLI_CHAIN_ALIASES_MAX 16 /* of more than that mail makes a loop, too (dns/chain.h) */

struct cli_chain {
	struct cli_chain_step
		step[CLI_CHAIN_STEPS_MAX]; /* from the top; the last is the name itself */
	size_t n;
	struct cli_chain_said cname;       /* of the name, with DO and CD */
	struct cli_chain_said mx, checked; /* of the name: with DO and CD; as mail asks */
	const struct cli_chain *from;      /* of the alias that leads here; NULL: of none */
	int64_t now_wall_ms;
};

/*
 * Where the name is an alias (CNAME, or the CNAME that is made of a DNAME above it): what of.  Each
 * name of a chain of aliases has a chain of trust, and is judged before the next one is asked for.
 */
bool cli_chain_alias(const struct cli_chain *c, struct dns_name *target);

/* An alias whose target was met on the way to it, or has too many aliases before it. */
bool cli_chain_loops(const struct cli_chain *c);

/*
 * What the chain is worth for mail to the name, or, of an alias, for what it leads to; *broken: the
 * step at which it ends, n: at none.  Of what the chains before it share with it nothing is said
 * again.
 */
enum dns_status cli_chain_judge(const struct cli_chain *c, size_t *broken,
				struct cli_findings *out);

#endif
