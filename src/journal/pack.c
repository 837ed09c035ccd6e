/*
 * Memory stays small whatever is compressed: a frame of text, and an index of so many keys, which
 * is then written, so that another one begins.
 *
 * What is written is brought to the disk now and then: the one great sync at the end would hold up
 * those of the queue.
 */
#include "journal/pack.h"

#include "journal/keys.h"
#include "journal/little.h"
#include "journal/seek.h"
#include "journal/tail.h"
#include "os/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define SYNC_OCTETS (4u << 20)
#define FRAMES_MAX (JOURNAL_SEEK_MAX / sizeof(struct journal_frame))

enum { LEVEL = 3 };

struct journal_pack {
	int fd;
	const struct journal_day_kind *kind;
	ZSTD_CCtx *zstd;
	struct buf text, packed, index, room;
	struct journal_index_making making;
	struct journal_frame *frame;
	size_t n_frame, frame_room;
	size_t unsynced; /* octets */
};

enum err journal_pack_new(int fd, const struct journal_day_kind *kind, struct journal_pack **out)
{
	struct journal_pack *p = calloc(1, sizeof(*p));

	if (!p)
		return ERR_NOMEM;
	*p = (struct journal_pack){ .fd = fd,
				    .kind = kind,
				    .zstd = ZSTD_createCCtx(),
				    .text = BUF_MAX(JOURNAL_FRAME_MAX),
				    .packed = BUF_MAX(2 * JOURNAL_FRAME_MAX),
				    .index = BUF_MAX(JOURNAL_INDEX_MAX),
				    .room = BUF_MAX(2 * JOURNAL_TAIL_WINDOW) };
	journal_index_making_clear(&p->making);
	if (!p->zstd ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, LEVEL)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1))) {
		journal_pack_free(&p);
		return ERR_NOMEM;
	}
	*out = p;
	return ERR_OK;
}

void journal_pack_free(struct journal_pack **pp)
{
	struct journal_pack *p = *pp;

	*pp = NULL;
	if (!p)
		return;
	ZSTD_freeCCtx(p->zstd);
	buf_free(&p->text);
	buf_free(&p->packed);
	buf_free(&p->index);
	buf_free(&p->room);
	journal_index_making_clear(&p->making);
	free(p->frame);
	free(p);
}

static enum err write_out(struct journal_pack *p, struct str s)
{
	enum err e = os_file_write(p->fd, s);

	if (e != ERR_OK)
		return e;
	p->unsynced += s.n;
	if (p->unsynced < SYNC_OCTETS)
		return ERR_OK;
	p->unsynced = 0;
	return fdatasync(p->fd) < 0 ? ERR_IO : ERR_OK;
}

/* A frame of the file is written: it gets a row in the table. */
static enum err note_frame(struct journal_pack *p, size_t packed, size_t text)
{
	if (p->n_frame == p->frame_room) {
		size_t room = p->frame_room ? 2 * p->frame_room : 64;
		struct journal_frame *frame = reallocarray(p->frame, room, sizeof(*frame));
		if (!frame || room > FRAMES_MAX) {
			p->frame = frame ? frame : p->frame;
			return ERR_NOMEM;
		}
		p->frame = frame;
		p->frame_room = room;
	}
	p->frame[p->n_frame++] =
		(struct journal_frame){ .packed = (uint32_t)packed, .text = (uint32_t)text };
	return ERR_OK;
}

/* Append s, as a frame of its own. */
static enum err compress(struct journal_pack *p, struct str s, struct buf *out)
{
	size_t bound = ZSTD_compressBound(s.n);
	char *to = buf_room(out, bound);
	size_t n = to ? ZSTD_compress2(p->zstd, to, bound, s.p, s.n) : 0;

	if (!to || ZSTD_isError(n))
		return ERR_NOMEM;
	out->n += n;
	return ERR_OK;
}

static enum err write_head(struct journal_pack *p)
{
	buf_clear(&p->packed);
	journal_seek_head(&p->packed);
	if (buf_err(&p->packed) != ERR_OK)
		return ERR_NOMEM;
	enum err e = write_out(p, buf_str(&p->packed));
	return e == ERR_OK ? note_frame(p, JOURNAL_SEEK_HEAD, 0) : e;
}

static enum err write_frame(struct journal_pack *p)
{
	if (p->text.n == 0)
		return ERR_OK;
	enum err e = p->n_frame ? ERR_OK : write_head(p);
	buf_clear(&p->packed);
	if (e == ERR_OK)
		e = compress(p, buf_str(&p->text), &p->packed);
	if (e == ERR_OK)
		e = write_out(p, buf_str(&p->packed));
	if (e == ERR_OK)
		e = note_frame(p, p->packed.n, p->text.n);
	journal_index_frame(&p->making);
	buf_clear(&p->text);
	return e;
}

static enum err write_index(struct journal_pack *p)
{
	if (p->making.n_frame == 0)
		return ERR_OK;
	buf_clear(&p->index);
	buf_clear(&p->packed);
	enum err e = journal_index_write(&p->making, &p->index);
	journal_little_add32(&p->packed, JOURNAL_SEEK_OURS);
	journal_little_add32(&p->packed, 0);
	if (e == ERR_OK)
		e = compress(p, buf_str(&p->index), &p->packed);
	if (e != ERR_OK)
		return e;
	uint32_t size = htole32((uint32_t)(p->packed.n - 8));
	memcpy(p->packed.p + 4, &size, sizeof(size));
	e = write_out(p, buf_str(&p->packed));
	return e == ERR_OK ? note_frame(p, p->packed.n, 0) : e;
}

static void add_keys(struct journal_pack *p, struct str piece)
{
	struct journal_record r;

	if (p->kind == &journal_day_records) {
		enum err e = journal_record_read(piece, &p->room, &r);
		if (e == ERR_OK)
			journal_keys_record(&p->making, &r);
		else if (e != ERR_SYNTAX) /* that is no record */
			p->making.err = e;
		return;
	}
	journal_keys_session(&p->making, p->kind == &journal_day_in ? JOURNAL_IN : JOURNAL_OUT,
			     piece);
}

enum err journal_pack_add(struct journal_pack *p, struct str piece)
{
	buf_add(&p->text, piece);
	add_keys(p, piece);
	if (buf_err(&p->text) != ERR_OK)
		return buf_err(&p->text);
	if (p->text.n < JOURNAL_FRAME_TEXT)
		return ERR_OK;
	enum err e = write_frame(p);
	return e == ERR_OK && p->making.n >= JOURNAL_INDEX_KEYS ? write_index(p) : e;
}

enum err journal_pack_end(struct journal_pack *p)
{
	enum err e = write_frame(p);

	if (e == ERR_OK)
		e = write_index(p);
	if (e != ERR_OK)
		return e;
	buf_clear(&p->packed);
	journal_seek_write(&p->packed, p->frame, p->n_frame);
	if (buf_err(&p->packed) != ERR_OK)
		return ERR_NOMEM;
	e = write_out(p, buf_str(&p->packed));
	return e == ERR_OK && fsync(p->fd) < 0 ? ERR_IO : e;
}
