/*
 * A doubly linked list whose links live in the things that are listed, so
 * that adding cannot fail and dropping needs no search.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#define CONTAINER_OF(p, type, field) ((type *)(void *)((char *)(p)-offsetof(type, field)))

struct list {
	struct list *prev, *next; /* of the head: last and first */
};

/* An empty list, or a link that is in none. */
static inline void list_init(struct list *l)
{
	l->prev = l->next = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

/* Put item, which is in no list, before at: with the head as at, last. */
static inline void list_add(struct list *at, struct list *item)
{
	item->prev = at->prev;
	item->next = at;
	at->prev->next = item;
	at->prev = item;
}

/* Take item out of whatever list it is in, if any. */
static inline void list_drop(struct list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	list_init(item);
}

/* The first item taken out, or NULL. */
static inline struct list *list_shift(struct list *l)
{
	struct list *first = l->next;

	if (first == l)
		return NULL;
	list_drop(first);
	return first;
}

#endif
