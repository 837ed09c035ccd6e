/*
 * The format is https://www.sqlite.org/fileformat2.html#the_write_ahead_log: a header of 32 octets,
 * then frames of 24 octets and a page.  The checksum of a frame goes on from that of the one
 * before it, which stands in that one: so a frame beyond a damaged one can be judged by itself.
 */
#include "queue/sqlite/log_priv.h"

#include "os/file.h"
#include "queue/sqlite/db_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC 0x377f0682u /* its lowest bit: checksums are of big-endian words */
#define HEADER 32u
#define FRAME 24u
#define PAGE_MIN 512u
#define PAGE_MAX 65536u
#define PATH_SIZE 4200
#define KEPT "-wal-damaged"

struct sum {
	uint32_t a, b;
};

struct walk {
	int fd;
	bool big_endian;
	size_t page;
	uint32_t salt[2];
	uint8_t *frame; /* FRAME + page octets */
};

static uint32_t big(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t word(const uint8_t *p, bool big_endian)
{
	return big_endian ? big(p) : __builtin_bswap32(big(p));
}

/* n is a multiple of 8. */
static void add(struct sum *s, const uint8_t *p, size_t n, bool big_endian)
{
	for (size_t i = 0; i < n; i += 8) {
		s->a += word(p + i, big_endian) + s->b;
		s->b += word(p + i + 4, big_endian) + s->a;
	}
}

/* False: there are not so many octets there. */
static bool is_read(int fd, uint64_t at, uint8_t *to, size_t n)
{
	return os_file_read_at(fd, at, to, n) == ERR_OK;
}

static struct sum stored(const uint8_t *p)
{
	return (struct sum){ big(p), big(p + 4) };
}

static bool same(struct sum a, struct sum b)
{
	return a.a == b.a && a.b == b.b;
}

static bool is_page(size_t n)
{
	return n >= PAGE_MIN && n <= PAGE_MAX && (n & (n - 1)) == 0;
}

/*
 * From the header h, and whether that is whole.  Where it is not, SQLite reads nothing: then it is
 * as what comes behind it lets suppose.
 */
static bool read_header(struct walk *w, const uint8_t h[static HEADER], struct sum *sum)
{
	struct sum s = { 0 };
	uint8_t first[FRAME];

	w->big_endian = big(h) & 1;
	w->page = big(h + 8);
	w->salt[0] = big(h + 16);
	w->salt[1] = big(h + 20);
	*sum = stored(h + 24);
	add(&s, h, HEADER - 8, w->big_endian);
	if ((big(h) & ~1u) == MAGIC && is_page(w->page) && same(s, *sum))
		return true;
	if (!is_page(w->page))
		w->page = QUEUE_PAGE;
	if (is_read(w->fd, HEADER, first, sizeof(first))) {
		w->salt[0] = big(first + 8);
		w->salt[1] = big(first + 12);
	}
	return false;
}

/* The frame that was read is of this log, not what an earlier one left there. */
static bool is_of_log(const struct walk *w)
{
	return big(w->frame + 8) == w->salt[0] && big(w->frame + 12) == w->salt[1];
}

/* The frame that was read fits behind one whose checksum is *sum, which becomes its own. */
static bool fits(const struct walk *w, struct sum *sum)
{
	struct sum s = *sum;

	add(&s, w->frame, 8, w->big_endian);
	add(&s, w->frame + FRAME, w->page, w->big_endian);
	*sum = stored(w->frame + 16);
	return is_of_log(w) && same(s, *sum);
}

/*
 * What is left of the transaction that is damaged counts for nothing: a power cut leaves that, too,
 * where the last of its frames came to the disk before the first.  Those behind it were begun
 * when it was on the disk, as all were when the header was.
 */
static void walk(const struct walk *w, struct sum sum, bool reads, struct queue_sqlite_log *out)
{
	const size_t step = FRAME + w->page;
	bool behind = !reads; /* the end of the one that is damaged */

	for (uint64_t at = HEADER; is_read(w->fd, at, w->frame, step); at += step) {
		bool fit = fits(w, &sum), end = is_of_log(w) && big(w->frame + 4) != 0;
		if (reads && !fit)
			out->at = at;
		reads &= fit;
		if (reads)
			continue;
		out->frames += fit;
		out->commits += fit && behind && end;
		behind |= end;
	}
	if (out->commits == 0) /* at most the one: nobody need have been told that it is kept */
		*out = (struct queue_sqlite_log){ 0 };
}

/* A header that is not whole may err about the order of words, too: it is the one with room. */
static void walk_otherwise(const struct walk *w, struct sum sum, struct queue_sqlite_log *out)
{
	struct walk other = *w;
	struct queue_sqlite_log found = { 0 };

	other.big_endian = !w->big_endian;
	walk(&other, sum, false, &found);
	if (found.frames > out->frames)
		*out = found;
}

static int open_log(const char *path, const char *suffix, int flags)
{
	char name[PATH_SIZE];

	if (snprintf(name, sizeof(name), "%s%s", path, suffix) >= (int)sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static void free_octets(uint8_t **p)
{
	free(*p);
}

enum err queue_sqlite_log_look(const char *path, struct queue_sqlite_log *out)
{
	CLEANUP(os_fd_close) int fd = open_log(path, "-wal", O_RDONLY);
	struct walk w = { .fd = fd };
	struct sum sum = { 0 };
	uint8_t header[HEADER];

	*out = (struct queue_sqlite_log){ 0 };
	if (fd < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	if (!is_read(fd, 0, header, sizeof(header)))
		return ERR_OK;
	bool reads = read_header(&w, header, &sum);
	CLEANUP(free_octets) uint8_t *frame = malloc(FRAME + w.page);
	if (!frame)
		return ERR_NOMEM;
	w.frame = frame;
	walk(&w, sum, reads, out);
	if (!reads)
		walk_otherwise(&w, sum, out);
	return ERR_OK;
}

static enum err copy(int from, int to)
{
	char octets[PAGE_MAX];
	ssize_t n;

	while ((n = read(from, octets, sizeof(octets))) > 0)
		for (ssize_t done = 0, put; done < n; done += put)
			if ((put = write(to, octets + done, (size_t)(n - done))) <= 0)
				return ERR_IO;
	return n == 0 && fsync(to) == 0 ? ERR_OK : ERR_IO;
}

enum err queue_sqlite_log_keep(const char *path)
{
	CLEANUP(os_fd_close) int from = open_log(path, "-wal", O_RDONLY);

	if (from < 0)
		return ERR_IO;
	CLEANUP(os_fd_close) int to = open_log(path, KEPT, O_WRONLY | O_CREAT | O_EXCL);
	if (to < 0)
		return ERR_IO;
	enum err e = copy(from, to);
	if (e == ERR_OK)
		return ERR_OK;
	int saved = errno;
	char name[PATH_SIZE]; /* it fitted */
	(void)snprintf(name, sizeof(name), "%s" KEPT, path);
	(void)unlink(name); /* half of it is none */
	errno = saved;
	return e;
}
