/*
 * The syntax of a criterion:
 *
 *	line     = header [":"] 1*blank value [1*blank modifier]
 *	value    = word *(1*blank word)
 *	word     = 1*(octet / "\" octet / DQUOTE *(octet / blank / "\" octet) DQUOTE)
 *	modifier = one of modifier.c
 *
 * A modifier is one only in bare words: without quote or backslash, in capitals.  What was
 * meant as one and is none is refused, since the line would ask for less than its writer
 * believes.  Quotes may stand anywhere in a word, as in a shell.  In quotes too '*' and '?'
 * are wildcards; only "\" takes their meaning away.  The white space between two
 * words of a value is one space.
 */
#include "criteria/line.h"

#include "base/text.h"
#include "criteria/glob.h"

#include <stdio.h>

#define LINE_OCTETS 4096

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* One word of a line, as it is written. */
struct word {
	struct str raw;
	bool bare;  /* without quote or backslash */
	bool exact; /* has white space, in quotes or escaped */
};

/* The next word of *rest, cut off.  ERR_SYNTAX and *why for a quote or backslash without end. */
static enum err next_word(struct str *rest, struct word *word, const char **why)
{
	bool quoted = false;
	size_t i = 0;

	while (rest->n && is_blank(rest->p[0]))
		*rest = str_skip(*rest, 1);
	*word = (struct word){ .bare = true };
	for (; i < rest->n && (quoted || !is_blank(rest->p[i])); i++) {
		if (rest->p[i] == '"') {
			quoted = !quoted;
			word->bare = false;
		} else if (rest->p[i] == '\\') {
			word->bare = false;
			if (++i == rest->n) {
				*why = "\"\\\" at the end of the line escapes nothing; "
				       "write \"\\\\\" for a backslash";
				return ERR_SYNTAX;
			}
		}
		if (is_blank(rest->p[i]))
			word->exact = true;
	}
	if (quoted) {
		*why = "quote without an end; write \\\" for a quote that is part of the value";
		return ERR_SYNTAX;
	}
	word->raw = str_head(*rest, i);
	*rest = str_skip(*rest, i);
	return ERR_OK;
}

/* The words after the header name: how many there are, and how many of them are the value's. */
struct words {
	struct str rest; /* where they are */
	size_t n, n_value;
	/* The last ones, the very last first, for two modifiers; empty where not bare. */
	struct str last[2 * CRITERIA_MODIFIER_WORDS];
	struct str marked; /* the first bare word that was meant as a modifier, before a mark */
};

/* Whether a comment was meant to begin with the word, or a sentence to end. */
static bool is_mark(struct word word)
{
	return word.bare && (str_starts(word.raw, STR("#")) || str_eq(word.raw, STR(".")) ||
			     str_starts(word.raw, STR(";")) || str_starts(word.raw, STR("//")) ||
			     str_starts(word.raw, STR("(")) || str_eq(word.raw, STR("--")));
}

/* Whether it is a modifier with such a mark behind it.  "secure.example" is none. */
static bool has_mark(struct word word)
{
	return word.bare && (str_has(word.raw, '#') || str_ends(word.raw, STR("."))) &&
	       criteria_modifier_meant(word.raw).text.n;
}

static enum err count_words(struct words *w, struct buf *why)
{
	const size_t kept = sizeof(w->last) / sizeof(w->last[0]);
	struct str rest = w->rest, marked = STR_NONE;
	const char *wrong;
	struct word word;

	while (next_word(&rest, &word, &wrong) == ERR_OK) {
		if (word.raw.n == 0)
			return ERR_OK;
		if (is_mark(word) && criteria_modifier_meant(w->last[0]).text.n && !w->marked.n)
			w->marked = w->last[0];
		if (marked.n && !w->marked.n)
			w->marked = marked;
		marked = has_mark(word) ? word.raw : STR_NONE;
		for (size_t i = kept - 1; i > 0; i--)
			w->last[i] = w->last[i - 1];
		w->last[0] = word.bare ? word.raw : STR_NONE;
		w->n++;
	}
	buf_add(why, str_of(wrong));
	return ERR_SYNTAX;
}

/* Put "WORD" in the complaint, and what to do where the word was not meant as a modifier. */
static enum err refuse_word(struct str word, const char *what, struct buf *why)
{
	buf_addc(why, '"');
	text_escape(why, word);
	buf_addf(why, "\" %s; where it is part of the value, write it in quotes", what);
	return ERR_SYNTAX;
}

/* Of a word that is another by a letter, which may well be what was meant ("Dave"). */
static enum err refuse_near(struct str word, struct str modifier, struct buf *why)
{
	buf_addc(why, '"');
	text_escape(why, word);
	buf_add(why, STR("\" is one letter away from a modifier; where it is part of the value, "
			 "write it in quotes; else write "));
	buf_add(why, modifier);
	return ERR_SYNTAX;
}

/*
 * Two modifiers, or one twice, could be read as a value that ends in one, but that is never
 * meant: the value would match nothing, and bounce nothing.
 */
