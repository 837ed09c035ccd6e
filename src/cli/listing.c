#include "cli/listing.h"

#include "base/text.h"
#include "base/time.h"
#include "base/unicode.h"
#include "cli/measure.h"
#include "schedule/rcpt.h"

#include <stdlib.h>
#include <string.h>

enum { CODE = 7, LINE_MAX_OCTETS = 65536 };

/* The columns of a line and of a table, in their order. */
enum column_of { OF_ID, OF_STATE, OF_AGE, OF_SIZE, OF_NEXT, OF_CODE, OF_FROM, OF_TO, OF_TEXT };

/* Of a line, where it is no table. */
static const size_t widths[] = {
	[OF_ID] = 13, [OF_STATE] = 9, [OF_AGE] = 7, [OF_SIZE] = 6, [OF_NEXT] = 7, [OF_CODE] = CODE
};

enum { REASON = 72, DOTS = 3 }; /* columns of a reason, at most; of what says that it goes on */

static struct str text_of(const json_t *object, const char *key)
{
	return str_of(json_string_value(json_object_get(object, key)));
}

static uint64_t number_of(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static bool is_in_state(const json_t *rcpt, struct str state)
{
	return str_eq(text_of(rcpt, "state"), state);
}

static bool waits(const json_t *message)
{
	const json_t *r;
	size_t i;

	json_array_foreach(json_object_get(message, "recipients"), i, r)
	{
		if (is_in_state(r, STR("waiting")))
			return true;
	}
	return false;
}

/* The list is of recipients that wait; of a message for nobody more, of those it did not reach. */
static bool is_open(const json_t *rcpt, bool message_waits)
{
	return message_waits ? is_in_state(rcpt, STR("waiting"))
			     : !is_in_state(rcpt, STR("delivered"));
}

static size_t columns(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

/* The octets of the first characters of s, n of them at most. */
static struct str first_of(struct str s, size_t n)
{
	size_t i = 0;

	while (i < s.n && (((unsigned char)s.p[i] & 0xc0) == 0x80 || n-- > 0))
		i++;
	return str_head(s, i);
}

/* text and blanks up to that column, one at least. */
static void column(struct buf *out, struct str text, size_t width)
{
	buf_add(out, text);
	for (size_t n = columns(text); n < width || n == columns(text); n++)
		buf_addc(out, ' ');
}

static void age_of(struct buf *words, const struct cli_listing *l, const json_t *m)
{
	int64_t arrived = l->now_wall_ms;

	if (time_read(text_of(m, "arrived"), &arrived) != ERR_OK)
		arrived = l->now_wall_ms;
	cli_measure_span(words, l->now_wall_ms - arrived);
}

/* When it is tried next: "in 5m", "now"; "-" where that is not known. */
static void next_of(struct buf *words, const struct cli_listing *l, const json_t *m)
{
	int64_t next;

	if (time_read(text_of(m, "next"), &next) != ERR_OK) {
		buf_addc(words, '-');
	} else if (next <= l->now_wall_ms) {
		buf_add(words, STR("now"));
	} else {
		buf_add(words, STR("in "));
		cli_measure_span(words, next - l->now_wall_ms);
	}
}

/* The recipient that tells most: the first that is open and was tried, else the first open. */
static const json_t *telling(const json_t *m, size_t *open)
{
	const json_t *list = json_object_get(m, "recipients"), *r, *found = NULL;
	bool message_waits = waits(m);
	size_t i;

	*open = 0;
	json_array_foreach(list, i, r)
	{
		if (!is_open(r, message_waits))
			continue;
		++*open;
		if (!found || (text_of(found, "status").n == 0 && text_of(r, "status").n > 0))
			found = r;
	}
	return found;
}

static void sender_of(struct buf *out, const json_t *m)
{
	buf_addc(out, '<');
	text_escape(out, text_of(m, "from"));
	buf_addc(out, '>');
}

static void recipients_of(struct buf *out, const json_t *rcpt, size_t open)
{
	if (rcpt)
		text_escape(out, text_of(rcpt, "to"));
	else
		buf_add(out, STR("nobody"));
	if (open > 1)
		buf_addf(out, " +%zu", open - 1);
}

/* As much of words as n columns hold, up to the end of one where it goes on. */
static void add_beginning(struct buf *out, struct str words, size_t n)
{
	if (columns(words) <= n) {
		buf_add(out, words);
		return;
	}
	struct str part = first_of(words, n - DOTS);
	size_t end = part.n;
	while (end > 0 && words.p[end] != ' ')
		end--;
	buf_add(out, str_trim(str_head(part, end ? end : part.n)));
	buf_add(out, STR("..."));
}

/* What still fits of text behind line: `queue show` has all of it. */
static void add_rest(struct buf *line, const struct cli_listing *l, struct str text)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(LINE_MAX_OCTETS);
	size_t used = columns(buf_str(line)) + 2, room = REASON;

	text_escape(&words, text);
	if (l->cut && l->width < used + REASON)
		room = l->width > used ? l->width - used : 0;
	if (text.n == 0 || room <= DOTS)
		return;
	buf_add(line, STR(": "));
	add_beginning(line, buf_str(&words), room);
}

/* What a column says of a message: of its recipient that tells most, where it is about one. */
static void cell_of(struct buf *out, enum column_of which, const struct cli_listing *l,
		    const json_t *message)
{
	size_t open;
	const json_t *rcpt = telling(message, &open);

	switch (which) {
	case OF_ID:
		buf_add(out, text_of(message, "id"));
		return;
	case OF_STATE:
		buf_add(out, text_of(message, "state"));
		return;
	case OF_AGE:
		age_of(out, l, message);
		return;
	case OF_SIZE:
		cli_measure_size(out, number_of(message, "size"));
		return;
	case OF_NEXT:
		next_of(out, l, message);
		return;
	case OF_CODE:
		buf_add(out, text_of(rcpt, "status").n ? text_of(rcpt, "status") : STR("-"));
		return;
	case OF_FROM:
		sender_of(out, message);
		return;
	case OF_TO:
		recipients_of(out, rcpt, open);
		return;
	case OF_TEXT:
		text_escape(out, text_of(rcpt, "text"));
		return;
	}
}

void cli_listing_line(struct buf *out, const struct cli_listing *l, const json_t *message)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(LINE_MAX_OCTETS);
	CLEANUP(buf_free) struct buf words = BUF_MAX(LINE_MAX_OCTETS);
	size_t open;

	for (size_t i = OF_ID; i <= OF_CODE; i++) {
		buf_clear(&words);
		cell_of(&words, (enum column_of)i, l, message);
		column(&line, buf_str(&words), widths[i]);
	}
	sender_of(&line, message);
	buf_add(&line, STR(" to "));
	const json_t *rcpt = telling(message, &open);
	recipients_of(&line, rcpt, open);
	add_rest(&line, l, text_of(rcpt, "text"));
	buf_add(out, l->cut ? first_of(buf_str(&line), l->width) : buf_str(&line));
	buf_addc(out, '\n');
	if (buf_err(&line) != ERR_OK)
		out->err = buf_err(&line);
}

