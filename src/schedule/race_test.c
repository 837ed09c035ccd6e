/*
 * Races as text.  hosts has a letter for each target: whose address it is.  Then what happens, and
 * what comes of it, behind '=', a target being a digit, nobody '-':
 *
 *	next=1         the first that waits
 *	dialled@100    a connection is being made since then
 *	at=350         from then on there is a rival; at=- there is none
 *	rival@350=2    who is dialled beside them at that time
 *	failed1=0      there is none to 1; 1: others race on
 *	won2           there is one to 2
 *	may=12         those to whom an open connection would do as well; may= nobody
 */
#include "schedule/race.h"

#include "base/test.h"

#define TARGETS 6

static const struct {
	const char *label, *hosts, *story;
} cases[] = {
	{ "one address races nothing", "a",
	  "next=1 dialled@0 at=- rival@9999=- may=1 won1 next=-" },
	{ "it speaks before the time", "aa", "next=1 dialled@0 at=250 won1 at=- rival@250=-" },
	{ "a moment before, and then", "aa", "next=1 dialled@7 at=257 rival@256=- rival@257=2" },
	{ "each rival has its own time", "aaa",
	  "next=1 dialled@0 rival@250=2 dialled@250 at=500 rival@499=- rival@500=3 dialled@500 "
	  "at=-" },
	{ "so many and no more, until one fails", "aaaaaa",
	  "next=1 dialled@0 rival@250=2 rival@500=3 rival@750=4 dialled@750 at=- rival@9999=- "
	  "failed2=1 at=1000 rival@9999=5 at=-" },
	{ "a rival that is not dialled: the next at once", "aaa",
	  "next=1 dialled@0 rival@250=2 failed2=1 at=250 rival@250=3" },
	{ "put off: no room for another one", "aa", "next=1 dialled@0 dialled@250 at=500" },
	{ "not beyond the host", "ab", "next=1 dialled@0 at=- rival@999=- failed1=0 next=2" },
	{ "nor back to one before it", "abb",
	  "next=1 won1 next=2 dialled@0 rival@250=3 dialled@250 at=- may=23" },
	{ "the rest of a host, when its first is in vain", "aab",
	  "next=1 dialled@0 failed1=0 next=2 dialled@5 at=- failed2=0 next=3 at=- failed3=0 "
	  "next=-" },
	{ "who lost waits, before those behind it", "aaab",
	  "next=1 dialled@0 rival@250=2 dialled@250 won2 next=1 dialled@400 at=650 rival@650=3 "
	  "failed1=1 failed3=0 next=4" },
	{ "both lost, in order again", "aaa",
	  "next=1 dialled@0 rival@250=2 rival@250=3 won3 next=1 dialled@1 rival@251=2 won2 next=1 "
	  "dialled@300 at=- won1 next=-" },
	{ "one of them fails: the others race on", "aa",
	  "next=1 dialled@0 rival@250=2 failed1=1 failed2=0 next=-" },
	{ "once it is decided, there is no other", "aa",
	  "next=1 won1 dialled@9 at=- may= failed1=0 next=2" },
	{ "an open connection to another address", "aab", "next=1 may=12 won2 may= next=1 may=1" },
	{ "not to one that was in vain", "aab", "next=1 failed1=0 may= next=2 may=2" },
	{ "not before one of them was dialled", "aaa",
	  "next=1 at=- dialled@0 failed1=0 at=- next=2 at=- dialled@9 at=259" },
	{ "nobody", "", "next=- at=- rival@0=-" },
};

struct bed {
	struct route_host host[TARGETS];
	struct route_target target[TARGETS];
	struct route_verdict verdict;
	struct schedule_race race;
};

static void make(struct bed *b, struct str hosts)
{
	for (size_t i = 0; i < hosts.n; i++)
		b->target[i].host = &b->host[hosts.p[i] - 'a'];
	b->verdict.target = b->target;
	b->verdict.n_target = hosts.n;
	CHECK_INT("begins", schedule_race_init(&b->race, &b->verdict), ERR_OK);
}

static void add_target(struct buf *out, size_t target)
{
	buf_addc(out, target == SCHEDULE_NOBODY ? '-' : (char)('1' + target));
}

static void add_time(struct buf *out, int64_t at)
{
	if (at == INT64_MAX)
		buf_addc(out, '-');
	else
		buf_addu(out, (uint64_t)at);
}

static void add_choice(struct buf *out, const struct bed *b)
{
	for (size_t i = 0; i < b->verdict.n_target; i++)
		if (schedule_race_may(&b->race, i))
			add_target(out, i);
}

/* What comes of it. */
static void happen(struct bed *b, struct str what, int64_t now, struct buf *out)
{
	size_t target = what.n ? (size_t)(what.p[what.n - 1] - '1') : 0;

	if (str_eq(what, STR("next")))
		add_target(out, schedule_race_next(&b->race));
	else if (str_eq(what, STR("dialled")))
		schedule_race_dialled(&b->race, now);
	else if (str_eq(what, STR("at")))
		add_time(out, schedule_race_at(&b->race));
	else if (str_eq(what, STR("rival")))
		add_target(out, schedule_race_rival(&b->race, now));
	else if (str_eq(what, STR("may")))
		add_choice(out, b);
	else if (str_starts(what, STR("failed")))
		buf_addu(out, schedule_race_failed(&b->race, target));
	else if (str_starts(what, STR("won")))
		schedule_race_won(&b->race, target);
	else
		CHECK_STR("a word that is known", what, STR(""));
}

static void step(struct bed *b, const char *label, struct str word)
{
	CLEANUP(buf_free) struct buf came = BUF_MAX(64);
	struct str what, time = STR_NONE, expected = word;
	uint32_t now = 0;

	if (!str_cut(&expected, '=', &word))
		expected = STR_NONE;
	if (str_cut(&word, '@', &what))
		time = word;
	else
		what = word;
	(void)str_u32(time, &now);
	happen(b, what, now, &came);
	CHECK_STR(label, buf_str(&came), expected);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct bed b = { .verdict = { .n_target = 0 } };
		struct str rest = str_of(cases[i].story), word;
		make(&b, str_of(cases[i].hosts));
		while (str_word(&rest, &word))
			step(&b, cases[i].label, word);
		schedule_race_clear(&b.race);
	}
	return TEST_EXIT();
}
