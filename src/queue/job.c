#include "queue/job_priv.h"

#include "base/hash.h"
#include "queue/spool.h"

#define ROW_OCTETS 512    /* about what a message costs beside its content */
#define DOMAIN_OCTETS 128 /* of a row of domain and its index, about */
#define LANES_MAX 256     /* of which one TAKE gives messages */

static void add(struct queue_turn *turn, const struct queue_message *m)
{
	struct queue_row row = queue_store_row(m);

	turn->store->ops->add(turn->store, &row, m);
	queue_store_count(&turn->counts, &row, 1);
}

static bool get(struct queue_turn *turn, enum queue_find how, uint64_t key, struct queue_row *out)
{
	return turn->store->ops->get(turn->store, how, key, out);
}

static void put(struct queue_turn *turn, const struct queue_row *was, const struct queue_row *is)
{
	turn->store->ops->put(turn->store, was, is);
	queue_store_count(&turn->counts, was, -1);
	queue_store_count(&turn->counts, is, 1);
}

static void drop(struct queue_turn *turn, const struct queue_row *row)
{
	turn->store->ops->drop(turn->store, row);
	queue_store_count(&turn->counts, row, -1);
	if (row->flags & QUEUE_SPOOLED && turn->spent)
		buf_add(turn->spent, (struct str){ (const char *)&row->id, sizeof(row->id) });
}

static void answer(struct queue_job *job, enum err e, const char *why)
{
	job->err = e;
	job->why = why;
	job->instead = QUEUE_ADD;
}

static void no_such_id(struct queue_job *job)
{
	answer(job, ERR_SYNTAX, "no such ID");
}

/* It has an ID, and a recipient to try or to tell about. */
static bool valid(const struct queue_message *m, const struct queue_turn *turn)
{
	struct queue_row row = queue_store_row(m);

	return m->id > 0 && m->id <= turn->last && m->id <= INT64_MAX && m->n_rcpt <= INT32_MAX &&
	       row.waiting + row.failed > 0;
}

static void run_add(struct queue_turn *turn, struct queue_job *job)
{
	uint64_t weight = queue_job_weight(job);

	if (!valid(job->message, turn)) {
		answer(job, ERR_SYNTAX, "a message without ID, or with nobody to deliver it to");
	} else if (weight > turn->room) {
		answer(job, ERR_LIMIT, "less disk is free than is kept in reserve");
	} else {
		turn->room -= weight;
		add(turn, job->message);
	}
}

static void run_remember(struct queue_turn *turn, struct queue_job *job)
{
	const struct queue_store_ops *ops = turn->store->ops;
	uint64_t weight = queue_job_weight(job);

	if (weight > turn->room) {
		answer(job, ERR_LIMIT, "less disk is free than is kept in reserve");
		return;
	}
	turn->room -= weight;
	for (size_t i = 0; i < job->domains->n; i++)
		ops->remember(turn->store, &job->domains->row[i]);
	ops->forget(turn->store, SCHEDULE_MEMORY_DOMAINS);
}

/* What is counted of a recipient in that state; NULL: nothing. */
static unsigned *counter(struct queue_row *row, enum schedule_rcpt_state state)
{
	switch (state) {
	case SCHEDULE_WAITING:
		return &row->waiting;
	case SCHEDULE_FAILED:
		return &row->failed;
	case SCHEDULE_DELIVERED:
	case SCHEDULE_TOLD:
		break;
	}
	return NULL;
}

static enum schedule_rcpt_state state_of(struct queue_turn *turn, queue_id id, size_t rcpt)
{
	return turn->store->ops->rcpt(turn->store, id, rcpt);
}

/*
 * Whether these changes end the message: then nothing but its deletion need be
 * written.  Only the common form is seen here, one change for each recipient
 * that is open, in their order; what else ends it is seen when the changes are counted.
 */
