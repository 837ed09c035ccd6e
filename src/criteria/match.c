/*
 * Matching one message.
 *
 * The head is walked once, or not at all where no criterion asks for what it tells.
 * A field that no criterion names costs a look into the index; one that only patterns
 * like "*" ask for is not read at all; any other is decoded and folded once, whatever
 * the number of criteria.
 *
 * What is kept is one bit for each criterion that matched the message, and the
 * strongest of those.  Envelope-To is judged when a recipient is asked about.
 */
#include "criteria/criteria.h"

#include "base/text.h"
#include "base/unicode.h"
#include "criteria/gram.h"
#include "criteria/key.h"
#include "message/address.h"
#include "message/head.h"

#include <stdlib.h>
#include <string.h>

/*
 * Folding and decoding make text longer: an octet becomes at most four characters of three
 * (in TSCII), NFC and folding at most threefold again.
 */
#define GROWTH 36
#define UNDECODED_OCTETS 256 /* of names of charsets: more than mail that is not made up has */
#define ADDRESS_OCTETS 4096  /* both sides of an address are at most 512 */

/*
 * What looks at values leave behind: which grams have been met in the one at hand, so that none
 * has its rules tried twice.
 */
struct tried {
	enum err err;  /* there was no memory for a recipient */
	size_t n;      /* how often a pattern was looked at for a value, in all */
	uint32_t turn; /* the value's number */
	uint32_t gram[];
};

struct criteria_match {
	const struct criteria *c;
	struct buf undecoded;                 /* as in message/word.h */
	const struct criteria_rule *best;     /* of those that matched the message; NULL: none */
	const struct criteria_rule *observed; /* the first of them with OBSERVE; NULL: none */
	struct tried *tried;                  /* behind bits */
	uint64_t bits[];                      /* a rule's index: whether it matched the message */
};

static size_t index_of(const struct criteria_match *m, const struct criteria_rule *rule)
{
	return (size_t)(rule - m->c->rules);
}

static bool has(const struct criteria_match *m, const struct criteria_rule *rule)
{
	size_t i = index_of(m, rule);

	return m->bits[i / 64] >> i % 64 & 1;
}

static void set(struct criteria_match *m, const struct criteria_rule *rule)
{
	size_t i = index_of(m, rule);

	m->bits[i / 64] |= (uint64_t)1 << i % 64;
	if (criteria_rule_before(rule, m->best))
		m->best = rule;
	if (rule->shown.modifier->observe && (!m->observed || rule < m->observed))
		m->observed = rule;
}

/* Set all rules of a key. */
static void set_key(struct criteria_match *m, const struct criteria_key *k)
{
	if (has(m, k->rules.first))
		return;
	for (const struct criteria_rule *r = k->rules.first; r; r = r->next)
		set(m, r);
}

/* Set the rules of a group whose keys the value matches. */
static void set_keys(struct criteria_match *m, const struct criteria_group *g, struct str value,
		     bool exact)
{
	const struct criteria_key *found[CRITERIA_KEYS_MAX];
	size_t n = criteria_key_find(m->c, g, value, exact, found);

	for (size_t i = 0; i < n; i++)
		set_key(m, found[i]);
}

/*
 * A value as rules are held against it, folded.  A text is there with its white space made
 * single, and, where that is something else, as it is: for rules that are exact.  An address
 * is there in each of its forms, one of which has to match: as it stands, without quotes that
 * it does not need, in A-labels, in U-labels.  Most values have only one.
 */
struct value {
	bool address;
	struct str form[4];
	uint64_t pairs[4]; /* of each: see criteria/gram.h */
	size_t n;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_single(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\t' || (s.p[i] == ' ' && i && s.p[i - 1] == ' '))
			return false;
	return true;
}

static void add_form(struct value *v, struct str form)
{
	v->form[v->n] = form;
	v->pairs[v->n++] = criteria_gram_pairs(form);
}

/* The text that exact is; scratch holds what has to be made, and fails as a buf does. */
static struct value text_of(struct str exact, struct buf *scratch)
{
	struct value v = { .n = 0 };

