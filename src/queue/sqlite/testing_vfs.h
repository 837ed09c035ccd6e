/*
 * A disk that loses power, or is full: an SQLite VFS over the usual one.
 *
 * It remembers, of each file, what is on stable storage, and what was done to
 * it since its last sync.  When power is cut, each of these writes is kept, lost, or torn
 * (some of its sectors kept), in any combination; then the process ends.  A new
 * file may be lost with all in it, and a deleted one come back, until the
 * directory is synced: SQLite's own VFS does so at the first sync of a new log or journal.
 *
 * A sync can fail: of what it was to bring to stable storage some is there, some is not and
 * never will be, as the system takes it for written (as Linux does); the next sync knows
 * nothing of it.
 *
 * Also it can be full: room says how many octets the files may grow by.  The
 * store's reserve is a file that SQLite does not see: what it gives back is added by stat().
 */
#ifndef QUEUE_SQLITE_TESTING_VFS_H
#define QUEUE_SQLITE_TESTING_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define VFS_SECTOR 512
#define VFS_FILES 3

struct vfs_op {
	struct vfs_op *next;
	enum { VFS_WRITE, VFS_TRUNCATE, VFS_CREATE, VFS_UNLINK } kind;
	size_t at, n;
	unsigned char octets[];
};

/* One file by its name: database, journal or log. */
struct vfs_node {
	char path[128];
	bool there; /* on stable storage */
	unsigned char *octets;
	size_t n, cap;
	struct vfs_op *ops, **last; /* since */
};

/* What SQLite holds; the file of the VFS beneath follows. */
struct vfs_file {
	sqlite3_file base;
	struct vfs_node *node; /* NULL: passed through */
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_io_methods io;
	sqlite3_vfs *real;
	struct vfs_node nodes[VFS_FILES];
	uint64_t seed;
	long countdown; /* operations until power is cut; negative: never */
	long good;      /* syncs until some fail, */
	long bad;       /* and how many do */
	bool limited;
	int64_t room;       /* octets, where limited */
	char freed[128];    /* a file whose disappearing blocks are room too */
	int64_t freed_size; /* its size as last counted */
	long refused;       /* writes that found the disk full */
	_Atomic bool lying; /* the system says that there is room */
} vfs;

static inline uint32_t vfs_draw(uint32_t below)
{
	vfs.seed ^= vfs.seed << 13;
	vfs.seed ^= vfs.seed >> 7;
	vfs.seed ^= vfs.seed << 17;
	return (uint32_t)(vfs.seed >> 20) % below;
}

static inline sqlite3_file *vfs_real(sqlite3_file *f)
{
	return (sqlite3_file *)(void *)((struct vfs_file *)(void *)f + 1);
}

static inline struct vfs_node *vfs_node(sqlite3_file *f)
{
	return ((struct vfs_file *)(void *)f)->node;
}

/* Of an empty file, too, the octets are somewhere: no pointer to nothing for the C library. */
static inline void vfs_resize(struct vfs_node *node, size_t n)
{
	if (n > node->cap || !node->octets) {
		node->cap = n * 2 + 1;
		node->octets = realloc(node->octets, node->cap);
		if (!node->octets)
			abort();
	}
	if (n > node->n)
		memset(node->octets + node->n, 0, n - node->n);
	node->n = n;
}

/* Some sectors of it, if torn. */
static inline void vfs_apply_write(struct vfs_node *node, const struct vfs_op *op, bool torn)
{
	for (size_t done = 0; done < op->n;) {
		size_t at = op->at + done;
		size_t n = VFS_SECTOR - at % VFS_SECTOR;
		if (n > op->n - done)
			n = op->n - done;
		if (!torn || vfs_draw(2)) {
			if (node->n < at + n)
				vfs_resize(node, at + n);
			memcpy(node->octets + at, op->octets + done, n);
		}
		done += n;
	}
}

static inline void vfs_apply(struct vfs_node *node, const struct vfs_op *op, bool torn)
{
	switch (op->kind) {
	case VFS_WRITE:
		if (node->there)
			vfs_apply_write(node, op, torn);
		break;
	case VFS_TRUNCATE:
		vfs_resize(node, op->n);
		break;
	case VFS_CREATE:
		node->there = true;
		vfs_resize(node, 0);
		break;
	case VFS_UNLINK:
		node->there = false;
		break;
	}
}

