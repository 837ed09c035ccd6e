#include "cli/options.h"

#include "base/test.h"

enum { ARGS_MAX = 8, TEXT_MAX = 256 };

static const struct cli_option own[] = {
	{ "to", '\0', "ADDRESS", "" },
	{ "json", '\0', NULL, "" },
	{ 0 },
};
static const struct cli_option common[] = {
	{ "conf", 'c', "FILE", "" },
	{ "help", 'h', NULL, "" },
	{ 0 },
};

/* What was given as "name=value;" each, then the words as "word;" each. */
static const struct {
	const char *label;
	enum cli_until until;
	const char *args[ARGS_MAX];
	enum err err;
	struct str got; /* or why it is refused */
	int used;
} cases[] = {
	{ "nothing", CLI_ALL, { NULL }, ERR_OK, STR_INIT(""), 0 },
	{ "word", CLI_ALL, { "a" }, ERR_OK, STR_INIT("a;"), 1 },
	{ "flag", CLI_ALL, { "--json" }, ERR_OK, STR_INIT("json=;"), 1 },
	{ "flag with value",
	  CLI_ALL,
	  { "--json=x" },
	  ERR_SYNTAX,
	  STR_INIT("no value belongs to this option: --json=x"),
	  0 },
	{ "letter with value",
	  CLI_ALL,
	  { "-hx" },
	  ERR_SYNTAX,
	  STR_INIT("no value belongs to this option: -hx"),
	  0 },
	{ "value apart", CLI_ALL, { "--to", "a" }, ERR_OK, STR_INIT("to=a;"), 2 },
	{ "value attached", CLI_ALL, { "--to=a=b" }, ERR_OK, STR_INIT("to=a=b;"), 1 },
	{ "empty value", CLI_ALL, { "--to=", "x" }, ERR_OK, STR_INIT("to=;x;"), 2 },
	{ "empty name of a file",
	  CLI_ALL,
	  { "-c", "", "x" },
	  ERR_SYNTAX,
	  STR_INIT("an empty name after --conf: name a file, or leave it out"),
	  0 },
	{ "empty name of a file, attached",
	  CLI_FIRST_WORD,
	  { "--conf=", "x" },
	  ERR_SYNTAX,
	  STR_INIT("an empty name after --conf: name a file, or leave it out"),
	  0 },
	{ "value like an option",
	  CLI_ALL,
	  { "--to", "--json" },
	  ERR_OK,
	  STR_INIT("to=--json;"),
	  2 },
	{ "no value",
	  CLI_ALL,
	  { "--to" },
	  ERR_SYNTAX,
	  STR_INIT("a value is missing after --to: ADDRESS"),
	  0 },
	{ "letter apart", CLI_ALL, { "-c", "f" }, ERR_OK, STR_INIT("conf=f;"), 2 },
	{ "letter attached", CLI_ALL, { "-cf" }, ERR_OK, STR_INIT("conf=f;"), 1 },
	{ "twice", CLI_ALL, { "--to=a", "--to=b" }, ERR_OK, STR_INIT("to=a;to=b;"), 2 },
	{ "mixed", CLI_ALL, { "a", "-h", "b" }, ERR_OK, STR_INIT("help=;a;b;"), 3 },
	{ "dashes", CLI_ALL, { "--", "-h", "--" }, ERR_OK, STR_INIT("-h;--;"), 3 },
	{ "dash", CLI_ALL, { "-" }, ERR_OK, STR_INIT("-;"), 1 },
	{ "empty word", CLI_ALL, { "" }, ERR_OK, STR_INIT(";"), 1 },
	{ "unknown", CLI_ALL, { "--nope" }, ERR_SYNTAX, STR_INIT("unknown option --nope"), 0 },
	{ "near",
	  CLI_ALL,
	  { "--jsn" },
	  ERR_SYNTAX,
	  STR_INIT("unknown option --jsn: did you mean --json?"),
	  0 },
	{ "near, with a value",
	  CLI_ALL,
	  { "--tox=a@b" },
	  ERR_SYNTAX,
	  STR_INIT("unknown option --tox=a@b: did you mean --to?"),
	  0 },
	{ "near, of the others",
	  CLI_ALL,
	  { "--Conf", "f" },
	  ERR_SYNTAX,
	  STR_INIT("unknown option --Conf: did you mean --conf?"),
	  0 },
	{ "a dash is missing",
	  CLI_ALL,
	  { "-to", "a@b" },
	  ERR_SYNTAX,
	  STR_INIT("unknown option -to: did you mean --to?"),
	  0 },
	{ "no short for long",
	  CLI_ALL,
	  { "--t=a" },
	  ERR_SYNTAX,
	  STR_INIT("unknown option --t=a"),
	  0 },
	{ "unknown letter", CLI_ALL, { "-x" }, ERR_SYNTAX, STR_INIT("unknown option -x"), 0 },
	{ "first word", CLI_FIRST_WORD, { "-cf", "a", "--nope" }, ERR_OK, STR_INIT("conf=f;"), 1 },
	{ "no first word", CLI_FIRST_WORD, { "-h" }, ERR_OK, STR_INIT("help=;"), 1 },
};

