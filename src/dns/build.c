/*
 * Each record of the path is read, and measured, before there is an answer, so
 * that this is one allocation of just its size.  What was read waits in a draft,
 * and is read again only where it was too much for that.
 */
#include "dns/build.h"

#include "dns/answer_priv.h"
#include "dns/chain.h"
#include "dns/rdata.h"
#include "dns/trust.h"
#include "dns/type.h"

#include <stdlib.h>
#include <string.h>

/*
 * What a record counts against DNS_ANSWER_OCTETS_MAX, more than it takes: each
 * is work as well, a name to follow over many pointers.
 */
enum { RECORD_WEIGHT = sizeof(struct dns_rr) + sizeof(struct dns_name) };

/* RFC 2181 section 8: the upper bit set means zero. */
static uint32_t ttl_cap(uint32_t ttl_s)
{
	if (ttl_s > INT32_MAX)
		return 0;
	return ttl_s < DNS_TTL_MAX ? ttl_s : DNS_TTL_MAX;
}

static uint32_t ttl_least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* What the authority section says, of the name where the path ends. */
struct authority {
	bool soa, ns;
	uint32_t ttl_s; /* how long a denial may be kept, with an SOA */
};

#define SOA_LOOKS 4 /* a denial has one; to read the owners of a heap of them is dear */

/* RFC 2308 section 5: the lesser of the SOA's TTL and its MINIMUM. */
static struct authority read_authority(const struct dns_message *m, const struct dns_name *final)
{
	struct dns_walk w = dns_message_walk(m, DNS_SECTION_AUTHORITY);
	struct authority a = { 0 };
	struct dns_record rr;
	unsigned looks = 0;

	while (dns_message_next(&w, &rr)) {
		struct dns_name zone;
		uint32_t minimum;
		if (rr.class != DNS_CLASS_IN)
			continue;
		if (rr.type == DNS_TYPE_NS)
			a.ns = true;
		if (rr.type != DNS_TYPE_SOA || a.soa || looks == SOA_LOOKS)
			continue;
		looks++;
		if (dns_message_owner(m, &rr, &zone) != ERR_OK || !dns_name_under(final, &zone) ||
		    dns_rdata_minimum(&rr, &minimum) != ERR_OK)
			continue;
		a.soa = true;
		a.ttl_s = ttl_least(ttl_cap(rr.ttl_s), ttl_cap(minimum));
	}
	return a;
}

/* The rdata of all records in order, each behind its length; full: they are read again. */
struct kept {
	bool full;
	size_t put, taken;
	uint8_t octets[2048];
};

/* What is being built, and what was measured. */
struct draft {
	const struct dns_message *m;
	struct dns_answer like;
	struct dns_answer_room room;
	struct dns_chain chain;
	struct kept kept;
};

/* Whether the next record of the chain is the CNAME that leads on from name. */
static bool has_cname(const struct draft *d, size_t i, const struct dns_name *name)
{
	return i < d->chain.n_record && d->chain.record[i].type == DNS_TYPE_CNAME &&
	       dns_message_owned(d->m, &d->chain.record[i], name);
}

/* Names in rdata are two at most, and longer here than they may be in the message. */
static enum err keep_rdata(struct draft *d, const struct dns_record *rr, size_t *n)
{
	struct kept *k = &d->kept;
	uint16_t length;

	if (sizeof(k->octets) - k->put < sizeof(length) + rr->rdata.n + 2 * DNS_NAME_MAX)
		k->full = true;
	uint8_t *to = k->full ? NULL : k->octets + k->put + sizeof(length);
	enum err e = dns_rdata_read(d->m, rr, to, n);
	if (e == ERR_OK && to) {
		length = (uint16_t)*n;
		memcpy(k->octets + k->put, &length, sizeof(length));
		k->put += sizeof(length) + length;
	}
	return e;
}

/* The rdata of the next record, which has been kept, to out; its length. */
static size_t take_rdata(struct kept *k, char *out)
{
	uint16_t length;

	memcpy(&length, k->octets + k->taken, sizeof(length));
	memcpy(out, k->octets + k->taken + sizeof(length), length);
	k->taken += sizeof(length) + length;
	return length;
}

