/*
 * What the programs of the benchmarks share: time, options, sockets, lines.
 *
 * They are small tools that measure others, so a call that fails ends the
 * program with one line on standard error and exit status 2.
 */
#ifndef TOOL_H
#define TOOL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Monotonic seconds: the clock of Python's time.monotonic(). */
double tool_now(void);

_Noreturn void tool_die(const char *what);

/* The number that text is, whole and within the bounds; dies otherwise. */
uint64_t tool_number(const char *text, uint64_t least, uint64_t most);

/* An IPv4 address and a port; dies where text is no address. */
struct sockaddr_in tool_address(const char *text, uint16_t port);

/* malloc() of n zeroed octets that dies rather than fail. */
void *tool_alloc(size_t n);

/* No Nagle: whoever writes whole turns must never wait for an ACK. */
void tool_nodelay(int fd);

/*
 * Acknowledge at once what was just read: the system forgets that it is to, so after each
 * read.  Who leaves Nagle on would else wait for 40 ms, where it writes twice in a row.
 */
void tool_acknowledge(int fd);

enum tool_read {
	TOOL_READ_SOME,  /* octets were added */
	TOOL_READ_AGAIN, /* nothing now */
	TOOL_READ_END,   /* closed, reset, or the input is full */
};

/* Octets received and not yet used; a line ends in LF, or is not there yet. */
struct tool_input {
	size_t start; /* of what is not yet used */
	size_t n;     /* octets in p, those before start too */
	char p[16384];
};

/* Make room behind what is there; how much there is. */
size_t tool_input_room(struct tool_input *in);

enum tool_read tool_input_read(struct tool_input *in, int fd);

/*
 * The next whole line, its LF included, and its length; NULL where there is
 * none.  Valid until the next read.
 */
const char *tool_input_line(struct tool_input *in, size_t *n);

#endif
