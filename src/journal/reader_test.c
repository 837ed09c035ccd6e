#include "journal/reader.h"

#include "base/test.h"
#include "journal/pack.h"
#include "journal/session.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static void make_dir(void)
{
	memcpy(dir, "/tmp/reader-XXXXXX", 19);
	if (!mkdtemp(dir))
		abort();
}

static const char *path_of(const char *way, const char *date)
{
	static char text[256];

	(void)snprintf(text, sizeof(text), "%s/%s-%s.log", dir, way, date);
	return text;
}

static const char *path(const char *date)
{
	return path_of("smtp-out", date);
}

static void put_way(const char *way, const char *date, struct str s)
{
	CLEANUP(os_fd_close)
	int fd = open(path_of(way, date), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, s.p, s.n) != (ssize_t)s.n)
		abort();
}

static void put(const char *date, struct str s)
{
	put_way("smtp-out", date, s);
}

static struct journal_reader *open_reader(const struct journal_filter *filter)
{
	struct journal_reader *r = NULL;

	if (journal_reader_open(dir, filter, &r) != ERR_OK)
		abort();
	return r;
}

static struct str next(struct journal_reader *r)
{
	struct str block = STR_NONE;

	CHECK_INT("next", journal_reader_next(r, &block), ERR_OK);
	return block;
}

#define AT(s, session, text) "2026-11-24T03:04:0" s ".678Z [" session "] " text "\n"
#define A                                                                                          \
	AT("5", "A", "DNSSEC service required (criterion \"Envelope-To *@bank.example\", c:2)")    \
	AT("5", "A", "message Q1a sender <me@a.example> size 12")                                  \
	AT("5", "A", "recipient <You@b.example>")                                                  \
	AT("5", "A", "--> MAIL FROM:<me@a.example>")                                               \
	AT("5", "A", "--> RCPT TO:<You@B.example>")                                                \
	AT("6", "A", "<-- RCPT TO:<junk@y.example>")                                               \
	AT("6", "A", "<-- 250 ok, Q9 to <x@y.example>")                                            \
	AT("6", "A", "outcome: delivered <You@b.example> 2.0.0 250 queued as Q8 <z@y.example>")
#define B                                                                                          \
	AT("6", "B", "message Q1 sender <you@b.example> size 9")                                   \
	AT("6", "B", "recipient <one@c.example>")                                                  \
	AT("6", "B", "recipient <\"two>\\\\\"@x\"@c.example>")                                     \
	AT("6", "B", "recipient <u@xn--b-eha.example>")                                            \
	AT("7", "B", "outcome: deferred")
#define C                                                                                          \
	AT("7", "C", "message Q2, sender you@b.example")                                           \
	AT("7", "C", "recipient <j\xc3\xb6rg@d.example>")                                          \
	AT("9", "C", "outcome: bounced")                                                           \
	AT("9", "C", "--> QUIT")
#define IN                                                                                         \
	AT("7", "D", "client 192.0.2.1")                                                           \
	AT("7", "D", "<-- MAIL FROM:<in@a.example>")                                               \
	AT("7", "D", "<-- rcpt to: <@x.example,@y.example:in@b.example> ORCPT=rfc822;q@z.example") \
	AT("7", "D", "message Q3 sender <in@a.example> size 12")                                   \
	AT("7", "D", "--> RCPT TO:<echo@y.example>")                                               \
	AT("7", "D", "--> 250 2.0.0 Ok: queued as Q3")                                             \
	AT("7", "D", "outcome: 1 message")

