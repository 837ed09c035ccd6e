#include "term/table.h"

#include "base/test.h"

enum { ROOM = 4096 };

static const struct term_column columns[] = {
	{ STR_INIT("ID"), 9, TERM_WHOLE, 0, TERM_LEFT },
	{ STR_INIT("SIZE"), 1, TERM_WHOLE, 0, TERM_RIGHT },
	{ STR_INIT("TO"), 8, TERM_CUT_BEGINNING, 10, TERM_LEFT },
	{ STR_INIT("WHY"), 3, TERM_CUT_END, 6, TERM_LEFT },
};

enum { COLUMNS = COUNT_OF(columns) };

static const char *const rows[][COLUMNS] = {
	{ "0001SJF6K2A", "12", "someone.else@bank.example", "not now, please" },
	{ "2", "1.2K", "a@b.example", "" },
};

static const struct {
	const char *label;
	size_t width;
	enum term_charset charset;
	const char *out;
} cases[] = {
	{ "all of it", 80, TERM_UTF8,
	  "ID           SIZE  TO                         WHY\n"
	  "0001SJF6K2A    12  someone.else@bank.example  not now, please\n"
	  "2            1.2K  a@b.example\n" },
	{ "just", 61, TERM_UTF8,
	  "ID           SIZE  TO                         WHY\n"
	  "0001SJF6K2A    12  someone.else@bank.example  not now, please\n"
	  "2            1.2K  a@b.example\n" },
	{ "one short", 60, TERM_UTF8,
	  "ID           SIZE  TO                         WHY\n"
	  "0001SJF6K2A    12  someone.else@bank.example  not now, plea…\n"
	  "2            1.2K  a@b.example\n" },
	{ "the end of an address stays", 41, TERM_UTF8,
	  "ID           SIZE  TO              WHY\n"
	  "0001SJF6K2A    12  …@bank.example  not n…\n"
	  "2            1.2K  a@b.example\n" },
	{ "the least worth goes", 30, TERM_ASCII,
	  "ID           TO\n"
	  "0001SJF6K2A  ...e@bank.example\n"
	  "2            a@b.example\n" },
	{ "the last stays whole", 5, TERM_UTF8, "ID\n0001SJF6K2A\n2\n" },
};

static void add(struct term_table *t, const char *const row[COLUMNS])
{
	for (size_t c = 0; c < COLUMNS; c++)
		term_table_add(t, &(struct term_cell){ str_of(row[c]), TERM_PLAIN });
}

/* More rows: no second head, no narrower columns; a tone each, and none where nothing is. */
static void check_going_on(void)
{
	static const char *const more[COLUMNS] = { "3", "", "", "" };
	CLEANUP(term_table_free) struct term_table t = TERM_TABLE(columns, COLUMNS, ROOM);
	CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);
	const struct term_style style = { 80, TERM_COLOUR_ANSI, TERM_UTF8 };

	term_table_show(&out, &t, &style);
	CHECK_STR("no rows, no heads", buf_str(&out), STR(""));
	add(&t, rows[1]);
	term_table_show(&out, &t, &style);
	buf_clear(&out);
	add(&t, more);
	for (size_t c = 0; c < COLUMNS; c++)
		term_table_add(&t, &(struct term_cell){ STR("4"), c % 2 ? TERM_PLAIN : TERM_BAD });
	term_table_show(&out, &t, &style);
	CHECK_STR("going on", buf_str(&out),
		  STR("3\n\033[31m4\033[0m      4  \033[31m4\033[0m            4\n"));
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(term_table_free) struct term_table t = TERM_TABLE(columns, COLUMNS, ROOM);
		CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);
		struct term_style style = { cases[i].width, TERM_COLOUR_NONE, cases[i].charset };

		for (size_t r = 0; r < COUNT_OF(rows); r++)
			add(&t, rows[r]);
		term_table_show(&out, &t, &style);
		CHECK_STR(cases[i].label, buf_str(&out), str_of(cases[i].out));
	}
	check_going_on();
	return TEST_EXIT();
}
