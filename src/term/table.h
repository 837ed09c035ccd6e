/*
 * Rows of cells in columns that fit the terminal.
 *
 * A column is as wide as its widest cell where there is room.  Where there is not, the columns
 * of least worth are left out until the others have their least width, and what room is left
 * goes to those of most worth.  A cell that does not fit is cut, and says so by an ellipsis.
 *
 *	struct term_table t = TERM_TABLE(columns, COUNT);
 *	term_table_add(&t, &(struct term_cell){ id, TERM_PLAIN }); ...   a row: COUNT times
 *	term_table_show(&out, &t, &style);
 *
 * What is added after that is the same table going on: its columns do not get narrower.
 */
#ifndef TERM_TABLE_H
#define TERM_TABLE_H

#include "term/text.h"

enum { TERM_TABLE_COLUMNS_MAX = 12 };

struct term_column {
	struct str head;
	unsigned worth;
	enum term_cut { TERM_WHOLE, TERM_CUT_END, TERM_CUT_BEGINNING } cut; /* what goes */
	size_t least; /* columns of it that make sense; of TERM_WHOLE all do */
	enum term_align { TERM_LEFT, TERM_RIGHT } align;
};

struct term_cell {
	struct str text;
	enum term_tone tone;
};

struct term_table {
	const struct term_column *column;
	size_t n_column;
	struct buf text;  /* of all cells */
	struct buf cells; /* struct term_cell, .text.n alone set */
	size_t n_cell;
	size_t widest[TERM_TABLE_COLUMNS_MAX];
	bool headed; /* the head was shown */
};

#define TERM_TABLE(columns, n, limit)                                                              \
	((struct term_table){ .column = (columns),                                                 \
			      .n_column = (n),                                                     \
			      .text = BUF_MAX(limit),                                              \
			      .cells = BUF_MAX(limit) })

void term_table_free(struct term_table *t); /* also the CLEANUP() handler */

/* The next cell of the row at hand. */
void term_table_add(struct term_table *t, const struct term_cell *cell);

/* Append the rows there are, the first time under the heads, and forget them. */
void term_table_show(struct buf *out, struct term_table *t, const struct term_style *style);

#endif
