/* Orders as packets, and the words that they become; what is none. */
#include "console/order.h"

#include "base/test.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 1 << 20, VALUES_MAX = 4 };

#define BARE CONSOLE_ORDER_BARE
#define FROM CONSOLE_ORDER_FROM
#define TO CONSOLE_ORDER_TO
#define LINE CONSOLE_ORDER_LINE
#define SINCE CONSOLE_ORDER_SINCE
#define MESSAGE CONSOLE_ORDER_MESSAGE

static const struct {
	const char *label;
	enum console_order_kind kind;
	struct {
		enum console_order_word word;
		const char *text;
	} value[VALUES_MAX];
	const char *words; /* each in brackets; NULL: it is not ok */
} cases[] = {
	{ "doctor", CONSOLE_ORDER_DOCTOR, { { 0 } }, "[doctor][--json]" },
	{ "doctor of a name", CONSOLE_ORDER_DOCTOR, { { BARE, "a" } }, NULL },
	{ "route", CONSOLE_ORDER_ROUTE, { { BARE, "--help" } }, "[route][--json][--][--help]" },
	{ "route of none", CONSOLE_ORDER_ROUTE, { { 0 } }, NULL },
	{ "route of two", CONSOLE_ORDER_ROUTE, { { BARE, "a" }, { BARE, "b" } }, NULL },
	{ "route with an option", CONSOLE_ORDER_ROUTE, { { BARE, "a" }, { FROM, "b" } }, NULL },
	{ "lookup",
	  CONSOLE_ORDER_LOOKUP,
	  { { BARE, "a" }, { BARE, "mx" }, { BARE, "-c" } },
	  "[lookup][--json][--][a][mx][-c]" },
	{ "lookup of none", CONSOLE_ORDER_LOOKUP, { { 0 } }, NULL },
	{ "explain", CONSOLE_ORDER_EXPLAIN, { { 0 } }, "[explain][--json]" },
	{ "explain with an envelope",
	  CONSOLE_ORDER_EXPLAIN,
	  { { TO, "a@b" }, { FROM, "" }, { TO, "-f x" } },
	  "[explain][--json][--to=a@b][--from=][--to=-f x]" },
	{ "two senders", CONSOLE_ORDER_EXPLAIN, { { FROM, "a" }, { FROM, "b" } }, NULL },
	{ "explain of a file", CONSOLE_ORDER_EXPLAIN, { { BARE, "/etc/passwd" } }, NULL },
	{ "report", CONSOLE_ORDER_REPORT, { { 0 } }, "[criteria][report][--json][--since=24h]" },
	{ "report since", CONSOLE_ORDER_REPORT, { { SINCE, "1h" } }, NULL },
	{ "try",
	  CONSOLE_ORDER_TRY,
	  { { LINE, "To *" }, { SINCE, "1h" } },
	  "[criteria][report][--json][--try=To *][--since=1h]" },
	{ "try since ever",
	  CONSOLE_ORDER_TRY,
	  { { LINE, "" } },
	  "[criteria][report][--json][--try=]" },
	{ "try of nothing", CONSOLE_ORDER_TRY, { { SINCE, "1h" } }, NULL },
	{ "try as a list", CONSOLE_ORDER_TRY, { { LINE, "a" }, { BARE, "list" } }, NULL },
	{ "log",
	  CONSOLE_ORDER_LOG,
	  { { MESSAGE, "m" }, { SINCE, "s" } },
	  "[log][--json][--message=m][--since=s]" },
	{ "log of all", CONSOLE_ORDER_LOG, { { SINCE, "s" } }, NULL },
	{ "metrics", CONSOLE_ORDER_METRICS, { { 0 } }, "[status][--openmetrics]" },
	{ "end", CONSOLE_ORDER_END, { { 0 } }, "" },
	{ "end with a value", CONSOLE_ORDER_END, { { BARE, "a" } }, NULL },
};

static void set_words(const struct console_order *o, const char *conf_file, struct buf *out)
{
	CLEANUP(console_order_words_free) char **words = console_order_words(o, conf_file);

	for (char **w = words; w && *w; w++)
		buf_addf(out, "[%s]", *w);
}

static void check_case(size_t i)
{
	CLEANUP(buf_free)
	struct buf packet = BUF_MAX(CONSOLE_ORDER_MAX), words = BUF_MAX(WORDS_MAX);
	CLEANUP(buf_free) struct buf wanted = BUF_MAX(WORDS_MAX);
	struct console_order o = { .kind = cases[i].kind }, back;
	const char *label = cases[i].label;

	for (size_t k = 0; k < VALUES_MAX && cases[i].value[k].text; k++)
		console_order_add(&o, cases[i].value[k].word, str_of(cases[i].value[k].text));
	CHECK_INT(label, console_order_ok(&o), cases[i].words != NULL);
	console_order_write(&o, &packet);
	console_order_move(&packet, 3);
	CHECK_INT(label, console_order_read(buf_str(&packet), &back),
		  cases[i].words ? ERR_OK : ERR_SYNTAX);
	if (!cases[i].words)
		return;
	CHECK_INT(label, back.slot, 3);
	set_words(&back, NULL, &words);
	buf_addf(&wanted, "[signpost]%s", cases[i].words);
	CHECK_STR(label, buf_str(&words), buf_str(&wanted));
}

