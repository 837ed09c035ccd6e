/*
 * What was counted must be known, so that each message is counted once in each row.  Most messages
 * have one criterion and one domain: a table says in which rows a message was counted first, and
 * only those that come up in another are in a set.  A recipient is delivered or bounced once, so
 * only those that are put off need be remembered.
 *
 * A message is known by 64 bits of a hash: that two of a million share them has a chance of one in
 * thirty million.
 */
#include "review/tally.h"

#include <stdlib.h>
#include <string.h>

enum { SET_FIRST = 1 << 10, MESSAGES_FIRST = 1 << 16, ROWS_FIRST = 64 };

static const uint64_t seed[2] = { 0x5349474e504f5354, 0x7265766965770001 };

static enum err set_init(struct review_set *s)
{
	s->slot = calloc(SET_FIRST, sizeof(uint64_t));
	s->mask = SET_FIRST - 1;
	return s->slot ? ERR_OK : ERR_NOMEM;
}

enum err review_tally_init(struct review_tally *t)
{
	*t = (struct review_tally){ .mask = MESSAGES_FIRST - 1 };
	t->message = calloc(MESSAGES_FIRST, sizeof(*t->message));
	enum err e = t->message ? ERR_OK : ERR_NOMEM;
	for (size_t by = 0; e == ERR_OK && by < REVIEW_BYS; by++)
		e = hash_init(&t->rows[by].words);
	if (e == ERR_OK)
		e = set_init(&t->elsewhere);
	return e == ERR_OK ? set_init(&t->put_off) : e;
}

void review_tally_clear(struct review_tally *t)
{
	for (size_t by = 0; by < REVIEW_BYS; by++) {
		for (size_t i = 0; i < t->rows[by].n; i++)
			free(t->rows[by].row[i]);
		free(t->rows[by].row);
		hash_clear(&t->rows[by].words);
	}
	free(t->message);
	free(t->elsewhere.slot);
	free(t->put_off.slot);
	*t = (struct review_tally){ 0 };
}

/* A number is spread over the whole word (the finalizer of splitmix64); never 0. */
static uint64_t mixed(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9;
	x ^= x >> 27;
	x *= 0x94d049bb133111eb;
	x ^= x >> 31;
	return x ? x : 1;
}

/* What stands for a thing in a row. */
static uint64_t in_row(uint64_t id, const struct review_row *row, enum review_by by)
{
	return mixed(id ^ mixed((uint64_t)row->index << 1 | by));
}

static size_t place(const struct review_set *s, uint64_t x)
{
	size_t at = x & s->mask;

	while (s->slot[at] && s->slot[at] != x)
		at = (at + 1) & s->mask;
	return at;
}

static enum err set_grow(struct review_set *s)
{
	struct review_set more = { calloc(2 * (s->mask + 1), sizeof(uint64_t)), 2 * s->mask + 1,
				   s->n };

	if (!more.slot)
		return ERR_NOMEM;
	for (size_t i = 0; i <= s->mask; i++)
		if (s->slot[i])
			more.slot[place(&more, s->slot[i])] = s->slot[i];
	free(s->slot);
	*s = more;
	return ERR_OK;
}

/* Put x into the set; count it up in *count where it is new. */
static enum err set_add(struct review_set *s, uint64_t x, uint64_t *count)
{
	size_t at = place(s, x);

	if (s->slot[at])
		return ERR_OK;
	s->slot[at] = x;
	++*count;
	return ++s->n > s->mask / 2 ? set_grow(s) : ERR_OK;
}

static struct review_message *message_place(const struct review_tally *t, uint64_t id)
{
	size_t at = id & t->mask;

	while (t->message[at].id && t->message[at].id != id)
		at = (at + 1) & t->mask;
	return &t->message[at];
}

static enum err messages_grow(struct review_tally *t)
{
	struct review_tally more = { .mask = 2 * t->mask + 1 };

	more.message = calloc(more.mask + 1, sizeof(*more.message));
	if (!more.message)
		return ERR_NOMEM;
	for (size_t i = 0; i <= t->mask; i++)
		if (t->message[i].id)
			*message_place(&more, t->message[i].id) = t->message[i];
	free(t->message);
	t->message = more.message;
	t->mask = more.mask;
	return ERR_OK;
}

static enum err count_message(struct review_tally *t, uint64_t id, struct review_row *const *row)
{
	struct review_message *m = message_place(t, id);
	bool new = m->id == 0;
	enum err e = ERR_OK;

	m->id = id;
	for (enum review_by by = 0; e == ERR_OK && by < REVIEW_BYS; by++) {
		if (!row[by])
			continue;
		if (new) {
			m->index[by] = row[by]->index;
			row[by]->messages++;
		} else if (m->index[by] != row[by]->index) {
			e = set_add(&t->elsewhere, in_row(id, row[by], by), &row[by]->messages);
		}
	}
	if (e == ERR_OK && new && ++t->n_message > t->mask / 2)
		e = messages_grow(t);
	return e;
}

