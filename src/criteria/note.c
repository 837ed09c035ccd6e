/*
 * Not here: what is refused (line.c).  What is noted may be meant, so nothing of it is wrong
 * for sure, and a note is given only where it is true for sure.
 */
#include "criteria/note.h"

#include "base/text.h"
#include "base/unicode.h"
#include "criteria/gram.h"
#include "criteria/header.h"
#include "criteria/key.h"
#include "criteria/line.h"
#include "criteria/oddity.h"

#define VALUE_OCTETS 8192
#define LOOKED_AT_MAX 1000

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What a line is to ask for. */
struct wanted {
	struct str header, value, modifier; /* modifier may be empty */
	bool exact;                         /* white space in value counts */
};

static void write_line(struct buf *out, const struct wanted *w, struct str quote)
{
	buf_add(out, w->header);
	buf_addc(out, ' ');
	buf_add(out, quote);
	for (size_t i = 0; i < w->value.n; i++) {
		if (w->value.p[i] == '"' || w->value.p[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, w->value.p[i]);
	}
	buf_add(out, quote);
	if (w->modifier.n) {
		buf_addc(out, ' ');
		buf_add(out, w->modifier);
	}
}

static bool reads_as(struct str line, const struct wanted *w)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(VALUE_OCTETS);
	struct criteria_line read;

	if (criteria_line_read(line, &read, &why) != ERR_OK)
		return false;
	bool same = str_eq(read.pattern, w->value) && read.exact == w->exact;
	criteria_line_clear(&read);
	return same;
}

/* The line, to be written as it is shown: in quotes where it would be another without. */
static void add_line(struct buf *out, const struct wanted *w)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(4 * VALUE_OCTETS);

	write_line(&line, w, STR_NONE);
	if (!reads_as(buf_str(&line), w)) {
		buf_clear(&line);
		write_line(&line, w, STR("\""));
	}
	text_escape_own(out, buf_str(&line));
}

/* Whether a wildcard may stand for an '@' with something on both sides of it. */
static bool has_wildcard(const struct criteria_rule *rule)
{
	struct str inner = str_skip(rule->glob.text, 1);

	if (inner.n)
		inner.n--;
	return rule->glob.run || str_has(inner, CRITERIA_GLOB_ONE);
}

/* The first part of *v, up to one of the two, cut off with it. */
static struct str part_of(struct str *v, char a, char b)
{
	size_t n = 0;

	while (n < v->n && v->p[n] != a && v->p[n] != b)
		n++;
	struct str part = str_trim(str_head(*v, n));
	*v = str_skip(*v, n + 1);
	return part;
}

static enum criteria_oddity oddity_of_rule(const struct criteria_rule *rule)
{
	if (rule->group->kind == CRITERIA_TEXT || rule->glob.any)
		return CRITERIA_ODD_NONE;
	enum criteria_oddity odd = criteria_oddity_of(rule->shown.pattern, has_wildcard(rule));
	/* The null sender, and fields without text, are empty. */
	return odd == CRITERIA_ODD_EMPTY && rule->group->kind != CRITERIA_ENVELOPE_TO
		       ? CRITERIA_ODD_NONE
		       : odd;
}

/* Words by which others ask for what SECURE does; at the end of a value they ask for nothing. */
static bool asks_for_secure(struct str word)
{
	static const struct str words[] = { STR_INIT("REQUIRED"), STR_INIT("REQUIRE"),
					    STR_INIT("MUST"), STR_INIT("MANDATORY"),
					    STR_INIT("DNSSEC") };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq_nocase(words[i], word))
			return true;
	return false;
}

/* The last word of the line where it asks so, is bare, and stands behind others of the value. */
static struct str wish_of(const struct criteria_rule *rule)
{
	struct str rest = rule->shown.line, word, last = STR_NONE;
	unsigned n = 0;

	if (rule->shown.modifier->text.n || rule->exact)
		return STR_NONE;
	for (; str_word(&rest, &word); n++)
		last = word;
	return n > 2 && asks_for_secure(last) ? last : STR_NONE;
}

