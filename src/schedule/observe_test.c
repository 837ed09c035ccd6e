/* What SECURE would have come to, by who was tried and who had the last word. */
#include "schedule/observe.h"

#include "base/test.h"

#include <string.h>

/*
 * Targets are letters: those that were gone by, in order; of these SECURE's; those that were tried,
 * in capitals where nobody was there.  Outcomes, one a recipient: what became of it, by whose word
 * ('-': nobody's), with what status.
 */
static const struct {
	const char *label, *used, *secure, *tried, *outcomes, *want;
} rows[] = {
	{ "a secure one takes it", "ab", "a", "a", "d a 2.0.0", "delivered" },
	{ "the second of them", "ab", "ab", "ab", "d b 2.0.0", "delivered" },
	{ "the secure one is dead, an insecure one takes it", "ab", "a", "ab", "d b 2.0.0",
	  "deferred 4.4.1" },
	{ "the secure ones are dead", "abc", "ab", "abc", "d c 2.0.0", "deferred 4.4.1" },
	{ "one of the secure ones was not tried", "abc", "ac", "ab", "d b 2.0.0", "delivered" },
	{ "an insecure one came first", "ab", "b", "a", "d a 2.0.0", "delivered" },
	{ "an insecure one refuses it for good", "ab", "a", "ab", "b b 5.1.1", "deferred 4.4.1" },
	{ "a secure one refuses it for good", "ab", "a", "a", "b a 5.1.1", "delivered" },
	{ "all are dead", "ab", "a", "ab", "p b 4.4.1", "deferred 4.4.1" },
	{ "the secure one puts it off, the other is dead", "ab", "a", "ab", "p a 4.7.1",
	  "deferred 4.7.1" },
	{ "put off, and one was not tried", "ab", "b", "a", "p a 4.7.1", "delivered" },
	{ "it was given up before", "ab", "a", "", "p - 4.3.2", "delivered" },
	{ "one recipient by each", "ab", "a", "ab", "d a 2.0.0;d b 2.0.0",
	  "delivered, deferred 4.4.1" },
	{ "an insecure one takes one and puts the other off, as does the secure one", "ab", "b",
	  "ab", "d a 2.0.0;p b 4.7.1", "delivered, deferred 4.7.1" },
	{ "an insecure one refuses one, and the secure one is asked for the other", "ab", "b", "ab",
	  "b a 5.7.1;d b 2.0.0", "delivered, delivered" },
	{ "nobody was at the secure one, that was dialled beside", "ab", "b", "Ba", "d a 2.0.0",
	  "deferred 4.4.1" },
	{ "nor when it was dialled for the other", "ab", "b", "aB", "d a 2.0.0;p - 4.4.1",
	  "deferred 4.4.1, deferred 4.4.1" },
	{ "one that it would not have asked at all", "a", "b", "a", "d a 2.0.0", "delivered" },
};

static struct route_address address[26];
static const struct route_demand off = { .service = ROUTE_OFF };

static size_t targets_of(const char *letters, struct route_target *out)
{
	size_t n = 0;

	for (; letters[n]; n++)
		out[n].address = &address[letters[n] - 'a'];
	return n;
}

static void read_outcome(struct str one, const char *used, struct schedule_outcome *o)
{
	const char *by = strchr(used, one.p[2]);

	o->action = one.p[0] == 'd' ? ROUTE_DELIVER : one.p[0] == 'b' ? ROUTE_BOUNCE : ROUTE_DEFER;
	o->target = by ? (size_t)(by - used) : SCHEDULE_NOBODY;
	(void)str_copy(o->status, sizeof(o->status), str_skip(one, 4));
}

static void check(size_t i)
{
	struct route_target used[4] = { 0 }, secure[4] = { 0 };
	struct route_verdict by = { .target = used }, of = { .target = secure };
	struct str rest = str_of(rows[i].outcomes), one;
	struct schedule_part *part = schedule_part_new(STR("d"), &off, str_has(rest, ';') ? 2 : 1);
	struct schedule_race race;
	size_t n = 0;
	CLEANUP(buf_free) struct buf got = BUF_MAX(256);

	by.n_target = targets_of(rows[i].used, used);
	of.n_target = targets_of(rows[i].secure, secure);
	CHECK_INT(rows[i].label, schedule_race_init(&race, &by), ERR_OK);
	for (const char *t = rows[i].tried; *t; t++) {
		size_t at = (size_t)(strchr(rows[i].used, str_fold(*t)) - rows[i].used);
		(void)schedule_race_next(&race);
		if (*t == rows[i].used[at])
			schedule_race_won(&race, at);
		else
			(void)schedule_race_failed(&race, at);
	}
	while (str_cut(&rest, ';', &one))
		read_outcome(one, rows[i].used, &part->rcpt[n++]);
	read_outcome(rest, rows[i].used, &part->rcpt[n]);
	const struct schedule_seen seen = { &of, &by, &race, part };
	for (size_t k = 0; k < part->n; k++) {
		const struct schedule_observed o = schedule_observe(&seen, k);
		buf_addf(&got, "%s%.*s%s%s", k > 0 ? ", " : "",
			 STR_ARG(route_action_text(o.action)), o.status[0] ? " " : "", o.status);
		CHECK_INT(rows[i].label, o.text.n > 0, o.action != ROUTE_DELIVER);
	}
	CHECK_STR(rows[i].label, buf_str(&got), str_of(rows[i].want));
	schedule_race_clear(&race);
	schedule_part_free(&part);
}

/* What the DNS stands against stays so, whatever the hosts said. */
static void check_verdict(void)
{
	struct route_verdict by = { 0 }, of = { .action = ROUTE_BOUNCE, .status = "5.7.4" };
	struct schedule_part *part = schedule_part_new(STR("d"), &off, 1);
	const struct schedule_race race = { 0 };
	const struct schedule_seen seen = { &of, &by, &race, part };

	of.text = BUF_MAX(64);
	buf_add(&of.text, STR("it is not signed"));
	const struct schedule_observed o = schedule_observe(&seen, 0);
	CHECK_INT("the DNS", o.action, ROUTE_BOUNCE);
	CHECK_STR("the DNS", str_of(o.status), STR("5.7.4"));
	CHECK_STR("the DNS", o.text, STR("it is not signed"));
	buf_free(&of.text);
	schedule_part_free(&part);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check(i);
	check_verdict();
	return TEST_EXIT();
}
