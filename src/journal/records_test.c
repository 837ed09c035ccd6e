#include "journal/records.h"

#include "base/test.h"
#include "base/time.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64];

static const char *path_of(const char *date)
{
	static char text[256];

	(void)snprintf(text, sizeof(text), "%s/deliveries-%s.jsonl", dir, date);
	return text;
}

static void put(const char *date, const char *text)
{
	CLEANUP(os_fd_close)
	int fd = open(path_of(date), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
}

static struct journal_records *open_records(const struct journal_record_filter *filter)
{
	struct journal_records *r = NULL;

	if (journal_records_open(dir, filter, &r) != ERR_OK)
		abort();
	return r;
}

/* The sessions of all that there is for now, as one text. */
static struct str drain(struct journal_records *r)
{
	static char text[4096];
	struct buf b = { .p = text, .cap = sizeof(text), .max = sizeof(text) };
	struct journal_record record;
	struct str line;

	for (;;) {
		CHECK_INT("next", journal_records_next(r, &line, &record), ERR_OK);
		if (line.n == 0)
			return buf_str(&b);
		CHECK_INT("whole", str_ends(line, STR("\n")), true);
		buf_add(&b, record.session);
	}
}

#define AT(day, hour, session, message)                                                            \
	"{\"time\":\"2026-11-" day "T" hour ":00:00.000Z\",\"session\":\"" session                 \
	"\",\"message\":\"" message "\",\"service\":\"off\",\"outcome\":\"delivered\"}\n"

static void test_days(void)
{
	CLEANUP(journal_records_close)
	struct journal_records *all = NULL, *some = NULL, *one = NULL;
	struct journal_record_filter since = { 0 }, message = { .message = STR("Q2") };

	put("2026-11-24",
	    AT("24", "01", "a", "Q1") AT("24", "09", "b", "Q2") "{\"time\":\"20 (cut short)\n");
	put("2026-11-25", AT("25", "01", "c", "Q1"));
	CHECK_INT("since", time_read(STR("2026-11-24T09:00:00Z"), &since.since_wall_ms), ERR_OK);
	all = open_records(&(struct journal_record_filter){ 0 });
	some = open_records(&since);
	one = open_records(&message);
	CHECK_STR("all", drain(all), STR("abc"));
	CHECK_STR("since", drain(some), STR("bc"));
	CHECK_STR("one message", drain(one), STR("b"));
	put("2026-11-25", AT("25", "02", "d", "Q2"));
	CHECK_STR("followed", drain(all), STR("d"));
	put("2026-11-25", "{\"time\":\"2026-11-25T03:00:00.000Z\",");
	CHECK_STR("half a line", drain(all), STR(""));
	put("2026-11-25", "\"session\":\"e\"}\n");
	CHECK_STR("the other half", drain(all), STR("e"));
	put("2026-11-26", AT("26", "01", "g", "Q1"));
	put("2026-11-25", AT("25", "23", "f", "Q1"));
	CHECK_STR("across midnight", drain(all), STR("fg"));
	put("2026-11-25", AT("25", "23", "h", "Q1"));
	CHECK_STR("late for its day", drain(all), STR("h"));
	CHECK_STR("since", drain(some), STR("defhg"));
	CHECK_STR("one message", drain(one), STR("d"));
}

int main(void)
{
	struct journal_records *none = NULL;

	memcpy(dir, "/tmp/records-XXXXXX", 20);
	if (!mkdtemp(dir))
		abort();
	test_days();
	for (const char *const *d =
		     (const char *const[]){ "2026-11-24", "2026-11-25", "2026-11-26", NULL };
	     *d; d++)
		(void)unlink(path_of(*d));
	(void)rmdir(dir);
	CHECK_INT("no directory",
		  journal_records_open(dir, &(struct journal_record_filter){ 0 }, &none), ERR_IO);
	return TEST_EXIT();
}
