/*
 * A file of ours ends with the table of its frames: each is read whole, and given out only once its
 * checksum has been found right.  Without a table (another hand's, or cut short) it is a stream.
 */
#include "journal/unpack.h"

#include "journal/seek.h"
#include "os/file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define STREAM_CHUNK 65536u

enum { SKIP_HEAD = 8 };

struct journal_unpack {
	int fd;
	uint64_t size;
	ZSTD_DCtx *zstd;
	struct journal_seek seek;
	size_t first;   /* frame of text or index: the head of a file of ours is none */
	bool *unwanted; /* of each frame; NULL: all are wanted */
	size_t next;    /* the frame to be read */
	bool skipped;   /* something was left out since text was given */
	bool over;
	struct buf packed;
	size_t used;  /* of .packed, in a stream */
	uint64_t at;  /* where in the file the stream goes on */
	size_t wants; /* the stream: 0 between frames */
	const char *wrong;
};

/* All n octets at a place, to the end of out.  ERR_SYNTAX: they are not there. */
static enum err read_at(const struct journal_unpack *u, uint64_t at, size_t n, struct buf *out)
{
	char *to = buf_room(out, n);

	if (!to)
		return ERR_NOMEM;
	enum err e = os_file_read_at(u->fd, at, to, n);

	if (e == ERR_OK)
		out->n += n;
	return e;
}

/* The table, where there is one of this file. */
static enum err read_table(struct journal_unpack *u)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(JOURNAL_SEEK_MAX);
	enum err e = ERR_SYNTAX;

	if (u->size >= JOURNAL_SEEK_FOOT)
		e = read_at(u, u->size - JOURNAL_SEEK_FOOT, JOURNAL_SEEK_FOOT, &b);
	size_t n = e == ERR_OK ? journal_seek_size(buf_str(&b)) : 0;
	if (n == 0 || n > u->size)
		return e == ERR_OK ? ERR_SYNTAX : e;
	buf_clear(&b);
	e = read_at(u, u->size - n, n, &b);
	return e == ERR_OK ? journal_seek_read(buf_str(&b), u->size, &u->seek) : e;
}

/* Whether the file is one of ours. */
static enum err read_head(const struct journal_unpack *u, bool *is)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(JOURNAL_SEEK_HEAD);
	enum err e = ERR_SYNTAX;

	if (u->size >= JOURNAL_SEEK_HEAD)
		e = read_at(u, 0, JOURNAL_SEEK_HEAD, &b);
	*is = e == ERR_OK && journal_seek_is_head(buf_str(&b));
	return e == ERR_SYNTAX ? ERR_OK : e;
}

/* A file of ours without its table is damaged, and read as far as it goes. */
static enum err begin(struct journal_unpack *u)
{
	struct stat st;
	bool ours;

	if (fstat(u->fd, &st) < 0)
		return ERR_IO;
	u->size = (uint64_t)st.st_size;
	enum err e = read_head(u, &ours);
	u->first = ours;
	if (e == ERR_OK)
		e = read_table(u);
	if (e != ERR_SYNTAX && e != ERR_LIMIT)
		return e;
	if (ours)
		u->wrong = "is cut short, or damaged at its end: it is read as far as it goes";
	return ERR_OK;
}

enum err journal_unpack_new(int fd, struct journal_unpack **out)
{
	struct journal_unpack *u = calloc(1, sizeof(*u));

	if (!u) {
		os_fd_close(&fd);
		return ERR_NOMEM;
	}
	*u = (struct journal_unpack){ .fd = fd,
				      .zstd = ZSTD_createDCtx(),
				      .packed = BUF_MAX(2 * JOURNAL_FRAME_MAX) };
	enum err e = u->zstd ? begin(u) : ERR_NOMEM;
	if (e == ERR_OK)
		*out = u;
	else
		journal_unpack_free(&u);
	return e;
}

void journal_unpack_free(struct journal_unpack **up)
{
	struct journal_unpack *u = *up;

	*up = NULL;
	if (!u)
		return;
	os_fd_close(&u->fd);
	ZSTD_freeDCtx(u->zstd);
	journal_seek_clear(&u->seek);
	free(u->unwanted);
	buf_free(&u->packed);
	free(u);
}

int journal_unpack_fd(const struct journal_unpack *u)
{
	return u->fd;
}

/* A whole frame of zstd, appended.  ERR_SYNTAX: it is damaged. */
static enum err decompress(struct journal_unpack *u, struct str s, size_t size, struct buf *out)
{
	char *to = buf_room(out, size ? size : 1);
	size_t n = to ? ZSTD_decompressDCtx(u->zstd, to, size, s.p, s.n) : 0;

	if (!to)
		return ERR_NOMEM;
	if (ZSTD_isError(n) || n != size)
		return ERR_SYNTAX;
	out->n += n;
	return ERR_OK;
}

enum err journal_unpack_frame(struct journal_unpack *u, size_t i, struct buf *out)
{
	const struct journal_frame *f = &u->seek.frame[i];

	if (f->text == 0)
		return ERR_OK;
	buf_clear(&u->packed);
	enum err e = read_at(u, f->at, f->packed, &u->packed);
	if (e == ERR_OK)
		e = decompress(u, buf_str(&u->packed), f->text, out);
	if (e == ERR_SYNTAX)
		u->wrong = "is damaged: a part of it is missing here";
	return e;
}

/* The octets of an index, which stands in frame i. */
static enum err read_index(struct journal_unpack *u, size_t i, struct buf *out)
{
	const struct journal_frame *f = &u->seek.frame[i];

