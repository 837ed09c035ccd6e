/*
 * The lines of one session.
 *
 * Each line is built at the end of the block and taken back where the block
 * would get too large by it; room for the lines that say so and for the
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
	LINE_ROOM = 256, /* for most lines, */
	OUT_ROOM = 3072, /* and for most deliveries; what comes in may be idle for long */
};

static const struct str the_word = STR_INIT("DNSSEC");

void journal_block_init(struct journal_block *b, enum journal_way way, struct str session)
{
	size_t n = 0;

	*b = (struct journal_block){ .way = way,
				     .lines = BUF_MAX(JOURNAL_BLOCK_MAX),
				     .most = JOURNAL_IN_MAX };
	for (size_t i = 0; i < session.n && n < sizeof(b->session) - 1; i++) {
		unsigned char c = str_fold(session.p[i]);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			b->session[n++] = session.p[i];
	}
}

void journal_block_clear(struct journal_block *b)
{
	buf_free(&b->lines);
	b->left_out = 0;
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
static void add_plain(struct buf *out, struct str text, void (*escape)(struct buf *, struct str))
{
	struct str end = text;

	while (end.n && end.p[end.n - 1] == ' ')
		end.n--;
	if (!str_ends(end, the_word)) {
		escape(out, text);
		return;
	}
	escape(out, str_head(end, end.n - 1));
	buf_add(out, STR("\\x43"));
	escape(out, str_skip(text, end.n));
}

/* The time, always as long, and the session: made once, and then of the time what has changed. */
static struct str head(struct journal_block *b, int64_t wall_ms)
{
	struct buf h = { .p = b->head, .cap = sizeof(b->head), .max = sizeof(b->head) };
	char time[TIME_TEXT_MAX];

	if (b->head_n == 0) {
		buf_add(&h, time_rfc3339(wall_ms, time));
		buf_add(&h, STR(" ["));
		buf_add(&h, str_of(b->session));
		buf_add(&h, STR("] "));
		b->head_n = h.n;
	} else if (b->head_wall_ms != wall_ms) {
		(void)time_rfc3339_next(wall_ms, b->head_wall_ms, b->head);
	}
	b->head_wall_ms = wall_ms;
	return (struct str){ b->head, b->head_n };
}

static void build(struct journal_block *b, int64_t wall_ms, enum journal_mark mark, struct str text)
{
	struct str part = shown_part(text);

	if (b->lines.cap == 0 && b->way == JOURNAL_OUT)
		(void)buf_room(&b->lines, OUT_ROOM);
	buf_add(&b->lines, head(b, wall_ms));
	if (mark == JOURNAL_DNSSEC)
		text_escape(&b->lines, part);
	else
		add_plain(&b->lines, part, mark == JOURNAL_OWN ? text_escape_own : text_escape);
	if (part.n < text.n) {
		buf_add(&b->lines, STR("... ("));
		text_count(&b->lines, text.n - part.n, "octet more)", "octets more)");
	}
	if (mark == JOURNAL_DNSSEC) {
		buf_addc(&b->lines, ' ');
		buf_add(&b->lines, the_word);
	}
	buf_addc(&b->lines, '\n');
}

/* How large the block may be with a line of that kind. */
static size_t most(const struct journal_block *b, enum journal_mark mark, bool outcome)
{
	if (outcome)
		return JOURNAL_BLOCK_MAX;
	if (b->way == JOURNAL_OUT)
		return ORDINARY_MAX;
	return mark == JOURNAL_NOTABLE ? 2 * b->most : b->most;
}

static void leave_out(struct journal_block *b, int64_t wall_ms)
{
	if (b->left_out++ == 0)
		build(b, wall_ms, JOURNAL_PLAIN, STR("lines are left out: the block is full"));
}

static void count_left_out(struct journal_block *b, int64_t wall_ms)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%llu %s left out", (unsigned long long)b->left_out,
			 b->left_out == 1 ? "line was" : "lines were");

	build(b, wall_ms, JOURNAL_PLAIN, (struct str){ text, (size_t)n });
}

void journal_line(struct journal_block *b, int64_t wall_ms, enum journal_mark mark, struct str text)
{
	bool outcome = str_starts(text, STR("outcome: "));

	if (b->lines.err != ERR_OK)
		return;
	if (b->left_out && !outcome && mark != JOURNAL_NOTABLE) {
		b->left_out++;
		return;
	}
	if (b->left_out && outcome)
		count_left_out(b, wall_ms);
	size_t before = b->lines.n;
	build(b, wall_ms, outcome ? JOURNAL_PLAIN : mark, text);
	if (b->lines.err == ERR_NOMEM)
		return;
	if (b->lines.err == ERR_OK && b->lines.n <= most(b, mark, outcome))
		return;
	b->lines.n = before;
	b->lines.err = ERR_OK;
	leave_out(b, wall_ms);
}

void journal_linef(struct journal_block *b, int64_t wall_ms, enum journal_mark mark,
		   const char *fmt, ...)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(JOURNAL_BLOCK_MAX);
	va_list ap;

	(void)buf_room(&text, LINE_ROOM);
	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	if (buf_err(&text) != ERR_OK)
		b->lines.err = ERR_NOMEM;
	else
		journal_line(b, wall_ms, mark, buf_str(&text));
}
