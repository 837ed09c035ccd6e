/*
 * A walk over the tokens of a configuration file before libConfuse parses it.
 *
 * libConfuse's scanner is one for the whole process and keeps its state from
 * one parse to the next: a string or a comment without an end, or a bad escape,
 * would be met again by the next reload as its beginning.  It counts the lines
 * of comments wrongly, takes no comment inside a list, lets a section end with the
 * file, passes over characters that it has no rule for, and does not tell on
 * which line a section began, or a list without values stands.  So all of that is looked at here,
 * and what libConfuse gets is text of which this is true:
 *
 *	UTF-8 without NUL; no comments; every string ends on the line where it
 *	began and has no escapes but \" \\ and \$; no "${" stands anywhere;
 *	braces are in pairs, two deep at most.
 *
 * Not here: names of keys and sections, values.
 */
#include "conf/source.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 2 }; /* a list in a section */

/* What a token is follows from the one before it: WORD, "=" and VALUE; WORD, WORD and "{". */
enum token { NOTHING, WORD, EQUALS, VALUE, OTHER };

struct walk {
	char *p;
	size_t n;
	size_t i;      /* octets read */
	unsigned line; /* of p[i], from 1 */
	enum token last;
	unsigned last_line;       /* on which it ended */
	struct str key;           /* the last WORD */
	unsigned open[DEPTH_MAX]; /* lines of the braces that are open */
	size_t depth;
	bool list;  /* the innermost one is a list's */
	bool empty; /* with no value yet */
	struct conf_source *out;
	struct buf *what;
	enum err err;
};

static void refuse(struct walk *w, const char *what)
{
	buf_add(w->what, str_of(what));
	w->err = ERR_SYNTAX;
}

static char at(const struct walk *w, size_t ahead)
{
	return w->i + ahead < w->n ? w->p[w->i + ahead] : '\0';
}

static void saw(struct walk *w, enum token t)
{
	w->last = t == WORD && w->last == EQUALS ? VALUE : t;
	w->last_line = w->line;
}

static void saw_word(struct walk *w, size_t from, size_t to)
{
	if (w->list)
		w->empty = false;
	else
		w->key = (struct str){ w->p + from, to - from };
	saw(w, WORD);
}

static void blank(struct walk *w)
{
	if (w->p[w->i] == '\n')
		w->line++;
	else
		w->p[w->i] = ' ';
	w->i++;
}

static void comment_line(struct walk *w)
{
	while (w->i < w->n && w->p[w->i] != '\n')
		blank(w);
}

static void comment_block(struct walk *w)
{
	unsigned began = w->line;

	blank(w);
	blank(w);
	while (w->i < w->n && !(at(w, 0) == '*' && at(w, 1) == '/'))
		blank(w);
	if (w->i == w->n) {
		w->line = began;
		refuse(w, "this comment never ends: close it with */");
		return;
	}
	blank(w);
	blank(w);
}

/* What libConfuse would take from the environment, and leave empty where it is not there. */
static bool variable(struct walk *w)
{
	if (at(w, 0) != '$' || at(w, 1) != '{')
		return false;
	refuse(w, "\"${\": nothing is taken from the environment: write the value itself");
	return true;
}

static void string(struct walk *w)
{
	char quote = w->p[w->i++];
	size_t from = w->i;

	if (at(w, 0) == quote && !w->list && w->last != EQUALS && w->last != WORD)
		refuse(w, "there is an empty string in the place of a key: remove it");
	while (w->err == ERR_OK && at(w, 0) != quote) {
		if (w->i == w->n || at(w, 0) == '\n') {
			refuse(w,
			       "this string is not closed: end it with a quote on the same line");
		} else if (variable(w)) {
			break;
		} else if (at(w, 0) != '\\') {
			w->i++;
		} else if (quote == '"' && !(at(w, 1) && strchr("\"\\$", at(w, 1)))) {
			refuse(w, "unknown escape in a string: write two backslashes for one");
		} else {
			w->i += at(w, 1) == '\n' || w->i + 1 == w->n ? 1 : 2;
		}
	}
	saw_word(w, from, w->i++);
}

/* Where a word without quotes ends. */
static bool ends_word(char c)
{
	return (unsigned char)c <= ' ' || strchr("#\"'={}()+,*\x7f", c);
}