static void check(size_t i)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(TEXT_MAX);
	CLEANUP(cli_options_clear) struct cli_options o = { 0 };
	const char *v[ARGS_MAX];
	struct cli_argv args = { .v = (char **)(uintptr_t)v };

	for (; args.n < ARGS_MAX && cases[i].args[args.n]; args.n++)
		v[args.n] = cases[i].args[args.n];
	enum err e = cli_options_read((struct cli_tables){ own, common }, args, cases[i].until, &o,
				      &got);
	CHECK_INT(cases[i].label, e, cases[i].err);
	for (size_t k = 0; k < o.n_given; k++)
		buf_addf(&got, "%s=%s;", o.given[k].option->name,
			 o.given[k].value ? o.given[k].value : "");
	for (size_t k = 0; k < o.n_word; k++)
		buf_addf(&got, "%s;", o.word[k]);
	CHECK_STR(cases[i].label, buf_str(&got), cases[i].got);
	CHECK_INT(cases[i].label, (long long)o.used, cases[i].used);
}

/* Words before and behind "--", and one that becomes an option. */
static void check_words(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(TEXT_MAX);
	CLEANUP(cli_options_clear) struct cli_options o = { 0 };
	const char *v[] = { "a", "@b", "c", "--", "@d" };
	struct cli_argv args = { COUNT_OF(v), (char **)(uintptr_t)v };

	CHECK_INT("words",
		  cli_options_read((struct cli_tables){ own, common }, args, CLI_ALL, &o, &why),
		  ERR_OK);
	CHECK_INT("free", (long long)o.n_free, 3);
	cli_options_turn(&o, 1, &own[0], o.word[1] + 1);
	CHECK_INT("free", (long long)o.n_free, 2);
	CHECK_INT("all", (long long)o.n_word, 3);
	CHECK_STR("moved up", str_of(o.word[1]), STR("c"));
	CHECK_STR("last", str_of(o.word[2]), STR("@d"));
	CHECK_STR("turned", str_of(cli_options_value(&o, own[0].name)), STR("b"));
}

static void check_asking(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(TEXT_MAX);
	CLEANUP(cli_options_clear) struct cli_options o = { 0 };
	const char *v[] = { "--to", "a", "--to", "b", "-h" };
	struct cli_argv args = { COUNT_OF(v), (char **)(uintptr_t)v };
	size_t i = 0;

	CHECK_INT("asking",
		  cli_options_read((struct cli_tables){ own, common }, args, CLI_ALL, &o, &why),
		  ERR_OK);
	CHECK_INT("free", (long long)o.n_free, 0);
	CHECK_STR("last", str_of(cli_options_value(&o, "to")), STR("b"));
	CHECK_STR("each", str_of(cli_options_next(&o, "to", &i)), STR("a"));
	CHECK_STR("each", str_of(cli_options_next(&o, "to", &i)), STR("b"));
	CHECK_INT("end", cli_options_next(&o, "to", &i) == NULL, true);
	CHECK_INT("has", cli_options_has(&o, "help"), true);
	CHECK_INT("has not", cli_options_has(&o, "json"), false);
	CHECK_INT("none", cli_options_value(&o, "conf") == NULL, true);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(i);
	check_words();
	check_asking();
	return TEST_EXIT();
}
