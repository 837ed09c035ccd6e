/*
 * What is true: while it is away, the thread that has it alone touches what is behind .at.  What it
 * reports of is only read then, by nobody else than it would be by a delivery.
 */
#include "relay/reporting.h"

#include "log/log.h"
#include "message/boundary.h"
#include "message/head.h"
#include "message/quoted.h"
#include "relay/chore.h"
#include "smtp/text.h"

#include <stdlib.h>

#define STRETCH 16                   /* blocks that a chore reads before others have their turn */
#define SLICE 4096                   /* octets that are encoded at once */
#define PART_HEAD ((size_t)64 << 10) /* octets of one that are looked at */
#define FRAME_MAX ((size_t)64 << 20) /* of a thousand recipients, with long words of each */

struct relay_reporting {
	struct relay_chore chore;
	struct relay_worker *worker;
	const struct relay_report *report;
	void (*done)(void *arg);
	void *arg;
	struct schedule_charge charge;

	uint64_t at;
	bool over, writes;
	bool dropped;   /* the worker stops: what there is of it goes */
	bool too_large; /* for the size limit: the header serves, and that is no trouble */
	enum err err;
	struct queue_spool_reader *in;
	struct message_boundary boundary;
	struct message_heads_look heads; /* of the message, at which is looked once */
	bool known;                      /* what is in them, as far as it matters */
	struct message_original whole;
	struct buf front, back, rest; /* rest: of the message, to be encoded with what follows */
	size_t column;
	char last; /* octet of the message */
	struct queue_spool_file *file;
	struct smtp_text text;
	struct queue_spooled *made;
	uint64_t made_octets;
};

static void put(struct relay_reporting *x, struct str some, enum smtp_text_part part)
{
	smtp_text_add(&x->text, some, part);
	while (some.n > 0 && x->err == ERR_OK) {
		some = str_skip(some, queue_spool_file_add(x->file, some));
		if (queue_spool_file_full(x->file))
			x->err = queue_spool_file_write(x->file);
	}
	if (queue_spool_file_size(x->file) > x->report->settings->conf->size_limit) {
		x->too_large = true;
		x->err = ERR_LIMIT;
	}
}

/* As much of the message as can be told by now. */
static void encode(struct relay_reporting *x, enum message_quoted_place place)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(4 * SLICE);
	size_t used = message_quoted_write_some(&out, buf_str(&x->rest), place, &x->column);

	buf_drop(&x->rest, used);
	if (x->err == ERR_OK)
		x->err = buf_err(&out);
	put(x, buf_str(&out), SMTP_TEXT_BODY);
}

static void copy(struct relay_reporting *x, struct str piece)
{
	x->last = piece.p[piece.n - 1];
	if (x->whole.encoding != MESSAGE_ORIGINAL_QUOTED) {
		put(x, piece, SMTP_TEXT_BODY);
		return;
	}
	for (; piece.n > 0 && x->err == ERR_OK; piece = str_skip(piece, SLICE)) {
		buf_add(&x->rest, str_head(piece, SLICE));
		x->err = buf_err(&x->rest);
		encode(x, MESSAGE_QUOTED_MORE);
	}
}

static void begin_writing(struct relay_reporting *x)
{
	struct str front;
	size_t head;

	x->writes = true;
	x->at = 0;
	if (!relay_report_frame(x->report, &x->whole, message_boundary_text(&x->boundary),
				&x->front, &x->back)) {
		x->err = ERR_NOMEM;
		return;
	}
	front = buf_str(&x->front);
	head = message_head_size(front);
	put(x, str_head(front, head), SMTP_TEXT_HEAD);
	put(x, str_skip(front, head), SMTP_TEXT_BODY);
	buf_free(&x->front);
}

static void end_writing(struct relay_reporting *x)
{
	encode(x, MESSAGE_QUOTED_LAST);
	if (x->last != '\n')
		put(x, STR("\r\n"), SMTP_TEXT_BODY);
	put(x, buf_str(&x->back), SMTP_TEXT_BODY);
	x->made_octets = queue_spool_file_size(x->file);
	if (x->err == ERR_OK)
		x->err = queue_spool_file_finish(x->file, &x->made);
	x->over = true;
}

/* All of it was read: to find a boundary, or to be written. */
static void end_reading(struct relay_reporting *x)
{
	if (!x->known)
		message_original_heads(&x->whole, message_heads_end(&x->heads));
	x->known = true;
	if (x->writes)
		end_writing(x);
	else if (message_boundary_settle(&x->boundary))
		begin_writing(x);
	else
		x->at = 0;
}

static void read_some(struct relay_reporting *x)
{
	struct str piece;

	x->err = queue_spool_reader_read(x->in, x->at, &piece);
	if (x->err != ERR_OK)
		return;
	x->at += piece.n;
	if (x->writes) {
		copy(x, piece);
		return;
	}
	message_boundary_look(&x->boundary, piece);
	if (!x->known)
		message_heads_look(&x->heads, piece);
}

