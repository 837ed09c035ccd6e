#include "loop/loop.h"

#include "base/test.h"
#include "loop/mailbox.h"
#include "loop/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct loop *loop;
static unsigned writes; /* by this program */

/* A mailbox that is freed by its first item, and who posts it. */
static struct last {
	struct loop_mailbox *box;
	struct list item;
	pthread_t poster;
	atomic_bool posting;
	atomic_bool freed, early;
} last;

/* It has woken the loop, and lingers. */
static void linger(void)
{
	for (int i = 0; i < 20000 && !atomic_load(&last.freed); i++)
		(void)sched_yield();
	atomic_store(&last.early, atomic_load(&last.freed));
}

ssize_t write(int fd, const void *p, size_t n)
{
	writes++;
	ssize_t written = syscall(SYS_write, fd, p, n);
	if (last.posting && pthread_equal(pthread_self(), last.poster))
		linger();
	return written;
}

/* A pair of connected stream sockets. */
static void pair(int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) < 0)
		exit(1);
}

struct end {
	struct loop_stream *stream;
	struct buf in;
	size_t stop_at;  /* stop the loop when so many octets are in */
	int ends, error; /* how often, and how, it ended */
	enum loop_end how;
	int drained;
	bool free_on_input;
};

static void got_input(void *arg, struct str in)
{
	struct end *e = arg;

	buf_add(&e->in, in);
	if (e->free_on_input)
		loop_stream_free(&e->stream);
	if (e->in.n >= e->stop_at)
		loop_stop(loop);
}

static void got_drained(void *arg)
{
	struct end *e = arg;

	e->drained++;
}

static void got_end(void *arg, enum loop_end how, int error)
{
	struct end *e = arg;

	e->ends++;
	e->how = how;
	e->error = error;
	loop_stop(loop);
}