/* A bare SECURE in the midst of *value, and what is behind it, cut off; and DANE, if it follows. */
static bool cut_modifier(const struct criteria_rule *rule, struct str *value, struct str *modifier)
{
	struct str rest = rule->shown.line, word, of_value = *value, part;
	unsigned n = 0;

	if (modifier->n || rule->exact)
		return false;
	for (; str_word(&rest, &word); n++) {
		if (n > 0 && !str_word(&of_value, &part))
			return false;
		if (n < 2 || !str_eq(word, STR("SECURE")))
			continue;
		*value = str_trim(str_head(*value, (size_t)(part.p - value->p)));
		*modifier = str_word(&rest, &word) && str_eq(word, STR("DANE")) ? STR("SECURE DANE")
										: STR("SECURE");
		return true;
	}
	return false;
}

/* The lines that were meant by the addresses in value: of a list there is one for each. */
static void add_lines(struct buf *out, struct str header, struct str value, struct str modifier)
{
	bool list = str_has(value, ',') || str_has(value, ';');
	struct buf nearest = BUF_MAX(VALUE_OCTETS);
	const char *before = ": ";

	if (str_eq(value, STR("<>")) && str_eq_nocase(header, STR("Envelope-From"))) {
		buf_add(out, str_of(before));
		add_line(out, &(struct wanted){ header, STR_NONE, modifier, false });
		return;
	}
	do {
		struct str part = list ? part_of(&value, ',', ';') : value;
		if (part.n == 0 && list)
			continue;
		buf_clear(&nearest);
		criteria_oddity_nearest(&nearest, part);
		buf_add(out, str_of(before));
		add_line(out, &(struct wanted){ header, buf_str(&nearest), modifier, false });
		before = " and ";
	} while (list && value.n);
	buf_free(&nearest);
}

static void note_address(const struct criteria_rule *rule, struct buf *out)
{
	struct str value = rule->shown.pattern, modifier = rule->shown.modifier->text;
	enum criteria_oddity odd = oddity_of_rule(rule);
	struct str wish = wish_of(rule);

	if (odd == CRITERIA_ODD_NONE)
		return;
	if (wish.n) {
		buf_addf(out, "%.*s is no modifier; write SECURE", STR_ARG(wish));
		value = str_trim(str_head(value, value.n - wish.n));
		modifier = STR("SECURE");
	} else if (cut_modifier(rule, &value, &modifier)) {
		buf_addf(out, "%.*s is the last word of no line", STR_ARG(modifier));
	} else {
		buf_add(out, str_of(criteria_oddity_text(odd)));
	}
	add_lines(out, rule->shown.header, value, modifier);
	buf_addc(out, '\n');
}

/* A slip in a name makes a line that matches nothing, or none of what was meant. */
static void note_header(const struct criteria_rule *rule, struct buf *out)
{
	struct str header = rule->shown.header, value = rule->shown.pattern;
	struct str meant = criteria_header_meant(header);

	if (meant.n == 0)
		meant = criteria_header_of_two(header, &value);
	if (meant.n == 0)
		return;
	buf_addf(out, "%.*s is no header that is well known, but near one: ", STR_ARG(header));
	add_line(out, &(struct wanted){ meant, value, rule->shown.modifier->text, rule->exact });
	buf_addc(out, '\n');
}

/* White space at an end stands in quotes or is escaped; a field is matched without. */
static void note_space(const struct criteria_rule *rule, struct buf *out)
{
	struct str v = rule->glob.text;

	if (v.n && (is_blank(v.p[0]) || is_blank(v.p[v.n - 1])))
		buf_add(out, STR("no field begins or ends with white space\n"));
}

