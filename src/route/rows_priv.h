/*
 * For tests: rows of a script of answers and what becomes of mail by it.
 */
#ifndef ROUTE_ROWS_PRIV_H
#define ROUTE_ROWS_PRIV_H

#include "base/test.h"
#include "route/craft.h"
#include "route/verdict.h"

/*
 * What becomes of mail to "d." by a script of answers, for each service.
 *
 * An outcome is "deliver" with the addresses in order, "*" after those that are
 * marked; "bounce STATUS"; or "defer STATUS EXPIRED".
 */
struct row {
	const char *label;
	const char *script;
	const char *off, *requested, *required;
};

#define A1 "192.0.2.1:25"
#define A2 "192.0.2.2:25"
#define AAAA1 "[2001:db8::1]:25"
#define AAAA2 "[2001:db8::2]:25"
#define MX "d. MX secure 10 m.\n"
#define MX2 "d. MX secure 10 m.; 20 n.\n"

static const struct ip_port self_at[] = {
	{ { 4, { 127, 0, 0, 1 } }, 25 },
	{ { 6, { [15] = 1 } }, 25 },
};

static inline struct route_conf conf_for(enum route_kind kind)
{
	return (struct route_conf){
		.kind = kind,
		.domain = craft_name(STR("d.")),
		.via = { { 4, { 192, 0, 2, 9 } }, 2525 },
		.port = 25,
		.self = craft_name(STR("me.")),
		.self_at = self_at,
		.n_self_at = COUNT_OF(self_at),
	};
}

static inline void outcome_text(struct buf *out, const struct route_verdict *v)
{
	char text[IP_TEXT_MAX];

	switch (v->action) {
	case ROUTE_DELIVER:
		buf_add(out, STR("deliver"));
		break;
	case ROUTE_BOUNCE:
		buf_addf(out, "bounce %s", v->status);
		break;
	case ROUTE_DEFER:
		buf_addf(out, "defer %s %s", v->status, v->expired);
		break;
	}
	for (size_t i = 0; i < v->n_target; i++) {
		buf_addc(out, ' ');
		buf_add(out, ip_port_text(&v->target[i].address->at, text));
		if (v->target[i].authenticated)
			buf_addc(out, '*');
	}
}

static inline void check_one(const char *label, const struct route_facts *f,
			     enum route_service service, enum route_untrusted untrusted,
			     const char *want)
{
	static struct route_verdict v;
	struct buf got = BUF_MAX(4096);

	CHECK_INT(label, route_verdict(f, service, untrusted, &v), ERR_OK);
	outcome_text(&got, &v);
	CHECK_STR(label, buf_str(&got), str_of(want));
	buf_free(&got);
	route_verdict_clear(&v);
}

static inline void check_row(const struct route_conf *conf, const struct row *row)
{
	struct route *r = craft_route(conf, str_of(row->script));
	const struct route_facts *f = route_facts(r);

	check_one(row->label, f, ROUTE_OFF, ROUTE_UNTRUSTED_DEFER, row->off);
	check_one(row->label, f, ROUTE_REQUESTED, ROUTE_UNTRUSTED_DEFER, row->requested);
	check_one(row->label, f, ROUTE_REQUIRED, ROUTE_UNTRUSTED_DEFER, row->required);
	route_free(&r);
	arena_clear(&craft_memory);
}

static inline void check_rows(const struct row *rows, size_t n)
{
	struct route_conf conf = conf_for(ROUTE_DOMAIN);

	for (size_t i = 0; i < n; i++)
		check_row(&conf, &rows[i]);
}

static inline bool holds(struct str s, struct str piece)
{
	for (;; s = str_skip(s, 1)) {
		if (str_starts(s, piece))
			return true;
		if (s.n == 0)
			return false;
	}
}

#endif