static enum err measure(struct draft *d, const struct dns_record *rr)
{
	size_t n;
	enum err e = keep_rdata(d, rr, &n);

	if (e != ERR_OK)
		return e;
	d->room.n_rr++;
	d->room.octets += n;
	d->like.ttl_s = ttl_least(d->like.ttl_s, ttl_cap(rr->ttl_s));
	return ERR_OK;
}

/* A step's owner, and its target, which owns what comes next. */
static enum err measure_step(struct draft *d, const struct dns_record *rr)
{
	struct dns_name owner, target;
	enum err e = dns_message_owner(d->m, rr, &owner);

	if (e == ERR_OK)
		e = dns_rdata_target(d->m, rr, &target);
	if (e != ERR_OK)
		return e;
	d->room.names += dns_name_octets(&owner) + dns_name_octets(&target);
	/* A DNAME without its CNAME gets one: a record and two names more. */
	if (rr->type == DNS_TYPE_DNAME) {
		d->room.n_rr++;
		d->room.names += sizeof(struct dns_name);
		d->room.octets += DNS_NAME_MAX;
	}
	return measure(d, rr);
}

/* An iterator over the records at the path's end. */
struct data {
	size_t i;
	struct dns_walk w; /* for more than the chain has kept */
};

static struct data data_of(const struct draft *d)
{
	return (struct data){ .w = dns_message_walk(d->m, DNS_SECTION_ANSWER) };
}

static bool next_data(const struct draft *d, struct data *at, struct dns_record *rr)
{
	if (d->chain.n_data <= DNS_CHAIN_DATA_KEPT) {
		if (at->i == d->chain.n_data)
			return false;
		*rr = d->chain.data[at->i++];
		return true;
	}
	while (dns_message_next(&at->w, rr))
		if ((rr->type == d->like.type || d->like.type == DNS_TYPE_ANY) &&
		    dns_message_owned(d->m, rr, &d->chain.final))
			return true;
	return false;
}

static enum err measure_all(struct draft *d)
{
	struct data at = data_of(d);
	struct dns_record rr;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < d->chain.n_record; i++)
		e = measure_step(d, &d->chain.record[i]);
	if (d->like.outcome != DNS_DATA)
		return e;
	while (e == ERR_OK && next_data(d, &at, &rr))
		e = measure(d, &rr);
	return e;
}

static void put(struct draft *d, const struct dns_record *rr, const struct dns_name *owner,
		struct dns_answer *a, struct dns_answer_room *room)
{
	struct dns_rr *to = &a->rr[a->n_rr++];
	size_t n = 0;

	to->owner = owner;
	to->type = rr->type;
	to->ttl_s = ttl_cap(rr->ttl_s);
	if (!d->kept.full)
		n = take_rdata(&d->kept, room->p);
	else if (dns_rdata_read(d->m, rr, (uint8_t *)room->p, &n) != ERR_OK)
		n = 0; /* it was measured: it does not happen */
	to->rdata = (struct str){ room->p, n };
	room->p += n;
}

/* The chain, each step with its CNAME: made from the DNAME where it is missing. */
static void put_chain(struct draft *d, struct dns_answer *a, struct dns_answer_room *room)
{
	const struct dns_name *name = a->name;
	struct dns_name owner, target;

	for (size_t i = 0; i < d->chain.n_record; i++) {
		const struct dns_record *rr = &d->chain.record[i];
		if (dns_message_owner(d->m, rr, &owner) != ERR_OK ||
		    dns_rdata_target(d->m, rr, &target) != ERR_OK)
			return; /* the walk has read both: it does not happen */
		put(d, rr, rr->type == DNS_TYPE_CNAME ? name : dns_answer_put_name(room, &owner), a,
		    room);
		if (rr->type == DNS_TYPE_DNAME) {
			if (has_cname(d, i + 1, name) ||
			    dns_name_replace(name, &owner, &target, &target) != ERR_OK)
				continue;
			a->rr[a->n_rr++] = (struct dns_rr){
				.owner = name,
				.type = DNS_TYPE_CNAME,
				.ttl_s = ttl_cap(rr->ttl_s),
				.rdata = dns_answer_put(room, dns_name_wire(&target)),
			};
		}
		name = dns_answer_put_name(room, &target);
	}
	a->n_chain = a->n_rr;
}

