#include "admin/reader.h"

#include "admin/state.h"
#include "control/control.h"
#include "loop/mailbox.h"
#include "os/clock.h"
#include "queue/reader.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MAX 4096 /* messages in a piece */

struct admin_reader {
	struct queue_reader *queue;
	struct loop *loop;            /* the thread's */
	struct loop_mailbox *asked;   /* to the thread */
	struct loop_mailbox *answers; /* to the loop of whoever asks */
	struct list end;              /* the item that ends the thread */
	pthread_t thread;
	bool running;
	void (*back)(void *arg, struct admin_reading *r);
	void *arg;
};

struct admin_reading *admin_reading_new(enum admin_reading_kind kind, uint64_t session)
{
	struct admin_reading *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->kind = kind;
	r->session = session;
	r->frames = BUF_MAX(2 * CONTROL_FRAME_MAX);
	list_init(&r->link);
	return r;
}

void admin_reading_free(struct admin_reading **rp)
{
	struct admin_reading *r = *rp;

	*rp = NULL;
	if (!r)
		return;
	queue_message_free(&r->message);
	admin_foresight_free(&r->foresight);
	buf_free(&r->frames);
	free(r);
}

static void add_frame(struct admin_reading *r, const struct buf *document)
{
	enum err e = buf_err(document);

	if (e == ERR_OK)
		e = control_write(&r->frames, buf_str(document));
	if (e != ERR_OK && r->err == ERR_OK)
		r->err = e;
}

static void add_message(struct admin_reading *r, const struct queue_message *m)
{
	CLEANUP(buf_free) struct buf document = BUF_MAX(CONTROL_FRAME_MAX);

	admin_state_message(&document, m, os_clock_wall());
	add_frame(r, &document);
}

/* What cannot be read of a message that is spooled ends it, and is told. */
static void add_content(struct queue_reader *queue, struct admin_reading *r)
{
	CLEANUP(buf_free) struct buf document = BUF_MAX(CONTROL_FRAME_MAX);
	struct str piece;

	r->err = queue_reader_piece(queue, r->message, r->sent, &piece);
	if (r->err == ERR_SYNTAX) /* the message is there: what is not is a part of it */
		r->err = ERR_IO;
	if (r->err != ERR_OK)
		return;
	r->sent += admin_state_content(&document, piece);
	add_frame(r, &document);
}

/* Of the list, one message.  Whether there may be another. */
static bool list_one(struct queue_reader *queue, struct admin_reading *r)
{
	struct queue_message *m = NULL;

	r->err = queue_reader_next_of(
		queue, r->filter.by_state ? r->filter.state : QUEUE_STATE_WAITING, r->id, &m);
	if (r->err != ERR_OK || !m)
		return false;
	r->others = r->max == 0; /* this one is not told of */
	if (!r->others) {
		r->id = m->id;
		if (admin_filter_matches(&r->filter, m, os_clock_wall())) {
			r->max--;
			add_message(r, m);
		}
	}
	queue_message_free(&m);
	return !r->others && r->err == ERR_OK;
}

/* Others want to read, too: a piece is done after so many messages, found or not. */
static void list(struct queue_reader *queue, struct admin_reading *r)
{
	size_t looked = 0;

	do {
		r->more = list_one(queue, r);
		if (r->more && r->look > 0 && --r->look == 0) {
			r->more = false;
			r->others = true;
		}
	} while (r->more && r->frames.n < ADMIN_READER_PIECE && ++looked < LOOK_MAX);
}

static void show(struct queue_reader *queue, struct admin_reading *r)
{
	if (!r->message) {
		r->err = queue_reader_get(queue, r->id, &r->message);
		if (r->err == ERR_OK)
			add_message(r, r->message);
	} else {
		add_content(queue, r);
	}
	r->more = r->err == ERR_OK && r->content && r->sent < r->message->size;
}

enum err admin_reader_known(void *reader, struct str domain, enum admin_known *out)
{
	struct admin_reader *r = reader;
	struct schedule_memory_row row;
	bool found;
	enum err e = queue_reader_known(r->queue, domain, &found, &row);

	if (e == ERR_OK)
		*out = !found       ? ADMIN_KNOWN_NOTHING
		       : row.secure ? ADMIN_KNOWN_SECURE
				    : ADMIN_KNOWN_INSECURE;
	return e;
}

/* With its head: all of it, or what is kept of a large one.  *octets: how much that was. */
static enum err foresee_head(struct queue_reader *queue, struct admin_reading *r, queue_id id,
			     uint64_t *octets)
{
	struct queue_message *m = NULL;
	bool wants;
	enum err e = queue_reader_get(queue, id, &m);

	if (e == ERR_SYNTAX) /* it has gone meanwhile */
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	struct str head = buf_str(&m->content);
	*octets += head.n;
	e = admin_foresight_add(r->foresight, m, &head, &wants);
	queue_message_free(&m);
	return e;
}

