/*
 * What is true of a lane between two calls: it is in trials if and only if its
 * back-off has a trial under way, and by what it needs it is
 *
 *	READY    one waits, and could begin but for the total; none is under way
 *	MORE     the same, and some are
 *	SHUT     one waits, and the back-off is closed, as its kind has met it
 *	BLOCKED  one waits for an end of its own lane, or for the trial
 *	HELD     it would be in READY or MORE, but waits for the rate that it shares
 *	NOWHERE  none waits
 *
 * The passing of time alone moves a lane from SHUT to READY, and from BLOCKED
 * to READY where a trial takes too long.  So whoever takes a lane out of a ring
 * places it anew first, and the trials are looked at before.
 */
#include "schedule/pace.h"

#include "base/hash.h"

static struct schedule_lane *lane_of(struct list *link)
{
	return CONTAINER_OF(link, struct schedule_lane, link);
}

unsigned schedule_pace_share(unsigned total, unsigned n_workers, unsigned number)
{
	unsigned share = total / n_workers + (number < total % n_workers);

	return share ? share : 1;
}

unsigned schedule_pace_reserve(unsigned total)
{
	return total / 2 < SCHEDULE_PACE_RESERVE ? total / 2 : SCHEDULE_PACE_RESERVE;
}

void schedule_pace_init(struct schedule_pace *p, const struct schedule_pace_limits *limits)
{
	*p = (struct schedule_pace){ .limits = *limits };
	list_init(&p->ready);
	list_init(&p->more);
	list_init(&p->closed);
	list_init(&p->blocked);
	list_init(&p->turnstiles);
	list_init(&p->trials);
	list_init(&p->ages);
}

void schedule_pace_open(struct schedule_lane *lane, const struct schedule_backoff *known)
{
	*lane = (struct schedule_lane){ 0 };
	list_init(&lane->link);
	list_init(&lane->trial);
	list_init(&lane->waiting);
	if (known) {
		lane->backoff = *known;
		lane->met = UINT64_MAX;
	}
	schedule_backoff_unknown(&lane->backoff); /* whoever tried it then is not ours */
}

bool schedule_pace_idle(const struct schedule_lane *lane)
{
	return lane->busy == 0 && list_empty(&lane->waiting);
}

const struct schedule_backoff_limits *schedule_pace_backoff(const struct schedule_pace *p,
							    const struct schedule_lane *lane)
{
	return lane->own.per_destination ? &lane->own.backoff : &p->limits.backoff;
}

static struct schedule_turn *first_turn(struct schedule_lane *lane)
{
	return CONTAINER_OF(lane->waiting.next, struct schedule_turn, link);
}

/* Others of its kind were told, since the lane has closed, that nobody can be reached. */
static bool was_told(const struct schedule_turn *turn)
{
	return turn->lane->backoff.failures && (turn->lane->met & turn->kind);
}

static unsigned ceiling_of(const struct schedule_pace *p, const struct schedule_lane *lane)
{
	return lane->own.per_destination ? lane->own.per_destination : p->limits.per_destination;
}

static enum schedule_place place_of(const struct schedule_pace *p, struct schedule_lane *lane,
				    int64_t now)
{
	if (list_empty(&lane->waiting))
		return SCHEDULE_NOWHERE;
	switch (schedule_backoff_look(&lane->backoff, schedule_pace_backoff(p, lane), now)) {
	case SCHEDULE_CLOSED:
		if (was_told(first_turn(lane)))
			return SCHEDULE_SHUT;
		break;
	case SCHEDULE_BUSY:
		if (was_told(first_turn(lane)))
			return SCHEDULE_BLOCKED;
		break;
	case SCHEDULE_OPEN:
	case SCHEDULE_TRIAL:
		break;
	}
	if (lane->busy >= schedule_window_size(&lane->window, ceiling_of(p, lane)))
		return SCHEDULE_BLOCKED;
	return lane->busy ? SCHEDULE_MORE : SCHEDULE_READY;
}

static bool may_begin(enum schedule_place place)
{
	return place == SCHEDULE_READY || place == SCHEDULE_MORE;
}

/* By its turnstile; to: the place that it would have without one. */
static enum schedule_place place_behind(struct schedule_turnstile *stile,
					struct schedule_lane *lane, enum schedule_place to,
					int64_t now)
{
	if (!may_begin(to)) {
		if (stile->let == lane)
			stile->let = NULL;
		return to;
	}
	if (!stile->let && list_empty(&stile->lanes) && now >= stile->until_ms)
		stile->let = lane;
	return stile->let == lane ? to : SCHEDULE_HELD;
}

