#include "relay/cargo.h"

#include "log/log.h"
#include "message/sevenbit.h"
#include "relay/report.h"
#include "smtp/text.h"

#include <stdlib.h>

#define GLOBAL_MORE 256 /* octets that a report has more in its global form, at most: its fields */

void relay_cargo_init(struct relay_cargo *c, struct relay_worker *w, const struct queue_message *m,
		      void (*converted)(void *arg), void *arg)
{
	*c = (struct relay_cargo){ .worker = w, .message = m, .converted = converted, .arg = arg };
	relay_convert_init(&c->convert, &w->shared->memory);
}

void relay_cargo_clear(struct relay_cargo *c)
{
	relay_convert_clear(&c->convert);
	buf_free(&c->shorter);
	buf_free(&c->global);
	queue_spool_reader_free(&c->reader);
	queue_spool_reader_free(&c->seven);
	relay_conversion_free(&c->conversion);
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

static struct queue_spool *spool_of(const struct relay_cargo *c)
{
	return queue_spool(c->worker->shared->queue);
}

/* Of what was converted, which is ours: where that is damaged, the message is not. */
static enum err piece_of_seven(struct relay_cargo *c, uint64_t at, struct str *out)
{
	const struct relay_conversion_end end = relay_conversion_end(c->conversion);

	if (!c->seven)
		c->seven = queue_spool_reader_new(spool_of(c), end.spooled, end.elsewhere.octets);
	return c->seven ? queue_spool_reader_read(c->seven, at, out) : ERR_NOMEM;
}

enum err relay_cargo_piece(struct relay_cargo *c, uint64_t at, struct str *out)
{
	const struct queue_message *m = c->message;

	if (c->sends_seven)
		return piece_of_seven(c, at, out);
	if (!c->reader)
		c->reader = queue_spool_reader_new(spool_of(c), m->spool, m->size);
	enum err e = c->reader ? queue_spool_reader_read(c->reader, at, out) : ERR_NOMEM;
	if (e == ERR_SYNTAX)
		hold(c);
	return e;
}

struct str relay_cargo_words(enum err e)
{
	return e == ERR_NOMEM || e == ERR_LIMIT
		       ? STR("no room, in memory or on the disk, to convert the message in")
		       : STR("the message cannot be read");
}

static bool is_spooled(const struct relay_cargo *c)
{
	return c->message->spool && c->shorter.n == 0;
}

static void conversion_done(void *arg)
{
	struct relay_cargo *c = arg;

	c->failed = relay_conversion_end(c->conversion).err;
	if (c->failed == ERR_SYNTAX)
		hold(c);
	c->converted(c->arg);
}

static bool is_report(const struct relay_cargo *c)
{
	return c->message->flags & QUEUE_REPORT;
}

/* A report is made to fit what any host takes, but for its form that is for those with SMTPUTF8. */
static struct smtp_offer needed_of(const struct relay_cargo *c, const struct smtp_offer *offer)
{
	struct smtp_offer o = *offer;

	if (is_report(c) && c->global.n == 0)
		o.has &= ~(1u << SMTP_EXT_8BITMIME);
	return o;
}

bool relay_cargo_converts(struct relay_cargo *c, const struct smtp_offer *offer,
			  struct smtp_transaction tx)
{
	const struct queue_message *m = c->message;
	const struct smtp_offer needed = needed_of(c, offer);

	if (!is_spooled(c) || c->conversion)
		return false;
	tx.elsewhere = (struct smtp_elsewhere){ m->size, m->spool->has };
	if (!smtp_fit_converts(&tx, &needed))
		return false;
	c->failed = relay_conversion_new(c->worker, m, conversion_done, c, &c->conversion);
	return c->failed == ERR_OK;
}

static enum err load_spooled(struct relay_cargo *c, const struct smtp_offer *offer,
			     struct smtp_transaction *tx)
{
	const struct queue_message *m = c->message;

	tx->elsewhere = (struct smtp_elsewhere){ m->size, m->spool->has };
	c->sends_seven = false;
	if (!smtp_fit_converts(tx, offer))
		return ERR_OK;
	if (c->failed != ERR_OK)
		return c->failed;
	const struct relay_conversion_end end = relay_conversion_end(c->conversion);
	tx->body = end.body;
	c->sends_seven = end.body == SMTP_BODY_CONVERTED;
	if (c->sends_seven)
		tx->elsewhere = end.elsewhere;
	return ERR_OK;
}

static enum err load(struct relay_cargo *c, const struct smtp_offer *offer,
		     struct smtp_transaction *tx)
{
	struct smtp_offer needed = needed_of(c, offer);

	if (is_spooled(c))
		return load_spooled(c, &needed, tx);
	tx->message = buf_str(c->shorter.n > 0 ? &c->shorter : &c->message->content);
	buf_free(&c->global);
	c->global = BUF_MAX(tx->message.n + GLOBAL_MORE);
	if (relay_report_global(c->message, tx->message, offer, &c->global))
		tx->message = buf_str(&c->global);
	needed = needed_of(c, offer);
	return relay_convert(&c->convert, &needed, tx);
}

/* Eight bits in headers of parts, and of what is returned, no encoding of bodies does away with. */
static bool is_still_eight(const struct smtp_transaction *tx)
{
	return tx->elsewhere.octets ? (tx->elsewhere.has & SMTP_TEXT_BODY_EIGHT) != 0
				    : message_sevenbit_is_eight(tx->message);
}

/* As it came it is what the host takes; a report is 7-bit to every host. */
static bool is_fit(const struct relay_cargo *c, const struct smtp_transaction *tx)
{
	return tx->body == SMTP_BODY_AS_IT_CAME ||
	       (tx->body == SMTP_BODY_CONVERTED && !(is_report(c) && is_still_eight(tx)));
}

enum err relay_cargo_load(struct relay_cargo *c, const struct smtp_offer *offer,
			  struct smtp_transaction *tx)
{
	const struct smtp_transaction before = *tx;
	enum err e = load(c, offer, tx);

	if (e != ERR_OK || is_fit(c, tx) || c->shorter.n > 0 ||
	    !relay_report_header(c->message, &c->shorter))
		return e;
	*tx = before;
	return load(c, offer, tx);
}

struct str relay_cargo_converted(const struct relay_cargo *c)
{
	return is_report(c) ? STR("to 7-bit parts, as a report asks for nothing")
			    : STR("to 7-bit parts, as the host takes no others");
}
