/*
 * The window, as lines of what happens to a server and of what it may then be sent:
 *
 *	+MS		time passes
 *	sent N		datagrams leave
 *	ok N		of those that were sent last N are answered
 *	lost N		N were not answered in time
 *	room N		so many may leave, where the server takes no time to answer
 *	room N/MS	the same, where it usually takes MS
 */
#include "resolve/window.h"

#include "base/str.h"
#include "base/test.h"

#include <stdlib.h>

static const struct {
	const char *label;
	const char *script;
} cases[] = {
	{ "the first", "room 192 sent 1 room 191 sent 190 room 1 sent 1 room 0" },
	{ "an answer makes room, and one more", "sent 192 room 0 ok 1 room 2" },
	{ "what was not used up does not grow", "sent 100 ok 100 room 192" },
	{ "a round trip doubles it", "sent 192 room 0 ok 192 room 384" },
	{ "up to the most",
	  "sent 192 room 0 ok 192 sent 384 room 0 ok 384 sent 768 room 0 ok 768 room 1024" },
	{ "used up is forgotten when all is answered",
	  "sent 192 room 0 ok 192 room 384 sent 10 ok 10 room 384" },
	{ "what the server has had for a while counts no more",
	  "sent 192 +199 room 0 +32 room 192" },
	{ "a slow server has it for longer",
	  "sent 192 +232 room 0/500 +268 room 0/500 +32 room 192/500" },
	{ "for a second at most", "sent 100 +999 room 92/5000 +32 room 192/5000" },
	{ "a late answer makes no room twice", "sent 192 +232 room 192 ok 100 room 192" },
	{ "silence: the window is not asked",
	  "sent 192 +200 ok 1 +232 sent 192 room 0 +400 sent 192 room 0 +400 sent 192 room 0 "
	  "+199 room 0 +1 room 1024 ok 1 room 2" },
	{ "a few losses are the network's",
	  "sent 192 lost 24 room 0 ok 168 room 336 sent 24 room 312" },
	{ "many halve it, when the round is over",
	  "sent 100 ok 75 lost 25 sent 91 ok 91 room 167 sent 1 room 70" },
	{ "one less does not", "sent 100 ok 76 lost 24 sent 91 ok 91 room 168 sent 1 room 167" },
	{ "never below the least",
	  "sent 191 ok 96 lost 95 sent 1 +232 room 96 sent 95 ok 1 lost 94 sent 1 +232 room 64 "
	  "sent 63 ok 1 lost 62 sent 1 +232 room 64" },
	{ "where nothing was answered nothing follows",
	  "sent 100 lost 100 +232 sent 92 +232 room 192" },
	{ "after a loss it grows by one a windowful",
	  "sent 191 ok 150 lost 41 sent 1 +232 room 96 sent 96 room 0 ok 96 room 97" },
};

struct run {
	struct resolve_window w;
	int64_t now, sent_at;
};

static void check_room(struct run *run, const char *label, struct str word)
{
	struct str number = word, pace = STR("0");
	int64_t when = INT64_MAX;
	uint32_t n, ms;

	if (str_has(word, '/') && !str_cut(&word, '/', &number))
		abort();
	if (word.p != number.p)
		pace = word;
	if (!str_u32(number, &n) || !str_u32(pace, &ms))
		abort();
	CHECK_INT(label, resolve_window_room(&run->w, ms, run->now, &when), n);
	CHECK_INT(label, when, n > 0 ? INT64_MAX : run->now + RESOLVE_WINDOW_TICK_MS);
}

static uint32_t number_of(struct str word)
{
	uint32_t n;

	if (!str_u32(word, &n))
		abort();
	return n;
}

static void step(struct run *run, const char *label, struct str verb, struct str *rest)
{
	struct str word;

	if (verb.p[0] == '+') {
		run->now += number_of(str_skip(verb, 1));
		return;
	}
	if (!str_word(rest, &word))
		abort();
	if (str_eq(verb, STR("room"))) {
		check_room(run, label, word);
		return;
	}
	uint32_t n = number_of(word);
	if (str_eq(verb, STR("sent"))) {
		run->sent_at = run->now;
		resolve_window_sent(&run->w, n, run->now);
	}
	for (uint32_t i = 0; i < n && str_eq(verb, STR("ok")); i++)
		resolve_window_answered(&run->w, run->sent_at);
	for (uint32_t i = 0; i < n && str_eq(verb, STR("lost")); i++)
		resolve_window_lost(&run->w);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct run run = { .now = 1000000 };
		struct str rest = str_of(cases[i].script), verb;
		resolve_window_init(&run.w, 1);
		while (str_word(&rest, &verb))
			step(&run, cases[i].label, verb, &rest);
	}
	return TEST_EXIT();
}