static enum err finish(struct draft *d, struct dns_answer **out)
{
	struct data at = data_of(d);
	struct dns_answer_room *room = &d->room;
	struct dns_record rr;
	bool chained = d->chain.n_record > 0;

	room->octets += d->m->ede_text.n;
	room->names += dns_name_octets(d->like.name);
	if (chained)
		room->names += dns_name_octets(&d->chain.final);
	if (room->octets + room->names + room->n_rr * RECORD_WEIGHT > DNS_ANSWER_OCTETS_MAX)
		return ERR_LIMIT;
	struct dns_answer *a = dns_answer_alloc(&d->like, room);
	if (!a)
		return ERR_NOMEM;
	a->n_rr = 0;
	a->name = dns_answer_put_name(room, d->like.name);
	put_chain(d, a, room);
	if (chained)
		a->final = dns_answer_put_name(room, &d->chain.final);
	if (a->outcome == DNS_DATA)
		while (next_data(d, &at, &rr))
			put(d, &rr, chained ? a->final : a->name, a, room);
	a->ede_text = dns_answer_put(room, d->m->ede_text);
	*out = a;
	return ERR_OK;
}

/* NOERROR and NXDOMAIN: what the path comes to. */
static enum err read_path(struct draft *d, const struct dns_asked *asked)
{
	struct dns_answer *like = &d->like;

	dns_chain_walk(d->m, asked->name, asked->type, &d->chain);
	if (d->chain.end == DNS_CHAIN_MALFORMED)
		return ERR_SYNTAX;
	if (d->chain.end == DNS_CHAIN_LOOP) {
		like->outcome = DNS_LOOP;
		like->why = STR("the chain of aliases loops or is too long");
		return measure_all(d);
	}
	/* RFC 6604: the rcode is that of the path's end. */
	if (like->rcode == DNS_NOERROR && d->chain.end == DNS_CHAIN_DATA) {
		like->outcome = DNS_DATA;
		return measure_all(d);
	}
	/* A section of records of other names answers another question, and denies nothing. */
	if (d->m->count[DNS_SECTION_ANSWER] > 0 && d->chain.n_record == 0 && !d->chain.owns)
		return ERR_SYNTAX;
	struct authority authority = read_authority(d->m, &d->chain.final);
	like->outcome = like->rcode == DNS_NXDOMAIN ? DNS_NO_NAME : DNS_NODATA;
	if (like->outcome == DNS_NODATA && !authority.soa) {
		/* A referral, RFC 2308 section 2.2.1: who recurses does not refer. */
		if (d->chain.n_record == 0 && authority.ns && !like->aa &&
		    !(d->m->flags & DNS_FLAG_RA))
			return ERR_SYNTAX;
		like->open = d->chain.n_record > 0;
	}
	if (!like->open)
		like->ttl_s = authority.soa ? authority.ttl_s : 0;
	return measure_all(d);
}

enum err dns_build_answer(const struct dns_message *m, const struct dns_asked *asked,
			  struct dns_answer **out)
{
	struct dns_evidence evidence = {
		.trust = asked->trust,
		.asked_ad = asked->ad,
		.validated = asked->validated,
		.flags = m->flags,
		.rcode = m->rcode,
		.ede = m->ede,
		.n_ede = m->n_ede,
	};
	struct draft d; /* most of it is not worth being cleared */

