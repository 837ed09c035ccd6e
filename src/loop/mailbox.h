/*
 * Things handed from any thread to one loop's thread.  A hand-over is a move:
 * who posts an item does not touch it again.
 */
#ifndef LOOP_MAILBOX_H
#define LOOP_MAILBOX_H

#include "base/err.h"
#include "base/list.h"
#include "loop/loop.h"

struct loop_mailbox;

/* fn is called on l's thread with each item, in the order of posting, link unlinked. */
struct loop_mailbox *loop_mailbox_new(struct loop *l, void (*fn)(void *arg, struct list *item),
				      void *arg) MUST_USE;

/* Items not yet taken are left to *rest where it is not NULL (a list head), else forgotten. */
void loop_mailbox_free(struct loop_mailbox **m, struct list *rest);

/* Any thread.  Cannot fail.  Once the item is had, or given back, m is not touched any more. */
void loop_mailbox_post(struct loop_mailbox *m, struct list *item);

/*
 * The same in two steps, for whoever posts many things at once: only loop_mailbox_wake() wakes,
 * each loop once, and has to follow soon.  Of all threads that post to m one alone may do so, and m
 * has to be there until it is woken.
 */
void loop_mailbox_put(struct loop_mailbox *m, struct list *item, struct list *unwoken);
void loop_mailbox_wake(struct list *unwoken);

#endif
