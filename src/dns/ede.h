/*
 * The extended errors of an answer (RFC 8914): a few are kept, and whether one of
 * them lays a failure to DNSSEC decides what the answer is worth.
 */
#ifndef DNS_EDE_H
#define DNS_EDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_EDE_MAX 4

/* Whether an extended error lays a SERVFAIL to DNSSEC: 1, 2, 5 to 12, 25, 27. */
bool dns_ede_is_bogus(uint16_t code);

/* Whether one of n does. */
bool dns_ede_any_bogus(const uint16_t *ede, size_t n);

/*
 * Keep one more of the codes of an answer, *n of them so far.  Where there is no room
 * the first that lays it to DNSSEC takes the last place, and any other is dropped.
 */
void dns_ede_add(uint16_t ede[static DNS_EDE_MAX], size_t *n, uint16_t code);

#endif
