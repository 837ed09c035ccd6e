/*
 * Callbacks: on the library's own loop, turn by turn and through the caller's
 * poll(), and on a loop of the caller's; programs at their worst in them (T12); and
 * contexts in several threads.
 */
#include "base/buf.h"
#include "base/test.h"
#include "library/fake_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <signpost/dns.h>
#include <sys/time.h>

static const struct fake_row rows[] = {
	{ "secure", 0x20, "@ 60 A 192.0.2.1", "", 0 },
	{ "nx", 0x23, "", ". 60 SOA 30", 0 },
	{ "silent", FAKE_SILENT, "", "", 0 },
};

/* Of an attempt: a machine that pauses must not use it up. */
#define ATTEMPT_MS 300000

static struct signpost_dns *open_for(const struct signpost_dns_loop *loop, const char *at,
				     unsigned timeout_ms)
{
	struct signpost_dns *d = signpost_dns_new(loop);
	struct signpost_dns_server s = {
		.size = sizeof(s), .address = at, .timeout_ms = timeout_ms, .attempts = 1
	};

	if (!d || signpost_dns_add_server(d, &s) != SIGNPOST_DNS_OK)
		abort();
	return d;
}

static struct signpost_dns *open_on(const struct signpost_dns_loop *loop, const char *at)
{
	return open_for(loop, at, ATTEMPT_MS);
}

/* What a callback does. */
enum act { COUNT, AGAIN, CANCEL_SELF, CANCEL_OTHERS, FREE, BLOCK };

struct user {
	struct signpost_dns *d;
	enum act act;
	unsigned calls, secure, again;
	uint64_t id[8];
};

static uint64_t ask(struct user *u, const char *name, unsigned flags, int64_t deadline_ms);

static void done(void *arg, uint64_t id, const struct signpost_dns_answer *a)
{
	struct user *u = arg;
	struct signpost_dns_answer *other = NULL;

	u->calls++;
	u->secure += signpost_dns_answer_status(a) == SIGNPOST_DNS_SECURE;
	switch (u->act) {
	case COUNT:
		break;
	case AGAIN:
		if (u->again > 0) {
			u->again--;
			(void)ask(u, "secure.example", 0, 0);
		}
		break;
	case CANCEL_SELF:
		signpost_dns_cancel(u->d, id);
		break;
	case CANCEL_OTHERS:
		for (size_t i = 0; i < COUNT_OF(u->id); i++)
			signpost_dns_cancel(u->d, u->id[i]);
		break;
	case FREE:
		signpost_dns_free(&u->d);
		/* The answer outlives it, until this function returns. */
		CHECK_INT("type", signpost_dns_answer_type(a), SIGNPOST_DNS_TYPE_A);
		CHECK_INT("why", signpost_dns_answer_why(a)[0] != '\0', 1);
		break;
	case BLOCK:
		CHECK_INT("lookup inside",
			  signpost_dns_lookup(u->d, "secure.example", 1, 0, &other),
			  SIGNPOST_DNS_ERR_MISUSE);
		CHECK_INT("wait inside", (long long)signpost_dns_wait(u->d, -1), 0);
		signpost_dns_poll_done(u->d, NULL, 0);
		break;
	}
}

static uint64_t ask(struct user *u, const char *name, unsigned flags, int64_t deadline_ms)
{
	struct signpost_dns_question q = { .size = sizeof(q),
					   .name = name,
					   .type = 1,
					   .flags = flags,
					   .deadline_ms = deadline_ms };
	uint64_t id = 0;
	unsigned calls = u->calls;

	CHECK_INT(name, signpost_dns_ask(u->d, &q, done, u, &id), SIGNPOST_DNS_OK);
	CHECK_INT("id", id != 0, 1);
	CHECK_INT("no callback inside ask", u->calls, calls);
	return id;
}

