/* Records of three days, read back from the end. */
#include "console/past.h"

#include "base/test.h"
#include "journal/shrink.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/console_past_test.XXXXXX";

static void write_day(const char *day, unsigned n, const char *filling)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/deliveries-%s.jsonl", dir, day);
	FILE *f = fopen(path, "w");
	if (!f)
		exit(1);
	for (unsigned i = 0; i < n; i++)
		(void)fprintf(f,
			      "{\"time\":\"%sT%02u:%02u:%02u.000Z\",\"message\":\"%s-%u\",\"to\":"
			      "\"a@b.example\",\"service\":\"off\",\"outcome\":\"%s\",\"reply\":"
			      "\"%s\"}\n",
			      day, i / 3600, i / 60 % 60, i % 60, day, i,
			      i % 100 == 0 ? "bounced" : "delivered", filling);
	(void)fputs("{\"time\":\"9999", f); /* one that is being written */
	(void)fclose(f);
}

/* Which messages come, their times' ends as marks: the first, the last, how many. */
static void check(const char *query, unsigned want, const char *first, const char *last, bool more)
{
	CLEANUP(console_parameters_clear) struct console_parameters p;
	CLEANUP(buf_free) struct buf out = BUF_MAX(4u << 20), why = BUF_MAX(1000);
	struct console_filter f;
	char until[32];
	unsigned n = 0;
	struct str line, rest, begin = STR_NONE, end = STR_NONE;

	CHECK_INT(query, console_parameters_read(str_of(query), &p), ERR_OK);
	CHECK_INT(query, console_filter_read(&p, 0, &f, &why), ERR_OK);
	CHECK_INT(query, console_past_read(dir, &f, &out, until), ERR_OK);
	CHECK_INT(query, until[0] != '\0', more);
	for (rest = buf_str(&out); str_line(&rest, &line); n++) {
		CLEANUP(buf_free) struct buf room = BUF_MAX(1000);
		struct journal_record r;
		struct str one = str_ends(line, STR(",")) ? str_head(line, line.n - 1) : line;
		if (journal_record_read(one, &room, &r) != ERR_OK)
			exit(1);
		begin = n == 0 ? r.message : begin;
		end = r.message;
	}
	CHECK_INT(query, n, want);
	CHECK_STR(query, begin, str_of(first));
	CHECK_STR(query, end, str_of(last));
}

static void check_all(void)
{
	check("limit=2", 2, "2026-11-30-2", "2026-11-30-1", true);
	check("limit=3", 3, "2026-11-30-2", "2026-11-30-0", true);
	check("limit=1000", 1000, "2026-11-30-2", "2026-11-29-4003", true);
	check("since=2026-11-30", 3, "2026-11-30-2", "2026-11-30-0", false);
	check("since=2026-11-29T01:23:19Z", 4, "2026-11-30-2", "2026-11-29-4999", false);
	check("before=2026-11-29", 10, "2026-11-28-9", "2026-11-28-0", false);
	check("before=2026-11-29T00:00:01Z", 11, "2026-11-29-0", "2026-11-28-0", false);
	check("before=2026-11-29T00:40:00Z&limit=1", 1, "2026-11-29-2399", "2026-11-29-2399", true);
	check("outcome=bounced", 52, "2026-11-30-0", "2026-11-28-0", false);
	check("message=2026-11-29-17", 1, "2026-11-29-17", "2026-11-29-17", false);
	check("before=2020-01-01", 0, "", "", false);
}

/* The day in the middle; the others are too small. */
static void compress(void)
{
	static const atomic_bool stop;
	struct journal_shrunk s = { .name = "" };
	uint64_t before = 0;

	do {
		CHECK_INT("compress", journal_shrink(dir, 0, INT64_C(4102444800000), &stop, &s),
			  ERR_OK);
		before += s.after ? s.before : 0;
	} while (s.name[0]);
	CHECK_INT("one was", before > 1 << 20, true);
}

int main(void)
{
	char filling[301];

	memset(filling, 'x', sizeof(filling) - 1);
	filling[sizeof(filling) - 1] = '\0';
	if (!mkdtemp(dir))
		return 1;
	check("", 0, "", "", false);
	write_day("2026-11-28", 10, "");
	write_day("2026-11-29", 5000, filling); /* pieces and pieces */
	write_day("2026-11-30", 3, "");
	check_all();
	compress();
	check_all();
	static const char *const days[] = { "2026-11-28", "2026-11-29", "2026-11-30" };
	for (size_t i = 0; i < COUNT_OF(days); i++) {
		char path[128];
		(void)snprintf(path, sizeof(path), "%s/deliveries-%s.jsonl", dir, days[i]);
		(void)unlink(path);
		(void)snprintf(path, sizeof(path), "%s/deliveries-%s.jsonl.zst", dir, days[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
	return TEST_EXIT();
}
