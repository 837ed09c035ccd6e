/*
 * The reader over any octets in a log.  Seeds: src/journal/corpus/reader/.
 *
 * What must hold: without a filter, every octet of a finished file comes out
 * once and in order, whether the file was there whole or grew while it was
 * read; blocks end at line ends; and every filter only leaves blocks out.
 */
#include "journal/reader.h"

#include "os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

/* In memory where there is such a place: a run makes and removes two files. */
static char dir[32] = "/dev/shm/fuzz-reader-XXXXXX";

static void clean(void)
{
	(void)rmdir(dir);
}

static void put(const char *date, const uint8_t *data, size_t n)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/smtp-out-%s.log", dir, date);
	CLEANUP(os_fd_close)
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	MUST(fd >= 0 && write(fd, data, n) == (ssize_t)n);
}

static void drop(const char *date)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/smtp-out-%s.log", dir, date);
	(void)unlink(path);
}

/* All that there is for now, at the end of out. */
static void drain(struct journal_reader *r, struct buf *out)
{
	struct str block;

	for (;;) {
		MUST(journal_reader_next(r, &block) == ERR_OK);
		if (block.n == 0)
			return;
		buf_add(out, block);
	}
}

static struct journal_reader *open_reader(const struct journal_filter *filter)
{
	struct journal_reader *r = NULL;

	MUST(journal_reader_open(dir, filter, &r) == ERR_OK);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static bool ready;
	struct buf grown = BUF_MAX(1 << 20), filtered = BUF_MAX(1 << 20);
	size_t cut = n ? data[0] * n / 256 : 0;

	if (!ready) {
		if (!mkdtemp(dir)) {
			memcpy(dir, "/tmp/fuzz-reader-XXXXXX", 24);
			MUST(mkdtemp(dir) != NULL);
		}
		(void)atexit(clean);
		ready = true;
	}
	struct journal_reader *r = open_reader(&(struct journal_filter){ 0 });
	put("2026-11-24", data, cut);
	drain(r, &grown);
	MUST(grown.n == 0 || grown.p[grown.n - 1] == '\n');
	put("2026-11-24", data + cut, n - cut);
	drain(r, &grown);
	put("2026-11-25", (const uint8_t *)"", 0);
	drain(r, &grown);
	MUST(grown.n == n && (n == 0 || memcmp(grown.p, data, n) == 0));
	journal_reader_close(&r);

	r = open_reader(&(struct journal_filter){
		.message = STR("Q1"), .to = STR("a@b.c"), .dnssec = true, .since_wall_ms = 1 });
	drain(r, &filtered);
	MUST(filtered.n <= n);
	journal_reader_close(&r);
	drop("2026-11-24");
	drop("2026-11-25");
	buf_free(&grown);
	buf_free(&filtered);
	return 0;
}
