#include "console/book.h"

#include "base/hash.h"
#include "base/jsonw.h"
#include "criteria/criteria.h"

#include <stdio.h>
#include <string.h>

enum { WHY_MAX = 1 << 20 };

#define NAME "f" /* how complaints call the file: it is cut off again */

void console_book_etag(struct str text, char etag[static CONSOLE_BOOK_ETAG])
{
	static const uint64_t one[2] = { 1, 2 }, other[2] = { 3, 4 };

	(void)snprintf(etag, CONSOLE_BOOK_ETAG, "\"%016llx%016llx\"",
		       (unsigned long long)hash_octets(one, text),
		       (unsigned long long)hash_octets(other, text));
}

/* "f:LINE: words". */
static void split(struct str complaint, unsigned *line, struct buf *why)
{
	struct str rest = complaint, before;
	uint32_t n = 0;

	if (str_cut(&rest, ':', &before) && str_cut(&rest, ':', &before))
		(void)str_u32(before, &n);
	*line = n;
	buf_add(why, str_trim(rest));
}

enum err console_book_check(struct str text, unsigned *line, struct buf *why)
{
	CLEANUP(criteria_free) struct criteria *c = NULL;
	CLEANUP(buf_free) struct buf all = BUF_MAX(WHY_MAX);
	enum err e = criteria_parse(text, STR(NAME), &c, &all);
	struct str rest = buf_str(&all), first;

	if (e != ERR_SYNTAX && e != ERR_LIMIT)
		return e;
	if (!str_line(&rest, &first))
		first = STR("the file cannot be read");
	split(first, line, why);
	return ERR_SYNTAX;
}

/* The comment right above a line, without its "#"s, its lines joined; empty. */
static void add_note(struct buf *out, struct str text, unsigned line_no)
{
	struct str rest = text, line;
	unsigned n = 0;

	while (str_line(&rest, &line) && ++n < line_no) {
		if (!str_starts(line, STR("#"))) {
			buf_clear(out);
			continue;
		}
		struct str words = str_trim(line);
		while (str_starts(words, STR("#")))
			words = str_trim(str_skip(words, 1));
		if (out->n && words.n)
			buf_addc(out, ' ');
		buf_add(out, words);
	}
}

/* The report's rows by their text, as there are as many as criteria; NULL: out of memory. */
static json_t *rows_of(const json_t *report)
{
	json_t *rows = json_object(), *row;
	size_t i;

	json_array_foreach(json_object_get(report, "criteria"), i, row)
	{
		const char *text = json_string_value(json_object_get(row, "text"));
		if (rows && text && json_object_set(rows, text, row) < 0) {
			json_decref(rows);
			rows = NULL;
		}
	}
	return rows;
}

/* rows: NULL, nothing is known. */
static void write_counts(struct jsonw *j, const json_t *rows, const struct criterion *k)
{
	static const struct {
		const char *key, *in_report;
	} counts[] = { { "matched", "messages" },
		       { "delivered", "delivered" },
		       { "deferred", "deferred" },
		       { "bounced", "bounced" } };
	const json_t *row = json_object_getn(rows, k->line.p, k->line.n);

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (rows)
			jsonw_int(j, counts[i].key,
				  json_integer_value(json_object_get(row, counts[i].in_report)));
		else
			jsonw_null(j, counts[i].key);
	}
}

static void write_line(struct jsonw *j, const json_t *rows, const struct criterion *k,
		       const struct buf *note)
{
	jsonw_object(j, NULL);
	jsonw_int(j, "line", k->line_no);
	jsonw_str(j, "text", k->line);
	jsonw_str(j, "header", k->header);
	jsonw_str(j, "value", k->pattern);
	jsonw_str(j, "service", k->modifier->word);
	jsonw_str(j, "note", buf_str(note));
	write_counts(j, rows, k);
	jsonw_bool(j, "observe", k->modifier->observe);
	jsonw_bool(j, "dane", k->modifier->dane);
	jsonw_object_end(j);
}

/* The text is walked once: criteria stand in the order of their lines. */
static void write_lines(struct jsonw *j, const struct console_book *b, const json_t *rows,
			const struct criteria *c)
{
	CLEANUP(buf_free) struct buf note = BUF_MAX(WHY_MAX);
	struct str rest = b->text, line;
	unsigned done = 0;

	if (str_starts(rest, STR("\xef\xbb\xbf"))) /* byte order mark */
		rest = str_skip(rest, 3);
	jsonw_array(j, "lines");
	for (size_t i = 0; c && i < criteria_count(c); i++) {
		const struct criterion *k = criteria_at(c, i);
		struct str part = rest;
		unsigned first = done;
		while (done < k->line_no && str_line(&rest, &line))
			done++;
		part.n -= rest.n;
		buf_clear(&note);
		add_note(&note, part, k->line_no - first);
		write_line(j, rows, k, &note);
	}
	jsonw_array_end(j);
}

enum err console_book_write(const struct console_book *b, struct buf *out)
{
	CLEANUP(criteria_free) struct criteria *c = NULL;
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	char etag[CONSOLE_BOOK_ETAG];
	struct jsonw j = jsonw_to(out);
	enum err e = criteria_parse(b->text, STR(NAME), &c, &why);

	if (e == ERR_NOMEM)
		return e;
	json_t *rows = b->report ? rows_of(b->report) : NULL;
	if (b->report && !rows)
		return ERR_NOMEM;
	console_book_etag(b->text, etag);
	jsonw_object(&j, NULL);
	jsonw_str(&j, "etag", str_of(etag));
	jsonw_bool(&j, "enabled", b->enabled);
	jsonw_str(&j, "file", str_of(b->file));
	write_lines(&j, b, rows, c);
	json_decref(rows);
	jsonw_str(&j, "text", b->text);
	if (!c) {
		CLEANUP(buf_free) struct buf words = BUF_MAX(WHY_MAX);
		unsigned line = 0;
		(void)!console_book_check(b->text, &line, &words);
		jsonw_object(&j, "problem");
		jsonw_int(&j, "line", line);
		jsonw_str(&j, "message", buf_str(&words));
		jsonw_object_end(&j);
	}
	jsonw_object_end(&j);
	buf_addc(out, '\n');
	return buf_err(out);
}