	if (!is_single(exact)) {
		buf_clear(scratch);
		for (size_t i = 0; i < exact.n; i++)
			if (!is_blank(exact.p[i]))
				buf_addc(scratch, exact.p[i]);
			else if (i == 0 || !is_blank(exact.p[i - 1]))
				buf_addc(scratch, ' ');
		add_form(&v, buf_str(scratch));
	}
	add_form(&v, exact);
	return v;
}

static bool matches_form(const struct criteria_rule *rule, const struct value *v, size_t i)
{
	return !(rule->pairs & ~v->pairs[i]) && criteria_glob_match(&rule->glob, v->form[i]);
}

static bool rule_matches(const struct criteria_rule *rule, const struct value *v)
{
	bool found = false;

	if (!v->address)
		return matches_form(rule, v, rule->exact ? v->n - 1 : 0);
	for (size_t i = 0; i < v->n && !found; i++)
		found = matches_form(rule, v, i);
	return found;
}

/* The rules of a group, apart from those with a key, that a value may match: each once. */
struct candidates {
	const struct criteria_match *m;
	const struct value *v;
	const struct criteria_rule *next;
	struct criteria_gram_walk walk;
	size_t form; /* that is walked over */
};

static struct candidates candidates_of(const struct criteria_match *m,
				       const struct criteria_group *g, const struct value *v)
{
	m->tried->turn++;
	return (struct candidates){ .m = m,
				    .v = v,
				    .next = g->bare,
				    .walk = { .c = m->c, .group = g, .text = v->form[0] } };
}

/* The first rule of the next gram that this value has not shown yet; NULL: there is no more. */
static const struct criteria_rule *next_found(struct candidates *k)
{
	struct tried *tried = k->m->tried;

	for (;;) {
		const struct criteria_gram *gram = criteria_gram_next(&k->walk);
		if (gram && tried->gram[gram->index] != tried->turn) {
			tried->gram[gram->index] = tried->turn;
			return gram->rules;
		}
		if (!gram && ++k->form >= k->v->n)
			return NULL;
		if (!gram)
			k->walk = (struct criteria_gram_walk){ .c = k->m->c,
							       .group = k->walk.group,
							       .text = k->v->form[k->form] };
	}
}

static const struct criteria_rule *next_candidate(struct candidates *k)
{
	const struct criteria_rule *rule = k->next ? k->next : next_found(k);

	k->next = rule ? rule->mate : NULL;
	k->m->tried->n += rule != NULL;
	return rule;
}

/* Hold a value against the rules of g that have not matched yet. */
static void match_value(struct criteria_match *m, const struct criteria_group *g,
			const struct value *v)
{
	struct candidates k = candidates_of(m, g, v);

	for (const struct criteria_rule *r; (r = next_candidate(&k));)
		if (!has(m, r) && rule_matches(r, v))
			set(m, r);
}

/* Whether the domain has but one form: ASCII without an A-label. */
static bool is_plain(struct str domain)
{
	for (size_t i = 0; i < domain.n; i++)
		if ((unsigned char)domain.p[i] >= 0x80 ||
		    ((domain.p[i] == 'x' || domain.p[i] == 'X') &&
		     str_starts_nocase(str_skip(domain, i), STR("xn--"))))
			return false;
	return true;
}

/* What was added to out since begin is a form, if there was room and memory for it. */
static void close_form(struct value *f, struct buf *out, size_t begin)
{
	if (buf_err(out) == ERR_OK) {
		add_form(f, (struct str){ out->p + begin, out->n - begin });
	} else if (buf_err(out) == ERR_LIMIT) {
		buf_clear(out);
		out->n = begin;
	}
}

/*
 * A local part in quotes is the same mailbox without them, where it can be (RFC 5321 section
 * 4.1.2): addr so, in out; as it is, where that changes nothing, or memory is short,
 * which out tells.
 */
static struct str without_quotes(struct str addr, struct buf *out)
{
	struct message_addresses walk = message_addresses_of(addr);

