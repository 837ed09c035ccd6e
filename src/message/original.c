#include "message/original.h"

#include "base/text.h"
#include "message/head.h"
#include "message/octets.h"
#include "message/quoted.h"

/* Whether text can be sent as it is where eight bits may be. */
static bool is_sendable(struct str text)
{
	return message_octets_are_lines(text) && !message_octets_have_long_line(text);
}

enum message_original_encoding message_original_encode(struct str text)
{
	return text_is_ascii(text) && is_sendable(text) ? MESSAGE_ORIGINAL_7BIT
							: MESSAGE_ORIGINAL_QUOTED;
}

struct str message_original_encoding_text(enum message_original_encoding e)
{
	switch (e) {
	case MESSAGE_ORIGINAL_7BIT:
		return STR("");
	case MESSAGE_ORIGINAL_8BIT:
		return STR("8bit");
	case MESSAGE_ORIGINAL_QUOTED:
		return STR("quoted-printable");
	}
	return STR("");
}

/* The fields of the message one after the other, without the empty line. */
static struct str fields_of(struct str message)
{
	struct str rest = message, end = message;
	struct message_field field;

	while (message_head_next(&rest, &field) && field.name.p == end.p)
		end = rest;
	return str_head(message, message.n - end.n);
}

/* RFC 6533 section 4: a header with UTF-8 in it is not what RFC 822 types may hold. */
static bool is_global(struct str header)
{
	return !text_is_ascii(header) && text_is_utf8(header);
}

/* No more than a third of the room: an octet may be written as three. */
static bool fits(struct str text, size_t room)
{
	return text.n <= room / 3;
}

bool message_original_far(const struct message_far *far, struct message_original *out)
{
	bool global = is_global(fields_of(far->head));

	*out = (struct message_original){ .what = MESSAGE_ORIGINAL_WHOLE };
	if (global) {
		out->type = STR("message/global");
		out->encoding = MESSAGE_ORIGINAL_QUOTED;
	} else {
		out->type = STR("message/rfc822");
		out->encoding = far->ascii ? MESSAGE_ORIGINAL_7BIT : MESSAGE_ORIGINAL_8BIT;
	}
	return global || far->lines;
}

void message_original_heads(struct message_original *o, enum message_heads heads)
{
	if (o->what != MESSAGE_ORIGINAL_WHOLE || heads != MESSAGE_HEADS_UTF8)
		return;
	o->type = STR("message/global");
	o->encoding = MESSAGE_ORIGINAL_QUOTED;
}

struct message_original message_original_of(struct str message, enum message_original_what what,
					    size_t room)
{
	struct str header = fields_of(message);
	const struct message_far all = { .head = message,
					 .ascii = text_is_ascii(message),
					 .lines = is_sendable(message) };
	struct message_original o;

	if (what == MESSAGE_ORIGINAL_WHOLE && fits(message, room) &&
	    message_original_far(&all, &o)) {
		if (o.encoding == MESSAGE_ORIGINAL_8BIT)
			message_original_heads(&o, message_heads_of(message));
		o.text = message;
		return o;
	}
	o.what = MESSAGE_ORIGINAL_HEADER;
	o.type = is_global(header) ? STR("message/global-headers") : STR("text/rfc822-headers");
	o.text = header;
	o.encoding = message_original_encode(header);
	return o;
}

void message_original_write(struct buf *out, const struct message_original *o)
{
	if (o->encoding == MESSAGE_ORIGINAL_QUOTED)
		message_quoted_write(out, o->text);
	else
		buf_add(out, o->text);
	if (!str_ends(o->text, STR("\n")))
		buf_add(out, STR("\r\n"));
}

static bool field_is(struct str fields, struct str name, struct str value)
{
	struct message_field f;

	return message_head_find(fields, name, &f) && str_eq(str_trim(f.body), value);
}

bool message_original_shorten(struct str fields, struct str text, struct buf *room,
			      struct message_original *out)
{
	if (!field_is(fields, STR("Content-Type"), STR("message/rfc822")) &&
	    !field_is(fields, STR("Content-Type"), STR("message/global")))
		return false;
	if (field_is(fields, STR("Content-Transfer-Encoding"), STR("quoted-printable"))) {
		message_quoted_read(room, text);
		text = buf_str(room);
	}
	*out = message_original_of(text, MESSAGE_ORIGINAL_HEADER, room->max);
	return true;
}
