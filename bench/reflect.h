/* The answers that the servers of bench/stub and bench/lossy give. */
#ifndef REFLECT_H
#define REFLECT_H

#include <stddef.h>
#include <stdint.h>

enum { REFLECT_HEADER = 12, REFLECT_MAX = 512 };

/*
 * Turn the query of n octets at p into its answer, which has room for REFLECT_MAX: two MX records,
 * and AD where it was asked with AD or DO.  Returns its octets; 0: it is none that we answer.
 */
size_t reflect(uint8_t *p, size_t n);

#endif
