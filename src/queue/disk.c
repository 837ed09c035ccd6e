#include "queue/disk.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#define PATH_SIZE 4096
#define MIB ((unsigned long long)1 << 20)

/* The directory of path, or the first above it that is there. */
static enum err ask(const char *path, struct statvfs *st)
{
	char dir[PATH_SIZE];

	if (!str_copy(dir, sizeof(dir), str_of(path))) {
		errno = ENAMETOOLONG;
		return ERR_IO;
	}
	for (char *slash; (slash = strrchr(dir, '/')) != NULL;) {
		slash[slash == dir] = '\0';
		if (statvfs(dir, st) == 0)
			return ERR_OK;
		if (errno != ENOENT || slash == dir)
			return ERR_IO;
	}
	return statvfs(".", st) == 0 ? ERR_OK : ERR_IO;
}

enum err queue_disk_read(const char *store, struct queue_disk *out)
{
	const char *colon = strchr(store, ':');
	const char *path = colon ? colon + 1 : store;
	struct statvfs st;

	if (ask(path, &st) != ERR_OK)
		return ERR_IO;
	*out = (struct queue_disk){ .path = path, .free = (uint64_t)st.f_bavail * st.f_frsize };
	return ERR_OK;
}

bool queue_disk_short(const struct queue_disk *d)
{
	return d->free < QUEUE_DISK_RESERVE;
}

void queue_disk_words(struct buf *out, const struct queue_disk *d)
{
	buf_addf(out, "%s: %llu MiB are free on its disk", d->path, d->free / MIB);
	if (queue_disk_short(d))
		buf_addf(out,
			 ", %llu MiB are left free for delivery: new mail is answered 452 4.3.1; "
			 "make room there, or move the queue (queue { store = ... })",
			 QUEUE_DISK_RESERVE / MIB);
}
