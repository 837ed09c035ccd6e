/*
 * For a test in which memory runs out, linked with --wrap for malloc, calloc and
 * realloc: the n-th allocation from now on fails, and all after it or only that one.
 */
#ifndef TESTS_FAILING_H
#define TESTS_FAILING_H

#include <stdbool.h>
#include <stddef.h>

static long countdown = -1; /* to the one that fails; 0: all do; < 0: none does */
static bool for_good;       /* all after it fail too */
static bool inside = true;  /* what is tested is at work: else nothing fails, nor counts */

static bool fails(void)
{
	if (!inside || countdown < 0 || (countdown > 0 && --countdown > 0))
		return false;
	if (!for_good)
		countdown = -1;
	return true;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t each);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t each);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t each)
{
	return fails() ? NULL : __real_calloc(n, each);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

#endif
