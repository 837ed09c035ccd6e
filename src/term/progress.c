#include "term/progress.h"

#include "term/glyph.h"

enum { TIME_MAX = 32 };

/* To the beginning of the line, and clear it. */
static const struct str anew = STR_INIT("\r\033[K");

void term_progress_begin(struct term_progress *p, int64_t now_ms)
{
	p->began_ms = now_ms;
}

int64_t term_progress_due(const struct term_progress *p, int64_t now_ms)
{
	int64_t first = p->shown ? 0 : p->began_ms + TERM_PROGRESS_AFTER_MS;
	int64_t next = p->wrote_ms ? p->wrote_ms + TERM_PROGRESS_EVERY_MS : 0;
	int64_t due = first > next ? first : next;

	return due > now_ms ? due - now_ms : 0;
}

void term_progress_show(struct buf *out, struct term_progress *p, struct str what,
			const struct term_style *style, int64_t now_ms)
{
	CLEANUP(buf_free) struct buf time = BUF_MAX(TIME_MAX);
	int64_t s = (now_ms - p->began_ms) / 1000;

	if (s > 0)
		buf_addf(&time, ", %lld s", (long long)s);
	buf_add(out, anew);
	if (style->width > time.n) /* the last column stays free: some terminals go on below */
		term_glyph_add(out, term_glyph_fit(what, style->width - time.n - 1, style->charset),
			       style->charset);
	buf_add(out, buf_str(&time));
	p->shown = true;
	p->wrote_ms = now_ms;
}

void term_progress_erase(struct buf *out, struct term_progress *p, int64_t now_ms)
{
	if (p->shown) {
		buf_add(out, anew);
		p->wrote_ms = now_ms;
	}
	p->shown = false;
}
