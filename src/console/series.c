#include "console/series.h"

#include "base/jsonw.h"
#include "base/time.h"
#include "console/metric.h"
#include "console/ring.h"
#include "os/clock.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 8 << 20, WHY_MAX = 4096 };

#define HOUR_MS INT64_C(3600000)

struct console_series {
	struct loop *loop;
	struct loop_timer *tick;
	struct console_asks *asks;
	struct console_ring *ring;
	bool asked; /* the last question is not answered yet */
	struct console_sample sample;
};

/* A part of a series: one line of a plot. */
struct part {
	const char *by, *name;
	enum console_measure measure;
};

/* Each name of /api/series: what it is made of, and how it falls into parts. */
static const struct named {
	const char *name;
	enum console_measure sum[4]; /* MEASURES ends it where it is shorter */
	bool gauge;
	struct part part[8]; /* by NULL ends them */
} names[] = {
	{ "accepted", { CONSOLE_ACCEPTED, CONSOLE_MEASURES }, false, { { 0 } } },
	{ "queue",
	  { CONSOLE_QUEUED, CONSOLE_MEASURES },
	  true,
	  { { "age", "up to 1 hour", CONSOLE_AGED_HOUR },
	    { "age", "1 to 4 hours", CONSOLE_AGED_FOUR_HOURS },
	    { "age", "4 to 24 hours", CONSOLE_AGED_DAY },
	    { "age", "over 24 hours", CONSOLE_AGED_MORE } } },
	{ "deliveries",
	  { CONSOLE_DELIVERED, CONSOLE_DEFERRED, CONSOLE_BOUNCED, CONSOLE_MEASURES },
	  false,
	  { { "outcome", "delivered", CONSOLE_DELIVERED },
	    { "outcome", "deferred", CONSOLE_DEFERRED },
	    { "outcome", "bounced", CONSOLE_BOUNCED },
	    { "service", "off", CONSOLE_OFF },
	    { "service", "requested", CONSOLE_REQUESTED },
	    { "service", "required", CONSOLE_REQUIRED } } },
	{ "answers",
	  { CONSOLE_SECURE, CONSOLE_INSECURE, CONSOLE_BOGUS, CONSOLE_INDETERMINATE },
	  false,
	  { { "status", "secure", CONSOLE_SECURE },
	    { "status", "insecure", CONSOLE_INSECURE },
	    { "status", "bogus", CONSOLE_BOGUS },
	    { "status", "indeterminate", CONSOLE_INDETERMINATE } } },
};

/* Below: the daemon is asked. */

/* The measure of a word of the daemon's; MEASURES: there is none. */
static enum console_measure measure_of(const char *word)
{
	for (size_t i = 0; word && i < sizeof(names) / sizeof(names[0]); i++)
		for (const struct part *p = names[i].part; p->by; p++)
			if (strcmp(p->name, word) == 0)
				return p->measure;
	return CONSOLE_MEASURES;
}

static void count(struct console_sample *s, const json_t *row, const char *key)
{
	enum console_measure m = measure_of(json_string_value(json_object_get(row, key)));

	if (m < CONSOLE_MEASURES)
		s->value[m] += json_integer_value(json_object_get(row, "count"));
}

static void read_queue(struct console_sample *s, const json_t *queue)
{
	static const char *const keys[] = { "hour", "four_hours", "day", "older" };
	const json_t *ages = json_object_get(queue, "ages");

	s->value[CONSOLE_QUEUED] = json_integer_value(json_object_get(queue, "messages"));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		s->value[CONSOLE_AGED_HOUR + i] =
			json_integer_value(json_object_get(ages, keys[i]));
}

static void read_status(struct console_sample *s, const json_t *status)
{
	const json_t *row;
	size_t i;

	s->value[CONSOLE_ACCEPTED] = json_integer_value(json_object_get(status, "accepted"));
	read_queue(s, json_object_get(status, "queue"));
	json_array_foreach(json_object_get(status, "deliveries"), i, row)
	{
		count(s, row, "service");
		count(s, row, "outcome");
	}
}

/* Answers by status are among the metrics alone. */
static void read_metrics(struct console_sample *s, struct str text)
{
	struct str status;
	uint64_t n;

	while (console_metric_next(&text, STR("signpost_answers_total"), STR("status"), &status,
				   &n)) {
		char word[sizeof("indeterminate")];
		if (str_copy(word, sizeof(word), status) && measure_of(word) < CONSOLE_MEASURES)
			s->value[measure_of(word)] += (int64_t)n;
	}
}

static bool told_status(void *arg, struct str json)
{
	struct console_series *series = arg;
	json_t *status = json_loadb(json.p, json.n, 0, NULL);

	if (status)
		read_status(&series->sample, status);
	json_decref(status);
	return true;
}

static bool told_metrics(void *arg, struct str json)
{
	struct console_series *series = arg;
	json_t *frame = json_loadb(json.p, json.n, 0, NULL);

	read_metrics(&series->sample,
		     str_of(json_string_value(json_object_get(frame, "openmetrics"))));
	json_decref(frame);
	return true;
}

static void told_all(void *arg, const struct console_ask_end *end)
{
	struct console_series *s = arg;

	s->asked = false;
	if (end->how == CONSOLE_ASK_DONE) /* a daemon that is away leaves a gap */
		console_ring_add(s->ring, &s->sample);
}

