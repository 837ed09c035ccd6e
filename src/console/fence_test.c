/*
 * What is out of reach of the console, and of a command that it runs; which calls are left: tried
 * in a child.
 */
#include "console/fence.h"

#include "base/test.h"
#include "conf/parse.h"
#include "os/confine.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROOM = 4096, NOBODY = 65534, NOT_RUN = 127 };

#define PROGRAM "/usr/bin/true"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* it makes processes, and more */
#else
#define SANITIZED 0
#endif

static char dir[] = "/tmp/console-fence-XXXXXX";

static const char text[] = "state-directory = \"../state\"\nlog-directory = \"../log\"\n"
			   "dnssec { criteria = \"../criteria/c\" }\n"
			   "console \"127.0.0.1:8025\" { users-file = \"users\" }\n";

static const char *below(const char *name)
{
	static char path[ROOM];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static const struct {
	const char *label, *path; /* below dir, or absolute */
	int flags, error;
} tries[] = {
	{ "the queue", "state/queue.db", O_RDONLY, EACCES },
	{ "to write it", "state/queue.db", O_RDWR, EACCES },
	{ "its directory", "state", O_RDONLY | O_DIRECTORY, EACCES },
	{ "a file beside it", "state/new", O_WRONLY | O_CREAT, EACCES },
	{ "somebody's home", "home/secret", O_RDONLY, EACCES },
	{ "the configuration", "etc/signpost.conf", O_RDONLY, 0 },
	{ "to write it", "etc/signpost.conf", O_WRONLY, EACCES },
	{ "users", "etc/users", O_RDONLY, 0 },
	{ "a record", "log/deliveries", O_RDONLY, 0 },
	{ "to write one", "log/deliveries", O_WRONLY, EACCES },
	{ "the criteria", "criteria/c", O_RDWR, 0 },
	{ "new ones beside them", "criteria/new", O_WRONLY | O_CREAT, 0 },
	{ "what all may read", "/etc/passwd", O_RDONLY, 0 },
	{ "and nobody write", "/etc/new", O_WRONLY | O_CREAT, EACCES },
};

/* The exit status of a program. */
static int run(const char *program)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		(void)execl(program, program, "-c", "true", (char *)NULL);
		_exit(NOT_RUN);
	}
	CHECK_INT("a child", waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

static void try_all(void)
{
	for (size_t i = 0; i < COUNT_OF(tries); i++) {
		const char *path = tries[i].path[0] == '/' ? tries[i].path : below(tries[i].path);
		int fd = open(path, tries[i].flags | O_CLOEXEC, 0600);
		CHECK_INT(tries[i].label, fd < 0 ? errno : 0, tries[i].error);
		os_fd_close(&fd);
	}
	errno = 0;
	CHECK_INT("to remove the queue", unlink(below("state/queue.db")), -1);
	CHECK_INT("why not", errno, EACCES);
	CHECK_INT("the program", run(PROGRAM), 0);
	CHECK_INT("a shell", run("/bin/sh"), NOT_RUN);
	CHECK_INT("another program", run("/usr/bin/false"), NOT_RUN);
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);
	CHECK_INT("a raw socket", fd < 0 ? errno : 0, EPERM);
	os_fd_close(&fd);
}

static int try_socket(int family, int type)
{
	CLEANUP(os_fd_close) int fd = socket(family, type | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : 0;
}

/* What is left once system calls are given up, and what is not. */
static void try_calls(void)
{
	CLEANUP(os_fd_close) int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	CHECK_INT("a file", fd >= 0, 1);
	CHECK_INT("a local socket", try_socket(AF_UNIX, SOCK_STREAM), 0);
	CHECK_INT("one of IPv4", try_socket(AF_INET, SOCK_STREAM), ENOSYS);
	CHECK_INT("one of IPv6", try_socket(AF_INET6, SOCK_DGRAM), ENOSYS);
	CHECK_INT("one of the kernel's", try_socket(AF_NETLINK, SOCK_RAW), ENOSYS);
	(void)execl(PROGRAM, PROGRAM, (char *)NULL);
	CHECK_INT("the program", errno, ENOSYS);
	if (SANITIZED)
		return;
	CHECK_INT("a process", fork(), -1);
	CHECK_INT("why none", errno, ENOSYS);
	CHECK_INT("a signal", kill(getppid(), 0) < 0 && errno == ENOSYS, 1);
	CHECK_INT("or to a thread", tgkill(getppid(), getppid(), 0) < 0 && errno == ENOSYS, 1);
	(void)signal(SIGABRT, SIG_IGN);
	CHECK_INT("but the one of abort()", raise(SIGABRT), 0);
}

/* Whether this kernel shuts anything out. */
static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

static void close_in(const struct conf *conf)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM);
	struct fence_calls_result calls = { FENCE_CALLS_NO_KERNEL, 0 };
	unsigned abi = 0;

	if (geteuid() == 0)
		CHECK_INT("nobody",
			  setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
				  setresuid(NOBODY, NOBODY, NOBODY) == 0,
			  1);
	CHECK_INT("confined", os_confine(), ERR_OK);
	CHECK_INT("closed", console_fence_close(conf, PROGRAM, &abi, &why), ERR_OK);
	CHECK_INT("as the kernel can", abi > 0, has_landlock());
	if (abi)
		try_all();
	CHECK_INT("calls", console_fence_calls(&calls, &why), ERR_OK);
	if (calls.kind == FENCE_CALLS_CLOSED)
		try_calls();
}

static void make(const char *name)
{
	int fd = open(below(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	CHECK_INT(name, fd >= 0, 1);
	(void)fchmod(fd, 0666);
	os_fd_close(&fd);
}

static void set_up(void)
{
	static const char *const dirs[] = { "etc", "state", "log", "criteria", "home" };

	CHECK_INT("directory", mkdtemp(dir) != NULL, 1);
	(void)chmod(dir, 0755);
	for (size_t i = 0; i < COUNT_OF(dirs); i++) {
		CHECK_INT(dirs[i], mkdir(below(dirs[i]), 0777), 0);
		(void)chmod(below(dirs[i]), 0777);
	}
	make("etc/signpost.conf");
	make("etc/users");
	make("state/queue.db");
	make("log/deliveries");
	make("criteria/c");
	make("home/secret");
}

int main(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM);
	struct conf *conf = NULL;
	char command[ROOM];
	int status = 0;

	set_up();
	CHECK_INT("configuration",
		  conf_parse(below("etc/signpost.conf"), str_of(text), &conf, &why), ERR_OK);
	pid_t child = fork();
	if (child == 0) {
		close_in(conf);
		_exit(TEST_EXIT());
	}
	CHECK_INT("child", waitpid(child, &status, 0), child);
	CHECK_INT("what it found", status, 0);
	conf_free(&conf);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	CHECK_INT("cleared", system(command), 0);
	return TEST_EXIT();
}
