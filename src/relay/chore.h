/*
 * Work that has to wait for a disk, or takes long, on threads of its own: no loop waits for it.  A
 * chore comes back as a letter.  There are few threads, begun when they are first needed, and a
 * bound on what waits for them.
 */
#ifndef RELAY_CHORE_H
#define RELAY_CHORE_H

#include "relay/post.h"
#include "relay/turns.h"

struct relay_chores;

/* RELAY_LETTER_CHORE: embedded in what is to be done. */
struct relay_chore {
	struct relay_letter letter;
	struct relay_turn turn; /* where they take turns */
	struct loop_mailbox *back;
	void (*work)(struct relay_chore *c);              /* on one of the threads */
	void (*done)(void *owner, struct relay_chore *c); /* on back's thread */
	void *owner;
};

/* At most waiting_max wait.  drop (or NULL) frees what waits at the end.  NULL: out of memory. */
struct relay_chores *relay_chores_new(size_t waiting_max, void (*drop)(struct relay_chore *c))
	MUST_USE;

/* From now on, and before any is given: addresses take turns.  Else who comes first is first. */
void relay_chores_take_turns(struct relay_chores *c);

/* What waits is dropped: nobody must wait for it. */
void relay_chores_free(struct relay_chores **c);

/* Have it done.  ERR_LIMIT: too many wait; ERR_NOMEM: there is no thread; it stays whose it was. */
enum err relay_chores_give(struct relay_chores *all, struct relay_chore *c) MUST_USE;

#endif
