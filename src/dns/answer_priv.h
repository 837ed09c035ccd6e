/*
 * Making the one allocation that a struct dns_answer is.  For this folder.
 *
 * It holds, in this order: the struct, names at their length, records, other
 * octets.  What follows the names is made long enough that a name may be read
 * as a whole struct dns_name.
 */
#ifndef DNS_ANSWER_PRIV_H
#define DNS_ANSWER_PRIV_H

#include "dns/answer.h"

/* What is there, or still to be filled. */
struct dns_answer_room {
	size_t n_rr;
	size_t names;  /* octets; dns_name_octets() each */
	size_t octets; /* of all else */
	char *name;    /* where the next name goes */
	char *p;       /* where the next octets go */
};

/*
 * An answer with the room that is asked for, the fields as in *like but for rr,
 * n_rr and octets, which are set, and for what points elsewhere, which still
 * does.  NULL when out of memory.
 */
struct dns_answer *dns_answer_alloc(const struct dns_answer *like, struct dns_answer_room *room)
	MUST_USE;

/* A copy of s in room, which must hold it. */
struct str dns_answer_put(struct dns_answer_room *room, struct str s);

const struct dns_name *dns_answer_put_name(struct dns_answer_room *room,
					   const struct dns_name *name);

#endif
