/*
 * How long the other side of a session has, in and out.
 *
 * Two clocks, one at a time:
 *
 *	whole   a greeting, a command, a reply, or the taking of what we have said, is
 *	        waited for as a whole: the octets of it that come meanwhile gain nothing
 *	data    a message is on its way: in each minute at least SMTP_PATIENCE_RATE octets
 *	        a second must pass, and none may be silent for longer than is allowed
 *
 * A plain value; times are monotonic milliseconds.  Use:
 *
 *	smtp_patience_wait(&p, now, allowed_ms);  each time something whole begins to be waited for
 *	smtp_patience_data(&p, now, allowed_ms);  while a message passes
 *	smtp_patience_pass(&p, now, n);           and n octets of it have
 *	over when now >= smtp_patience_deadline(&p)
 *
 * RFC 5321 section 4.5.3.2 has time-outs for commands and for blocks of data; that
 * they cannot be stretched octet by octet is ours.
 */
#ifndef SMTP_PATIENCE_H
#define SMTP_PATIENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SMTP_PATIENCE_RATE 1024 /* octets a second */
#define SMTP_PATIENCE_WINDOW_MS 60000

struct smtp_patience {
	int64_t allowed_ms;
	int64_t last; /* when the wait began; data: when octets passed last */
	bool data;
	int64_t since;   /* data: when this minute began */
	uint64_t passed; /* data: octets in it */
};

/* Something whole is waited for, from now on, for allowed_ms. */
void smtp_patience_wait(struct smtp_patience *p, int64_t now, int64_t allowed_ms);

/* A message passes, from now on; where it did already, its minute goes on. */
void smtp_patience_data(struct smtp_patience *p, int64_t now, int64_t allowed_ms);

/* n octets of the message have passed since the last call.  While waiting: nothing. */
void smtp_patience_pass(struct smtp_patience *p, int64_t now, size_t n);

/* When it is over, unless one of the others is called before; then it stays over. */
int64_t smtp_patience_deadline(const struct smtp_patience *p);

#endif
