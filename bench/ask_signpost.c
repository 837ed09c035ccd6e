/*
 * Our resolver as a client of bench/stub, on the event loop that the relay
 * uses, with its cache on: what a program would get.
 *
 * With -N it keeps no answer, as a client without a cache.
 * With -c a few names are asked for once, then again and again from the cache.
 * With -l an answer is any that is there, and those that have none are named.
 * With -H all questions are asked at once of a server that holds its answers
 * back: the line then says how much memory each of them took.
 */
#include "ask.h"
#include "loop/loop.h"
#include "resolve/resolve.h"
#include "tool.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

enum { CACHED_NAMES = 1000, HELD_TIMEOUT_MS = 60000 };

static struct ask a;
static struct loop *loop;
static struct resolve *resolver;
static uint64_t asked, answered, bad;
static size_t used; /* octets of memory before the first question */
static struct loop_timer *watcher;

static void ask_next(void);

static size_t memory(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void done(void *arg, uint64_t id, const struct dns_answer *answer)
{
	(void)id;
	answered++;
	if (a.mode == ASK_LOSSY) {
		if (answer->outcome != DNS_DATA)
			printf("lost %llu\n", (unsigned long long)(uintptr_t)arg);
	} else if (answer->outcome != DNS_DATA || answer->n_rr != 2 ||
		   (answer->status == DNS_SECURE) != a.ad ||
		   (a.mode == ASK_CACHED) != answer->cached) {
		bad++;
	}
	if (answered == a.questions)
		loop_stop(loop);
	else
		ask_next();
}

/* A user has a name as text. */
static struct resolve_question question(uint64_t i)
{
	struct resolve_question q = { .type = ASK_MX };
	char name[ASK_NAME_TEXT];

	q.flags = (a.ad ? RESOLVE_AD : 0) | (a.uncached ? RESOLVE_NO_CACHE : 0);
	ask_name_text(i, name);
	if (dns_name_from_text((struct str){ name, sizeof(name) - 1 }, &q.name) != ERR_OK)
		tool_die("name");
	return q;
}

static void ask_next(void)
{
	uint64_t i = a.mode == ASK_CACHED ? asked % CACHED_NAMES : asked;

	if (asked == a.questions)
		return;
	struct resolve_question q = question(a.first + i);
	asked++;
	if (resolve_ask(resolver, &q, done, (void *)(uintptr_t)(a.first + i)) == 0)
		tool_die("resolve_ask");
}

static uint64_t warm;

static void warmed(void *arg, uint64_t id, const struct dns_answer *answer)
{
	(void)arg;
	(void)id;
	(void)answer;
	if (++warm == CACHED_NAMES)
		loop_stop(loop);
}

static void run(void)
{
	if (loop_run(loop) != ERR_OK)
		tool_die("loop");
}

static void fill_cache(void)
{
	for (uint64_t i = 0; i < CACHED_NAMES; i++) {
		struct resolve_question q = question(a.first + i);
		if (resolve_ask(resolver, &q, warmed, NULL) == 0)
			tool_die("resolve_ask");
	}
	run();
}

/* All are on their way when the last was sent: a moment before the server answers. */
static void look(void *arg)
{
	struct resolve_counters c = resolve_counters(resolver);

	(void)arg;
	if (c.sent < a.questions) {
		loop_timer_set(watcher, loop_now(loop) + 1);
		return;
	}
	printf("octets=%.0f in_flight=%zu ", (double)(memory() - used) / (double)a.questions,
	       c.in_flight);
}

static void open_resolver(void)
{
	struct resolve_conf conf = { .n_servers = 1 };

	memcpy(conf.servers[0].at.ip.octets, &a.server.sin_addr, 4);
	conf.servers[0].at.ip.family = 4;
	conf.servers[0].at.port = ntohs(a.server.sin_port);
	if (a.mode == ASK_HELD)
		conf.servers[0].timeout_ms = HELD_TIMEOUT_MS;
	loop = loop_new();
	struct os_reactor reactor = loop ? loop_reactor(loop) : (struct os_reactor){ 0 };
	resolver = loop ? resolve_new(&reactor, &conf) : NULL;
	if (!resolver)
		tool_die("resolver");
}

int main(int argc, char **argv)
{
	a = ask_options(argc, argv);
	open_resolver();
	if (a.mode == ASK_CACHED)
		fill_cache();
	if (a.mode == ASK_HELD) {
		a.window = (unsigned)a.questions;
		used = memory();
		watcher = loop_timer_new(loop, look, NULL);
		if (!watcher)
			tool_die("timer");
		loop_timer_set(watcher, 0);
	}
	ask_begin();
	for (unsigned i = 0; i < a.window; i++)
		ask_next();
	run();
	ask_end(answered, bad);
	loop_timer_free(&watcher);
	resolve_free(&resolver);
	loop_free(&loop);
	return 0;
}