/* The last part of an address tells where it goes, the first of a reason what it is about. */
const struct term_column cli_listing_columns[] = {
	[OF_ID] = { STR_INIT("ID"), 9, TERM_WHOLE, 0, TERM_LEFT },
	[OF_STATE] = { STR_INIT("STATE"), 6, TERM_WHOLE, 0, TERM_LEFT },
	[OF_AGE] = { STR_INIT("AGE"), 5, TERM_WHOLE, 0, TERM_LEFT },
	[OF_SIZE] = { STR_INIT("SIZE"), 1, TERM_WHOLE, 0, TERM_RIGHT },
	[OF_NEXT] = { STR_INIT("NEXT"), 4, TERM_WHOLE, 0, TERM_LEFT },
	[OF_CODE] = { STR_INIT("CODE"), 7, TERM_WHOLE, 0, TERM_LEFT },
	[OF_FROM] = { STR_INIT("FROM"), 2, TERM_CUT_BEGINNING, 12, TERM_LEFT },
	[OF_TO] = { STR_INIT("TO"), 8, TERM_CUT_BEGINNING, 16, TERM_LEFT },
	[OF_TEXT] = { STR_INIT("WHY"), 3, TERM_CUT_END, 16, TERM_LEFT },
};

void cli_listing_row(struct term_table *table, const struct cli_listing *l, const json_t *message)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(LINE_MAX_OCTETS);

	for (size_t i = 0; i < CLI_LISTING_COLUMNS; i++) {
		buf_clear(&words);
		cell_of(&words, (enum column_of)i, l, message);
		term_table_add(table, &(struct term_cell){ buf_str(&words),
							   term_text_tone(buf_str(&words)) });
	}
}

void cli_listing_add(struct cli_listing_sum *sum, const json_t *message)
{
	struct str state = text_of(message, "state");
	size_t open;

	(void)telling(message, &open);
	sum->messages++;
	sum->recipients += open;
	sum->octets += number_of(message, "size");
	sum->active += str_eq(state, STR("active"));
	sum->deferred += str_eq(state, STR("deferred"));
	sum->held += str_eq(state, STR("held"));
	sum->failed += str_eq(state, STR("failed"));
}

