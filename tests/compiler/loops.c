/*
 * A loop over two arrays of one static object, of elements of two sizes.  What it stores has to be
 * there afterwards: gcc 12 by itself (-O1, -O2) leaves fill() out, and so may do the same with code
 * of ours that looks like it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

static struct {
	size_t n, last[12];
	bool settled[12];
} b;

static __attribute__((noinline)) void fill(size_t word)
{
	for (size_t i = 0; i < b.n; i++)
		if (!b.last[i]) {
			b.last[i] = word;
			b.settled[i] = word != 1;
		}
}

int main(int argc, char **argv)
{
	(void)argv;
	b.n = (size_t)argc;
	fill(3);
	if (b.last[0] == 3 && b.settled[0])
		return 0;
	(void)fprintf(stderr, "the compiler left out a call that stores: see meson.build\n");
	return 1;
}