/* All that was done to it reaches stable storage. */
static inline void vfs_reach(struct vfs_node *node)
{
	for (struct vfs_op *op; (op = node->ops);) {
		node->ops = op->next;
		vfs_apply(node, op, false);
		free(op);
	}
	node->last = &node->ops;
}

static inline bool vfs_pending(const struct vfs_node *node, int kind)
{
	for (const struct vfs_op *op = node->ops; op; op = op->next)
		if ((int)op->kind == kind)
			return true;
	return false;
}

/* What was deleted does not come back. */
static inline void vfs_sync_dir(void)
{
	for (size_t i = 0; i < VFS_FILES; i++)
		if (vfs_pending(&vfs.nodes[i], VFS_UNLINK) &&
		    !vfs_pending(&vfs.nodes[i], VFS_CREATE))
			vfs_reach(&vfs.nodes[i]);
}

/* Some of it does. */
static inline void vfs_lose(struct vfs_node *node)
{
	uint32_t kept = vfs_draw(5); /* in 4: 0 none, 4 all */

	for (struct vfs_op *op = node->ops; op; op = op->next) {
		bool keep = vfs_draw(4) < kept;
		if (!keep && op->kind == VFS_CREATE)
			return; /* all that follows was done to a file without a name */
		if (keep)
			vfs_apply(node, op, vfs_draw(4) == 0);
	}
}

static inline void vfs_power_cut(void)
{
	char shm[160];

	for (size_t i = 0; i < VFS_FILES; i++) {
		struct vfs_node *node = &vfs.nodes[i];
		if (!node->path[0])
			continue;
		vfs_lose(node);
		(void)unlink(node->path);
		(void)snprintf(shm, sizeof(shm), "%s-shm", node->path);
		(void)unlink(shm);
		if (!node->there)
			continue;
		FILE *f = fopen(node->path, "wb");
		if (!f || fwrite(node->octets, 1, node->n, f) != node->n || fclose(f) != 0)
			abort();
	}
	_exit(0);
}

static inline void vfs_tick(void)
{
	if (vfs.countdown >= 0 && vfs.countdown-- == 0)
		vfs_power_cut();
}

static inline void vfs_did(struct vfs_node *node, int kind, int64_t at, const void *octets,
			   size_t n)
{
	if (!node)
		return;
	struct vfs_op *op = malloc(sizeof(*op) + (octets ? n : 0));
	if (!op)
		abort();
	*op = (struct vfs_op){ .kind = (unsigned)kind, .at = (size_t)at, .n = n };
	if (octets)
		memcpy(op->octets, octets, n);
	*node->last = op;
	node->last = &op->next;
	vfs_tick();
}

static inline struct vfs_node *vfs_find(const char *path)
{
	for (size_t i = 0; i < VFS_FILES; i++)
		if (strcmp(vfs.nodes[i].path, path) == 0)
			return &vfs.nodes[i];
	for (size_t i = 0; i < VFS_FILES; i++) {
		struct vfs_node *node = &vfs.nodes[i];
		if (node->path[0])
			continue;
		(void)snprintf(node->path, sizeof(node->path), "%s", path);
		node->last = &node->ops;
		FILE *f = fopen(path, "rb");
		struct stat st;
		if (f && fstat(fileno(f), &st) == 0) {
			node->there = true;
			vfs_resize(node, (size_t)st.st_size);
			if (fread(node->octets, 1, node->n, f) != node->n)
				abort();
		}
		if (f)
			(void)fclose(f);
		return node;
	}
	abort();
}

/* Octets that are free, where limited. */
static inline int64_t vfs_room(void)
{
	struct stat st;

	if (vfs.freed[0]) {
		int64_t now = stat(vfs.freed, &st) == 0 ? st.st_size : 0;
		vfs.room += vfs.freed_size - now;
		vfs.freed_size = now;
	}
	return vfs.room;
}