/* What waits for the disk when it goes; what was made is not touched. */
static void unmake(struct relay_reporting *x)
{
	queue_spool_reader_free(&x->in);
	queue_spool_file_free(&x->file);
	message_heads_clear(&x->heads);
	buf_free(&x->front);
	buf_free(&x->back);
	buf_free(&x->rest);
}

static void work(struct relay_chore *chore)
{
	struct relay_reporting *x = CONTAINER_OF(chore, struct relay_reporting, chore);

	x->over = x->dropped;
	for (size_t n = 0; n < STRETCH && !x->over; n++) {
		if (x->at < x->report->about->size)
			read_some(x);
		else
			end_reading(x);
		x->over = x->over || x->err != ERR_OK;
	}
	if (x->over)
		unmake(x);
}

static bool send_away(struct relay_reporting *x)
{
	return relay_chores_give(x->worker->shared->chores, &x->chore) == ERR_OK;
}

static void back(void *owner, struct relay_chore *chore)
{
	struct relay_reporting *x = CONTAINER_OF(chore, struct relay_reporting, chore);

	(void)owner;
	if (!x->over) {
		x->dropped = x->worker->stopping;
		if (send_away(x))
			return;
		x->err = ERR_NOMEM;
	}
	x->done(x->arg);
}

/* What it needs in memory is there. */
static bool make(struct relay_reporting *x)
{
	const struct relay_report *r = x->report;
	struct queue_spool *spool = queue_spool(x->worker->shared->queue);
	char id[QUEUE_ID_MAX];

	message_boundary_begin(&x->boundary, queue_id_text(r->id, id));
	message_heads_init(&x->heads, r->about->content.n + PART_HEAD);
	x->known = x->whole.encoding != MESSAGE_ORIGINAL_8BIT;
	x->front = x->back = BUF_MAX(FRAME_MAX);
	x->rest = BUF_MAX(2 * SLICE);
	x->in = queue_spool_reader_new(spool, r->about->spool, r->about->size);
	/*
	 * It is mail that stays until it has left, and its header would do: the reserve is for what
	 * cannot do without.
	 */
	x->file = queue_spool_file_new(spool, r->id, QUEUE_SPOOL_COMES);
	return x->in && x->file;
}

enum err relay_reporting_new(struct relay_worker *w, const struct relay_report *r,
			     void (*done)(void *arg), void *arg, struct relay_reporting **out)
{
	struct relay_reporting *x = calloc(1, sizeof(*x));
	uint64_t held = 2 * (QUEUE_SPOOL_HELD + r->about->content.n) + PART_HEAD;

	if (!x)
		return ERR_NOMEM;
	x->worker = w;
	x->report = r;
	x->done = done;
	x->arg = arg;
	x->chore = (struct relay_chore){ .back = w->mailbox, .work = work, .done = back };
	enum err e = schedule_budget_grow(&w->shared->memory.budget, &x->charge,
					  schedule_budget_cost(held, r->about->n_rcpt))
			     ? ERR_OK
			     : ERR_LIMIT;
	if (e == ERR_OK && !(relay_report_is_far(r, &x->whole) && make(x) && send_away(x)))
		e = ERR_NOMEM;
	if (e != ERR_OK) {
		unmake(x);
		relay_memory_release(&w->shared->memory, &x->charge);
		free(x);
		return e;
	}
	*out = x;
	return ERR_OK;
}

static void tell(const struct relay_reporting *x)
{
	char id[QUEUE_ID_MAX];
	struct str about = queue_id_text(x->report->about->id, id);

	if (x->err == ERR_OK || x->too_large || x->dropped)
		return;
	log_event(x->err == ERR_SYNTAX ? LOG_ERR : LOG_WARNING, "store-failed",
		  "message=%.*s %s: the report about it has its header alone", STR_ARG(about),
		  x->err == ERR_SYNTAX ? "is damaged"
				       : "cannot be returned whole, for want of room");
}

bool relay_reporting_dropped(const struct relay_reporting *x)
{
	return x->dropped;
}

struct queue_message *relay_reporting_take(struct relay_reporting **p)
{
	struct relay_reporting *x = *p;
	struct queue_message *m = x->dropped ? NULL : relay_report_make(x->report);

	*p = NULL;
	tell(x);
	if (m && x->made) {
		x->made->has = smtp_text_has(&x->text);
		relay_report_add_file(m, x->made, x->made_octets);
		x->made = NULL;
	}
	queue_spooled_free(&x->made);
	unmake(x);
	relay_memory_release(&x->worker->shared->memory, &x->charge);
	free(x);
	return m;
}
