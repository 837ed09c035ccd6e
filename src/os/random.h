/* Randomness that a peer cannot predict. */
#ifndef OS_RANDOM_H
#define OS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fill n octets at p from the kernel's generator; does not return without them. */
void os_random(void *p, size_t n);

uint64_t os_random_u64(void);

#endif
