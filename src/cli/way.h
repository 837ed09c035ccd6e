/*
 * What the configuration says of mail to a domain, before the DNS is asked: the section route by
 * which it goes, and the exemption that holds for it.
 */
#ifndef CLI_WAY_H
#define CLI_WAY_H

#include "base/jsonw.h"
#include "conf/conf.h"
#include "routing/pathfinder.h"
#include "term/text.h"

/* Both conf's; NULL: there is none. */
struct cli_way {
	const struct conf_route *route;
	const struct conf_exempt *exempt;
};

/* ERR_NOMEM */
enum err cli_way_find(const struct conf *conf, struct str domain, int64_t now_wall_ms,
		      struct cli_way *out) MUST_USE;

/*
 * routing_pathfinder_judge() as mail is judged now: what is required goes as requested where an
 * exemption holds, and DANE is not demanded then (SPEC section 3).  ERR_NOMEM.
 */
enum err cli_way_judge(const struct cli_way *way, const struct routing_pathfinder *finder,
		       enum route_service service, enum route_dane dane, struct route_verdict *out)
	MUST_USE;

/* route "partner.example" (FILE:LINE) */
void cli_way_route(struct buf *out, const struct conf *conf, const struct conf_route *route);

/* partner.example until 2027-03-31: moves to a new DNS host */
void cli_way_exempt(struct buf *out, const struct conf_exempt *exempt);

/* Both, each in a line of its own. */
void cli_way_text(struct term_text *out, const struct conf *conf, const struct cli_way *way);

/* "route_section" and "exempt": their titles; "" where there is none. */
void cli_way_json(struct jsonw *j, const struct cli_way *way);

#endif
