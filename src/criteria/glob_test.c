#include "criteria/glob.h"

#include "base/test.h"

#define MANY 262144

/* The patterns are written with '*' and '?' here. */
static const struct {
	const char *pattern, *text;
	bool match;
} cases[] = {
	{ "", "", true },
	{ "", "a", false },
	{ "*", "", true },
	{ "*", "anything", true },
	{ "***", "anything", true },
	{ "a", "a", true },
	{ "a", "", false },
	{ "a", "ab", false },
	{ "a", "ba", false },
	{ "abc", "abc", true },
	{ "?", "a", true },
	{ "?", "", false },
	{ "?", "ab", false },
	{ "?", "ä", true },
	{ "?", "銀", true },
	{ "?", "\xf0\x9f\x98\x80", true },
	{ "??", "ä", false },
	{ "?", "\xff", true }, /* an octet that is no UTF-8 is a character by itself */
	{ "??", "\xc3\xc3", true },
	{ "*x?", "x\xf0\x9f\x98\x80", true },
	{ "*x?", "x\x9f\x98\x80", false },
	{ "a?c", "aäc", true },
	{ "a?c", "ac", false },
	{ "a*", "a", true },
	{ "a*", "abc", true },
	{ "a*", "ba", false },
	{ "*a", "a", true },
	{ "*a", "cba", true },
	{ "*a", "ab", false },
	{ "a*a", "a", false },
	{ "a*a", "aa", true },
	{ "a*a", "aba", true },
	{ "ab*ba", "aba", false },
	{ "*@bank.example", "x@bank.example", true },
	{ "*@bank.example", "@bank.example", true },
	{ "*@bank.example", "x@bank.example.net", false },
	{ "*payroll*", "payroll", true },
	{ "*payroll*", "the payroll of may", true },
	{ "*payroll*", "pay roll", false },
	{ "*a*b*c*", "abc", true },
	{ "*a*b*c*", "xaxbxcx", true },
	{ "*a*b*c*", "acb", false },
	{ "a*b*c", "abbbc", true },
	{ "a*bc*c", "abc", false },
	{ "a*bc*c", "abcbc", true },
	{ "*aab*", "aaab", true },
	{ "*ab?d*", "abxabcd", true },
	{ "*ab?d*", "ababxabc", false },
	{ "*?b", "äb", true },
	{ "*?b", "b", false },
	{ "?*", "ä", true },
	{ "?*", "", false },
	{ "*?*", "a", true },
	{ "*?*", "", false },
	{ "*??*", "ä", false },
	{ "*?", "aä", true },
	{ "*ä?", "xäö", true },
	{ "a**b", "ab", true },
	{ "a**b", "axb", true },
};

static void add_glob(struct buf *out, struct str pattern)
{
	for (size_t i = 0; i < pattern.n; i++)
		buf_addc(out, pattern.p[i] == '*'   ? CRITERIA_GLOB_RUN
			      : pattern.p[i] == '?' ? CRITERIA_GLOB_ONE
						    : pattern.p[i]);
}

static bool match(struct str pattern, struct str text)
{
	struct buf glob = BUF_MAX(8192);

	add_glob(&glob, pattern);
	struct criteria_glob g = criteria_glob_of(buf_str(&glob));
	bool got = criteria_glob_match(&g, text);
	buf_free(&glob);
	return got;
}

/* The definition, written down: exponential, so for short texts only. */
static bool plainly(struct str p, struct str t)
{
	if (p.n == 0)
		return t.n == 0;
	if (p.p[0] == '*')
		return plainly(str_skip(p, 1), t) || (t.n && plainly(p, str_skip(t, 1)));
	return t.n && (p.p[0] == '?' || p.p[0] == t.p[0]) &&
	       plainly(str_skip(p, 1), str_skip(t, 1));
}

/* Every pattern of up to 5 of "ab*?" against every text of up to 5 of "ab". */
static void check_all_short(void)
{
	long long wrong = 0;

	for (unsigned p = 0; p < 6 * 1024; p++) {
		char pattern[5], text[5];
		size_t np = p / 1024;
		for (size_t i = 0; i < np; i++)
			pattern[i] = "ab*?"[p >> 2 * i & 3];
		for (unsigned t = 0; t < 6 * 32; t++) {
			size_t nt = t / 32;
			for (size_t i = 0; i < nt; i++)
				text[i] = "ab"[t >> i & 1];
			struct str ps = { pattern, np }, ts = { text, nt };
			wrong += match(ps, ts) != plainly(ps, ts);
		}
	}
	CHECK_INT("every short pattern", wrong, 0);
}

/* Long stretches are sought in another way than short ones: a pattern, and the same 70 longer. */
static void check_long(void)
{
	static const char pad[] =
		"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";
	struct buf p = BUF_MAX(4096), t = BUF_MAX(4096);
	long long wrong = 0;

	for (unsigned i = 0; i < 4096; i++) {
		struct str ends[2];
		char pattern[6], text[6];
		for (size_t j = 0; j < 6; j++) {
			pattern[j] = "ab?b"[i >> 2 * j & 3];
			text[j] = "ab"[i * 2654435761u >> (j + 7) & 1];
		}
		ends[0] = (struct str){ pattern, 6 };
		ends[1] = (struct str){ text, 6 };
		buf_clear(&p), buf_clear(&t);
		buf_addf(&p, "*%.*s%s?*", STR_ARG(ends[0]), pad);
		buf_addf(&t, "ab%.*s\xc3\xa4%.*s%s\xc3\xa4", STR_ARG(ends[1]), STR_ARG(ends[1]),
			 pad);
		buf_addf(&t, "%.*s", STR_ARG(ends[1]));
		bool want = plainly(ends[0], ends[1]);
		wrong += match(buf_str(&p), buf_str(&t)) != want;
	}
	CHECK_INT("long stretches", wrong, 0);
	buf_free(&p), buf_free(&t);
}

/* The longest stretch that a line has room for. */
static void check_longest(void)
{
	struct buf p = BUF_MAX(4098), t = BUF_MAX(MANY);

	buf_addc(&p, '*');
	while (p.n < 4095)
		buf_add(&p, STR("a?"));
	buf_add(&p, STR("b*"));
	while (t.n < MANY)
		buf_addc(&t, 'a');
	CHECK_INT("longest", match(buf_str(&p), buf_str(&t)), false);
	t.p[t.n - 1] = 'b';
	CHECK_INT("longest", match(buf_str(&p), buf_str(&t)), true);
	buf_free(&p), buf_free(&t);
}

/* Patterns that blow up where matching backtracks. */
static void check_large(void)
{
	struct buf text = BUF_MAX(MANY);

	for (int i = 0; i < MANY; i++)
		buf_addc(&text, 'a');
	struct str t = buf_str(&text);
	CHECK_INT("runs", match(STR("*a*a*a*a*a*a*a*a*a*a*a*a*b*"), t), false);
	CHECK_INT("runs", match(STR("*a*a*a*a*a*a*a*a*a*a*a*a*"), t), true);
	CHECK_INT("stretch", match(STR("*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab*"), t), false);
	CHECK_INT("ones", match(STR("*a?a?a?a?a?a?a?a?a?a?a?a?a?b*"), t), false);
	CHECK_INT("ones", match(STR("*?????????*????????b"), t), false);
	buf_free(&text);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_INT(cases[i].pattern, match(str_of(cases[i].pattern), str_of(cases[i].text)),
			  cases[i].match);
	check_all_short();
	check_large();
	check_long();
	check_longest();
	return TEST_EXIT();
}