static void word(struct walk *w)
{
	size_t from = w->i;

	if (at(w, 0) == '+' && at(w, 1) == '=') {
		refuse(w,
		       "\"+=\" is not known here: write the whole list once, KEY = {\"a\", \"b\"}");
		return;
	}
	if (ends_word(at(w, 0)) || at(w, 0) == '|') {
		refuse(w, "this character cannot stand here: put values in double quotes");
		return;
	}
	while (w->i < w->n && !ends_word(at(w, 0)) && !variable(w))
		w->i++;
	saw_word(w, from, w->i);
}

static void note_section(struct walk *w)
{
	struct conf_source *out = w->out;
	unsigned *more = reallocarray(out->section, out->n_sections + 1, sizeof(out->section[0]));

	if (!more) {
		w->err = ERR_NOMEM;
		return;
	}
	out->section = more;
	out->section[out->n_sections++] = w->last_line;
}

static void note_empty(struct walk *w)
{
	struct conf_source *out = w->out;
	struct conf_source_empty *more =
		reallocarray(out->empty, out->n_empty + 1, sizeof(out->empty[0]));

	if (!more) {
		w->err = ERR_NOMEM;
		return;
	}
	out->empty = more;
	out->empty[out->n_empty++] = (struct conf_source_empty){ .key = w->key,
								 .section = out->n_sections - 1,
								 .line = w->open[w->depth] };
}

static void open_brace(struct walk *w)
{
	if (w->depth == DEPTH_MAX) {
		/* Only a list stands within a section, and nothing within it: an end is missing. */
		w->line = w->open[0];
		refuse(w, "the brace opened here is not closed before two more are: add }");
		return;
	}
	if (w->last == WORD)
		note_section(w);
	else if (w->last != EQUALS)
		refuse(w, "a brace opens a section (NAME {) or a list (KEY = {)");
	w->list = w->empty = w->last == EQUALS;
	w->open[w->depth++] = w->line;
}

static void close_brace(struct walk *w)
{
	if (w->depth == 0) {
		refuse(w, "this brace closes nothing: remove it, or open a section before it");
		return;
	}
	w->depth--;
	if (w->list && w->empty && w->depth > 0)
		note_empty(w);
	w->list = false;
}

static void step(struct walk *w)
{
	char c = at(w, 0);

	if (c == '\n' || c == ' ' || c == '\t' || c == '\r') {
		blank(w);
	} else if (c == '#' || (c == '/' && at(w, 1) == '/')) {
		comment_line(w);
	} else if (c == '/' && at(w, 1) == '*') {
		comment_block(w);
	} else if (c == '"' || c == '\'') {
		string(w);
	} else if (c == '{' || c == '}') {
		(c == '{' ? open_brace : close_brace)(w);
		saw(w, OTHER);
		w->i++;
	} else if (c == '=' || c == ',') {
		saw(w, c == '=' ? EQUALS : OTHER);
		w->i++;
	} else {
		word(w);
	}
}

/* The first octet that is not of a character that may stand in a file. */
static void check_characters(struct walk *w)
{
	unsigned line = w->line;

	for (struct str rest = { w->p, w->n }; rest.n > 0;) {
		uint32_t cp;
		size_t n = text_utf8(rest, &cp);
		if (n == 0 || cp == 0x7f || (cp < ' ' && cp != '\n' && cp != '\r' && cp != '\t')) {
			w->line = line;
			refuse(w, n == 0 ? "this is not UTF-8: save the file as UTF-8"
					 : "there is a control character on this line: remove it");
			return;
		}
		line += cp == '\n';
		rest = str_skip(rest, n);
	}
}

enum err conf_source_read(struct str file, struct conf_source *out, unsigned *line,
			  struct buf *what)
{
	struct conf_source made = { 0 };

	if (file.n > CONF_SOURCE_MAX)
		return ERR_LIMIT;
	made.text = malloc(file.n + 1);
	if (!made.text)
		return ERR_NOMEM;
	if (file.n)
		memcpy(made.text, file.p, file.n);
	made.text[file.n] = '\0';

	struct walk w = { .p = made.text, .n = file.n, .line = 1, .out = &made, .what = what };
	check_characters(&w);
	while (w.err == ERR_OK && w.i < w.n)
		step(&w);
	if (w.err == ERR_OK && w.depth > 0) {
		w.line = w.open[w.depth - 1];
		refuse(&w, "the brace opened here is never closed: add }");
	}
	if (w.err != ERR_OK) {
		*line = w.line;
		conf_source_clear(&made);
		return w.err;
	}
	*out = made;
	return ERR_OK;
}

void conf_source_clear(struct conf_source *s)
{
	free(s->text);
	free(s->section);
	free(s->empty);
	*s = (struct conf_source){ 0 };
}