static void got_connected(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static const struct loop_stream_ops ops = { got_connected, got_input, got_drained, got_end, NULL };

static void run(const char *label)
{
	CHECK_INT(label, loop_run(loop), ERR_OK);
}

/* More than a socket takes at once: what is kept arrives whole and in order. */
static void large_write(void)
{
	enum { N = 3 << 20 };
	int fd[2];
	pair(fd);
	struct end a = { .in = BUF_MAX(0), .stop_at = SIZE_MAX };
	struct end b = { .in = BUF_MAX(N), .stop_at = N };
	char *octets = malloc(N);
	for (size_t i = 0; i < N; i++)
		octets[i] = (char)(i * 31 >> 3);
	a.stream = loop_stream_new(loop, fd[0], &ops, &a);
	b.stream = loop_stream_new(loop, fd[1], &ops, &b);
	CHECK_INT("write", loop_stream_write(a.stream, (struct str){ octets, N }), ERR_OK);
	CHECK_INT("kept", loop_stream_pending(a.stream) > 0, 1);
	run("large");
	CHECK_STR("whole", buf_str(&b.in), ((struct str){ octets, N }));
	CHECK_INT("drained once", a.drained, 1);
	free(octets);

	loop_stream_free(&a.stream);
	run("end of the other");
	CHECK_INT("one end", b.ends == 1 && b.how == LOOP_END_EOF, 1);
	loop_stream_free(&b.stream);
	buf_free(&b.in);
}

static void limits_and_deadlines(void)
{
	int fd[2];
	pair(fd);
	struct end a = { .in = BUF_MAX(10), .stop_at = SIZE_MAX };
	a.stream = loop_stream_new(loop, fd[0], &ops, &a);
	static char octets[5 << 20];
	CHECK_INT("too much kept",
		  loop_stream_write(a.stream, (struct str){ octets, sizeof(octets) }), ERR_LIMIT);
	loop_stream_deadline(a.stream, loop_now(loop) + 10000);
	loop_stream_deadline(a.stream, loop_now(loop) + 5);
	run("deadline");
	CHECK_INT("timed out", a.ends == 1 && a.how == LOOP_END_TIMEOUT, 1);
	loop_stream_free(&a.stream);
	(void)close(fd[1]);
}

/* A write to a closed socket is told later, by ended, once. */
static void write_error(void)
{
	int fd[2];
	pair(fd);
	struct end a = { .in = BUF_MAX(10), .stop_at = SIZE_MAX };
	a.stream = loop_stream_new(loop, fd[0], &ops, &a);
	loop_stream_read(a.stream, LOOP_PAUSED);
	(void)close(fd[1]);
	CHECK_INT("not from inside", loop_stream_write(a.stream, STR("x")), ERR_OK);
	CHECK_INT("not yet", a.ends, 0);
	run("error");
	CHECK_INT("told", a.ends == 1 && a.how == LOOP_END_ERROR && a.error == EPIPE, 1);
	loop_stream_free(&a.stream);
}

/* What the other said before it went is there behind the write that found it gone. */
static void rest(void)
{
	static const char octets[3 << 20];
	char said[10];
	int fd[2];
	pair(fd);
	struct end a = { .in = BUF_MAX(10), .stop_at = SIZE_MAX };
	a.stream = loop_stream_new(loop, fd[0], &ops, &a);
	loop_stream_read(a.stream, LOOP_PAUSED);
	CHECK_INT("nothing yet", loop_stream_unheard(a.stream), false);
	CHECK_INT("said", write(fd[1], "go away", 7), 7);
	CHECK_INT("which is not heard", loop_stream_unheard(a.stream), true);
	(void)close(fd[1]);
	CHECK_INT("written", loop_stream_write(a.stream, STR("x")), ERR_OK);
	CHECK_INT("more", loop_stream_write(a.stream, (struct str){ octets, sizeof(octets) }),
		  ERR_OK);
	CHECK_INT("never taken", loop_stream_pending(a.stream) > sizeof(octets), 1);
	run("gone");
	CHECK_INT("told", a.ends == 1 && a.how == LOOP_END_ERROR && a.error == EPIPE, 1);
	CHECK_INT("room for some", (long long)loop_stream_rest(a.stream, said, 2), 2);
	CHECK_INT("all", (long long)loop_stream_rest(a.stream, said + 2, 8), 5);
	CHECK_STR("what it said", ((struct str){ said, 7 }), STR("go away"));
	loop_stream_free(&a.stream);
}

static void freed_in_callback(void)
{
	int fd[2];
	pair(fd);
	struct end a = { .in = BUF_MAX(10), .stop_at = 1, .free_on_input = true };
	a.stream = loop_stream_new(loop, fd[0], &ops, &a);
	CHECK_INT("write", write(fd[1], "x", 1), 1);
	run("free in input");
	CHECK_INT("freed", a.stream == NULL && a.ends == 0, 1);
	buf_free(&a.in);
	(void)close(fd[1]);
}

static void connecting(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&in, n) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &n) < 0)
		exit(1);
	struct ip_port to = { .port = ntohs(in.sin_port) };
	const struct ip any = { 0 };
	CHECK_INT("address", ip_read(STR("127.0.0.1"), &to.ip), ERR_OK);
	struct end a = { .in = BUF_MAX(10), .stop_at = SIZE_MAX };
	a.stream = loop_stream_connect(loop, &to, &any, &ops, &a);
	run("connect");
	CHECK_INT("connected", a.ends, 0);
	loop_stream_free(&a.stream);
	(void)close(fd);
	a.stream = loop_stream_connect(loop, &to, &any, &ops, &a);
	run("refused");
	CHECK_INT("refused", a.ends == 1 && a.error == ECONNREFUSED, 1);
	loop_stream_free(&a.stream);
}

/* No way leads to a group by TCP, which the kernel says at once: it is told later all the same. */
static void no_way(void)
{
	struct ip_port to = { .port = 25 };
	const struct ip any = { 0 };
	struct end a = { .in = BUF_MAX(10), .stop_at = SIZE_MAX };

	CHECK_INT("address", ip_read(STR("224.0.0.1"), &to.ip), ERR_OK);
	a.stream = loop_stream_connect(loop, &to, &any, &ops, &a);
	CHECK_INT("begun", a.stream != NULL, true);
	CHECK_INT("not from inside", a.ends, 0);
	if (a.stream)
		run("no way");
	CHECK_INT("told", a.ends == 1 && a.how == LOOP_END_ERROR && a.error == ENETUNREACH, 1);
	loop_stream_free(&a.stream);
}