void cli_listing_sum(struct buf *out, const struct cli_listing_sum *sum)
{
	const struct {
		uint64_t n;
		const char *state;
	} states[] = { { sum->active, "active" },
		       { sum->deferred, "deferred" },
		       { sum->held, "held" },
		       { sum->failed, "failed" } };
	const char *before = ": ";

	text_count(out, sum->messages, "message", "messages");
	if (sum->messages == 0) {
		buf_addc(out, '\n');
		return;
	}
	buf_add(out, STR(", "));
	text_count(out, sum->recipients, "recipient", "recipients");
	buf_add(out, STR(", "));
	cli_measure_size(out, sum->octets);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (states[i].n == 0)
			continue;
		buf_addf(out, "%s%llu %s", before, (unsigned long long)states[i].n,
			 states[i].state);
		before = ", ";
	}
	buf_addc(out, '\n');
}

/* The row of domain and code, made where it is new; NULL: out of memory. */
static json_t *row_of(json_t *rows, struct str domain, struct str code)
{
	CLEANUP(buf_free) struct buf key = BUF_MAX(LINE_MAX_OCTETS);
	CLEANUP(arena_clear) struct arena names = { .max = LINE_MAX_OCTETS };
	struct str name;

	if (unicode_domain_name(&names, domain, &name) != ERR_OK)
		return NULL;
	buf_add(&key, name);
	size_t n = key.n;
	buf_addc(&key, ' ');
	buf_add(&key, code);
	if (buf_err(&key) != ERR_OK)
		return NULL;
	json_t *row = json_object_getn(rows, key.p, key.n);
	if (row)
		return row;
	row = json_pack("{s:s%, s:s%, s:i, s:i, s:s}", "domain", key.p, n, "status", code.p, code.n,
			"recipients", 0, "messages", 0, "last", "");
	return row && json_object_setn_new(rows, key.p, key.n, row) == 0 ? row : NULL;
}

static bool count(json_t *row, const char *key)
{
	json_t *n = json_object_get(row, key);

	return json_integer_set(n, json_integer_value(n) + 1) == 0;
}

/* A message counts once in a row, however many recipients it has there. */
static bool gather_one(json_t *row, const json_t *message)
{
	struct str id = text_of(message, "id");

	if (!row || !count(row, "recipients"))
		return false;
	if (str_eq(text_of(row, "last"), id))
		return true;
	return json_object_set(row, "last", json_object_get(message, "id")) == 0 &&
	       count(row, "messages");
}

bool cli_listing_gather(json_t *rows, const json_t *message)
{
	const json_t *list = json_object_get(message, "recipients"), *r;
	bool ok = true, message_waits = waits(message);
	size_t i;

	json_array_foreach(list, i, r)
	{
		struct str address = text_of(r, "to"), code = text_of(r, "status");
		if (is_open(r, message_waits))
			ok = ok && gather_one(row_of(rows, schedule_domain(address),
						     code.n ? code : STR("-")),
					      message);
	}
	return ok;
}

static int by_number(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	uint64_t n = number_of(one, "recipients"), k = number_of(other, "recipients");

	if (n != k)
		return n > k ? -1 : 1;
	int order = str_cmp(text_of(one, "domain"), text_of(other, "domain"));
	return order ? order : str_cmp(text_of(one, "status"), text_of(other, "status"));
}

/* To free(); NULL: out of memory. */
static json_t **in_order(const json_t *rows, size_t *n)
{
	json_t **list = calloc(json_object_size(rows) + 1, sizeof(json_t *));
	const char *key;
	json_t *row;

	*n = 0;
	if (!list)
		return NULL;
	json_object_foreach((json_t *)(uintptr_t)rows, key, row) list[(*n)++] = row;
	qsort(list, *n, sizeof(json_t *), by_number);
	return list;
}

/* A number in a column of the table, its word behind it. */
static void add_number(struct buf *out, uint64_t n, const char *one, const char *many)
{
	buf_addf(out, "%8llu %s ", (unsigned long long)n, n == 1 ? one : many);
}

void cli_listing_table(struct buf *out, const json_t *rows)
{
	size_t n;
	json_t **list = in_order(rows, &n);

	if (!list)
		out->err = ERR_NOMEM;
	for (size_t i = 0; list && i < n; i++) {
		add_number(out, number_of(list[i], "recipients"), "recipient ", "recipients");
		add_number(out, number_of(list[i], "messages"), "message ", "messages");
		buf_addc(out, ' ');
		column(out, text_of(list[i], "status"), CODE);
		text_escape(out, text_of(list[i], "domain"));
		buf_addc(out, '\n');
	}
	free(list);
}

void cli_listing_table_json(struct jsonw *j, const json_t *rows)
{
	size_t n;
	json_t **list = in_order(rows, &n);

	jsonw_array(j, NULL);
	for (size_t i = 0; list && i < n; i++) {
		jsonw_object(j, NULL);
		jsonw_str(j, "domain", text_of(list[i], "domain"));
		jsonw_str(j, "status", text_of(list[i], "status"));
		jsonw_int(j, "recipients", (int64_t)number_of(list[i], "recipients"));
		jsonw_int(j, "messages", (int64_t)number_of(list[i], "messages"));
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	if (!list)
		j->out->err = ERR_NOMEM;
	free(list);
}
