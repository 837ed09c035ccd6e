#include "cli/listing.h"

#include "base/test.h"

enum { ROOM = 65536 };

#define NOW INT64_C(1790000000000) /* 2026-09-21T14:13:20Z */
#define HEAD                                                                                       \
	"{\"id\":\"0001SJF6K2A\",\"from\":\"me@y.example\",\"arrived\":\"2026-09-21T12:13:20Z\","
#define TRIED(to, code)                                                                            \
	"{\"to\":\"" to "\",\"state\":\"waiting\",\"status\":\"" code                              \
	"\",\"text\":\"not now, b\xc3\xbc\"}"
#define DONE                                                                                       \
	"{\"to\":\"done@x.example\",\"state\":\"delivered\",\"status\":\"2.0.0\",\"text\":\"ok\"}"
#define FRESH "{\"to\":\"b@z.example\",\"state\":\"waiting\",\"status\":\"\",\"text\":\"\"}"
#define DEFERRED                                                                                   \
	HEAD "\"next\":\"2026-09-21T14:18:20Z\",\"size\":1234,\"state\":\"deferred\","             \
	     "\"recipients\":[" DONE "," FRESH "," TRIED("a@x.example", "4.7.1") "]}"
/* A reason that is a paragraph, and one that just fits. */
#define TEN "ten of it "
#define SAYS(words)                                                                                \
	HEAD "\"next\":\"2026-09-21T14:18:20Z\",\"size\":1234,\"state\":\"deferred\","             \
	     "\"recipients\":[{\"to\":\"a@x.example\",\"state\":\"waiting\",\"status\":"           \
	     "\"4.7.1\",\"text\":\"" words "\"}," FRESH "]}"
#define LONG SAYS(TEN TEN TEN TEN TEN TEN "nine and ten more of it")
#define JUST SAYS(TEN TEN TEN TEN TEN TEN TEN "in")
#define HELD                                                                                       \
	"{\"id\":\"2\",\"from\":\"\",\"arrived\":null,\"next\":null,\"size\":10,\"state\":"        \
	"\"held\","                                                                                \
	"\"recipients\":[" FRESH "]}"
#define LOST(to)                                                                                   \
	"{\"to\":\"" to "\",\"state\":\"failed\",\"status\":\"5.1.2\",\"text\":\"no such name\"}"
/* One waits; of the others one has it, and one was given up. */
#define PARTLY                                                                                     \
	HEAD "\"next\":\"2026-09-21T14:18:20Z\",\"size\":1234,\"state\":\"deferred\","             \
	     "\"recipients\":[" LOST("c@w.example") "," DONE                                       \
						    "," TRIED("a@x.example", "4.7.1") "]}"
/* One domain, in two forms. */
#define SPELLED                                                                                    \
	HEAD "\"next\":\"2026-09-21T14:18:20Z\",\"size\":1234,\"state\":\"deferred\","             \
	     "\"recipients\":[" TRIED("a@B\xc3\x9c.example",                                       \
				      "4.7.1") "," TRIED("b@xn--b-eha.example", "4.7.1") "]}"
/* Nobody waits: it is kept as failed. */
#define FAILED                                                                                     \
	HEAD "\"next\":null,\"size\":1234,\"state\":\"failed\","                                   \
	     "\"recipients\":[" LOST("c@w.example") "," DONE "," LOST("d@w.example") "]}"
#define START "0001SJF6K2A  deferred 2h     1.2K  in 5m  4.7.1  <me@y.example> to a@x.example +1"

static const struct {
	const char *message;
	size_t width;
	bool cut;
	const char *line;
} rows[] = {
	{ DEFERRED, 200, true, START ": not now, b\xc3\xbc\n" },
	{ DEFERRED, 94, true, START ": not now, b\xc3\xbc\n" },
	{ DEFERRED, 93, true, START ": not...\n" },
	{ DEFERRED, 89, true, START ": not...\n" },
	{ DEFERRED, 88, true, START ": no...\n" },
	{ DEFERRED, 87, true, START ": n...\n" },
	{ DEFERRED, 86, true, START "\n" },
	{ DEFERRED, 83, true, START "\n" },
	{ DEFERRED, 11, true, "0001SJF6K2A\n" },
	{ DEFERRED, 11, false, START ": not now, b\xc3\xbc\n" },
	{ LONG, 11, false, START ": " TEN TEN TEN TEN TEN TEN "nine and...\n" },
	{ LONG, 500, true, START ": " TEN TEN TEN TEN TEN TEN "nine and...\n" },
	{ JUST, 11, false, START ": " TEN TEN TEN TEN TEN TEN TEN "in\n" },
	{ PARTLY, 200, true,
	  "0001SJF6K2A  deferred 2h     1.2K  in 5m  4.7.1  <me@y.example> to a@x.example: "
	  "not now, b\xc3\xbc\n" },
	{ FAILED, 200, true,
	  "0001SJF6K2A  failed   2h     1.2K  -      5.1.2  <me@y.example> to c@w.example +1: "
	  "no such name\n" },
	{ HELD, 80, true, "2            held     0s     10    -      -      <> to b@z.example\n" },
};