static const struct {
	const char *label;
	enum act act;
	unsigned again;
	const char *name;
	int64_t deadline_ms;
	unsigned calls; /* 4 questions were asked */
} worst[] = {
	{ "T12: success", COUNT, 0, "secure.example", 0, 4 },
	{ "T12: no such name", COUNT, 0, "nx.example", 0, 4 },
	{ "T12: timeout", COUNT, 0, "silent.example", 20, 4 },
	{ "T12: asks anew", AGAIN, 1000, "secure.example", 0, 1004 },
	{ "T12: asks anew after a timeout", AGAIN, 10, "silent.example", 20, 14 },
	{ "T12: cancels itself", CANCEL_SELF, 0, "secure.example", 0, 4 },
	{ "T12: cancels itself after a timeout", CANCEL_SELF, 0, "silent.example", 20, 4 },
	{ "T12: cancels all", CANCEL_OTHERS, 0, "secure.example", 0, 1 },
	{ "T12: cancels all after a timeout", CANCEL_OTHERS, 0, "silent.example", 20, 1 },
	{ "T12: frees the context", FREE, 0, "secure.example", 0, 1 },
	{ "T12: frees the context after a timeout", FREE, 0, "silent.example", 20, 1 },
	{ "T12: blocks", BLOCK, 0, "secure.example", 0, 4 },
};

/* The program's own poll(), with a descriptor of its own before the context's. */
static void poll_once(struct signpost_dns *d, int own_fd)
{
	struct pollfd fds[64] = { { .fd = own_fd, .events = POLLIN } };
	int timeout_ms = 0;
	size_t n = signpost_dns_poll_fds(d, fds + 1, COUNT_OF(fds) - 1, &timeout_ms);

	if (n > COUNT_OF(fds) - 1)
		abort();
	if (poll(fds, (nfds_t)n + 1, timeout_ms) < 0)
		abort();
	signpost_dns_poll_done(d, fds, n + 1);
}

