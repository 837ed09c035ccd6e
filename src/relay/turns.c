#include "relay/turns.h"

void relay_turns_init(struct relay_turns *t)
{
	list_init(&t->waiting);
	list_init(&t->under_way);
	t->round = 0;
}

static struct relay_turn *turn_of(struct list *item)
{
	return CONTAINER_OF(item, struct relay_turn, link);
}

/* The round after the last of that address in there, or round if that is later. */
static uint64_t after(struct list *all, const struct ip *of, uint64_t round)
{
	for (struct list *i = all->next; i != all; i = i->next)
		if (ip_eq(&turn_of(i)->of, of) && turn_of(i)->round >= round)
			round = turn_of(i)->round + 1;
	return round;
}

/* Rounds go on with those that begin: who waits is not overtaken for ever by who is new. */
void relay_turns_add(struct relay_turns *t, struct relay_turn *one)
{
	one->round = after(&t->under_way, &one->of, t->round + 1);
	one->round = after(&t->waiting, &one->of, one->round);
	list_init(&one->link);
	list_add(&t->waiting, &one->link);
}

static bool is_busy(struct relay_turns *t, const struct ip *of)
{
	for (struct list *i = t->under_way.next; i != &t->under_way; i = i->next)
		if (ip_eq(&turn_of(i)->of, of))
			return true;
	return false;
}

static bool goes_before(struct relay_turns *t, const struct relay_turn *a,
			const struct relay_turn *b)
{
	if (a->suspect != b->suspect)
		return b->suspect;
	bool a_busy = is_busy(t, &a->of), b_busy = is_busy(t, &b->of);

	return a_busy != b_busy ? b_busy : a->round < b->round;
}

struct relay_turn *relay_turns_next(struct relay_turns *t)
{
	struct relay_turn *best = NULL;

	for (struct list *i = t->waiting.next; i != &t->waiting; i = i->next)
		if (!best || goes_before(t, turn_of(i), best))
			best = turn_of(i);
	if (!best)
		return NULL;
	list_drop(&best->link);
	list_add(&t->under_way, &best->link);
	if (best->round > t->round)
		t->round = best->round;
	return best;
}

void relay_turns_done(struct relay_turn *one)
{
	list_drop(&one->link);
}