/* A packet is a string of C: without its last octet, the NUL. */
static const struct {
	const char *label;
	struct str packet;
	enum err err;
} packets[] = {
	{ "doctor", STR_INIT("\1\0"), ERR_OK },
	{ "the last slot", STR_INIT("\1\3"), ERR_OK },
	{ "one past it", STR_INIT("\1\4"), ERR_SYNTAX },
	{ "the last kind", STR_INIT("\10\0"), ERR_OK },
	{ "one past it", STR_INIT("\11\0"), ERR_SYNTAX },
	{ "nothing", STR_INIT(""), ERR_SYNTAX },
	{ "no slot", STR_INIT("\1"), ERR_SYNTAX },
	{ "route", STR_INIT("\2\0\0\0\1a"), ERR_OK },
	{ "a value that is cut", STR_INIT("\2\0\0\0\2a"), ERR_SYNTAX },
	{ "its length is", STR_INIT("\2\0\0\0"), ERR_SYNTAX },
	{ "more behind it", STR_INIT("\2\0\0\0\1ab"), ERR_SYNTAX },
	{ "a word past the last", STR_INIT("\2\0\6\0\1a"), ERR_SYNTAX },
	{ "a NUL", STR_INIT("\2\0\0\0\2a\0"), ERR_SYNTAX },
};

static void check_numbers(void)
{
	CLEANUP(buf_free) struct buf packet = BUF_MAX(CONSOLE_ORDER_MAX);
	struct console_order o = { .kind = CONSOLE_ORDER_EXPLAIN }, back;

	for (size_t i = 0; i < CONSOLE_ORDER_VALUES; i++)
		console_order_add(&o, TO, STR("a@b"));
	CHECK_INT("as many as there may be", console_order_ok(&o), 1);
	console_order_write(&o, &packet);
	CHECK_INT("read", console_order_read(buf_str(&packet), &back), ERR_OK);
	CHECK_INT("all", (long long)back.n, CONSOLE_ORDER_VALUES);
	console_order_add(&o, TO, STR("a@b"));
	CHECK_INT("one more", console_order_ok(&o), 0);
	buf_add(&packet, STR("\2\0\3a@b"));
	CHECK_INT("in a packet", console_order_read(buf_str(&packet), &back), ERR_SYNTAX);
}

/* Two values of the largest size, and one that fills the packet. */
static void check_sizes(void)
{
	enum { LARGEST = 0xffff, LAST = CONSOLE_ORDER_MAX - 2 - 3 * 3 - LARGEST };
	char *text = malloc(LARGEST + 1);
	struct console_order o = { .kind = CONSOLE_ORDER_EXPLAIN };
	CLEANUP(buf_free) struct buf packet = BUF_MAX(CONSOLE_ORDER_MAX);

	CHECK_INT("memory", text != NULL, 1);
	memset(text, 'a', LARGEST + 1);
	console_order_add(&o, TO, (struct str){ text, LARGEST });
	CHECK_INT("the largest value", console_order_ok(&o), 1);
	console_order_add(&o, TO, (struct str){ text, LAST - 1 });
	console_order_add(&o, TO, (struct str){ text, 1 });
	CHECK_INT("a full packet", console_order_ok(&o), 1);
	console_order_write(&o, &packet);
	CHECK_INT("is written", buf_err(&packet), ERR_OK);
	CHECK_INT("whole", (long long)packet.n, CONSOLE_ORDER_MAX);
	o.value[2].text.n = 2;
	CHECK_INT("an octet more", console_order_ok(&o), 0);
	o.n = 1;
	o.value[0].text.n++;
	CHECK_INT("a value that is larger", console_order_ok(&o), 0);
	free(text);
}

int main(void)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);
	const struct console_order doctor = { .kind = CONSOLE_ORDER_DOCTOR };
	struct console_order out;

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_case(i);
	for (size_t i = 0; i < COUNT_OF(packets); i++)
		CHECK_INT(packets[i].label, console_order_read(packets[i].packet, &out),
			  packets[i].err);
	check_numbers();
	check_sizes();
	set_words(&doctor, "/etc/signpost.conf", &words);
	CHECK_STR("the configuration", buf_str(&words),
		  STR("[signpost][-c][/etc/signpost.conf][doctor][--json]"));
	return TEST_EXIT();
}
