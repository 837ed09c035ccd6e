/*
 * What is true: while it is away, the thread that has it alone touches what is behind .away; the
 * message itself is not touched, as whoever had it may be gone.
 */
#include "relay/conversion.h"

#include "message/head.h"
#include "relay/chore.h"
#include "relay/convert.h"
#include "smtp/text.h"

#include <stdlib.h>
#include <string.h>

#define STRETCH 16              /* blocks that a chore reads before others have their turn */
#define SLICE 4096              /* octets that are converted at once */
#define ROOM ((size_t)64 << 10) /* for what comes of them, beside a head */

struct relay_conversion {
	struct relay_chore chore;
	struct relay_worker *worker;
	void (*done)(void *arg);
	void *arg;
	bool dropped; /* nobody wants it any more */
	struct schedule_charge charge;

	bool away;
	bool over;
	bool writes; /* all was looked at, and is read for the second time */
	enum err err;
	struct queue_spooled *sums; /* of the message */
	struct queue_spool_reader *in;
	uint64_t octets, at;
	struct message_sevenbit_work *work;
	enum message_sevenbit result;
	struct queue_spool_file *file;
	struct buf some; /* that is to be written */
	struct smtp_text text;
	bool in_body;               /* what is to be written is behind the head */
	struct queue_spooled *made; /* where all of it was written */
	uint64_t made_octets;
};

/* What was converted goes to its file. */
static void spool(struct relay_conversion *c)
{
	struct str some = buf_str(&c->some);
	size_t head = c->in_body ? 0 : message_head_size(some);

	if (c->err == ERR_OK)
		c->err = buf_err(&c->some);
	smtp_text_add(&c->text, str_head(some, head), SMTP_TEXT_HEAD);
	smtp_text_add(&c->text, str_skip(some, head), SMTP_TEXT_BODY);
	c->in_body = c->in_body || some.n > 0; /* a head is written at once */
	while (some.n > 0 && c->err == ERR_OK) {
		some = str_skip(some, queue_spool_file_add(c->file, some));
		if (queue_spool_file_full(c->file))
			c->err = queue_spool_file_write(c->file);
	}
	buf_drop(&c->some, c->some.n);
}

static void convert(struct relay_conversion *c, struct str piece)
{
	if (!c->writes) {
		message_sevenbit_look(c->work, piece);
		return;
	}
	for (; piece.n > 0 && c->err == ERR_OK; piece = str_skip(piece, SLICE)) {
		message_sevenbit_add(c->work, &c->some, str_head(piece, SLICE));
		spool(c);
	}
}

/* All of it was read: for the first time, or the second. */
static void end_reading(struct relay_conversion *c)
{
	if (!c->writes) {
		c->err = message_sevenbit_judge(c->work, &c->result);
		c->over = c->result != MESSAGE_SEVENBIT_DONE;
		c->writes = true;
		c->at = 0;
		return;
	}
	message_sevenbit_end(c->work, &c->some);
	spool(c);
	c->made_octets = queue_spool_file_size(c->file);
	if (c->err == ERR_OK)
		c->err = queue_spool_file_end(c->file, &c->made);
	c->over = true;
}

/* The message is at its end, or all of it that matters is read. */
static bool is_read(const struct relay_conversion *c)
{
	return c->at >= c->octets || (!c->writes && message_sevenbit_decided(c->work));
}

static void work(struct relay_chore *chore)
{
	struct relay_conversion *c = CONTAINER_OF(chore, struct relay_conversion, chore);
	struct str piece;

	for (size_t n = 0; n < STRETCH && !c->over; n++) {
		if (is_read(c)) {
			end_reading(c);
		} else {
			c->err = queue_spool_reader_read(c->in, c->at, &piece);
			if (c->err == ERR_OK) {
				c->at += piece.n;
				convert(c, piece);
			}
		}
		c->over |= c->err != ERR_OK;
	}
}

