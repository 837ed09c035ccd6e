/*
 * What TLS a connection to a mail host must have, and why no more of it.
 *
 * A value: the answers are the facts', the name is the configuration's.
 */
#ifndef ROUTE_NEED_H
#define ROUTE_NEED_H

#include "dns/answer.h"

enum route_tls {
	ROUTE_TLS_NONE,    /* never */
	ROUTE_TLS_MAY,     /* where it is offered; in clear where it fails */
	ROUTE_TLS_OFFERED, /* a must where it is offered: a failure leads to no clear text */
	ROUTE_TLS_ENCRYPT, /* a must; whoever it is */
	ROUTE_TLS_VERIFY,  /* chain and name */
	ROUTE_TLS_DANE,    /* usable secure TLSA records, one of which fits */
	ROUTE_TLS_BOTH, /* that, and chain and name as well: two demands, neither for the other */
};

/* Why DANE does not authenticate the host. */
enum route_need_why {
	ROUTE_NEED_NOT_ASKED,     /* no TLSA record was asked for */
	ROUTE_NEED_NOT_SECURE,    /* its addresses are not secure */
	ROUTE_NEED_NO_RECORDS,    /* it has no TLSA records */
	ROUTE_NEED_UNSIGNED,      /* they are not authenticated */
	ROUTE_NEED_UNUSABLE,      /* none of them can be used */
	ROUTE_NEED_AUTHENTICATED, /* it does */
};

/* In words that end a line: "its addresses are not secure". */
struct str route_need_text(enum route_need_why why);

struct route_need {
	enum route_tls tls;
	enum route_need_why why;
	const struct dns_answer *tlsa; /* the records that count; NULL: none do */
	const struct dns_name *base;   /* of them: the TLSA base domain, RFC 7672 section 2.2.3 */
	struct str name;               /* VERIFY, BOTH: to be proved; empty: the mail host's, */
	bool domain;                   /* or the domain's, as who names the host may be anybody */
	/* OFFERED, ENCRYPT: chain and name are looked at, for mail that needs them proved. */
	bool shows;
};

/* A TLSA record may be used: RFC 6698 section 2.1, RFC 7672 section 3.1. */
enum route_need_form { ROUTE_NEED_BAD, ROUTE_NEED_DIGEST, ROUTE_NEED_WHOLE };

/*
 * What rdata of a TLSA record is: DIGEST of a known kind and of its length; WHOLE, a certificate
 * or a key, which somebody has to read to know whether it is one; else unusable.
 */
enum route_need_form route_need_read(struct str rdata);

#endif
