/*
 * What is compressed is read back and held against the original before that goes: it may be all
 * that tells what became of a message.
 *
 * Where both are there, either a crash came between the last two steps, and the compressed one
 * holds the other; or the clock was set back, and the day goes on in a file that was made anew:
 * then both become one.
 */
#include "journal/shrink.h"

#include "base/time.h"
#include "journal/beside.h"
#include "journal/held.h"
#include "journal/journal.h"
#include "journal/pack.h"
#include "journal/session.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const struct journal_day_kind *const kinds[] = { &journal_day_out, &journal_day_in,
							&journal_day_records };

/* Which file it is that is looked at. */
struct subject {
	int dir;
	const struct journal_day_kind *kind;
	struct str date;
	char plain[JOURNAL_NAME], packed[JOURNAL_NAME];
	const atomic_bool *stop;
};

static const struct journal_day_kind *kind_of(struct str name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (journal_day_of(kinds[i], name).n)
			return kinds[i];
	return NULL;
}

/* The first name after the one in out->name whose day is over. */
static enum err find(int dir, int64_t after_ms, int64_t now_wall_ms, struct journal_shrunk *out)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct str last = str_of(out->name);
	char best[JOURNAL_NAME] = "";
	int failed;

	if (!d) {
		os_fd_close(&fd);
		return ERR_IO;
	}
	for (struct dirent *e; (e = os_file_entry(d, &failed)) != NULL;) {
		struct str name = str_of(e->d_name);
		const struct journal_day_kind *kind = kind_of(name);
		if (!kind || str_cmp(name, last) <= 0 ||
		    (best[0] && str_cmp(name, str_of(best)) >= 0) ||
		    !journal_day_is_over(journal_day_of(kind, name), after_ms, now_wall_ms))
			continue;
		(void)str_copy(best, sizeof(best), name);
	}
	(void)closedir(d);
	memcpy(out->name, best, sizeof(best));
	errno = failed;
	return failed ? ERR_IO : ERR_OK;
}

static size_t block_size(const void *arg, struct str *s, bool at_end, enum journal_ending ending)
{
	(void)arg;
	return journal_session_block(*s, at_end, ending);
}

static enum err pack_all(const struct subject *s, struct journal_tail *t, int fd)
{
	CLEANUP(journal_pack_free) struct journal_pack *p = NULL;
	journal_tail_size *size = s->kind == &journal_day_records ? journal_tail_line : block_size;
	enum err e = journal_pack_new(fd, s->kind, &p);
	struct str piece;

	while (e == ERR_OK) {
		if (atomic_load_explicit(s->stop, memory_order_relaxed)) {
			errno = ECANCELED;
			return ERR_IO;
		}
		e = journal_tail_take(t, size, NULL, JOURNAL_BY_FILE, &piece);
		if (e == ERR_OK && piece.n == 0)
			return journal_pack_end(p);
		if (e == ERR_OK)
			e = journal_pack_add(p, piece);
	}
	return e;
}

/* The same file, read from its start. */
static enum err again(int fd, struct journal_unpack **out)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? ERR_IO : journal_unpack_new(copy, out);
}

/* Whether what was written begins with all that was compressed before. */
static enum err begins(int fd, int before, bool *does)
{
	CLEANUP(journal_unpack_free) struct journal_unpack *u = NULL, *first = NULL;
	enum err e = again(fd, &u);

	if (e == ERR_OK)
		e = again(before, &first);
	return e == ERR_OK ? journal_begins(u, first, does) : e;
}

/* Whether what was written holds all of the original, behind what was compressed before. */
static enum err verify(int fd, const struct journal_tail *t)
{
	CLEANUP(journal_unpack_free) struct journal_unpack *u = NULL;
	bool held = false, does = true;
	enum err e = again(fd, &u);

