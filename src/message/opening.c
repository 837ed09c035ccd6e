#include "message/opening.h"

#include "message/head.h"

#include <string.h>

#define MAILBOX_LINE STR("X-Mailbox-Line: ")

static size_t insert(struct buf *b, size_t at, struct str s)
{
	if (!buf_room(b, s.n))
		return 0;
	memmove(b->p + at + s.n, b->p + at, b->n - at);
	memcpy(b->p + at, s.p, s.n);
	b->n += s.n;
	return s.n;
}

/* "From a@b Mon ...", which is none of "From: a@b" in its obsolete form, "From : a@b". */
static bool is_mailbox_line(struct str line)
{
	struct message_field field;

	return str_starts(line, STR("From ")) && !message_head_next(&line, &field);
}

size_t message_opening_mend(struct buf *message, size_t own)
{
	struct str rest = str_skip(buf_str(message), own), line = STR_NONE;
	size_t at = own, added = 0;

	(void)str_line(&rest, &line);
	if (is_mailbox_line(line)) {
		at = message->n - rest.n;
		added = insert(message, own, MAILBOX_LINE);
		at += added;
	}
	rest = str_skip(buf_str(message), at);
	if (str_starts(rest, STR(" ")) || str_starts(rest, STR("\t")))
		added += insert(message, at, STR("\r\n"));
	return added;
}
