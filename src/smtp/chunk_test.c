#include "smtp/chunk.h"

#include "base/test.h"

static const struct {
	const char *label;
	struct str args;
	bool good;
	uint64_t size;
	enum smtp_chunk_place place;
} chunks[] = {
	{ "more to come", STR_INIT("86"), true, 86, SMTP_CHUNK_MORE },
	{ "the last", STR_INIT("86 LAST"), true, 86, SMTP_CHUNK_LAST },
	{ "in any case, spaced", STR_INIT("86  last "), true, 86, SMTP_CHUNK_LAST },
	{ "empty", STR_INIT("0"), true, 0, SMTP_CHUNK_MORE },
	{ "leading zeros", STR_INIT("00000000000000000007"), true, 7, SMTP_CHUNK_MORE },
	{ "64 bits", STR_INIT("18446744073709551615"), true, UINT64_MAX, SMTP_CHUNK_MORE },
	{ "more than 64 bits", STR_INIT("18446744073709551616"), true, UINT64_MAX,
	  SMTP_CHUNK_MORE },
	{ "21 digits", STR_INIT("000000000000000000007"), false, 0, 0 },
	{ "nothing", STR_INIT(""), false, 0, 0 },
	{ "no size", STR_INIT("LAST"), false, 0, 0 },
	{ "a sign", STR_INIT("-1"), false, 0, 0 },
	{ "hexadecimal", STR_INIT("0x10"), false, 0, 0 },
	{ "something else", STR_INIT("86 FIRST"), false, 0, 0 },
	{ "LAST and more", STR_INIT("86 LAST LAST"), false, 0, 0 },
};

static void check_chunks(void)
{
	for (size_t i = 0; i < COUNT_OF(chunks); i++) {
		struct smtp_chunk c = { .size = 0 };
		CHECK_INT(chunks[i].label, smtp_chunk_read(chunks[i].args, &c), chunks[i].good);
		CHECK_INT(chunks[i].label, c.size == chunks[i].size, true);
		CHECK_INT(chunks[i].label, c.place, chunks[i].place);
	}
}

static const struct {
	const char *label;
	struct str text;
	size_t sound;
	bool after_cr;
} texts[] = {
	{ "nothing", STR_INIT(""), 0, false },
	{ "a line", STR_INIT("ab\r\n"), 4, false },
	{ "lines", STR_INIT("ab\r\n\r\ncd"), 8, false },
	{ "a CR at the end", STR_INIT("ab\r"), 3, true },
	{ "bare LF", STR_INIT("ab\ncd"), 2, false },
	{ "bare LF at the start", STR_INIT("\nab"), 0, false },
	{ "LF after a line", STR_INIT("ab\r\n\ncd\r\n"), 4, false },
	{ "bare CR", STR_INIT("ab\rcd"), 3, true },
	{ "CR CR LF", STR_INIT("ab\r\r\n"), 3, true },
	{ "NUL", STR_INIT("ab\r\nc\0d\r\n"), 5, false },
	{ "NUL before LF", STR_INIT("c\0d\n"), 1, false },
	{ "LF before NUL", STR_INIT("cd\n\0"), 2, false },
	{ "dots are dots", STR_INIT(".\r\n..\r\n"), 7, false },
};

/* Whole, and octet by octet. */
static void check_texts(void)
{
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		bool after_cr = false;
		size_t n = smtp_chunk_text(&after_cr, texts[i].text);
		CHECK_INT(texts[i].label, (long long)n, (long long)texts[i].sound);
		CHECK_INT(texts[i].label, after_cr, texts[i].after_cr);
		after_cr = false;
		for (n = 0; n < texts[i].text.n; n++)
			if (smtp_chunk_text(&after_cr, str_head(str_skip(texts[i].text, n), 1)) ==
			    0)
				break;
		CHECK_INT(texts[i].label, (long long)n, (long long)texts[i].sound);
		CHECK_INT(texts[i].label, after_cr, texts[i].after_cr);
	}
}

int main(void)
{
	check_chunks();
	check_texts();
	return TEST_EXIT();
}
