#include "term/tree.h"

#include "base/test.h"

enum { ROOM = 4096 };

/* Nodes as digits for their depth, each with its text up to the next '/'. */
static const struct {
	const char *label, *nodes;
	size_t width, indent;
	enum term_charset charset;
	const char *out;
} cases[] = {
	{ "a root", "0a", 80, 0, TERM_UTF8, "a\n" },
	{ "a route", "0a.example/110 mx1/21.2.3.4/2TLSA/120 mx2/25.6.7.8", 80, 0, TERM_UTF8,
	  "a.example\n"
	  "├─ 10 mx1\n"
	  "│  ├─ 1.2.3.4\n"
	  "│  └─ TLSA\n"
	  "└─ 20 mx2\n"
	  "   └─ 5.6.7.8\n" },
	{ "in ASCII, behind spaces", "0a/1b/2c/1d", 80, 2, TERM_ASCII,
	  "  a\n  |- b\n  |  `- c\n  `- d\n" },
	{ "goes on beside its branches", "0a/1one two/2three four five/1six", 16, 0, TERM_UTF8,
	  "a\n"
	  "├─ one two\n"
	  "│  └─ three four\n"
	  "│       five\n"
	  "└─ six\n" },
	{ "a branch that goes on, others below it", "0a/1one two three four/2b", 18, 0, TERM_UTF8,
	  "a\n"
	  "└─ one two three\n"
	  "   │      four\n"
	  "   └─ b\n" },
	{ "narrower than the branches", "0a/1b/2c/3d/4eeeeeeeee f", 8, 0, TERM_UTF8,
	  "a\n"
	  "└─ b\n"
	  "   └─ c\n"
	  "      └─ d\n"
	  "         └─ eeeeeeee\n"
	  "            e f\n" },
	{ "two roots", "0a/1b/0c/1d", 80, 0, TERM_UTF8, "a\n└─ b\nc\n└─ d\n" },
	{ "no deeper than what it hangs from", "3a/5b/9c", 80, 0, TERM_UTF8, "a\n└─ b\n   └─ c\n" },
	{ "nothing in a node", "0/1/1b", 80, 0, TERM_UTF8, "\n├─ \n└─ b\n" },
	{ "no tree", "", 80, 0, TERM_UTF8, "" },
};

static void add(struct term_tree *t, const char *nodes)
{
	struct str rest = str_of(nodes), one;

	while (rest.n) {
		if (!str_cut(&rest, '/', &one)) {
			one = rest;
			rest = STR_NONE;
		}
		term_tree_node(t, (unsigned)(one.p[0] - '0'));
		buf_add(&t->text.text, str_skip(one, 1));
	}
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(term_tree_free) struct term_tree t = TERM_TREE(ROOM);
		CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);

		add(&t, cases[i].nodes);
		term_tree_show(
			&out, &t,
			&(struct term_style){ cases[i].width, TERM_COLOUR_NONE, cases[i].charset },
			cases[i].indent);
		CHECK_STR(cases[i].label, buf_str(&out), str_of(cases[i].out));
	}
	return TEST_EXIT();
}