static void test_worst(const char *at, bool by_poll)
{
	int ends[2];

	if (pipe(ends) != 0)
		abort();
	for (size_t i = 0; i < COUNT_OF(worst); i++) {
		struct user u = { .d = open_on(NULL, at),
				  .act = worst[i].act,
				  .again = worst[i].again };
		for (size_t k = 0; k < 4; k++)
			u.id[k] = ask(&u, worst[i].name, k % 2 ? SIGNPOST_DNS_NO_CACHE : 0,
				      worst[i].deadline_ms);
		CHECK_INT(worst[i].label, (long long)signpost_dns_open_questions(u.d), 4);
		errno = 4711;
		while (u.d && signpost_dns_open_questions(u.d) > 0) {
			if (by_poll)
				poll_once(u.d, ends[0]);
			else
				(void)signpost_dns_wait(u.d, -1);
		}
		CHECK_INT(worst[i].label, u.calls, worst[i].calls);
		CHECK_INT(worst[i].label, errno, 4711);
		if (worst[i].act == COUNT && str_eq(str_of(worst[i].name), STR("secure.example")))
			CHECK_INT(worst[i].label, u.secure, 4);
		signpost_dns_free(&u.d);
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* A lookup during which another question's callback frees the context. */
static void test_lookup_freed(const char *at)
{
	struct user u = { .d = open_on(NULL, at), .act = FREE };
	struct signpost_dns_answer *a = NULL;
	struct signpost_dns *d = u.d;

	(void)ask(&u, "silent.example", 0, 20);
	CHECK_INT("freed", signpost_dns_lookup(d, "silent.example", 15, 0, &a),
		  SIGNPOST_DNS_ERR_MISUSE);
	CHECK_INT("freed", a == NULL, 1);
	CHECK_INT("freed", u.d == NULL, 1);
}

static void test_cancel(const char *at)
{
	struct user u = { .d = open_on(NULL, at) };

	signpost_dns_cancel(u.d, 0);
	u.id[0] = ask(&u, "secure.example", 0, 0);
	u.id[1] = ask(&u, "secure.example", 0, 0);
	CHECK_INT("ids", u.id[0] != u.id[1], 1);
	signpost_dns_cancel(u.d, u.id[0]);
	signpost_dns_cancel(u.d, u.id[0]);
	CHECK_INT("open", (long long)signpost_dns_open_questions(u.d), 1);
	while (signpost_dns_wait(u.d, -1) > 0)
		;
	CHECK_INT("calls", u.calls, 1);
	(void)ask(&u, "silent.example", 0, 0);
	CHECK_INT("a turn, no longer", (long long)signpost_dns_wait(u.d, 1), 1);
	signpost_dns_free(&u.d); /* with a question open */
	CHECK_INT("calls", u.calls, 1);
}

static void no_signal(int number)
{
	(void)number;
}

/* Signals that come all the time do not end a wait early, nor for ever put it off. */
static void test_signals(const char *at)
{
	struct sigaction act = { .sa_handler = no_signal };
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };
	struct user u = { .d = open_on(NULL, at) };

	(void)sigaction(SIGALRM, &act, NULL);
	(void)setitimer(ITIMER_REAL, &often, NULL);
	int64_t began = signpost_dns_now();
	(void)ask(&u, "silent.example", 0, 30);
	while (signpost_dns_wait(u.d, -1) > 0)
		;
	CHECK_INT("waited", signpost_dns_now() - began >= 25, 1);
	CHECK_INT("calls", u.calls, 1);
	(void)setitimer(ITIMER_REAL, &never, NULL); /* one may still be on its way */
	signpost_dns_free(&u.d);
}

/* Descriptors are close-on-exec and do not block. */
static void test_descriptors(const char *at)
{
	struct user u = { .d = open_for(NULL, at, 5000) };
	struct pollfd fds[16];
	int timeout_ms;

	CHECK_INT("before", (long long)signpost_dns_poll_fds(u.d, fds, 16, &timeout_ms), 0);
	CHECK_INT("before", timeout_ms, -1);
	int64_t began = signpost_dns_now();
	(void)ask(&u, "silent.example", 0, 0);
	size_t n = signpost_dns_poll_fds(u.d, fds, COUNT_OF(fds), &timeout_ms);
	while (timeout_ms == 0) { /* until the question has left */
		poll_once(u.d, -1);
		n = signpost_dns_poll_fds(u.d, fds, COUNT_OF(fds), &timeout_ms);
	}
	CHECK_INT("some", n > 0 && n <= COUNT_OF(fds), 1);
	CHECK_INT("no room", signpost_dns_poll_fds(u.d, NULL, 0, &timeout_ms) == n, 1);
	/* Looked a quarter of a second after it left: that was after ask(), and before this. */
	int64_t ends = signpost_dns_now() + timeout_ms;
	CHECK_INT("that of a datagram, and a tick",
		  ends >= began + 250 && timeout_ms < 350 ? 1 : timeout_ms, 1);
	for (size_t i = 0; i < n && i < COUNT_OF(fds); i++)
		CHECK_INT("close-on-exec", fcntl(fds[i].fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	signpost_dns_free(&u.d);
}

/* A table of the caller's: the library's own loop, by way of a second context's functions. */
struct table_user {
	struct pollfd fd[32];
	void (*ready[32])(void *arg, unsigned events);
	void *ready_arg[32];
	void (*fire)(void *arg);
	void *fire_arg;
	int64_t at;
	int watches, timers;
};

static void *table_watch(void *loop, int fd, unsigned events, void (*ready)(void *, unsigned),
			 void *arg)
{
	struct table_user *t = loop;

	for (int i = 0; i < 32; i++) {
		if (t->ready[i])
			continue;
		t->fd[i] = (struct pollfd){ .fd = fd, .events = events & 1 ? POLLIN : 0 };
		t->ready[i] = ready;
		t->ready_arg[i] = arg;
		t->watches++;
		return &t->fd[i];
	}
	return NULL;
}

static void table_rewatch(void *loop, void *watch, unsigned events)
{
	(void)loop;
	((struct pollfd *)watch)->events = (short)((events & SIGNPOST_DNS_READ ? POLLIN : 0) |
						   (events & SIGNPOST_DNS_WRITE ? POLLOUT : 0));
}

static void table_unwatch(void *loop, void *watch)
{
	struct table_user *t = loop;
	struct pollfd *fd = watch;

	t->ready[fd - t->fd] = NULL;
	fd->fd = -1;
	t->watches--;
}

static void *table_timer(void *loop, void (*fire)(void *arg), void *arg)
{
	struct table_user *t = loop;

	if (t->timers > 0)
		return NULL;
	t->timers++;
	t->fire = fire;
	t->fire_arg = arg;
	t->at = INT64_MAX;
	return &t->at;
}

static void table_set(void *loop, void *timer, int64_t at_ms)
{
	(void)loop;
	*(int64_t *)timer = at_ms;
}

static void table_unset(void *loop, void *timer)
{
	(void)loop;
	*(int64_t *)timer = INT64_MAX;
}

static void table_untimer(void *loop, void *timer)
{
	(void)timer;
	((struct table_user *)loop)->timers--;
}

static void table_turn(struct table_user *t)
{
	int64_t left = t->at - signpost_dns_now();

	if (poll(t->fd, 32, left < 0 ? 0 : left > 100 ? 100 : (int)left) < 0)
		abort();
	if (t->at <= signpost_dns_now()) {
		t->at = INT64_MAX;
		t->fire(t->fire_arg);
	}
	for (int i = 0; i < 32; i++)
		if (t->ready[i] && t->fd[i].revents & POLLIN)
			t->ready[i](t->ready_arg[i], SIGNPOST_DNS_READ);
}

static void test_table(const char *at)
{
	struct table_user t = { 0 };
	struct signpost_dns_loop loop = {
		.size = sizeof(loop),
		.loop = &t,
		.watch = table_watch,
		.rewatch = table_rewatch,
		.unwatch = table_unwatch,
		.timer = table_timer,
		.set = table_set,
		.unset = table_unset,
		.untimer = table_untimer,
	};
	struct signpost_dns_answer *a = NULL;

	for (int i = 0; i < 32; i++)
		t.fd[i].fd = -1;
	struct user u = { .d = open_on(&loop, at) };
	for (int i = 0; i < 3; i++)
		(void)ask(&u, "secure.example", 0, 0);
	CHECK_INT("not here", signpost_dns_lookup(u.d, "secure.example", 1, 0, &a),
		  SIGNPOST_DNS_ERR_MISUSE);
	CHECK_STR("not here", str_of(signpost_dns_reason(u.d)),
		  STR("a lookup on a context with a loop of the caller's"));
	CHECK_INT("not here", (long long)signpost_dns_wait(u.d, 0), 0);
	while (u.calls < 3)
		table_turn(&t);
	CHECK_INT("secure", u.secure, 3);
	signpost_dns_free(&u.d);
	CHECK_INT("nothing is left on the loop", t.watches + t.timers, 0);

	loop.set = NULL;
	CHECK_INT("not whole", signpost_dns_new(&loop) == NULL, 1);
	loop.set = table_set;
	loop.size = offsetof(struct signpost_dns_loop, untimer);
	CHECK_INT("not whole", signpost_dns_new(&loop) == NULL, 1);
}

struct trace {
	unsigned sent, accepted, bad;
};

static void on_event(void *arg, const struct signpost_dns_event *e)
{
	struct trace *t = arg;

	t->sent += e->fate == SIGNPOST_DNS_SENT;
	t->accepted += e->fate == SIGNPOST_DNS_ACCEPTED;
	if (!str_eq(str_of(e->channel), STR("udp")) || e->octet_count < 12 || !e->name ||
	    e->type != 1)
		t->bad++;
}

/* Trace, counters and servers.  What is not traced is not there to be counted wrong. */
static void test_state(const char *at)
{
	struct trace t = { 0 };
	struct signpost_dns_options o = { .size = sizeof(o), .trace = on_event, .trace_arg = &t };
	struct user u = { .d = open_on(NULL, at) };
	struct signpost_dns_counters c = { .size = sizeof(c) };
	struct signpost_dns_server_state s = { .size = sizeof(s) };

	CHECK_INT("options", signpost_dns_set_options(u.d, &o), SIGNPOST_DNS_OK);
	for (int i = 0; i < 2; i++) {
		(void)ask(&u, "secure.example", 0, 0);
		while (signpost_dns_wait(u.d, -1) > 0)
			;
	}
	signpost_dns_get_counters(u.d, &c);
	CHECK_INT("asked", (long long)c.asked, 2);
	CHECK_INT("hits", (long long)c.hits, 1);
	CHECK_INT("misses", (long long)c.misses, 1);
	CHECK_INT("sent", (long long)c.sent, 1);
	CHECK_INT("evictions", (long long)c.evictions, 0);
	CHECK_INT("prefetches", (long long)c.prefetches, 0);
	CHECK_INT("entries", (long long)c.cache_entries, 1);
	CHECK_INT("state", signpost_dns_get_server_state(u.d, 0, &s), 1);
	CHECK_STR("state", str_of(s.server), str_of(at));
	CHECK_INT("state", (long long)s.answers, 1);
	CHECK_INT("state", s.answering, 1);
	CHECK_INT("trace", t.bad, 0);
	CHECK_INT("trace", t.sent == t.accepted, 1);
	CHECK_INT("flush", signpost_dns_flush(u.d, "SECURE.example."), SIGNPOST_DNS_OK);
	signpost_dns_get_counters(u.d, &c);
	CHECK_INT("flushed", (long long)c.cache_entries, 0);
	signpost_dns_reprobe(u.d);
	signpost_dns_free(&u.d);
}

/* Two contexts in two threads, and answers that each reads of the other's. */
struct worker {
	const char *at;
	pthread_barrier_t *met;
	struct worker *other;
	struct signpost_dns_answer *answer;
	unsigned secure;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct signpost_dns *d = open_on(NULL, w->at);

	for (int i = 0; i < 200; i++) {
		struct signpost_dns_answer *a = NULL;
		if (signpost_dns_lookup(d, "secure.example", 1, i % 2 ? 0 : SIGNPOST_DNS_NO_CACHE,
					&a) != SIGNPOST_DNS_OK)
			abort();
		w->secure += signpost_dns_answer_status(a) == SIGNPOST_DNS_SECURE;
		signpost_dns_answer_free(&w->answer);
		w->answer = a;
	}
	signpost_dns_free(&d);
	(void)pthread_barrier_wait(w->met);
	struct signpost_dns_answer *copy = signpost_dns_answer_copy(w->other->answer);
	if (!copy || signpost_dns_answer_why(w->other->answer)[0] == '\0' ||
	    signpost_dns_answer_record_count(copy) != 1)
		abort();
	signpost_dns_answer_free(&copy);
	(void)pthread_barrier_wait(w->met);
	signpost_dns_answer_free(&w->answer);
	return NULL;
}

static void test_threads(const char *at)
{
	pthread_barrier_t met;
	pthread_t threads[2];
	struct worker w[2] = { { .at = at, .met = &met, .other = &w[1] },
			       { .at = at, .met = &met, .other = &w[0] } };

	if (pthread_barrier_init(&met, NULL, 2) != 0)
		abort();
	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, work, &w[i]) != 0)
			abort();
	for (int i = 0; i < 2; i++) {
		(void)pthread_join(threads[i], NULL);
		CHECK_INT("secure", w[i].secure, 200);
	}
	(void)pthread_barrier_destroy(&met);
}

int main(void)
{
	struct fake f;

	fake_start(&f, rows, COUNT_OF(rows));
	test_worst(f.at, false);
	test_worst(f.at, true);
	test_lookup_freed(f.at);
	test_cancel(f.at);
	test_signals(f.at);
	test_descriptors(f.at);
	test_table(f.at);
	test_state(f.at);
	test_threads(f.at);
	fake_stop(&f);
	return TEST_EXIT();
}
