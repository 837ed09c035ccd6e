/*
 * No memory at each point where a file is compressed or its index asked: the index never leaves out
 * what is there.
 */
#include "base/test.h"
#include "journal/keys.h"
#include "journal/pack.h"
#include "journal/unpack.h"
#include "os/file.h"

#include "../failing.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const addresses[] = { "a@b\u00fccher.example", "b@c.example",
					 "c@\u4f8b.example" };

enum { ALLOCATIONS_MAX = 10000 };

static enum err add(struct journal_pack *p, const char *to)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(1000);

	inside = false;
	buf_addf(&line,
		 "{\"time\":\"2026-11-24T03:04:05.678Z\",\"message\":\"1T000000001\",\"to\":\"%s\","
		 "\"reply\":\"250 \\u0061\"}\n",
		 to);
	inside = true;
	enum err e = journal_pack_add(p, buf_str(&line));
	inside = false;
	return e;
}

/* The n-th allocation fails.  A file of all addresses; -1: it could not be made. */
static int pack(long n)
{
	CLEANUP(journal_pack_free) struct journal_pack *p = NULL;
	int fd = memfd_create("packed", MFD_CLOEXEC);

	if (fd < 0)
		abort();
	countdown = n;
	inside = true;
	enum err e = journal_pack_new(fd, &journal_day_records, &p);
	inside = false;
	for (size_t i = 0; e == ERR_OK && i < COUNT_OF(addresses); i++)
		e = add(p, addresses[i]);
	inside = true;
	if (e == ERR_OK)
		e = journal_pack_end(p);
	inside = false;
	if (e != ERR_OK) {
		CHECK_INT("says so", e, ERR_NOMEM);
		os_fd_close(&fd);
	}
	return fd;
}

/* Whether that address is looked for where it is, allocation n failing while it is asked. */
static bool finds(int fd, const char *address, long n)
{
	CLEANUP(journal_unpack_free) struct journal_unpack *u = NULL;
	struct journal_index_want want = { 0 };

	CHECK_INT("open", journal_unpack_new(dup(fd), &u), ERR_OK);
	inside = true;
	countdown = n;
	journal_keys_want(&want, STR_NONE, str_of(address));
	inside = false;
	CHECK_INT("narrow", journal_unpack_narrow(u, &want), ERR_OK);
	CHECK_INT("frames", journal_unpack_size(u, 1) > 0, true);
	return journal_unpack_wants(u, 1);
}

static void check_asked(int fd)
{
	for (size_t i = 0; i < COUNT_OF(addresses); i++)
		for (long n = 1; n < 8; n++)
			CHECK_INT(addresses[i], finds(fd, addresses[i], n), true);
	CHECK_INT("another", finds(fd, "d@c.example", -1), false);
}

int main(void)
{
	bool all = false;

	inside = false;
	for (long n = 1; !all && n < ALLOCATIONS_MAX; n++) {
		int fd = pack(n);
		all = countdown > 0; /* it was not needed */
		for (size_t i = 0; fd >= 0 && i < COUNT_OF(addresses); i++)
			CHECK_INT(addresses[i], finds(fd, addresses[i], -1), true);
		if (all && fd >= 0)
			check_asked(fd);
		CHECK_INT("it is made where nothing fails", !all || fd >= 0, true);
		os_fd_close(&fd);
	}
	CHECK_INT("all were tried", all, true);
	return TEST_EXIT();
}
