#include "relay/arrival.h"

#include "log/log.h"
#include "os/clock.h"
#include "queue/disk.h"
#include "relay/chore.h"
#include "relay/early.h"
#include "relay/login.h"
#include "relay/transit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Stored, and out: it is delivered from memory, where there is room.  charge goes with it. */
static void deliver(struct relay_worker *w, struct queue_message *m, struct schedule_charge *charge)
{
	struct relay_transit *t = relay_transit_new(w->shared, m);

	if (!t) {
		relay_post_stray(w->shared, m->id);
		queue_message_free(&m);
		return;
	}
	t->charge = *charge;
	*charge = (struct schedule_charge){ 0 };
	relay_transit_start(w, t);
}

/* Nothing where the disk cannot be asked. */
static void tell_disk(struct relay_worker *w, struct buf *out)
{
	struct queue_disk disk;

	if (queue_disk_read(w->settings->conf->queue_store, &disk) == ERR_OK)
		queue_disk_words(out, &disk);
}

/* why: what the store or the system says of any but ERR_OK, or NULL. */
static void tell_stored(struct relay_worker *w, enum err e, const char *why)
{
	enum { WORDS_MAX = 8192 };
	CLEANUP(buf_free) struct buf what = BUF_MAX(WORDS_MAX);
	struct relay_trouble *storing = &w->shared->storing;

	if (e == ERR_OK) {
		atomic_fetch_add_explicit(&w->shared->counters.accepted, 1, memory_order_relaxed);
		relay_trouble_passed(storing, loop_now(w->loop));
		return;
	}
	buf_addf(&what, "cannot store what comes in: ");
	size_t before = what.n;
	if (e == ERR_LIMIT)
		tell_disk(w, &what);
	if (what.n == before)
		buf_add(&what, str_of(why ? why : err_text(e)));
	buf_addc(&what, '\0');
	if (buf_err(&what) == ERR_OK)
		relay_trouble_met(storing, loop_now(w->loop), what.p);
}

void relay_arrival_stored(struct relay_worker *w, struct relay_job *job)
{
	enum err e = job->job.err;

	tell_stored(w, e, job->job.why);
	relay_inbound_stored(w->inbound, job->session, e, job->job.message->id);
	if (e == ERR_OK)
		deliver(w, job->job.message, &job->charge);
	else
		queue_message_free(&job->job.message);
	relay_memory_release(&w->shared->memory, &job->charge);
	free(job);
	w->arriving--;
	relay_worker_ended(w);
}

static queue_id message_id(void *arg)
{
	struct relay_worker *w = arg;

	return queue_next_id(w->shared->queue);
}

/* What is known of its way by then: it goes to the store, or its client hears why not. */
static void known_early(struct relay_worker *w, struct relay_job *job,
			const struct relay_answer *refusal)
{
	if (!refusal) {
		relay_post_job(w->shared, job);
		return;
	}
	relay_inbound_refused(w->inbound, job->session, refusal);
	queue_message_free(&job->job.message);
	relay_memory_release(&w->shared->memory, &job->charge);
	free(job);
	w->arriving--;
	relay_worker_ended(w);
}

static enum err store(void *arg, uint64_t guest, struct queue_message *m,
		      struct schedule_charge charge)
{
	struct relay_worker *w = arg;
	struct relay_job *job = malloc(sizeof(*job));

	if (!job)
		return ERR_NOMEM;
	m->lane = queue_message_lane(w->shared->queue, m);
	*job = (struct relay_job){
		.job = { .kind = QUEUE_ADD, .message = m },
		.back = w->mailbox,
		.session = guest,
		.charge = charge,
	};
	w->arriving++;
	if (!relay_early_begin(w, job, known_early))
		relay_post_job(w->shared, job);
	return ERR_OK;
}

/* A file that is written: the guest's, by id, while it is away. */
struct writing {
	struct relay_chore chore;
	uint64_t guest;
	struct queue_spool_file *file;
	enum relay_guest_write how;
	struct queue_spooled *whole;
	enum err err;
	int error; /* of ERR_IO: errno, which is that of the thread that wrote */
};

