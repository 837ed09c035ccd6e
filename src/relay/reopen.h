/*
 * SIGHUP: each worker opens its log files anew, and how that went is one line of the log, once all
 * have answered.
 */
#ifndef RELAY_REOPEN_H
#define RELAY_REOPEN_H

#include "relay/worker.h"

struct relay_reopen;

/* The owner of the orders to so many workers.  NULL: out of memory; free() where none is asked. */
struct relay_reopen *relay_reopen_new(size_t workers) MUST_USE;

/* A worker's part, on its thread: the order goes back. */
void relay_reopen_do(struct relay_worker *w, struct relay_order *order);

/* An answer, which is freed.  True: it was the last, its owner is freed, and the log was told. */
bool relay_reopen_answered(struct relay_order *order);

#endif
