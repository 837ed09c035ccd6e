/*
 * Whose login is judged next, where many wait: addresses take turns.  An address from which wrong
 * passwords came lately goes behind all others, one that has a login under way behind those that
 * have none; else each address has one, then each a second one.  It depends on nothing else: no
 * name is learnt from it.
 *
 * Pure; the caller has the lock.  Each call costs as much as there is that waits.
 */
#ifndef RELAY_TURNS_H
#define RELAY_TURNS_H

#include "base/err.h"
#include "base/ip.h"
#include "base/list.h"

#include <stdint.h>

/* Embedded in what waits; of and suspect are the caller's. */
struct relay_turn {
	struct list link;
	struct ip of;   /* the network that counts as one client */
	bool suspect;   /* wrong passwords came from it lately */
	uint64_t round; /* when it is its turn */
};

struct relay_turns {
	struct list waiting, under_way; /* struct relay_turn, first come first */
	uint64_t round;                 /* the latest that has begun */
};

void relay_turns_init(struct relay_turns *t);

/* One more that waits; borrowed until it is done. */
void relay_turns_add(struct relay_turns *t, struct relay_turn *one);

/* Whose turn it is: it is under way from now on.  NULL: nobody waits. */
struct relay_turn *relay_turns_next(struct relay_turns *t) MUST_USE;

/* What was under way is done. */
void relay_turns_done(struct relay_turn *one);

#endif
