/* Making the one allocation that a struct dns_answer is.  For this folder. */
#ifndef DNS_ANSWER_PRIV_H
#define DNS_ANSWER_PRIV_H

#include "dns/answer.h"

/* What is left of the octets behind the records. */
struct dns_answer_room {
	char *p;
	size_t left;
};

/*
 * Room for n_rr records and octets more, the fields as in *like but for rr,
 * n_rr and octets, which are set, and for strings and final, which still are
 * those of *like.  NULL when out of memory.
 */
struct dns_answer *dns_answer_alloc(const struct dns_answer *like, size_t n_rr, size_t octets,
				    struct dns_answer_room *room) MUST_USE;

/* A copy of s in room, which must hold it. */
struct str dns_answer_put(struct dns_answer_room *room, struct str s);

/* Octets that a name takes in room. */
size_t dns_answer_name_room(void);
const struct dns_name *dns_answer_put_name(struct dns_answer_room *room,
					   const struct dns_name *name);

#endif
