#include "message/coder.h"

#include "base/text.h"
#include "message/quoted.h"

#include <string.h>

void message_coder_begin(struct message_coder *c, enum message_coder_way way)
{
	c->way = way;
	c->wrote = c->line_end = false;
	c->column = c->n = 0;
}

static size_t base64(struct message_coder *c, struct buf *out, struct str text,
		     enum message_quoted_place place)
{
	size_t before = text.n;

	while (text.n >= MESSAGE_CODER_LINE || (text.n > 0 && place == MESSAGE_QUOTED_LAST)) {
		if (c->column++ > 0)
			buf_add(out, STR("\r\n"));
		text_base64(out, str_head(text, MESSAGE_CODER_LINE));
		text = str_skip(text, MESSAGE_CODER_LINE);
	}
	return before - text.n;
}

/*
 * What is no base64 counts for nothing in it (RFC 2045 section 6.8), so that it may be left out;
 * "-" is, too, which might stand at the start of a line then.
 */
static void sift(struct buf *out, struct str octet)
{
	if (!(octet.p[0] & 0x80) && !str_has(STR("\r\n\0-"), octet.p[0]))
		buf_add(out, octet);
}

static void mark(struct buf *out, struct str octet)
{
	bool bad = octet.p[0] & 0x80 || str_has(STR("\r\n\0"), octet.p[0]);

	buf_add(out, bad ? STR("?") : octet);
}

/* Line ends stay; each other octet is mended for itself. */
static size_t mend(struct buf *out, struct str text, enum message_quoted_place place,
		   void (*one)(struct buf *out, struct str octet))
{
	size_t before = text.n;

	while (text.n >= 2 || (text.n > 0 && place == MESSAGE_QUOTED_LAST)) {
		bool end = str_starts(text, STR("\r\n"));
		if (end)
			buf_add(out, STR("\r\n"));
		else
			one(out, str_head(text, 1));
		text = str_skip(text, end ? 2 : 1);
	}
	return before - text.n;
}

/* How many octets of text were read; fewer than make a line are left, where more comes. */
static size_t code(struct message_coder *c, struct buf *out, struct str text,
		   enum message_quoted_place place)
{
	switch (c->way) {
	case MESSAGE_CODER_AS_IT_IS:
		buf_add(out, text);
		return text.n;
	case MESSAGE_CODER_QUOTED:
		return message_quoted_write_some(out, text, place, &c->column);
	case MESSAGE_CODER_BASE64:
		return base64(c, out, text, place);
	case MESSAGE_CODER_MEND_QUOTED:
		return message_quoted_mend(out, text, place, &c->column);
	case MESSAGE_CODER_MEND_BASE64:
		return mend(out, text, place, sift);
	case MESSAGE_CODER_MARK:
		return mend(out, text, place, mark);
	}
	return text.n;
}

/* What was held, with some of piece behind it.  What is left of piece. */
static struct str add_to_held(struct message_coder *c, struct buf *out, struct str piece)
{
	size_t had = c->n;
	struct str some = str_head(piece, sizeof(c->held) - had);

	memcpy(c->held + had, some.p, some.n);
	c->n += some.n;
	size_t used = code(c, out, (struct str){ c->held, c->n }, MESSAGE_QUOTED_MORE);
	if (used >= had) {
		c->n = 0;
		return str_skip(piece, used - had);
	}
	c->n -= used;
	memmove(c->held, c->held + used, c->n);
	return STR_NONE;
}

static void tell_written(struct message_coder *c, const struct buf *out, size_t before)
{
	if (out->n == before)
		return;
	c->wrote = true;
	c->line_end = str_ends(buf_str(out), STR("\n"));
}

void message_coder_add(struct message_coder *c, struct buf *out, struct str piece)
{
	size_t before = out->n;

	if (c->n > 0 && piece.n > 0)
		piece = add_to_held(c, out, piece);
	if (piece.n > 0) {
		piece = str_skip(piece, code(c, out, piece, MESSAGE_QUOTED_MORE));
		memcpy(c->held, piece.p, piece.n);
		c->n = piece.n;
	}
	tell_written(c, out, before);
}

void message_coder_end(struct message_coder *c, struct buf *out)
{
	size_t before = out->n;

	(void)code(c, out, (struct str){ c->held, c->n }, MESSAGE_QUOTED_LAST);
	c->n = 0;
	tell_written(c, out, before);
}
