/* Logs as SQLite writes them, whole, cut, and with an octet changed. */
#include "queue/sqlite/log_priv.h"

#include "base/test.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE 4096
#define STEP (24 + PAGE)
#define OCTETS (1 << 20)

static char dir[] = "/tmp/log_test.XXXXXX";
static char path[64], log_path[64], kept_path[80];
static unsigned char log_octets[OCTETS];
static size_t log_size;

static void do_sql(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		exit(1);
}

static size_t read_file(const char *name, unsigned char *to)
{
	FILE *f = fopen(name, "re");
	size_t n = f ? fread(to, 1, OCTETS, f) : 0;

	if (f)
		(void)fclose(f);
	return n;
}

static void write_log(const unsigned char *p, size_t n)
{
	FILE *f = fopen(log_path, "we");

	if (!f || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		exit(1);
}

/* Some transactions behind those that make the table; the log as it is then. */
static size_t make_log(const char *sql, int times)
{
	sqlite3 *db = NULL;
	size_t before;

	if (sqlite3_open(path, &db) != SQLITE_OK)
		exit(1);
	do_sql(db, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;"
		   "PRAGMA wal_autocheckpoint = 0; CREATE TABLE t(a); INSERT INTO t VALUES(0);");
	before = (read_file(log_path, log_octets) - 32) / STEP;
	for (int i = 0; i < times; i++)
		do_sql(db, sql);
	log_size = read_file(log_path, log_octets);
	(void)sqlite3_close(db);
	return before;
}

static const struct {
	const char *label;
	size_t frame; /* behind those that make the table: which is hit */
	size_t octet; /* of it; STEP: none */
	size_t cut;   /* octets left out at the end */
	unsigned frames, commits;
} cases[] = {
	{ "whole", 0, STEP, 0, 0, 0 },
	{ "cut in the midst of the last", 0, STEP, 100, 0, 0 },
	{ "one transaction less", 0, STEP, STEP, 0, 0 },
	{ "an octet of the first's page", 0, 24 + 5, 0, 3, 3 },
	{ "the last octet of the first's page", 0, STEP - 1, 0, 3, 3 },
	{ "its page number", 0, 3, 0, 3, 3 },
	{ "its salt: whether it ended there is not known", 0, 8, 0, 3, 2 },
	{ "its checksum: the next has to go on from it, too", 0, 16, 0, 2, 2 },
	{ "the third's page", 2, 1000, 0, 1, 1 },
	{ "the last's page: that may be a crash", 3, 1000, 0, 0, 0 },
	{ "the first's page, and the end cut", 0, 1000, 1, 2, 2 },
};

/* A header that does not fit: all is dropped. */
static const struct {
	size_t octet;
	unsigned char bits;
} of_header[] = {
	{ 0, 0x10 }, { 3, 0x01 }, /* the order of words */
	{ 3, 0x10 }, { 4, 0x10 }, { 11, 0x10 }, { 16, 0x10 }, { 20, 0x10 }, { 25, 0x10 },
};

static void check_header(size_t i, size_t before)
{
	static unsigned char changed[OCTETS];
	struct queue_sqlite_log found;

	memcpy(changed, log_octets, log_size);
	changed[of_header[i].octet] ^= of_header[i].bits;
	write_log(changed, log_size);
	CHECK_INT("header", queue_sqlite_log_look(path, &found), ERR_OK);
	CHECK_INT("header", found.frames >= before + 3 || of_header[i].octet == 11, 1);
	CHECK_INT("header", (long long)found.at, 0);
}

static void check(size_t i, size_t before)
{
	static unsigned char changed[OCTETS];
	size_t at = 32 + (before + cases[i].frame) * STEP;
	struct queue_sqlite_log found;

	memcpy(changed, log_octets, log_size);
	if (cases[i].octet < STEP)
		changed[at + cases[i].octet] ^= 1;
	write_log(changed, log_size - cases[i].cut);
	CHECK_INT(cases[i].label, queue_sqlite_log_look(path, &found), ERR_OK);
	CHECK_INT(cases[i].label, found.frames, cases[i].frames);
	CHECK_INT(cases[i].label, found.commits, cases[i].commits);
	CHECK_INT(cases[i].label, (long long)found.at, cases[i].frames ? (long long)at : 0);
}

/* Two transactions of several frames each; an octet of one frame has changed. */
static void check_long(void)
{
	static unsigned char changed[OCTETS];
	struct queue_sqlite_log found;

	(void)unlink(path);
	(void)unlink(log_path);
	size_t before = make_log("INSERT INTO t VALUES(zeroblob(9000));", 2);
	size_t n = (log_size - 32) / STEP - before, each = n / 2;
	CHECK_INT("several", each >= 3 && n == 2 * each, 1);
	for (size_t i = 0; i < n; i++) {
		size_t at = 32 + (before + i) * STEP;
		memcpy(changed, log_octets, log_size);
		changed[at + 1000] ^= 1;
		write_log(changed, log_size);
		CHECK_INT("look", queue_sqlite_log_look(path, &found), ERR_OK);
		CHECK_INT("the second was kept", found.commits, i < each);
		CHECK_INT("frames", (long long)found.frames, i < each ? (long long)(n - 1 - i) : 0);
	}
}

static void check_kept(void)
{
	static unsigned char kept[OCTETS];

	write_log(log_octets, log_size);
	CHECK_INT("kept", queue_sqlite_log_keep(path), ERR_OK);
	CHECK_INT("all of it", (long long)read_file(kept_path, kept), (long long)log_size);
	CHECK_INT("as it was", memcmp(kept, log_octets, log_size), 0);
	write_log(log_octets, 100);
	CHECK_INT("once more", queue_sqlite_log_keep(path), ERR_IO);
	CHECK_INT("is not kept", errno, EEXIST);
	CHECK_INT("the first stays", (long long)read_file(kept_path, kept), (long long)log_size);
	(void)unlink(kept_path);
	write_log(log_octets, log_size);
	const struct rlimit little = { 5000, RLIM_INFINITY },
			    all = { RLIM_INFINITY, RLIM_INFINITY };
	(void)signal(SIGXFSZ, SIG_IGN);
	CHECK_INT("no room", setrlimit(RLIMIT_FSIZE, &little), 0);
	CHECK_INT("half of it", queue_sqlite_log_keep(path), ERR_IO);
	CHECK_INT("for want of room", errno, EFBIG);
	CHECK_INT("is none", access(kept_path, F_OK), -1);
	CHECK_INT("room", setrlimit(RLIMIT_FSIZE, &all), 0);
}

int main(void)
{
	struct queue_sqlite_log found;

	if (!mkdtemp(dir))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/q", dir);
	(void)snprintf(log_path, sizeof(log_path), "%s/q-wal", dir);
	(void)snprintf(kept_path, sizeof(kept_path), "%s/q-wal-damaged", dir);
	CHECK_INT("none", queue_sqlite_log_look(path, &found), ERR_OK);
	CHECK_INT("nothing to keep", queue_sqlite_log_keep(path), ERR_IO);
	(void)unlink(kept_path);
	size_t before = make_log("UPDATE t SET a = a + 1;", 4);
	CHECK_INT("a page each", (long long)log_size, (long long)(32 + (before + 4) * STEP));
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(i, before);
	for (size_t i = 0; i < COUNT_OF(of_header); i++)
		check_header(i, before);
	check_kept();
	check_long();
	(void)unlink(path);
	(void)unlink(log_path);
	(void)unlink(kept_path);
	(void)rmdir(dir);
	return TEST_EXIT();
}
