#include "cli/way.h"

#include "base/text.h"
#include "routing/aim.h"
#include "routing/exempt.h"

enum err cli_way_find(const struct conf *conf, struct str domain, int64_t now_wall_ms,
		      struct cli_way *out)
{
	enum err e = routing_aim_via(conf, domain, &out->route);

	return e == ERR_OK ? routing_exempt_find(conf, domain, now_wall_ms, &out->exempt) : e;
}

enum err cli_way_judge(const struct cli_way *way, const struct routing_pathfinder *finder,
		       enum route_service service, enum route_dane dane, struct route_verdict *out)
{
	if (!way->exempt || service != ROUTE_REQUIRED)
		return routing_pathfinder_judge(finder, service, dane, out);
	return routing_pathfinder_judge(finder, ROUTE_REQUESTED, ROUTE_DANE_USED, out);
}

void cli_way_route(struct buf *out, const struct conf *conf, const struct conf_route *route)
{
	CLEANUP(buf_free) struct buf where = BUF_MAX(1 << 16);

	conf_given_where(&where, &conf->given, "route", route->title, NULL);
	buf_add(out, STR("route \""));
	text_escape(out, str_of(route->title));
	buf_addc(out, '"');
	if (where.n > 2) /* "FILE:LINE: " */
		buf_addf(out, " (%.*s)", (int)(where.n - 2), where.p);
}

void cli_way_exempt(struct buf *out, const struct conf_exempt *exempt)
{
	text_escape(out, str_of(exempt->title));
	buf_addf(out, " until %s: ", exempt->until);
	text_escape(out, str_of(exempt->reason));
}

void cli_way_text(struct term_text *t, const struct conf *conf, const struct cli_way *way)
{
	struct buf *out = &t->text;

	if (way->route) {
		buf_add(out, STR("by "));
		cli_way_route(out, conf, way->route);
		buf_addc(out, '\n');
	}
	if (way->exempt) {
		buf_add(out, STR("exempt, so that required mail goes as requested: "));
		cli_way_exempt(out, way->exempt);
		buf_addc(out, '\n');
	}
}

void cli_way_json(struct jsonw *j, const struct cli_way *way)
{
	jsonw_str(j, "route_section", str_of(way->route ? way->route->title : ""));
	jsonw_str(j, "exempt", str_of(way->exempt ? way->exempt->title : ""));
}
