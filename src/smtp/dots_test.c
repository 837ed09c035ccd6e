#include "smtp/dots.h"

#include "base/test.h"

/* Each case is read in pieces of 1, 2, 3 and all octets. */
static const struct {
	const char *label;
	struct str in;
	enum smtp_dots_got end; /* what comes after the last piece */
	struct str body;
	struct str rest; /* END: what follows the data */
} reads[] = {
	{ "empty message", STR_INIT(".\r\n"), SMTP_DOTS_END, STR_INIT(""), STR_INIT("") },
	{ "one line", STR_INIT("a\r\n.\r\n"), SMTP_DOTS_END, STR_INIT("a\r\n"), STR_INIT("") },
	{ "command after it", STR_INIT("a\r\n.\r\nQUIT\r\n"), SMTP_DOTS_END, STR_INIT("a\r\n"),
	  STR_INIT("QUIT\r\n") },
	{ "empty lines", STR_INIT("\r\n\r\n.\r\n"), SMTP_DOTS_END, STR_INIT("\r\n\r\n"),
	  STR_INIT("") },
	{ "doubled dot", STR_INIT("..\r\n.\r\n"), SMTP_DOTS_END, STR_INIT(".\r\n"), STR_INIT("") },
	{ "three dots", STR_INIT("...\r\n.\r\n"), SMTP_DOTS_END, STR_INIT("..\r\n"), STR_INIT("") },
	{ "dot that was not doubled", STR_INIT(".a\r\n.\r\n"), SMTP_DOTS_END, STR_INIT("a\r\n"),
	  STR_INIT("") },
	{ "dot inside a line", STR_INIT("a.\r\nb..c\r\n.\r\n"), SMTP_DOTS_END,
	  STR_INIT("a.\r\nb..c\r\n"), STR_INIT("") },
	{ "many lines of dots", STR_INIT("a\r\n..b\r\n..\r\nc\r\n..d\r\n.\r\n"), SMTP_DOTS_END,
	  STR_INIT("a\r\n.b\r\n.\r\nc\r\n.d\r\n"), STR_INIT("") },
	{ "octets above 127", STR_INIT("\xff\x80\r\n.\r\n"), SMTP_DOTS_END,
	  STR_INIT("\xff\x80\r\n"), STR_INIT("") },
	{ "no end yet", STR_INIT("a\r\n"), SMTP_DOTS_MORE, STR_INIT("a\r\n"), STR_INIT("") },
	{ "no line end yet", STR_INIT("a"), SMTP_DOTS_MORE, STR_INIT("a"), STR_INIT("") },
	{ "CR without its LF yet", STR_INIT("a\r"), SMTP_DOTS_MORE, STR_INIT("a"), STR_INIT("") },
	{ "dot without more yet", STR_INIT("a\r\n."), SMTP_DOTS_MORE, STR_INIT("a\r\n"),
	  STR_INIT("") },
	{ "dot and CR without more yet", STR_INIT("a\r\n.\r"), SMTP_DOTS_MORE, STR_INIT("a\r\n"),
	  STR_INIT("") },
	{ "LF dot LF", STR_INIT("a\n.\nMAIL\r\n.\r\n"), SMTP_DOTS_BAD, STR_INIT("a"),
	  STR_INIT("") },
	{ "LF dot CR LF", STR_INIT("a\n.\r\nMAIL\r\n.\r\n"), SMTP_DOTS_BAD, STR_INIT("a"),
	  STR_INIT("") },
	{ "CR LF dot LF", STR_INIT("a\r\n.\nMAIL\r\n.\r\n"), SMTP_DOTS_BAD, STR_INIT("a\r\n"),
	  STR_INIT("") },
	{ "CR dot CR", STR_INIT("a\r.\rMAIL\r\n.\r\n"), SMTP_DOTS_BAD, STR_INIT("a"),
	  STR_INIT("") },
	{ "CR LF dot CR", STR_INIT("a\r\n.\rMAIL\r\n.\r\n"), SMTP_DOTS_BAD, STR_INIT("a\r\n"),
	  STR_INIT("") },
	{ "CR dot CR LF", STR_INIT("a\r.\r\nMAIL\r\n.\r\n"), SMTP_DOTS_BAD, STR_INIT("a"),
	  STR_INIT("") },
	{ "CR CR LF", STR_INIT("a\r\r\n.\r\n"), SMTP_DOTS_BAD, STR_INIT("a"), STR_INIT("") },
	{ "LF first", STR_INIT("\n.\r\n"), SMTP_DOTS_BAD, STR_INIT(""), STR_INIT("") },
	{ "LF CR", STR_INIT("a\n\r.\r\n"), SMTP_DOTS_BAD, STR_INIT("a"), STR_INIT("") },
	{ "NUL", STR_INIT("a\0b\r\n.\r\n"), SMTP_DOTS_BAD, STR_INIT("a"), STR_INIT("") },
	{ "NUL before the dot", STR_INIT("a\r\n\0.\r\n"), SMTP_DOTS_BAD, STR_INIT("a\r\n"),
	  STR_INIT("") },
	{ "NUL after the dot", STR_INIT("a\r\n.\0\r\n"), SMTP_DOTS_BAD, STR_INIT("a\r\n"),
	  STR_INIT("") },
	{ "LF after a doubled dot", STR_INIT("..\n.\r\n"), SMTP_DOTS_BAD, STR_INIT("."),
	  STR_INIT("") },
};