	return str_starts(addr, STR("\"")) && message_addresses_next(&walk, out) ? buf_str(out)
										 : addr;
}

/*
 * The forms of addr.  out is over octets that stay where they are; it fails
 * only for want of memory: a form that has no room in it is left out.
 */
static struct value forms_of(struct str addr, struct buf *out)
{
	struct buf ascii = BUF_MAX(ADDRESS_OCTETS), labels = BUF_MAX(ADDRESS_OCTETS);
	struct buf plain = BUF_MAX(ADDRESS_OCTETS);
	struct value f = { .address = true };
	enum err e = ERR_OK;

	unicode_fold(out, addr);
	close_form(&f, out, 0);
	struct str bare = without_quotes(addr, &plain);
	size_t begin = out->n;
	if (!str_eq(bare, addr)) {
		unicode_fold(out, bare);
		close_form(&f, out, begin);
		addr = bare;
	}
	const char *at = addr.n ? memrchr(addr.p, '@', addr.n) : NULL;
	size_t local = at ? (size_t)(at - addr.p) + 1 : addr.n; /* the sign is its last octet */
	struct str domain = str_skip(addr, local);
	if (!is_plain(domain)) {
		begin = out->n;
		e = unicode_to_ascii(&ascii, domain);
		if (e == ERR_OK) {
			unicode_fold(out, str_head(addr, local));
			buf_add(out, buf_str(&ascii));
			close_form(&f, out, begin);
		}
		begin = out->n;
		unicode_to_labels(&labels, domain);
		unicode_fold(out, str_head(addr, local));
		unicode_fold(out, buf_str(&labels));
		close_form(&f, out, begin);
	}
	if (e == ERR_NOMEM || buf_err(&labels) == ERR_NOMEM || buf_err(&plain) == ERR_NOMEM)
		out->err = ERR_NOMEM;
	buf_free(&ascii), buf_free(&labels), buf_free(&plain);
	return f;
}

/* Hold an address against all rules of g that have not matched yet. */
static enum err match_address(struct criteria_match *m, const struct criteria_group *g,
			      struct str addr)
{
	char octets[ADDRESS_OCTETS];
	struct buf out = { .p = octets, .cap = sizeof(octets), .max = sizeof(octets) };
	struct value f = forms_of(addr, &out);

	for (size_t i = 0; i < f.n; i++) {
		set_keys(m, g, f.form[i], false);
		set_keys(m, g, f.form[i], true);
	}
	match_value(m, g, &f);
	return buf_err(&out);
}

static enum err match_addresses(struct criteria_match *m, const struct criteria_group *g,
				struct str body)
{
	struct message_addresses walk = message_addresses_of(body);
	struct buf addr = BUF_MAX(ADDRESS_OCTETS);
	enum err e = ERR_OK;

	while (e == ERR_OK && message_addresses_next(&walk, &addr))
		e = match_address(m, g, buf_str(&addr));
	if (e == ERR_OK)
		e = buf_err(&addr);
	buf_free(&addr);
	return e;
}

/* Hold a text, the body of a field as it is read, against all rules of g that have not matched. */
static enum err match_reading(struct criteria_match *m, const struct criteria_group *g,
			      struct str text)
{
	size_t max = GROWTH * text.n + 1;
	struct buf folded = BUF_MAX(max), single = BUF_MAX(max);

	unicode_fold(&folded, text);
	struct value v = text_of(buf_str(&folded), &single);
	enum err e = buf_err(&folded);
	if (e == ERR_OK)
		e = buf_err(&single);
	if (e == ERR_OK) {
		set_keys(m, g, v.form[0], false);
		set_keys(m, g, v.form[v.n - 1], true);
		match_value(m, g, &v);
	}
	buf_free(&folded), buf_free(&single);
	return e;
}

/* A body that is decoded otherwise word by word than with its words together, as others do. */
static enum err match_apart(struct criteria_match *m, const struct criteria_group *g,
			    struct str body, struct str together)
{
	struct buf apart = BUF_MAX(GROWTH * body.n + 1);

