/*
 * Commands of signpost, run for who is logged in: explain, route, lookup, doctor, reports.
 *
 * They look into the DNS and into mail by themselves and say what the commands say, since they
 * are the commands; what is hostile in a message or an answer meets a process that lives for it
 * alone and knows no cookie.  A few at a time; others wait their turn.  The spawner begins them.
 */
#ifndef CONSOLE_HAND_H
#define CONSOLE_HAND_H

#include "console/order.h"
#include "loop/loop.h"

struct console_hands;

/* How a command ended. */
struct console_hand_end {
	int exit;       /* its status; -1: it was killed, or took too long, or said too much */
	struct str out; /* standard output */
	struct str err; /* and error */
};

/* fd: the spawner's socket, which stays the caller's and outlives them.  NULL: out of memory. */
struct console_hands *console_hands_new(struct loop *loop, int fd) MUST_USE;

/* Whoever waits hears nothing.  What runs ends with the spawner. */
void console_hands_free(struct console_hands **h);

/* False once the spawner is gone: the loop was stopped then, as nothing can be run any more. */
bool console_hands_whole(const struct console_hands *h);

/*
 * Run the command of the order, which is ok; its slot is chosen here.  input is its standard
 * input.  All is copied.  done(arg, end) comes once, in a later turn.  ERR_LIMIT: too many wait;
 * ERR_IO, ERR_NOMEM.
 */
enum err console_hand(struct console_hands *h, const struct console_order *o, struct str input,
		      void (*done)(void *arg, const struct console_hand_end *end), void *arg)
	MUST_USE;

#endif