static const struct {
	const char *label;
	struct journal_filter filter;
	struct str want;
} cases[] = {
	{ "all", { .dnssec = false }, STR_INIT(A B C) },
	{ "what came in", { .way = JOURNAL_IN }, STR_INIT(IN) },
	{ "a recipient that came in",
	  { .way = JOURNAL_IN, .to = STR_INIT("in@b.example") },
	  STR_INIT(IN) },
	{ "its domain", { .way = JOURNAL_IN, .to = STR_INIT("@b.example") }, STR_INIT(IN) },
	{ "the sender that came in",
	  { .way = JOURNAL_IN, .to = STR_INIT("in@a.example") },
	  STR_INIT("") },
	{ "the domain of its route",
	  { .way = JOURNAL_IN, .to = STR_INIT("@x.example") },
	  STR_INIT("") },
	{ "the domain of its parameter",
	  { .way = JOURNAL_IN, .to = STR_INIT("@z.example") },
	  STR_INIT("") },
	{ "a message that came in",
	  { .way = JOURNAL_IN, .message = STR_INIT("Q3") },
	  STR_INIT(IN) },
	{ "dnssec", { .dnssec = true }, STR_INIT(A) },
	{ "message", { .message = STR_INIT("Q1") }, STR_INIT(B) },
	{ "message, the longer ID", { .message = STR_INIT("Q1a") }, STR_INIT(A) },
	{ "message before a comma", { .message = STR_INIT("Q2") }, STR_INIT(C) },
	{ "message in a peer's reply", { .message = STR_INIT("Q9") }, STR_INIT("") },
	{ "no such message", { .message = STR_INIT("Q") }, STR_INIT("") },
	{ "recipient, not sender", { .to = STR_INIT("you@b.example") }, STR_INIT(A) },
	{ "recipient, any case", { .to = STR_INIT("YOU@b.EXAMPLE") }, STR_INIT(A) },
	{ "recipient, first of two", { .to = STR_INIT("one@c.example") }, STR_INIT(B) },
	{ "recipient, in quotes", { .to = STR_INIT("\"two>\\\"@x\"@c.example") }, STR_INIT(B) },
	{ "recipient, a part of it", { .to = STR_INIT("x\"@c.example") }, STR_INIT("") },
	{ "recipient, the end of one", { .to = STR_INIT("ou@b.example") }, STR_INIT("") },
	{ "recipient, the start of one", { .to = STR_INIT("one@c.exam") }, STR_INIT("") },
	{ "recipient, up to a dot", { .to = STR_INIT("one@c") }, STR_INIT("") },
	{ "recipient, UTF-8", { .to = STR_INIT("j\xc3\xb6rg@d.example") }, STR_INIT(C) },
	{ "recipient, the end of UTF-8", { .to = STR_INIT("rg@d.example") }, STR_INIT("") },
	{ "recipient in a peer's reply", { .to = STR_INIT("x@y.example") }, STR_INIT("") },
	{ "recipient in a host's line like a command",
	  { .to = STR_INIT("junk@y.example") },
	  STR_INIT("") },
	{ "recipient in a line of ours like a command",
	  { .way = JOURNAL_IN, .to = STR_INIT("echo@y.example") },
	  STR_INIT("") },
	{ "domain", { .to = STR_INIT("@c.example") }, STR_INIT(B) },
	{ "domain, in letters of its own", { .to = STR_INIT("@b\xc3\xbc.example") }, STR_INIT(B) },
	{ "recipient, likewise", { .to = STR_INIT("U@B\xc3\x9c.example") }, STR_INIT(B) },
	{ "domain, in ASCII", { .to = STR_INIT("@xn--b-eha.example") }, STR_INIT(B) },
	{ "recipient, another at it", { .to = STR_INIT("v@b\xc3\xbc.example") }, STR_INIT("") },
	{ "domain, not of the sender", { .to = STR_INIT("@b.example") }, STR_INIT(A) },
	{ "domain, not of the criterion", { .to = STR_INIT("@bank.example") }, STR_INIT("") },
	{ "domain, not of one above it", { .to = STR_INIT("@example") }, STR_INIT("") },
	{ "domain, not in an outcome", { .to = STR_INIT("@y.example") }, STR_INIT("") },
	{ "since the end of the first", { .since_wall_ms = 1795489446678 }, STR_INIT(A B C) },
	{ "since just after", { .since_wall_ms = 1795489446679 }, STR_INIT(B C) },
	{ "since a later day", { .since_wall_ms = 1795600000000 }, STR_INIT("") },
	{ "two filters", { .dnssec = true, .to = STR_INIT("one@c.example") }, STR_INIT("") },
};

static void check_all_filters(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct journal_reader *r = open_reader(&cases[i].filter);
		struct buf all = BUF_MAX(1 << 20);

		for (struct str block; (block = next(r)).n;)
			buf_add(&all, block);
		CHECK_STR(cases[i].label, buf_str(&all), cases[i].want);
		buf_free(&all);
		journal_reader_close(&r);
	}
}

/* A file is compressed, all of it a frame. */
static void pack(const char *way, const char *date, const struct journal_day_kind *kind)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(1 << 20), name = BUF_MAX(256);
	CLEANUP(journal_pack_free) struct journal_pack *p = NULL;
	const char *plain = path_of(way, date);

	buf_addf(&name, "%s" JOURNAL_DAY_PACKED "%c", plain, 0);
	CLEANUP(os_fd_close) int fd = open(name.p, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT("read", os_file_read(plain, &text), ERR_OK);
	CHECK_INT("new", journal_pack_new(fd, kind, &p), ERR_OK);
	for (struct str rest = buf_str(&text); rest.n;) {
		size_t n = journal_session_block(rest, true, JOURNAL_BY_FILE);
		CHECK_INT("add", journal_pack_add(p, str_head(rest, n)), ERR_OK);
		rest = str_skip(rest, n);
	}
	CHECK_INT("end", journal_pack_end(p), ERR_OK);
	if (unlink(plain) < 0)
		abort();
}

