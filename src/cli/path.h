/*
 * A route and what becomes of mail on it, for people and for machines.
 */
#ifndef CLI_PATH_H
#define CLI_PATH_H

#include "base/jsonw.h"
#include "routing/pathfinder.h"
#include "term/text.h"

/*
 * The route: what it leads to, the MX answer, each host with its addresses.  An
 * address that is dialled with MX and address both secure has " DNSSEC" at the end of
 * its line, as in the session log; v is the verdict that says so.
 */
void cli_path_text(struct term_text *out, const struct route_facts *facts,
		   const struct route_verdict *v);
void cli_path_json(struct jsonw *j, const struct route_facts *facts);

/* Parts of it, without a line end: what is said of an answer, of a mail host, of its address. */
void cli_path_summary(struct term_text *out, const struct dns_answer *a);
void cli_path_host(struct term_text *out, const struct route_facts *facts,
		   const struct route_host *host);
void cli_path_address(struct term_text *out, const struct route_facts *facts,
		      const struct route_host *host, const struct route_address *at,
		      const struct route_verdict *v);

/* What else there is to say of the MX answer, by number; empty: no more. */
struct str cli_path_note(const struct route_facts *facts, size_t i);

/* "domain", "static host", "static address", "address literal". */
struct str cli_path_kind(enum route_kind kind);

/* One line of what becomes of the mail, and more of why: each line behind indent spaces. */
void cli_path_verdict(struct term_text *out, const struct route_verdict *v, int indent);
void cli_path_verdict_json(struct jsonw *j, const struct route_verdict *v);

/* "deliver", "defer", "bounce". */
struct str cli_path_action(enum route_action action);

#endif
