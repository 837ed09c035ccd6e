#include "smtp/text.h"

#include "base/text.h"
#include "message/octets.h"
#include "smtp/chunk.h"

#include <string.h>

/* How long its lines are, a CR before an LF left out.  What is no line has no length. */
static void measure(struct smtp_text *t, struct str s)
{
	while (s.n > 0 && !(t->has & SMTP_TEXT_LONG)) {
		const char *lf = memchr(s.p, '\n', s.n);
		size_t n = lf ? (size_t)(lf - s.p) : s.n;
		bool cr = n > 0 && s.p[n - 1] == '\r';
		if (t->line + n - cr > MESSAGE_OCTETS_LINE)
			t->has |= SMTP_TEXT_LONG;
		t->line = lf ? 0 : t->line + n - cr;
		s = str_skip(s, lf ? n + 1 : n);
	}
}

void smtp_text_add(struct smtp_text *t, struct str piece, enum smtp_text_part part)
{
	if (!text_is_ascii(piece))
		t->has |= part == SMTP_TEXT_HEAD ? SMTP_TEXT_HEAD_EIGHT : SMTP_TEXT_BODY_EIGHT;
	if (!(t->has & SMTP_TEXT_BARE) && smtp_chunk_text(&t->after_cr, piece) < piece.n)
		t->has |= SMTP_TEXT_BARE;
	measure(t, piece);
}

unsigned smtp_text_has(const struct smtp_text *t)
{
	return t->has | (t->after_cr ? SMTP_TEXT_BARE : 0);
}