static bool ends(struct queue_turn *turn, const struct queue_row *row, const struct queue_update *u)
{
	if (u->n_change != row->waiting + row->failed)
		return false;
	for (size_t i = 0; i < u->n_change; i++) {
		const struct schedule_change *c = &u->change[i];
		if (c->state != SCHEDULE_DELIVERED && c->state != SCHEDULE_TOLD)
			return false;
		if (i > 0 && c->rcpt <= u->change[i - 1].rcpt)
			return false;
		if (row->waiting + row->failed == row->n_rcpt)
			continue;
		enum schedule_rcpt_state was = state_of(turn, row->id, c->rcpt);
		if (was != SCHEDULE_WAITING && was != SCHEDULE_FAILED)
			return false;
	}
	return true;
}

static void change(struct queue_turn *turn, struct queue_row *row, const struct schedule_change *c)
{
	unsigned *from = counter(row, state_of(turn, row->id, c->rcpt));
	unsigned *to = counter(row, c->state);

	if (from)
		--*from;
	if (to)
		++*to;
	if (c->tried)
		row->flags |= QUEUE_ROUND;
	turn->store->ops->put_rcpt(turn->store, row->id, c);
}

/* Its round is over: whoever has it gives it back. */
static void give_back(struct queue_row *row, int64_t next_wall_ms)
{
	row->next_wall_ms = row->flags & QUEUE_AGAIN || next_wall_ms < 0 ? 0 : next_wall_ms;
	if (row->flags & QUEUE_ROUND)
		row->attempts++;
	row->flags &= ~(QUEUE_AGAIN | QUEUE_ROUND);
}

static void conclude(struct queue_row *row, const struct queue_update *u)
{
	row->flags = (row->flags & ~(u->clear_flags & ~QUEUE_OURS)) | (u->set_flags & ~QUEUE_OURS);
	row->lane = u->lane;
	if (u->then == QUEUE_STAYS_OUT)
		return;
	if (u->then == QUEUE_FAILS && row->waiting == 0) {
		/* Nobody can hold it, or have it tried, any more; and it is in no lane. */
		row->flags = (row->flags | QUEUE_FAILED) & ~(QUEUE_HELD | QUEUE_AGAIN);
		row->lane = 0;
	}
	give_back(row, u->next_wall_ms);
}

static void apply(struct queue_turn *turn, const struct queue_row *was, struct queue_job *job)
{
	const struct queue_update *u = &job->update;
	struct queue_row is = *was;

	job->due_wall_ms = INT64_MAX;
	job->gone = ends(turn, was, u);
	if (!job->gone) {
		for (size_t i = 0; i < u->n_change; i++)
			change(turn, &is, &u->change[i]);
		job->gone = is.waiting + is.failed == 0;
	}
	if (job->gone) {
		drop(turn, was);
		return;
	}
	conclude(&is, u);
	if (queue_row_waits(&is) || is.flags & QUEUE_FAILED)
		job->due_wall_ms = is.next_wall_ms;
	put(turn, was, &is);
}

/* Not held to the room: what was accepted is recorded while there is any disk at all. */
static void run_record(struct queue_turn *turn, struct queue_job *job)
{
	const struct queue_update *u = &job->update;
	struct queue_row row;

	if (u->report && !valid(u->report, turn)) {
		answer(job, ERR_SYNTAX, "a report without ID, or to nobody");
		return;
	}
	if (!get(turn, QUEUE_FIND_ID, u->id, &row)) {
		no_such_id(job);
		return;
	}
	for (size_t i = 0; i < u->n_change; i++) {
		if (u->change[i].rcpt >= row.n_rcpt) {
			answer(job, ERR_SYNTAX, "no such recipient");
			return;
		}
	}
	apply(turn, &row, job);
	if (u->report)
		add(turn, u->report);
}

static void due_by(struct queue_job *job, int64_t wall_ms)
{
	if (wall_ms < job->due_wall_ms)
		job->due_wall_ms = wall_ms;
}

/* What is kept as failed is so from now on at the latest, and for no longer than it should. */
static void forget(struct queue_turn *turn, struct queue_job *job)
{
	int64_t until = job->take.forget_wall_ms;
	struct queue_row row;

	(void)turn->store->ops->all(turn->store, QUEUE_ALL_FAILED, job->now_wall_ms);
	for (size_t n = 0; get(turn, QUEUE_FIND_FAILED, 0, &row); n++) {
		if (row.next_wall_ms > until || n == QUEUE_SOME) {
			due_by(job, row.next_wall_ms + (job->now_wall_ms - until));
			return;
		}
		drop(turn, &row);
	}
}