enum err review_tally_settle(struct review_tally *t)
{
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < t->n_late; i++)
		e = count_message(t, t->late[i].id, t->late[i].row);
	t->n_late = 0;
	return e;
}

static enum err more_rows(struct review_rows *rows)
{
	size_t room = rows->room ? 2 * rows->room : ROWS_FIRST;

	if (rows->n < rows->room)
		return ERR_OK;
	struct review_row **row = reallocarray(rows->row, room, sizeof(*row));
	if (!row)
		return ERR_NOMEM;
	rows->room = room;
	rows->row = row;
	return ERR_OK;
}

struct review_row *review_tally_row(struct review_tally *t, enum review_by by, struct str word)
{
	struct review_rows *rows = &t->rows[by];
	uint64_t h = hash_octets(seed, word);

	for (struct hash_node *n = hash_first(&rows->words, h); n; n = hash_next(n)) {
		struct review_row *row = CONTAINER_OF(n, struct review_row, node);
		if (str_eq(row->word, word))
			return row;
	}
	struct review_row *row = more_rows(rows) == ERR_OK ? malloc(sizeof(*row) + word.n) : NULL;
	if (!row)
		return NULL;
	*row = (struct review_row){ .word = { (char *)(row + 1), word.n },
				    .index = (uint32_t)rows->n };
	if (word.n)
		memcpy(row + 1, word.p, word.n);
	hash_add(&rows->words, &row->node, h);
	rows->row[rows->n++] = row;
	return row;
}

/* A recipient once: when it is put off first, or at its end. */
static enum err count_fate(struct review_tally *t, uint64_t id, uint64_t *count, bool ends)
{
	if (!ends)
		return set_add(&t->put_off, id, count);
	*count += t->put_off.slot[place(&t->put_off, id)] == 0;
	return ERR_OK;
}

static enum err count_row(struct review_tally *t, struct review_row *row, enum review_by by,
			  const struct journal_record *r, enum review_fate fate)
{
	bool deferred = str_eq(r->outcome, STR("deferred"));
	uint64_t *count = fate == REVIEW_BOUNCES ? &row->would_bounce : &row->not_known;

	row->deferred += deferred;
	row->delivered += str_eq(r->outcome, STR("delivered"));
	row->bounced += str_eq(r->outcome, STR("bounced"));
	if (fate == REVIEW_GOES)
		return ERR_OK;
	uint64_t id = hash_octets(seed, r->message) + 3 * hash_octets(seed, r->to) + fate;
	return count_fate(t, in_row(id, row, by), count, !deferred);
}

/* Count a record in a row, and have its message counted there, too. */
static enum err add_to_row(struct review_tally *t, enum review_by by, struct str word,
			   const struct journal_record *r, enum review_fate fate)
{
	struct review_row *row = review_tally_row(t, by, word);

	t->late[t->n_late].row[by] = row;
	return row ? count_row(t, row, by, r, fate) : ERR_NOMEM;
}

static void begin_late(struct review_tally *t, const struct journal_record *r)
{
	uint64_t id = mixed(hash_octets(seed, r->message));

	__builtin_prefetch(&t->message[id & t->mask], 1);
	t->late[t->n_late].id = id;
	for (size_t by = 0; by < REVIEW_BYS; by++)
		t->late[t->n_late].row[by] = NULL;
}

static enum err end_late(struct review_tally *t)
{
	return ++t->n_late == REVIEW_LATE ? review_tally_settle(t) : ERR_OK;
}

enum err review_tally_add(struct review_tally *t, struct str criterion,
			  const struct journal_record *r, enum review_fate fate)
{
	begin_late(t, r);
	enum err e = add_to_row(t, REVIEW_BY_CRITERION, criterion, r, fate);
	if (e == ERR_OK)
		e = add_to_row(t, REVIEW_BY_DOMAIN, r->domain, r, fate);
	return e == ERR_OK ? end_late(t) : e;
}

/* Its message is known by now, or will be when this is settled: they are counted in their order. */
enum err review_tally_also(struct review_tally *t, struct str criterion,
			   const struct journal_record *r, enum review_fate fate)
{
	begin_late(t, r);
	enum err e = add_to_row(t, REVIEW_BY_CRITERION, criterion, r, fate);
	return e == ERR_OK ? end_late(t) : e;
}

static int by_messages(const void *a, const void *b)
{
	const struct review_row *x = *(struct review_row *const *)a;
	const struct review_row *y = *(struct review_row *const *)b;

	if (x->messages != y->messages)
		return x->messages < y->messages ? 1 : -1;
	return str_cmp(x->word, y->word);
}

void review_tally_sort(struct review_tally *t)
{
	const struct review_rows *rows = &t->rows[REVIEW_BY_DOMAIN];

	if (rows->n)
		qsort(rows->row, rows->n, sizeof(struct review_row *), by_messages);
}
