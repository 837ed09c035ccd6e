#include "term/progress.h"

#include "base/test.h"

enum { ROOM = 4096 };

static const struct {
	const char *label;
	struct term_progress p;
	int64_t now_ms, due_ms;
} dues[] = {
	{ "it began just now", { .began_ms = 5000 }, 5000, 1000 },
	{ "a moment before", { .began_ms = 5000 }, 5999, 1 },
	{ "a second", { .began_ms = 5000 }, 6000, 0 },
	{ "long over", { .began_ms = 5000 }, 99000, 0 },
	{ "shown now", { 5000, 7000, true }, 7000, 1000 },
	{ "shown a second ago", { 5000, 7000, true }, 8000, 0 },
	{ "something else began, and the old is shown", { 7500, 7000, true }, 7600, 400 },
	{ "taken away just now", { 5000, 7000, false }, 7600, 400 },
	{ "taken away, and something else began", { 7500, 7000, false }, 7600, 900 },
};

static const struct {
	const char *label, *what;
	int64_t for_ms;
	size_t width;
	const char *out;
} shows[] = {
	{ "its time", "waiting for 127.0.0.1:53", 3999, 80,
	  "\r\033[Kwaiting for 127.0.0.1:53, 3 s" },
	{ "no whole second yet", "tls", 999, 80, "\r\033[Ktls" },
	{ "cut, and the time stays", "waiting for 127.0.0.1:53", 3000, 16,
	  "\r\033[Kwaiting fo, 3 s" },
	{ "no room at all", "waiting", 3000, 3, "\r\033[K, 3 s" },
	{ "foreign words", "\033[31m", 0, 80, "\r\033[K\\x1b[31m" },
};

int main(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);
	struct term_progress none = { 0 };

	for (size_t i = 0; i < COUNT_OF(dues); i++)
		CHECK_INT(dues[i].label, term_progress_due(&dues[i].p, dues[i].now_ms),
			  dues[i].due_ms);
	for (size_t i = 0; i < COUNT_OF(shows); i++) {
		struct term_style style = { shows[i].width, TERM_COLOUR_NONE, TERM_UTF8 };
		struct term_progress p = { 0 };

		term_progress_begin(&p, 1000);
		buf_clear(&out);
		term_progress_show(&out, &p, str_of(shows[i].what), &style, 1000 + shows[i].for_ms);
		CHECK_STR(shows[i].label, buf_str(&out), str_of(shows[i].out));
		CHECK_INT(shows[i].label, term_progress_due(&p, 1000 + shows[i].for_ms), 1000);
		buf_clear(&out);
		term_progress_erase(&out, &p, 9000);
		CHECK_STR(shows[i].label, buf_str(&out), STR("\r\033[K"));
	}
	buf_clear(&out);
	term_progress_erase(&out, &none, 9000);
	CHECK_STR("nothing to take away", buf_str(&out), STR(""));
	return TEST_EXIT();
}
