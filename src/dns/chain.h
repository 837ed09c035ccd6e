/*
 * The path from the name that was asked for, over CNAME and DNAME records of
 * the answer section, to the records of the type that was asked for (RFC 1034
 * section 3.6.2, RFC 6672, RFC 6604).
 *
 * The answer section is a heap of records that the server chose; only what the
 * path reaches is the answer.  Whatever lies beside it is ignored.
 */
#ifndef DNS_CHAIN_H
#define DNS_CHAIN_H

#include "dns/message.h"

#define DNS_CHAIN_MAX 16       /* steps, in one message or over several */
#define DNS_CHAIN_DATA_KEPT 16 /* records at the end; there may be more */

/*
 * What a walk may cost: octets of names that may have to be read, as
 * dns_name_check() counts them, the owners of the answer section once for each
 * step.  2,500 addresses of a name of 40 octets at the end of 8 aliases fit in.
 */
#define DNS_CHAIN_WORK_MAX 1048576

enum dns_chain_end {
	DNS_CHAIN_DATA, /* at the end are records of the type */
	DNS_CHAIN_BARE, /* the message has neither those nor a step from there */
	DNS_CHAIN_LOOP, /* a name comes again, or there are too many steps */
	/* Two ways on from a name, a step that cannot be taken, or an owner that is no name. */
	DNS_CHAIN_MALFORMED,
};

struct dns_chain {
	enum dns_chain_end end;
	struct dns_name final; /* where the walk ended */
	unsigned steps;        /* names left behind, 0 to DNS_CHAIN_MAX */
	/* The CNAME and DNAME records in order.  A DNAME stands before the CNAME made from it. */
	struct dns_record record[2 * DNS_CHAIN_MAX];
	size_t n_record;
	bool owns;                                   /* records of any type belong to final */
	size_t n_data;                               /* records of the type that belong to final */
	struct dns_record data[DNS_CHAIN_DATA_KEPT]; /* the first of them */
};

/*
 * Walk from name.  A question for CNAME or ANY is answered by what name itself
 * has; one for DNAME is not led on by a DNAME that name owns.
 */
void dns_chain_walk(const struct dns_message *m, const struct dns_name *name, uint16_t type,
		    struct dns_chain *out);

#endif
