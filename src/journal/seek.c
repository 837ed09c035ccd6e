#include "journal/seek.h"

#include "journal/little.h"

#include <stdlib.h>

#define SKIPPABLE 0x184d2a5eu
#define MAGIC 0x8f92eab1u

enum { HEAD = 8, ENTRY = 8, SUMMED = 0x80, UNKNOWN = 0x7c, SUM = 4 };

static const struct str head_word = STR_INIT("SPLG");

void journal_seek_head(struct buf *out)
{
	journal_little_add32(out, JOURNAL_SEEK_OURS);
	journal_little_add32(out, (uint32_t)head_word.n);
	buf_add(out, head_word);
}

bool journal_seek_is_head(struct str octets)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(JOURNAL_SEEK_HEAD);

	journal_seek_head(&b);
	return str_eq(buf_str(&b), octets);
}

/* The octets of an entry; sums of frames, which others may write, are passed over. */
static size_t entry_size(char descriptor)
{
	return ENTRY + ((uint8_t)descriptor & SUMMED ? SUM : 0);
}

size_t journal_seek_size(struct str foot)
{
	if (foot.n != JOURNAL_SEEK_FOOT || journal_little_32(foot.p + 5) != MAGIC ||
	    (uint8_t)foot.p[4] & UNKNOWN)
		return 0;
	uint64_t size = HEAD + journal_little_32(foot.p) * (uint64_t)entry_size(foot.p[4]) + foot.n;
	return size <= JOURNAL_SEEK_MAX ? (size_t)size : 0;
}

static enum err read_frame(const char *p, uint64_t at, struct journal_frame *f)
{
	*f = (struct journal_frame){ at, journal_little_32(p), journal_little_32(p + 4) };
	return f->packed > JOURNAL_FRAME_MAX || f->text > JOURNAL_FRAME_MAX ? ERR_LIMIT : ERR_OK;
}

enum err journal_seek_read(struct str table, uint64_t file_size, struct journal_seek *out)
{
	size_t foot = table.n > JOURNAL_SEEK_FOOT ? table.n - JOURNAL_SEEK_FOOT : 0;
	size_t size = journal_seek_size(str_skip(table, foot));
	struct journal_seek s = { 0 };
	uint64_t at = 0;

	if (size == 0 || size != table.n || file_size < size ||
	    journal_little_32(table.p) != SKIPPABLE ||
	    journal_little_32(table.p + 4) != size - HEAD)
		return ERR_SYNTAX;
	size_t n = journal_little_32(table.p + foot), step = entry_size(table.p[foot + 4]);
	s.frame = calloc(n + 1, sizeof(*s.frame));
	enum err e = s.frame ? ERR_OK : ERR_NOMEM;
	for (; e == ERR_OK && s.n < n; s.n++) {
		e = read_frame(table.p + HEAD + s.n * step, at, &s.frame[s.n]);
		at += s.frame[s.n].packed;
		s.text += s.frame[s.n].text;
	}
	if (e == ERR_OK && at != file_size - size)
		e = ERR_SYNTAX;
	if (e == ERR_OK)
		*out = s;
	else
		journal_seek_clear(&s);
	return e;
}

void journal_seek_clear(struct journal_seek *s)
{
	free(s->frame);
	*s = (struct journal_seek){ 0 };
}

void journal_seek_write(struct buf *out, const struct journal_frame *frame, size_t n)
{
	journal_little_add32(out, SKIPPABLE);
	journal_little_add32(out, (uint32_t)(n * ENTRY + JOURNAL_SEEK_FOOT));
	for (size_t i = 0; i < n; i++) {
		journal_little_add32(out, frame[i].packed);
		journal_little_add32(out, frame[i].text);
	}
	journal_little_add32(out, (uint32_t)n);
	buf_addc(out, '\0');
	journal_little_add32(out, MAGIC);
}
