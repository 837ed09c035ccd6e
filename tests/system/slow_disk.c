/*
 * Before a program: its disk is as slow, or as bad, as a test wants.  While the FIFO that $SLOW_DISK names is there
 * nothing becomes durable: each sync waits until somebody opens it for writing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void wait_for_disk(void)
{
	const char *path = getenv("SLOW_DISK");
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
	wait_for_disk();
	return is_bad() ? (errno = EIO, -1) : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	wait_for_disk();
	return is_bad() ? (errno = EIO, -1) : (int)syscall(SYS_fdatasync, fd);
}
