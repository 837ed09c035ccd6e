/* What a person types at a terminal and nobody is to see. */
#ifndef OS_TERMINAL_H
#define OS_TERMINAL_H

#include "base/buf.h"

/*
 * Ask on standard error, and append a line of standard input, which is a terminal, without its
 * end; it is not shown.  The terminal is as before in the end, also where a signal interrupts.
 * ERR_IO: no line came.  out has room already, if it is not to leave copies behind.
 */
enum err os_terminal_secret(const char *prompt, struct buf *out) MUST_USE;

#endif
