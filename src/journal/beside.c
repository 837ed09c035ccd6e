#include "journal/beside.h"

#include "journal/journal.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM (JOURNAL_NAME + sizeof(JOURNAL_BESIDE))

static void new_name(const struct journal_beside *b, char name[static ROOM])
{
	(void)snprintf(name, ROOM, "%s" JOURNAL_BESIDE, b->name);
}

enum err journal_beside_open(int dir, const char *name, struct journal_beside *out)
{
	char aside[ROOM];

	*out = (struct journal_beside){ .dir = dir, .name = name };
	new_name(out, aside);
	out->fd = openat(dir, aside, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	return out->fd < 0 ? ERR_IO : ERR_OK;
}

enum err journal_beside_ready(struct journal_beside *b, int from)
{
	struct stat st;

	if (fstat(from, &st) < 0 || fchmod(b->fd, st.st_mode & 07777) < 0)
		return ERR_IO;
	if ((st.st_uid != geteuid() || st.st_gid != getegid()) &&
	    fchown(b->fd, st.st_uid, st.st_gid) < 0)
		return ERR_IO;
	const struct timespec times[2] = { st.st_atim, st.st_mtim };
	return futimens(b->fd, times) < 0 || fsync(b->fd) < 0 ? ERR_IO : ERR_OK;
}

/* While nobody appends. */
static enum err put(const struct journal_beside *b, int was, off_t octets)
{
	char aside[ROOM];
	struct stat st;

	if (was >= 0 && fstat(was, &st) < 0)
		return ERR_IO;
	if (was >= 0 && st.st_size != octets) {
		errno = EAGAIN;
		return ERR_IO;
	}
	new_name(b, aside);
	return renameat(b->dir, aside, b->dir, b->name) < 0 ? ERR_IO : ERR_OK;
}

enum err journal_beside_put(struct journal_beside *b, int was, off_t octets)
{
	journal_hold();
	enum err e = put(b, was, octets);
	journal_release();
	if (e != ERR_OK)
		return e;
	os_fd_close(&b->fd);
	return fsync(b->dir) < 0 ? ERR_IO : ERR_OK;
}

void journal_beside_drop(int dir, const char *name)
{
	const struct journal_beside b = { .name = name };
	char aside[ROOM];
	int saved = errno;

	new_name(&b, aside);
	(void)unlinkat(dir, aside, 0);
	errno = saved;
}

void journal_beside_clear(struct journal_beside *b)
{
	if (b->fd < 0)
		return;
	os_fd_close(&b->fd);
	journal_beside_drop(b->dir, b->name);
}
