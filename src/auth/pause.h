/*
 * How long a client waits for the answer to a wrong password (SPEC section 12): half a second,
 * and twice as long each time after, to eight; by connection and by address.
 */
#ifndef AUTH_PAUSE_H
#define AUTH_PAUSE_H

#include <stdint.h>

#define AUTH_PAUSE_FORGET_MS                                                                       \
	(10 * INT64_C(60000)) /* an address that was wrong is forgotten after */

/* Wrong passwords of one address.  All zero: none. */
struct auth_pause {
	unsigned wrong;
	int64_t last; /* when, monotonic ms */
};

/* One more. */
void auth_pause_wrong(struct auth_pause *p, int64_t now);

/* Milliseconds to wait after so many wrong passwords, this one included: 0 after none. */
int64_t auth_pause_ms(unsigned wrong);

#endif
