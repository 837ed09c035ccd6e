#include "term/wrap.h"

#include "term/glyph.h"

enum { INDENT = 4 };

/* Some spaces and a word that is not broken from them, or goes with them where a line is broken. */
struct unit {
	struct str gap, word;
	size_t width; /* of the word */
};

struct wrapping {
	struct term_paint *paint;
	const struct term_wrap_leads *leads;
	size_t width;  /* of the terminal, or the least */
	size_t hang;   /* spaces behind leads->next */
	size_t column; /* where the line stands */
	bool fresh;    /* there is nothing but the lead in it */
};

static size_t spaces_of(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] == ' ')
		n++;
	return n;
}

static size_t letters_of(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != ' ')
		n++;
	return n;
}

/* A word with what follows it, where it must not be the last of a line. */
static size_t kept_together(struct str s)
{
	size_t n = letters_of(s);

	while (str_eq(str_head(s, n), STR("DNSSEC")) || str_ends(str_head(s, n), STR(" DNSSEC"))) {
		size_t gap = spaces_of(str_skip(s, n));
		if (n + gap == s.n)
			return s.n;
		n += gap + letters_of(str_skip(s, n + gap));
	}
	return n;
}

static bool next_unit(const struct wrapping *w, struct str *rest, struct unit *u)
{
	u->gap = str_head(*rest, spaces_of(*rest));
	*rest = str_skip(*rest, u->gap.n);
	u->word = str_head(*rest, kept_together(*rest));
	*rest = str_skip(*rest, u->word.n);
	u->width = term_glyph_width(u->word, w->paint->style->charset);
	return u->word.n > 0;
}

static void break_line(struct wrapping *w)
{
	term_paint_end_line(w->paint);
	term_paint_gap(w->paint, w->leads->next, w->hang);
	w->column = w->leads->n_next + w->hang;
	w->fresh = true;
}

/* Whether broken there either part would be the word that stands at the end of a line. */
static bool is_bad_break(struct str word, size_t n)
{
	static const struct str mark = STR_INIT("DNSSEC");

	return n < word.n && (str_ends(str_head(word, n), mark) || str_eq(str_skip(word, n), mark));
}

/* A word that no line holds, as far as each goes. */
static void add_pieces(struct wrapping *w, struct str word)
{
	enum term_charset charset = w->paint->style->charset;

	while (word.n) {
		size_t room = w->width > w->column ? w->width - w->column : 0;
		size_t n = term_glyph_fit(word, room, charset).n;
		while (room > 0 && is_bad_break(word, n))
			n = term_glyph_fit(word, --room, charset).n;
		term_paint_add(w->paint, str_head(word, n));
		w->column += term_glyph_width(str_head(word, n), charset);
		word = str_skip(word, n);
		if (word.n)
			break_line(w);
	}
}

/*
 * Whether the next unit begins a line: it does not fit in this one, and does in another, or there
 * is next to nothing left of this one.
 */
static bool needs_line(const struct wrapping *w, size_t gap, size_t width)
{
	size_t begin = w->column + gap, fresh = w->leads->n_next + w->hang;

	if (w->fresh || begin + width <= w->width)
		return false;
	return fresh + width <= w->width || begin + TERM_WRAP_LEAST > w->width;
}

static void add_unit(struct wrapping *w, const struct unit *u, bool first)
{
	size_t gap = u->gap.n;

	if (first && gap > w->width / 2)
		gap = w->width / 2;
	if (needs_line(w, gap, u->width))
		break_line(w);
	if (!w->fresh || first) {
		term_paint_gap(w->paint, STR_NONE, gap);
		w->column += gap;
	}
	if (w->column + u->width <= w->width) {
		term_paint_add(w->paint, u->word);
		w->column += u->width;
	} else {
		add_pieces(w, u->word);
	}
	w->fresh = false;
}

/* The columns up to the line's hanging mark; where it has none, some more than it is indented. */
static size_t hang_of(const struct term_paint *p, struct str line)
{
	const struct term_text *t = p->text;
	size_t begin = line.n ? (size_t)(line.p - t->text.p) : 0;

	for (size_t i = p->mark; i < t->n_mark && t->mark[i].at <= begin + line.n; i++)
		if (t->mark[i].kind == TERM_MARK_HANG && t->mark[i].at >= begin)
			return term_glyph_width(str_head(line, t->mark[i].at - begin),
						p->style->charset);
	return spaces_of(line) + INDENT;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

void term_wrap_line(struct term_paint *paint, struct str line, const struct term_wrap_leads *leads)
{
	size_t room = larger(paint->style->width,
			     larger(leads->n_first, leads->n_next) + TERM_WRAP_LEAST);
	size_t hang_most = room - leads->n_next - TERM_WRAP_LEAST;
	struct wrapping w = { .paint = paint,
			      .leads = leads,
			      .width = room,
			      .hang = hang_of(paint, line),
			      .column = leads->n_first,
			      .fresh = true };
	struct unit u;
	bool first = true;

	if (w.hang > hang_most)
		w.hang = hang_most;
	term_paint_gap(paint, leads->first, 0);
	for (; next_unit(&w, &line, &u); first = false)
		add_unit(&w, &u, first);
	term_paint_end_line(paint);
}

void term_wrap_text(struct buf *out, const struct term_text *t, const struct term_style *style)
{
	struct term_paint paint = term_paint_on(out, style, t);
	struct str rest = buf_str(&t->text), line;

	if (style->width == 0)
		term_paint_raw(&paint, rest);
	while (style->width && str_line(&rest, &line))
		term_wrap_line(&paint, line, &(struct term_wrap_leads){ 0 });
	if (buf_err(&t->text) != ERR_OK)
		out->err = buf_err(&t->text);
}
