/*
 * Before a program: its disk is as slow, or as bad, as a test wants.  While the FIFO that
 * $SLOW_DISK names is there nothing becomes durable: each sync waits until somebody opens it for
 * writing.  $SLOW_SPOOL is another, for what is written to a file of the spool.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void wait_for_disk(const char *gate)
{
	const char *path = getenv(gate);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd >= 0)
		(void)close(fd);
}

/* While the file that $BAD_DISK names is there no sync succeeds. */
static bool is_bad(void)
{
	const char *path = getenv("BAD_DISK");
	struct stat st;

	return path && stat(path, &st) == 0;
}

int fsync(int fd)
{
	wait_for_disk("SLOW_DISK");
	return is_bad() ? (errno = EIO, -1) : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	wait_for_disk("SLOW_DISK");
	return is_bad() ? (errno = EIO, -1) : (int)syscall(SYS_fdatasync, fd);
}

static bool is_of_spool(int fd)
{
	char link[64], path[4096];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	return strstr(path, "/queue.db-spool/") != NULL;
}

ssize_t pwrite(int fd, const void *octets, size_t n, off_t at)
{
	if (is_of_spool(fd))
		wait_for_disk("SLOW_SPOOL");
	return syscall(SYS_pwrite64, fd, octets, n, at);
}

ssize_t pwrite64(int fd, const void *octets, size_t n, off64_t at)
{
	return pwrite(fd, octets, n, at);
}
