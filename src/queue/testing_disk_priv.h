/*
 * A disk in our hand, for each store of testing_priv.h, in its order: it loses power, fails to
 * sync, or is full.  What a store brings for that is a header in its folder.
 */
#ifndef QUEUE_TESTING_DISK_PRIV_H
#define QUEUE_TESTING_DISK_PRIV_H

#include "queue/sqlite/testing_vfs.h"

struct testing_disk {
	/* From now on the store in this process writes to a disk of ours, drawn from the seed. */
	void (*install)(uint64_t seed);
	/* Power is cut after so many operations: what was not synced is lost, kept or torn, and the
	 * process ends with 0. */
	void (*cut)(long operations);
	/* So many syncs more are good, then so many fail: what they were for is lost, or is not. */
	void (*fail)(long good, long bad);
	/* Something is kept at where. */
	bool (*there)(const char *where);
	/* It bears so many octets more, but for what is set aside at where; negative: any. */
	void (*limit)(const char *where, int64_t octets);
	/* Octets that are left; writes that found it full; octets set aside at where. */
	int64_t (*room)(void);
	long (*refused)(void);
	int64_t (*reserved)(const char *where);
	/* The system says that there is room, whether there is or not. */
	void (*lie)(bool lying);
};

static const struct testing_disk testing_disks[] = {
	{ vfs_install, vfs_cut, vfs_fail, vfs_there, vfs_limit, vfs_room, vfs_refused,
	  vfs_set_aside, vfs_lie },
};

#endif