static void status_ended(void *arg, const struct console_ask_end *end)
{
	static const struct console_ask_ops ops = { told_metrics, told_all };
	struct console_series *s = arg;

	s->asked = end->how == CONSOLE_ASK_DONE &&
		   console_ask(s->asks, CONSOLE_VIEW, STR("{\"command\":\"metrics\"}"), &ops, s) ==
			   ERR_OK;
}

static void tick(void *arg)
{
	static const struct console_ask_ops ops = { told_status, status_ended };
	struct console_series *s = arg;

	loop_timer_set(s->tick, loop_now(s->loop) + CONSOLE_RING_STEP_MS);
	if (s->asked)
		return;
	s->sample = (struct console_sample){ .wall_ms = os_clock_wall() };
	s->asked = console_ask(s->asks, CONSOLE_VIEW, STR("{\"command\":\"status\"}"), &ops, s) ==
		   ERR_OK;
}

struct console_series *console_series_new(struct loop *loop, struct console_asks *asks)
{
	struct console_series *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	*s = (struct console_series){ .loop = loop, .asks = asks, .ring = console_ring_new() };
	s->tick = loop_timer_new(loop, tick, s);
	if (!s->ring || !s->tick) {
		console_series_free(&s);
		return NULL;
	}
	loop_timer_set(s->tick, loop_now(loop));
	return s;
}

void console_series_free(struct console_series **sp)
{
	struct console_series *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	if (s->tick)
		loop_timer_free(&s->tick);
	console_ring_free(&s->ring);
	free(s);
}

/* Below: what is answered. */

/* The samples of an answer: those of a level from `first` on. */
struct span {
	const struct console_ring *ring;
	size_t level, first;
	bool gauge;
};

static int64_t value_at(const struct span *s, size_t i, enum console_measure m)
{
	int64_t now = console_ring_at(s->ring, s->level, i)->value[m];

	if (s->gauge)
		return now;
	return console_ring_growth(console_ring_at(s->ring, s->level, i - 1)->value[m], now);
}

static void write_points(struct jsonw *j, const struct span *s, const struct named *name)
{
	char text[TIME_TEXT_MAX];

	jsonw_array(j, "points");
	for (size_t i = s->first; i < console_ring_count(s->ring, s->level); i++) {
		int64_t sum = 0;
		for (size_t k = 0; k < 4 && name->sum[k] < CONSOLE_MEASURES; k++)
			sum += value_at(s, i, name->sum[k]);
		jsonw_array(j, NULL);
		jsonw_str(j, NULL,
			  time_rfc3339(console_ring_at(s->ring, s->level, i)->wall_ms, text));
		jsonw_int(j, NULL, sum);
		jsonw_array_end(j);
	}
	jsonw_array_end(j);
}

/* {"outcome":{"delivered":[v...],...},...}: of each part a value for each point. */
static void write_parts(struct jsonw *j, const struct span *s, const struct named *name)
{
	const char *by = NULL;

	jsonw_object(j, "by");
	for (const struct part *p = name->part; p->by; p++) {
		if (!by || strcmp(by, p->by) != 0) {
			if (by)
				jsonw_object_end(j);
			jsonw_object(j, p->by);
			by = p->by;
		}
		jsonw_array(j, p->name);
		for (size_t i = s->first; i < console_ring_count(s->ring, s->level); i++)
			jsonw_int(j, NULL, value_at(s, i, p->measure));
		jsonw_array_end(j);
	}
	if (by)
		jsonw_object_end(j);
	jsonw_object_end(j);
}

/* One now for both: a millisecond later an hour ago is more than an hour ago. */
static void answer(struct console_request *r, const struct named *name, int64_t since_wall_ms,
		   int64_t now_wall_ms)
{
	const struct console_ring *ring = r->site->series->ring;
	CLEANUP(buf_free) struct buf body = BUF_MAX(BODY_MAX);
	struct jsonw j = jsonw_to(&body);
	struct span s = { .ring = ring,
			  .level = console_ring_level(since_wall_ms, now_wall_ms),
			  .gauge = name->gauge };

	s.first = name->gauge ? 0 : 1; /* a counter grew since the one before */
	while (s.first < console_ring_count(ring, s.level) &&
	       console_ring_at(ring, s.level, s.first)->wall_ms < since_wall_ms)
		s.first++;
	jsonw_object(&j, NULL);
	jsonw_str(&j, "name", str_of(name->name));
	jsonw_int(&j, "step_s", console_ring_step_ms(s.level) / 1000);
	write_points(&j, &s, name);
	write_parts(&j, &s, name);
	jsonw_object_end(&j);
	console_request_document(r->x, &body);
}

void console_series_get(struct console_request *r)
{
	static const char *const known[] = { "name", "since", NULL };
	struct str name = console_parameter(&r->target.query, "name");
	struct str since = console_parameter(&r->target.query, "since");
	int64_t now = os_clock_wall(), at = now - HOUR_MS, span;
	const struct named *found = NULL;

	if (!console_request_known(r, known))
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq(name, str_of(names[i].name)))
			found = &names[i];
	if (since.n && time_read_span(since, &span) == ERR_OK)
		at = now - span;
	else if (since.n && time_read(since, &at) != ERR_OK)
		found = NULL;
	if (found)
		answer(r, found, at, now);
	else
		console_request_refuse(r->x, 400,
				       STR("name is accepted, deliveries, answers or queue, and "
					   "since a time like 2026-11-24T03:04:05Z, or 1h"));
}
