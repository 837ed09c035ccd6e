#include "cli/tree.h"

#include "base/text.h"
#include "cli/answer.h"
#include "cli/path.h"
#include "dns/text.h"

enum { NAME_ROOM = 1100, SOURCE_ROOM = 1 << 16 };

/* A node, and where its text goes. */
static struct term_text *node(struct term_tree *tree, unsigned depth)
{
	term_tree_node(tree, depth);
	return &tree->text;
}

static void add_source(struct term_tree *tree, unsigned depth, const struct dns_answer *a)
{
	struct term_text *t = node(tree, depth);

	if (a->source.server.n)
		buf_add(&t->text, STR("from "));
	cli_answer_source(t, a);
}

/* What was asked for stands above: of a record its data, of an alias all. */
static void add_records(struct term_tree *tree, unsigned depth, const struct dns_answer *a)
{
	for (size_t i = 0; i < a->n_rr; i++) {
		struct buf *out = &node(tree, depth)->text;
		if (i < a->n_chain)
			dns_text_rr(out, &a->rr[i]);
		else
			dns_text_rdata(out, a->rr[i].type, a->rr[i].rdata);
	}
}

static void add_answer(struct term_tree *tree, const struct dns_answer *a)
{
	struct term_text *t = node(tree, 1);
	char type[DNS_TYPE_TEXT_MAX];

	buf_addf(&t->text, "%.*s ", STR_ARG(dns_type_text(a->type, type)));
	term_text_word(t, dns_status_text(a->status));
	buf_add(&t->text, STR(", "));
	cli_answer_what(&t->text, a);
	add_records(tree, 2, a);
	for (size_t i = 0; i < a->n_ede; i++) {
		struct buf *out = &node(tree, 2)->text;
		buf_add(out, STR("error "));
		cli_answer_error(out, a, i);
	}
	if (a->why.n) {
		struct buf *out = &node(tree, 2)->text;
		buf_add(out, STR("error "));
		text_escape(out, a->why);
	}
}

static bool same_source(const struct dns_answer *a, const struct dns_answer *b)
{
	CLEANUP(term_text_free) struct term_text one = TERM_TEXT(SOURCE_ROOM);
	CLEANUP(term_text_free) struct term_text other = TERM_TEXT(SOURCE_ROOM);

	cli_answer_source(&one, a);
	cli_answer_source(&other, b);
	return str_eq(buf_str(&one.text), buf_str(&other.text));
}

void cli_tree_answers(struct term_tree *tree, const struct dns_answer *const *answer, size_t n)
{
	CLEANUP(buf_free) struct buf name = BUF_MAX(NAME_ROOM);
	bool one_source = true;

	dns_name_text(&name, answer[0]->name);
	term_text_add(node(tree, 0), TERM_STRONG, buf_str(&name));
	for (size_t i = 1; i < n; i++)
		one_source = one_source && same_source(answer[0], answer[i]);
	for (size_t i = 0; i < n; i++) {
		add_answer(tree, answer[i]);
		if (!one_source)
			add_source(tree, 2, answer[i]);
	}
	if (one_source)
		add_source(tree, 1, answer[0]);
}

enum family { IPV4, IPV6 };

static bool has_family(const struct route_host *h, enum family family)
{
	for (size_t i = 0; i < h->n_address; i++)
		if (h->address[i].aaaa == (family == IPV6))
			return true;
	return false;
}

/* What came of asking for addresses of a family, where these do not say it all. */
static void add_family(struct term_tree *tree, unsigned depth, const struct route_host *h,
		       enum family family)
{
	const struct dns_answer *a = family == IPV4 ? h->a : h->aaaa;

	if (!a || (has_family(h, family) && a->n_ede == 0 && a->why.n == 0))
		return;
	struct term_text *t = node(tree, depth);
	buf_add(&t->text, family == IPV4 ? STR("A ") : STR("AAAA "));
	cli_path_summary(t, a);
}

/* What is asked for by a name of its own. */
static void add_named(struct term_tree *tree, unsigned depth, const struct dns_answer *a,
		      const char *type)
{
	if (!a)
		return;
	struct term_text *t = node(tree, depth);
	buf_addf(&t->text, "%s of ", type);
	dns_name_text(&t->text, a->name);
	buf_addc(&t->text, ' ');
	cli_path_summary(t, a);
	add_records(tree, depth + 1, a);
}

/* Addresses without a name hang from the domain itself. */
static void add_host(struct term_tree *tree, const struct route_facts *f,
		     const struct route_host *h, const struct route_verdict *v)
{
	unsigned depth = h->name.len ? 2 : 1;

	if (h->name.len) {
		struct term_text *t = node(tree, 1);
		cli_path_host(t, f, h);
		if (f->mx && !f->implicit) {
			buf_addc(&t->text, ' ');
			term_text_word(t, dns_status_text(f->mx->status));
		}
	}
	if (!f->mx && (h->a || h->aaaa))
		add_source(tree, depth, h->a ? h->a : h->aaaa);
	for (size_t i = 0; i < h->n_address; i++)
		cli_path_address(node(tree, depth), f, h, &h->address[i], v);
	add_family(tree, depth, h, IPV4);
	add_family(tree, depth, h, IPV6);
	add_named(tree, depth, h->cname, "CNAME");
	for (size_t i = 0; i < ROUTE_TLSA_MAX; i++)
		add_named(tree, depth, h->tlsa[i], "TLSA");
}

void cli_tree_route(struct term_tree *tree, struct str domain, const struct route_facts *f,
		    const struct route_verdict *v)
{
	CLEANUP(buf_free) struct buf name = BUF_MAX(4 * domain.n + 1);
	struct term_text *t = node(tree, 0);
	struct str note;

	text_escape(&name, domain);
	term_text_add(t, TERM_STRONG, buf_str(&name));
	if (f->conf.kind != ROUTE_DOMAIN)
		buf_addf(&t->text, ": %.*s, no MX is asked for",
			 STR_ARG(cli_path_kind(f->conf.kind)));
	if (f->mx) {
		buf_add(&t->text, STR(": MX "));
		cli_path_summary(t, f->mx);
		add_source(tree, 1, f->mx);
	}
	for (size_t i = 0; (note = cli_path_note(f, i)).n; i++)
		buf_add(&node(tree, 1)->text, note);
	for (size_t i = 0; i < f->n_host; i++)
		add_host(tree, f, &f->host[i], v);
}
