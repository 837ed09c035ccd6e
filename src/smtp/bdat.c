/*
 * BDAT (RFC 3030 section 2): a message in chunks.
 *
 * What belongs to a chunk is message and never a command, whatever is thought of it:
 * a chunk that is refused is read to its end and dropped, and then the refusal is
 * said.  Where a chunk of a message is refused the transaction is over, so that
 * those that follow in the pipeline cannot become a message without it.
 */
#include "smtp/server_priv.h"

static void drop_chunk(struct smtp_server *s, enum chunk_fate fate, int code, struct str text)
{
	s->fate = fate;
	s->refusal = code;
	buf_clear(&s->line);
	buf_add(&s->line, str_head(text, SMTP_SERVER_LINE_MAX));
	s->on_no = s->state;
	smtp_server_enter(s, CHUNK);
}

/* A chunk of the message that is open. */
static void take_chunk(struct smtp_server *s)
{
	uint64_t max = s->conf.size_max;

	s->fate = CHUNK_TAKEN;
	if (max != 0 && s->chunk.size > max - s->message_n)
		drop_chunk(s, CHUNK_REFUSED, 552, STR("5.3.4 Message too big"));
	else
		smtp_server_enter(s, CHUNK);
}

void smtp_server_bdat(struct smtp_server *s, struct str args)
{
	if (!smtp_chunk_read(args, &s->chunk)) {
		smtp_server_last_reply(s, 501, STR("5.5.4 Say BDAT size or BDAT size LAST"));
		return;
	}
	s->chunk_left = s->chunk.size;
	struct smtp_fault f = smtp_server_held_back(s, AFTER_LOGIN);
	if (f.code != 0)
		drop_chunk(s, CHUNK_OUT_OF_ORDER, f.code, f.text);
	else if (s->state == RCPT)
		smtp_server_wait(s, SMTP_ASK_DATA, CHUNK, READY);
	else if (s->state == CHUNKS)
		take_chunk(s);
	else if (s->state == MAIL)
		drop_chunk(s, CHUNK_OUT_OF_ORDER, 554, STR("5.5.1 No valid recipients"));
	else if (s->state == READY)
		drop_chunk(s, CHUNK_OUT_OF_ORDER, 503, STR("5.5.1 Say MAIL first"));
	else
		drop_chunk(s, CHUNK_OUT_OF_ORDER, 503, STR("5.5.1 Say EHLO first"));
}

void smtp_server_chunks_begin(struct smtp_server *s)
{
	s->message_n = 0;
	s->after_cr = false;
	take_chunk(s);
}

void smtp_server_chunks_refused(struct smtp_server *s, int code, struct str text)
{
	drop_chunk(s, CHUNK_REFUSED, code, text);
}

/* A chunk that was dropped has come to its end. */
static void say_no(struct smtp_server *s)
{
	if (s->fate == CHUNK_REFUSED) {
		smtp_server_refuse_message(s, s->refusal, buf_str(&s->line));
		s->void_chunks = true;
		return;
	}
	smtp_server_enter(s, s->on_no);
	if (!s->void_chunks)
		smtp_server_refuse(s, s->refusal, buf_str(&s->line));
	else if (smtp_server_bears_junk(s))
		smtp_server_reply(s, s->refusal, buf_str(&s->line));
}

static void say_yes(struct smtp_server *s)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(64);

	buf_addf(&text, "2.0.0 %llu octets received", (unsigned long long)s->chunk.size);
	smtp_server_enter(s, CHUNKS);
	if (s->chunk.size > 0 || smtp_server_bears_junk(s))
		smtp_server_reply(s, 250, buf_str(&text));
}

static void chunk_ends(struct smtp_server *s)
{
	smtp_server_heard_data(s, s->chunk.size);
	if (s->fate != CHUNK_TAKEN)
		say_no(s);
	else if (s->chunk.place == SMTP_CHUNK_MORE)
		say_yes(s);
	else if (s->after_cr)
		smtp_server_refuse_bare(s);
	else
		smtp_server_wait(s, SMTP_ASK_MESSAGE, READY, READY);
}

/* What of in may be handed out; nothing: it is refused. */
static struct str sound(struct smtp_server *s, struct str in)
{
	return s->mail.flags & SMTP_MAIL_BINARY ? in
						: str_head(in, smtp_chunk_text(&s->after_cr, in));
}

bool smtp_server_chunk(struct smtp_server *s, struct str in)
{
	struct str piece;

	if (s->chunk_left == 0) {
		chunk_ends(s);
		return true;
	}
	if (in.n > s->chunk_left)
		in.n = (size_t)s->chunk_left;
	piece = s->fate == CHUNK_TAKEN ? sound(s, in) : in;
	if (in.n > 0 && piece.n == 0) {
		smtp_server_heard_data(s, s->chunk.size - s->chunk_left);
		smtp_server_refuse_bare(s);
		return true;
	}
	s->at += piece.n;
	s->chunk_left -= piece.n;
	if (piece.n > 0 && s->fate == CHUNK_TAKEN)
		smtp_server_take_piece(s, piece);
	return in.n > 0;
}
