/* What heads hold, wherever pieces end. */
#include "message/heads.h"

#include "base/test.h"

#define MULTI "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
#define WITHIN "Content-Type: message/rfc822\r\n\r\n"

static const struct {
	const char *label, *text;
	enum message_heads want;
} rows[] = {
	{ "nothing", "", MESSAGE_HEADS_ASCII },
	{ "plain", "A: b\r\n\r\nx\r\n", MESSAGE_HEADS_ASCII },
	{ "a body is none", "A: b\r\n\r\ncaf\xe9\r\n", MESSAGE_HEADS_ASCII },
	{ "its own in UTF-8", "A: caf\xc3\xa9\r\n\r\nx\r\n", MESSAGE_HEADS_UTF8 },
	{ "its own in Latin-1", "A: caf\xe9\r\n\r\nx\r\n", MESSAGE_HEADS_FOREIGN },
	{ "a part's in UTF-8", MULTI "\r\n--b\r\nA: \xc3\xa9\r\n\r\nx\r\n--b--\r\n",
	  MESSAGE_HEADS_UTF8 },
	{ "a part's in Latin-1", MULTI "\r\n--b\r\nA: \xe9\r\n\r\nx\r\n--b--\r\n",
	  MESSAGE_HEADS_FOREIGN },
	{ "one of either",
	  MULTI "\r\n--b\r\nA: \xe9\r\n\r\nx\r\n--b\r\nA: \xc3\xa9\r\n\r\n\r\n--b--",
	  MESSAGE_HEADS_FOREIGN },
	{ "and the other way round",
	  MULTI "\r\n--b\r\nA: \xc3\xa9\r\n\r\nx\r\n--b\r\nA: \xe9\r\n\r\n\r\n--b--",
	  MESSAGE_HEADS_FOREIGN },
	{ "a part's text, and between", MULTI "\r\n\xe9\r\n--b\r\n\r\n\xe9\r\n--b--\r\n\xe9\r\n",
	  MESSAGE_HEADS_ASCII },
	{ "of a message within", WITHIN "A: \xc3\xa9\r\n\r\nx\r\n", MESSAGE_HEADS_UTF8 },
	{ "in a part, Latin-1", MULTI "\r\n--b\r\n" WITHIN "A: \xe9\r\n\r\nx\r\n--b--\r\n",
	  MESSAGE_HEADS_FOREIGN },
	{ "a character in two heads", MULTI "\r\n--b\r\nA: \xc3\r\n\r\n--b\r\n\xa9: b\r\n--b--\r\n",
	  MESSAGE_HEADS_FOREIGN },
	{ "a head that the message ends in", "A: \xc3\xa9", MESSAGE_HEADS_UTF8 },
};

static void check(size_t i, size_t step)
{
	CLEANUP(message_heads_clear) struct message_heads_look h;
	struct str rest = str_of(rows[i].text);

	message_heads_init(&h, 200);
	for (; rest.n > 0; rest = str_skip(rest, step))
		message_heads_look(&h, str_head(rest, step));
	CHECK_INT(rows[i].label, message_heads_end(&h), rows[i].want);
}

/* No more of a head is held. */
static void check_limit(void)
{
	CLEANUP(buf_free) struct buf head = BUF_MAX(1 << 14);

	while (head.n < 8000)
		buf_add(&head, STR("A: 234567\r\n"));
	for (int all = 0; all < 2; all++) {
		CLEANUP(message_heads_clear) struct message_heads_look h;
		message_heads_init(&h, all ? head.n : 0);
		message_heads_look(&h, buf_str(&head));
		CHECK_INT("limit", message_heads_end(&h),
			  all ? MESSAGE_HEADS_ASCII : MESSAGE_HEADS_FOREIGN);
	}
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		check(i, 1);
		check(i, 7);
		check(i, 1000);
		CHECK_INT(rows[i].label, message_heads_of(str_of(rows[i].text)), rows[i].want);
	}
	check_limit();
	return TEST_EXIT();
}
