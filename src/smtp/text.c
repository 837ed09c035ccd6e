#include "smtp/text.h"

#include "base/text.h"
#include "message/octets.h"
#include "smtp/chunk.h"

void smtp_text_add(struct smtp_text *t, struct str piece, enum smtp_text_part part)
{
	if (!text_is_ascii(piece))
		t->has |= part == SMTP_TEXT_HEAD ? SMTP_TEXT_HEAD_EIGHT : SMTP_TEXT_BODY_EIGHT;
	if (!(t->has & SMTP_TEXT_BARE) && smtp_chunk_text(&t->after_cr, piece) < piece.n)
		t->has |= SMTP_TEXT_BARE;
	if (!(t->has & SMTP_TEXT_LONG) && message_octets_measure(&t->line, piece))
		t->has |= SMTP_TEXT_LONG;
}

unsigned smtp_text_has(const struct smtp_text *t)
{
	return t->has | (t->after_cr ? SMTP_TEXT_BARE : 0);
}
