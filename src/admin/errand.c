#include "admin/errand.h"

#include "admin/state.h"
#include "admin/words.h"
#include "control/control.h"
#include "os/clock.h"

#include <stdlib.h>
#include <unistd.h>

#define EXIT_NO 1

enum { REMEDY_ROOM = 64 };

struct errand {
	const struct relay_handle *daemon;
	struct admin_sessions *sessions;
	uint64_t session;
	/* Of the state. */
	admin_errand_write *write;
	bool readable;          /* the queue was */
	int64_t oldest_wall_ms; /* of it */
	/* Of many messages. */
	size_t waiting; /* not answered yet */
	uint64_t count, refused;
	struct str why; /* of the first that was refused: static text */
	char remedy[REMEDY_ROOM];
};

static struct errand *errand_new(const struct relay_handle *daemon, struct admin_sessions *sessions,
				 const struct admin_session *s)
{
	struct errand *e = calloc(1, sizeof(*e));

	if (e)
		*e = (struct errand){ .daemon = daemon,
				      .sessions = sessions,
				      .session = admin_session_id(s) };
	return e;
}

static struct str not_begun(enum err why)
{
	return why == ERR_LIMIT ? STR(ADMIN_STOPPING) : STR(ADMIN_NO_MEMORY);
}

/* It was begun, or the session is told why not. */
static void begun(struct admin_session *s, struct errand *e, enum err why)
{
	if (why == ERR_OK)
		return;
	free(e);
	admin_session_fail(s, EXIT_NO, not_begun(why));
}

void admin_errand_no_message(struct admin_session *s, struct str id)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(CONTROL_FRAME_MAX);

	buf_addf(&words, ADMIN_NO_MESSAGE, STR_ARG(id));
	admin_session_refuse(s, EXIT_NO,
			     &(struct admin_refusal){ buf_str(&words), STR("queue list") });
}

/* Of a message that is there. */
static struct str why_not(const struct queue_job *job)
{
	if (job->err == ERR_LIMIT)
		return str_of(job->why);
	return STR(ADMIN_NOT_WRITTEN);
}

/* Into text: the command that does what the job asked for; none: nothing. */
static struct str remedy(const struct queue_job *job, char text[static REMEDY_ROOM])
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(REMEDY_ROOM);
	char id[QUEUE_ID_MAX];
	const char *verb = job->instead == QUEUE_RETRY     ? "retry"
			   : job->instead == QUEUE_HOLD    ? "hold"
			   : job->instead == QUEUE_RELEASE ? "release"
			   : job->instead == QUEUE_REMOVE  ? "remove"
							   : NULL;

	if (job->err == ERR_LIMIT && verb)
		buf_addf(&words, "queue %s %.*s", verb,
			 STR_ARG(job->id ? queue_id_text(job->id, id) : STR("--all")));
	(void)str_copy(text, REMEDY_ROOM, buf_str(&words));
	return str_of(text);
}

static void stored(void *arg, const struct queue_job *job)
{
	struct errand *e = arg;
	struct admin_session *s = admin_sessions_find(e->sessions, e->session);
	char text[REMEDY_ROOM];

	free(e);
	if (s && job->err == ERR_OK)
		admin_session_end_count(s, job->n);
	else if (s && job->err == ERR_SYNTAX)
		admin_errand_no_message(s, queue_id_text(job->id, (char[QUEUE_ID_MAX]){ 0 }));
	else if (s)
		admin_session_refuse(s, EXIT_NO,
				     &(struct admin_refusal){ why_not(job), remedy(job, text) });
}

void admin_errand_store(const struct relay_handle *daemon, struct admin_sessions *sessions,
			struct admin_session *s, enum queue_job_kind kind, queue_id id)
{
	struct errand *e = errand_new(daemon, sessions, s);

	begun(s, e, e ? daemon->errand(daemon->daemon, kind, id, stored, e) : ERR_NOMEM);
}

/* One of the last errand's answers less to come; at the end the session is told. */
static void one_less(struct errand *e)
{
	if (--e->waiting > 0)
		return;
	struct admin_session *s = admin_sessions_find(e->sessions, e->session);
	struct errand done = *e;
	free(e);
	if (s)
		admin_session_end_some(s, done.count, done.refused,
				       &(struct admin_refusal){ done.why, str_of(done.remedy) });
}

/* True: it is the first. */
static bool was_refused(struct errand *e, struct str why)
{
	if (e->refused++ > 0)
		return false;
	e->why = why;
	return true;
}

static void stored_one(void *arg, const struct queue_job *job)
{
	struct errand *e = arg;

	if (job->err == ERR_OK)
		e->count += job->n;
	else if (job->err != ERR_SYNTAX && was_refused(e, why_not(job)))
		(void)remedy(job, e->remedy);
	one_less(e);
}

void admin_errand_store_each(const struct relay_handle *daemon, struct admin_sessions *sessions,
			     struct admin_session *s, enum queue_job_kind kind,
			     const struct admin_errand_ids *which)
{
	struct errand *e = errand_new(daemon, sessions, s);

	if (!e) {
		begun(s, e, ERR_NOMEM);
		return;
	}
	e->waiting = which->n + 1;
	for (size_t i = 0; i < which->n; i++) {
		enum err why = daemon->errand(daemon->daemon, kind, which->id[i], stored_one, e);
		if (why == ERR_OK)
			continue;
		(void)was_refused(e, not_begun(why));
		e->waiting--;
	}
	one_less(e);
}

static void surveyed(void *arg, const struct relay_state *state, size_t n)
{
	struct errand *e = arg;
	const struct relay_handle *d = e->daemon;
	struct admin_session *s = admin_sessions_find(e->sessions, e->session);
	CLEANUP(buf_free) struct buf document = BUF_MAX(CONTROL_FRAME_MAX);

	if (s) {
		struct queue_counts counts;
		struct queue_disk disk;
		const char *store = d->settings(d->daemon)->conf->queue_store;
		bool known = queue_disk_read(store, &disk) == ERR_OK;
		queue_counts(d->queue, &counts);
		e->write(&document, &(struct admin_state_facts){
					    .settings = d->settings(d->daemon),
					    .counters = d->counters,
					    .queue = e->readable ? &counts : NULL,
					    .oldest_wall_ms = e->oldest_wall_ms,
					    .disk = known ? &disk : NULL,
					    .worker = state,
					    .n_workers = n,
					    .pid = getpid(),
					    .uptime_ms = os_clock_mono() - d->started_ms,
					    .now_wall_ms = os_clock_wall(),
				    });
		admin_session_frame(s, &document);
		admin_session_end(s);
	}
	free(e);
}

void admin_errand_state(const struct relay_handle *daemon, struct admin_sessions *sessions,
			struct admin_session *s, const int64_t *oldest_wall_ms,
			admin_errand_write *write)
{
	struct errand *e = errand_new(daemon, sessions, s);

	if (e)
		e->write = write;
	if (e && oldest_wall_ms) {
		e->readable = true;
		e->oldest_wall_ms = *oldest_wall_ms;
	}
	begun(s, e, e ? daemon->survey(daemon->daemon, surveyed, e) : ERR_NOMEM);
}
