/* Each is judged alone: a character that began in one does not end in another. */
#include "message/heads.h"

#include "base/text.h"

void message_heads_init(struct message_heads_look *h, size_t head_max)
{
	h->found = MESSAGE_HEADS_ASCII;
	message_parts_init(&h->parts, head_max);
}

void message_heads_clear(struct message_heads_look *h)
{
	message_parts_clear(&h->parts);
}

static enum message_heads one(struct str head)
{
	if (text_is_ascii(head))
		return MESSAGE_HEADS_ASCII;
	return text_is_utf8(head) ? MESSAGE_HEADS_UTF8 : MESSAGE_HEADS_FOREIGN;
}

void message_heads_look(struct message_heads_look *h, struct str piece)
{
	enum message_parts_kind kind;
	enum message_heads found;
	struct str some;

	if (h->found == MESSAGE_HEADS_FOREIGN)
		return;
	while ((kind = message_parts_next(&h->parts, &piece, &some)) < MESSAGE_PARTS_MORE) {
		found = kind == MESSAGE_PARTS_HEAD ? one(some) : MESSAGE_HEADS_ASCII;
		h->found = found > h->found ? found : h->found;
	}
	if (kind == MESSAGE_PARTS_FAILED)
		h->found = MESSAGE_HEADS_FOREIGN;
}

enum message_heads message_heads_end(struct message_heads_look *h)
{
	message_parts_over(&h->parts);
	message_heads_look(h, STR_NONE);
	return h->found;
}

enum message_heads message_heads_of(struct str message)
{
	CLEANUP(message_heads_clear) struct message_heads_look h;

	message_heads_init(&h, message.n);
	message_heads_look(&h, message);
	return message_heads_end(&h);
}
