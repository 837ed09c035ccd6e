/*
 * Whether what is kept holds the invariants of README.md.
 *
 * It reads all of a store, on a connection of its own, and may run beside the
 * daemon; for tests after every simulated crash, and for whoever has a doubt.
 */
#ifndef QUEUE_CHECK_H
#define QUEUE_CHECK_H

#include "queue/counts.h"

#include "base/buf.h"

/*
 * ERR_OK: all hold; *counts (may be NULL) is then what there is, message by message.
 * ERR_SYNTAX: *why has a line for the first violation of each, beginning with its number.
 * ERR_IO, ERR_NOMEM.
 */
enum err queue_check(const char *store, struct queue_counts *counts, struct buf *why) MUST_USE;

#endif
