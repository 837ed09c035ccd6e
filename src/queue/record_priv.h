/*
 * An envelope as octets: what of a message never changes once it is accepted,
 * but for its content.
 *
 * Shape   envelope  = string(from) string(envid) number(n) n * recipient [ string(user) ]
 *         recipient = string(to) string(orcpt) number(notify)
 *         string    = number(length) octets
 *         number    = seven bits an octet, lowest first, 0x80 on all but the last
 *         a user that is there is not empty; who wrote before there were users wrote none
 * Limits  a number has at most 32 bits and no octets it does not need, so an
 *         envelope has one form.
 */
#ifndef QUEUE_RECORD_PRIV_H
#define QUEUE_RECORD_PRIV_H

#include "base/arena.h"
#include "queue/message.h"

/* Append the envelope of m. */
void queue_record_write(struct buf *out, const struct queue_message *m);

/*
 * Read it into the fields of *out named above and leave the others alone.  The recipients
 * are in the arena and never tried; strings point into octets.
 * ERR_SYNTAX, also for anything after the end; ERR_NOMEM.
 */
enum err queue_record_read(struct str octets, struct arena *a, struct queue_message *out) MUST_USE;

#endif
