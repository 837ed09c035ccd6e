/*
 * Before a program: one allocation of its life fails, that which a test wants.  The file that
 * $NO_MEMORY names holds a number, which each allocation makes one less; the one that makes it 0
 * has no memory.  At 0 and below all have some.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of the GNU C library: what malloc() and the others are there. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);

static _Atomic long none;
static _Atomic long *left = &none;

__attribute__((constructor)) static void map(void)
{
	const char *path = getenv("NO_MEMORY");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *at = fd >= 0 ? mmap(NULL, sizeof(*left), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
			   : MAP_FAILED;

	if (at != MAP_FAILED)
		left = at;
	if (fd >= 0)
		(void)close(fd);
}

static bool fails(void)
{
	if (atomic_load_explicit(left, memory_order_relaxed) <= 0 ||
	    atomic_fetch_sub(left, 1) != 1)
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t each)
{
	return fails() ? NULL : __libc_calloc(n, each);
}

void *realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}