	if (e == ERR_OK)
		e = journal_held(u, t->fd, &held);
	if (e == ERR_OK && t->packed)
		e = begins(fd, journal_unpack_fd(t->packed), &does);
	if (e == ERR_OK && (!held || !does)) {
		errno = EIO;
		return ERR_IO;
	}
	return e;
}

/* While nobody appends. */
static enum err unlink_plain(const struct subject *s, off_t size)
{
	struct stat st;

	if (fstatat(s->dir, s->plain, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	if (st.st_size != size)
		return ERR_OK; /* both are read until the next time */
	return unlinkat(s->dir, s->plain, 0) < 0 ? ERR_IO : ERR_OK;
}

/*
 * The original goes, unless something was written to it meanwhile.  Whoever still has it open, as
 * the clock was set back, writes to another one from then on.
 */
static enum err drop_plain(const struct subject *s, off_t size)
{
	journal_hold();
	enum err e = unlink_plain(s, size);
	journal_release();
	return e;
}

static enum err is_room(const struct subject *s, uint64_t octets)
{
	struct statvfs disk;

	if (fstatvfs(s->dir, &disk) < 0)
		return ERR_IO;
	if ((uint64_t)disk.f_bavail * disk.f_frsize >= octets / 2)
		return ERR_OK;
	errno = ENOSPC;
	return ERR_IO;
}

static enum err replace(const struct subject *s, struct journal_tail *t, struct journal_shrunk *out)
{
	CLEANUP(journal_beside_clear) struct journal_beside b = { .fd = -1 };
	struct stat st = { 0 };
	enum err e = is_room(s, out->before);

	if (e == ERR_OK)
		e = journal_beside_open(s->dir, s->packed, &b);
	if (e == ERR_OK)
		e = pack_all(s, t, b.fd);
	if (e == ERR_OK && t->packed && journal_unpack_wrong(t->packed))
		e = ERR_SYNTAX;
	if (e == ERR_OK)
		e = journal_beside_ready(&b, t->fd);
	if (e == ERR_OK)
		e = verify(b.fd, t);
	if (e == ERR_OK && fstat(b.fd, &st) < 0)
		e = ERR_IO;
	if (e == ERR_OK)
		e = journal_beside_put(&b, -1, 0);
	if (e == ERR_OK)
		e = drop_plain(s, (off_t)out->before);
	out->after = e == ERR_OK ? (uint64_t)st.st_size : 0;
	return e;
}

static enum err shrink(const struct subject *s, struct journal_shrunk *out)
{
	struct journal_tail t;
	struct stat st;

	if (fstatat(s->dir, s->plain, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	out->before = (uint64_t)st.st_size;
	journal_beside_drop(s->dir, s->packed);
	if (!S_ISREG(st.st_mode))
		return ERR_OK;
	enum err e = journal_tail_open(s->dir, s->kind, s->date, &t);
	if (e == ERR_OK && t.packed && t.fd < 0)
		e = drop_plain(s, st.st_size);
	else if (e == ERR_OK && t.fd >= 0 && (t.packed || out->before >= JOURNAL_SHRINK_LEAST))
		e = replace(s, &t, out);
	journal_tail_clear(&t);
	return e;
}

enum err journal_shrink(const char *path, int64_t after_ms, int64_t now_wall_ms,
			const atomic_bool *stop, struct journal_shrunk *out)
{
	CLEANUP(os_fd_close) int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct subject s = { .dir = dir, .stop = stop };

	out->before = out->after = 0;
	enum err e = dir < 0 ? ERR_IO : find(dir, after_ms, now_wall_ms, out);
	if (e != ERR_OK)
		out->name[0] = '\0'; /* which would be the next cannot be told */
	if (!out->name[0])
		return e;
	s.kind = kind_of(str_of(out->name));
	s.date = journal_day_of(s.kind, str_of(out->name));
	journal_day_name(s.kind, s.date, s.plain);
	journal_day_packed(s.kind, s.date, s.packed);
	return shrink(&s, out);
}
