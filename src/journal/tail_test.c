/*
 * Which file is which.  What else a tail does is tried by what reads through one (reader_test.c,
 * records_test.c).
 */
#include "journal/tail.h"

#include "base/test.h"
#include "os/file.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATE "2026-11-24"
#define NAME "smtp-out-" DATE ".log"

static char root[] = "/tmp/tail-XXXXXX";

static void put(const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/" NAME, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "one\n", 4) != 4)
		abort();
	os_fd_close(&fd);
}

/* A file system of its own, in which files have the numbers that they have in each such. */
static bool disk(const char *name)
{
	if (mkdir(name, 0700) < 0 || mount("none", name, "tmpfs", 0, NULL) < 0)
		return false;
	put(name);
	return true;
}

/* It is followed in one directory, and looked for in another. */
static bool replaced(const char *followed, const char *looked)
{
	CLEANUP(os_fd_close) int from = open(followed, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(os_fd_close) int to = open(looked, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct journal_tail t;

	if (journal_tail_open(from, &journal_day_out, STR(DATE), &t) != ERR_OK)
		abort();
	bool other = journal_tail_replaced(&t, to, &journal_day_out);
	journal_tail_clear(&t);
	return other;
}

static bool say(const char *path, struct str words)
{
	CLEANUP(os_fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && os_file_write(fd, words) == ERR_OK;
}

/* A world of users in which we are root. */
static bool be_root(void)
{
	CLEANUP(buf_free) struct buf user = BUF_MAX(64), group = BUF_MAX(64);

	buf_addf(&user, "0 %u 1", (unsigned)geteuid());
	buf_addf(&group, "0 %u 1", (unsigned)getegid());
	return unshare(CLONE_NEWUSER) == 0 && say("/proc/self/uid_map", buf_str(&user)) &&
	       say("/proc/self/setgroups", STR("deny")) &&
	       say("/proc/self/gid_map", buf_str(&group));
}

/* And a world of mounts. */
static bool be_alone(void)
{
	if ((geteuid() != 0 && !be_root()) || unshare(CLONE_NEWNS) < 0)
		return false;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* Where this user may make file systems. */
static void on_two_disks(void)
{
	struct stat a, b;

	if (!be_alone() || !disk("a") || !disk("b")) {
		(void)fprintf(stderr, "no file systems can be made: not tried\n");
		return;
	}
	CHECK_INT("both are there", stat("a/" NAME, &a) | stat("b/" NAME, &b), 0);
	CHECK_INT("their numbers are the same", a.st_ino == b.st_ino, true);
	CHECK_INT("it is where it was", replaced("a", "a"), false);
	CHECK_INT("another is in its place", replaced("a", "b"), true);
}

int main(void)
{
	if (!mkdtemp(root) || chdir(root) < 0)
		return 1;
	on_two_disks();
	(void)umount2("a", MNT_DETACH);
	(void)umount2("b", MNT_DETACH);
	(void)rmdir("a");
	(void)rmdir("b");
	(void)rmdir(root);
	return TEST_EXIT();
}