	d.m = m;
	d.room = (struct dns_answer_room){ 0 };
	d.chain.n_record = 0;
	d.kept.full = false;
	d.kept.put = d.kept.taken = 0;
	d.like = (struct dns_answer){
		.name = asked->name,
		.type = asked->type,
		.outcome = DNS_FAILED,
		.status = dns_trust_status(&evidence),
		.rcode = m->rcode,
		.asked_ad = asked->ad,
		.aa = m->flags & DNS_FLAG_AA,
		.n_ede = m->n_ede,
	};
	if (asked->ad && dns_trust_unchecked(&evidence))
		d.like.why = STR("the server says that it did not check this answer (CD)");
	for (size_t i = 0; i < m->n_ede; i++)
		d.like.ede[i] = m->ede[i];
	if (m->rcode == DNS_NOERROR || m->rcode == DNS_NXDOMAIN) {
		d.like.ttl_s = DNS_TTL_MAX;
		enum err e = read_path(&d, asked);
		if (e != ERR_OK)
			return e == ERR_LIMIT ? ERR_SYNTAX : e; /* of a name: too long for one */
	}
	return finish(&d, out);
}

enum err dns_build_none(const struct dns_asked *asked, enum dns_outcome outcome, struct str why,
			struct dns_answer **out)
{
	struct dns_answer like = {
		.name = asked->name,
		.type = asked->type,
		.outcome = outcome,
		.status = DNS_INDETERMINATE,
		.asked_ad = asked->ad,
		.why = why,
	};

	return dns_answer_copy(&like, out);
}

/* Whether name is one that a's chain left behind. */
static bool left_behind(const struct dns_answer *a, struct str name)
{
	for (size_t i = 0; i < a->n_chain; i++)
		if (a->rr[i].type == DNS_TYPE_CNAME &&
		    str_eq_nocase(dns_name_wire(a->rr[i].owner), name))
			return true;
	return false;
}

static bool loops(const struct dns_answer *head, const struct dns_answer *tail)
{
	unsigned steps = 0;

	for (size_t i = 0; i < head->n_chain; i++)
		steps += head->rr[i].type == DNS_TYPE_CNAME;
	for (size_t i = 0; i < tail->n_chain; i++) {
		steps += tail->rr[i].type == DNS_TYPE_CNAME;
		if (tail->rr[i].type == DNS_TYPE_CNAME && left_behind(head, tail->rr[i].rdata))
			return true;
	}
	return steps > DNS_CHAIN_MAX;
}

static void join_ede(const struct dns_answer *tail, struct dns_answer *joined)
{
	for (size_t i = 0; i < tail->n_ede; i++)
		dns_ede_add(joined->ede, &joined->n_ede, tail->ede[i]);
	if (joined->ede_text.n == 0)
		joined->ede_text = tail->ede_text;
}

enum err dns_build_join(const struct dns_answer *head, const struct dns_answer *tail,
			struct dns_answer **out)
{
	struct dns_answer joined = *head;
	size_t n = 0;

	joined.outcome = tail->outcome;
	joined.rcode = tail->rcode;
	joined.status = dns_trust_weaker(head->status, tail->status);
	joined.asked_ad = head->asked_ad && tail->asked_ad;
	joined.aa = head->aa || tail->aa;
	joined.open = tail->open;
	joined.cached = head->cached && tail->cached;
	joined.ttl_s = ttl_least(head->ttl_s, tail->ttl_s);
	joined.source = tail->source;
	joined.why = tail->why.n > 0 ? tail->why : head->why;
	joined.final = dns_answer_final(tail);
	join_ede(tail, &joined);
	joined.n_chain = head->n_chain + tail->n_chain;
	joined.n_rr = head->n_chain + tail->n_rr;
	if (loops(head, tail)) {
		joined.outcome = DNS_LOOP;
		joined.open = false;
		joined.why = STR("the chain of aliases loops or is too long");
		joined.n_rr = joined.n_chain;
	}
	joined.rr = calloc(joined.n_rr ? joined.n_rr : 1, sizeof(struct dns_rr));
	if (!joined.rr)
		return ERR_NOMEM;
	for (size_t i = 0; i < head->n_chain; i++)
		joined.rr[n++] = head->rr[i];
	for (size_t i = 0; n < joined.n_rr; i++)
		joined.rr[n++] = tail->rr[i];
	enum err e = dns_answer_copy(&joined, out);
	free(joined.rr);
	return e;
}