/* Whether the disk bears that f grows to n octets. */
static inline bool vfs_fits(sqlite3_file *f, int64_t n)
{
	sqlite3_int64 size = 0;

	if (!vfs.limited || vfs_real(f)->pMethods->xFileSize(vfs_real(f), &size) != SQLITE_OK ||
	    n <= size)
		return true;
	if (n - size > vfs_room()) {
		vfs.refused++;
		return false;
	}
	vfs.room -= n - size;
	return true;
}

static inline int vfs_close(sqlite3_file *f)
{
	return vfs_real(f)->pMethods->xClose(vfs_real(f));
}

static inline int vfs_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return vfs_real(f)->pMethods->xRead(vfs_real(f), p, n, at);
}

static inline int vfs_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	if (!vfs_fits(f, at + n))
		return SQLITE_FULL;
	vfs_did(vfs_node(f), VFS_WRITE, at, p, (size_t)n);
	return vfs_real(f)->pMethods->xWrite(vfs_real(f), p, n, at);
}

static inline int vfs_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	sqlite3_int64 size = 0;

	if (vfs_real(f)->pMethods->xFileSize(vfs_real(f), &size) == SQLITE_OK && size > n)
		vfs.room += size - n;
	vfs_did(vfs_node(f), VFS_TRUNCATE, 0, NULL, (size_t)n);
	return vfs_real(f)->pMethods->xTruncate(vfs_real(f), n);
}

/* Writes that a sync was to bring to stable storage: some of them reach it. */
static inline void vfs_spoil(struct vfs_node *node)
{
	for (struct vfs_op *op; (op = node->ops);) {
		node->ops = op->next;
		if (op->kind != VFS_WRITE || vfs_draw(2))
			vfs_apply(node, op, op->kind == VFS_WRITE && vfs_draw(2));
		free(op);
	}
	node->last = &node->ops;
}

static inline bool vfs_sync_fails(void)
{
	if (vfs.good > 0) {
		vfs.good--;
		return false;
	}
	return vfs.bad > 0 && vfs.bad--;
}

/* The real sync is left out: it is this file that says what is durable. */
static inline int vfs_sync(sqlite3_file *f, int flags)
{
	(void)flags;
	vfs_tick();
	if (vfs_node(f) && vfs_sync_fails()) {
		vfs_spoil(vfs_node(f));
		return SQLITE_IOERR_FSYNC;
	}
	if (vfs_node(f) && vfs_pending(vfs_node(f), VFS_CREATE))
		vfs_sync_dir();
	if (vfs_node(f))
		vfs_reach(vfs_node(f));
	return SQLITE_OK;
}

static inline int vfs_size(sqlite3_file *f, sqlite3_int64 *n)
{
	return vfs_real(f)->pMethods->xFileSize(vfs_real(f), n);
}

static inline int vfs_lock(sqlite3_file *f, int how)
{
	return vfs_real(f)->pMethods->xLock(vfs_real(f), how);
}

static inline int vfs_unlock(sqlite3_file *f, int how)
{
	return vfs_real(f)->pMethods->xUnlock(vfs_real(f), how);
}

static inline int vfs_reserved(sqlite3_file *f, int *out)
{
	return vfs_real(f)->pMethods->xCheckReservedLock(vfs_real(f), out);
}

/* Growing a file ahead of its writes would be a write that we do not see. */
static inline int vfs_control(sqlite3_file *f, int op, void *arg)
{
	if (op == SQLITE_FCNTL_SIZE_HINT)
		return SQLITE_OK;
	return vfs_real(f)->pMethods->xFileControl(vfs_real(f), op, arg);
}

static inline int vfs_sector_size(sqlite3_file *f)
{
	return vfs_real(f)->pMethods->xSectorSize(vfs_real(f));
}

static inline int vfs_character(sqlite3_file *f)
{
	return vfs_real(f)->pMethods->xDeviceCharacteristics(vfs_real(f));
}

static inline int vfs_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	return vfs_real(f)->pMethods->xShmMap(vfs_real(f), page, size, extend, out);
}

static inline int vfs_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	return vfs_real(f)->pMethods->xShmLock(vfs_real(f), at, n, flags);
}

static inline void vfs_shm_barrier(sqlite3_file *f)
{
	vfs_real(f)->pMethods->xShmBarrier(vfs_real(f));
}

