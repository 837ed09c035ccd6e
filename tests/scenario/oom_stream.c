/*
 * Memory runs out in the resolver, by UDP, TCP and TLS: the n-th allocation fails,
 * OpenSSL's too, for many n, and all after it or only that one.  What must hold:
 * no crash, no leak (with a sanitizer), each question that was taken is answered
 * or said to have no answer, and a server that does not authenticate is not asked.
 */
#include "../failing.h"
#include "resolve/bed_priv.h"
#include "tls/forge.h"

#include <openssl/crypto.h>
#include <signal.h>

enum { WATCHES = 256, ASKED = 5 };

static void *crypto_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return n == 0 || fails() ? NULL : __real_malloc(n);
}

static void *crypto_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : __real_realloc(p, n);
}

static void crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* What the resolver watches, so that its work is known from the servers'. */
static struct watched {
	void (*fn)(void *arg, unsigned ready);
	void (*tick)(void *arg);
	void *arg;
} watched[WATCHES];
static unsigned n_watched;

static void ready_inside(void *arg, unsigned ready)
{
	struct watched *w = arg;

	inside = true;
	w->fn(w->arg, ready);
	inside = false;
}

static void tick_inside(void *arg)
{
	struct watched *w = arg;

	inside = true;
	w->tick(w->arg);
	inside = false;
}

static void *watch(void *loop, int fd, unsigned events, void (*fn)(void *arg, unsigned ready),
		   void *arg)
{
	struct watched *w = &watched[n_watched++ % WATCHES];

	*w = (struct watched){ .fn = fn, .arg = arg };
	return loop_watch(loop, fd, events, ready_inside, w);
}

static void *timer(void *loop, void (*fn)(void *arg), void *arg)
{
	struct watched *w = &watched[n_watched++ % WATCHES];

	*w = (struct watched){ .tick = fn, .arg = arg };
	return loop_timer(loop, tick_inside, w);
}

static void answer(const struct fake_query *q, void *arg)
{
	static struct craft c;

	(void)arg;
	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.1"));
	fake_send(q, craft_str(&c));
}

struct way {
	const char *label;
	enum dns_channel channel;
	bool pinned; /* over TLS, to the very key of the server */
	long step;   /* not each n is tried where there are thousands */
};

static unsigned answered, dones;

static void done(void *arg, uint64_t id, const struct dns_answer *a)
{
	(void)arg;
	(void)id;
	dones++;
	answered += a->outcome == DNS_DATA;
	if (a->outcome != DNS_DATA && a->outcome != DNS_NO_ANSWER)
		test_failures++;
}

/*
 * Questions in two turns, so that the second finds the connection as the first left it.
 * All but the first of a turn leave together.
 */
static unsigned ask(struct bed *b, int from, int to)
{
	unsigned taken = 0;

	for (int i = from; i < to; i++) {
		char name[] = { (char)('a' + i), '.', '\0' };
		struct resolve_question q = { .name = craft_name_of(name), .type = DNS_TYPE_A };
		inside = true;
		taken += resolve_ask(b->r, &q, done, NULL) != 0;
		inside = false;
	}
	return taken;
}

static void wait_for(struct bed *b, unsigned taken)
{
	int idle = 0;

	for (int i = 0; i < 2000 && dones < taken; i++) {
		int64_t start = os_clock_mono_us();
		loop_turn(&b->loop, 1);
		idle = os_clock_mono_us() - start < 1000 ? 0 : idle + 1;
		if (idle > 10 || i > 1000)
			b->loop.ahead +=
				50; /* nothing moves: whoever waits has waited long enough */
	}
}

/* True: the n-th allocation was never reached. */
static bool run(const struct way *way, const struct forge *id, const uint8_t *pin, long n)
{
	static struct bed b;
	bool over_tls = way->channel == DNS_CHANNEL_TLS;
	unsigned taken = 0;

	bed_servers(&b, 1, answer, NULL);
	b.fake[0].tls = over_tls ? forge_server(id) : NULL;
	SSL_CTX *tls = b.fake[0].tls;
	struct dns_server *s = &b.conf.servers[0];
	s->channel = way->channel;
	s->timeout_ms = 5000;
	s->attempts = 1;
	s->tls_ca_file = id->cert_file; /* few allocations, where the system's are very many */
	if (over_tls)
		memcpy(s->tls_pin[s->n_tls_pin++], pin, TLS_PIN_OCTETS);
	b.reactor.watch = watch;
	b.reactor.timer = timer;
	countdown = n;
	answered = dones = 0;
	inside = true;
	b.r = resolve_new(&b.reactor, &b.conf);
	inside = false;
	if (b.r) {
		taken = ask(&b, 0, ASKED - 1);
		wait_for(&b, taken);
		taken += ask(&b, ASKED - 1, ASKED);
		wait_for(&b, taken);
	}
	bool unreached = countdown > 0;
	CHECK_INT(way->label, dones, taken);
	if (unreached && (!over_tls || way->pinned))
		CHECK_INT(way->label, answered, ASKED);
	if (over_tls && !way->pinned)
		CHECK_INT(way->label, (long long)b.fake[0].octets, 0);
	countdown = -1;
	bed_close(&b);
	SSL_CTX_free(tls);
	return unreached;
}

static const struct way ways[] = {
	{ "UDP", DNS_CHANNEL_UDP, false, 1 },
	{ "TCP", DNS_CHANNEL_TCP, false, 1 },
	{ "TLS, by pin", DNS_CHANNEL_TLS, true, 31 },
	{ "TLS, wrong pin", DNS_CHANNEL_TLS, false, 31 },
};

int main(void)
{
	uint8_t pin[TLS_PIN_OCTETS];

	if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
		return 1;
	inside = false;                 /* a fake server is at work, too */
	(void)signal(SIGPIPE, SIG_IGN); /* the fake servers write by OpenSSL */
	forge_begin();
	struct forge id = forge_make("anything", "DNS:dns.example", 30, NULL);
	forge_write(&id, "id", NULL);
	for (size_t i = 0; i < 2 * COUNT_OF(ways); i++) {
		const struct way *way = &ways[i / 2];
		for_good = i % 2 == 1;
		forge_pin(&id, pin);
		pin[0] ^= way->pinned ? 0 : 1;
		for (long n = 1; !run(way, &id, pin, n); n += way->step)
			;
	}
	forge_free(&id);
	forge_end();
	return TEST_EXIT();
}
