#include "journal/held.h"

#include "journal/seek.h"
#include "os/file.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 18 };

/* Whether so much stands at a place of the file. */
static enum err same(int fd, off_t at, struct str s, bool *is)
{
	char octets[4096];

	for (*is = true; *is && s.n;) {
		struct str now = str_head(s, sizeof(octets));
		enum err e = os_file_read_at(fd, (uint64_t)at, octets, now.n);
		if (e != ERR_OK && e != ERR_SYNTAX)
			return e;
		*is = e == ERR_OK && str_eq((struct str){ octets, now.n }, now);
		s = str_skip(s, now.n);
		at += (off_t)now.n;
	}
	return ERR_OK;
}

enum err journal_held(struct journal_unpack *u, int fd, bool *held)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(JOURNAL_FRAME_MAX);
	struct stat st;
	enum err e = fstat(fd, &st) < 0 ? ERR_IO : ERR_OK;

	*held = false;
	if (e != ERR_OK || journal_unpack_text(u) < (uint64_t)st.st_size)
		return e;
	/* Where in the file each frame begins: negative where it is before all of it. */
	off_t at = st.st_size - (off_t)journal_unpack_text(u);
	bool is = true;
	for (size_t i = 0; e == ERR_OK && is && i < journal_unpack_frames(u); i++) {
		off_t end = at + (off_t)journal_unpack_size(u, i);
		buf_clear(&text);
		if (end > 0)
			e = journal_unpack_frame(u, i, &text);
		if (e == ERR_OK && end > 0)
			e = same(fd, at > 0 ? at : 0,
				 str_skip(buf_str(&text), at < 0 ? (size_t)-at : 0), &is);
		at = end;
	}
	*held = e == ERR_OK && is;
	return e == ERR_SYNTAX || e == ERR_LIMIT ? ERR_OK : e;
}

/* One of two that are read side by side. */
struct side {
	struct journal_unpack *u;
	struct buf text;
	size_t used;
};

/* What was read of it and not used yet; empty at its end. */
static enum err left_of(struct side *s, struct str *left)
{
	enum err e = ERR_OK;

	while (e == ERR_OK && s->used == s->text.n && !journal_unpack_over(s->u)) {
		size_t got;
		buf_clear(&s->text);
		s->used = 0;
		e = journal_unpack_read(s->u, &s->text, &got);
	}
	*left = str_skip(buf_str(&s->text), s->used);
	return e;
}

static enum err begins(struct side *all, struct side *first, bool *does)
{
	for (;;) {
		struct str a, b = STR_NONE;
		enum err e = left_of(all, &a);
		if (e == ERR_OK)
			e = left_of(first, &b);
		if (e != ERR_OK)
			return e;
		size_t n = a.n < b.n ? a.n : b.n;
		*does = b.n == 0;
		if (n == 0 || !str_eq(str_head(a, n), str_head(b, n)))
			return ERR_OK;
		all->used += n;
		first->used += n;
	}
}

enum err journal_begins(struct journal_unpack *u, struct journal_unpack *first, bool *does)
{
	struct side a = { .u = u, .text = BUF_MAX(JOURNAL_FRAME_MAX) };
	struct side b = { .u = first, .text = BUF_MAX(JOURNAL_FRAME_MAX) };
	enum err e = begins(&a, &b, does);

	buf_free(&a.text);
	buf_free(&b.text);
	return e;
}
