#include "console/hand.h"

#include "base/list.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	RUNNING_MAX = 4,
	WAITING_MAX = 64,
	PATIENCE_MS = 120000,
	OUT_MAX = 64 << 20,
	ERR_MAX = 1 << 16,
	READ_ROOM = 65536,
};

struct console_hands {
	struct loop *loop;
	const char *program, *conf_file;
	struct list running, waiting;
	size_t n_running, n_waiting;
};

struct pipe {
	int fd; /* -1: its end was read */
	struct loop_watch *watch;
	struct buf text;
};

struct hand {
	struct list link;
	struct console_hands *all;
	char **words;
	int input; /* a file in memory; -1: none */
	pid_t pid; /* 0: not begun */
	int pidfd;
	struct loop_watch *ended;
	struct loop_timer *late;
	struct pipe out, err;
	bool killed;
	void (*done)(void *arg, const struct console_hand_end *end);
	void *arg;
};

static void begin_next(struct console_hands *all);

static void pipe_clear(struct pipe *p)
{
	if (p->watch)
		loop_watch_free(&p->watch);
	os_fd_close(&p->fd);
	buf_free(&p->text);
}

static void hand_free(struct hand *h)
{
	list_drop(&h->link);
	if (h->ended)
		loop_watch_free(&h->ended);
	if (h->late)
		loop_timer_free(&h->late);
	os_fd_close(&h->pidfd);
	os_fd_close(&h->input);
	pipe_clear(&h->out);
	pipe_clear(&h->err);
	for (char **w = h->words; w && *w; w++)
		free(*w);
	free(h->words);
	free(h);
}

/* It is over: who asked is told, and the next may begin. */
static void finish(struct hand *h, int status)
{
	struct console_hands *all = h->all;
	bool well = WIFEXITED(status) && !h->killed && buf_err(&h->out.text) == ERR_OK;
	const struct console_hand_end end = { .exit = well ? WEXITSTATUS(status) : -1,
					      .out = buf_str(&h->out.text),
					      .err = buf_str(&h->err.text) };

	all->n_running--;
	h->done(h->arg, &end);
	hand_free(h);
	begin_next(all);
}

/* What there is to read; false: it has ended, or is too much. */
static bool read_some(struct hand *h, struct pipe *p)
{
	char octets[READ_ROOM];
	ssize_t n = read(p->fd, octets, sizeof(octets));

	if (n < 0)
		return errno == EINTR;
	buf_add(&p->text, (struct str){ octets, (size_t)n });
	if (p == &h->out && buf_err(&p->text) != ERR_OK && !h->killed) {
		h->killed = true;
		(void)kill(h->pid, SIGKILL);
	}
	return n > 0;
}

static void read_ready(struct hand *h, struct pipe *p)
{
	errno = 0;
	if (read_some(h, p) || errno == EAGAIN)
		return;
	loop_watch_free(&p->watch);
	os_fd_close(&p->fd);
}

static void out_ready(void *arg, unsigned ready)
{
	struct hand *h = arg;

	(void)ready;
	read_ready(h, &h->out);
}

static void err_ready(void *arg, unsigned ready)
{
	struct hand *h = arg;

	(void)ready;
	read_ready(h, &h->err);
}

static void has_ended(void *arg, unsigned ready)
{
	struct hand *h = arg;
	int status = 0;

	(void)ready;
	if (waitpid(h->pid, &status, WNOHANG) != h->pid)
		return;
	while (h->out.fd >= 0 && read_some(h, &h->out))
		continue;
	while (h->err.fd >= 0 && read_some(h, &h->err))
		continue;
	finish(h, status);
}

static void is_late(void *arg)
{
	struct hand *h = arg;

	h->killed = true;
	(void)kill(h->pid, SIGKILL);
}

/* Its end for us, and *theirs. */
static enum err pipe_open(struct hand *h, struct pipe *p, int *theirs,
			  void (*ready)(void *arg, unsigned ready))
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		return ERR_IO;
	p->fd = fd[0];
	*theirs = fd[1];
	if (fcntl(fd[0], F_SETFL, O_NONBLOCK) < 0)
		return ERR_IO;
	p->watch = loop_watch_new(h->all->loop, p->fd, OS_READ, ready, h);
	return p->watch ? ERR_OK : ERR_NOMEM;
}

static int spawn(struct hand *h, int out, int err)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t as;
	sigset_t defaults;
	extern char **environ;

	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	if (posix_spawn_file_actions_init(&files) != 0)
		return ENOMEM;
	(void)posix_spawnattr_init(&as);
	(void)posix_spawnattr_setsigdefault(&as, &defaults);
	(void)posix_spawnattr_setflags(&as, POSIX_SPAWN_SETSIGDEF);
	int error = h->input >= 0
			    ? posix_spawn_file_actions_adddup2(&files, h->input, 0)
			    : posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&files, out, 1);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&files, err, 2);
	if (error == 0)
		error = posix_spawn(&h->pid, h->all->program, &files, &as, h->words, environ);
	(void)posix_spawnattr_destroy(&as);
	(void)posix_spawn_file_actions_destroy(&files);
	if (error)
		h->pid = 0;
	return error;
}