/* What waits for too long, as after a clock was set back, does not any more; all, or some. */
static void hold_to_latest(struct queue_turn *turn, struct queue_job *job)
{
	size_t n = turn->store->ops->all(turn->store, QUEUE_ALL_LATEST, job->take.latest_wall_ms);

	if (n >= QUEUE_SOME)
		due_by(job, job->now_wall_ms);
}

static struct queue_message *load(struct queue_turn *turn, const struct queue_row *row,
				  enum queue_part part)
{
	return turn->store->ops->load(turn->store, row, part);
}

/* Out, and the caller's; NULL: it is damaged, and held.  NULL also on a failure. */
static struct queue_message *take_one(struct queue_turn *turn, const struct queue_row *was)
{
	struct queue_row is = *was;

	is.next_wall_ms = QUEUE_OUT;
	struct queue_message *m = load(turn, &is, QUEUE_ENVELOPE);
	if (m && m->n_rcpt == 0) {
		is.next_wall_ms = was->next_wall_ms;
		is.flags |= QUEUE_HELD;
		queue_message_free(&m);
	}
	put(turn, was, &is);
	return m;
}

/* A lane of which messages are taken: the first that waits there, and how many were taken. */
struct source {
	struct queue_lane lane;
	struct queue_row first; /* known where its id is not 0 */
	size_t taken;
};

static struct source *earliest(struct source *sources, size_t n)
{
	struct source *first = sources;

	for (size_t i = 1; i < n; i++)
		if (sources[i].lane.next_wall_ms < first->lane.next_wall_ms)
			first = &sources[i];
	return n ? first : NULL;
}

/* The time of its first message; INT64_MAX: it gives no more. */
static void look_at(struct queue_turn *turn, const struct queue_look *look, struct source *s)
{
	bool more = !look->per_lane || s->taken < look->per_lane;

	s->lane.next_wall_ms = INT64_MAX;
	if (more && get(turn, QUEUE_FIND_LANE, s->lane.lane, &s->first))
		s->lane.next_wall_ms = s->first.next_wall_ms;
}

/* Of all these, the earliest first. */
static void take_from(struct queue_turn *turn, struct queue_job *job, struct source *sources,
		      size_t n)
{
	const struct queue_look *look = &job->take;
	struct source *s;

	while (job->n < look->max && (s = earliest(sources, n)) != NULL &&
	       s->lane.next_wall_ms <= job->now_wall_ms) {
		if (s->first.id == 0)
			look_at(turn, look, s);
		if (s->lane.next_wall_ms == INT64_MAX) /* nothing waits there: the others give */
			continue;
		struct queue_message *m = take_one(turn, &s->first);
		if (m) {
			list_add(&job->taken, &m->link);
			job->n++;
			s->taken++;
		}
		look_at(turn, look, s);
	}
}

static void run_take(struct queue_turn *turn, struct queue_job *job)
{
	const struct queue_look *look = &job->take;
	struct queue_lane lanes[LANES_MAX];
	struct source sources[LANES_MAX];

	if (look->forget_wall_ms)
		forget(turn, job);
	if (look->latest_wall_ms)
		hold_to_latest(turn, job);
	size_t max = look->max > LANES_MAX ? LANES_MAX : look->max > 0 ? look->max : 1;
	size_t n = turn->store->ops->due(turn->store, look, lanes, max);
	for (size_t i = 0; i < n; i++)
		sources[i] = (struct source){ .lane = lanes[i] };
	take_from(turn, job, sources, n);
	if (n > 0 && turn->store->ops->due(turn->store, look, lanes, 1) > 0)
		due_by(job, lanes[0].next_wall_ms);
}

