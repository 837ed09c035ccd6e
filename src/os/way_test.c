/* Ways through a directory of the test's own: what they come by, and where they end. */
#include "os/way.h"

#include "base/buf.h"
#include "base/test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/os-way-XXXXXX";

static const struct {
	const char *path;  /* below dir */
	const char *steps; /* below dir, each with its mode and a space */
	int error;
} cases[] = {
	{ "a/b/file", "=0700 /a=0750 /a/b=0711 /a/b/file=0640 ", 0 },
	{ "a//./b/../b/file", "=0700 /a=0750 /a/b=0711 /a/b=0711 /a/b/file=0640 ", 0 },
	{ "live/key", "=0700 /live=0755 =0700 /a=0750 /a/b=0711 /a/b/file=0640 ", 0 },
	{ "live/up", "=0700 /live=0755 /a=0750 /a/b=0711 /a/b/file=0640 ", 0 },
	{ "a/none/file", "=0700 /a=0750 ", ENOENT },
	{ "a/b/file/below", "=0700 /a=0750 /a/b=0711 /a/b/file=0640 ", ENOTDIR },
	{ "live/loop", "=0700 /live=0755 ", ELOOP },
	{ "live/nowhere", "=0700 /live=0755 ", ENOENT },
};

static const char *path(const char *name)
{
	static char text[512];

	(void)snprintf(text, sizeof(text), "%s/%s", dir, name);
	return text;
}

static void make(const char *name, mode_t mode, const char *link)
{
	int made = -1;

	if (link)
		made = symlink(link, path(name));
	else if (mode & S_IXUSR)
		made = mkdir(path(name), mode);
	else
		made = open(path(name), O_WRONLY | O_CREAT | O_CLOEXEC, mode);
	CHECK_INT(name, made >= 0 && (link || chmod(path(name), mode) == 0), 1);
	if (made > 0)
		(void)close(made);
}

/* Those from dir on: what is above it is the machine's. */
static void steps_of(const struct os_way *w, struct buf *out)
{
	for (size_t i = 0; i < w->n; i++) {
		struct str s = str_of(w->step[i].path);
		if (str_starts(s, str_of(dir)))
			buf_addf(out, "%.*s=%04o ", STR_ARG(str_skip(s, strlen(dir))),
				 (unsigned)w->step[i].mode & 07777);
	}
}

static void check(const char *label, const char *name, const char *steps, int error)
{
	CLEANUP(os_way_clear) struct os_way w = { 0 };
	CLEANUP(buf_free) struct buf got = BUF_MAX(4096);

	CHECK_INT(label, os_way_find(name, &w), ERR_OK);
	steps_of(&w, &got);
	CHECK_STR(label, buf_str(&got), str_of(steps));
	CHECK_INT(label, w.error, error);
	CHECK_STR(label, str_of(w.n ? w.step[0].path : ""), STR("/"));
	CHECK_INT(label, w.n && w.step[w.n - 1].uid == geteuid() && w.step[w.n - 1].owner[0], 1);
}

int main(void)
{
	char target[256], command[128];

	if (!mkdtemp(dir))
		abort();
	make("a", 0750, NULL);
	make("a/b", 0711, NULL);
	make("a/b/file", 0640, NULL);
	make("live", 0755, NULL);
	(void)snprintf(target, sizeof(target), "%s/a/b/file", dir);
	make("live/key", 0, target);
	make("live/up", 0, "../a/b/file");
	make("live/loop", 0, "loop");
	make("live/nowhere", 0, "none");
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(cases[i].path, path(cases[i].path), cases[i].steps, cases[i].error);
	if (chdir(dir) < 0)
		abort();
	char longest[NAME_MAX + 1], longer[NAME_MAX + 2];
	memset(longest, 'x', NAME_MAX);
	memset(longer, 'x', NAME_MAX + 1);
	longest[NAME_MAX] = longer[NAME_MAX + 1] = '\0';
	make(longest, 0750, NULL);
	check("longer than any name, and not the one that it begins with", longer, "=0700 ",
	      ENAMETOOLONG);
	check("relative", "a/b/file", "=0700 /a=0750 /a/b=0711 /a/b/file=0640 ", 0);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	CHECK_INT("clean", system(command), 0);
	return TEST_EXIT();
}