/* One message.  Whether there may be another. */
static bool foresee_one(struct queue_reader *queue, struct admin_reading *r, uint64_t *work,
			uint64_t *octets)
{
	struct queue_message *m = NULL;
	bool wants = false;

	r->err = queue_reader_next(queue, r->id, &m);
	if (r->err != ERR_OK || !m)
		return false;
	r->id = m->id;
	*work += 1 + m->n_rcpt;
	r->err = admin_foresight_add(r->foresight, m, NULL, &wants);
	queue_message_free(&m);
	if (r->err == ERR_OK && wants)
		r->err = foresee_head(queue, r, r->id, octets);
	return r->err == ERR_OK;
}

static void foresee(struct queue_reader *queue, struct admin_reading *r)
{
	CLEANUP(buf_free) struct buf document = BUF_MAX(CONTROL_FRAME_MAX);
	uint64_t work = 0, octets = 0;

	do {
		r->others = foresee_one(queue, r, &work, &octets);
	} while (r->others && work < ADMIN_READER_FORESEE_WORK &&
		 octets < ADMIN_READER_FORESEE_OCTETS);
	admin_foresight_write(r->foresight, &document);
	add_frame(r, &document);
}

static void read_piece(struct queue_reader *queue, struct admin_reading *r)
{
	buf_clear(&r->frames);
	switch (r->kind) {
	case ADMIN_READ_OLDEST:
		r->err = queue_reader_oldest(queue, &r->oldest_wall_ms);
		return;
	case ADMIN_READ_LIST:
		list(queue, r);
		return;
	case ADMIN_READ_SHOW:
		show(queue, r);
		return;
	case ADMIN_READ_FORESEE:
		foresee(queue, r);
		return;
	}
	abort();
}

/* On the thread. */
static void was_asked(void *arg, struct list *item)
{
	struct admin_reader *reader = arg;

	if (item == &reader->end) {
		loop_stop(reader->loop);
		return;
	}
	read_piece(reader->queue, CONTAINER_OF(item, struct admin_reading, link));
	loop_mailbox_post(reader->answers, item);
}

static void *run(void *arg)
{
	struct admin_reader *reader = arg;

	if (loop_run(reader->loop) != ERR_OK)
		abort(); /* the kernel refuses to poll */
	return NULL;
}

static void came_back(void *arg, struct list *item)
{
	struct admin_reader *reader = arg;

	reader->back(reader->arg, CONTAINER_OF(item, struct admin_reading, link));
}

/* Signals are another thread's. */
static enum err start(struct admin_reader *reader, struct buf *why)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	int error = pthread_create(&reader->thread, NULL, run, reader);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		buf_addf(why, "cannot start a thread: %s", strerror(error));
		return ERR_IO;
	}
	reader->running = true;
	return ERR_OK;
}

enum err admin_reader_new(const char *store, struct loop *loop,
			  void (*back)(void *arg, struct admin_reading *r), void *arg,
			  struct admin_reader **out, struct buf *why)
{
	struct admin_reader *reader = calloc(1, sizeof(*reader));
	enum err e = ERR_NOMEM;

	if (!reader)
		return ERR_NOMEM;
	reader->back = back;
	reader->arg = arg;
	list_init(&reader->end);
	reader->loop = loop_new();
	if (reader->loop)
		reader->asked = loop_mailbox_new(reader->loop, was_asked, reader);
	if (reader->asked)
		reader->answers = loop_mailbox_new(loop, came_back, reader);
	if (reader->answers)
		e = queue_reader_open(store, &reader->queue, why);
	if (e == ERR_OK)
		e = start(reader, why);
	if (e != ERR_OK) {
		admin_reader_free(&reader);
		return e;
	}
	*out = reader;
	return ERR_OK;
}

static void free_rest(struct admin_reader *reader, struct loop_mailbox **mailbox)
{
	struct list rest, *item;

	list_init(&rest);
	loop_mailbox_free(mailbox, &rest);
	while ((item = list_shift(&rest)) != NULL) {
		struct admin_reading *r = CONTAINER_OF(item, struct admin_reading, link);
		if (item != &reader->end)
			admin_reading_free(&r);
	}
}

void admin_reader_free(struct admin_reader **rp)
{
	struct admin_reader *reader = *rp;

	*rp = NULL;
	if (!reader)
		return;
	if (reader->running) {
		loop_mailbox_post(reader->asked, &reader->end);
		(void)pthread_join(reader->thread, NULL);
	}
	free_rest(reader, &reader->asked);
	free_rest(reader, &reader->answers);
	queue_reader_close(&reader->queue);
	loop_free(&reader->loop);
	free(reader);
}

void admin_reader_ask(struct admin_reader *r, struct admin_reading *reading)
{
	list_init(&reading->link);
	loop_mailbox_post(r->asked, &reading->link);
}