	message_head_decode_apart(&apart, body);
	enum err e = buf_err(&apart);
	if (e == ERR_OK && !str_eq(together, buf_str(&apart)))
		e = match_reading(m, g, buf_str(&apart));
	buf_free(&apart);
	return e;
}

/*
 * The whole body of a field, as each reader has it: some put neighbouring words together before
 * they decode them, others do not.
 */
static enum err match_body(struct criteria_match *m, const struct criteria_group *g,
			   struct str body)
{
	struct buf together = BUF_MAX(GROWTH * body.n + 1);

	message_head_decode(&together, &m->undecoded, body);
	enum err e = buf_err(&together);
	if (e == ERR_OK)
		e = match_reading(m, g, buf_str(&together));
	if (e == ERR_OK && message_head_has_words(body))
		e = match_apart(m, g, body, buf_str(&together));
	buf_free(&together);
	return e;
}

/*
 * A relay that folds a line may write another blank than was there, or more of them: the white
 * space of a fold is held against rules that are exact as it stands, and as one space, too.
 */
static enum err match_text(struct criteria_match *m, const struct criteria_group *g,
			   struct str body)
{
	struct buf plain = BUF_MAX(body.n), single = BUF_MAX(body.n);

	enum err e = match_body(m, g, body);
	if (g->exact && str_has(body, '\n')) {
		message_head_unfold(&plain, body);
		message_head_unfold_single(&single, body);
	}
	if (e == ERR_OK)
		e = buf_err(&plain);
	if (e == ERR_OK)
		e = buf_err(&single);
	if (e == ERR_OK && !str_eq(buf_str(&plain), buf_str(&single)))
		e = match_body(m, g, buf_str(&single));
	buf_free(&plain), buf_free(&single);
	return e;
}

/* There is a field of g: set the rules that ask for no more.  Whether there are others. */
static bool match_presence(struct criteria_match *m, const struct criteria_group *g)
{
	if (g->any)
		set_key(m, g->any);
	return g->keys || g->patterns.first;
}

static enum err match_field(struct criteria_match *m, const struct criteria_group *g,
			    struct str body)
{
	if (!match_presence(m, g))
		return ERR_OK;
	enum err e = match_text(m, g, body);
	if (e == ERR_OK && g->kind == CRITERIA_ADDRESSES)
		e = match_addresses(m, g, body);
	return e;
}

/* An address of the envelope; g may be NULL. */
static enum err match_envelope(struct criteria_match *m, const struct criteria_group *g,
			       struct str addr)
{
	if (!g || !match_presence(m, g))
		return ERR_OK;
	return match_address(m, g, addr);
}

/* All fields of the head; *to is whether there is a To among them. */
static enum err match_head(struct criteria_match *m, struct str message, bool *to)
{
	struct message_field field;
	enum err e = ERR_OK;

	while (e == ERR_OK && message_head_next(&message, &field)) {
		const struct criteria_group *g = criteria_group_find(m->c, field.name);
		/* A field that happens to be called Envelope-To is not the envelope. */
		if (!g || g->kind == CRITERIA_ENVELOPE_FROM || g->kind == CRITERIA_ENVELOPE_TO)
			continue;
		*to |= g == m->c->to;
		e = match_field(m, g, field.body);
	}
	return e;
}

struct criteria_match *criteria_match_new(const struct criteria *c, struct str message,
					  struct str from, const struct str *rcpts, size_t n)
{
	size_t words = (c->n + 63) / 64;
	size_t octets = sizeof(struct criteria_match) + words * sizeof(uint64_t) +
			sizeof(struct tried) + c->n_grams * sizeof(uint32_t);
	struct criteria_match *m = malloc(octets);
	bool to = false;

