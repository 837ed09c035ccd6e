#include "route/demand.h"

struct str route_service_text(enum route_service s)
{
	switch (s) {
	case ROUTE_OFF:
		return STR("off");
	case ROUTE_REQUESTED:
		return STR("requested");
	case ROUTE_REQUIRED:
		return STR("required");
	}
	return STR("");
}

/* Lines of one file are told apart by their number: the texts need no look. */
static int compare(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

uint64_t route_demand_kind(const struct route_demand *d)
{
	unsigned kind = ((unsigned)d->sender_tls * 2 + d->dane) * ROUTE_SERVICES + d->service;

	return d->observed.line.n ? 0 : UINT64_C(1) << kind;
}

int route_demand_cmp(const struct route_demand *a, const struct route_demand *b)
{
	int by_service = compare(a->service * 2 + a->dane, b->service * 2 + b->dane);
	int by_criterion = compare(a->criterion.line_no, b->criterion.line_no);

	if (by_service)
		return by_service;
	if (a->sender_tls != b->sender_tls)
		return compare(a->sender_tls, b->sender_tls);
	if (by_criterion)
		return by_criterion;
	/* Of one domain either all that was required is exempt, or nothing is. */
	int by_exemption = (a->exempt.domain.n > 0) - (b->exempt.domain.n > 0);
	return by_exemption ? by_exemption : compare(a->observed.line_no, b->observed.line_no);
}

void route_demand_text(struct buf *out, const struct route_demand *d)
{
	if (d->service == ROUTE_OFF)
		return;
	const struct route_criterion *k = &d->criterion;
	buf_add(out, STR("DNSSEC service "));
	buf_add(out, route_service_text(d->service));
	buf_add(out, STR(" (criterion \""));
	buf_add(out, k->line);
	buf_add(out, STR("\", "));
	buf_add(out, k->file);
	buf_addc(out, ':');
	buf_addu(out, k->line_no);
	buf_addc(out, ')');
}

void route_demand_exempt_text(struct buf *out, const struct route_demand *d)
{
	const struct route_exemption *e = &d->exempt;

	if (e->domain.n)
		buf_addf(out, "exempt: %.*s until %.*s: %.*s", STR_ARG(e->domain),
			 STR_ARG(e->until), STR_ARG(e->reason));
}