/* What is found is the same, compressed or not. */
static void check_filters(void)
{
	put("2026-11-24", STR(A B C));
	put("garbage", STR("no log"));
	put_way("smtp-in", "2026-11-24", STR(IN));
	check_all_filters();
	pack("smtp-out", "2026-11-24", &journal_day_out);
	pack("smtp-in", "2026-11-24", &journal_day_in);
	check_all_filters();
}

#define LINE(s, text) "2026-11-24T03:04:05.678Z [" s "] " text "\n"

static void check_follow(void)
{
	struct journal_reader *r = open_reader(&(struct journal_filter){ 0 });

	CHECK_STR("no file yet", next(r), STR(""));
	put("2026-11-24", STR(LINE("A", "one")));
	CHECK_STR("no outcome yet", next(r), STR(""));
	put("2026-11-24", STR(LINE("A", "outcome: x") "2026-11-24T"));
	CHECK_STR("half a line after", next(r), STR(""));
	put("2026-11-24", STR("03:04:05.678Z [B] one\n"));
	CHECK_STR("another session began", next(r), STR(LINE("A", "one") LINE("A", "outcome: x")));
	CHECK_STR("the other has no end", next(r), STR(""));
	put("2026-11-24", STR(LINE("B", "outcome: y")));
	CHECK_STR("now it has", next(r), STR(LINE("B", "one") LINE("B", "outcome: y")));
	CHECK_STR("no more", next(r), STR(""));

	/* Midnight, and a thread that is late. */
	put("2026-11-25", STR(LINE("C", "outcome: z")));
	CHECK_STR("next day", next(r), STR(LINE("C", "outcome: z")));
	put("2026-11-24", STR(LINE("D", "outcome: late")));
	CHECK_STR("the day before", next(r), STR(LINE("D", "outcome: late")));
	put("2026-11-25", STR(LINE("E", "torn")));
	CHECK_STR("torn", next(r), STR(""));
	put("2026-11-27", STR(LINE("F", "outcome: z")));
	CHECK_STR("torn, and a later file", next(r), STR(LINE("E", "torn")));
	CHECK_STR("later file", next(r), STR(LINE("F", "outcome: z")));
	CHECK_STR("no more", next(r), STR(""));
	journal_reader_close(&r);
	journal_reader_close(&r);
}

/* By date, in whatever order the directory has them; from the day of since on. */
static void check_order(void)
{
	static const char *const dates[] = { "2026-11-24", "2027-01-01", "2026-09-30",
					     "2026-12-31", "2026-11-25", "2025-12-31" };
	static const char *const order[] = { "5", "2", "0", "4", "3", "1" };
	char line[128];

	for (size_t i = 0; i < COUNT_OF(dates); i++) {
		(void)snprintf(line, sizeof(line), "%sT00:00:00.000Z [%zu] outcome: x\n", dates[i],
			       i);
		put(dates[i], str_of(line));
	}
	for (size_t from = 0; from <= 3; from += 3) {
		struct journal_filter filter = { .since_wall_ms = from ? 1795564800000 : 0 };
		struct journal_reader *r = open_reader(&filter);
		for (size_t i = from; i < COUNT_OF(order); i++)
			CHECK_STR("order", str_head(str_skip(next(r), 26), 1), str_of(order[i]));
		CHECK_STR("no more", next(r), STR(""));
		journal_reader_close(&r);
	}
}

/* What the writer takes back is not kept. */
static void check_taken_back(void)
{
	struct journal_reader *r = open_reader(&(struct journal_filter){ 0 });

	put("2026-11-24", STR(LINE("A", "outcome: x") LINE("B", "half of it")));
	CHECK_STR("first", next(r), STR(LINE("A", "outcome: x")));
	CHECK_STR("half", next(r), STR(""));
	if (truncate(path("2026-11-24"), sizeof(LINE("A", "outcome: x")) - 1) < 0)
		abort();
	put("2026-11-24", STR(LINE("C", "one") LINE("C", "outcome: z")));
	CHECK_STR("another in its place", next(r), STR(LINE("C", "one") LINE("C", "outcome: z")));
	journal_reader_close(&r);
}

