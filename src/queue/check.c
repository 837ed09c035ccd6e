#include "queue/check.h"

#include "queue/stores.h"

#include <string.h>

/* What is known of one message. */
struct seen {
	const struct queue_spool *spool;
	const struct queue_row *row;
	const struct queue_message *m;
	queue_id mark;
	unsigned waiting, failed, beyond; /* recipients: beyond all states that there are */
};

static bool reads_back(const struct seen *s)
{
	return s->m->n_rcpt > 0 && s->m->n_rcpt == s->row->n_rcpt;
}

static bool as_large(const struct seen *s)
{
	return s->m->n_rcpt == 0 || queue_store_whole(s->row, s->m);
}

static bool has_file(const struct seen *s)
{
	return !(s->row->flags & QUEUE_SPOOLED) ||
	       queue_spool_has(s->spool, s->row->id, s->row->size);
}

static bool states_exist(const struct seen *s)
{
	return s->beyond == 0;
}

/* Of an envelope that does not read back nothing more is said. */
static bool counts_right(const struct seen *s)
{
	return !reads_back(s) || (s->row->waiting == s->waiting && s->row->failed == s->failed &&
				  s->waiting + s->failed > 0);
}

static bool below_mark(const struct seen *s)
{
	return s->row->id > 0 && s->row->id < s->mark;
}

static bool flags_known(const struct seen *s)
{
	return (s->row->flags & ~(QUEUE_HELD | QUEUE_WARNED | QUEUE_REPORT | QUEUE_ENDING |
				  QUEUE_RESOLVER | QUEUE_OURS)) == 0;
}

static bool failed_alone(const struct seen *s)
{
	return !(s->row->flags & QUEUE_FAILED) ||
	       (s->row->waiting == 0 && s->row->failed > 0 && s->row->next_wall_ms != QUEUE_OUT &&
		!(s->row->flags & QUEUE_HELD) && s->row->lane == 0);
}

/* The invariants that can be seen of one message. */
static const struct {
	const char *says;
	bool (*holds)(const struct seen *s);
} invariants[] = {
	{ "2: the envelope reads back", reads_back },
	{ "2: size is the length of the content", as_large },
	{ "2: what is spooled has a file of its size", has_file },
	{ "3: the states of recipients exist", states_exist },
	{ "4: the counts are right, and not all nothing", counts_right },
	{ "5: IDs are below the mark", below_mark },
	{ "6: flags are known", flags_known },
	{ "7: what has failed does not wait", failed_alone },
};

#define INVARIANTS (sizeof(invariants) / sizeof(invariants[0]))

static void look(struct seen *s)
{
	for (size_t i = 0; i < s->m->n_rcpt; i++) {
		enum schedule_rcpt_state state = s->m->rcpt[i].state;
		s->waiting += state == SCHEDULE_WAITING;
		s->failed += state == SCHEDULE_FAILED;
		s->beyond += state > SCHEDULE_TOLD;
	}
}

static void violated(struct buf *why, const char *says, queue_id id)
{
	char text[QUEUE_ID_MAX];

	buf_add(why, str_of(says));
	buf_add(why, STR(": not "));
	buf_add(why, queue_id_text(id, text));
	buf_add(why, STR("\n"));
}

/* All messages, one by one; of each invariant the first that violates it. */
static void check_messages(struct queue_store *store, const struct queue_spool *spool,
			   struct queue_counts *counts, struct buf *why)
{
	queue_id mark = store->ops->number(store, QUEUE_MARK);
	bool told[INVARIANTS] = { false };
	struct queue_row row = { .id = 0 };

	while (store->ops->get(store, QUEUE_FIND_AFTER, row.id, &row)) {
		struct queue_message *m = store->ops->load(store, &row, QUEUE_CONTENT_TOO);
		if (!m)
			return;
		struct seen s = { .spool = spool, .row = &row, .m = m, .mark = mark };
		look(&s);
		for (size_t i = 0; i < INVARIANTS; i++) {
			if (told[i] || invariants[i].holds(&s))
				continue;
			violated(why, invariants[i].says, row.id);
			told[i] = true;
		}
		queue_store_count(counts, &row, 1);
		queue_message_free(&m);
	}
}

/* Within a snapshot. */
static void check_all(struct queue_store *store, const struct queue_spool *spool,
		      struct queue_counts *counts, struct buf *why)
{
	struct queue_counts told;

	check_messages(store, spool, counts, why);
	store->ops->counts(store, &told);
	if (!queue_counts_eq(counts, &told))
		buf_add(why, STR("9: the counts are those of the messages: not so\n"));
}

enum err queue_check(const char *name, struct queue_counts *out, struct buf *why)
{
	struct queue_counts counts = { 0 };
	struct queue_store *store = NULL;
	size_t before = why->n;
	CLEANUP(queue_spool_close) struct queue_spool *spool = NULL;
	enum err e = queue_stores_spool(name, 0, QUEUE_SPOOL_READ, &spool, why);

	if (e == ERR_OK)
		e = queue_stores_open(name, 0, QUEUE_READ, &store, why);
	if (e != ERR_OK)
		return e;
	store->ops->begin(store, QUEUE_READ);
	e = store->ops->check(store, why);
	if (e == ERR_OK)
		check_all(store, spool, &counts, why);
	enum err end = store->ops->commit(store);
	store->ops->close(&store);
	if (e != ERR_OK || (end != ERR_OK && why->n == before))
		return end == ERR_NOMEM ? ERR_NOMEM : ERR_IO;
	if (out)
		*out = counts;
	return why->n == before ? ERR_OK : ERR_SYNTAX;
}
