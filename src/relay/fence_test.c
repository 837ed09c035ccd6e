/*
 * What the daemon cannot do once it has closed itself in, tried by a child that has done so with
 * a configuration of its own; and a few things that it must still be able to do.
 */
#include "relay/fence.h"

#include "base/test.h"
#include "conf/read.h"
#include "os/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_ROOM = 256, PAGE = 4096 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* it may look at others and make processes: that is how it finds leaks */
#else
#define SANITIZED 0
#endif

static char dir[] = "/tmp/relay-fence-XXXXXX";
static pid_t parent;

static const char *below(const char *name)
{
	static char path[PATH_ROOM];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int try_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)close(fd);
	return fd;
}

static long try_exec(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static long try_shadow(void)
{
	return try_file("/etc/shadow", O_RDONLY);
}

static long try_passwd(void)
{
	return try_file("/etc/passwd", O_RDONLY);
}

static long try_configuration(void)
{
	return try_file(below("conf/signpost.conf"), O_RDONLY);
}

static long try_state(void)
{
	return try_file(below("var/state/new"), O_RDWR | O_CREAT);
}

static long try_log(void)
{
	return try_file(below("var/log/new"), O_WRONLY | O_CREAT);
}

static long write_configuration(void)
{
	return try_file(below("conf/signpost.conf"), O_WRONLY);
}

static long write_tmp(void)
{
	return try_file(below("new"), O_WRONLY | O_CREAT);
}

static long try_socket(int family, int type)
{
	int fd = socket(family, type, 0);

	if (fd >= 0)
		(void)close(fd);
	return fd;
}

static long try_raw(void)
{
	return try_socket(AF_PACKET, SOCK_RAW);
}

static long try_unix(void)
{
	return try_socket(AF_UNIX, SOCK_STREAM);
}

static long try_netlink(void)
{
	return try_socket(AF_NETLINK, SOCK_RAW);
}

static long try_udp(void)
{
	return try_socket(AF_INET, SOCK_DGRAM);
}

static long try_tcp(void)
{
	return try_socket(AF_INET6, SOCK_STREAM);
}

static long try_ptrace(void)
{
	return SANITIZED ? -1 : ptrace(PTRACE_ATTACH, parent, NULL, NULL);
}

static long try_fork(void)
{
	pid_t child = SANITIZED ? -1 : fork();

	if (child == 0)
		_exit(0);
	return child;
}

static long try_kill(void)
{
	return SANITIZED ? -1 : kill(parent, 0);
}

static long try_thread_of_others(void)
{
	/* A newer Landlock forbids it, too, and says so in another way. */
	return SANITIZED || (tgkill(parent, parent, 0) < 0 && errno == ENOSYS) ? -1 : 0;
}

/* As abort() does. */
static long try_abort(void)
{
	(void)signal(SIGABRT, SIG_IGN);
	return raise(SIGABRT) == 0 ? 0 : -1;
}

static long try_code(void)
{
	void *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return 0;
	return SANITIZED ? -1 : mprotect(at, PAGE, PROT_READ | PROT_EXEC);
}

static long try_listen(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	long failed = listen(fd, 1);

	(void)close(fd);
	return failed;
}

static long try_mount(void)
{
	return chroot("/");
}

static void *thread(void *arg)
{
	return arg;
}

static long try_thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, thread, NULL) == 0 ? pthread_join(t, NULL) : -1;
}

static long try_random(void)
{
	char octet;

	return getrandom(&octet, 1, 0);
}

enum by { BY_ANY, BY_LANDLOCK, BY_SECCOMP };

static const struct {
	const char *label;
	long (*run)(void);
	bool works;
	enum by by; /* what forbids it, and may be missing here */
} tries[] = {
	{ "execute", try_exec, false, BY_ANY },
	{ "passwords of the system", try_shadow, false, BY_LANDLOCK },
	{ "files of the system", try_passwd, false, BY_LANDLOCK },
	{ "write the configuration", write_configuration, false, BY_LANDLOCK },
	{ "write elsewhere", write_tmp, false, BY_LANDLOCK },
	{ "raw socket", try_raw, false, BY_SECCOMP },
	{ "local socket", try_unix, false, BY_SECCOMP },
	{ "netlink", try_netlink, false, BY_SECCOMP },
	{ "ptrace", try_ptrace, false, BY_SECCOMP },
	{ "process", try_fork, false, BY_SECCOMP },
	{ "signal", try_kill, false, BY_SECCOMP },
	{ "signal to a thread", try_thread_of_others, false, BY_SECCOMP },
	{ "code", try_code, false, BY_SECCOMP },
	{ "listen", try_listen, false, BY_SECCOMP },
	{ "another root", try_mount, false, BY_SECCOMP },
	{ "read the configuration", try_configuration, true, BY_ANY },
	{ "make a file in state", try_state, true, BY_ANY },
	{ "make a log", try_log, true, BY_ANY },
	{ "IPv4", try_udp, true, BY_ANY },
	{ "IPv6", try_tcp, true, BY_ANY },
	{ "thread", try_thread, true, BY_ANY },
	{ "random", try_random, true, BY_ANY },
	{ "abort", try_abort, true, BY_ANY },
};

/* Whether what forbids it is here. */
static bool is_here(const struct relay_fence *f, enum by by)
{
	bool landlock = f->landlock > 0, seccomp = f->calls.kind == FENCE_CALLS_CLOSED;

#ifdef SIGNPOST_COVERAGE
	landlock =
		false; /* all may be written there, as the program writes what lines it reached */
#endif
	return by == BY_LANDLOCK ? landlock : by == BY_SECCOMP ? seccomp : landlock || seccomp;
}

static struct conf *configuration(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(PAGE);
	struct conf *conf = NULL;
	char text[4 * PATH_ROOM];
	int n = snprintf(text, sizeof(text),
			 "state-directory = \"%s/var/state\" log-directory = \"%s/var/log\"\n"
			 "resolver \"127.0.0.1\" { }\n",
			 dir, dir);

	int fd = open(below("conf/signpost.conf"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT("written", write(fd, text, (size_t)n), n);
	(void)close(fd);
	CHECK_INT("read", conf_read(below("conf/signpost.conf"), &conf, &why), ERR_OK);
	CHECK_STR("why", buf_str(&why), STR(""));
	return conf;
}

static void child(const struct conf *conf)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(PAGE);
	struct relay_fence f = { 0 };

	CHECK_INT("confined", os_confine(), ERR_OK);
	CHECK_INT("closed", relay_fence_close(conf, &f, &why), ERR_OK);
	CHECK_STR("why", buf_str(&why), STR(""));
	for (size_t i = 0; i < COUNT_OF(tries); i++)
		if (tries[i].works || is_here(&f, tries[i].by))
			CHECK_INT(tries[i].label, tries[i].run() >= 0, tries[i].works);
}

int main(void)
{
	static const char *const dirs[] = { "conf", "var", "var/state", "var/log" };
	CLEANUP(conf_free) struct conf *conf = NULL;
	char command[PATH_ROOM];
	int status = 0;

	CHECK_INT("directory", mkdtemp(dir) != NULL, 1);
	for (size_t i = 0; i < COUNT_OF(dirs); i++)
		CHECK_INT(dirs[i], mkdir(below(dirs[i]), 0700), 0);
	conf = configuration();
	parent = getpid();
	pid_t pid = conf ? fork() : -1;
	if (pid == 0) {
		child(conf);
		_exit(TEST_EXIT());
	}
	CHECK_INT("child", waitpid(pid, &status, 0), pid);
	CHECK_INT("what it found", status, 0);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) == 0 ? TEST_EXIT() : 1;
}
