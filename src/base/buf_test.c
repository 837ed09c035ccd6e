#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/test.h"

#include <stdio.h>
#include <string.h>

static void limits(void)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(4);

	buf_add(&b, STR("abcd"));
	CHECK_INT("at the limit", buf_err(&b), ERR_OK);
	buf_addc(&b, 'e');
	CHECK_INT("one past it", buf_err(&b), ERR_LIMIT);
	CHECK_STR("what was there stays", buf_str(&b), STR("abcd"));
	buf_clear(&b);
	buf_addu(&b, 1234);
	CHECK_STR("usable after clear", buf_str(&b), STR("1234"));
	buf_drop(&b, 3);
	CHECK_STR("drop", buf_str(&b), STR("4"));
}

/* What it has is not taken from it, and it gets no more. */
static void lowered(void)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(4096);
	static const char more[100];

	buf_add(&b, STR("abcdefgh"));
	b.max = 4;
	buf_add(&b, (struct str){ more, sizeof(more) });
	CHECK_INT("past it", buf_err(&b), ERR_LIMIT);
	CHECK_STR("what was there stays", buf_str(&b), STR("abcdefgh"));
	CHECK_INT("where it was", (long long)b.cap, 64);
}

static void fits(void)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(4096);

	buf_fit(&b);
	CHECK_INT("nothing of nothing", (long long)b.cap, 0);
	for (size_t i = 0; i < 57; i++)
		buf_addc(&b, 'x');
	buf_fit(&b);
	CHECK_INT("little stays", (long long)b.cap, 64);
	for (size_t i = 0; i < 8; i++)
		buf_addc(&b, 'y');
	buf_fit(&b);
	CHECK_INT("much is given back", (long long)b.cap, 65);
	buf_addc(&b, 'z');
	CHECK_INT("it may grow again", (long long)b.n, 66);
	CHECK_STR("what was there stays", str_skip(buf_str(&b), 56), STR("xyyyyyyyyz"));
}

static void formats(void)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(8192);
	char longer[3000];

	memset(longer, 'x', sizeof(longer));
	buf_addu(&b, UINT64_MAX);
	buf_addc(&b, ' ');
	buf_addu(&b, 0);
	CHECK_STR("numbers", buf_str(&b), STR("18446744073709551615 0"));
	buf_clear(&b);
	buf_addf(&b, "%d%.*s", 7, (int)sizeof(longer), longer);
	CHECK_INT("a long format is whole", (long long)b.n, 3001);
	buf_clear(&b);
	char *room = buf_room(&b, 3);
	memcpy(room, "abc", 3);
	b.n += 2;
	CHECK_STR("room", buf_str(&b), STR("ab"));
}

static void arenas(void)
{
	CLEANUP(arena_clear) struct arena a = ARENA_MAX(10000);
	struct str copy;

	CHECK_INT("copy", arena_str(&a, STR("name"), &copy), ERR_OK);
	CHECK_STR("copy", copy, STR("name"));
	for (size_t i = 0; i < 9; i++) {
		char *p = arena_alloc(&a, 1000);
		CHECK_INT("aligned and zero", p && (uintptr_t)p % 16 == 0 && p[999] == 0, 1);
	}
	CHECK_INT("past the limit", arena_alloc(&a, 1000) == NULL, 1);
	arena_clear(&a);
	CHECK_INT("again after clear", arena_alloc(&a, 9000) != NULL, 1);
}

static void lists(void)
{
	struct list head, a, b;

	list_init(&head);
	list_init(&a);
	list_init(&b);
	CHECK_INT("empty", list_empty(&head) && list_shift(&head) == NULL, 1);
	list_add(&head, &a);
	list_add(&head, &b);
	list_drop(&a);
	list_drop(&a); /* in no list: nothing */
	CHECK_INT("the other is first", list_shift(&head) == &b, 1);
	CHECK_INT("empty again", list_empty(&head), 1);
}

/* What is formatted is what printf makes of it, whether it is done here or there. */
#define CHECK_AS_PRINTF(...)                                                                       \
	do {                                                                                       \
		char want[256];                                                                    \
		struct buf got = BUF_MAX(sizeof(want));                                            \
		int n = snprintf(want, sizeof(want), __VA_ARGS__);                                 \
		buf_addf(&got, __VA_ARGS__);                                                       \
		CHECK_STR("as printf", buf_str(&got), ((struct str){ want, (size_t)n }));          \
		buf_free(&got);                                                                    \
	} while (0)

static void formatted(void)
{
	struct buf small = BUF_MAX(4);

	CHECK_AS_PRINTF("plain");
	CHECK_AS_PRINTF("%s%s", "", "a");
	CHECK_AS_PRINTF("<%.*s> %.*s", 2, "abc", 0, "");
	CHECK_AS_PRINTF("%.*s|%.*s", 5, "a\0bcd", -1, "all");
	CHECK_AS_PRINTF("%u, %zu, %llu", 0u, SIZE_MAX, 1ull << 63);
	CHECK_AS_PRINTF("%u%% of %d, then %s", 50u, -2, "more");
	CHECK_AS_PRINTF("%lld.%03lld ms, %s", 1ll, 2ll, "x");
	CHECK_AS_PRINTF("%us %5u %-3s|", 3u, 4u, "y");
	buf_addf(&small, "%s", "abc");
	buf_addf(&small, "%s%s", "d", "e");
	CHECK_STR("all or nothing", buf_str(&small), STR("abc"));
	CHECK_INT("and it is told", buf_err(&small), ERR_LIMIT);
	buf_free(&small);
}

int main(void)
{
	formatted();
	limits();
	lowered();
	fits();
	formats();
	arenas();
	lists();
	return TEST_EXIT();
}