/* Each case is written into room of 4, 5, 7 and all octets at a time. */
static const struct {
	const char *label;
	struct str message, wire;
	bool clean;
} writes[] = {
	{ "empty", STR_INIT(""), STR_INIT(".\r\n"), true },
	{ "one line", STR_INIT("a\r\n"), STR_INIT("a\r\n.\r\n"), true },
	{ "no line end", STR_INIT("a"), STR_INIT("a\r\n.\r\n"), true },
	{ "dot alone", STR_INIT("."), STR_INIT("..\r\n.\r\n"), true },
	{ "dots", STR_INIT(".\r\na\r\n..b\r\n\r\n.\r\n"),
	  STR_INIT("..\r\na\r\n...b\r\n\r\n..\r\n.\r\n"), true },
	{ "dots inside", STR_INIT("a.b.\r\nc.\r\n"), STR_INIT("a.b.\r\nc.\r\n.\r\n"), true },
	{ "bare LF", STR_INIT("a\nb\r\n"), STR_INIT(""), false },
	{ "bare LF first", STR_INIT("\n"), STR_INIT(""), false },
	{ "bare CR", STR_INIT("a\rb\r\n"), STR_INIT(""), false },
	{ "bare CR last", STR_INIT("a\r\nb\r"), STR_INIT(""), false },
	{ "CR CR LF", STR_INIT("a\r\r\n"), STR_INIT(""), false },
	{ "NUL", STR_INIT("a\0b\r\n"), STR_INIT(""), false },
};

static void check_read(size_t i, size_t chunk)
{
	CLEANUP(buf_free) struct buf in = BUF_MAX(1000);
	CLEANUP(buf_free) struct buf body = BUF_MAX(1000);
	struct smtp_dots d = SMTP_DOTS_BEGIN;
	struct str left = reads[i].in, piece;
	enum smtp_dots_got got = SMTP_DOTS_MORE;
	size_t used;

	while (got == SMTP_DOTS_PIECE || (got == SMTP_DOTS_MORE && left.n > 0)) {
		if (got == SMTP_DOTS_MORE) {
			buf_add(&in, str_head(left, chunk));
			left = str_skip(left, chunk);
		}
		got = smtp_dots_read(&d, buf_str(&in), &piece, &used);
		if (got == SMTP_DOTS_PIECE)
			buf_add(&body, piece);
		if (got == SMTP_DOTS_MORE)
			CHECK_INT(reads[i].label, in.n - used <= 2, true);
		buf_drop(&in, used);
	}
	CHECK_INT(reads[i].label, got, reads[i].end);
	CHECK_STR(reads[i].label, buf_str(&body), reads[i].body);
	if (got == SMTP_DOTS_END) {
		buf_add(&in, left);
		CHECK_STR(reads[i].label, buf_str(&in), reads[i].rest);
	}
}

static void check_write(size_t i, size_t room)
{
	CLEANUP(buf_free) struct buf window = BUF_MAX(1000);
	CLEANUP(buf_free) struct buf wire = BUF_MAX(1000);
	struct smtp_dots d = SMTP_DOTS_BEGIN;
	struct str left = writes[i].message;

	CHECK_INT(writes[i].label, smtp_dots_clean(left), writes[i].clean);
	if (!writes[i].clean)
		return;
	while (left.n > 0) {
		smtp_dots_write(&d, &left, &window, room);
		CHECK_INT(writes[i].label, window.n > 0 && window.n <= room, true);
		buf_add(&wire, buf_str(&window));
		buf_clear(&window);
	}
	smtp_dots_end(&d, &wire);
	CHECK_STR(writes[i].label, buf_str(&wire), writes[i].wire);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(reads); i++) {
		check_read(i, 1);
		check_read(i, 2);
		check_read(i, 3);
		check_read(i, 1000);
	}
	for (size_t i = 0; i < COUNT_OF(writes); i++) {
		check_write(i, 2);
		check_write(i, 3);
		check_write(i, 5);
		check_write(i, 1000);
	}
	return TEST_EXIT();
}
