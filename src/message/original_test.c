/* What is returned of a message, and how: of one in memory, and of one that is elsewhere. */
#include "message/original.h"

#include "base/test.h"
#include "base/text.h"
#include "message/head.h"
#include "message/octets.h"

#define MULTI "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
#define PART "\r\n--b\r\nContent-Disposition: attachment; filename="

static const struct {
	const char *label, *text;
	const char *type;
	enum message_original_encoding encoding;
} rows[] = {
	{ "ASCII", "A: b\r\n\r\nx\r\n", "message/rfc822", MESSAGE_ORIGINAL_7BIT },
	{ "8-bit text", "A: b\r\n\r\ncaf\xe9\r\n", "message/rfc822", MESSAGE_ORIGINAL_8BIT },
	{ "UTF-8 in its head", "A: \xc3\xa9\r\n\r\ncaf\xe9\r\n", "message/global",
	  MESSAGE_ORIGINAL_QUOTED },
	{ "UTF-8 in a part's head", MULTI PART "\xc3\xa9\r\n\r\ncaf\xe9\r\n--b--\r\n",
	  "message/global", MESSAGE_ORIGINAL_QUOTED },
	{ "UTF-8 in both", "A: \xc3\xa9\r\n" MULTI PART "\xc3\xa9\r\n\r\ncaf\xe9\r\n--b--\r\n",
	  "message/global", MESSAGE_ORIGINAL_QUOTED },
	{ "Latin-1 in a part's head: no type of message may hold that",
	  MULTI PART "\xe9\r\n\r\ncaf\xe9\r\n--b--\r\n", "message/rfc822", MESSAGE_ORIGINAL_8BIT },
	{ "Latin-1 in its own, UTF-8 in a part's",
	  "A: \xe9\r\n" MULTI PART "\xc3\xa9\r\n\r\ncaf\xe9\r\n--b--\r\n", "message/rfc822",
	  MESSAGE_ORIGINAL_8BIT },
	{ "a bare LF", "A: b\r\n\r\nx\ny\r\n", "text/rfc822-headers", MESSAGE_ORIGINAL_7BIT },
};

static void check(size_t i, const char *where, const struct message_original *o)
{
	CHECK_STR(rows[i].label, o->type, str_of(rows[i].type));
	CHECK_INT(where, o->encoding, rows[i].encoding);
}

static void check_far(size_t i)
{
	struct str text = str_of(rows[i].text);
	const struct message_far far = { .head = str_head(text, message_head_size(text)),
					 .ascii = text_is_ascii(text),
					 .lines = message_octets_are_lines(text) };
	struct message_original o;
	bool whole = message_original_far(&far, &o);

	CHECK_INT(rows[i].label, whole, !str_eq(str_of(rows[i].type), STR("text/rfc822-headers")));
	if (!whole)
		return;
	message_original_heads(&o, message_heads_of(text));
	check(i, "elsewhere", &o);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct str text = str_of(rows[i].text);
		const struct message_original o =
			message_original_of(text, MESSAGE_ORIGINAL_WHOLE, 3 * text.n);
		check(i, "in memory", &o);
		check_far(i);
	}
	return TEST_EXIT();
}
