/* Questions: from a name in text to a callback. */
#include "library/answer_priv.h"
#include "library/context_priv.h"
#include "library/name_priv.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	unsigned ours, flag;
} flags[] = {
	{ SIGNPOST_DNS_NO_CHASE, RESOLVE_NO_CHASE },
	{ SIGNPOST_DNS_NO_CACHE, RESOLVE_NO_CACHE },
	{ SIGNPOST_DNS_DO, RESOLVE_DO },
	{ SIGNPOST_DNS_PROBED, RESOLVE_PROBED },
};

/* False where a flag is not known. */
static bool take_flags(unsigned from, unsigned *to)
{
	*to = from & SIGNPOST_DNS_NO_AD ? 0 : RESOLVE_AD;
	from &= ~SIGNPOST_DNS_NO_AD;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (from & flags[i].ours)
			*to |= flags[i].flag;
		from &= ~flags[i].ours;
	}
	return from == 0;
}

/* The ask is gone before its callback runs: that may free everything. */
static void on_done(void *arg, uint64_t id, const struct dns_answer *answer)
{
	struct library_ask *ask = arg;
	struct signpost_dns *d = ask->d;
	signpost_dns_done *done = ask->done;
	void *done_arg = ask->arg;
	struct library_answer_texts texts;
	struct signpost_dns_answer view = { .a = answer, .texts = &texts };

	texts.written = false;
	hash_drop(&d->asks, &ask->node);
	free(ask);
	library_context_enter(d);
	d->calling++;
	done(done_arg, id, &view);
	d->calling--;
	(void)library_context_leave(d);
}

static enum signpost_dns_error take_question(struct signpost_dns *d,
					     const struct signpost_dns_question *from,
					     struct resolve_question *to)
{
	struct signpost_dns_question q;
	enum err e = library_door_take(&q, sizeof(q), from);

	if (e != ERR_OK)
		return library_context_fail(
			d, e == ERR_SYNTAX ? SIGNPOST_DNS_ERR_SYNTAX : SIGNPOST_DNS_ERR_UNSUPPORTED,
			"the question's size is not that of its struct");
	if (!q.name && !q.name_at)
		return library_context_fail(d, SIGNPOST_DNS_ERR_SYNTAX, "no name to ask for");
	to->type = q.type;
	to->deadline_ms = q.deadline_ms ? q.deadline_ms : d->deadline_ms;
	if (!take_flags(q.flags, &to->flags))
		return library_context_fail(d, SIGNPOST_DNS_ERR_UNSUPPORTED,
					    "flags %#x: not all are known", q.flags);
	e = q.name ? library_name_read(q.name, &to->name) : library_name_take(q.name_at, &to->name);
	return e == ERR_OK
		       ? SIGNPOST_DNS_OK
		       : library_context_fail(d, library_door_error(e), "%.300s: %s",
					      q.name ? q.name : "the name", library_name_reason(e));
}

enum signpost_dns_error signpost_dns_ask(struct signpost_dns *d,
					 const struct signpost_dns_question *question,
					 signpost_dns_done *done, void *arg, uint64_t *id)
{
	KEEP_ERRNO;
	struct resolve_question q;
	struct library_ask *ask;
	uint64_t got = 0;

	enum signpost_dns_error e = take_question(d, question, &q);
	if (e == SIGNPOST_DNS_OK)
		e = signpost_dns_start(d);
	if (e != SIGNPOST_DNS_OK)
		return e;
	ask = calloc(1, sizeof(*ask));
	if (ask) {
		*ask = (struct library_ask){ .d = d, .done = done, .arg = arg };
		got = resolve_ask(d->resolve, &q, on_done, ask);
	}
	if (got == 0) {
		free(ask);
		return library_context_fail(d, SIGNPOST_DNS_ERR_MEMORY, "out of memory");
	}
	hash_add(&d->asks, &ask->node, got);
	if (id)
		*id = got;
	return SIGNPOST_DNS_OK;
}

void signpost_dns_cancel(struct signpost_dns *d, uint64_t id)
{
	KEEP_ERRNO;
	struct hash_node *node = hash_first(&d->asks, id);

	if (!node)
		return;
	hash_drop(&d->asks, node);
	free(CONTAINER_OF(node, struct library_ask, node));
	resolve_cancel(d->resolve, id);
}

size_t signpost_dns_open_questions(const struct signpost_dns *d)
{
	return d->asks.n;
}

struct got {
	bool done;
	struct signpost_dns_answer *answer; /* NULL: out of memory */
};

static void on_lookup(void *arg, uint64_t id, const struct signpost_dns_answer *answer)
{
	struct got *got = arg;

	(void)id;
	got->done = true;
	got->answer = signpost_dns_answer_copy(answer);
}

enum signpost_dns_error signpost_dns_lookup(struct signpost_dns *d, const char *name, uint16_t type,
					    unsigned flag_bits, struct signpost_dns_answer **answer)
{
	KEEP_ERRNO;
	struct got got = { false, NULL };
	struct signpost_dns_question q = { .size = sizeof(q) };

	if (!d->own || d->calling > 0)
		return library_context_fail(d, SIGNPOST_DNS_ERR_MISUSE, "%s",
					    d->own ? "a lookup inside a callback"
						   : "a lookup on a context with a loop of the "
						     "caller's");
	q.name = name;
	q.type = type;
	q.flags = flag_bits;
	enum signpost_dns_error e = signpost_dns_ask(d, &q, on_lookup, &got, NULL);
	if (e != SIGNPOST_DNS_OK)
		return e;
	library_context_enter(d);
	while (!got.done && !d->dead)
		library_poll_turn(d->own, -1);
	if (!library_context_leave(d)) {
		signpost_dns_answer_free(&got.answer);
		return SIGNPOST_DNS_ERR_MISUSE;
	}
	if (!got.answer)
		return library_context_fail(d, SIGNPOST_DNS_ERR_MEMORY, "out of memory");
	*answer = got.answer;
	return SIGNPOST_DNS_OK;
}
