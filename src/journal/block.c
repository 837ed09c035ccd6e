/*
 * The lines of one session.
 *
 * Each line is built at the end of the block and taken back where the block
 * would get too large by it; room for the line that says so and for the
 * outcome is kept free.
 */
#include "journal/journal.h"

#include "base/text.h"
#include "base/time.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	/* An escaped octet takes four, the rest of a line less than a text. */
	LINE_MAX_OCTETS = 5 * JOURNAL_TEXT_MAX,
	ORDINARY_MAX = JOURNAL_BLOCK_MAX - LINE_MAX_OCTETS - 256,
	ROOM = 1024, /* for most lines that are formatted */
};

static const struct str the_word = STR_INIT("DNSSEC");

void journal_block_init(struct journal_block *b, struct str session)
{
	size_t n = 0;

	*b = (struct journal_block){ .lines = BUF_MAX(JOURNAL_BLOCK_MAX) };
	for (size_t i = 0; i < session.n && n < sizeof(b->session) - 1; i++) {
		unsigned char c = str_fold(session.p[i]);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			b->session[n++] = session.p[i];
	}
}

void journal_block_clear(struct journal_block *b)
{
	buf_free(&b->lines);
	b->full = false;
}

/* As much of text as a line shows: whole characters. */
static struct str shown_part(struct str text)
{
	struct str head = str_head(text, JOURNAL_TEXT_MAX);

	if (head.n == text.n)
		return text;
	for (int i = 0; i < 3 && ((unsigned char)text.p[head.n] & 0xc0) == 0x80; i++)
		head.n--;
	return head;
}

/* text without the mark: its end is escaped where it would look like one. */
static void add_plain(struct buf *out, struct str text)
{
	struct str end = text;

	while (end.n && end.p[end.n - 1] == ' ')
		end.n--;
	if (!str_ends(end, the_word)) {
		text_escape(out, text);
		return;
	}
	text_escape(out, str_head(end, end.n - 1));
	buf_add(out, STR("\\x43"));
	text_escape(out, str_skip(text, end.n));
}

static void build(struct journal_block *b, int64_t wall_ms, enum journal_mark mark, struct str text)
{
	char time[TIME_TEXT_MAX];
	struct str part = shown_part(text);

	buf_add(&b->lines, time_rfc3339(wall_ms, time));
	buf_add(&b->lines, STR(" ["));
	buf_add(&b->lines, str_of(b->session));
	buf_add(&b->lines, STR("] "));
	if (mark == JOURNAL_DNSSEC)
		text_escape(&b->lines, part);
	else
		add_plain(&b->lines, part);
	if (part.n < text.n) {
		buf_add(&b->lines, STR("... ("));
		buf_addu(&b->lines, text.n - part.n);
		buf_add(&b->lines, STR(" octets more)"));
	}
	if (mark == JOURNAL_DNSSEC) {
		buf_addc(&b->lines, ' ');
		buf_add(&b->lines, the_word);
	}
	buf_addc(&b->lines, '\n');
}

void journal_line(struct journal_block *b, int64_t wall_ms, enum journal_mark mark, struct str text)
{
	bool outcome = str_starts(text, STR("outcome: "));
	size_t before = b->lines.n;

	if (b->lines.err != ERR_OK || (b->full && !outcome))
		return;
	build(b, wall_ms, outcome ? JOURNAL_PLAIN : mark, text);
	if (b->lines.err == ERR_NOMEM)
		return;
	if (b->lines.err == ERR_OK && b->lines.n <= (outcome ? JOURNAL_BLOCK_MAX : ORDINARY_MAX))
		return;
	b->lines.n = before;
	b->lines.err = ERR_OK;
	if (!b->full)
		build(b, wall_ms, JOURNAL_PLAIN, STR("lines are left out: the block is full"));
	b->full = true;
}

void journal_linef(struct journal_block *b, int64_t wall_ms, enum journal_mark mark,
		   const char *fmt, ...)
{
	CLEANUP(buf_free)
	struct buf text = BUF_MAX(JOURNAL_BLOCK_MAX);
	char *room = buf_room(&text, ROOM);
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = room ? vsnprintf(room, ROOM, fmt, ap) : -1;
	if (n >= ROOM) {
		room = buf_room(&text, (size_t)n + 1);
		n = room ? vsnprintf(room, (size_t)n + 1, fmt, again) : -1;
	}
	va_end(again);
	va_end(ap);
	if (n < 0)
		b->lines.err = ERR_NOMEM;
	else
		journal_line(b, wall_ms, mark, (struct str){ room, (size_t)n });
}
