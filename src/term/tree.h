/*
 * A tree of lines:
 *
 *	bank.example
 *	├─ 10 mx1.bank.example
 *	│  └─ 192.0.2.1
 *	└─ 20 mx2.bank.example
 *
 *	term_tree_node(&tree, 1);              a line, so deep
 *	term_text_add(&tree.text, ...);        what stands in it
 *
 * Nodes come in the order in which they are shown, each behind the one it hangs from.  A line
 * that does not fit goes on below itself, the branches beside it.
 */
#ifndef TERM_TREE_H
#define TERM_TREE_H

#include "term/text.h"

enum { TERM_TREE_DEPTH_MAX = 7 }; /* what is deeper hangs there */

struct term_node {
	size_t at; /* where its text begins */
	unsigned depth;
	bool last;   /* no sibling follows */
	bool parent; /* the next one hangs from it */
};

struct term_tree {
	struct term_text text;
	struct term_node *node;
	size_t n;
};

#define TERM_TREE(limit) ((struct term_tree){ .text = TERM_TEXT(limit) })

void term_tree_free(struct term_tree *t); /* also the CLEANUP() handler */

/* 0: it hangs from nothing.  ERR_NOMEM is kept in .text. */
void term_tree_node(struct term_tree *t, unsigned depth);

/* Append it, each line behind indent spaces, in the width of style. */
void term_tree_show(struct buf *out, struct term_tree *t, const struct term_style *style,
		    size_t indent);

#endif