static inline int vfs_shm_unmap(sqlite3_file *f, int drop)
{
	return vfs_real(f)->pMethods->xShmUnmap(vfs_real(f), drop);
}

static inline int vfs_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *out)
{
	struct vfs_file *file = (struct vfs_file *)(void *)f;
	int ours = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;

	(void)v;
	*file = (struct vfs_file){ .node = path && flags & ours ? vfs_find(path) : NULL };
	bool is_new = path && access(path, F_OK) < 0;
	int rc = vfs.real->xOpen(vfs.real, path, vfs_real(f), flags, out);
	if (!vfs_real(f)->pMethods)
		return rc;
	f->pMethods = &vfs.io;
	if (is_new && rc == SQLITE_OK)
		vfs_did(file->node, VFS_CREATE, 0, NULL, 0);
	return rc;
}

static inline int vfs_delete(sqlite3_vfs *v, const char *path, int sync_dir)
{
	struct vfs_node *node = vfs_find(path);
	struct stat st;

	(void)v;
	vfs.room += stat(path, &st) == 0 ? st.st_size : 0;
	vfs_did(node, VFS_UNLINK, 0, NULL, 0);
	int rc = vfs.real->xDelete(vfs.real, path, 0);
	if (rc == SQLITE_OK && sync_dir)
		vfs_reach(node);
	return rc;
}

/* From now on SQLite of this process uses it. */
static inline void vfs_install(uint64_t seed)
{
	vfs.real = sqlite3_vfs_find(NULL);
	vfs.seed = seed | 1;
	vfs.countdown = -1;
	vfs.io = (sqlite3_io_methods){
		.iVersion = 2,
		.xClose = vfs_close,
		.xRead = vfs_read,
		.xWrite = vfs_write,
		.xTruncate = vfs_truncate,
		.xSync = vfs_sync,
		.xFileSize = vfs_size,
		.xLock = vfs_lock,
		.xUnlock = vfs_unlock,
		.xCheckReservedLock = vfs_reserved,
		.xFileControl = vfs_control,
		.xSectorSize = vfs_sector_size,
		.xDeviceCharacteristics = vfs_character,
		.xShmMap = vfs_shm_map,
		.xShmLock = vfs_shm_lock,
		.xShmBarrier = vfs_shm_barrier,
		.xShmUnmap = vfs_shm_unmap,
	};
	vfs.vfs = *vfs.real;
	vfs.vfs.pNext = NULL;
	vfs.vfs.zName = "testing";
	vfs.vfs.szOsFile = vfs.real->szOsFile + (int)sizeof(struct vfs_file);
	vfs.vfs.xOpen = vfs_open;
	vfs.vfs.xDelete = vfs_delete;
	if (sqlite3_vfs_register(&vfs.vfs, 1) != SQLITE_OK)
		abort();
}

static inline void vfs_cut(long operations)
{
	vfs.countdown = operations;
}

static inline void vfs_fail(long good, long bad)
{
	vfs.good = good;
	vfs.bad = bad;
}

static inline bool vfs_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The size of the reserve beside a database; -1: there is none. */
static inline int64_t vfs_set_aside(const char *path)
{
	char name[140];
	struct stat st;

	(void)snprintf(name, sizeof(name), "%s-reserve", path);
	return stat(name, &st) == 0 ? st.st_size : -1;
}

static inline void vfs_limit(const char *path, int64_t octets)
{
	vfs.limited = octets >= 0;
	vfs.room = octets;
	(void)snprintf(vfs.freed, sizeof(vfs.freed), "%s-reserve", path);
	vfs.freed_size = vfs_set_aside(path) > 0 ? vfs_set_aside(path) : 0;
}

static inline long vfs_refused(void)
{
	return vfs.refused;
}

static inline void vfs_lie(bool lying)
{
	vfs.lying = lying;
}

/* In place of the system's: the store asks the disk that it writes to. */
int fstatvfs(int fd, struct statvfs *st)
{
	(void)fd;
	int64_t room = vfs.limited && !vfs.lying ? vfs_room() : (int64_t)1 << 40;
	*st = (struct statvfs){ .f_frsize = 4096, .f_bavail = (fsblkcnt_t)room / 4096 };
	return 0;
}

#endif
