/*
 * A process that runs commands for the one that speaks HTTP, which itself can begin no other.
 *
 * It is begun before that process knows a password or a cookie, and before system calls are taken
 * from it.  An order (order.h) comes as one packet with descriptors: standard output, standard
 * error, and the input, if there is one.  When what it began has ended, an end goes back.  What is
 * no order ends the spawner; so does the end of the process that ordered; and with it what it runs.
 */
#ifndef CONSOLE_SPAWNER_H
#define CONSOLE_SPAWNER_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

/* In the environment of what it runs: nobody else is to look into that (os_confine_core()). */
#define CONSOLE_SPAWNED "SIGNPOST_SPAWNED"

/* What goes back, as a packet. */
struct console_spawner_end {
	uint8_t slot;
	uint8_t exited; /* 0: it was killed, or could not be begun */
	uint8_t status; /* of its exit */
};

struct console_spawner {
	int fd; /* its socket, SOCK_SEQPACKET; -1: none */
	pid_t pid;
};

#define CONSOLE_SPAWNER_NONE ((struct console_spawner){ .fd = -1 })

/*
 * Begin it; before there are threads.  program: signpost; conf_file: for -c, NULL: none.  unused: a
 * list of descriptors that are closed in it, its end -1.  ERR_IO: errno.
 */
enum err console_spawner_new(const char *program, const char *conf_file, const int *unused,
			     struct console_spawner *out) MUST_USE;

/* Closes the socket, where it was not taken, and waits for its end.  The CLEANUP() handler. */
void console_spawner_clear(struct console_spawner *s);

#endif
