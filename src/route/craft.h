/*
 * For tests: answers from a script, and a route that is answered by it.
 *
 *	bank. MX secure 10 mx.bank.; 20 mx2.bank.
 *	mx.bank. AAAA insecure 2001:db8::1
 *	mx.bank. A secure nodata
 *
 * A line has a name, a type, words on where the answer comes from and what it
 * is, and records.  From: secure, insecure (proved), unproved (insecure, and its
 * server validates), untrusted (channel), fails (the server does not validate), unprobed,
 * unasked (no AD in the question), lying (authenticated, by a server that does not validate).
 * What: nodata, nxdomain, servfail, bogus, refused, timeout, loop; records otherwise, a TLSA as
 * craft_tlsa() has it.  "via NAME" puts a CNAME before; aa and open set what they say.  What no
 * line tells is secure nodata.
 */
#ifndef ROUTE_CRAFT_H
#define ROUTE_CRAFT_H

#include "base/arena.h"
#include "dns/type.h"
#include "route/route.h"

#include <stdlib.h>
#include <string.h>

static struct arena craft_memory = { .max = 64 << 20 };

static inline void *craft_alloc(size_t n)
{
	void *p = arena_alloc(&craft_memory, n);

	if (!p)
		abort();
	return p;
}

static inline struct dns_name craft_name(struct str text)
{
	struct dns_name name;

	if (dns_name_from_text(text, &name) != ERR_OK)
		abort();
	return name;
}

static inline struct str craft_mx(uint16_t preference, const struct dns_name *exchange)
{
	uint8_t *p = craft_alloc((size_t)exchange->len + 2);

	p[0] = (uint8_t)(preference >> 8);
	p[1] = (uint8_t)preference;
	memcpy(p + 2, exchange->wire, exchange->len);
	return (struct str){ (const char *)p, (size_t)exchange->len + 2 };
}

/* "3 1 1 32": usage, selector, matching, and how many octets, all zero; of fewer words, a part. */
static inline struct str craft_tlsa(struct str text)
{
	char *p = craft_alloc(256);
	uint32_t number = 0;
	struct str word;
	size_t n = 0;

	for (size_t i = 0; str_word(&text, &word); i++) {
		if (!str_u32(word, &number))
			abort();
		if (i < 3)
			p[n++] = (char)number;
		else
			n += number;
	}
	return (struct str){ p, n };
}

/* A copy that lasts as long as the answer. */
static inline const struct dns_name *craft_keep(const struct dns_name *name)
{
	struct dns_name *copy = craft_alloc(sizeof(*copy));

	*copy = *name;
	return copy;
}

static inline struct str craft_name_rdata(struct str text)
{
	struct dns_name name = craft_name(text);

	return dns_name_wire(craft_keep(&name));
}

static inline struct str craft_rdata(uint16_t type, struct str text)
{
	struct str word = STR_NONE;
	uint32_t preference = 0;
	struct ip ip;

	if (str_eq(text, STR("malformed")))
		return STR("\1");
	if (type == DNS_TYPE_MX) {
		if (!str_word(&text, &word) || !str_u32(word, &preference))
			abort();
		struct dns_name exchange = craft_name(str_trim(text));
		return craft_mx((uint16_t)preference, &exchange);
	}
	if (type == DNS_TYPE_CNAME)
		return craft_name_rdata(text);
	if (type == DNS_TYPE_TLSA)
		return craft_tlsa(text);
	if (ip_read(text, &ip) != ERR_OK)
		abort();
	uint8_t *p = craft_alloc(16);
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	if (type == DNS_TYPE_AAAA && ip.family == 4) {
		memcpy(p, mapped, 12);
		memcpy(p + 12, ip.octets, 4);
	} else {
		memcpy(p, ip.octets, 16);
	}
	return (struct str){ (const char *)p, type == DNS_TYPE_A ? 4 : 16 };
}

static inline void craft_add(struct dns_answer *a, uint16_t type, struct str rdata)
{
	struct dns_rr *rr = craft_alloc((a->n_rr + 1) * sizeof(*rr));

	if (a->n_rr)
		memcpy(rr, a->rr, a->n_rr * sizeof(*rr));
	rr[a->n_rr++] = (struct dns_rr){ a->name, type, 3600, rdata };
	a->rr = rr;
}

/* Where an answer comes from. */
enum craft_from {
	CRAFT_SECURE,
	CRAFT_INSECURE,
	CRAFT_UNTRUSTED,
	CRAFT_FAILS,
	CRAFT_UNPROBED,
	CRAFT_UNASKED,
	CRAFT_LYING,
	CRAFT_UNPROVED,
	CRAFT_UNCHECKED,
	CRAFT_FROMS,
};

static inline void craft_source(struct dns_answer *a, enum craft_from from)
{
	static const enum dns_status status[] = { DNS_SECURE,   DNS_INSECURE, DNS_INDETERMINATE,
						  DNS_INSECURE, DNS_INSECURE, DNS_INDETERMINATE,
						  DNS_SECURE,   DNS_INSECURE, DNS_INDETERMINATE };
	bool fails = from == CRAFT_FAILS || from == CRAFT_LYING;
	bool validates = from == CRAFT_INSECURE || from == CRAFT_UNPROVED;

	a->status = status[from];
	a->asked_ad = from != CRAFT_UNASKED;
	a->proved = from == CRAFT_INSECURE;
	if (from == CRAFT_UNCHECKED)
		a->why = STR("the server says that it did not check this answer (CD)");
	a->source = (struct dns_source){
		.server = from == CRAFT_UNTRUSTED ? STR("192.0.2.53:53") : STR("127.0.0.1:53"),
		.channel = STR("udp"),
		.trust = from == CRAFT_UNTRUSTED ? DNS_TRUST_NONE : DNS_TRUST_LOOPBACK,
		.trust_reason =
			from == CRAFT_UNTRUSTED ? STR("not loopback, no DNSSEC") : STR("loopback"),
		.probe = fails       ? DNS_PROBE_FAILS
			 : validates ? DNS_PROBE_VALIDATES
				     : DNS_PROBE_UNKNOWN,
		.probe_reason = fails ? STR("com. NS was not authenticated: no DNSSEC") : STR_NONE,
	};
}

