#include "relay/cargo.h"

#include "log/log.h"
#include "relay/report.h"

#include <stdlib.h>

void relay_cargo_init(struct relay_cargo *c, struct relay_worker *w, const struct queue_message *m)
{
	*c = (struct relay_cargo){ .worker = w, .message = m };
	relay_convert_init(&c->convert, &w->shared->memory);
}

void relay_cargo_clear(struct relay_cargo *c)
{
	relay_convert_clear(&c->convert);
	buf_free(&c->shorter);
	queue_spool_reader_free(&c->reader);
}

bool relay_cargo_shorten(struct relay_cargo *c, const struct smtp_result *r)
{
	return c->shorter.n == 0 && relay_report_shorten(c->message, r, &c->shorter);
}

static void held(void *owner, struct relay_job *job)
{
	struct relay_worker *w = owner;

	free(job);
	w->arriving--;
	relay_worker_ended(w);
}

/* What is damaged is not tried again and again: somebody has to look at it. */
static void hold(struct relay_cargo *c)
{
	struct relay_worker *w = c->worker;
	struct relay_job *job = calloc(1, sizeof(*job));
	char text[QUEUE_ID_MAX];

	log_event(LOG_ERR, "store-failed", "message=%.*s is damaged, and is held",
		  STR_ARG(queue_id_text(c->message->id, text)));
	if (!job)
		return; /* the next attempt finds it so, too */
	job->back = w->mailbox;
	job->done = held;
	job->owner = w;
	job->job.kind = QUEUE_HOLD;
	job->job.id = c->message->id;
	w->arriving++;
	relay_post_job(w->shared, job);
}

enum err relay_cargo_piece(struct relay_cargo *c, uint64_t at, struct str *out)
{
	const struct queue_message *m = c->message;

	if (!c->reader)
		c->reader = queue_spool_reader_new(queue_spool(c->worker->shared->queue), m->spool,
						   m->size);
	enum err e = c->reader ? queue_spool_reader_read(c->reader, at, out) : ERR_NOMEM;
	if (e == ERR_SYNTAX)
		hold(c);
	return e;
}

static enum err read_whole(struct relay_cargo *c, struct buf *out)
{
	enum err e = ERR_OK;
	struct str piece;

	*out = BUF_MAX(c->message->size);
	while (e == ERR_OK && out->n < c->message->size) {
		e = relay_cargo_piece(c, out->n, &piece);
		if (e == ERR_OK)
			buf_add(out, piece);
		if (e == ERR_OK)
			e = buf_err(out);
	}
	return e;
}

/* The whole of what is spooled is in memory for as long as it is converted, once. */
static enum err convert_whole(struct relay_cargo *c, const struct smtp_offer *offer,
			      struct smtp_transaction tx)
{
	struct relay_memory *memory = &c->worker->shared->memory;
	struct schedule_charge charge = { .kib = 0 };
	CLEANUP(buf_free) struct buf text = BUF_MAX(0);

	if (!schedule_budget_grow(&memory->budget, &charge,
				  schedule_budget_cost(c->message->size, 0)))
		return ERR_LIMIT;
	enum err e = read_whole(c, &text);
	tx.elsewhere = (struct smtp_elsewhere){ 0 };
	tx.message = buf_str(&text);
	if (e == ERR_OK)
		e = relay_convert(&c->convert, offer, &tx);
	relay_memory_release(memory, &charge);
	return e;
}

static enum err convert_spooled(struct relay_cargo *c, const struct smtp_offer *offer,
				struct smtp_transaction *tx)
{
	enum err e = ERR_OK;

	if (c->convert.body == SMTP_BODY_AS_IT_CAME)
		e = convert_whole(c, offer, *tx);
	if (e != ERR_OK)
		return e;
	tx->body = c->convert.body;
	if (tx->body == SMTP_BODY_CONVERTED) {
		tx->elsewhere = (struct smtp_elsewhere){ 0 };
		tx->message = buf_str(&c->convert.text);
	}
	return ERR_OK;
}

struct str relay_cargo_words(enum err e)
{
	return e == ERR_NOMEM || e == ERR_LIMIT ? STR("no memory to convert the message in")
						: STR("the message cannot be read");
}

enum err relay_cargo_load(struct relay_cargo *c, const struct smtp_offer *offer,
			  struct smtp_transaction *tx)
{
	const struct queue_message *m = c->message;

	if (!m->spool || c->shorter.n > 0) {
		tx->message = buf_str(c->shorter.n > 0 ? &c->shorter : &m->content);
		return relay_convert(&c->convert, offer, tx);
	}
	tx->elsewhere = (struct smtp_elsewhere){ m->size, m->spool->has };
	return smtp_fit_converts(tx, offer) ? convert_spooled(c, offer, tx) : ERR_OK;
}
