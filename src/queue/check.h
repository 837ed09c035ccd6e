/*
 * Whether what is on disk holds the invariants of README.md.
 *
 * It reads all of the database, on a connection of its own, and may run beside the
 * store; for tests after every simulated crash, and for whoever has a doubt.
 */
#ifndef QUEUE_CHECK_H
#define QUEUE_CHECK_H

#include "base/buf.h"

/*
 * ERR_OK: all hold.  ERR_SYNTAX: *why has a line for the first violation of
 * each, beginning with its number.  ERR_IO, ERR_NOMEM.
 */
enum err queue_check(const char *path, struct buf *why) MUST_USE;

#endif
