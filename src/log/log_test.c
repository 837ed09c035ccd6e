#include "log/log.h"

#include "base/test.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What log_event() writes to standard error, into out. */
static ssize_t caught(char *out, size_t size, void (*fn)(void))
{
	int fd[2], saved = dup(STDERR_FILENO);

	if (saved < 0 || pipe2(fd, O_CLOEXEC | O_NONBLOCK) < 0)
		exit(1);
	(void)dup2(fd[1], STDERR_FILENO);
	fn();
	(void)dup2(saved, STDERR_FILENO);
	ssize_t n = read(fd[0], out, size);
	(void)close(fd[0]);
	(void)close(fd[1]);
	(void)close(saved);
	return n;
}

static void hostile(void)
{
	log_event(LOG_ERR, "greeting", "text=%s", "220 hi\r\nerror forged");
}

static void quiet(void)
{
	log_event(LOG_DEBUG, "x", "y");
}

static void endless(void)
{
	char text[10000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	log_event(LOG_INFO, "long", "%s", text);
}

static void binary(void)
{
	char text[10000];

	memset(text, 1, sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	log_event(LOG_INFO, "binary", "%s", text);
}

static bool no_memory;

/* In the place of the C library's. */
void *realloc(void *p, size_t n)
{
	void *(*real)(void *p, size_t n);
	void *found = dlsym(RTLD_NEXT, "realloc");

	memcpy(&real, &found, sizeof(real));
	return no_memory ? NULL : real(p, n);
}

int main(void)
{
	char out[20000];

	(void)unsetenv("JOURNAL_STREAM");
	ssize_t n = caught(out, sizeof(out), hostile);
	struct str line = { out, n < 0 ? 0 : (size_t)n };
	CHECK_STR("one line, after the time", str_skip(line, 24),
		  STR(" error greeting text=220 hi\\x0d\\x0aerror forged\n"));
	no_memory = true;
	n = caught(out, sizeof(out), hostile);
	no_memory = false;
	CHECK_INT("without memory, too", n > 0 && out[n - 1] == '\n', 1);
	n = caught(out, sizeof(out), binary);
	CHECK_INT("all of it escaped", n > 4 * 4095 && out[n - 1] == '\n', 1);
	CHECK_INT("below the level", caught(out, sizeof(out), quiet), -1);
	n = caught(out, sizeof(out), endless);
	CHECK_INT("cut, and still a line", n > 4000 && n < 5000 && out[n - 1] == '\n', 1);
	(void)setenv("JOURNAL_STREAM", "1:2", 1);
	n = caught(out, sizeof(out), hostile);
	CHECK_INT("journald's level", n > 3 && memcmp(out, "<3>greeting ", 12) == 0, 1);
	return TEST_EXIT();
}
