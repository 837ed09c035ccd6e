/* What the log has of a trouble: caught on standard error. */
#include "relay/trouble.h"

#include "base/test.h"

#include <stdlib.h>
#include <unistd.h>

static int saved, ends[2];

static void listen_in(void)
{
	saved = dup(STDERR_FILENO);
	if (saved < 0 || pipe(ends) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		exit(1);
}

/* What was said since; standard error is as it was. */
static struct str caught(void)
{
	static char said[4096];

	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	(void)close(ends[1]);
	ssize_t n = read(ends[0], said, sizeof(said));
	(void)close(ends[0]);
	return (struct str){ said, n > 0 ? (size_t)n : 0 };
}

static size_t lines_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

int main(void)
{
	struct relay_trouble t;

	relay_trouble_init(&t, "store-failed", "all is well again");
	listen_in();
	relay_trouble_passed(&t, 0);
	for (int i = 0; i < 1000; i++)
		relay_trouble_met(&t, i, i ? "again" : "the disk is full");
	relay_trouble_passed(&t, 1000);
	relay_trouble_met(&t, 1001, "and again");
	struct str said = caught();
	CHECK_INT("said once", (long long)lines_of(said), 1);
	CHECK_INT("with what it is", str_ends(said, STR("store-failed the disk is full\n")), 1);

	listen_in();
	relay_trouble_passed(&t, 2000);
	relay_trouble_passed(&t, 2000 + LOOP_SHORTAGE_CALM_MS);
	relay_trouble_passed(&t, 3000 + LOOP_SHORTAGE_CALM_MS);
	said = caught();
	CHECK_INT("over: said once", (long long)lines_of(said), 1);
	CHECK_INT("in words", str_ends(said, STR("store-failed all is well again\n")), 1);
	relay_trouble_clear(&t);
	return TEST_EXIT();
}
