#include "journal/seek.h"

#include "base/test.h"

#include <string.h>

static const struct journal_frame frames[] = { { .packed = 12 },
					       { .packed = 100, .text = 1000 },
					       { .packed = 7, .text = 3 } };

enum { BEFORE = 119, SIZE = 8 + 3 * 8 + 9 };

/* As others may write it: with a sum behind each row. */
static const char summed[] = "\x5e\x2a\x4d\x18\x15\0\0\0"
			     "\x64\0\0\0\x05\0\0\0sum."
			     "\1\0\0\0\x80\xb1\xea\x92\x8f";

static const struct {
	const char *label;
	size_t at;
	char to;
	uint64_t file;
	enum err err;
} changes[] = {
	{ "nothing changed", 0, 0x5e, BEFORE + SIZE, ERR_OK },
	{ "another skippable frame", 0, 0x5f, BEFORE + SIZE, ERR_SYNTAX },
	{ "its size", 4, 1, BEFORE + SIZE, ERR_SYNTAX },
	{ "a frame of another size", 16, 101, BEFORE + SIZE, ERR_SYNTAX },
	{ "the text of another size", 20, 1, BEFORE + SIZE, ERR_OK },
	{ "too large a frame", 19, 1, BEFORE + SIZE, ERR_LIMIT },
	{ "too much text", 23, 1, BEFORE + SIZE, ERR_LIMIT },
	{ "fewer frames", SIZE - 9, 2, BEFORE + SIZE, ERR_SYNTAX },
	{ "very many frames", SIZE - 6, 127, BEFORE + SIZE, ERR_SYNTAX },
	{ "a mark that is not known", SIZE - 5, 4, BEFORE + SIZE, ERR_SYNTAX },
	{ "its end", SIZE - 1, 0, BEFORE + SIZE, ERR_SYNTAX },
	{ "a longer file", 0, 0x5e, BEFORE + SIZE + 1, ERR_SYNTAX },
	{ "a shorter file", 0, 0x5e, SIZE - 1, ERR_SYNTAX },
};

static void check_changes(struct str table)
{
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		CLEANUP(buf_free) struct buf b = BUF_MAX(4096);
		struct journal_seek s = { 0 };

		buf_add(&b, table);
		b.p[changes[i].at] = changes[i].to;
		CHECK_INT(changes[i].label, journal_seek_read(buf_str(&b), changes[i].file, &s),
			  changes[i].err);
		CHECK_INT(changes[i].label, s.n > 0, changes[i].err == ERR_OK);
		journal_seek_clear(&s);
	}
	for (size_t n = 0; n < table.n; n++) {
		struct journal_seek s;
		CHECK_INT("cut short", journal_seek_read(str_skip(table, n), BEFORE + SIZE, &s),
			  n ? ERR_SYNTAX : ERR_OK);
		if (!n)
			journal_seek_clear(&s);
	}
}

int main(void)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(4096);
	const struct str other = { summed, sizeof(summed) - 1 };
	struct journal_seek s;

	journal_seek_head(&b);
	CHECK_INT("head", journal_seek_is_head(buf_str(&b)), true);
	CHECK_INT("another", journal_seek_is_head(str_skip(buf_str(&b), 1)), false);
	buf_clear(&b);
	journal_seek_write(&b, frames, COUNT_OF(frames));
	CHECK_INT("size", (long long)b.n, SIZE);
	CHECK_INT("its foot says so",
		  (long long)journal_seek_size(str_skip(buf_str(&b), b.n - JOURNAL_SEEK_FOOT)),
		  SIZE);
	CHECK_INT("read", journal_seek_read(buf_str(&b), BEFORE + SIZE, &s), ERR_OK);
	CHECK_INT("text", (long long)s.text, 1003);
	CHECK_INT("the last begins", (long long)s.frame[2].at, 112);
	journal_seek_clear(&s);
	check_changes(buf_str(&b));
	CHECK_INT("another hand's", journal_seek_read(other, 100 + other.n, &s), ERR_OK);
	CHECK_INT("its text", (long long)s.text, 5);
	journal_seek_clear(&s);
	return TEST_EXIT();
}
