/* A resolver and its fake servers on one loop, for tests. */
#ifndef RESOLVE_BED_PRIV_H
#define RESOLVE_BED_PRIV_H

#include "base/test.h"
#include "dns/text.h"
#include "resolve/fake_priv.h"
#include "resolve/resolve.h"

#define BED_SERVERS 4

/* Longer than a loaded machine pauses; shorter where silence is the point. */
#define BED_PATIENCE_MS 5000
#define BED_SILENCE_MS 100

typedef void bed_answer(const struct fake_query *q, void *arg);

struct bed {
	struct loop loop;
	struct os_reactor reactor;
	struct fake fake[BED_SERVERS];
	unsigned n;
	struct resolve_conf conf;
	struct resolve *r;
};

/* What one question came to. */
struct bed_got {
	int done;
	uint64_t id;
	enum dns_outcome outcome;
	enum dns_status status;
	struct dns_answer *answer; /* a copy */
	unsigned calls;
};

static inline void bed_done(void *arg, uint64_t id, const struct dns_answer *a)
{
	struct bed_got *got = arg;

	got->calls++;
	got->done = 1;
	got->id = id;
	got->outcome = a->outcome;
	got->status = a->status;
	dns_answer_free(&got->answer);
	if (dns_answer_copy(a, &got->answer) != ERR_OK)
		abort();
}

/* Servers and configuration; bed_start() makes the resolver after changes to b->conf. */
static inline void bed_servers(struct bed *b, unsigned n, bed_answer *answer, void *arg)
{
	*b = (struct bed){ .n = n };
	b->reactor = loop_reactor(&b->loop);
	for (unsigned i = 0; i < n; i++) {
		uint8_t at[4] = { 127, 0, 0, 1 };
		fake_start(&b->fake[i], &b->reactor, 1, answer, arg);
		b->conf.servers[i] = (struct dns_server){
			.at = { ip_v4(at), b->fake[i].port },
			.timeout_ms = BED_PATIENCE_MS,
		};
	}
	b->conf.n_servers = n;
}

/* What the trace says: "sent udp", "ignored udp (why)", a line each. */
static inline void bed_tell(void *arg, const struct resolve_event *e)
{
	static const char *const fates[] = { [RESOLVE_SENT] = "sent",
					     [RESOLVE_ACCEPTED] = "accepted",
					     [RESOLVE_IGNORED] = "ignored",
					     [RESOLVE_BROKEN] = "broken" };
	struct buf *out = arg;

	buf_addf(out, "%s %.*s", fates[e->fate], STR_ARG(e->channel));
	if (e->fate == RESOLVE_SENT || e->fate == RESOLVE_ACCEPTED)
		CHECK_INT("trace: the question", e->name && e->name->len > 1 && e->type != 0, 1);
	if (e->why.n > 0)
		buf_addf(out, " (%.*s)", STR_ARG(e->why));
	buf_addc(out, '\n');
}

static inline void bed_trace(struct bed *b, struct buf *told)
{
	b->conf.trace = bed_tell;
	b->conf.trace_arg = told;
}

static inline void bed_start(struct bed *b)
{
	b->r = resolve_new(&b->reactor, &b->conf);
	if (!b->r)
		abort();
}

static inline void bed_open(struct bed *b, unsigned n, bed_answer *answer, void *arg)
{
	bed_servers(b, n, answer, arg);
	bed_start(b);
}

/* For a server that will say nothing. */
static inline void bed_hasten(struct bed *b)
{
	for (unsigned i = 0; i < b->n; i++)
		b->conf.servers[i].timeout_ms = BED_SILENCE_MS;
}

static inline void bed_close(struct bed *b)
{
	resolve_free(&b->r);
	for (unsigned i = 0; i < b->n; i++)
		fake_stop(&b->fake[i]);
}

static inline void bed_send(struct bed *b, const char *name, uint16_t type, unsigned flags,
			    struct bed_got *got)
{
	struct resolve_question q = {
		.name = craft_name_of(name),
		.type = type,
		.flags = flags,
	};
	struct dns_answer *old = got->answer;

	dns_answer_free(&old);
	*got = (struct bed_got){ 0 };
	if (resolve_ask(b->r, &q, bed_done, got) == 0)
		abort();
	CHECK_INT("no callback inside ask", got->done, 0);
}

/* Ask and wait.  The result lives until the next call. */
static inline struct bed_got *bed_ask(struct bed *b, const char *name, uint16_t type,
				      unsigned flags)
{
	static struct bed_got got;

	bed_send(b, name, type, flags, &got);
	loop_until(&b->loop, &got.done, 10000);
	CHECK_INT(name, (long long)got.calls, 1);
	return &got;
}

/* The answer as text: "data secure udp 60s: a. 60 A 192.0.2.1". */
static inline void bed_check(const char *label, const struct bed_got *got, const char *want)
{
	static const char *outcomes[] = {
		[DNS_DATA] = "data",     [DNS_NODATA] = "nodata",       [DNS_NO_NAME] = "no name",
		[DNS_FAILED] = "failed", [DNS_NO_ANSWER] = "no answer", [DNS_LOOP] = "loop",
	};
	const struct dns_answer *a = got->answer;
	struct buf out = BUF_MAX(65536);

	if (!a) {
		CHECK_INT(label, got->done, 1);
		return;
	}
	buf_addf(&out, "%s %.*s", outcomes[a->outcome], STR_ARG(dns_status_text(a->status)));
	if (a->source.channel.n > 0)
		buf_addf(&out, " %.*s", STR_ARG(a->source.channel));
	if (a->cached)
		buf_add(&out, STR(" cached"));
	for (size_t i = 0; i < a->n_rr; i++) {
		buf_add(&out, i ? STR("; ") : STR(": "));
		dns_text_rr(&out, &a->rr[i]);
	}
	for (size_t i = 0; i < a->n_ede; i++)
		buf_addf(&out, " ede %u", a->ede[i]);
	CHECK_STR(label, buf_str(&out), str_of(want));
	buf_free(&out);
}

#endif
