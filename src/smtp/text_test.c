#include "smtp/text.h"

#include "base/buf.h"
#include "base/test.h"
#include "base/text.h"
#include "message/head.h"
#include "message/octets.h"
#include "smtp/dots.h"

#define TEN(x) x x x x x x x x x x
#define NINE(x) x x x x x x x x x
#define X998 NINE(TEN(TEN("x"))) NINE(TEN("x")) "xxxxxxxx"
#define H SMTP_TEXT_HEAD_EIGHT
#define B SMTP_TEXT_BODY_EIGHT
#define BARE SMTP_TEXT_BARE
#define LONG SMTP_TEXT_LONG
#define U SMTP_TEXT_HEAD_UTF8

static const struct {
	const char *label;
	struct str message;
	unsigned has;
} cases[] = {
	{ "nothing", STR_INIT(""), 0 },
	{ "plain", STR_INIT("A: b\r\n\r\nc\r\n"), 0 },
	{ "no end of the last line", STR_INIT("A: b\r\n\r\nc"), 0 },
	{ "an octet in the head", STR_INIT("A: \xe9\r\n\r\nc\r\n"), H },
	{ "UTF-8 in the head", STR_INIT("A: \xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80\r\n\r\nc\r\n"),
	  H | U },
	{ "at its end", STR_INIT("A: \xf0\x9f\x98\x80"), H | U },
	{ "a character cut off at its end", STR_INIT("A: \xc3\xb6\xf0\x9f\x98"), H },
	{ "one cut off within", STR_INIT("A: \xc3\r\nB: \xc3\xb6\r\n\r\nc\r\n"), H },
	{ "a surrogate", STR_INIT("A: \xed\xa0\x80\r\n\r\nc\r\n"), H },
	{ "UTF-8, and what is none in the body", STR_INIT("A: \xc3\xb6\r\n\r\n\xe9\r\n"),
	  H | U | B },
	{ "UTF-8 in the body alone", STR_INIT("A: b\r\n\r\n\xc3\xb6\r\n"), B },
	{ "one in the body", STR_INIT("A: b\r\n\r\n\xe9\r\n"), B },
	{ "in both", STR_INIT("A: \xe9\r\n\r\n\xe9\r\n"), H | B },
	{ "a bare LF", STR_INIT("A: b\r\n\r\nc\nd\r\n"), BARE },
	{ "a bare CR", STR_INIT("A: b\r\n\r\nc\rd\r\n"), BARE },
	{ "a CR at the end", STR_INIT("A: b\r\n\r\nc\r"), BARE },
	{ "a NUL", STR_INIT("A: b\r\n\r\nc\0\r\n"), BARE },
	{ "an octet behind what is bare", STR_INIT("A: b\r\n\r\nc\n\xe9"), B | BARE },
	{ "the longest line", STR_INIT("A: b\r\n\r\n" X998 "\r\n" X998 "\r\n"), 0 },
	{ "one octet more", STR_INIT("A: b\r\n\r\n" X998 "x\r\n"), LONG },
	{ "the longest, without an end", STR_INIT("A: b\r\n\r\n" X998), 0 },
	{ "one octet more, without an end", STR_INIT("A: b\r\n\r\n" X998 "x"), LONG },
	{ "a long line in the head", STR_INIT("A: " X998 "\r\n\r\nc\r\n"), LONG },
};

static unsigned has(struct str head, struct str body, size_t piece)
{
	struct smtp_text t = { .has = 0 };

	for (; head.n > 0; head = str_skip(head, piece))
		smtp_text_add(&t, str_head(head, piece), SMTP_TEXT_HEAD);
	for (; body.n > 0; body = str_skip(body, piece))
		smtp_text_add(&t, str_head(body, piece), SMTP_TEXT_BODY);
	return smtp_text_has(&t);
}

/* What those say who see the whole. */
static unsigned whole(struct str head, struct str body, struct str all)
{
	return (text_is_ascii(head) ? 0 : H | (text_is_utf8(head) ? U : 0)) |
	       (text_is_ascii(body) ? 0 : B) | (smtp_dots_clean(all) ? 0 : BARE) |
	       (message_octets_have_long_line(all) ? LONG : 0);
}

int main(void)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 4096 };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str all = cases[i].message;
		struct str head = str_head(all, message_head_size(all));
		struct str body = str_skip(all, head.n);
		CHECK_INT(cases[i].label, whole(head, body, all), cases[i].has);
		for (size_t k = 0; k < COUNT_OF(pieces); k++)
			CHECK_INT(cases[i].label, has(head, body, pieces[k]), cases[i].has);
	}
	return TEST_EXIT();
}