/* What cannot be read is held once it is back. */
static void run_load(struct queue_turn *turn, struct queue_job *job)
{
	CLEANUP(queue_message_free) struct queue_message *m = NULL;
	struct queue_row was;

	if (!get(turn, QUEUE_FIND_ID, job->message->id, &was)) {
		no_such_id(job);
		return;
	}
	m = load(turn, &was, QUEUE_CONTENT_TOO);
	if (m && !queue_store_whole(&was, m)) {
		struct queue_row is = was;
		is.flags |= QUEUE_HELD;
		put(turn, &was, &is);
		answer(job, ERR_SYNTAX, "its content is damaged: it is held");
	} else if (m) {
		struct buf before = job->message->content;
		job->message->content = m->content;
		m->content = before;
		job->message->spool = m->spool;
		m->spool = NULL;
	}
}

static void refuse(struct queue_job *job, const char *why, enum queue_job_kind instead)
{
	job->n = 0;
	answer(job, ERR_LIMIT, why);
	job->instead = instead;
}

static void run_all(struct queue_turn *turn, struct queue_job *job)
{
	static const enum queue_all what[] = {
		[QUEUE_RETRY] = QUEUE_ALL_RETRY,
		[QUEUE_HOLD] = QUEUE_ALL_HOLD,
		[QUEUE_RELEASE] = QUEUE_ALL_RELEASE,
		[QUEUE_HASTEN] = QUEUE_ALL_HASTEN,
	};
	struct queue_counts *c = &turn->counts;

	job->n = turn->store->ops->all(turn->store, what[job->kind], job->now_wall_ms);
	if (job->kind == QUEUE_HOLD) {
		c->held += c->deferred;
		c->deferred = 0;
	} else if (job->kind == QUEUE_RELEASE) {
		c->deferred += c->held;
		c->held = 0;
	} else if (job->kind == QUEUE_RETRY && job->n == 0 && c->held > 0) {
		refuse(job, "all that waits is held", QUEUE_RELEASE);
	}
}

/* Due at that time, or, where it is out, at once when it is back. */
static void hasten(struct queue_row *row, int64_t next_wall_ms)
{
	if (row->next_wall_ms == QUEUE_OUT)
		row->flags |= QUEUE_AGAIN;
	else if (row->next_wall_ms > next_wall_ms)
		row->next_wall_ms = next_wall_ms;
}

/*
 * Its recipients are tried once more; it stays in lane 0, which is never closed: somebody
 * asked.
 */
static void try_again(struct queue_turn *turn, const struct queue_row *was, struct queue_job *job)
{
	CLEANUP(queue_message_free) struct queue_message *m = load(turn, was, QUEUE_ENVELOPE);
	struct queue_row is = *was;

	for (size_t i = 0; m && i < m->n_rcpt; i++) {
		if (m->rcpt[i].state != SCHEDULE_FAILED)
			continue;
		const struct schedule_change again = { .rcpt = i, .state = SCHEDULE_WAITING };
		change(turn, &is, &again);
	}
	if (is.waiting == 0) {
		refuse(job, "the message is damaged", QUEUE_REMOVE);
		return;
	}
	is.flags &= ~(QUEUE_FAILED | QUEUE_ENDING);
	is.next_wall_ms = job->now_wall_ms;
	put(turn, was, &is);
}

static void run_failed(struct queue_turn *turn, struct queue_job *job, const struct queue_row *row)
{
	if (job->kind == QUEUE_RETRY)
		try_again(turn, row, job);
	else if (job->kind == QUEUE_REMOVE)
		drop(turn, row);
	else if (job->kind == QUEUE_EXPIRE)
		refuse(job, "the message has failed, and its sender is <>: nobody is to be told",
		       QUEUE_REMOVE);
	else
		refuse(job, "the message has failed: it is tried when that is asked for",
		       QUEUE_RETRY);
}

/* False: it was refused. */
static bool release(struct queue_job *job, struct queue_row *row)
{
	if (!(row->flags & QUEUE_HELD)) {
		refuse(job, "the message is not held", QUEUE_RETRY);
		return false;
	}
	if (row->next_wall_ms > job->now_wall_ms)
		row->next_wall_ms = job->now_wall_ms;
	row->flags &= ~QUEUE_HELD;
	return true;
}

