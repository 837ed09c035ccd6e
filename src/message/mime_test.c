#include "message/mime.h"

#include "base/test.h"

#define TYPE(value) STR_INIT("Content-Type:" value "\r\n\r\n")
#define MULTI MESSAGE_MIME_MULTIPART

static const struct {
	const char *label;
	struct str head;
	enum message_mime_kind kind;
	struct str boundary;
} types[] = {
	{ "none", STR_INIT("Subject: x\r\n\r\n"), MESSAGE_MIME_TEXT, STR_INIT("") },
	{ "text", TYPE(" text/html; charset=utf-8"), MESSAGE_MIME_TEXT, STR_INIT("") },
	{ "image", TYPE(" image/png"), MESSAGE_MIME_OTHER, STR_INIT("") },
	{ "not in the form", TYPE(" text"), MESSAGE_MIME_TEXT, STR_INIT("") },
	{ "nothing", TYPE(""), MESSAGE_MIME_TEXT, STR_INIT("") },
	{ "half a type", TYPE(" image/"), MESSAGE_MIME_TEXT, STR_INIT("") },
	{ "mixed", TYPE(" multipart/mixed; boundary=b1"), MULTI, STR_INIT("b1") },
	{ "in any case", TYPE("MULTIPART/Mixed;BOUNDARY=b1"), MULTI, STR_INIT("b1") },
	{ "quoted", TYPE(" multipart/mixed; boundary=\"a b;=\""), MULTI, STR_INIT("a b;=") },
	{ "escaped", TYPE(" multipart/mixed; boundary=\"a\\\"\\\\b\""), MULTI, STR_INIT("a\"\\b") },
	{ "padded", TYPE(" multipart/mixed; boundary=\"ab  \""), MULTI, STR_INIT("ab") },
	{ "folded, commented", TYPE(" multipart (a;(b)\\)) / mixed\r\n\t;\r\n boundary = b1 (c)"),
	  MULTI, STR_INIT("b1") },
	{ "behind others",
	  TYPE(" multipart/mixed; type=\"x; boundary=no\"; x=boundary; boundary=yes; y=z"), MULTI,
	  STR_INIT("yes") },
	{ "specials unquoted", TYPE(" multipart/mixed; boundary==_a:b/c?"), MULTI,
	  STR_INIT("=_a:b/c?") },
	{ "the first", TYPE(" multipart/mixed; boundary=a; boundary=b"), MULTI, STR_INIT("a") },
	{ "no end", TYPE(" multipart/mixed; boundary=\"a"), MULTI, STR_INIT("a") },
	{ "no boundary", TYPE(" multipart/mixed; x=y;"), MULTI, STR_INIT("") },
	{ "no value", TYPE(" multipart/mixed; boundary"), MULTI, STR_INIT("") },
	{ "nothing of it", TYPE(" multipart/mixed; boundary="), MULTI, STR_INIT("") },
	{ "a comment without an end", TYPE(" multipart/mixed (; boundary=b"), MULTI, STR_INIT("") },
	{ "digest", TYPE(" multipart/digest; boundary=b"), MESSAGE_MIME_DIGEST, STR_INIT("b") },
	{ "signed", TYPE(" multipart/signed; boundary=b"), MESSAGE_MIME_SEALED, STR_INIT("") },
	{ "encrypted", TYPE(" multipart/encrypted; boundary=b"), MESSAGE_MIME_SEALED,
	  STR_INIT("") },
	{ "message", TYPE(" message/rfc822"), MESSAGE_MIME_MESSAGE, STR_INIT("") },
	{ "partial", TYPE(" message/partial"), MESSAGE_MIME_FROZEN, STR_INIT("") },
	{ "global", TYPE(" message/global"), MESSAGE_MIME_OTHER, STR_INIT("") },
	{ "the first of two",
	  STR_INIT("Content-Type: image/png\r\nContent-Type: text/plain\r\n\r\n"),
	  MESSAGE_MIME_OTHER, STR_INIT("") },
	{ "behind the head", STR_INIT("\r\nContent-Type: image/png\r\n"), MESSAGE_MIME_TEXT,
	  STR_INIT("") },
};

static const struct {
	const char *label;
	struct str value;
	enum message_mime_encoding encoding;
} encodings[] = {
	{ "7bit", STR_INIT(" 7bit"), MESSAGE_MIME_7BIT },
	{ "8bit", STR_INIT("8BIT"), MESSAGE_MIME_8BIT },
	{ "binary", STR_INIT(" (x) Binary "), MESSAGE_MIME_BINARY },
	{ "quoted", STR_INIT(" Quoted-Printable"), MESSAGE_MIME_QUOTED },
	{ "base64", STR_INIT("\r\n base64"), MESSAGE_MIME_BASE64 },
	{ "another", STR_INIT(" x-uuencode"), MESSAGE_MIME_UNKNOWN },
	{ "nothing", STR_INIT(""), MESSAGE_MIME_UNKNOWN },
};

static void check_encodings(void)
{
	for (size_t i = 0; i < COUNT_OF(encodings); i++) {
		CLEANUP(buf_free) struct buf head = BUF_MAX(1000);
		CLEANUP(buf_free) struct buf boundary = BUF_MAX(1000);

		buf_add(&head, STR("MIME-Version: 1.0\r\ncontent-transfer-encoding:"));
		buf_add(&head, encodings[i].value);
		buf_add(&head, STR("\r\nContent-Transfer-Encoding: x\r\n\r\n"));
		struct message_mime m =
			message_mime_read(buf_str(&head), MESSAGE_MIME_MESSAGE, &boundary);
		CHECK_INT(encodings[i].label, m.encoding, encodings[i].encoding);
		CHECK_INT(encodings[i].label, m.kind, MESSAGE_MIME_MESSAGE);
		CHECK_INT(encodings[i].label, m.versioned && !m.typed, true);
	}
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		CLEANUP(buf_free) struct buf boundary = BUF_MAX(1000);

		buf_add(&boundary, STR("before"));
		struct message_mime m =
			message_mime_read(types[i].head, MESSAGE_MIME_TEXT, &boundary);
		CHECK_INT(types[i].label, m.kind, types[i].kind);
		CHECK_STR(types[i].label, str_skip(buf_str(&boundary), 6), types[i].boundary);
		CHECK_INT(types[i].label, m.versioned, false);
	}
	check_encodings();
	return TEST_EXIT();
}