enum { POSTED = 10000, POSTERS = 3 };

struct letter {
	struct list link;
	int poster, number;
};

struct letters {
	struct loop_mailbox *box;
	int next[POSTERS], total;
};

static void letter_came(void *arg, struct list *item)
{
	struct letters *l = arg;
	struct letter *x = (struct letter *)item;

	CHECK_INT("in the order of each poster", x->number, l->next[x->poster]++);
	free(x);
	if (++l->total == POSTED * POSTERS)
		loop_stop(loop);
}

static struct letters letters;

static void *poster(void *arg)
{
	for (int i = 0; i < POSTED; i++) {
		struct letter *x = calloc(1, sizeof(*x));
		x->poster = (int)(intptr_t)arg;
		x->number = i;
		loop_mailbox_post(letters.box, &x->link);
	}
	return NULL;
}

static void mailbox(void)
{
	pthread_t threads[POSTERS];

	letters.box = loop_mailbox_new(loop, letter_came, &letters);
	for (intptr_t i = 0; i < POSTERS; i++)
		if (pthread_create(&threads[i], NULL, poster, (void *)i) != 0)
			exit(1);
	run("mailbox");
	for (int i = 0; i < POSTERS; i++)
		(void)pthread_join(threads[i], NULL);
	CHECK_INT("all came", letters.total, POSTED * POSTERS);
	struct letter left = { .number = 1 };
	loop_mailbox_post(letters.box, &left.link);
	struct list rest;
	loop_mailbox_free(&letters.box, &rest);
	CHECK_INT("the rest is given back", list_shift(&rest) == &left.link && list_empty(&rest),
		  1);
}

static void last_came(void *arg, struct list *item)
{
	(void)arg;
	(void)item;
	loop_mailbox_free(&last.box, NULL);
	atomic_store(&last.freed, true);
	loop_stop(loop);
}

static void *post_last(void *arg)
{
	last.poster = pthread_self();
	last.posting = true;
	loop_mailbox_post(last.box, &last.item);
	last.posting = false;
	return arg;
}

/* Whoever has an item may free the mailbox: who posted it is out of there. */
static void freed_by_item(void)
{
	pthread_t thread;

	last.box = loop_mailbox_new(loop, last_came, NULL);
	list_init(&last.item);
	if (pthread_create(&thread, NULL, post_last, NULL) != 0)
		exit(1);
	run("the last item");
	(void)pthread_join(thread, NULL);
	CHECK_INT("freed", last.freed, true);
	CHECK_INT("not under its poster", last.early, false);
}

struct chain {
	struct loop_mailbox *box;
	unsigned left;
};

static void link_came(void *arg, struct list *item)
{
	struct chain *c = arg;

	if (c->left == 0)
		return;
	if (--c->left > 0)
		loop_mailbox_post(c->box, item);
	else
		loop_stop(loop);
}

static void chain_begins(void *arg)
{
	struct chain *c = arg;
	static struct list letter;

	list_init(&letter);
	loop_mailbox_post(c->box, &letter);
}

/* Who is awake is not woken: it looks before it sleeps, though more come than it does at once. */
static void awake(void)
{
	struct chain c = { .left = 100 };
	struct loop_timer *t = loop_timer_new(loop, chain_begins, &c);

	c.box = loop_mailbox_new(loop, link_came, &c);
	CHECK_INT("asleep", loop_is_asleep(loop), true);
	writes = 0;
	loop_timer_set(t, 0);
	run("chain");
	CHECK_INT("all came", c.left, 0);
	CHECK_INT("nobody was woken", writes, 0);
	c.left = 1;
	chain_begins(&c);
	CHECK_INT("who sleeps is", writes, 1);
	run("the last");
	CHECK_INT("it came", c.left, 0);
	struct list items[2], unwoken;
	list_init(&unwoken);
	c.left = COUNT_OF(items);
	for (size_t i = 0; i < COUNT_OF(items); i++) {
		list_init(&items[i]);
		loop_mailbox_put(c.box, &items[i], &unwoken);
	}
	CHECK_INT("not yet", writes, 1);
	loop_mailbox_wake(&unwoken);
	CHECK_INT("once for both", writes, 2);
	loop_mailbox_wake(&unwoken);
	CHECK_INT("and no more", writes, 2);
	run("both");
	CHECK_INT("they came", c.left, 0);
	loop_mailbox_free(&c.box, NULL);
	loop_timer_free(&t);
}