	buf_clear(out);
	buf_clear(&u->packed);
	enum err e = read_at(u, f->at, f->packed, &u->packed);
	if (e != ERR_OK)
		return e;
	struct str s = str_skip(buf_str(&u->packed), SKIP_HEAD);
	unsigned long long size = s.n ? ZSTD_getFrameContentSize(s.p, s.n) : 0;
	if (size == 0 || size > JOURNAL_INDEX_MAX)
		return ERR_SYNTAX;
	return decompress(u, s, (size_t)size, out);
}

/* The frames from `from` up to the index that stands in frame i. */
static enum err narrow_by(struct journal_unpack *u, size_t from, size_t i,
			  const struct journal_index_want *want)
{
	CLEANUP(buf_free) struct buf octets = BUF_MAX(JOURNAL_INDEX_MAX);
	struct journal_index ix;
	enum err e = read_index(u, i, &octets);

	if (e == ERR_OK)
		e = journal_index_read(buf_str(&octets), &ix);
	if (e == ERR_OK && ix.n_frame != i - from)
		e = ERR_SYNTAX;
	if (e == ERR_SYNTAX) {
		u->wrong = "has an index that is damaged: all of it is read";
		return ERR_OK;
	}
	for (size_t k = from; e == ERR_OK && k < i; k++)
		u->unwanted[k] = !journal_index_has(&ix, (uint32_t)(k - from), want);
	return e;
}

enum err journal_unpack_narrow(struct journal_unpack *u, const struct journal_index_want *want)
{
	size_t from = u->first;
	enum err e = ERR_OK;

	if (u->seek.n == 0 || (want->n_key == 0 && want->since_ms == 0 && !want->dnssec))
		return ERR_OK;
	free(u->unwanted);
	u->unwanted = calloc(u->seek.n, sizeof(*u->unwanted));
	if (!u->unwanted)
		return ERR_NOMEM;
	for (size_t i = from; e == ERR_OK && i < u->seek.n; i++) {
		if (u->seek.frame[i].text)
			continue;
		e = narrow_by(u, from, i, want);
		from = i + 1;
	}
	return e;
}

bool journal_unpack_wants(const struct journal_unpack *u, size_t i)
{
	return !u->unwanted || !u->unwanted[i];
}

/* The next frame that is wanted and whole. */
static enum err next_frame(struct journal_unpack *u, struct buf *out, size_t *got)
{
	for (; u->next < u->seek.n; u->next++) {
		size_t before = out->n;
		if (u->skipped) {
			u->skipped = false;
			return ERR_OK;
		}
		if (!journal_unpack_wants(u, u->next)) {
			u->skipped = u->next > 0 && journal_unpack_wants(u, u->next - 1);
			continue;
		}
		enum err e = journal_unpack_frame(u, u->next, out);
		if (e != ERR_OK && e != ERR_SYNTAX)
			return e;
		u->skipped = e == ERR_SYNTAX;
		*got = out->n - before;
		if (*got) {
			u->next++;
			return ERR_OK;
		}
	}
	u->over = true;
	return ERR_OK;
}

/* More octets of the stream into .packed; none at the end of the file. */
static enum err fill_stream(struct journal_unpack *u)
{
	buf_clear(&u->packed);
	u->used = 0;
	if (u->at >= u->size)
		return ERR_OK;
	uint64_t left = u->size - u->at;
	size_t n = left < STREAM_CHUNK ? (size_t)left : STREAM_CHUNK;
	enum err e = read_at(u, u->at, n, &u->packed);
	u->at += n;
	return e == ERR_SYNTAX ? ERR_IO : e;
}

static void end_stream(struct journal_unpack *u, const char *wrong)
{
	u->over = true;
	if (wrong && !u->wrong)
		u->wrong = wrong;
}

static enum err next_of_stream(struct journal_unpack *u, struct buf *out, size_t *got)
{
	char *to = buf_room(out, STREAM_CHUNK);

	if (!to)
		return ERR_NOMEM;
	ZSTD_outBuffer o = { .dst = to, .size = STREAM_CHUNK };
	while (o.pos == 0 && !u->over) {
		enum err e = u->used == u->packed.n ? fill_stream(u) : ERR_OK;
		if (e != ERR_OK)
			return e;
		ZSTD_inBuffer i = { .src = u->packed.p, .size = u->packed.n, .pos = u->used };
		bool end = i.size == 0;
		size_t wants = ZSTD_decompressStream(u->zstd, &o, &i);
		u->used = i.pos;
		if (ZSTD_isError(wants))
			end_stream(u, "is damaged: what follows is missing here");
		else if (end && o.pos == 0)
			end_stream(u, u->wants ? "is cut short: its end is missing" : NULL);
		else
			u->wants = wants;
	}
	out->n += o.pos;
	*got = o.pos;
	return ERR_OK;
}

enum err journal_unpack_read(struct journal_unpack *u, struct buf *out, size_t *got)
{
	*got = 0;
	if (u->over)
		return ERR_OK;
	return u->seek.n ? next_frame(u, out, got) : next_of_stream(u, out, got);
}

bool journal_unpack_over(const struct journal_unpack *u)
{
	return u->over;
}

size_t journal_unpack_frames(const struct journal_unpack *u)
{
	return u->seek.n;
}

size_t journal_unpack_size(const struct journal_unpack *u, size_t i)
{
	return u->seek.frame[i].text;
}

uint64_t journal_unpack_text(const struct journal_unpack *u)
{
	return u->seek.text;
}

const char *journal_unpack_wrong(const struct journal_unpack *u)
{
	return u->wrong;
}