static void check_lines(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);
		json_t *m = json_loads(rows[i].message, 0, NULL);
		struct cli_listing l = { rows[i].width, rows[i].cut, NOW };

		cli_listing_line(&out, &l, m);
		CHECK_STR(rows[i].line, buf_str(&out), str_of(rows[i].line));
		json_decref(m);
	}
}

/* On a terminal: what tells stays, whole columns go. */
static const struct {
	size_t width;
	const char *rows;
} tables[] = {
	{ 100,
	  "ID           STATE     AGE  SIZE  NEXT   CODE   FROM            TO              WHY\n"
	  "0001SJF6K2A  deferred  2h   1.2K  in 5m  4.7.1  <me@y.example>  a@x.example +1  "
	  "not now, b\xc3\xbc\n"
	  "2            held      0s     10  -      -      <>              b@z.example\n" },
	{ 60, "ID           STATE     AGE  NEXT   CODE   TO\n"
	      "0001SJF6K2A  deferred  2h   in 5m  4.7.1  a@x.example +1\n"
	      "2            held      0s   -      -      b@z.example\n" },
	{ 30, "ID           TO\n"
	      "0001SJF6K2A  a@x.example +1\n"
	      "2            b@z.example\n" },
};

static void check_tables(void)
{
	json_t *one = json_loads(DEFERRED, 0, NULL), *other = json_loads(HELD, 0, NULL);
	const struct cli_listing l = { .now_wall_ms = NOW };

	for (size_t i = 0; i < COUNT_OF(tables); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);
		CLEANUP(term_table_free)
		struct term_table t = TERM_TABLE(cli_listing_columns, CLI_LISTING_COLUMNS, ROOM);

		cli_listing_row(&t, &l, one);
		cli_listing_row(&t, &l, other);
		term_table_show(
			&out, &t,
			&(struct term_style){ tables[i].width, TERM_COLOUR_NONE, TERM_UTF8 });
		CHECK_STR("table", buf_str(&out), str_of(tables[i].rows));
	}
	json_decref(one);
	json_decref(other);
}

static void check_sums(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);
	struct cli_listing_sum sum = { 0 };
	json_t *one = json_loads(DEFERRED, 0, NULL), *other = json_loads(HELD, 0, NULL);
	json_t *all = json_object();

	cli_listing_sum(&out, &sum);
	cli_listing_add(&sum, one);
	CHECK_INT("gather", cli_listing_gather(all, one), true);
	cli_listing_sum(&out, &sum);
	cli_listing_add(&sum, other);
	CHECK_INT("gather", cli_listing_gather(all, other), true);
	cli_listing_sum(&out, &sum);
	CHECK_STR("sums", buf_str(&out),
		  STR("0 messages\n1 message, 2 recipients, 1.2K: 1 deferred\n"
		      "2 messages, 3 recipients, 1.2K: 1 deferred, 1 held\n"));
	buf_clear(&out);
	cli_listing_table(&out, all);
	CHECK_STR("table", buf_str(&out),
		  STR("       2 recipients        2 messages  -      z.example\n"
		      "       1 recipient         1 message   4.7.1  x.example\n"));
	buf_clear(&out);
	struct jsonw j = jsonw_to(&out);
	cli_listing_table_json(&j, all);
	CHECK_STR(
		"as JSON", buf_str(&out),
		STR("[{\"domain\":\"z.example\",\"status\":\"-\",\"recipients\":2,\"messages\":2},"
		    "{\"domain\":\"x.example\",\"status\":\"4.7.1\",\"recipients\":1,"
		    "\"messages\":1}]"));
	json_decref(all);
	json_decref(one);
	json_decref(other);
}

/* Who waits is counted, and of what failed who did not get it. */
static void check_waiting(void)
{
	static const struct {
		const char *message, *sum, *table;
	} cases[] = {
		{ PARTLY, "1 message, 1 recipient, 1.2K: 1 deferred\n",
		  "       1 recipient         1 message   4.7.1  x.example\n" },
		{ SPELLED, "1 message, 2 recipients, 1.2K: 1 deferred\n",
		  "       2 recipients        1 message   4.7.1  xn--b-eha.example\n" },
		{ FAILED, "1 message, 2 recipients, 1.2K: 1 failed\n",
		  "       2 recipients        1 message   5.1.2  w.example\n" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);
		struct cli_listing_sum sum = { 0 };
		json_t *m = json_loads(cases[i].message, 0, NULL), *groups = json_object();
		cli_listing_add(&sum, m);
		cli_listing_sum(&out, &sum);
		CHECK_STR("sum", buf_str(&out), str_of(cases[i].sum));
		buf_clear(&out);
		CHECK_INT("gather", cli_listing_gather(groups, m), true);
		cli_listing_table(&out, groups);
		CHECK_STR("table", buf_str(&out), str_of(cases[i].table));
		json_decref(groups);
		json_decref(m);
	}
}

int main(void)
{
	check_waiting();
	check_lines();
	check_tables();
	check_sums();
	return TEST_EXIT();
}
