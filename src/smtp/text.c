#include "smtp/text.h"

#include "base/text.h"
#include "message/octets.h"
#include "smtp/chunk.h"

/* Some of the head.  Where a piece ends in something, that is held; what grows too long is none. */
static void read_characters(struct smtp_text *t, struct str piece)
{
	for (size_t i = 0; i < piece.n && !t->foreign; i++) {
		t->character[t->begun++] = piece.p[i];
		if (text_utf8((struct str){ t->character, t->begun }, NULL) == t->begun)
			t->begun = 0;
		t->foreign = t->begun == SMTP_TEXT_CHARACTER;
	}
}

void smtp_text_add(struct smtp_text *t, struct str piece, enum smtp_text_part part)
{
	bool ascii = text_is_ascii(piece);

	if (part == SMTP_TEXT_HEAD && (!ascii || t->begun > 0))
		read_characters(t, piece);
	if (!ascii)
		t->has |= part == SMTP_TEXT_HEAD ? SMTP_TEXT_HEAD_EIGHT : SMTP_TEXT_BODY_EIGHT;
	if (!(t->has & SMTP_TEXT_BARE) && smtp_chunk_text(&t->after_cr, piece) < piece.n)
		t->has |= SMTP_TEXT_BARE;
	if (!(t->has & SMTP_TEXT_LONG) && message_octets_measure(&t->line, piece))
		t->has |= SMTP_TEXT_LONG;
}

unsigned smtp_text_has(const struct smtp_text *t)
{
	bool utf8 = t->has & SMTP_TEXT_HEAD_EIGHT && !t->foreign && t->begun == 0;

	return t->has | (t->after_cr ? SMTP_TEXT_BARE : 0) | (utf8 ? SMTP_TEXT_HEAD_UTF8 : 0);
}
