/*
 * One thread, which waits for packets and for ends of processes, and never for anybody else: what
 * it sends back fits into the socket, as no more than one end is owed for each slot.
 *
 * A signal that asks the console to stop is the other process's to obey; here it is passed over.
 */
#include "console/spawner.h"

#include "console/order.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOTS = CONSOLE_ORDER_SLOTS, FILES_LEAST = CONSOLE_ORDER_IN };

#define NAME "signpost-spawn" /* as ps shows it */

/* What the console passes over or handles, and a command does not. */
static const int signals[] = { SIGPIPE, SIGTERM, SIGINT, SIGHUP };

struct runs {
	pid_t pid; /* 0: nothing runs */
	int pidfd;
};

struct spawner {
	const char *program, *conf_file;
	int fd;
	struct runs slot[SLOTS];
};

/* Descriptors that came with a packet. */
struct files {
	int fd[CONSOLE_ORDER_FILES];
	size_t n;
};

static void files_clear(struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		os_fd_close(&f->fd[i]);
}

static int add_files(posix_spawn_file_actions_t *to, const struct files *f)
{
	int error = f->n == CONSOLE_ORDER_FILES
			    ? posix_spawn_file_actions_adddup2(to, f->fd[CONSOLE_ORDER_IN], 0)
			    : posix_spawn_file_actions_addopen(to, 0, "/dev/null", O_RDONLY, 0);

	if (error == 0)
		error = posix_spawn_file_actions_adddup2(to, f->fd[CONSOLE_ORDER_OUT], 1);
	return error ? error : posix_spawn_file_actions_adddup2(to, f->fd[CONSOLE_ORDER_ERR], 2);
}

/* 0, or errno; *pid: its process. */
static int spawn(const char *program, char **words, const struct files *f, pid_t *pid)
{
	posix_spawn_file_actions_t to;
	posix_spawnattr_t as;
	sigset_t defaults;
	extern char **environ;

	(void)sigemptyset(&defaults);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaddset(&defaults, signals[i]);
	if (posix_spawn_file_actions_init(&to) != 0)
		return ENOMEM;
	(void)posix_spawnattr_init(&as);
	(void)posix_spawnattr_setsigdefault(&as, &defaults);
	(void)posix_spawnattr_setflags(&as, POSIX_SPAWN_SETSIGDEF);
	int error = add_files(&to, f);
	if (error == 0)
		error = posix_spawn(pid, program, &to, &as, words, environ);
	(void)posix_spawnattr_destroy(&as);
	(void)posix_spawn_file_actions_destroy(&to);
	return error;
}

/* The process in the slot, and the slot is free; its status. */
static int reap(struct runs *r)
{
	int status = 0;

	while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	os_fd_close(&r->pidfd);
	r->pid = 0;
	return status;
}

static void begin(const struct spawner *s, const struct console_order *o, const struct files *f,
		  struct runs *r)
{
	CLEANUP(console_order_words_free) char **words = console_order_words(o, s->conf_file);
	pid_t pid;

	if (!words || spawn(s->program, words, f, &pid) != 0)
		return;
	*r = (struct runs){ pid, (int)syscall(SYS_pidfd_open, pid, 0) };
	if (r->pidfd >= 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)reap(r);
}

static bool tell(const struct spawner *s, struct console_spawner_end end)
{
	return send(s->fd, &end, sizeof(end), MSG_NOSIGNAL) == (ssize_t)sizeof(end);
}

/* False: the sender is out of its mind, or gone. */
static bool obey(struct spawner *s, struct str packet, const struct files *f)
{
	struct console_order o;

	if (console_order_read(packet, &o) != ERR_OK)
		return false;
	struct runs *r = &s->slot[o.slot];
	if (o.kind == CONSOLE_ORDER_END) {
		if (r->pid)
			(void)kill(r->pid, SIGKILL);
		return f->n == 0;
	}
	if (r->pid || f->n < FILES_LEAST)
		return false;
	begin(s, &o, f, r);
	return r->pid || tell(s, (struct console_spawner_end){ .slot = (uint8_t)o.slot });
}

static void take_files(struct msghdr *m, struct files *f)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return;
	f->n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(f->fd, CMSG_DATA(c), f->n * sizeof(int));
}

/* One packet.  False: there will be no other. */
static bool receive(struct spawner *s)
{
	static char packet[CONSOLE_ORDER_MAX];
	CLEANUP(files_clear) struct files f = { 0 };
	union {
		char octets[CMSG_SPACE(sizeof(f.fd))];
		struct cmsghdr aligned;
	} control;
	struct iovec v = { packet, sizeof(packet) };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = control.octets,
			    .msg_controllen = CMSG_LEN(sizeof(f.fd)) };
	ssize_t n = recvmsg(s->fd, &m, MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EINTR;
	take_files(&m, &f);
	if (n == 0 || m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return false;
	return obey(s, (struct str){ packet, (size_t)n }, &f);
}

static bool ended(struct spawner *s, unsigned slot)
{
	int status = reap(&s->slot[slot]);

	return tell(s, (struct console_spawner_end){
			       .slot = (uint8_t)slot,
			       .exited = WIFEXITED(status),
			       .status = WIFEXITED(status) ? (uint8_t)WEXITSTATUS(status) : 0 });
}

/* What there is to do.  False: no more. */
static bool turn(struct spawner *s)
{
	struct pollfd at[SLOTS + 1] = { { .fd = s->fd, .events = POLLIN } };
	bool on = true;

	for (size_t i = 0; i < SLOTS; i++)
		at[i + 1] = (struct pollfd){ .fd = s->slot[i].pid ? s->slot[i].pidfd : -1,
					     .events = POLLIN };
	if (poll(at, SLOTS + 1, -1) < 0)
		return errno == EINTR;
	for (unsigned i = 0; on && i < SLOTS; i++)
		if (at[i + 1].revents)
			on = ended(s, i);
	return on && (!at[0].revents || receive(s));
}

static void serve(struct spawner *s)
{
	bool marked = setenv(CONSOLE_SPAWNED, "1", 1) == 0;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)signal(signals[i], SIG_IGN);
	(void)prctl(PR_SET_NAME, NAME, 0, 0, 0);
	while (marked && turn(s))
		continue;
	for (size_t i = 0; i < SLOTS; i++) {
		if (!s->slot[i].pid)
			continue;
		(void)kill(s->slot[i].pid, SIGKILL);
		(void)reap(&s->slot[i]);
	}
}

enum err console_spawner_new(const char *program, const char *conf_file, const int *unused,
			     struct console_spawner *out)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return ERR_IO;
	pid_t pid = fork();
	if (pid == 0) {
		struct spawner s = { .program = program, .conf_file = conf_file, .fd = pair[1] };
		(void)close(pair[0]);
		for (; *unused >= 0; unused++)
			(void)close(*unused);
		serve(&s);
		_exit(0);
	}
	os_fd_close(&pair[1]);
	if (pid < 0) {
		os_fd_close(&pair[0]);
		return ERR_IO;
	}
	*out = (struct console_spawner){ pair[0], pid };
	return ERR_OK;
}

void console_spawner_clear(struct console_spawner *s)
{
	if (s->pid == 0)
		return;
	os_fd_close(&s->fd);
	while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	s->pid = 0;
}