/* To *, which is every message, is not meant, nor a field without text, which no recipient is. */
static void note_field(const struct criteria *c, const struct criteria_rule *rule, struct buf *out)
{
	const struct criterion *k = &rule->shown;
	bool named = str_eq_nocase(k->header, STR("To")) || str_eq_nocase(k->header, STR("Cc")) ||
		     str_eq_nocase(k->header, STR("Bcc"));

	if (!named || k->modifier->service != CRITERIA_REQUIRED || k->pattern.n == 0 ||
	    (rule->group == c->to && rule->glob.any))
		return;
	buf_addf(out,
		 "it is the field %.*s that is matched, as its sender wrote it; "
		 "Envelope-To judges each recipient: ",
		 STR_ARG(k->header));
	if (oddity_of_rule(rule) == CRITERIA_ODD_NONE)
		add_line(out, &(struct wanted){ STR("Envelope-To"), k->pattern, k->modifier->text,
						rule->exact });
	else
		buf_add(out, STR("write that in place of it"));
	buf_addc(out, '\n');
}

/* Whether every value that i matches, j matches; false where that is not certain. */
static bool covers_glob(const struct criteria_glob *j, const struct criteria_glob *i)
{
	if (j->any || str_eq(j->text, i->text))
		return true;
	/* A '?' must not be taken to match a run; another '?' it does match. */
	if (str_has(j->text, CRITERIA_GLOB_ONE) && i->run)
		return false;
	return criteria_glob_match(j, i->text);
}

/* Whether what i asks for, j asks for too. */
static bool asks_as_much(const struct criteria_modifier *j, const struct criteria_modifier *i)
{
	int by_strength = criteria_modifier_cmp(j, i);

	if (by_strength)
		return by_strength > 0;
	return j->observe || !i->observe;
}

/* To *, Envelope-To * and Envelope-From * match every recipient of every message. */
static bool is_all(const struct criteria *c, const struct criteria_rule *j)
{
	return j->glob.any &&
	       (j->group == c->to || j->group == c->envelope_to || j->group == c->envelope_from);
}

static bool covers(const struct criteria *c, const struct criteria_rule *j,
		   const struct criteria_rule *i)
{
	if (!asks_as_much(j->shown.modifier, i->shown.modifier))
		return false;
	if (is_all(c, j))
		return true;
	return j->group == i->group && (j->glob.any || j->exact == i->exact) &&
	       covers_glob(&j->glob, &i->glob);
}

/* For the first of the rules that cover i.  Of two that cover each other, the first counts. */
struct search {
	const struct criteria *c;
	const struct criteria_rule *i;
	const struct criteria_rule *self; /* of the set: i, or what i is another form of */
	uint64_t pairs;                   /* of i: see gram.h */
	const struct criteria_rule *found;
	size_t left; /* so many are looked at */
};

static void look_at(struct search *s, const struct criteria_rule *j)
{
	const struct criteria_rule *i = s->i;

	s->left--;
	if (j == s->self || (s->found && j > s->found) || (j->pairs & ~s->pairs))
		return;
	if (covers(s->c, j, i) && (j < s->self || !covers(s->c, i, j)))
		s->found = j;
}

static void look_at_key(struct search *s, const struct criteria_key *k)
{
	for (const struct criteria_rule *j = k ? k->rules.first : NULL; j && s->left; j = j->next)
		look_at(s, j);
}

/* Patterns that have .mate. */
static void look_at_mates(struct search *s, const struct criteria_rule *j)
{
	for (; j && s->left; j = j->mate)
		look_at(s, j);
}

/* A pattern that covers i asks for nothing that does not stand in i, so its gram does. */
static struct search cover_of(const struct criteria *c, const struct criteria_rule *i,
			      const struct criteria_rule *self)
{
	const struct criteria_key *keys[CRITERIA_KEYS_MAX];
	const struct criteria_group *all[] = { c->to, c->envelope_to, c->envelope_from };
	struct criteria_gram_walk walk = { .c = c, .group = i->group, .text = i->glob.text };
	struct search s = { c, i, self, criteria_gram_pairs(i->glob.text), NULL, LOOKED_AT_MAX };
	const struct criteria_gram *gram;
	size_t n = criteria_key_find(c, i->group, i->glob.text, i->exact, keys);

	for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++)
		look_at_key(&s, all[k] ? all[k]->any : NULL);
	look_at_key(&s, i->group->any);
	for (size_t k = 0; k < n; k++)
		look_at_key(&s, keys[k]);
	look_at_key(&s, i->key);
	look_at_mates(&s, i->group->bare);
	while (s.left && (gram = criteria_gram_next(&walk)) != NULL)
		look_at_mates(&s, gram->rules);
	return s;
}