static void write_now(struct relay_chore *c)
{
	struct writing *w = CONTAINER_OF(c, struct writing, chore);

	w->err = w->how == RELAY_GUEST_FINISH ? queue_spool_file_finish(w->file, &w->whole)
					      : queue_spool_file_write(w->file);
	w->error = errno;
}

static void tell_not_written(struct relay_worker *w, enum err e, int error)
{
	enum { WHY_SIZE = 4096 + 100 };
	char why[WHY_SIZE];

	(void)snprintf(why, sizeof(why), "the spool of %s: %s", w->settings->conf->queue_store,
		       e == ERR_IO ? strerror(error) : err_text(e));
	tell_stored(w, e, why);
}

static void written(void *owner, struct relay_chore *c)
{
	struct writing *w = CONTAINER_OF(c, struct writing, chore);
	struct relay_worker *worker = owner;

	if (w->err != ERR_OK)
		tell_not_written(worker, w->err, w->error);
	relay_inbound_written(worker->inbound, w->guest, w->file, w->whole, w->err);
	free(w);
	worker->arriving--;
	relay_worker_ended(worker);
}

static enum err write_file(void *arg, uint64_t guest, struct queue_spool_file *file,
			   enum relay_guest_write how)
{
	struct relay_worker *worker = arg;
	struct writing *w = calloc(1, sizeof(*w));

	if (!w)
		return ERR_NOMEM;
	w->chore = (struct relay_chore){
		.back = worker->mailbox, .work = write_now, .done = written, .owner = worker
	};
	w->guest = guest;
	w->file = file;
	w->how = how;
	worker->arriving++;
	if (relay_chores_give(worker->shared->chores, &w->chore) == ERR_OK)
		return ERR_OK;
	worker->arriving--;
	free(w);
	return ERR_NOMEM;
}

static void judged(void *owner, struct relay_chore *c)
{
	struct relay_login *l = CONTAINER_OF(c, struct relay_login, chore);
	struct relay_worker *w = owner;

	relay_inbound_judged(w->inbound, l->session, l->verdict);
	relay_login_free(&l);
	w->judging--;
	relay_worker_ended(w);
}

static enum err judge(void *arg, uint64_t guest, const struct relay_inbound_from *from,
		      const struct smtp_login *login)
{
	struct relay_worker *w = arg;
	struct relay_login *l = relay_login_new(login->user, login->password);

	if (!l)
		return ERR_NOMEM;
	l->chore = (struct relay_chore){ .back = w->mailbox, .done = judged, .owner = w };
	l->chore.turn.of = relay_suspects_network(&from->peer);
	l->chore.turn.suspect =
		relay_suspects_lately(w->shared->suspects, &from->peer, loop_now(w->loop));
	l->session = guest;
	l->listen = from->listen;
	l->doors = relay_doors_hold(relay_inbound_doors(w->inbound));
	enum err e = relay_login_ask(w->shared->logins, l);
	if (e == ERR_OK)
		w->judging++;
	else
		relay_login_free(&l);
	return e;
}

static void guest_left(void *arg)
{
	relay_worker_ended(arg);
}

static void told(void *arg, struct journal_block *b)
{
	relay_worker_log(arg, os_clock_wall(), b);
}

static const struct relay_inbound_ops inbound_ops = { message_id, store, write_file,
						      judge,      told,  guest_left };

struct relay_inbound *relay_arrival_inbound(struct relay_worker *w)
{
	const struct relay_inbound_conf conf = { .loop = w->loop,
						 .clients = w->shared->clients,
						 .counters = &w->shared->counters,
						 .memory = &w->shared->memory,
						 .spool = queue_spool(w->shared->queue),
						 .settings = w->settings,
						 .doors = w->shared->doors,
						 .suspects = w->shared->suspects };

	return relay_inbound_new(&conf, &inbound_ops, w);
}
