/*
 * The world of the simulation: who has mail, who takes it, and how.  For the test alone.
 */
#ifndef SCHEDULE_SIMULATION_WORLD_PRIV_H
#define SCHEDULE_SIMULATION_WORLD_PRIV_H

#include "schedule/attempt.h"
#include "schedule/conclude.h"
#include "schedule/due.h"
#include "schedule/failing.h"
#include "schedule/pace.h"
#include "schedule/simulation_heap_priv.h"

#include <string.h>

#define DESTINATIONS 10000
#define WORKERS 2
#define RCPTS 3

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define T0 INT64_C(1795000000000)
#define ARRIVING (8 * HOUR)              /* in which all mail comes */
#define LONGEST (4 * HOUR + 24 * MINUTE) /* between two attempts, with all its noise */
#define SIZE_LIMIT ((uint64_t)10 << 20)

/* Two that have more mail than others. */
#define BIG_DEAD 0 /* a tenth of all */
#define BIG_SLOW 1 /* five of a thousand, one after the other */

enum kind {
	GOOD,
	SLOW,        /* up to two minutes a message */
	DEAD,        /* no connection, after 30 s */
	FLAKY,       /* so for an hour every three */
	REFUSES,     /* 550 */
	GREY,        /* 450 to what was not tried before */
	SECOND_HOST, /* the first is dead, and the same for all of them */
	NO_DNS,      /* 4.4.3, after 10 s */
	NO_DOMAIN,   /* 5.1.2 */
	KINDS
};

struct message {
	int64_t arrived_wall, arrived, set_forward; /* the last: in all, until it arrived */
	uint32_t kib;
	uint16_t attempts;
	uint8_t n;
	bool warned;
	bool at_end; /* it was loaded to be given up */
	struct fate {
		uint16_t destination;
		uint8_t state; /* enum schedule_rcpt_state, as it is on record */
		uint8_t heard; /* what a host said of it that is final: 0, 2 or 5 */
	} rcpt[RCPTS];
};

struct destination {
	struct schedule_lane lane;
	enum kind kind;
	bool open; /* the lane is */
	char name[16];
	uint64_t dials, loads, loads_at_end, messages;
	uint64_t excused; /* loads at the end of a life that could not end it */
};

/* A message that is in memory. */
struct transit {
	struct message *m;
	struct schedule_charge charge;
	struct schedule_round *round;
	struct schedule_rcpt rcpt[RCPTS];
	struct schedule_part *part[RCPTS]; /* those that are home */
	size_t n_part, out;
};

struct delivery {
	struct schedule_turn turn;
	struct transit *transit;
	struct schedule_part *part;
	struct schedule_attempt *attempt;
	struct destination *to;
	enum schedule_want want;
	unsigned heard;      /* bits of the targets that were asked */
	bool judged;         /* DNS has spoken */
	int64_t skipping_ms; /* the current target is closed for so long; 0: it is not */
};

/* A client in DATA. */
struct session {
	struct message *m;
	struct schedule_charge charge;
};

static struct world {
	int64_t now, wall;   /* wall: the clock that may be set */
	int64_t set_forward; /* in all */
	struct heap events, store;
	struct message *message;
	size_t n_message, done;
	struct destination *destination;
	struct schedule_pace pace[WORKERS];
	int64_t pump_at[WORKERS], look_at; /* the events that count */
	bool waiting;                      /* to be woken: the loader looks at nothing before */
	int64_t waits_since;
	struct schedule_failing *hosts[WORKERS], *lanes[WORKERS], *loader;
	struct schedule_budget budget;
	struct schedule_retry retry;
	struct schedule_backoff_limits backoff;
	size_t begun, put_off, sent_back, no_room, loaded, left, expired, broken_off, not_taken;
} w;

static struct route_verdict verdict[KINDS];
static struct route_host host[2];
static struct route_target both[2]; /* of all verdicts */

static inline uint32_t noise(void)
{
	return (uint32_t)roll();
}

static inline struct str key_of(const struct destination *d)
{
	return str_of(d->name);
}

