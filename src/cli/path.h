/*
 * A route and what becomes of mail on it, for people and for machines.
 */
#ifndef CLI_PATH_H
#define CLI_PATH_H

#include "base/jsonw.h"
#include "routing/pathfinder.h"

/*
 * The route: what it leads to, the MX answer, each host with its addresses.  An
 * address that is dialled with MX and address both secure has " DNSSEC" at the end of
 * its line, as in the session log; v is the verdict that says so.
 */
void cli_path_text(struct buf *out, const struct route_facts *facts, const struct route_verdict *v);
void cli_path_json(struct jsonw *j, const struct route_facts *facts);

/* One line of what becomes of the mail, and more of why: each line behind indent spaces. */
void cli_path_verdict(struct buf *out, const struct route_verdict *v, int indent);
void cli_path_verdict_json(struct jsonw *j, const struct route_verdict *v);

/* "deliver", "defer", "bounce". */
struct str cli_path_action(enum route_action action);

#endif