/* At the end of the list of its place, unless it is there. */
static void place(struct schedule_pace *p, struct schedule_lane *lane, int64_t now)
{
	enum schedule_place to = place_of(p, lane, now);
	struct schedule_turnstile *stile = lane->own.stile;
	struct list *rings[] = {
		[SCHEDULE_READY] = &p->ready,
		[SCHEDULE_MORE] = &p->more,
		[SCHEDULE_SHUT] = &p->closed,
		[SCHEDULE_BLOCKED] = &p->blocked,
		[SCHEDULE_HELD] = stile ? &stile->lanes : NULL,
	};

	if (stile)
		to = place_behind(stile, lane, to, now);
	if (to == lane->place)
		return;
	p->n_ready += may_begin(to);
	p->n_ready -= may_begin(lane->place);
	lane->place = to;
	lane->came = ++p->came;
	list_drop(&lane->link);
	if (to != SCHEDULE_NOWHERE)
		list_add(rings[to], &lane->link);
	if (to == SCHEDULE_HELD && list_empty(&stile->link))
		list_add(&p->turnstiles, &stile->link);
}

/* Out of the list of its place, and from its turnstile. */
static void lift(struct schedule_pace *p, struct schedule_lane *lane)
{
	p->n_ready -= may_begin(lane->place);
	lane->place = SCHEDULE_NOWHERE;
	list_drop(&lane->link);
	if (lane->own.stile && lane->own.stile->let == lane)
		lane->own.stile->let = NULL;
}

/* Behind the others of its ring. */
static void to_the_end(struct schedule_pace *p, struct schedule_lane *lane, int64_t now)
{
	lift(p, lane);
	place(p, lane, now);
}

static void end_trial(struct schedule_lane *lane)
{
	schedule_backoff_unknown(&lane->backoff);
	list_drop(&lane->trial);
}

void schedule_pace_limit(struct schedule_pace *p, const struct schedule_pace_limits *limits,
			 int64_t now)
{
	struct list was, *item;

	p->limits = *limits;
	list_init(&was);
	while ((item = list_shift(&p->blocked)) != NULL)
		list_add(&was, item);
	while ((item = list_shift(&was)) != NULL)
		to_the_end(p, lane_of(item), now);
}

void schedule_pace_limit_lane(struct schedule_pace *p, struct schedule_lane *lane,
			      const struct schedule_lane_limits *own, int64_t now)
{
	if (lane->own.stile != own->stile)
		lift(p, lane);
	lane->own = *own;
	place(p, lane, now);
}

void schedule_turnstile_init(struct schedule_turnstile *stile,
			     const struct schedule_turnstile_ops *ops, void *arg)
{
	*stile = (struct schedule_turnstile){ .until_ms = INT64_MIN, .ops = ops, .arg = arg };
	list_init(&stile->link);
	list_init(&stile->lanes);
}

void schedule_turnstile_ask(struct schedule_turnstile *stile)
{
	stile->until_ms = INT64_MIN;
}

void schedule_turnstile_give(struct schedule_turn *turn, bool sent)
{
	if (turn->stile)
		turn->stile->ops->give(turn->stile->arg, sent);
	turn->stile = NULL;
}

/* The first that waits there, and still could begin but for it, is let through. */
static void open_turnstile(struct schedule_pace *p, struct schedule_turnstile *stile, int64_t now)
{
	while (!stile->let && now >= stile->until_ms && !list_empty(&stile->lanes)) {
		struct schedule_lane *lane = lane_of(stile->lanes.next);
		lift(p, lane);
		stile->let = lane;
		place(p, lane, now);
	}
}

static void open_turnstiles(struct schedule_pace *p, int64_t now)
{
	struct list *next;

	for (struct list *at = p->turnstiles.next; at != &p->turnstiles; at = next) {
		struct schedule_turnstile *stile =
			CONTAINER_OF(at, struct schedule_turnstile, link);
		next = at->next;
		open_turnstile(p, stile, now);
		if (list_empty(&stile->lanes))
			list_drop(&stile->link);
	}
}

/* There was no place: it waits before all others of its turnstile. */
static void turn_back(struct schedule_pace *p, struct schedule_lane *lane)
{
	struct schedule_turnstile *stile = lane->own.stile;

	lift(p, lane);
	lane->place = SCHEDULE_HELD;
	list_add(stile->lanes.next, &lane->link);
	if (list_empty(&stile->link))
		list_add(&p->turnstiles, &stile->link);
}

/* The first of lane has its place in the rate, if it needs one. */
static bool take_place(struct schedule_lane *lane, int64_t now)
{
	struct schedule_turnstile *stile = lane->own.stile;
	struct schedule_turn *turn = first_turn(lane);

	if (stile && !stile->ops->take(stile->arg, now, &stile->until_ms))
		return false;
	turn->stile = stile;
	return true;
}

