#include "journal/journal.h"

#include "base/test.h"
#include "base/time.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define T0 INT64_C(1795489445678) /* 2026-11-24T03:04:05.678Z */
#define DAY_MS INT64_C(86400000)

static char dir[64];

static void make_dir(void)
{
	memcpy(dir, "/tmp/journal-XXXXXX", 20);
	if (!mkdtemp(dir))
		abort();
}

static const char *path(const char *name)
{
	static char text[256];

	(void)snprintf(text, sizeof(text), "%s/%s", dir, name);
	return text;
}

/* A file's octets; valid until the next call. */
static struct str slurp(const char *name)
{
	static struct buf b = { .max = 64 << 20 };
	CLEANUP(os_fd_close)
	int fd = open(path(name), O_RDONLY | O_CLOEXEC);

	buf_clear(&b);
	while (fd >= 0) {
		char *room = buf_room(&b, 65536);
		ssize_t n = room ? read(fd, room, 65536) : -1;
		if (n <= 0)
			break;
		b.n += (size_t)n;
	}
	return buf_str(&b);
}

static struct journal *open_journal(void)
{
	struct journal *j = NULL;
	struct buf why = BUF_MAX(1024);

	CHECK_INT("open", journal_open(dir, &j, &why), ERR_OK);
	buf_free(&why);
	if (!j)
		abort();
	return j;
}

static enum err write_one(struct journal *j, int64_t now, const char *session, const char *text)
{
	struct journal_block b;

	journal_block_init(&b, JOURNAL_OUT, str_of(session));
	journal_line(&b, now, JOURNAL_PLAIN, str_of(text));
	enum err e = journal_write(j, now, &b);
	journal_block_clear(&b);
	return e;
}

#define NEW "2026-11-24T03:04:05.678Z [S1] outcome: x\n"

