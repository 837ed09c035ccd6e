/*
 * A verdict in plain words.
 */
#ifndef ROUTE_WORDS_PRIV_H
#define ROUTE_WORDS_PRIV_H

#include "route/demand.h"
#include "route/route.h"

/* What stands against delivery. */
enum route_reason {
	ROUTE_NOT_KNOWN,  /* SERVFAIL, REFUSED, no answer, a loop, nothing usable */
	ROUTE_BOGUS,      /* SERVFAIL that an extended error lays to DNSSEC */
	ROUTE_OUR_FAULT,  /* required: by this channel or resolver nothing can be authenticated */
	ROUTE_UNSIGNED,   /* required: not authenticated */
	ROUTE_NULL_MX,    /* the domain takes no mail */
	ROUTE_NO_NAME,    /* the domain does not exist, or is no domain name */
	ROUTE_NO_ADDRESS, /* no mail host has one */
	ROUTE_IGNORED,    /* no mail host has one where a mail host can be */
	ROUTE_LOOP,       /* this relay is the best mail host */
	ROUTE_NO_DNS,     /* required: an address literal */
	ROUTE_NO_DANE,    /* DANE is demanded, and no mail host has usable records for it */
	ROUTE_MORE_HOSTS, /* a bounce, were those that were asked all the hosts there are */
};

struct route_case {
	const struct route_facts *facts;
	enum route_service service;
	enum route_reason reason;
	const struct dns_answer *culprit; /* NULL where no answer decided */
};

/* What and why, one line. */
void route_words_text(const struct route_case *c, struct buf *out);

/* What can be done about it, one line. */
void route_words_advice(const struct route_case *c, struct buf *out);

/*
 * Requested, delivered: why what culprit says gets no mark, or where it is secure why that is not
 * to be relied on.  NULL: no DNS was asked.
 */
void route_words_note(const struct dns_answer *culprit, struct buf *out);

#endif