static inline uint64_t lane_of(const struct destination *d)
{
	uint64_t h = (uint64_t)(d - w.destination + 1) * UINT64_C(0x9e3779b97f4a7c15);

	return (h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
}

static inline unsigned worker_of(const struct destination *d)
{
	return (unsigned)(d - w.destination) % WORKERS;
}

static inline struct schedule_pace *pace_of(const struct destination *d)
{
	return &w.pace[worker_of(d)];
}

/* A host is known by its address: the first host of SECOND_HOST is one for all. */
static inline struct str host_key(const struct destination *d, size_t target)
{
	return d->kind == SECOND_HOST && target == 0 ? STR("192.0.2.1:25") : key_of(d);
}

static inline bool works(const struct destination *d, size_t target)
{
	switch (d->kind) {
	case GOOD:
	case SLOW:
	case REFUSES:
	case GREY:
		return true;
	case FLAKY:
		return w.now % (3 * HOUR) > HOUR;
	case SECOND_HOST:
		return target == 1;
	case DEAD:
	case NO_DNS:
	case NO_DOMAIN:
	case KINDS:
		break;
	}
	return false;
}

static inline struct smtp_result result_of(const struct delivery *x)
{
	int code = x->to->kind == GREY && x->transit->m->attempts == 0 ? 450
		   : x->to->kind == REFUSES                            ? 550
								       : 250;
	struct smtp_result r = { .stage = SMTP_STAGE_RCPT,
				 .fate = code == 250   ? SMTP_DELIVERED
					 : code == 450 ? SMTP_TEMPORARY
						       : SMTP_PERMANENT,
				 .code = code,
				 .text = STR("so it is") };

	(void)str_copy(r.enhanced, sizeof(r.enhanced), STR("2.0.0"));
	r.enhanced[0] = (char)('0' + code / 100);
	return r;
}

static inline enum kind some_kind(size_t i)
{
	static const struct {
		enum kind kind;
		unsigned percent;
	} mix[] = { { SLOW, 4 },    { DEAD, 4 },      { FLAKY, 2 },
		    { REFUSES, 3 }, { GREY, 4 },      { SECOND_HOST, 3 },
		    { NO_DNS, 1 },  { NO_DOMAIN, 1 }, { GOOD, 78 } };
	unsigned at = (unsigned)pick(100);

	for (size_t k = 0; k < sizeof(mix) / sizeof(mix[0]); k++) {
		if (at < mix[k].percent)
			return i == BIG_DEAD ? DEAD : i == BIG_SLOW ? SLOW : mix[k].kind;
		at -= mix[k].percent;
	}
	abort();
}

static inline size_t some_destination(size_t message)
{
	if (chance(10))
		return BIG_DEAD;
	if (message >= w.n_message / 2 && message - w.n_message / 2 < w.n_message / 200)
		return BIG_SLOW;
	return 2 + pick(DESTINATIONS - 2);
}

static inline void make_message(size_t i)
{
	struct message *m = &w.message[i];

	m->n = chance(10) ? 2 + (uint8_t)pick(RCPTS - 1) : 1;
	m->kib = schedule_budget_cost(chance(500) ? pick(9 << 20) : 1000 + pick(20000), m->n);
	for (size_t k = 0; k < m->n; k++) {
		m->rcpt[k].destination = (uint16_t)some_destination(i);
		w.destination[m->rcpt[k].destination].messages++;
	}
}

static inline void make_verdicts(void)
{
	for (size_t k = 0; k < 2; k++) {
		host[k].name.len = 5;
		memcpy(host[k].name.wire, k ? "\3mx2" : "\3mx1", 5);
		both[k] = (struct route_target){ .host = &host[k], .address = &host[k].address[0] };
	}
	for (size_t i = 0; i < KINDS; i++) {
		verdict[i].text = BUF_MAX(100);
		buf_add(&verdict[i].text, STR("so says DNS"));
		verdict[i].target = both;
		verdict[i].n_target = i == SECOND_HOST ? 2 : 1;
	}
	verdict[NO_DNS].action = ROUTE_DEFER;
	memcpy(verdict[NO_DNS].status, "4.4.3", 6);
	verdict[NO_DOMAIN].action = ROUTE_BOUNCE;
	memcpy(verdict[NO_DOMAIN].status, "5.1.2", 6);
}

#endif