static struct loop_after afters[3];
static char called[16];

/* The first has something to do once, the second drops the third and itself. */
static bool after_turn(void *arg)
{
	size_t n = strlen(called);
	struct loop_after *a = arg;

	called[n] = (char)('0' + (a - afters));
	if (a == &afters[1]) {
		loop_after_drop(loop, &afters[2]);
		loop_after_drop(loop, &afters[1]);
	}
	return n == 0;
}

static void after(void)
{
	for (size_t i = 0; i < COUNT_OF(afters); i++) {
		afters[i] = (struct loop_after){ .fn = after_turn, .arg = &afters[i] };
		loop_after_add(loop, &afters[i]);
	}
	loop_stop(loop);
	run("after");
	CHECK_STR("each in its order, until there is nothing", str_of(called), STR("0100"));
	loop_after_drop(loop, &afters[0]);
}

static void timer_fired(void *arg)
{
	unsigned *left = arg;

	if (--*left == 0)
		loop_stop(loop);
}

/* Any time may be given: the earliest there is means at once, the latest never. */
static void timers(void)
{
	const int64_t at[] = { INT64_MIN, -1, 0 };
	struct loop_timer *timer[COUNT_OF(at)], *never;
	unsigned left = COUNT_OF(at), unused = 1;

	never = loop_timer_new(loop, timer_fired, &unused);
	loop_timer_set(never, INT64_MAX);
	for (size_t i = 0; i < COUNT_OF(at); i++) {
		timer[i] = loop_timer_new(loop, timer_fired, &left);
		loop_timer_set(timer[i], at[i]);
	}
	CHECK_INT("the loop runs", loop_run(loop), ERR_OK);
	CHECK_INT("all that are past", left, 0);
	CHECK_INT("not that which never comes", unused, 1);
	for (size_t i = 0; i < COUNT_OF(at); i++)
		loop_timer_free(&timer[i]);
	loop_timer_free(&never);
}

/* Until something else stops the loop, which by then has gone round with what is ready. */
static void some_turns(void)
{
	for (int i = 0; i < 3; i++) {
		unsigned left = 1;
		struct loop_timer *t = loop_timer_new(loop, timer_fired, &left);
		loop_timer_set(t, 0);
		run("a turn");
		loop_timer_free(&t);
	}
}

/* What comes in a pause waits, the peer's end, too; and it is there afterwards. */
static void pauses(void)
{
	int fd[2];
	pair(fd);
	struct end a = { .in = BUF_MAX(10), .stop_at = 1 };
	a.stream = loop_stream_new(loop, fd[0], &ops, &a);
	for (size_t i = 1; i <= 2; i++) {
		loop_stream_read(a.stream, LOOP_PAUSED);
		some_turns();
		CHECK_INT("write", write(fd[1], "x", 1), 1);
		some_turns();
		CHECK_INT("not in the pause", (long long)a.in.n, (long long)i - 1);
		loop_stream_read(a.stream, LOOP_READING);
		run("after the pause");
		CHECK_INT("after it", (long long)a.in.n, (long long)i);
	}
	loop_stream_read(a.stream, LOOP_PAUSED);
	(void)close(fd[1]);
	some_turns();
	CHECK_INT("no end in the pause", a.ends, 0);
	loop_stream_read(a.stream, LOOP_READING);
	run("the end");
	CHECK_INT("the end after it", a.ends == 1 && a.how == LOOP_END_EOF, 1);
	loop_stream_free(&a.stream);
	buf_free(&a.in);
}

int main(void)
{
	loop = loop_new();
	timers();
	pauses();
	large_write();
	limits_and_deadlines();
	write_error();
	rest();
	freed_in_callback();
	connecting();
	no_way();
	mailbox();
	freed_by_item();
	awake();
	after();
	loop_free(&loop);
	return TEST_EXIT();
}