size_t criteria_note_tries(const struct criteria *c, size_t i)
{
	return LOOKED_AT_MAX - cover_of(c, &c->rules[i], &c->rules[i]).left;
}

static bool has_letters(struct str label)
{
	return !text_is_ascii(label) && text_is_utf8(label); /* a wildcard is no UTF-8 */
}

/* The label in A-label form, or else in U-label form; as it is where it has no other. */
static void add_label(struct buf *out, struct str label, bool ascii)
{
	CLEANUP(buf_free) struct buf other = BUF_MAX(VALUE_OCTETS);
	bool is = ascii ? has_letters(label) : str_starts_nocase(label, STR("xn--"));

	if (is && ascii && unicode_to_ascii(&other, label) != ERR_OK)
		is = false;
	else if (is && !ascii)
		unicode_to_labels(&other, label);
	if (is && ascii)
		buf_add(out, buf_str(&other));
	else if (is)
		unicode_fold(out, buf_str(&other));
	else
		buf_add(out, label);
}

/* The value with its domain in A-labels; where it is so, in U-labels; false: it has one form. */
static bool other_form(const struct criteria_rule *rule, struct buf *out)
{
	struct str text = rule->glob.text, rest = text, label;
	bool letters = false, more = true;

	if (rule->group->kind == CRITERIA_TEXT || !str_has(text, '@'))
		return false;
	while (str_cut(&rest, '@', &label))
		;
	buf_add(out, str_head(text, text.n - rest.n));
	for (struct str look = rest; more;) {
		more = str_cut(&look, '.', &label);
		letters |= has_letters(more ? label : look);
	}
	do {
		more = str_cut(&rest, '.', &label);
		add_label(out, more ? label : rest, letters);
		buf_add(out, more ? STR(".") : STR(""));
	} while (more);
	return buf_err(out) == ERR_OK && !str_eq(buf_str(out), text);
}

static void note_cover(const struct criteria *c, const struct criteria_rule *i, struct buf *out)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(2 * VALUE_OCTETS);
	const struct criteria_rule *j = cover_of(c, i, i).found;
	struct criteria_rule other = *i;

	/* An address is matched in both forms of its domain, so the other form of i is as good. */
	if (!j && other_form(i, &text)) {
		other.glob = criteria_glob_of(buf_str(&text));
		other.key = NULL;
		j = cover_of(c, &other, i).found;
		i = &other;
	}
	if (!j)
		return;
	bool same = j->group == i->group && str_eq(j->glob.text, i->glob.text) &&
		    j->exact == i->exact && j->shown.modifier == i->shown.modifier;
	buf_addf(out, same ? "it is the same as line %u: " : "it changes nothing beside line %u: ",
		 j->shown.line_no);
	text_escape_own(out, j->shown.line);
	buf_addc(out, '\n');
}

void criteria_note_one(const struct criteria *c, size_t i, enum criteria_note kind, struct buf *out)
{
	const struct criteria_rule *rule = &c->rules[i];

	switch (kind) {
	case CRITERIA_NOTE_NAME:
		note_header(rule, out);
		return;
	case CRITERIA_NOTE_NEVER:
		if (rule->group->kind == CRITERIA_TEXT)
			note_space(rule, out);
		else
			note_address(rule, out);
		return;
	case CRITERIA_NOTE_FIELD:
		note_field(c, rule, out);
		return;
	case CRITERIA_NOTE_COVERED:
		note_cover(c, rule, out);
		return;
	}
}

void criteria_note_add(const struct criteria *c, size_t i, struct buf *out)
{
	for (int kind = 0; kind < CRITERIA_NOTES; kind++)
		criteria_note_one(c, i, (enum criteria_note)kind, out);
}
