/*
 * Five wrong passwords in a minute, for a name or from an address: nobody is let in for a
 * minute there, with the right one neither (SPEC section 10).
 *
 * Pure: the time comes in.  A try counts as wrong while it is judged, so that many at once are
 * no more than one after the other.  Bounded: who was tried longest ago makes room,
 * and who is kept out only where all are.
 */
#ifndef CONSOLE_THROTTLE_H
#define CONSOLE_THROTTLE_H

#include "base/ip.h"

#define CONSOLE_THROTTLE_WRONG 5
#define CONSOLE_THROTTLE_SPAN_MS INT64_C(60000)
#define CONSOLE_THROTTLE_MAX 1024
#define CONSOLE_THROTTLE_KEY 64 /* octets of a name or address that are told apart */

struct console_throttled {
	char key[CONSOLE_THROTTLE_KEY];
	size_t key_n;                          /* 0: free */
	int64_t wrong[CONSOLE_THROTTLE_WRONG]; /* when, the last ones; begins at next */
	size_t n, next;
	int64_t until; /* none is let in before */
};

struct console_throttle {
	struct console_throttled all[CONSOLE_THROTTLE_MAX];
};

/*
 * The key of a name or an address, as text: kind, which tells the two apart, and behind it what
 * there is room for.  It needs no memory: where none was left nobody would be counted.
 */
void console_throttle_key(char key[static CONSOLE_THROTTLE_KEY + 1], struct str kind,
			  struct str what);

/*
 * Somebody tries, by that name or from that address: it counts as wrong from now on.  False:
 * too many were, and the password is not even looked at.
 */
bool console_throttle_try(struct console_throttle *t, struct str key, int64_t now);

/*
 * The address as it counts: of IPv6 the first 64 bits, as one client has all the others; what is
 * no address as it is.
 */
struct str console_throttle_from(struct str address, char text[static IP_TEXT_MAX]);

/* It was the right one: what was counted for it is taken back. */
void console_throttle_right(struct console_throttle *t, struct str key);

#endif