	if (!m)
		return NULL;
	memset(m, 0, octets);
	m->c = c;
	m->undecoded = BUF_MAX(UNDECODED_OCTETS);
	m->tried = (struct tried *)(void *)(m->bits + words);
	enum err e = match_envelope(m, c->envelope_from, from);
	if (e == ERR_OK && c->asks_head)
		e = match_head(m, message, &to);
	if (e == ERR_OK)
		e = buf_err(&m->undecoded);
	if (e == ERR_OK && !to && n == 0)
		e = match_envelope(m, c->to, STR_NONE);
	for (size_t i = 0; i < n && !to && e == ERR_OK; i++)
		e = match_envelope(m, c->to, rcpts[i]);
	if (e != ERR_OK)
		criteria_match_free(&m);
	return m;
}

void criteria_match_free(struct criteria_match **m)
{
	if (*m)
		buf_free(&(*m)->undecoded);
	free(*m);
	*m = NULL;
}

size_t criteria_match_tries(const struct criteria_match *m)
{
	return m->tried->n;
}

struct str criteria_match_undecoded(const struct criteria_match *m)
{
	return buf_str(&m->undecoded);
}

/* What holds for a recipient: the message's criteria and his own. */
struct pick {
	const struct criteria_rule *best, *observed;
};

static void consider(struct pick *p, const struct criteria_rule *best,
		     const struct criteria_rule *observed)
{
	if (best && criteria_rule_before(best, p->best))
		p->best = best;
	if (observed && (!p->observed || observed < p->observed))
		p->observed = observed;
}

static void consider_keys(struct pick *p, const struct criteria_match *m, struct str form,
			  bool exact)
{
	const struct criteria_key *found[CRITERIA_KEYS_MAX];
	size_t n = criteria_key_find(m->c, m->c->envelope_to, form, exact, found);

	for (size_t i = 0; i < n; i++)
		consider(p, found[i]->best, found[i]->observed);
}

static void note_err(const struct criteria_match *m, const struct buf *forms)
{
	if (buf_err(forms) != ERR_OK)
		m->tried->err = buf_err(forms);
}

enum err criteria_match_err(const struct criteria_match *m)
{
	return m->tried->err;
}

static struct pick pick_of(const struct criteria_match *m, struct str rcpt)
{
	const struct criteria_group *g = m->c->envelope_to;
	struct pick p = { m->best, m->observed };
	char octets[ADDRESS_OCTETS];
	struct buf out = { .p = octets, .cap = sizeof(octets), .max = sizeof(octets) };

	if (!g)
		return p;
	if (g->any)
		consider(&p, g->any->best, g->any->observed);
	struct value f = forms_of(rcpt, &out);
	note_err(m, &out);
	for (size_t i = 0; i < f.n; i++) {
		consider_keys(&p, m, f.form[i], false);
		consider_keys(&p, m, f.form[i], true);
	}
	struct candidates k = candidates_of(m, g, &f);
	for (const struct criteria_rule *r; (r = next_candidate(&k));)
		if (rule_matches(r, &f))
			consider(&p, r, r->shown.modifier->observe ? r : NULL);
	return p;
}

const struct criterion *criteria_match_rcpt(const struct criteria_match *m, struct str rcpt)
{
	struct pick p = pick_of(m, rcpt);

	return p.best ? &p.best->shown : NULL;
}

bool criteria_match_has(const struct criteria_match *m, size_t i, struct str rcpt)
{
	char octets[ADDRESS_OCTETS];
	struct buf out = { .p = octets, .cap = sizeof(octets), .max = sizeof(octets) };

	if (i >= m->c->n)
		return false;
	const struct criteria_rule *rule = &m->c->rules[i];
	if (rule->group != m->c->envelope_to)
		return has(m, rule);
	struct value f = forms_of(rcpt, &out);
	note_err(m, &out);
	return rule_matches(rule, &f);
}

const struct criterion *criteria_match_observed(const struct criteria_match *m, struct str rcpt)
{
	struct pick p = pick_of(m, rcpt);
	bool decided = p.best && p.best->shown.modifier->service == CRITERIA_REQUIRED;

	return p.observed && !decided ? &p.observed->shown : NULL;
}