static void run_one(struct queue_turn *turn, struct queue_job *job)
{
	struct queue_row was;

	if (!get(turn, QUEUE_FIND_ID, job->id, &was)) {
		no_such_id(job);
		return;
	}
	job->n = 1;
	if (job->kind == QUEUE_HASTEN && !queue_row_waits(&was)) {
		job->n = 0;
		return;
	}
	if (was.flags & QUEUE_FAILED) {
		run_failed(turn, job, &was);
		return;
	}
	struct queue_row is = was;
	switch (job->kind) {
	case QUEUE_RETRY:
		if (was.flags & QUEUE_HELD) {
			refuse(job, "the message is held", QUEUE_RELEASE);
			return;
		}
		hasten(&is, job->now_wall_ms);
		break;
	case QUEUE_HASTEN:
		hasten(&is, job->now_wall_ms);
		break;
	case QUEUE_HOLD:
		is.flags |= QUEUE_HELD;
		break;
	case QUEUE_RELEASE:
		if (!release(job, &is))
			return;
		break;
	case QUEUE_EXPIRE:
		is.flags = (is.flags | QUEUE_ENDING) & ~QUEUE_HELD;
		hasten(&is, 0);
		break;
	case QUEUE_REMOVE:
		if (was.next_wall_ms == QUEUE_OUT)
			refuse(job,
			       "the message is being delivered at this moment: hold it, and "
			       "remove it when that has ended",
			       QUEUE_HOLD);
		else
			drop(turn, &was);
		return;
	case QUEUE_ADD:
	case QUEUE_RECORD:
	case QUEUE_TAKE:
	case QUEUE_LOAD:
	case QUEUE_REMEMBER:
	case QUEUE_RECALL:
		return;
	}
	put(turn, &was, &is);
}

void queue_job_run(struct queue_turn *turn, struct queue_job *job)
{
	switch (job->kind) {
	case QUEUE_ADD:
		run_add(turn, job);
		break;
	case QUEUE_RECORD:
		run_record(turn, job);
		break;
	case QUEUE_TAKE:
		run_take(turn, job);
		break;
	case QUEUE_LOAD:
		run_load(turn, job);
		break;
	case QUEUE_RETRY:
	case QUEUE_HOLD:
	case QUEUE_RELEASE:
	case QUEUE_HASTEN:
		if (job->id == 0)
			run_all(turn, job);
		else
			run_one(turn, job);
		break;
	case QUEUE_REMOVE:
	case QUEUE_EXPIRE:
		run_one(turn, job);
		break;
	case QUEUE_REMEMBER:
		run_remember(turn, job);
		break;
	case QUEUE_RECALL:
		turn->store->ops->recall(turn->store, job->recall, job->recall_arg);
		break;
	}
}

void queue_job_recover(struct queue_turn *turn)
{
	struct queue_row was = { .id = 0 };

	while (get(turn, QUEUE_FIND_OUT, was.id, &was)) {
		struct queue_row is = was;
		give_back(&is, 0);
		put(turn, &was, &is);
	}
}

void queue_job_start(struct queue_job *job)
{
	list_init(&job->taken);
	job->n = 0;
	job->gone = false;
	job->due_wall_ms = INT64_MAX;
	answer(job, ERR_OK, NULL);
}

void queue_job_undo(struct queue_job *job)
{
	for (struct list *l; (l = list_shift(&job->taken));) {
		struct queue_message *m = CONTAINER_OF(l, struct queue_message, link);
		queue_message_free(&m);
	}
	if (job->kind == QUEUE_LOAD) {
		buf_free(&job->message->content);
		queue_spooled_free(&job->message->spool);
	}
	queue_job_start(job);
}

uint64_t queue_job_weight(const struct queue_job *job)
{
	const struct queue_message *m = NULL;

	if (job->kind == QUEUE_REMEMBER)
		return job->domains->n * DOMAIN_OCTETS;
	if (job->kind == QUEUE_ADD)
		m = job->message;
	else if (job->kind == QUEUE_RECORD)
		m = job->update.report;
	return m ? m->content.n + ROW_OCTETS * (1 + (uint64_t)m->n_rcpt) : 0;
}

uint64_t queue_job_reads(const struct queue_job *job)
{
	return job->kind == QUEUE_LOAD ? queue_message_held(job->message) : 0;
}