static enum err refuse_both(const struct criteria_modifier *a, const struct criteria_modifier *b,
			    struct buf *why)
{
	bool swap = b < a;

	if (a == b)
		return refuse_word(a->text, "stands there twice; write it once", why);
	buf_add(why, swap ? b->text : a->text);
	buf_add(why, STR(" and "));
	buf_add(why, swap ? a->text : b->text);
	buf_add(why, STR(" exclude each other; where one is part of the value, "
			 "write it in quotes"));
	return ERR_SYNTAX;
}

#define DANE_ALONE "stands after SECURE alone; write SECURE DANE"

/* Refuse what stands at the end of the line, or before a comment, and was meant as a modifier. */
static enum err check_meant(const struct words *w, struct buf *why)
{
	const struct criteria_modifier_meant meant = criteria_modifier_meant(w->last[0]);
	char what[64];

	if (w->marked.n)
		return refuse_word(w->marked,
				   "is the last word of no line; a comment begins with # as the "
				   "first character of a line of its own",
				   why);
	if (meant.text.n == 0)
		return ERR_OK;
	if (str_eq(w->last[0], STR("DANE")))
		return refuse_word(w->last[0], DANE_ALONE, why);
	if (!meant.same)
		return refuse_near(w->last[0], meant.text, why);
	(void)snprintf(what, sizeof(what), "is no modifier; write %.*s", STR_ARG(meant.text));
	return refuse_word(w->last[0], what, why);
}

static enum err read_modifier(struct words *w, struct criteria_line *out, struct buf *why)
{
	const struct criteria_modifier *m = criteria_modifier_of(w->last);
	size_t n = criteria_modifier_words(m);

	out->modifier = m;
	w->n_value = w->n - n;
	if (n == 0 || w->marked.n)
		return check_meant(w, why);
	if (w->n_value == 0) {
		buf_addf(why, "no value before %.*s; where it is the value itself, ",
			 STR_ARG(m->text));
		buf_addf(why, "write \"%.*s\" in quotes", STR_ARG(m->text));
		return ERR_SYNTAX;
	}
	const struct criteria_modifier *before = criteria_modifier_of(w->last + n);
	if (before->text.n)
		return refuse_both(before, m, why);
	if (str_eq(w->last[n], STR("DANE")))
		return refuse_word(w->last[n], DANE_ALONE, why);
	return ERR_OK;
}

/* One word of the value, its quotes and escapes undone, for people and as a glob. */
static void add_word(struct buf *pattern, struct buf *glob, struct str raw)
{
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];
		bool escaped = c == '\\';
		if (escaped)
			c = raw.p[++i];
		else if (c == '"')
			continue;
		buf_addc(pattern, c);
		if (!escaped && c == '*')
			c = CRITERIA_GLOB_RUN;
		else if (!escaped && c == '?')
			c = CRITERIA_GLOB_ONE;
		buf_addc(glob, c);
	}
}

/* The name of the header that the first word is. */
static struct str without_colon(struct str first)
{
	return str_ends(first, STR(":")) ? str_head(first, first.n - 1) : first;
}

/* Put the value of w and the text of the whole line into *out. */
static enum err write_line(const struct words *w, struct str first, struct criteria_line *out)
{
	struct buf pattern = BUF_MAX(LINE_OCTETS), glob = BUF_MAX(LINE_OCTETS);
	struct buf text = BUF_MAX(LINE_OCTETS);
	struct str rest = w->rest;
	const char *why;
	struct word word;

	buf_add(&text, first);
	for (size_t i = 0; i < w->n && next_word(&rest, &word, &why) == ERR_OK; i++) {
		buf_addc(&text, ' ');
		buf_add(&text, word.raw);
		if (i >= w->n_value)
			continue;
		if (i) {
			buf_addc(&pattern, ' ');
			buf_addc(&glob, ' ');
		}
		add_word(&pattern, &glob, word.raw);
		out->exact |= word.exact;
	}
	struct str header = without_colon(first);
	out->octets = BUF_MAX(3 * LINE_OCTETS);
	buf_add(&out->octets, buf_str(&pattern));
	buf_add(&out->octets, buf_str(&glob));
	buf_add(&out->octets, buf_str(&text));
	bool good = buf_err(&pattern) == ERR_OK && buf_err(&glob) == ERR_OK &&
		    buf_err(&text) == ERR_OK && buf_err(&out->octets) == ERR_OK;
	const char *p = out->octets.p;
	if (good) {
		out->pattern = (struct str){ p, pattern.n };
		out->glob = (struct str){ p + pattern.n, glob.n };
		out->text = (struct str){ p + pattern.n + glob.n, text.n };
		out->header = str_head(out->text, header.n);
	}
	buf_free(&pattern), buf_free(&glob), buf_free(&text);
	return good ? ERR_OK : ERR_NOMEM;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 5322 section 3.6.8 allows more; that is found in mistakes, and in no mail. */
static bool is_header(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!is_letter(name.p[i]) && !(name.p[i] >= '0' && name.p[i] <= '9') &&
		    !str_has(STR("-_."), name.p[i]))
			return false;
	return name.n > 0 && is_letter(name.p[0]);
}

