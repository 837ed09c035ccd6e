/*
 * What is true: each search in way[] that has a finder is counted in the worker's early; the one
 * of the first recipient stays until the end, as its words are what the client hears.
 */
#include "relay/early.h"

#include "os/clock.h"
#include "relay/choice.h"
#include "relay/known.h"
#include "routing/pathfinder.h"
#include "schedule/attempt.h"
#include "schedule/early.h"

#include <stdlib.h>

enum { WORDS_MAX = 4000, UNDECODED_MAX = 256 };

struct way {
	struct early *early;
	struct routing_pathfinder *finder; /* NULL: free */
	bool first;                        /* to the first recipient */
	struct route_demand demand;        /* of the group */
};

struct early {
	struct relay_worker *worker;
	struct relay_job *job;
	relay_early_done *done;
	struct routing_settings *settings;
	struct routing_resolver *resolver;
	struct loop_timer *timer;
	struct schedule_choice *choice;
	struct arena names; /* of domains; the message's own, mostly, serve */
	size_t n, next;     /* choices; the first of the next group */
	size_t group;       /* its number */
	struct schedule_early state;
	struct way way[RELAY_EARLY_AT_ONCE];
	char status[ROUTE_STATUS_MAX]; /* of the first recipient's bounce */
	struct buf words;
};

static void stop(struct way *way)
{
	if (way->finder)
		way->early->worker->early--;
	routing_pathfinder_free(&way->finder);
}

static void early_free(struct early **ep)
{
	struct early *e = *ep;

	*ep = NULL;
	if (!e)
		return;
	for (size_t i = 0; i < RELAY_EARLY_AT_ONCE; i++)
		stop(&e->way[i]);
	loop_timer_free(&e->timer);
	routing_resolver_drop(&e->resolver);
	routing_settings_drop(&e->settings);
	buf_free(&e->words);
	arena_clear(&e->names);
	free(e->choice);
	free(e);
}

static void finish(struct early *e, const struct relay_answer *refusal)
{
	struct relay_worker *w = e->worker;
	struct relay_job *job = e->job;
	relay_early_done *done = e->done;

	done(w, job, refusal); /* refusal points into e */
	early_free(&e);
}

/* In what every client can read (RFC 5321 section 4.2.1). */
static void refuse(struct early *e)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(2 * WORDS_MAX);

	buf_addf(&line, "%s %.*s", e->status, STR_ARG(buf_str(&e->words)));
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] < ' ' || line.p[i] == 0x7f)
			line.p[i] = '?';
	const struct relay_answer answer = { 550, buf_str(&line) };
	finish(e, buf_err(&line) == ERR_OK ? &answer : NULL);
}

static void go_on(struct early *e);

static void path_found(void *arg, const struct routing_path *path)
{
	struct way *way = arg;
	struct early *e = way->early;
	const struct route_verdict *v = &path->verdict;
	bool known = path->err == ERR_OK;
	struct relay_known_was was = { .until_wall_ms = 0 };

	if (known)
		relay_known_learn(e->worker->shared->known, path->facts, NULL, &was);
	if (known && way->first && v->action == ROUTE_BOUNCE) {
		(void)str_copy(e->status, sizeof(e->status), str_of(v->status));
		schedule_attempt_verdict(&e->words, &way->demand, v);
		relay_known_add(&e->words, &was);
	}
	buf_free(&was.domain);
	enum schedule_early_want want =
		known ? schedule_early_verdict(&e->state, v->action) : SCHEDULE_EARLY_TAKE;
	stop(way);
	switch (want) {
	case SCHEDULE_EARLY_WAIT:
		go_on(e);
		return;
	case SCHEDULE_EARLY_TAKE:
		finish(e, NULL);
		return;
	case SCHEDULE_EARLY_REFUSE:
		refuse(e);
		return;
	}
}

static void too_late(void *arg)
{
	finish(arg, NULL);
}

/* Begin on the next group.  False: there is no room for another search, or no memory. */
static bool look(struct early *e, struct way *way)
{
	const struct schedule_choice *c = &e->choice[e->next];
	struct relay_worker *w = e->worker;
	const struct routing_pathfinder_ask ask = { .resolver = e->resolver->resolve,
						    .reactor = &w->reactor,
						    .conf = e->settings->conf,
						    .domain = c->domain,
						    .service = c->demand.service,
						    .dane = c->demand.dane,
						    .sender_tls = c->demand.sender_tls };

	if (w->early >= RELAY_EARLY_MOST)
		return false;
	*way = (struct way){ .early = e, .first = e->group == e->state.first, .demand = c->demand };
	way->finder = routing_pathfinder_new(&ask, path_found, way);
	if (!way->finder)
		return false;
	w->early++;
	e->group++;
	e->next += schedule_choice_together(c, e->n - e->next);
	return true;
}

/* As many searches as may be.  Where none can be begun the rest is unknown: the timer ends it. */
static void go_on(struct early *e)
{
	bool room = true;

	for (size_t i = 0; room && i < RELAY_EARLY_AT_ONCE && e->next < e->n; i++)
		room = e->way[i].finder || look(e, &e->way[i]);
	if (!room)
		loop_timer_set(e->timer, 0);
}

/* The recipients by domain and demand; their number, 0: no memory. */
static size_t choose(struct early *e)
{
	CLEANUP(buf_free) struct buf undecoded = BUF_MAX(UNDECODED_MAX);
	size_t n = 0;

	return relay_choice_make(e->settings, e->job->job.message, &e->names, &undecoded,
				 &e->choice, &n) == ERR_OK
		       ? n
		       : 0;
}

bool relay_early_begin(struct relay_worker *w, struct relay_job *job, relay_early_done *done)
{
	const struct conf *conf = w->settings->conf;
	struct early *e =
		conf->dnssec.reject_early && w->settings->criteria ? calloc(1, sizeof(*e)) : NULL;

	if (!e)
		return false;
	e->worker = w;
	e->job = job;
	e->done = done;
	e->words = BUF_MAX(WORDS_MAX);
	e->names.max = SIZE_MAX; /* no more than the recipients' domains */
	e->settings = routing_settings_hold(w->settings);
	e->resolver = routing_resolver_hold(w->resolver);
	e->timer = loop_timer_new(w->loop, too_late, e);
	e->n = choose(e);
	if (!e->timer || !schedule_early_begin(&e->state, e->choice, e->n)) {
		early_free(&e);
		return false;
	}
	loop_timer_set(e->timer, loop_now(w->loop) + conf->dnssec.reject_within_ms);
	go_on(e);
	return true;
}
