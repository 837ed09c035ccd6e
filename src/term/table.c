#include "term/table.h"

#include "term/glyph.h"
#include "term/paint.h"

#include <string.h>

enum { GAP = 2 };

/* How a row is laid out: 0 is a column that is left out. */
struct fit {
	size_t width[TERM_TABLE_COLUMNS_MAX];
};

/* What is kept of a cell. */
struct stored {
	size_t n; /* octets */
	enum term_tone tone;
};

void term_table_free(struct term_table *t)
{
	buf_free(&t->text);
	buf_free(&t->cells);
}

void term_table_add(struct term_table *t, const struct term_cell *cell)
{
	struct stored s = { cell->text.n, cell->tone };

	buf_add(&t->cells, (struct str){ (const char *)&s, sizeof(s) });
	buf_add(&t->text, cell->text);
	t->n_cell++;
}

static struct stored stored_at(const struct term_table *t, size_t i)
{
	struct stored s;

	memcpy(&s, t->cells.p + i * sizeof(s), sizeof(s));
	return s;
}

static void widen(struct term_table *t, size_t column, struct str text, enum term_charset charset)
{
	size_t width = term_glyph_width(text, charset);

	if (width > t->widest[column])
		t->widest[column] = width;
}

static void measure(struct term_table *t, enum term_charset charset)
{
	struct str rest = buf_str(&t->text);

	for (size_t c = 0; c < t->n_column; c++)
		widen(t, c, t->column[c].head, charset);
	for (size_t i = 0; i < t->n_cell; i++) {
		size_t n = stored_at(t, i).n;
		widen(t, i % t->n_column, str_head(rest, n), charset);
		rest = str_skip(rest, n);
	}
}

static size_t least_of(const struct term_table *t, size_t c)
{
	const struct term_column *column = &t->column[c];

	if (column->cut == TERM_WHOLE || t->widest[c] < column->least)
		return t->widest[c];
	return column->least;
}

/* Columns of the terminal that they take, the gaps between them too. */
static size_t sum_of(const struct fit *fit, size_t n)
{
	size_t sum = 0;

	for (size_t c = 0; c < n; c++)
		if (fit->width[c])
			sum += fit->width[c] + (sum ? GAP : 0);
	return sum;
}

/* Of the columns that are there: the one of least worth.  *n: how many they are. */
static size_t least_worth(const struct term_table *t, const struct fit *fit, size_t *n)
{
	size_t found = t->n_column;

	*n = 0;
	for (size_t c = 0; c < t->n_column; c++) {
		if (fit->width[c] == 0)
			continue;
		++*n;
		if (found == t->n_column || t->column[c].worth < t->column[found].worth)
			found = c;
	}
	return found;
}

/* The column of most worth that is there and could be wider; n_column: none. */
static size_t most_worth(const struct term_table *t, const struct fit *fit)
{
	size_t found = t->n_column;

	for (size_t c = 0; c < t->n_column; c++)
		if (fit->width[c] && fit->width[c] < t->widest[c] &&
		    (found == t->n_column || t->column[c].worth > t->column[found].worth))
			found = c;
	return found;
}

static void fit_columns(const struct term_table *t, size_t width, struct fit *fit)
{
	size_t n, c;

	*fit = (struct fit){ 0 };
	for (c = 0; c < t->n_column; c++)
		fit->width[c] = least_of(t, c);
	for (c = least_worth(t, fit, &n); n > 1 && sum_of(fit, t->n_column) > width;
	     c = least_worth(t, fit, &n))
		fit->width[c] = 0;
	while ((c = most_worth(t, fit)) < t->n_column && sum_of(fit, t->n_column) < width) {
		size_t left = width - sum_of(fit, t->n_column);
		size_t more = t->widest[c] - fit->width[c];
		fit->width[c] += more < left ? more : left;
	}
}

static struct str ending(struct str s, size_t width, enum term_charset charset)
{
	size_t all = term_glyph_width(s, charset);