void schedule_pace_wait(struct schedule_pace *p, struct schedule_lane *lane,
			struct schedule_turn *turn, int64_t now)
{
	turn->lane = lane;
	turn->since_ms = now;
	turn->stile = NULL;
	list_add(&lane->waiting, &turn->link);
	list_add(&p->ages, &turn->age);
	place(p, lane, now);
}

void schedule_pace_leave(struct schedule_pace *p, struct schedule_turn *turn, int64_t now)
{
	list_drop(&turn->link);
	list_drop(&turn->age);
	place(p, turn->lane, now);
}

/* The first of a lane, which goes behind the others of its ring. */
static struct schedule_turn *shift(struct schedule_pace *p, struct schedule_lane *lane, int64_t now)
{
	struct schedule_turn *turn = first_turn(lane);

	list_drop(&turn->link);
	list_drop(&turn->age);
	to_the_end(p, lane, now);
	return turn;
}

/* Trials that take too long hold up their lanes no longer. */
static void look_at_trials(struct schedule_pace *p, int64_t now)
{
	while (!list_empty(&p->trials)) {
		struct schedule_lane *lane =
			CONTAINER_OF(p->trials.next, struct schedule_lane, trial);
		if (schedule_backoff_look(&lane->backoff, schedule_pace_backoff(p, lane), now) ==
		    SCHEDULE_BUSY)
			return;
		end_trial(lane);
		place(p, lane, now);
	}
}

/* Placed anew, it is where it was. */
static bool stays(struct schedule_pace *p, struct schedule_lane *lane, int64_t now)
{
	enum schedule_place was = lane->place;

	place(p, lane, now);
	return lane->place == was;
}

/* The first lane of a ring that still belongs there; NULL: none. */
static struct schedule_lane *first_of(struct schedule_pace *p, struct list *ring, int64_t now)
{
	while (!list_empty(ring)) {
		struct schedule_lane *lane = lane_of(ring->next);
		if (stays(p, lane, now))
			return lane;
	}
	return NULL;
}

/* Permits. */
static unsigned left(const struct schedule_pace *p)
{
	return p->used < p->limits.total ? p->limits.total - p->used : 0;
}

/* The ring whose first begins next, as many permits as there are; NULL: neither. */
static struct list *ring_to_serve(const struct schedule_pace *p)
{
	bool enough = left(p) > schedule_pace_reserve(p->limits.total);
	struct list *ready = left(p) && !list_empty(&p->ready) ? p->ready.next : NULL;
	struct list *more = enough && !list_empty(&p->more) ? p->more.next : NULL;

	if (!ready || !more)
		return ready ? ready->prev : more ? more->prev : NULL;
	return lane_of(more)->came < lane_of(ready)->came ? more->prev : ready->prev;
}

/* The first of those that may begin and still belong there; NULL: none. */
static struct schedule_lane *first_to_begin(struct schedule_pace *p, int64_t now)
{
	struct list *ring;

	for (;;) {
		open_turnstiles(p, now); /* for whoever was let through may have left */
		ring = ring_to_serve(p);
		if (!ring)
			return NULL;
		struct schedule_lane *lane = lane_of(ring->next);
		if (stays(p, lane, now))
			return lane;
	}
}

static struct schedule_turn *begin(struct schedule_pace *p, int64_t now, enum schedule_fate *fate)
{
	struct schedule_lane *lane;

	while ((lane = first_to_begin(p, now)) != NULL && !take_place(lane, now))
		turn_back(p, lane);
	if (!lane)
		return NULL;
	p->used++;
	lane->busy++;
	if (schedule_backoff_look(&lane->backoff, schedule_pace_backoff(p, lane), now) ==
	    SCHEDULE_TRIAL) {
		schedule_backoff_try(&lane->backoff, now);
		list_add(&p->trials, &lane->trial);
	}
	*fate = SCHEDULE_BEGIN;
	return shift(p, lane, now);
}

static struct schedule_turn *put_off(struct schedule_pace *p, int64_t now, enum schedule_fate *fate)
{
	struct schedule_lane *lane = first_of(p, &p->closed, now);

	if (!lane)
		return NULL;
	*fate = SCHEDULE_PUT_OFF;
	return shift(p, lane, now);
}

static struct schedule_turn *send_back(struct schedule_pace *p, int64_t now,
				       enum schedule_fate *fate)
{
	struct schedule_turn *turn = CONTAINER_OF(p->ages.next, struct schedule_turn, age);

	if (list_empty(&p->ages) || now - turn->since_ms < SCHEDULE_WAIT_MS)
		return NULL;
	*fate = was_told(turn) ? SCHEDULE_PUT_OFF : SCHEDULE_GO_BACK;
	schedule_pace_leave(p, turn, now);
	return turn;
}

