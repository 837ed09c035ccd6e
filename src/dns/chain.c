/*
 * One look over the answer section a step, in which names are compared where
 * they stand.  What a look may cost is known before the first: the owners of
 * all records, and where the aliases among them lead.  Pointers make that up to
 * forty times the message's length, and there may be DNS_CHAIN_MAX + 1 looks;
 * a message that would cost more than any answer is worth is refused.
 *
 * The walk ends because each step leaves a name behind that may not come
 * again, and because steps are counted: a DNAME that leads below itself makes
 * a new name each time.
 */
#include "dns/chain.h"

#include "dns/rdata.h"
#include "dns/type.h"

/* What the answer section says about one name. */
struct look {
	bool bad;
	bool has_cname, has_dname;
	struct dns_record cname, dname;
	struct dns_name target;   /* of the CNAME */
	struct dns_name from, to; /* of the DNAME */
};

/* The same CNAME twice is one CNAME; two are no way on (RFC 2181 section 10.1). */
static void see_cname(const struct dns_message *m, const struct dns_record *rr, struct look *look)
{
	struct dns_name target;

	if (dns_rdata_target(m, rr, &target) != ERR_OK) {
		look->bad = true;
	} else if (!look->has_cname) {
		look->has_cname = true;
		look->cname = *rr;
		look->target = target;
	} else if (!dns_name_eq(&target, &look->target)) {
		look->bad = true;
	}
}

/* The nearest DNAME above name rules it (RFC 6672 section 2.4). */
static void see_dname(const struct dns_message *m, const struct dns_record *rr,
		      const struct dns_name *name, struct look *look)
{
	struct dns_name owner, target;

	if (dns_message_owner(m, rr, &owner) != ERR_OK || owner.len >= name->len ||
	    !dns_name_under(name, &owner))
		return;
	if (look->has_dname && owner.len < look->from.len)
		return;
	if (dns_rdata_target(m, rr, &target) != ERR_OK) {
		look->bad = true;
	} else if (look->has_dname && owner.len == look->from.len) {
		look->bad = look->bad || !dns_name_eq(&target, &look->to);
	} else {
		look->has_dname = true;
		look->dname = *rr;
		look->from = owner;
		look->to = target;
	}
}

static bool is_data(uint16_t asked, uint16_t type)
{
	return asked == type || asked == DNS_TYPE_ANY;
}

/* What final has: its data go to *c. */
static void look_at(const struct dns_message *m, uint16_t type, struct dns_chain *c,
		    struct look *look)
{
	const struct dns_name *name = &c->final;
	struct dns_walk w = dns_message_walk(m, DNS_SECTION_ANSWER);
	struct dns_record rr;

	/* What is not said to be there is not worth being cleared. */
	c->n_data = 0;
	c->owns = false;
	look->bad = look->has_cname = look->has_dname = false;
	while (dns_message_next(&w, &rr)) {
		if (rr.type == DNS_TYPE_DNAME && rr.class == DNS_CLASS_IN)
			see_dname(m, &rr, name, look);
		if (!dns_message_owned(m, &rr, name))
			continue;
		c->owns = true;
		if (is_data(type, rr.type)) {
			if (c->n_data < DNS_CHAIN_DATA_KEPT)
				c->data[c->n_data] = rr;
			c->n_data++;
		} else if (rr.type == DNS_TYPE_CNAME) {
			see_cname(m, &rr, look);
		}
	}
}

/* What a look may cost, in *cost.  False: an owner is no name, or it costs too much. */
static bool weigh(const struct dns_message *m, size_t *cost)
{
	const uint8_t *msg = (const uint8_t *)m->octets.p;
	struct dns_walk w = dns_message_walk(m, DNS_SECTION_ANSWER);
	struct dns_record rr;

	*cost = 0;
	while (dns_message_next(&w, &rr)) {
		if (!dns_name_check(rr.owner, msg, m->octets.n, cost) || *cost > DNS_CHAIN_WORK_MAX)
			return false;
		/* Only on the path does it have to be a name. */
		if (rr.type == DNS_TYPE_CNAME || rr.type == DNS_TYPE_DNAME)
			(void)dns_name_check((const uint8_t *)rr.rdata.p, msg, m->octets.n, cost);
	}
	return true;
}

static void add(struct dns_chain *c, const struct dns_record *rr)
{
	c->record[c->n_record++] = *rr;
}

/*
 * Take the step that look shows, if there is one.  A DNAME and the CNAME that
 * is made from it are one step; where the CNAME is missing it is made here, and
 * where it leads elsewhere the server contradicts itself.
 */
static enum dns_chain_end step(const struct look *look, struct dns_chain *c)
{
	struct dns_name to;

	if (look->bad || (c->n_data > 0 && look->has_cname))
		return DNS_CHAIN_MALFORMED;
	if (c->n_data > 0)
		return DNS_CHAIN_DATA;
	if (!look->has_cname && !look->has_dname)
		return DNS_CHAIN_BARE;
	if (c->steps == DNS_CHAIN_MAX)
		return DNS_CHAIN_LOOP;
	if (look->has_cname)
		to = look->target;
	if (look->has_dname) {
		if (dns_name_replace(&c->final, &look->from, &look->to, &to) != ERR_OK)
			return DNS_CHAIN_MALFORMED;
		if (look->has_cname && !dns_name_eq(&to, &look->target))
			return DNS_CHAIN_MALFORMED;
		add(c, &look->dname);
	}
	if (look->has_cname)
		add(c, &look->cname);
	c->final = to;
	c->steps++;
	return DNS_CHAIN_BARE;
}

void dns_chain_walk(const struct dns_message *m, const struct dns_name *name, uint16_t type,
		    struct dns_chain *out)
{
	struct dns_name left[DNS_CHAIN_MAX]; /* behind */
	struct look look;
	size_t cost, work = 0;

	dns_name_copy(&out->final, name);
	out->steps = 0;
	out->n_record = 0;
	out->n_data = 0;
	out->end = DNS_CHAIN_MALFORMED;
	if (!weigh(m, &cost))
		return;
	for (;;) {
		unsigned before = out->steps;
		work += cost;
		if (work > DNS_CHAIN_WORK_MAX) {
			out->end = DNS_CHAIN_MALFORMED;
			return;
		}
		if (before < DNS_CHAIN_MAX)
			left[before] = out->final;
		look_at(m, type, out, &look);
		out->end = step(&look, out);
		if (out->steps == before)
			return;
		for (unsigned i = 0; i < out->steps; i++) {
			if (!dns_name_eq(&left[i], &out->final))
				continue;
			out->n_data = 0;
			out->end = DNS_CHAIN_LOOP;
			return;
		}
	}
}