	for (struct term_glyph g; all > width; s = str_skip(s, g.n)) {
		g = term_glyph_at(s, charset);
		all -= g.width;
	}
	return s;
}

/* One cell in so many columns. */
static void show_cut(struct term_paint *p, struct str s, enum term_cut cut, size_t width)
{
	enum term_charset charset = p->style->charset;
	struct str dots = charset == TERM_UTF8 ? STR("…") : STR("...");
	size_t n_dots = term_glyph_width(dots, charset);
	size_t room = width > n_dots ? width - n_dots : 0;

	if (term_glyph_width(s, charset) <= width) {
		term_paint_add(p, s);
	} else if (cut == TERM_CUT_BEGINNING) {
		term_paint_add(p, term_glyph_fit(dots, width, charset));
		term_paint_add(p, ending(s, room, charset));
	} else {
		term_paint_add(p, term_glyph_fit(s, room, charset));
		term_paint_add(p, term_glyph_fit(dots, width, charset));
	}
}

/* Columns that are left of width when s was shown in it. */
static size_t rest_of(struct term_paint *p, struct str s, enum term_cut cut, size_t width)
{
	CLEANUP(buf_free) struct buf shown = BUF_MAX(SIZE_MAX / 2);
	const struct term_style plain = { .charset = p->style->charset };
	struct term_paint dry = term_paint_on(&shown, &plain, NULL);

	show_cut(&dry, s, cut, width);
	size_t used = term_glyph_width(buf_str(&shown), plain.charset);
	return used < width ? width - used : 0;
}

/* gap: what is due before it; what is due before the next. */
static size_t show_cell(struct term_paint *p, const struct term_column *column,
			const struct term_cell *cell, size_t width, size_t gap)
{
	size_t left = rest_of(p, cell->text, column->cut, width);

	if (cell->text.n == 0)
		return gap + width + GAP;
	term_paint_gap(p, STR_NONE, gap + (column->align == TERM_RIGHT ? left : 0));
	term_paint_tone(p, cell->tone);
	show_cut(p, cell->text, column->cut, width);
	return GAP + (column->align == TERM_RIGHT ? 0 : left);
}

static void show_heads(struct term_paint *p, struct term_table *t, const struct fit *fit)
{
	size_t gap = 0;

	for (size_t c = 0; c < t->n_column; c++) {
		const struct term_cell head = { t->column[c].head, TERM_STRONG };
		if (fit->width[c])
			gap = show_cell(p, &t->column[c], &head, fit->width[c], gap);
	}
	term_paint_end_line(p);
	t->headed = true;
}

static void show_row(struct term_paint *p, const struct term_table *t, const struct fit *fit,
		     size_t first, struct str *rest)
{
	size_t gap = 0;

	for (size_t c = 0; c < t->n_column; c++) {
		struct stored s = stored_at(t, first + c);
		const struct term_cell cell = { str_head(*rest, s.n), s.tone };
		if (fit->width[c])
			gap = show_cell(p, &t->column[c], &cell, fit->width[c], gap);
		*rest = str_skip(*rest, s.n);
	}
	term_paint_end_line(p);
}

void term_table_show(struct buf *out, struct term_table *t, const struct term_style *style)
{
	struct term_paint paint = term_paint_on(out, style, NULL);
	struct str rest = buf_str(&t->text);
	struct fit fit;

	if (buf_err(&t->text) != ERR_OK || buf_err(&t->cells) != ERR_OK) {
		out->err = ERR_NOMEM;
		return;
	}
	measure(t, style->charset);
	fit_columns(t, style->width, &fit);
	if (!t->headed && t->n_cell > 0)
		show_heads(&paint, t, &fit);
	for (size_t i = 0; i + t->n_column <= t->n_cell; i += t->n_column)
		show_row(&paint, t, &fit, i, &rest);
	buf_clear(&t->text);
	buf_clear(&t->cells);
	t->n_cell = 0;
}
