/*
 * A message that is spooled, made 7-bit (message/sevenbit.h): it is read twice on a thread that may
 * wait for a disk (relay/chore), and what becomes of it is in a second file of the spool, as long
 * as somebody sends it.
 *
 * A chore does a stretch of it and comes back, so that no other waits for the whole of a large
 * one.  What goes is freed on such a thread, too.  A crash leaves a file of which no message knows,
 * which the next start removes.
 */
#ifndef RELAY_CONVERSION_H
#define RELAY_CONVERSION_H

#include "queue/queue.h"
#include "relay/worker.h"
#include "smtp/envelope.h"

struct relay_conversion;

/*
 * Begin with m, which is spooled; done(arg) is called once, on the worker's thread, and never from
 * within.  ERR_NOMEM, ERR_LIMIT: there is no room for it in memory.
 */
enum err relay_conversion_new(struct relay_worker *w, const struct queue_message *m,
			      void (*done)(void *arg), void *arg, struct relay_conversion **out)
	MUST_USE;

/* Whether done was called or not, it is not called any more.  Sets NULL; NULL is fine. */
void relay_conversion_free(struct relay_conversion **c);

/* What came of it. */
struct relay_conversion_end {
	/*
	 * ERR_SYNTAX: m is damaged; ERR_LIMIT: the disk is short; ERR_IO, ERR_NOMEM.  All else is
	 * there with ERR_OK alone.
	 */
	enum err err;
	enum smtp_body body;
	/* SMTP_BODY_CONVERTED: */
	struct smtp_elsewhere elsewhere;
	const struct queue_spooled *spooled; /* borrowed */
};

/* Once done was called. */
struct relay_conversion_end relay_conversion_end(const struct relay_conversion *c);

#endif
