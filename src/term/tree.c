#include "term/tree.h"

#include "term/wrap.h"

#include <stdlib.h>

enum { STEP = 3, LEAD_MAX = 256 };

/* Before a node and before what goes on of it: what is drawn for each level. */
struct strokes {
	struct str tee, corner, bar, blank, stem;
};

static const struct strokes drawn[] = {
	[TERM_ASCII] = { STR_INIT("|- "), STR_INIT("`- "), STR_INIT("|  "), STR_INIT("   "),
			 STR_INIT("|  ") },
	[TERM_UTF8] = { STR_INIT("├─ "), STR_INIT("└─ "), STR_INIT("│  "), STR_INIT("   "),
			STR_INIT("│  ") },
};

void term_tree_free(struct term_tree *t)
{
	term_text_free(&t->text);
	free(t->node);
	t->node = NULL;
	t->n = 0;
}

void term_tree_node(struct term_tree *t, unsigned depth)
{
	struct term_node *more = reallocarray(t->node, t->n + 1, sizeof(*more));
	unsigned deepest = t->n && more ? more[t->n - 1].depth + 1 : 0;

	if (!more) {
		t->text.text.err = ERR_NOMEM;
		return;
	}
	t->node = more;
	if (deepest > TERM_TREE_DEPTH_MAX)
		deepest = TERM_TREE_DEPTH_MAX;
	t->node[t->n++] = (struct term_node){ .at = t->text.text.n,
					      .depth = depth < deepest ? depth : deepest };
}

/* Which node has no sibling behind it, and which has others hanging from it. */
static void find_branches(struct term_tree *t)
{
	bool follows[TERM_TREE_DEPTH_MAX + 2] = { 0 };

	for (size_t i = t->n; i-- > 0;) {
		struct term_node *n = &t->node[i];
		n->last = !follows[n->depth];
		n->parent = i + 1 < t->n && t->node[i + 1].depth > n->depth;
		follows[n->depth] = true;
		for (unsigned d = n->depth + 1; d <= TERM_TREE_DEPTH_MAX; d++)
			follows[d] = false;
	}
}

/* The leads of node n; open[d]: of the one at depth d that it hangs from more follow. */
static void find_leads(const struct strokes *s, const struct term_node *n, const bool *open,
		       size_t indent, struct buf *first, struct buf *next)
{
	for (size_t i = 0; i < indent; i++) {
		buf_addc(first, ' ');
		buf_addc(next, ' ');
	}
	for (unsigned d = 1; d < n->depth; d++) {
		buf_add(first, open[d] ? s->bar : s->blank);
		buf_add(next, open[d] ? s->bar : s->blank);
	}
	if (n->depth > 0) {
		buf_add(first, n->last ? s->corner : s->tee);
		buf_add(next, n->last ? s->blank : s->bar);
	}
	if (n->parent)
		buf_add(next, s->stem);
}

static void show_node(struct term_paint *paint, const struct term_node *n, const bool *open,
		      struct str text, size_t indent)
{
	CLEANUP(buf_free) struct buf first = BUF_MAX(LEAD_MAX + indent);
	CLEANUP(buf_free) struct buf next = BUF_MAX(LEAD_MAX + indent);

	find_leads(&drawn[paint->style->charset], n, open, indent, &first, &next);
	const struct term_wrap_leads leads = {
		.first = buf_str(&first),
		.next = buf_str(&next),
		.n_first = indent + STEP * n->depth,
		.n_next = indent + STEP * n->depth + (n->parent ? STEP : 0),
	};
	term_wrap_line(paint, text, &leads);
	if (buf_err(&first) != ERR_OK || buf_err(&next) != ERR_OK)
		paint->out->err = ERR_NOMEM;
}

void term_tree_show(struct buf *out, struct term_tree *t, const struct term_style *style,
		    size_t indent)
{
	struct term_paint paint = term_paint_on(out, style, &t->text);
	bool open[TERM_TREE_DEPTH_MAX + 1] = { 0 };

	find_branches(t);
	for (size_t i = 0; i < t->n; i++) {
		const struct term_node *n = &t->node[i];
		size_t end = i + 1 < t->n ? t->node[i + 1].at : t->text.text.n;
		struct str text = str_head(str_skip(buf_str(&t->text.text), n->at), end - n->at);
		open[n->depth] = !n->last;
		show_node(&paint, n, open, text, indent);
	}
	if (buf_err(&t->text.text) != ERR_OK)
		out->err = buf_err(&t->text.text);
}
