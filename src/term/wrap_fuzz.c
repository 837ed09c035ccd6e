/*
 * Any text in any width, as lines, as a tree and as a table.  Seeds: src/term/corpus/wrap/.
 *
 * What must hold: nothing but the colours of ours and line ends steers the terminal; no line is
 * wider than the terminal and what is drawn before it leave; lines as lines lose nothing but
 * spaces; and none ends in DNSSEC that did not.
 */
#include "term/glyph.h"
#include "term/table.h"
#include "term/tree.h"
#include "term/wrap.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 1 << 22, LEAST = 60, COLUMNS = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool true_)
{
	if (!true_)
		abort();
}

/* The escape sequence of ours at the beginning of s; 0: there is none. */
static size_t sequence(struct str s)
{
	static const struct str ours[] = { STR_INIT("\033[0m"),  STR_INIT("\033[32m"),
					   STR_INIT("\033[33m"), STR_INIT("\033[31m"),
					   STR_INIT("\033[35m"), STR_INIT("\033[1m") };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (str_starts(s, ours[i]))
			return ours[i].n;
	return 0;
}

/* The text without colours; no line of it is wider than width, if it is not 0. */
static void check_lines(struct str s, size_t width, struct buf *bare)
{
	size_t column = 0;

	while (s.n) {
		size_t skip = sequence(s);
		struct term_glyph g = term_glyph_at(s, TERM_UTF8);
		if (skip || s.p[0] == '\n') {
			column = skip ? column : 0;
			g.n = skip ? skip : 1;
		} else {
			must(g.form == TERM_GLYPH_AS_IS);
			column += g.width;
			must(width == 0 || column <= width);
		}
		if (!skip)
			buf_add(bare, str_head(s, g.n));
		s = str_skip(s, g.n);
	}
}

/* s without spaces and line ends, which is what wrapping may change; as it is shown. */
static void without_spaces(struct buf *out, struct str s)
{
	struct str rest = s, line, word;

	while (str_line(&rest, &line))
		while (line.n) {
			if (!str_cut(&line, ' ', &word)) {
				word = line;
				line = STR_NONE;
			}
			term_glyph_add(out, word, TERM_UTF8);
		}
}

static size_t marked(struct str s)
{
	struct str line;
	size_t n = 0;

	while (str_line(&s, &line))
		n += str_ends(line, STR(" DNSSEC")) || str_eq(line, STR("DNSSEC"));
	return n;
}

static void check_wrap(const struct term_text *t, const struct term_style *style)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM), bare = BUF_MAX(ROOM);
	CLEANUP(buf_free) struct buf was = BUF_MAX(ROOM), is = BUF_MAX(ROOM);

	term_wrap_text(&out, t, style);
	must(buf_err(&out) == ERR_OK);
	check_lines(buf_str(&out), style->width < LEAST ? LEAST : style->width, &bare);
	without_spaces(&was, buf_str(&t->text));
	without_spaces(&is, buf_str(&bare));
	must(str_eq(buf_str(&was), buf_str(&is)));
	must(marked(buf_str(&bare)) <= marked(buf_str(&t->text)));
}

static void check_tree(struct str s, const struct term_style *style)
{
	CLEANUP(term_tree_free) struct term_tree t = TERM_TREE(ROOM);
	CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM), bare = BUF_MAX(ROOM);
	struct str line;

	for (unsigned depth = 0; str_line(&s, &line);
	     depth = line.n ? (unsigned char)line.p[0] % 9 : 0) {
		term_tree_node(&t, depth);
		term_text_add(&t.text, (enum term_tone)(line.n % 6), line);
	}
	term_tree_show(&out, &t, style, 2);
	must(buf_err(&out) == ERR_OK);
	check_lines(buf_str(&out), style->width < LEAST ? LEAST : style->width, &bare);
}

/* A column is never wider than its heads or the terminal. */
static void check_table(struct str s, const struct term_style *style)
{
	static const struct term_column columns[COLUMNS] = {
		{ STR_INIT("A"), 1, TERM_CUT_END, 4, TERM_RIGHT },
		{ STR_INIT("B"), 2, TERM_CUT_BEGINNING, 4, TERM_LEFT },
	};
	CLEANUP(term_table_free) struct term_table t = TERM_TABLE(columns, COLUMNS, ROOM);
	CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM), bare = BUF_MAX(ROOM);
	struct str line;

	for (size_t i = 0; str_line(&s, &line); i++)
		term_table_add(&t, &(struct term_cell){ line, (enum term_tone)(i % 6) });
	if (t.n_cell % COLUMNS)
		term_table_add(&t, &(struct term_cell){ STR_NONE, TERM_PLAIN });
	term_table_show(&out, &t, style);
	must(buf_err(&out) == ERR_OK);
	check_lines(buf_str(&out), style->width < LEAST ? LEAST : style->width, &bare);
}

/* The first octet is the width; a bar in the text hangs, a star begins or ends a tone. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	CLEANUP(term_text_free) struct term_text t = TERM_TEXT(ROOM);

	if (n == 0 || n > 4096)
		return 0;
	struct term_style style = { data[0], TERM_COLOUR_ANSI, TERM_UTF8 };
	struct str s = { (const char *)data + 1, n - 1 };
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '|')
			term_text_hang(&t);
		if (s.p[i] == '*')
			term_text_add(&t, (enum term_tone)(i % 6), STR("word"));
		buf_addc(&t.text, s.p[i]);
	}
	if (style.width)
		check_wrap(&t, &style);
	check_tree(s, &style);
	if (style.width)
		check_table(s, &style);
	return 0;
}
