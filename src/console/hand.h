/*
 * Commands of signpost, run for who is logged in: explain, route, lookup, doctor, reports.
 *
 * They look into the DNS and into mail by themselves and say what the commands say, since they
 * are the commands; what is hostile in a message or an answer meets a process that lives for it
 * alone and knows no cookie.  A few at a time; others wait their turn.
 */
#ifndef CONSOLE_HAND_H
#define CONSOLE_HAND_H

#include "base/buf.h"
#include "loop/loop.h"

struct console_hands;

#define CONSOLE_HAND_WORDS_MAX 512 /* of one command */

/* How a command ended. */
struct console_hand_end {
	int exit;       /* its status; -1: it was killed, or took too long, or said too much */
	struct str out; /* standard output */
	struct str err; /* and error */
};

/* program: signpost; conf_file: for -c, NULL: none.  Both outlive them.  NULL: out of memory. */
struct console_hands *console_hands_new(struct loop *loop, const char *program,
					const char *conf_file) MUST_USE;

/* Kills what runs; whoever waits hears nothing. */
void console_hands_free(struct console_hands **h);

/*
 * Run signpost with these words, the last NULL; input is its standard input.  All is copied.
 * done(arg, end) comes once, in a later turn.  ERR_LIMIT: too many wait; ERR_IO, ERR_NOMEM.
 */
enum err console_hand(struct console_hands *h, const char *const *words, struct str input,
		      void (*done)(void *arg, const struct console_hand_end *end), void *arg)
	MUST_USE;

#endif