static void check_days(void)
{
	struct journal *j = open_journal();
	int64_t midnight = T0 - T0 % DAY_MS + DAY_MS;

	CHECK_INT("write", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_INT("write", write_one(j, midnight - 1, "S2", "outcome: y"), ERR_OK);
	CHECK_INT("write", write_one(j, midnight, "S3", "outcome: z"), ERR_OK);
	CHECK_INT("write", write_one(j, midnight - 1, "S4", "outcome: late"), ERR_OK);
	CHECK_STR("first day", slurp("smtp-out-2026-11-24.log"),
		  STR(NEW "2026-11-24T23:59:59.999Z [S2] outcome: y\n"
			  "2026-11-24T23:59:59.999Z [S4] outcome: late\n"));
	CHECK_STR("second day", slurp("smtp-out-2026-11-25.log"),
		  STR("2026-11-25T00:00:00.000Z [S3] outcome: z\n"));
	struct journal_block empty;
	journal_block_init(&empty, JOURNAL_OUT, STR("S5"));
	CHECK_INT("an empty block is no file", journal_write(j, 0, &empty), ERR_OK);
	CHECK_INT("an empty block is no file", access(path("smtp-out-1970-01-01.log"), F_OK), -1);
	journal_close(&j);
}

/* What came in has files of its own. */
static void check_ways(void)
{
	struct journal *j = open_journal();
	struct journal_block b;

	journal_block_init(&b, JOURNAL_IN, STR("S2"));
	journal_line(&b, T0, JOURNAL_PLAIN, STR("outcome: in"));
	CHECK_INT("write", journal_write(j, T0, &b), ERR_OK);
	CHECK_INT("write", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	journal_block_clear(&b);
	CHECK_STR("in", slurp("smtp-in-2026-11-24.log"),
		  STR("2026-11-24T03:04:05.678Z [S2] outcome: in\n"));
	CHECK_STR("out", slurp("smtp-out-2026-11-24.log"), STR(NEW));
	journal_close(&j);
}

/*
 * As journal_amiss() says it of the file name, or of the directory where that is NULL; until the
 * next call.
 */
static const char *amiss(const char *name, const char *why)
{
	static char said[512];

	(void)snprintf(said, sizeof(said), "log %s %s: %s", name ? "file" : "directory",
		       name ? path(name) : dir, why);
	return said;
}

/* What it says is wrong; "": all is well. */
static void reopens(const char *label, struct journal *j, const char *said)
{
	CHECK_INT(label, journal_reopen(j, T0), said[0] ? ERR_IO : ERR_OK);
	CHECK_STR(label, str_of(journal_amiss(j)), str_of(said));
}

static void check_reopen(void)
{
	struct journal *j = open_journal();
	char to[256];

	CHECK_INT("write", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	(void)snprintf(to, sizeof(to), "%s", path("moved"));
	CHECK_INT("move", rename(path("smtp-out-2026-11-24.log"), to), 0);
	CHECK_INT("write", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_INT("still there", access(path("smtp-out-2026-11-24.log"), F_OK), -1);
	reopens("moved", j, "");
	CHECK_INT("write", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_STR("new file", slurp("smtp-out-2026-11-24.log"), STR(NEW));
	struct journal_delivery d = { .wall_ms = T0 };
	CHECK_INT("record", journal_delivery(j, &d), ERR_OK);
	CHECK_INT("move", rename(path("deliveries-2026-11-24.jsonl"), to), 0);
	reopens("both", j, "");
	CHECK_INT("write", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_INT("record", journal_delivery(j, &d), ERR_OK);
	CHECK_INT("both are new", access(path("deliveries-2026-11-24.jsonl"), F_OK), 0);
	journal_close(&j);
	journal_close(&j);
}

/* A directory that is gone: an error each time, and none once it is usable again. */
static void check_gone(void)
{
	struct journal *j = open_journal();
	struct journal_delivery d = { .wall_ms = T0 };
	const char *name = "smtp-out-2026-11-24.log";

	if (mkdir(path(name), 0700) < 0 || mkdir(path("deliveries-2026-11-24.jsonl"), 0700) < 0)
		abort();
	errno = 0;
	CHECK_INT("not a file", write_one(j, T0, "S1", "outcome: x"), ERR_IO);
	CHECK_INT("not a file", errno, EISDIR);
	CHECK_INT("not a file", journal_delivery(j, &d), ERR_IO);
	if (rmdir(path(name)) < 0)
		abort();
	CHECK_INT("a file again", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_STR("a file again", slurp(name), STR(NEW));
	journal_close(&j);
}

/* The directory was moved away, or removed: made anew when all is opened anew. */
static void check_directory(void)
{
	struct journal *j = open_journal();
	char away[80], command[128];

	(void)snprintf(away, sizeof(away), "%s.away", dir);
	CHECK_INT("write", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_INT("move", rename(dir, away), 0);
	CHECK_INT("still there", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_INT("not here", access(dir, F_OK), -1);
	reopens("made anew", j, "");
	CHECK_INT("made anew", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_STR("made anew", slurp("smtp-out-2026-11-24.log"), STR(NEW));
	journal_close(&j);
	(void)snprintf(command, sizeof(command), "rm -rf %s", away);
	CHECK_INT("clean", system(command), 0);
}

/* What cannot be opened anew is told, and tried again; what is open goes on: nothing is lost. */
static void check_amiss(void)
{
	static const char name[] = "smtp-out-2026-11-24.log";
	struct journal *j = open_journal();
	char to[256], away[80], command[256];

	CHECK_INT("write", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_STR("all is well", str_of(journal_amiss(j)), STR(""));
	(void)snprintf(to, sizeof(to), "%s", path("moved"));
	if (rename(path(name), to) < 0 || mkdir(path(name), 0700) < 0)
		abort();
	reopens("no file", j, amiss(name, "Is a directory"));
	CHECK_INT("into the old file", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_STR("told again", str_of(journal_amiss(j)), str_of(amiss(name, "Is a directory")));
	CHECK_STR("nothing is lost", slurp("moved"), STR(NEW NEW));
	CHECK_INT("the next day", write_one(j, T0 + DAY_MS, "S1", "outcome: x"), ERR_OK);
	CHECK_STR("is another file", str_of(journal_amiss(j)), STR(""));
	if (rmdir(path(name)) < 0)
		abort();
	CHECK_INT("a file again", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_STR("a file again", str_of(journal_amiss(j)), STR(""));
	CHECK_STR("a file again", slurp(name), STR(NEW));

	(void)snprintf(away, sizeof(away), "%s.away", dir);
	if (rename(dir, away) < 0 || symlink("/dev/null", dir) < 0)
		abort();
	reopens("no directory", j, amiss(NULL, "Not a directory"));
	CHECK_INT("where it was", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_STR("told again", str_of(journal_amiss(j)), str_of(amiss(NULL, "Not a directory")));
	if (unlink(dir) < 0)
		abort();
	CHECK_INT("made anew", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_STR("made anew", str_of(journal_amiss(j)), STR(""));
	CHECK_STR("made anew", slurp(name), STR(NEW));
	journal_close(&j);
	(void)snprintf(command, sizeof(command), "rm -rf %s", away);
	CHECK_INT("clean", system(command), 0);
}

static const struct {
	const char *label;
	struct str before, after;
} torn[] = {
	{ "empty", STR_INIT(""), STR_INIT("") },
	{ "whole", STR_INIT("T [S0] a\n"), STR_INIT("T [S0] a\n") },
	{ "torn", STR_INIT("T [S0] a\nT [S0] DNSSEC"),
	  STR_INIT("T [S0] a\nT [S0] DNSSEC (cut short)\n") },
	{ "torn at once", STR_INIT("T"), STR_INIT("T (cut short)\n") },
};

/* What a crash left is ended before anything is added. */
static void check_torn(void)
{
	for (size_t i = 0; i < COUNT_OF(torn); i++) {
		struct journal *j = open_journal();
		const char *name = "smtp-out-2026-11-24.log";
		CLEANUP(os_fd_close)
		int fd = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		CHECK_INT("prepare", write(fd, torn[i].before.p, torn[i].before.n),
			  (long long)torn[i].before.n);
		CHECK_INT("write", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
		struct str is = slurp(name);
		CHECK_STR(torn[i].label, str_head(is, torn[i].after.n), torn[i].after);
		CHECK_STR(torn[i].label, str_skip(is, torn[i].after.n), STR(NEW));
		journal_close(&j);
	}
}

static struct journal_delivery delivery(void)
{
	return (struct journal_delivery){
		.wall_ms = T0,
		.session = STR("S1"),
		.message = STR("Q1"),
		.from = STR("a@b.example"),
		.to = STR("j\xc3\xb6rg@c.example"),
		.domain = STR("c.example"),
		.service = STR("required"),
		.criterion = STR("To \"c\" SECURE"),
		.mx_status = STR("secure"),
		.address_status = STR("secure"),
		.host = STR("mx.c.example"),
		.address = STR("[::1]:25"),
		.tls = STR("TLSv1.3"),
		.dane = STR("dane-ee"),
		.outcome = STR("delivered"),
		.status = STR("2.0.0"),
		.reply = STR("250 ok\n\xff"),
		.delay_ms = 12,
		.dns_ms = 3,
	};
}

#define RECORD                                                                                     \
	"{\"time\":\"2026-11-24T03:04:05.678Z\",\"session\":\"S1\",\"message\":\"Q1\","            \
	"\"from\":\"a@b.example\",\"to\":\"j\xc3\xb6rg@c.example\",\"domain\":\"c.example\","      \
	"\"service\":\"required\",\"criterion\":\"To \\\"c\\\" SECURE\",\"mx_status\":\"secure\"," \
	"\"address_status\":\"secure\",\"host\":\"mx.c.example\",\"address\":\"[::1]:25\","        \
	"\"tls\":\"TLSv1.3\",\"dane\":\"dane-ee\",\"outcome\":\"delivered\",\"status\":\"2.0.0\"," \
	"\"reply\":\"250 ok\\n\xef\xbf\xbd\",\"delay_ms\":12,\"dns_ms\":3,\"observe\":"

static void check_deliveries(void)
{
	struct journal *j = open_journal();
	struct journal_delivery d = delivery();
	static char huge[300000];

	CHECK_INT("record", journal_delivery(j, &d), ERR_OK);
	d.observe = STR("bounced 5.7.4");
	d.exempt = STR("*.example");
	d.user = STR("joe");
	d.was_secure = STR("T");
	d.observed = STR("To b OBSERVE");
	CHECK_INT("record", journal_delivery(j, &d), ERR_OK);
	d.reply = (struct str){ huge, sizeof(huge) };
	CHECK_INT("too large", journal_delivery(j, &d), ERR_LIMIT);
	d.reply = STR_NONE;
	d.wall_ms += DAY_MS;
	CHECK_INT("after one too large", journal_delivery(j, &d), ERR_OK);
	CHECK_STR("two records", slurp("deliveries-2026-11-24.jsonl"),
		  STR(RECORD
		      "\"\",\"exempt\":\"\",\"was_secure\":\"\",\"user\":\"\"}\n" RECORD
		      "\"bounced "
		      "5.7.4\",\"exempt\":\"*.example\",\"was_secure\":\"T\",\"user\":\"joe\","
		      "\"observed\":\"To b OBSERVE\"}\n"));
	CHECK_INT("next day", access(path("deliveries-2026-11-25.jsonl"), F_OK), 0);
	journal_close(&j);
}

/* A file that may not grow stands for a full disk: write() is cut short, then fails. */
static void check_full(void)
{
	struct journal *j = open_journal();
	struct journal_block b;
	struct rlimit was, small;

	CHECK_INT("write", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	journal_block_init(&b, JOURNAL_OUT, STR("S2"));
	for (int i = 0; i < 100; i++)
		journal_line(&b, T0, JOURNAL_PLAIN, STR("a line"));
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)getrlimit(RLIMIT_FSIZE, &was);
	small = was;
	small.rlim_cur = 1000;
	(void)setrlimit(RLIMIT_FSIZE, &small);
	errno = 0;
	CHECK_INT("full", journal_write(j, T0, &b), ERR_IO);
	CHECK_INT("full", errno, EFBIG);
	CHECK_STR("nothing of it is there", slurp("smtp-out-2026-11-24.log"), STR(NEW));
	(void)setrlimit(RLIMIT_FSIZE, &was);
	CHECK_INT("room again", journal_write(j, T0, &b), ERR_OK);
	CHECK_INT("room again", (long long)slurp("smtp-out-2026-11-24.log").n,
		  (long long)(b.lines.n + strlen(NEW)));
	journal_block_clear(&b);
	journal_close(&j);
}

/* As many descriptors as are open, or as many as ever. */
static void set_descriptors(bool none)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		abort();
	r.rlim_cur = none ? 0 : r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		abort();
}

/* Nothing is lost at midnight, or at SIGHUP, where descriptors lack: it goes into the old file. */
static void check_no_descriptors(void)
{
	struct journal *j = open_journal();
	char to[256];

	set_descriptors(true);
	CHECK_INT("none is open yet", write_one(j, T0, "S1", "outcome: x"), ERR_IO);
	set_descriptors(false);
	CHECK_INT("the first", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	(void)snprintf(to, sizeof(to), "%s", path("moved-away"));
	CHECK_INT("move", rename(path("smtp-out-2026-11-24.log"), to), 0);
	set_descriptors(true);
	reopens("none is left", j, amiss(NULL, "Too many open files"));
	CHECK_INT("reopened", write_one(j, T0, "S2", "outcome: y"), ERR_OK);
	CHECK_INT("the next day", write_one(j, T0 + DAY_MS, "S3", "outcome: z"), ERR_OK);
	set_descriptors(false);
	CHECK_STR("nothing is lost", slurp("moved-away"),
		  STR(NEW "2026-11-24T03:04:05.678Z [S2] outcome: y\n"
			  "2026-11-25T03:04:05.678Z [S3] outcome: z\n"));
	CHECK_INT("room again", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_STR("it is reopened", slurp("smtp-out-2026-11-24.log"), STR(NEW));
	journal_close(&j);
}

/* The file of the day was put away, and its clock is today again: what is written can be found. */
static void check_put_away(void)
{
	static const char name[] = "smtp-out-2026-11-24.log";
	struct journal *j = open_journal();

	CHECK_INT("the first", write_one(j, T0, "S0", "outcome: x"), ERR_OK);
	journal_hold();
	CHECK_INT("unlink", unlink(path(name)), 0);
	journal_release();
	set_descriptors(true);
	CHECK_INT("nowhere", write_one(j, T0, "S1", "outcome: x"), ERR_IO);
	set_descriptors(false);
	CHECK_INT("again", write_one(j, T0, "S1", "outcome: x"), ERR_OK);
	CHECK_STR("a new file", slurp(name), STR(NEW));
	journal_close(&j);
}

static void check_open_errors(void)
{
	struct journal *j = NULL;
	struct buf why = BUF_MAX(1024);
	CLEANUP(os_fd_close)
	int fd = open(path("file"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;
	char deep[256];

	CHECK_INT("a file", fd >= 0, true);
	(void)snprintf(deep, sizeof(deep), "%s", path("file"));
	CHECK_INT("not a directory", journal_open(deep, &j, &why), ERR_IO);
	CHECK_INT("why",
		  str_ends(buf_str(&why), STR(": Not a directory: let it be a directory of the "
					      "daemon's user")),
		  true);
	buf_clear(&why);
	(void)snprintf(deep, sizeof(deep), "%s", path("file/below"));
	CHECK_INT("below a file", journal_open(deep, &j, &why), ERR_IO);
	buf_clear(&why);
	(void)snprintf(deep, sizeof(deep), "%s", path("a/b//c/"));
	CHECK_INT("deep", journal_open(deep, &j, &why), ERR_OK);
	CHECK_INT("mode", stat(deep, &st) == 0 ? st.st_mode & 0777 : 0, 0750);
	journal_close(&j);
	buf_free(&why);
}

enum { THREADS = 4, BLOCKS = 400 };

static void *writer(void *arg)
{
	struct journal *j = open_journal();
	char session[24];

	for (int i = 0; i < BLOCKS; i++) {
		struct journal_block b;
		(void)snprintf(session, sizeof(session), "%c%d", *(char *)arg, i);
		journal_block_init(&b, JOURNAL_OUT, str_of(session));
		int lines = 1 + i % 97;
		for (int k = 0; k < lines; k++)
			journal_linef(&b, T0, JOURNAL_PLAIN, "line %d of %d", k, lines);
		if (i % 50 == 0)
			reopens("of several threads", j, "");
		CHECK_INT("write", journal_write(j, T0 + 2 * DAY_MS, &b), ERR_OK);
		journal_block_clear(&b);
	}
	journal_close(&j);
	return NULL;
}

/* Blocks of several threads are whole and none is missing. */
static void check_threads(void)
{
	static char names[] = "abcd";
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, writer, &names[i]) != 0)
			abort();
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(thread[i], NULL);

	struct str all = slurp("smtp-out-2026-11-26.log"), line;
	int blocks = 0;
	while (all.n) {
		char session[24] = "", now[24];
		int k, of, lines = 0;
		do {
			if (!str_line(&all, &line))
				break;
			char text[256] = "";
			memcpy(text, line.p, line.n < 255 ? line.n : 255);
			k = of = -1;
			CHECK_INT("a whole line",
				  sscanf(text + 24, " [%23[a-z0-9]] line %d of %d", now, &k, &of),
				  3);
			if (lines == 0)
				memcpy(session, now, sizeof(session));
			CHECK_STR("one session", str_of(now), str_of(session));
			CHECK_INT("in order", k, lines);
			lines++;
		} while (k + 1 < of);
		blocks++;
	}
	CHECK_INT("blocks", blocks, THREADS * BLOCKS);
}

int main(void)
{
	static void (*const checks[])(void) = {
		check_days,    check_ways,           check_reopen,   check_directory,
		check_amiss,   check_gone,           check_torn,     check_deliveries,
		check_full,    check_no_descriptors, check_put_away, check_open_errors,
		check_threads,
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
