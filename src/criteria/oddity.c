/*
 * Each step takes away what is odd first; what is left may be odd in another way, so there are as
 * many steps as a line has room for mistakes, and who has more is advised "*".
 */
#include "criteria/oddity.h"

#define VALUE_OCTETS 8192
#define STEPS 4

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

#define WILDCARDS "*?@" /* '@' is in both parts: no mark before it is in the domain */

/* How much of v stands before its first wildcard or '@': in the local part, where there is one. */
static size_t head_of(struct str v)
{
	size_t n = 0;

	while (n < v.n && !str_has(STR(WILDCARDS), v.p[n]))
		n++;
	return n;
}

/* How much of v goes up to its last wildcard or '@': behind it is the domain; without, all of v. */
static size_t tail_at(struct str v)
{
	size_t n = v.n;

	while (n > 0 && !str_has(STR(WILDCARDS), v.p[n - 1]))
		n--;
	return n ? n : v.n;
}

/* A local part without quotes has none of these (RFC 5322 section 3.2.3). */
static bool is_special(char c)
{
	return str_has(STR("()[]:\\"), c);
}

/* Nor has a domain one of those; "[" and ":" are in address literals. */
static bool is_mark(char c)
{
	return str_has(STR("!\"#$%&'()+/=\\^`{|}~"), c);
}

static bool has_marks(struct str v)
{
	size_t head = head_of(v);

	for (size_t i = 0; i < head; i++)
		if (is_special(v.p[i]))
			return true;
	for (size_t i = tail_at(v); i < v.n; i++)
		if (is_mark(v.p[i]))
			return true;
	return false;
}

enum criteria_oddity criteria_oddity_of(struct str v, bool wildcard)
{
	if (v.n == 0)
		return CRITERIA_ODD_EMPTY;
	if (v.p[0] == '"') /* a local part in quotes may hold anything */
		return CRITERIA_ODD_NONE;
	if (str_has(v, '<') || str_has(v, '>'))
		return CRITERIA_ODD_BRACKETS;
	if (str_has(v, ',') || str_has(v, ';'))
		return CRITERIA_ODD_LIST;
	if (str_has(v, ' ') || str_has(v, '\t'))
		return CRITERIA_ODD_SPACE;
	struct str before, behind = v;
	if (!str_cut(&behind, '@', &before))
		return wildcard ? CRITERIA_ODD_NONE : CRITERIA_ODD_NO_SIGN;
	if (str_has(behind, '@'))
		return CRITERIA_ODD_SIGNS;
	if (v.p[0] == '@' || v.p[v.n - 1] == '@')
		return CRITERIA_ODD_NO_SIDE;
	if (v.p[v.n - 1] == '.' || v.p[v.n - 1] == ':')
		return CRITERIA_ODD_DOT;
	return has_marks(v) ? CRITERIA_ODD_MARKS : CRITERIA_ODD_NONE;
}

const char *criteria_oddity_text(enum criteria_oddity odd)
{
	switch (odd) {
	case CRITERIA_ODD_NONE:
		return NULL;
	case CRITERIA_ODD_EMPTY:
		return "no address is empty";
	case CRITERIA_ODD_LIST:
		return "no address is a list; write a line for each";
	case CRITERIA_ODD_BRACKETS:
		return "no address has < or > in it";
	case CRITERIA_ODD_SPACE:
		return "no address has white space in it";
	case CRITERIA_ODD_NO_SIGN:
		return "no address is without an @";
	case CRITERIA_ODD_SIGNS:
		return "no address has more than one @";
	case CRITERIA_ODD_NO_SIDE:
		return "no address begins or ends with @";
	case CRITERIA_ODD_DOT:
		return "no address ends with a dot or a colon";
	case CRITERIA_ODD_MARKS:
		return "no address has such marks before or behind it";
	}
	return NULL;
}

/* What stands in "<>", or where one of them is missing, on the side that is there. */
static struct str in_brackets(struct str v)
{
	struct str before;

	(void)str_cut(&v, '<', &before);
	return str_cut(&v, '>', &before) ? before : v;
}

/* The word of v with an '@'; v where there is none. */
static struct str word_of(struct str v)
{
	struct str rest = v, word;

	while (str_word(&rest, &word))
		if (str_has(word, '@'))
			return word;
	return v;
}

/* Where there is more than one '@', what begins with the last. */
static struct str from_last_sign(struct str v)
{
	struct str rest = v, before;
	size_t n = 0, at = 0;

	for (; str_cut(&rest, '@', &before); n++)
		at = (size_t)(before.p + before.n - v.p);
	return n > 1 ? str_skip(v, at) : v;
}

/*
 * v without what no address has before and behind what is in it, and without a shell's or a regular
 * expression's marks.
 */
static struct str without_marks(struct str v)
{
	size_t head = head_of(v), n = head;

	while (n > 0 && !is_special(v.p[n - 1]))
		n--;
	v = str_skip(v, n);
	while (v.n && str_has(STR("'/^`|"), v.p[0]))
		v = str_skip(v, 1);
	if (str_starts(v, STR(".*")))
		v = str_skip(v, 1);
	for (n = tail_at(v); n < v.n && !is_mark(v.p[n]);)
		n++;
	return str_head(v, n);
}

/* One step: what is odd first is so no longer. */
static void add_nearer(struct buf *out, struct str v)
{
	if (str_has(v, '<') || str_has(v, '>'))
		v = in_brackets(v);
	v = word_of(str_trim(v));
	v = from_last_sign(v);
	if (has_marks(v))
		v = without_marks(v);
	while (str_ends(v, STR(".")) || str_ends(v, STR(":")))
		v.n--;
	bool sign = str_has(v, '@'), wildcard = str_has(v, '*');
	if (v.n == 0 || v.p[0] == '@')
		buf_addc(out, '*');
	if (!sign && !wildcard && v.n)
		buf_add(out, str_has(v, '.') && !str_has(v, ' ') ? STR("*@") : STR(""));
	for (size_t i = 0; i < v.n; i++)
		if (!is_blank(v.p[i]))
			buf_addc(out, v.p[i]);
		else if (!is_blank(v.p[i - 1]))
			buf_addc(out, '*');
	if (v.n && v.p[v.n - 1] == '@')
		buf_addc(out, '*');
	if (!sign && !wildcard && v.n && !(str_has(v, '.') && !str_has(v, ' ')))
		buf_add(out, STR("@*"));
}

/* As if each wildcard that has something on both sides could be an '@'. */
static bool is_odd(struct str v)
{
	struct str inner = v.n > 2 ? str_skip(str_head(v, v.n - 1), 1) : STR_NONE;

	return criteria_oddity_of(v, str_has(v, '*') || str_has(inner, '?')) != CRITERIA_ODD_NONE;
}

void criteria_oddity_nearest(struct buf *out, struct str v)
{
	struct buf a = BUF_MAX(VALUE_OCTETS), b = BUF_MAX(VALUE_OCTETS);
	struct buf *now = &a, *last = &b;

	buf_add(last, v);
	for (int step = 0; step < STEPS && (step == 0 || is_odd(buf_str(last))); step++) {
		struct buf *swap = now;
		buf_clear(now);
		add_nearer(now, buf_str(last));
		now = last;
		last = swap;
	}
	buf_add(out, is_odd(buf_str(last)) ? STR("*") : buf_str(last));
	buf_free(&a);
	buf_free(&b);
}
