/* What is asked of each version of the kernel's; and of this one, what is then out of reach. */
#include "fence/files.h"

#include "base/test.h"
#include "os/confine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_MAX_HERE 256

static char dir[] = "/tmp/fence-files-XXXXXX";

/* As linux/landlock.h numbers them. */
static const struct {
	const char *label;
	unsigned abi;
	enum fence_reach reach;
	uint64_t rights;
} cases[] = {
	{ "no Landlock, no right", 0, FENCE_WRITE, 0 },
	{ "read", 1, FENCE_READ, 0x000c },
	{ "read, of any version", 9, FENCE_READ, 0x000c },
	{ "remove", 1, FENCE_REMOVE, 0x0020 },
	{ "write", 1, FENCE_WRITE, 0x01ae },
	{ "write, where truncation is none of it yet", 2, FENCE_WRITE, 0x01ae },
	{ "write, where it is", 3, FENCE_WRITE, 0x41ae },
	{ "no device is anybody's", 5, FENCE_WRITE, 0x41ae },
	{ "execute", 1, FENCE_RUN, 0x000d },
	{ "a version that does not exist yet", 99, FENCE_WRITE, 0x41ae },
};

static const char *below(const char *name)
{
	static char path[PATH_MAX_HERE];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	int error = fd < 0 ? errno : 0;

	if (fd >= 0)
		(void)close(fd);
	return error;
}

/* 0, or errno. */
static int try_bind(unsigned port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int error = bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ? errno : 0;
	(void)close(fd);
	return error == EADDRINUSE ? 0 : error;
}

static const struct {
	const char *label, *name;
	int flags, error;
} tries[] = {
	{ "read where it may be read", "read/file", O_RDONLY, 0 },
	{ "write there", "read/file", O_WRONLY, EACCES },
	{ "make there", "read/new", O_WRONLY | O_CREAT, EACCES },
	{ "read where it may be written", "write/file", O_RDONLY, 0 },
	{ "write there", "write/file", O_WRONLY | O_TRUNC, 0 },
	{ "make there", "write/new", O_WRONLY | O_CREAT, 0 },
	{ "list there", "write", O_RDONLY | O_DIRECTORY, 0 },
	{ "the directory above", ".", O_RDONLY | O_DIRECTORY, EACCES },
	{ "a file above", "file", O_RDONLY, EACCES },
	{ "read what may be removed", "remove/file", O_RDONLY, EACCES },
	{ "a file that is named", "alone", O_RDONLY, 0 },
	{ "a link that leads out", "read/out", O_RDONLY, EACCES },
	{ "what a link in a place leads to", "target/file", O_RDONLY, 0 },
};

static void try_all(unsigned abi)
{
	for (size_t i = 0; i < COUNT_OF(tries); i++)
		CHECK_INT(tries[i].label, try_open(below(tries[i].name), tries[i].flags),
			  tries[i].error);
	CHECK_INT("remove", unlink(below("remove/file")), 0);
	CHECK_INT("remove elsewhere", unlink(below("file")) < 0 && errno == EACCES, 1);
	CHECK_INT("make a directory", mkdir(below("write/deep"), 0700), 0);
	(void)execl("/bin/true", "true", (char *)NULL);
	CHECK_INT("execute", errno, EACCES);
	if (abi < 4)
		return;
	CHECK_INT("any port", try_bind(0), 0);
	CHECK_INT("a port", try_bind(2525), EACCES);
}

static void close_in(void)
{
	struct fence_places p = { 0 };
	unsigned abi;
	enum err e = fence_places_add(&p, below("read"), FENCE_READ);

	if (e == ERR_OK)
		e = fence_places_add(&p, below("write"), FENCE_WRITE);
	if (e == ERR_OK)
		e = fence_places_add(&p, below("remove"), FENCE_REMOVE);
	if (e == ERR_OK)
		e = fence_places_add(&p, below("alone"), FENCE_READ);
	if (e == ERR_OK)
		e = fence_places_add(&p, below("gone"), FENCE_WRITE);
	if (e == ERR_OK)
		e = fence_places_add_above(&p, below("linked/file"), FENCE_READ);
	CHECK_INT("places", e, ERR_OK);
	CHECK_INT("confined", os_confine(), ERR_OK);
	CHECK_INT("closed", fence_files_close(&p, &abi), ERR_OK);
	fence_places_clear(&p);
	if (abi)
		try_all(abi);
}

static void make(const char *name)
{
	int fd = open(below(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CHECK_INT(name, fd >= 0, 1);
	(void)close(fd);
}

static void set_up(void)
{
	static const char *const dirs[] = { "read", "write", "remove", "linked", "target" };
	char target[PATH_MAX_HERE];

	CHECK_INT("directory", mkdtemp(dir) != NULL, 1);
	for (size_t i = 0; i < COUNT_OF(dirs); i++)
		CHECK_INT(dirs[i], mkdir(below(dirs[i]), 0700), 0);
	make("file");
	make("alone");
	make("read/file");
	make("write/file");
	make("remove/file");
	make("target/file");
	(void)snprintf(target, sizeof(target), "%s/file", dir);
	CHECK_INT("link out", symlink(target, below("read/out")), 0);
	(void)snprintf(target, sizeof(target), "%s/target/file", dir);
	CHECK_INT("link", symlink(target, below("linked/file")), 0);
}

/* Both directories of a link, one of a file; "/" is none. */
static void places(void)
{
	CLEANUP(fence_places_clear) struct fence_places p = { 0 };

	CHECK_INT("of the root", fence_places_add_above(&p, "/none", FENCE_READ), ERR_OK);
	CHECK_STR("the file alone", str_of(p.at[0].path), STR("/none"));
	CHECK_INT("of what is not there", fence_places_add_above(&p, "/none/a", FENCE_READ),
		  ERR_OK);
	CHECK_STR("its directory", str_of(p.at[1].path), STR("/none"));
	CHECK_INT("of a link", fence_places_add_above(&p, below("linked/file"), FENCE_READ),
		  ERR_OK);
	CHECK_INT("count", (long long)p.n, 4);
	CHECK_STR("where it is", str_of(p.at[2].path), str_of(below("linked")));
	CHECK_STR("where it leads", str_of(p.at[3].path), str_of(below("target")));
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_INT(cases[i].label,
			  (long long)fence_files_rights(cases[i].abi, cases[i].reach),
			  (long long)cases[i].rights);
	set_up();
	places();
	pid_t child = fork();
	if (child == 0) {
		close_in();
		_exit(TEST_EXIT());
	}
	int status = 0;
	CHECK_INT("child", waitpid(child, &status, 0), child);
	CHECK_INT("what it found", status, 0);
	char command[PATH_MAX_HERE + 16];
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) == 0 ? TEST_EXIT() : 1;
}
