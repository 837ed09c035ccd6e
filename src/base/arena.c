#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_OCTETS 4096

struct arena_block {
	struct arena_block *older;
	size_t used, cap;
	alignas(max_align_t) char octets[];
};

static struct arena_block *block_new(struct arena *a, size_t n)
{
	size_t cap = n > BLOCK_OCTETS ? n : BLOCK_OCTETS;
	struct arena_block *b = malloc(sizeof(*b) + cap);

	if (!b)
		return NULL;
	*b = (struct arena_block){ .older = a->blocks, .cap = cap };
	a->blocks = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t align = alignof(max_align_t);

	if (n > a->max || a->used > a->max - n)
		return NULL;
	size_t whole = (n + align - 1) / align * align;
	struct arena_block *b = a->blocks;
	if (!b || whole > b->cap - b->used)
		b = block_new(a, whole);
	if (!b)
		return NULL;
	void *p = b->octets + b->used;
	b->used += whole;
	a->used += n;
	return memset(p, 0, n);
}

enum err arena_str(struct arena *a, struct str s, struct str *out)
{
	char *p = arena_alloc(a, s.n + 1);

	if (!p)
		return ERR_NOMEM;
	if (s.n)
		memcpy(p, s.p, s.n);
	*out = (struct str){ p, s.n };
	return ERR_OK;
}

void arena_clear(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *older = a->blocks->older;
		free(a->blocks);
		a->blocks = older;
	}
	a->used = 0;
}