/* Make an answer one of those that tell nothing. */
static inline void craft_fail(struct dns_answer *a, enum dns_outcome outcome, unsigned rcode,
			      bool bogus)
{
	a->outcome = outcome;
	a->rcode = rcode;
	a->status = bogus ? DNS_BOGUS : DNS_INDETERMINATE;
	if (bogus) {
		a->ede[0] = 6;
		a->n_ede = 1;
		a->ede_text = STR("signature\nexpired");
	}
	if (outcome == DNS_NO_ANSWER) {
		bool trusted = a->source.trust != DNS_TRUST_NONE;
		bool fails = a->source.probe == DNS_PROBE_FAILS;
		a->source = (struct dns_source){
			.none_believed = !trusted || fails,
			.trust_reason = trusted ? STR_NONE : a->source.trust_reason,
			.probe = fails ? DNS_PROBE_FAILS : DNS_PROBE_UNKNOWN,
			.probe_reason = fails ? a->source.probe_reason : STR_NONE,
		};
		a->why = STR("timed out");
	}
	if (outcome == DNS_LOOP)
		a->why = STR("the chain of aliases loops or is too long");
}

/* One word of a line; false where it is none of ours. */
static inline bool craft_word(struct dns_answer *a, struct str word)
{
	static const char *const froms[] = { "secure", "insecure", "untrusted",
					     "fails",  "unprobed", "unasked",
					     "lying",  "unproved", "unchecked" };
	static const struct {
		const char *word;
		enum dns_outcome outcome;
		unsigned rcode;
	} whats[] = {
		{ "nodata", DNS_NODATA, DNS_NOERROR },    { "nxdomain", DNS_NO_NAME, DNS_NXDOMAIN },
		{ "servfail", DNS_FAILED, DNS_SERVFAIL }, { "bogus", DNS_FAILED, DNS_SERVFAIL },
		{ "refused", DNS_FAILED, DNS_REFUSED },   { "timeout", DNS_NO_ANSWER, DNS_NOERROR },
		{ "loop", DNS_LOOP, DNS_NOERROR },
	};

	for (size_t i = 0; i < CRAFT_FROMS; i++) {
		if (str_eq(word, str_of(froms[i]))) {
			craft_source(a, (enum craft_from)i);
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(whats) / sizeof(whats[0]); i++) {
		if (!str_eq(word, str_of(whats[i].word)))
			continue;
		if (i < 2) {
			a->outcome = whats[i].outcome;
			a->rcode = whats[i].rcode;
		} else {
			craft_fail(a, whats[i].outcome, whats[i].rcode, i == 3);
		}
		return true;
	}
	if (str_eq(word, STR("aa")))
		a->aa = true;
	else if (str_eq(word, STR("open")))
		a->open = true;
	else
		return false;
	return true;
}

/* The answer that a line tells; NULL when it is for another question. */
static inline struct dns_answer *craft_line(struct str line, const struct dns_name *name,
					    uint16_t type)
{
	struct str word = STR_NONE, rest, one;
	uint16_t of;

	if (!str_word(&line, &word))
		return NULL;
	struct dns_name owner = craft_name(word);
	if (!str_word(&line, &word) || !dns_type_read(word, &of))
		abort();
	if (of != type || !dns_name_eq(&owner, name))
		return NULL;

	struct dns_answer *a = craft_alloc(sizeof(*a));
	*a = (struct dns_answer){ .name = craft_keep(name), .type = type, .outcome = DNS_DATA };
	craft_source(a, CRAFT_SECURE);
	for (rest = line; str_word(&rest, &word); line = rest) {
		if (str_eq(word, STR("via")) && str_word(&rest, &word)) {
			struct dns_name *to = craft_alloc(sizeof(*to));
			*to = craft_name(word);
			craft_add(a, DNS_TYPE_CNAME, dns_name_wire(to));
			a->final = to;
			a->n_chain++;
		} else if (!craft_word(a, word)) {
			break;
		}
	}
	while (line.n) {
		if (!str_cut(&line, ';', &one)) {
			one = line;
			line.n = 0;
		}
		craft_add(a, type, craft_rdata(type, str_trim(one)));
	}
	return a;
}

static inline const struct dns_answer *craft_find(struct str script, const struct dns_name *name,
						  uint16_t type)
{
	struct str line;

	while (str_line(&script, &line)) {
		struct dns_answer *a = craft_line(line, name, type);
		if (a)
			return a;
	}
	struct dns_answer *a = craft_alloc(sizeof(*a));
	*a = (struct dns_answer){ .name = craft_keep(name), .type = type, .outcome = DNS_NODATA };
	craft_source(a, CRAFT_SECURE);
	return a;
}

/* A route answered by the script, done. */
static inline struct route *craft_route(const struct route_conf *conf, struct str script)
{
	struct route *r = route_new(conf);
	struct route_question q;

	if (!r)
		abort();
	while (route_ask(r, &q))
		if (route_answer(r, q.id, craft_find(script, &q.name, q.type)) != ERR_OK)
			abort();
	if (!route_done(r))
		abort();
	return r;
}

#endif
