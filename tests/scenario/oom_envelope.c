/*
 * Whose mail a message is, of whom `explain` and `criteria test` tell: where memory runs out that
 * is said, and nobody is left out.
 */
#include "../failing.h"
#include "base/test.h"
#include "cli/envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/oom_envelope.XXXXXX";

/* The n-th allocation fails.  False: there are not so many. */
static bool run(long n)
{
	struct cli cli = { 0 };
	struct cli_envelope e = { 0 };
	char label[32];

	(void)snprintf(label, sizeof(label), "allocation %ld", n);
	countdown = n;
	int status = cli_envelope_read(&cli, path, &e);
	bool failed = countdown < 0;
	countdown = -1;
	if (status == CLI_DONE) {
		CHECK_STR(label, e.from, STR("me@y.example"));
		CHECK_INT(label, (long long)e.n_rcpt, 3);
	}
	cli_envelope_clear(&e);
	return failed;
}

int main(void)
{
	static const char message[] = "From: me@y.example\n"
				      "To: a@x.example, b@x.example\nCc: c@x.example\n\nhello\n";
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, message, sizeof(message) - 1) < 0 || close(fd) < 0)
		abort();
	for (long n = 1; run(n); n++)
		continue;
	(void)unlink(path);
	return TEST_EXIT();
}
