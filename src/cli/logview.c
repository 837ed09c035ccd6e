#include "cli/logview.h"

/* "TIME [SESSION] text" */
struct line {
	struct str time, session, text;
};

static bool read_line(struct str whole, struct line *out)
{
	struct str rest = whole;

	return str_cut(&rest, ' ', &out->time) && str_cut(&rest, ' ', &out->session) &&
	       str_has(out->time, 'T') && str_starts(out->session, STR("[")) &&
	       (out->text = rest, true);
}

/* "12:00:00.123" of "2026-11-24T12:00:00.123Z". */
static struct str hour_of(struct str time)
{
	struct str day;

	(void)str_cut(&time, 'T', &day);
	return str_ends(time, STR("Z")) ? str_head(time, time.n - 1) : time;
}

/*
 * "lookup NAME TYPE: 1 record, secure, server ...": the status has its tone.  A name may have
 * commas, but no space behind them; what follows an extended error is the server's own text.
 */
static void add_lookup(struct term_text *t, struct str text)
{
	struct str part;

	while (!str_starts(text, STR(" extended error")) && str_cut(&text, ',', &part)) {
		bool word = str_starts(part, STR(" "));
		if (word) {
			buf_addc(&t->text, ' ');
			term_text_word(t, str_skip(part, 1));
		} else {
			buf_add(&t->text, part);
		}
		buf_addc(&t->text, ',');
	}
	buf_add(&t->text, text);
}

static void add_text(struct term_text *t, struct str text)
{
	static const struct str mark = STR_INIT(" DNSSEC"), outcome = STR_INIT("outcome: ");
	bool marked = str_ends(text, mark);
	struct str rest = marked ? str_head(text, text.n - mark.n) : text, word;

	if (str_starts(rest, outcome)) {
		buf_add(&t->text, outcome);
		rest = str_skip(rest, outcome.n);
		if (str_cut(&rest, ' ', &word)) {
			term_text_word(t, word);
			buf_addc(&t->text, ' ');
		}
	}
	if (str_starts(rest, STR("lookup ")))
		add_lookup(t, rest);
	else
		buf_add(&t->text, rest);
	if (marked) {
		buf_addc(&t->text, ' ');
		term_text_word(t, str_skip(mark, 1));
	}
	buf_addc(&t->text, '\n');
}

static void add_head(struct term_text *t, const struct line *l)
{
	term_text_add(t, TERM_STRONG, l->time);
	buf_addc(&t->text, ' ');
	term_text_add(t, TERM_STRONG, l->session);
	buf_addc(&t->text, '\n');
}

void cli_logview(struct term_text *t, struct str block, enum cli_logview view)
{
	struct line l;
	struct str whole;
	bool headed = view == CLI_LOGVIEW_WHOLE;

	while (str_line(&block, &whole)) {
		if (!read_line(whole, &l)) {
			buf_add(&t->text, whole);
			buf_addc(&t->text, '\n');
			continue;
		}
		if (!headed)
			add_head(t, &l);
		headed = true;
		struct str time = view == CLI_LOGVIEW_WHOLE ? l.time : hour_of(l.time);
		buf_add(&t->text, time);
		buf_addc(&t->text, ' ');
		if (view == CLI_LOGVIEW_WHOLE)
			buf_addf(&t->text, "%.*s ", STR_ARG(l.session));
		term_text_hang(t);
		add_text(t, l.text);
	}
	if (view == CLI_LOGVIEW_SHORT)
		buf_addc(&t->text, '\n');
}
