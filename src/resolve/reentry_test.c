/*
 * T12: what a callback may do to the resolver that calls it, for each way in
 * which a question ends.
 */
#include "resolve/bed_priv.h"

enum { A = DNS_TYPE_A, AD = RESOLVE_AD };

enum ending { SUCCESS, SILENCE, CLOSE };
enum deed { CANCEL_SELF, CANCEL_ALL, ASK_ANEW, FREE };

/* The questions: the second is joined to the first. */
static const char *const names[] = { "a.example.", "a.example.", "b.example.", "c.example." };

struct play {
	struct bed *b;
	enum ending ending;
	enum deed deed;
	uint64_t id[COUNT_OF(names)];
	unsigned calls, wrong;
};

static void answer(const struct fake_query *q, void *arg)
{
	const struct play *p = arg;
	static struct craft c;

	switch (p->ending) {
	case SUCCESS:
		fake_begin(&c, q, 0x20);
		craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.1"));
		fake_send(q, craft_str(&c));
		break;
	case SILENCE:
		break;
	case CLOSE:
		fake_hang_up(&q->fake->clients[q->client]);
		break;
	}
}

static void done(void *arg, uint64_t id, const struct dns_answer *a)
{
	struct play *p = arg;
	struct resolve_question q = { .name = *a->name, .type = A, .flags = AD };
	enum dns_outcome want = p->ending == SUCCESS ? DNS_DATA : DNS_NO_ANSWER;

	p->wrong += a->outcome != want;
	if (p->calls++ > 0)
		return;
	switch (p->deed) {
	case CANCEL_SELF:
		resolve_cancel(p->b->r, id);
		break;
	case CANCEL_ALL:
		for (size_t i = 0; i < COUNT_OF(names); i++)
			resolve_cancel(p->b->r, p->id[i]);
		break;
	case ASK_ANEW:
		p->wrong += resolve_ask(p->b->r, &q, done, p) == 0;
		break;
	case FREE:
		resolve_free(&p->b->r);
		break;
	}
	/* The answer is still whole, and its name as asked. */
	p->wrong += !dns_name_eq(a->name, &q.name);
	p->wrong += want == DNS_DATA && (a->n_rr != 1 || a->rr[0].rdata.n != 4);
	p->wrong += want == DNS_NO_ANSWER && a->why.n == 0;
}

static void play(const char *label, enum ending ending, enum deed deed, unsigned calls)
{
	struct bed b;
	struct play p = { .b = &b, .ending = ending, .deed = deed };
	int never = 0;

	bed_servers(&b, 1, answer, &p);
	if (ending == SILENCE)
		bed_hasten(&b);
	if (ending == CLOSE)
		b.conf.servers[0].channel = DNS_CHANNEL_TCP;
	bed_start(&b);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct resolve_question q = { .name = craft_name_of(names[i]),
					      .type = A,
					      .flags = AD };
		p.id[i] = resolve_ask(b.r, &q, done, &p);
		CHECK_INT(label, p.id[i] != 0, 1);
	}
	CHECK_INT("not inside", p.calls, 0);
	for (int i = 0; p.calls < calls && i < 1000; i++)
		loop_until(&b.loop, &never, 10);
	/* And nothing after the last. */
	loop_until(&b.loop, &never, 20);
	CHECK_INT(label, p.calls, calls);
	CHECK_INT(label, p.wrong, 0);
	if (b.r)
		CHECK_INT(label, (long long)resolve_counters(b.r).in_flight, 0);
	bed_close(&b);
}

int main(void)
{
	static const struct {
		const char *label;
		enum ending ending;
		enum deed deed;
		unsigned calls;
	} plays[] = {
		{ "T12: cancel itself on success", SUCCESS, CANCEL_SELF, 4 },
		{ "T12: cancel all on success", SUCCESS, CANCEL_ALL, 1 },
		{ "T12: ask anew on success", SUCCESS, ASK_ANEW, 5 },
		{ "T12: free on success", SUCCESS, FREE, 1 },
		{ "T12: cancel itself on a timeout", SILENCE, CANCEL_SELF, 4 },
		{ "T12: cancel all on a timeout", SILENCE, CANCEL_ALL, 1 },
		{ "T12: ask anew on a timeout", SILENCE, ASK_ANEW, 5 },
		{ "T12: free on a timeout", SILENCE, FREE, 1 },
		{ "T12: cancel itself on a close", CLOSE, CANCEL_SELF, 4 },
		{ "T12: cancel all on a close", CLOSE, CANCEL_ALL, 1 },
		{ "T12: ask anew on a close", CLOSE, ASK_ANEW, 5 },
		{ "T12: free on a close", CLOSE, FREE, 1 },
	};

	for (size_t i = 0; i < COUNT_OF(plays); i++)
		play(plays[i].label, plays[i].ending, plays[i].deed, plays[i].calls);
	return TEST_EXIT();
}
