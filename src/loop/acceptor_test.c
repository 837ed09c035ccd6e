/*
 * The limit of descriptors is set to what is open, so that a connection that waits
 * cannot be taken, and then to one more.
 */
#include "loop/acceptor.h"

#include "base/test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;

struct seen {
	int accepted, starved, error, again;
	struct ip peer;
	int fd[4];
};

static void accepted(void *arg, int fd, const struct ip *peer)
{
	struct seen *s = arg;

	s->fd[s->accepted++] = fd;
	s->peer = *peer;
	loop_stop(loop);
}

static void starved(void *arg, int error)
{
	struct seen *s = arg;

	s->starved++;
	s->error = error;
	loop_stop(loop);
}

static void again(void *arg)
{
	struct seen *s = arg;

	s->again++;
	loop_stop(loop);
}

static const struct loop_acceptor_ops ops = { accepted, starved, again };

static int must(int fd)
{
	if (fd < 0)
		exit(1);
	return fd;
}

static int listening(struct sockaddr_in *at)
{
	int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	socklen_t n = sizeof(*at);

	*at = (struct sockaddr_in){ .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	(void)must(bind(fd, (struct sockaddr *)at, n));
	(void)must(listen(fd, 8));
	(void)must(getsockname(fd, (struct sockaddr *)at, &n));
	return fd;
}

static int connected(const struct sockaddr_in *to)
{
	int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

	(void)must(connect(fd, (const struct sockaddr *)to, sizeof(*to)));
	return fd;
}

/* May so many more be opened than are open. */
static void allow_more(int more)
{
	struct rlimit limit;

	(void)must(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	(void)must(setrlimit(RLIMIT_NOFILE, &limit));
	int next = must(open("/dev/null", O_RDONLY | O_CLOEXEC));
	(void)close(next);
	limit.rlim_cur = (rlim_t)(next + more);
	(void)must(setrlimit(RLIMIT_NOFILE, &limit));
}

static void run(const char *label)
{
	CHECK_INT(label, loop_run(loop), ERR_OK);
}

/* Who has nothing to say of it waits as well as who is told. */
static void untold(void)
{
	static const struct loop_acceptor_ops silent = { .accepted = accepted };
	struct sockaddr_in at[2];
	struct seen seen = { 0 };
	struct loop_acceptor *a = loop_acceptor_new(loop, listening(&at[0]), &silent, &seen);
	struct loop_acceptor *b = loop_acceptor_new(loop, listening(&at[1]), &ops, &seen);
	int clients[] = { connected(&at[0]), connected(&at[1]) };

	allow_more(0);
	run("no descriptor for either");
	CHECK_INT("one is told", seen.starved == 1 && seen.accepted == 0, 1);
	allow_more(8);
	while (seen.accepted < 2)
		run("descriptors, found by the timers");
	loop_acceptor_free(&a);
	loop_acceptor_free(&b);
	for (int i = 0; i < 2; i++) {
		(void)close(clients[i]);
		(void)close(seen.fd[i]);
	}
}

int main(void)
{
	struct sockaddr_in at;
	struct seen seen = { 0 };
	const struct ip home = ip_v4((const uint8_t[]){ 127, 0, 0, 1 });

	loop = loop_new();
	int fd = listening(&at);
	struct loop_acceptor *a = loop_acceptor_new(loop, fd, &ops, &seen);
	int one = connected(&at);
	run("one connects");
	CHECK_INT("is taken", seen.accepted == 1 && ip_eq(&seen.peer, &home), 1);
	CHECK_INT("does not block", fcntl(seen.fd[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);

	int two = connected(&at), three = connected(&at);
	allow_more(0);
	run("no descriptor");
	CHECK_INT("said", seen.starved == 1 && seen.error == EMFILE && seen.accepted == 1, 1);
	allow_more(1);
	run("one descriptor, found by the timer");
	CHECK_INT("taken, and nothing said", seen.accepted == 2 && seen.starved == 1, 1);
	(void)close(seen.fd[0]); /* which serves the last */
	run("the last, in its turn or by the timer");
	CHECK_INT("all are taken", seen.accepted == 3 && seen.starved == 1 && seen.again == 0, 1);

	allow_more(8);
	loop_acceptor_set(a, LOOP_HELD);
	int four = connected(&at);
	loop_acceptor_set(a, LOOP_ACCEPTING);
	run("held, and let go on");
	CHECK_INT("taken", seen.accepted, 4);

	loop_acceptor_free(&a);
	loop_acceptor_free(&a);
	CHECK_INT("the socket is closed", fcntl(fd, F_GETFD) < 0 && errno == EBADF, 1);
	for (int i = 1; i < 4; i++)
		(void)close(seen.fd[i]);
	(void)close(one);
	(void)close(two);
	(void)close(three);
	(void)close(four);
	untold();
	loop_free(&loop);
	return TEST_EXIT();
}