/* What to do about a first word that is no name. */
static const char *header_remedy(struct str name)
{
	struct str before;

	if (str_cut(&name, ':', &before) && is_header(before))
		return "write a space after the colon";
	if (str_cut(&name, '=', &before) && is_header(before))
		return "write a space in place of the \"=\"";
	if (str_starts(name, STR(";")) || str_starts(name, STR("/")))
		return "a comment begins with #";
	if (str_has(name, '@'))
		return "write Envelope-To before the address";
	if (str_has(name, ',') || str_has(name, '|'))
		return "write a line for each field";
	return "a name begins with a letter, and is of letters, digits, \"-\", \"_\" and \".\"";
}

static bool is_dane(struct str word)
{
	return str_eq_nocase(word, STR("DANE"));
}

/*
 * A modifier in the place of the header, and what to write where the rest is a criterion: no
 * field has such a name, and the line would ask for nothing.
 */
static enum err refuse_first(struct str first, struct str modifier, struct str rest,
			     struct buf *why)
{
	struct str header, value, at = rest;
	bool dane = is_dane(modifier);

	buf_addc(why, '"');
	text_escape(why, first);
	buf_add(why, STR("\" is no header field, but a modifier, which stands at the end: "));
	while (str_word(&at, &header) && (is_dane(header) || str_eq_nocase(header, modifier))) {
		dane |= is_dane(header);
		rest = at;
	}
	at = rest;
	if (!str_word(&at, &header) || !is_header(without_colon(header)) || !str_word(&at, &value))
		rest = STR("HEADER VALUE");
	rest = str_trim(rest);
	text_escape(why, rest);
	if (dane)
		modifier = STR("SECURE DANE");
	if (!str_ends(rest, modifier)) {
		buf_addc(why, ' ');
		buf_add(why, modifier);
	}
	return ERR_SYNTAX;
}

static enum err check_header(struct str first, struct str rest, struct buf *why)
{
	struct str name = without_colon(first);
	const struct criteria_modifier_meant meant = criteria_modifier_meant(name);

	if (str_starts(first, STR("#"))) {
		buf_add(why, STR("a comment begins with # as the first character of the line"));
		return ERR_SYNTAX;
	}
	if (is_header(name) && meant.same && meant.text.n)
		return refuse_first(first, meant.text, rest, why);
	if (is_header(name))
		return ERR_OK;
	buf_addc(why, '"');
	text_escape(why, first);
	buf_addf(why, "\" is not the name of a header field; %s", header_remedy(name));
	return ERR_SYNTAX;
}

/* "To = x" and "To : x" were meant as "To x". */
static enum err check_value(struct str rest, struct buf *why)
{
	struct str word;

	if (!str_word(&rest, &word) || !str_has(STR(":="), word.p[0]))
		return ERR_OK;
	buf_addf(why, "leave out the \"%c\" before the value; ", word.p[0]);
	buf_add(why, STR("where the value begins with it, write the value in quotes"));
	return ERR_SYNTAX;
}

/* Not a word of syntax: is it text at all? */
static enum err check_text(struct str line, struct buf *why)
{
	const char *wrong = NULL;

	if (line.n > LINE_OCTETS)
		wrong = "the line is longer than 4096 octets";
	else if (!text_is_utf8(line))
		wrong = "the line is not UTF-8: save the file as UTF-8";
	for (size_t i = 0; i < line.n && !wrong; i++)
		if (((unsigned char)line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7f)
			wrong = "there is a control character in the line: remove it";
	if (!wrong)
		return ERR_OK;
	buf_add(why, str_of(wrong));
	return ERR_SYNTAX;
}

bool criteria_line_idle(struct str line)
{
	return str_starts(line, STR("#")) || str_trim(line).n == 0;
}

enum err criteria_line_read(struct str line, struct criteria_line *out, struct buf *why)
{
	struct criteria_line got = { .octets = BUF_MAX(0) };
	struct words w = { .rest = line };
	struct str first;

	enum err e = check_text(line, why);
	if (e != ERR_OK)
		return e;
	(void)str_word(&w.rest, &first);
	e = check_header(first, w.rest, why);
	if (e == ERR_OK)
		e = count_words(&w, why);
	if (e == ERR_OK && w.n == 0) {
		buf_add(why, STR("no value; write \"\" for the empty value, * for any"));
		e = ERR_SYNTAX;
	}
	if (e == ERR_OK)
		e = check_value(w.rest, why);
	if (e == ERR_OK)
		e = read_modifier(&w, &got, why);
	if (e == ERR_OK)
		e = write_line(&w, first, &got);
	if (e == ERR_OK)
		*out = got;
	else
		buf_free(&got.octets);
	return e;
}

void criteria_line_clear(struct criteria_line *line)
{
	buf_free(&line->octets);
}
