#include "relay/spooling.h"

/* Its head is held, and looked for when there is a quarter more of it; and what comes at once. */
uint64_t relay_spooling_held(uint64_t size_limit, uint64_t header_size)
{
	uint64_t least = header_size > QUEUE_SPOOL_FROM ? header_size : QUEUE_SPOOL_FROM;
	uint64_t held = least + least / 4 + QUEUE_SPOOL_HELD;

	return held < size_limit ? held : size_limit;
}

/* What fits of the rest. */
static void refill(struct relay_spooling *s)
{
	buf_drop(&s->rest, queue_spool_file_add(s->file, buf_str(&s->rest)));
	if (s->rest.n == 0)
		buf_free(&s->rest);
}

bool relay_spooling_begin(struct relay_spooling *s, struct queue_spool *spool, queue_id id,
			  struct buf *content, size_t head)
{
	struct buf kept = BUF_MAX(content->max);
	struct str all = buf_str(content);

	buf_add(&kept, str_head(all, head));
	s->file = buf_err(&kept) == ERR_OK ? queue_spool_file_new(spool, id, QUEUE_SPOOL_COMES)
					   : NULL;
	if (!s->file) {
		buf_free(&kept);
		return false;
	}
	s->begun = true;
	s->octets = all.n;
	smtp_text_add(&s->text, str_head(all, head), SMTP_TEXT_HEAD);
	smtp_text_add(&s->text, str_skip(all, head), SMTP_TEXT_BODY);
	s->rest = *content;
	*content = kept;
	refill(s);
	return true;
}

void relay_spooling_add(struct relay_spooling *s, struct str piece)
{
	s->octets += piece.n;
	smtp_text_add(&s->text, piece, SMTP_TEXT_BODY);
	if (s->rest.n == 0)
		piece = str_skip(piece, queue_spool_file_add(s->file, piece));
	buf_add(&s->rest, piece);
	s->failed |= buf_err(&s->rest) != ERR_OK;
}

bool relay_spooling_full(const struct relay_spooling *s)
{
	return s->file && queue_spool_file_full(s->file);
}

struct queue_spool_file *relay_spooling_take(struct relay_spooling *s)
{
	struct queue_spool_file *file = s->file;

	s->file = NULL;
	return file;
}

void relay_spooling_back(struct relay_spooling *s, struct queue_spool_file *file,
			 struct queue_spooled *whole)
{
	s->whole = whole;
	s->file = file;
	if (whole) {
		whole->has = smtp_text_has(&s->text);
		queue_spool_file_free(&s->file);
	} else {
		refill(s);
	}
}

bool relay_spooling_failed(const struct relay_spooling *s)
{
	return s->failed;
}

void relay_spooling_clear(struct relay_spooling *s)
{
	queue_spool_file_free(&s->file);
	queue_spooled_free(&s->whole);
	buf_free(&s->rest);
	*s = (struct relay_spooling){ .begun = false };
}