/* What the thread had. */
static void unmake(struct relay_conversion *c)
{
	queue_spool_reader_free(&c->in);
	queue_spool_file_free(&c->file);
	queue_spooled_free(&c->made);
	queue_spooled_free(&c->sums);
	message_sevenbit_free(&c->work);
	buf_free(&c->some);
}

static void unmake_away(struct relay_chore *chore)
{
	unmake(CONTAINER_OF(chore, struct relay_conversion, chore));
}

static void forget(struct relay_conversion *c)
{
	struct relay_worker *w = c->worker;

	relay_memory_release(&w->shared->memory, &c->charge);
	free(c);
	relay_worker_ended(w);
}

static void unmade(void *owner, struct relay_chore *chore)
{
	struct relay_worker *w = owner;

	w->arriving--;
	forget(CONTAINER_OF(chore, struct relay_conversion, chore));
}

/* To a thread.  False: it cannot go. */
static bool send_away(struct relay_conversion *c)
{
	c->away = relay_chores_give(c->worker->shared->chores, &c->chore) == ERR_OK;
	c->worker->arriving += c->away;
	return c->away;
}

static void discard(struct relay_conversion *c)
{
	c->chore.work = unmake_away;
	c->chore.done = unmade;
	if (send_away(c))
		return;
	unmake(c);
	forget(c);
}

static void back(void *owner, struct relay_chore *chore)
{
	struct relay_conversion *c = CONTAINER_OF(chore, struct relay_conversion, chore);
	struct relay_worker *w = owner;

	w->arriving--;
	c->away = false;
	if (c->dropped) {
		discard(c);
		return;
	}
	if (!c->over && send_away(c))
		return;
	if (!c->over)
		c->err = ERR_NOMEM;
	c->done(c->arg);
}

/* What it needs in memory is there. */
static bool make(struct relay_conversion *c, const struct queue_message *m)
{
	struct queue *q = c->worker->shared->queue;
	size_t head_max = m->content.n + QUEUE_SPOOL_FROM;

	c->sums = queue_spooled_new(m->spool->id, m->spool->n);
	c->work = message_sevenbit_new(head_max);
	c->file = queue_spool_file_new(queue_spool(q), queue_next_id(q), QUEUE_SPOOL_LEAVES);
	if (!c->sums || !c->work || !c->file)
		return false;
	memcpy(c->sums->sum, m->spool->sum, m->spool->n * sizeof(m->spool->sum[0]));
	c->some = BUF_MAX(head_max + ROOM);
	c->octets = m->size;
	c->in = queue_spool_reader_new(queue_spool(q), c->sums, c->octets);
	return c->in != NULL;
}

enum err relay_conversion_new(struct relay_worker *w, const struct queue_message *m,
			      void (*done)(void *arg), void *arg, struct relay_conversion **out)
{
	struct relay_conversion *c = calloc(1, sizeof(*c));
	uint64_t held = 2 * QUEUE_SPOOL_HELD + 2 * m->content.n;

	if (!c)
		return ERR_NOMEM;
	c->worker = w;
	c->done = done;
	c->arg = arg;
	c->chore =
		(struct relay_chore){ .back = w->mailbox, .work = work, .done = back, .owner = w };
	enum err e = schedule_budget_grow(&w->shared->memory.budget, &c->charge,
					  schedule_budget_cost(held, 0))
			     ? ERR_OK
			     : ERR_LIMIT;
	if (e == ERR_OK && !(make(c, m) && send_away(c)))
		e = ERR_NOMEM;
	if (e != ERR_OK) {
		unmake(c);
		relay_memory_release(&w->shared->memory, &c->charge);
		free(c);
		return e;
	}
	*out = c;
	return ERR_OK;
}

void relay_conversion_free(struct relay_conversion **cp)
{
	struct relay_conversion *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	c->dropped = true;
	if (!c->away)
		discard(c);
}

struct relay_conversion_end relay_conversion_end(const struct relay_conversion *c)
{
	return (struct relay_conversion_end){
		.err = c->err,
		.body = relay_convert_body(c->result),
		.elsewhere = { c->made_octets, smtp_text_has(&c->text) },
		.spooled = c->made,
	};
}