struct schedule_turn *schedule_pace_next(struct schedule_pace *p, int64_t now,
					 enum schedule_fate *fate)
{
	static struct schedule_turn *(*const serve[])(struct schedule_pace *, int64_t,
						      enum schedule_fate *) = { begin, put_off,
										send_back };
	const unsigned n = sizeof(serve) / sizeof(serve[0]);

	look_at_trials(p, now);
	(void)first_of(p, &p->closed, now); /* one whose time has come may begin */
	for (unsigned i = 0; i < n; i++) {
		unsigned at = (p->first + i) % n;
		struct schedule_turn *turn = serve[at](p, now, fate);
		if (!turn)
			continue;
		p->first = (at + 1) % n;
		return turn;
	}
	return NULL;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When the first turnstile lets another one through that waits there. */
static int64_t turnstiles_open_at(const struct schedule_pace *p)
{
	int64_t first = INT64_MAX;

	for (struct list *at = p->turnstiles.next; at != &p->turnstiles; at = at->next) {
		const struct schedule_turnstile *stile =
			CONTAINER_OF(at, struct schedule_turnstile, link);
		if (!stile->let && !list_empty(&stile->lanes))
			first = earlier(first, stile->until_ms);
	}
	return first;
}

int64_t schedule_pace_deadline(const struct schedule_pace *p)
{
	if (!list_empty(&p->closed) || ring_to_serve(p))
		return INT64_MIN;

	int64_t deadline = INT64_MAX;
	if (!list_empty(&p->trials))
		deadline = CONTAINER_OF(p->trials.next, struct schedule_lane, trial)
				   ->backoff.tried_ms +
			   SCHEDULE_TRIAL_MS;
	if (!list_empty(&p->ages)) {
		int64_t old = CONTAINER_OF(p->ages.next, struct schedule_turn, age)->since_ms +
			      SCHEDULE_WAIT_MS;
		deadline = earlier(deadline, old);
	}
	return earlier(deadline, turnstiles_open_at(p));
}

size_t schedule_pace_ready(const struct schedule_pace *p)
{
	return p->n_ready;
}

void schedule_pace_reached(struct schedule_pace *p, struct schedule_lane *lane, int64_t now)
{
	end_trial(lane);
	schedule_backoff_worked(&lane->backoff);
	lane->met = 0;
	place(p, lane, now);
}

/* Its back-off has changed. */
static void place_shut(struct schedule_pace *p, struct schedule_lane *lane, int64_t now)
{
	if (!lane->backoff.trying)
		list_drop(&lane->trial);
	place(p, lane, now);
}

/* It has met the lane closed, or is what closes it. */
static void meet(const struct schedule_pace *p, struct schedule_lane *lane, uint64_t kind,
		 int64_t now)
{
	if (schedule_backoff_look(&lane->backoff, schedule_pace_backoff(p, lane), now) !=
	    SCHEDULE_CLOSED)
		lane->met = 0;
	lane->met |= kind;
}

void schedule_pace_unreached(struct schedule_pace *p, struct schedule_lane *lane, uint64_t kind,
			     int64_t now, uint32_t noise)
{
	meet(p, lane, kind, now);
	schedule_backoff_failed(&lane->backoff, schedule_pace_backoff(p, lane), now, noise);
	place_shut(p, lane, now);
}

void schedule_pace_shut(struct schedule_pace *p, struct schedule_lane *lane, uint64_t kind,
			int64_t now, int64_t wait_ms)
{
	meet(p, lane, kind, now);
	schedule_backoff_shut(&lane->backoff, schedule_pace_backoff(p, lane), now, wait_ms);
	place_shut(p, lane, now);
}

void schedule_pace_done(struct schedule_pace *p, struct schedule_lane *lane,
			enum schedule_echo echo, int64_t now)
{
	schedule_window_ended(&lane->window, echo, lane->busy, ceiling_of(p, lane));
	p->used--;
	if (--lane->busy == 0) /* whoever tried has said nothing */
		end_trial(lane);
	place(p, lane, now);
}

bool schedule_pace_lend(struct schedule_pace *p)
{
	bool any = left(p) > schedule_pace_reserve(p->limits.total) &&
		   p->lent < p->limits.total / SCHEDULE_PACE_LENT;

	p->used += any;
	p->lent += any;
	return any;
}

void schedule_pace_returned(struct schedule_pace *p)
{
	p->used--;
	p->lent--;
}

unsigned schedule_pace_crowd(const struct schedule_pace *p)
{
	return p->open < p->limits.total ? 0 : p->open + 1 - p->limits.total;
}

void schedule_pace_connected(struct schedule_pace *p)
{
	p->open++;
}

void schedule_pace_closed(struct schedule_pace *p)
{
	p->open--;
}