static enum err begin(struct hand *h)
{
	CLEANUP(os_fd_close) int out = -1, err = -1;
	enum err e = pipe_open(h, &h->out, &out, out_ready);

	if (e == ERR_OK)
		e = pipe_open(h, &h->err, &err, err_ready);
	if (e != ERR_OK)
		return e;
	h->late = loop_timer_new(h->all->loop, is_late, h);
	if (!h->late)
		return ERR_NOMEM;
	if (spawn(h, out, err) != 0)
		return ERR_IO;
	h->pidfd = (int)syscall(SYS_pidfd_open, h->pid, 0);
	if (h->pidfd >= 0)
		h->ended = loop_watch_new(h->all->loop, h->pidfd, OS_READ, has_ended, h);
	if (!h->ended) {
		(void)kill(h->pid, SIGKILL);
		(void)waitpid(h->pid, NULL, 0);
		return ERR_IO;
	}
	loop_timer_set(h->late, loop_now(h->all->loop) + PATIENCE_MS);
	return ERR_OK;
}

static enum err begin_one(struct hand *h)
{
	enum err e = begin(h);

	if (e != ERR_OK)
		return e;
	list_drop(&h->link);
	list_add(&h->all->running, &h->link);
	h->all->n_running++;
	return ERR_OK;
}

/* Who waited and cannot be begun is told so. */
static void begin_next(struct console_hands *all)
{
	while (all->n_running < RUNNING_MAX && all->n_waiting > 0) {
		struct hand *h = CONTAINER_OF(all->waiting.next, struct hand, link);
		all->n_waiting--;
		if (begin_one(h) == ERR_OK)
			continue;
		h->done(h->arg, &(struct console_hand_end){ .exit = -1 });
		hand_free(h);
	}
}

/* program -c FILE WORDS, copied. */
static char **copy_words(const struct console_hands *all, const char *const *words)
{
	char **copy = calloc(CONSOLE_HAND_WORDS_MAX + 4, sizeof(*copy));
	const char *const first[] = { "signpost", "-c", all->conf_file };
	size_t n = 0, n_first = all->conf_file ? 3 : 1;

	for (size_t i = 0; copy && i < n_first; i++)
		copy[n++] = strdup(first[i]);
	for (size_t i = 0; copy && words[i] && i < CONSOLE_HAND_WORDS_MAX; i++)
		copy[n++] = strdup(words[i]);
	for (size_t i = 0; i < n; i++)
		if (!copy[i]) {
			for (size_t k = 0; k < n; k++)
				free(copy[k]);
			free(copy);
			return NULL;
		}
	return copy;
}

/* A file in memory that holds the input, to be read from its start; -1: errno. */
static int input_file(struct str input)
{
	CLEANUP(os_fd_close) int fd = memfd_create("input", MFD_CLOEXEC);

	while (fd >= 0 && input.n > 0) {
		ssize_t n = write(fd, input.p, input.n);
		if (n < 0)
			return -1;
		input = str_skip(input, (size_t)n);
	}
	if (fd >= 0 && lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	int made = fd;
	fd = -1;
	return made;
}

enum err console_hand(struct console_hands *all, const char *const *words, struct str input,
		      void (*done)(void *arg, const struct console_hand_end *end), void *arg)
{
	struct hand *h = all->n_waiting < WAITING_MAX ? calloc(1, sizeof(*h)) : NULL;

	if (!h)
		return all->n_waiting < WAITING_MAX ? ERR_NOMEM : ERR_LIMIT;
	*h = (struct hand){ .all = all,
			    .words = copy_words(all, words),
			    .input = -1,
			    .pidfd = -1,
			    .out = { .fd = -1, .text = BUF_MAX(OUT_MAX) },
			    .err = { .fd = -1, .text = BUF_MAX(ERR_MAX) },
			    .done = done,
			    .arg = arg };
	list_init(&h->link);
	enum err e = h->words ? ERR_OK : ERR_NOMEM;
	if (e == ERR_OK && input.n > 0 && (h->input = input_file(input)) < 0)
		e = ERR_IO;
	if (e == ERR_OK && all->n_running < RUNNING_MAX) {
		e = begin_one(h);
	} else if (e == ERR_OK) {
		list_add(&all->waiting, &h->link);
		all->n_waiting++;
	}
	if (e != ERR_OK)
		hand_free(h);
	return e;
}

struct console_hands *console_hands_new(struct loop *loop, const char *program,
					const char *conf_file)
{
	struct console_hands *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	*all = (struct console_hands){ .loop = loop, .program = program, .conf_file = conf_file };
	list_init(&all->running);
	list_init(&all->waiting);
	return all;
}

void console_hands_free(struct console_hands **ap)
{
	struct console_hands *all = *ap;

	*ap = NULL;
	if (!all)
		return;
	while (!list_empty(&all->waiting))
		hand_free(CONTAINER_OF(all->waiting.next, struct hand, link));
	while (!list_empty(&all->running)) {
		struct hand *h = CONTAINER_OF(all->running.next, struct hand, link);
		(void)kill(h->pid, SIGKILL);
		(void)waitpid(h->pid, NULL, 0);
		hand_free(h);
	}
	free(all);
}