/* SIGHUP after the file was moved away; and a file that was emptied. */
static void check_replaced(void)
{
	struct journal_reader *r = open_reader(&(struct journal_filter){ 0 });
	char from[256];

	put("2026-11-24", STR(LINE("A", "outcome: x")));
	CHECK_STR("first", next(r), STR(LINE("A", "outcome: x")));
	(void)snprintf(from, sizeof(from), "%s", path("2026-11-24"));
	if (rename(from, path("moved")) < 0)
		abort();
	put("moved", STR(LINE("B", "outcome: y")));
	put("2026-11-24", STR(LINE("C", "outcome: z")));
	CHECK_STR("the last of the old", next(r), STR(LINE("B", "outcome: y")));
	CHECK_STR("the new", next(r), STR(LINE("C", "outcome: z")));
	if (truncate(from, 0) < 0)
		abort();
	put("2026-11-24", STR(LINE("D", "outcome: ")));
	CHECK_STR("from its start", next(r), STR(LINE("D", "outcome: ")));
	journal_reader_close(&r);
}

/* SIGHUP after the whole directory was moved away. */
static void check_moved(void)
{
	struct journal_reader *r = open_reader(&(struct journal_filter){ 0 });
	char to[128], old[256];

	put("2026-11-24", STR(LINE("A", "outcome: x")));
	CHECK_STR("first", next(r), STR(LINE("A", "outcome: x")));
	put("2026-11-24", STR(LINE("B", "outcome: y")));
	(void)snprintf(to, sizeof(to), "%s.old", dir);
	if (rename(dir, to) < 0)
		abort();
	CHECK_STR("the last of the old", next(r), STR(LINE("B", "outcome: y")));
	CHECK_STR("nothing in its place", next(r), STR(""));
	if (mkdir(dir, 0700) < 0)
		abort();
	CHECK_STR("empty", next(r), STR(""));
	put("2026-11-24", STR(LINE("C", "outcome: z")));
	CHECK_STR("the new", next(r), STR(LINE("C", "outcome: z")));
	put("2026-11-25", STR(LINE("D", "outcome: x")));
	CHECK_STR("next day", next(r), STR(LINE("D", "outcome: x")));
	CHECK_STR("no more", next(r), STR(""));
	journal_reader_close(&r);
	(void)snprintf(old, sizeof(old), "%s/smtp-out-2026-11-24.log", to);
	(void)unlink(old);
	(void)rmdir(to);
}

static void check_large(void)
{
	struct journal_reader *r = open_reader(&(struct journal_filter){ 0 });
	struct buf b = BUF_MAX(8 << 20);

	while (b.n < (1 << 20))
		buf_add(&b, STR(LINE("A", "a line as there are many in a long session")));
	buf_add(&b, STR(LINE("A", "outcome: x")));
	put("2026-11-24", buf_str(&b));
	put("2026-11-24", STR(LINE("B", "outcome: x")));
	CHECK_STR("a mebibyte", next(r), buf_str(&b));
	CHECK_STR("after it", next(r), STR(LINE("B", "outcome: x")));

	/* What we never write: no end of line, no end of block. */
	buf_clear(&b);
	while (b.n < (6 << 20))
		buf_add(&b, STR("0123456789abcdef"));
	put("2026-11-25", buf_str(&b));
	put("2026-11-26", STR(LINE("C", "outcome: x")));
	size_t n = 0;
	for (struct str s; (s = next(r)).n && !str_ends(s, STR("x\n")); n += s.n)
		continue;
	CHECK_INT("garbage", (long long)n, (long long)b.n);
	buf_free(&b);
	journal_reader_close(&r);
}

static void check_open(void)
{
	struct journal_reader *r = NULL;
	struct str block = STR_NONE;

	CHECK_INT("no directory",
		  journal_reader_open("/nonexistent", &(struct journal_filter){ 0 }, &r), ERR_IO);
	CHECK_INT("not set", r == NULL, true);
	/* Neither a link to nothing nor a directory is a log. */
	if (symlink("nothing", path("2026-11-24")) < 0 || mkdir(path("2026-11-25"), 0700) < 0)
		abort();
	put("2026-11-26", STR(LINE("C", "outcome: x")));
	r = open_reader(&(struct journal_filter){ 0 });
	CHECK_INT("next", journal_reader_next(r, &block), ERR_OK);
	CHECK_STR("a file", block, STR(LINE("C", "outcome: x")));
	journal_reader_close(&r);
}

int main(void)
{
	static void (*const checks[])(void) = {
		check_filters,  check_order, check_follow, check_taken_back,
		check_replaced, check_moved, check_large,  check_open,
	};

	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		char command[128];
		make_dir();
		checks[i]();
		(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
		if (system(command) != 0)
			test_failures++;
	}
	return TEST_EXIT();
}
