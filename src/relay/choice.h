/*
 * The recipients of a message that are to be tried: what is demanded for each, and which of them go
 * together (schedule/part.h).
 */
#ifndef RELAY_CHOICE_H
#define RELAY_CHOICE_H

#include "base/arena.h"
#include "queue/message.h"
#include "routing/settings.h"
#include "schedule/part.h"

/*
 * *out has the *n that wait, sorted, for the caller to free().  Domains lie in names, or in m where
 * they stand as they are wanted; demands point into s.  Charsets that criteria could not read are
 * appended to undecoded.  ERR_NOMEM.
 */
enum err relay_choice_make(const struct routing_settings *s, const struct queue_message *m,
			   struct arena *names, struct buf *undecoded, struct schedule_choice **out,
			   size_t *n) MUST_USE;

#endif
