/*
 * Attempts as text.  A case has recipients, a letter each; mail hosts; and what the
 * world does at each step, separated by ';':
 *
 *	DIAL  up, used (an open connection), down WHY, refuse CODE TEXT; not dialled: closed
 *	      MS WHY, hindered WHY; of another target than the one told of last: its number
 *	      before it; silent: time passes, and a rival is asked for
 *	SEND  for each of the batch, separated by ',': CODE TEXT; before it mail: the answer to
 *	      MAIL, data: to DATA, unfit STATUS: nothing was sent; and, at the end, lost or
 *	      full of the connection; unsaid: no result is told
 *
 * The transcript is what was wanted, in order; then what became of each.  reaches has
 * what is known of the destination then.
 */
#include "schedule/attempt.h"

#include "base/test.h"

#include <stdlib.h>

#define HOSTS 5

struct example {
	const char *label;
	const char *rcpts;
	size_t max;
	size_t hosts;
	const char *world;
	const char *transcript;
	const char *outcomes;
};

static const struct example cases[] = {
	{ "delivered", "a", 100, 1, "up;250 2.0.0 ok", "dial 1;send a;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "two at once", "ab", 100, 1, "up;250 2.0.0 ok,250 2.0.0 ok", "dial 1;send ab;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok;b delivered 2.0.0 mx1 250 2.0.0 ok" },
	/* A1: each outcome keeps its own target. */
	{ "the first takes one, the second puts the other off", "ab", 100, 2,
	  "up;450 4.2.1 later,250 2.0.0 ok;up;451 4.3.0 no", "dial 1;send ab;dial 2;send a;done",
	  "a deferred 4.3.0 mx2 451 4.3.0 no;b delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "put off, and the next is not there: what was said stands", "ab", 100, 2,
	  "up;450 4.2.1 later,250 2.0.0 ok;down refused", "dial 1;send ab;dial 2;done",
	  "a deferred 4.2.1 mx1 450 4.2.1 later;b delivered 2.0.0 mx1 250 2.0.0 ok" },
	/* A2: what was said of one is told of that one alone. */
	{ "three words for three", "abc", 100, 1,
	  "up;450 4.7.1 grey,452 4.2.2 no room,550 5.1.1 no", "dial 1;send abc;done",
	  "a deferred 4.7.1 mx1 450 4.7.1 grey;b deferred 4.2.2 mx1 452 4.2.2 no room;"
	  "c bounced 5.1.1 mx1 550 5.1.1 no" },
	{ "greylisted beside one that was taken", "ab", 100, 1, "up;450 4.7.1 grey,250 2.0.0 ok",
	  "dial 1;send ab;done",
	  "a deferred 4.7.1 mx1 450 4.7.1 grey;b delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "nobody is there: all share the last words", "ab", 100, 2, "down refused;down timeout",
	  "dial 1;dial 2;done", "a deferred 4.4.1 mx2 timeout;b deferred 4.4.1 mx2 timeout" },
	{ "the first is not there, the second puts one off", "ab", 100, 2,
	  "down refused;up;450 4.7.1 grey,550 5.1.1 no", "dial 1;dial 2;send ab;done",
	  "a deferred 4.7.1 mx2 450 4.7.1 grey;b bounced 5.1.1 mx2 550 5.1.1 no" },
	{ "a host that will not talk is not our mail's fault", "a", 100, 2,
	  "refuse 554 go away;down refused", "dial 1;dial 2;done", "a deferred 4.4.1 mx2 refused" },
	{ "and the words of the last are told", "a", 100, 1, "refuse 554 go away", "dial 1;done",
	  "a deferred 4.0.0 mx1 554 go away" },
	{ "three hosts have talked: enough", "a", 100, 5,
	  "up;450 4.2.1 x;up;450 4.2.2 y;up;450 4.2.3 z",
	  "dial 1;send a;dial 2;send a;dial 3;send a;done", "a deferred 4.2.3 mx3 450 4.2.3 z" },
	{ "hosts that are not there do not count", "a", 100, 5,
	  "down x;down x;down x;down x;up;250 2.0.0 ok",
	  "dial 1;dial 2;dial 3;dial 4;dial 5;send a;done", "a delivered 2.0.0 mx5 250 2.0.0 ok" },
	/* E1: a session's trouble is not the message's. */
	{ "MAIL refused on a used connection", "a", 100, 1,
	  "used;mail 452 4.4.5 enough;up;250 2.0.0 ok",
	  "dial 1;send a;dial 1 new after quit;send a;done", "a delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "MAIL refused for good on a used connection", "a", 100, 1,
	  "used;mail 550 5.7.1 enough;up;250 2.0.0 ok",
	  "dial 1;send a;dial 1 new after quit;send a;done", "a delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "and on a fresh one: it counts", "ab", 100, 1,
	  "used;mail 550 5.7.1 no,mail 550 5.7.1 no;up;mail 550 5.7.1 never,mail 550 5.7.1 never",
	  "dial 1;send ab;dial 1 new after quit;send ab;done after quit",
	  "a bounced 5.7.1 mx1 550 5.7.1 never;b bounced 5.7.1 mx1 550 5.7.1 never" },
	{ "put off by a fresh one: the next host is asked", "a", 100, 2,
	  "up;mail 451 4.3.2 later;up;250 2.0.0 ok", "dial 1;send a;dial 2 after quit;send a;done",
	  "a delivered 2.0.0 mx2 250 2.0.0 ok" },
	{ "MAIL refused: those who were to follow hear the same", "abc", 2, 1,
	  "up;mail 550 5.7.1 no,mail 550 5.7.1 no", "dial 1;send ab;done after quit",
	  "a bounced 5.7.1 mx1 550 5.7.1 no;b bounced 5.7.1 mx1 550 5.7.1 no;"
	  "c bounced 5.7.1 mx1 550 5.7.1 no" },
	{ "a used connection that was dead", "a", 100, 1, "used;lost lost;up;250 2.0.0 ok",
	  "dial 1;send a;dial 1 new;send a;done", "a delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "dead once it had refused one for good: the others are asked anew", "abc", 100, 1,
	  "used;550 5.1.1 no,421 4.3.2 bye,421 4.3.2 bye lost;up;250 2.0.0 ok,550 5.1.1 nor",
	  "dial 1;send abc;dial 1 new;send bc;done",
	  "a bounced 5.1.1 mx1 550 5.1.1 no;b delivered 2.0.0 mx1 250 2.0.0 ok;"
	  "c bounced 5.1.1 mx1 550 5.1.1 nor" },
	{ "dead once it had refused all for good", "ab", 100, 1,
	  "used;550 5.1.1 no,551 5.1.6 nor lost", "dial 1;send ab;done",
	  "a bounced 5.1.1 mx1 550 5.1.1 no;b bounced 5.1.6 mx1 551 5.1.6 nor" },
	{ "dead once it had refused all it was asked about: the others follow", "abc", 2, 1,
	  "used;550 5.1.1 no,550 5.1.1 no lost;up;250 2.0.0 ok",
	  "dial 1;send ab;dial 1 new;send c;done",
	  "a bounced 5.1.1 mx1 550 5.1.1 no;b bounced 5.1.1 mx1 550 5.1.1 no;"
	  "c delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "dead once it had put one off: that may have been its trouble, too", "ab", 100, 1,
	  "used;452 4.2.2 full,lost lost;up;250 2.0.0 ok,250 2.0.0 ok",
	  "dial 1;send ab;dial 1 new;send ab;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok;b delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "dead once MAIL was refused for good", "ab", 100, 1,
	  "used;mail 550 5.7.1 no,mail 550 5.7.1 no lost;up;250 2.0.0 ok,250 2.0.0 ok",
	  "dial 1;send ab;dial 1 new;send ab;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok;b delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "dead once it had refused one for good, and then nobody there", "ab", 100, 1,
	  "used;550 5.1.1 no,lost lost;down refused", "dial 1;send ab;dial 1 new;done",
	  "a bounced 5.1.1 mx1 550 5.1.1 no;b deferred 4.4.1 mx1 refused" },
	{ "dead amid the second of our own", "abc", 1, 1,
	  "up;250 2.0.0 ok;550 5.1.1 no lost;up;250 2.0.0 ok",
	  "dial 1;send a;send b;dial 1 new;send c;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok;b bounced 5.1.1 mx1 550 5.1.1 no;"
	  "c delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "dead, and then nobody there", "a", 100, 1, "used;lost lost;down refused",
	  "dial 1;send a;dial 1 new;done", "a deferred 4.4.1 mx1 refused" },
	{ "lost on a fresh one", "a", 100, 1, "up;421 lost lost", "dial 1;send a;done",
	  "a deferred 4.0.0 mx1 421 lost" },
	{ "lost, and what was said is no result: the same anew", "a", 100, 1,
	  "up;unsaid lost;up;250 2.0.0 ok", "dial 1;send a;dial 1 new;send a;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "lost: those who were to follow share it", "ab", 1, 1, "up;421 gone lost",
	  "dial 1;send a;done", "a deferred 4.0.0 mx1 421 gone;b deferred 4.0.0 mx1 421 gone" },
	{ "lost after one was refused: they share the loss, not that refusal", "abc", 2, 1,
	  "up;550 5.1.1 no,421 4.3.2 bye lost", "dial 1;send ab;done",
	  "a bounced 5.1.1 mx1 550 5.1.1 no;b deferred 4.3.2 mx1 421 4.3.2 bye;"
	  "c deferred 4.3.2 mx1 421 4.3.2 bye" },
	{ "lost once all had their word: the others are asked", "ab", 1, 1,
	  "up;550 5.1.1 no lost;up;250 2.0.0 ok", "dial 1;send a;dial 1 new;send b;done",
	  "a bounced 5.1.1 mx1 550 5.1.1 no;b delivered 2.0.0 mx1 250 2.0.0 ok" },
	/* E2: refused for their number. */
	{ "the rest follows at once", "abcd", 100, 1,
	  "up;250 2.0.0 ok,250 2.0.0 ok,452 4.5.3 many,452 4.5.3 many;250 2.0.0 ok,250 2.0.0 ok",
	  "dial 1;send abcd;send cd;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok;b delivered 2.0.0 mx1 250 2.0.0 ok;"
	  "c delivered 2.0.0 mx1 250 2.0.0 ok;d delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "as many as it took", "abcde", 100, 1,
	  "up;250 2.0.0 ok,250 2.0.0 ok,452 many,552 many,552 many;250 2.0.0 ok,250 2.0.0 ok;"
	  "250 2.0.0 ok",
	  "dial 1;send abcde;send cd;send e;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok;b delivered 2.0.0 mx1 250 2.0.0 ok;"
	  "c delivered 2.0.0 mx1 250 2.0.0 ok;d delivered 2.0.0 mx1 250 2.0.0 ok;"
	  "e delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "552 is 452 there", "abc", 100, 1,
	  "up;250 2.0.0 ok,552 5.5.3 many,552 many;250 2.0.0 ok;250 2.0.0 ok",
	  "dial 1;send abc;send b;send c;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok;b delivered 2.0.0 mx1 250 2.0.0 ok;"
	  "c delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "none was taken: it was not the number", "ab", 100, 1, "up;452 4.5.3 many,452 4.5.3 many",
	  "dial 1;send ab;done",
	  "a deferred 4.5.3 mx1 452 4.5.3 many;b deferred 4.5.3 mx1 452 4.5.3 many" },
	{ "a full mailbox is no number", "ab", 100, 1, "up;250 2.0.0 ok,452 4.2.2 no room",
	  "dial 1;send ab;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok;b deferred 4.2.2 mx1 452 4.2.2 no room" },
	{ "one a session: the rest on new connections", "abc", 100, 1,
	  "up;250 2.0.0 ok,452 4.5.3 many,452 4.5.3 many;mail 452 4.4.5 enough;up;"
	  "250 2.0.0 ok;mail 452 4.4.5 enough;up;250 2.0.0 ok",
	  "dial 1;send abc;send b;dial 1 new after quit;send b;send c;dial 1 new after quit;"
	  "send c;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok;b delivered 2.0.0 mx1 250 2.0.0 ok;"
	  "c delivered 2.0.0 mx1 250 2.0.0 ok" },
	/* At most `recipients` a transaction. */
	{ "three in twos", "abc", 2, 1, "up;250 2.0.0 ok,250 2.0.0 ok;250 2.0.0 ok",
	  "dial 1;send ab;send c;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok;b delivered 2.0.0 mx1 250 2.0.0 ok;"
	  "c delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "one by one, one put off: it is asked at the next host alone", "abc", 1, 2,
	  "up;250 2.0.0 ok;450 4.7.1 grey;250 2.0.0 ok;up;250 2.0.0 ok",
	  "dial 1;send a;send b;send c;dial 2;send b;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok;b delivered 2.0.0 mx2 250 2.0.0 ok;"
	  "c delivered 2.0.0 mx1 250 2.0.0 ok" },
	{ "the connection has carried enough", "ab", 1, 1, "up;250 2.0.0 ok full;up;250 2.0.0 ok",
	  "dial 1;send a;dial 1 new;send b;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok;b delivered 2.0.0 mx1 250 2.0.0 ok" },
	/* C3: a host that lacks what the message needs is not the end. */
	{ "the next host has it", "ab", 1, 2, "up;unfit 5.6.7;up;250 2.0.0 ok;250 2.0.0 ok",
	  "dial 1;send a;dial 2;send a;send b;done",
	  "a delivered 2.0.0 mx2 250 2.0.0 ok;b delivered 2.0.0 mx2 250 2.0.0 ok" },
	{ "none has it", "a", 100, 5,
	  "up;unfit 5.6.7;up;unfit 5.6.7;up;unfit 5.6.7;up;unfit 5.6.7;up;unfit 5.3.4",
	  "dial 1;send a;dial 2;send a;dial 3;send a;dial 4;send a;dial 5;send a;done",
	  "a bounced 5.3.4 mx5 no such extension (MAIL FROM)" },
	{ "one has it not, of the other nothing is known", "a", 100, 2,
	  "up;unfit 5.6.7;down refused", "dial 1;send a;dial 2;done",
	  "a deferred 4.4.1 mx2 refused" },
	{ "of the first nothing is known", "a", 100, 2, "down refused;up;unfit 5.6.7",
	  "dial 1;dial 2;send a;done", "a deferred 4.4.1 mx1 refused" },
	{ "one put it off, the other has it not", "a", 100, 2, "up;450 4.7.1 grey;up;unfit 5.6.7",
	  "dial 1;send a;dial 2;send a;done", "a deferred 4.7.1 mx1 450 4.7.1 grey" },
	{ "none has it: those who were to follow are told so, too", "ab", 1, 1, "up;unfit 5.6.7",
	  "dial 1;send a;done",
	  "a bounced 5.6.7 mx1 no such extension (MAIL FROM);"
	  "b bounced 5.6.7 mx1 no such extension (MAIL FROM)" },
	{ "put off for its number, and then there was no such extension", "ab", 100, 1,
	  "up;250 2.0.0 ok,452 4.5.3 many full;up;unfit 5.6.7",
	  "dial 1;send ab;dial 1 new;send b;done",
	  "a delivered 2.0.0 mx1 250 2.0.0 ok;b deferred 4.5.3 mx1 452 4.5.3 many" },
	{ "lost, and lost by a host that has it not: the loss is the first one's", "ab", 1, 2,
	  "up;421 4.3.2 bye lost;up;unfit 5.6.7 lost", "dial 1;send a;dial 2;send a;done",
	  "a deferred 4.3.2 mx1 421 4.3.2 bye;b deferred 4.3.2 mx1 421 4.3.2 bye" },
	{ "known at once", "ab", 1, 2, "unfit 5.7.30;unfit 5.7.30", "dial 1;dial 2;done",
	  "a bounced 5.7.30 mx2 no such extension (MAIL FROM);"
	  "b bounced 5.7.30 mx2 no such extension (MAIL FROM)" },
	{ "a message that cannot be sent anywhere", "a", 100, 2, "up;unfit 5.6.0",
	  "dial 1;send a;done", "a bounced 5.6.0 mx1 no such extension (MAIL FROM)" },
};

/* There may be hosts that are no targets. */
static const struct example of_some[] = {
	{ "none has it of those that are known", "ab", 1, 1, "up;unfit 5.6.7", "dial 1;send a;done",
	  "a deferred 4.6.7 mx1 no such extension (MAIL FROM);"
	  "b deferred 4.6.7 mx1 no such extension (MAIL FROM)" },
	{ "what a host says counts", "a", 1, 1, "up;550 5.1.1 no", "dial 1;send a;done",
	  "a bounced 5.1.1 mx1 550 5.1.1 no" },
};

/* RFC 8305 section 5.  of: whose address each target is, a letter each. */
static const struct {
	const char *of;
	struct example example;
} races[] = {
	{ "aa",
	  { "the first is silent, the second speaks", "a", 100, 2, "silent;2 up;250 2.0.0 ok",
	    "dial 1;beside 2;send a;done", "a delivered 2.0.0 mx1 250 2.0.0 ok" } },
	{ "aa",
	  { "the first speaks after all", "a", 100, 2, "silent;1 up;250 2.0.0 ok",
	    "dial 1;beside 2;send a;done", "a delivered 2.0.0 mx1 250 2.0.0 ok" } },
	{ "aab",
	  { "who lost is tried when the winner puts off, before the next host", "a", 100, 3,
	    "silent;2 up;450 4.2.1 x;1 up;450 4.2.2 y;3 up;250 2.0.0 ok",
	    "dial 1;beside 2;send a;dial 1;send a;dial 3;send a;done",
	    "a delivered 2.0.0 mx2 250 2.0.0 ok" } },
	{ "aa",
	  { "the rival is refused, the first is waited for", "a", 100, 2,
	    "silent;2 down refused;silent;1 up;250 2.0.0 ok",
	    "dial 1;beside 2;beside none;send a;done", "a delivered 2.0.0 mx1 250 2.0.0 ok" } },
	{ "aa",
	  { "none of them is there: the last words are told", "a", 100, 2,
	    "silent;2 down refused;1 down timeout", "dial 1;beside 2;done",
	    "a deferred 4.4.1 mx1 timeout" } },
	{ "aab",
	  { "and the next host is tried at once", "a", 100, 3,
	    "silent;1 down refused;2 closed 500 y;3 up;250 2.0.0 ok",
	    "dial 1;beside 2;dial 3;send a;done", "a delivered 2.0.0 mx2 250 2.0.0 ok" } },
	{ "ab",
	  { "no preference is raced past", "a", 100, 2, "silent;1 down timeout;2 up;250 2.0.0 ok",
	    "dial 1;beside none;dial 2;send a;done", "a delivered 2.0.0 mx2 250 2.0.0 ok" } },
	{ "aa",
	  { "an open connection to another address of it", "a", 100, 2, "2 used;250 2.0.0 ok",
	    "dial 1;send a;done", "a delivered 2.0.0 mx1 250 2.0.0 ok" } },
	{ "aa",
	  { "which was dead: the same anew, and no race", "a", 100, 2,
	    "2 used;lost lost;silent;2 down timeout;1 up;250 2.0.0 ok",
	    "dial 1;send a;dial 2 new;beside none;dial 1;send a;done",
	    "a delivered 2.0.0 mx1 250 2.0.0 ok" } },
	{ "aa",
	  { "the winner would not have us", "a", 100, 2, "silent;2 refuse 554 no;1 down timeout",
	    "dial 1;beside 2;dial 1;done", "a deferred 4.4.1 mx1 timeout" } },
};

struct bed {
	struct str world;
	struct schedule_part *part;
	struct schedule_attempt *attempt;
	struct route_host host[HOSTS];
	struct route_target target[HOSTS];
	struct route_verdict verdict;
	struct buf transcript;
	bool quit;
	int64_t now;
};

static struct str next_step(struct bed *b)
{
	struct str step;

	if (str_cut(&b->world, ';', &step))
		return step;
	step = b->world;
	b->world = STR_NONE;
	return step;
}

static bool take_word(struct str *s, const char *word)
{
	if (!str_starts(*s, str_of(word)))
		return false;
	*s = str_trim(str_skip(*s, str_of(word).n));
	return true;
}

static void add_hosts(struct bed *b, size_t n, const char *of)
{
	for (size_t i = 0; i < n; i++) {
		struct route_host *h = &b->host[i];
		h->name.len = 5;
		memcpy(h->name.wire, "\3mx1", 5);
		h->name.wire[3] = (uint8_t)('1' + i);
		h = of ? &b->host[of[i] - 'a'] : h;
		b->target[i] = (struct route_target){ .host = h, .address = &h->address[i] };
	}
	b->verdict.target = b->target;
	b->verdict.n_target = n;
}

/* "450 4.7.1 grey": a reply to RCPT, or to another command where a word before it says so. */
static void read_result(struct str s, struct smtp_result *r)
{
	struct str word, code;
	uint32_t number = 0;

	*r = (struct smtp_result){ .stage = SMTP_STAGE_RCPT };
	if (take_word(&s, "unfit ")) {
		r->stage = SMTP_STAGE_MAIL;
		r->fate = SMTP_PERMANENT;
		(void)str_copy(r->enhanced, sizeof(r->enhanced), s);
		r->misfit = !str_eq(s, STR("5.6.0")); /* which no host would take */
		r->text = STR("no such extension");
		return;
	}
	if (take_word(&s, "mail "))
		r->stage = SMTP_STAGE_MAIL;
	(void)str_word(&s, &code);
	(void)str_u32(code, &number);
	struct smtp_reply reply = { .code = (int)number };
	struct str rest = s;
	if (str_word(&rest, &word) && str_has(word, '.')) {
		(void)str_copy(reply.enhanced, sizeof(reply.enhanced), word);
		s = rest;
	}
	reply.text = str_trim(s);
	*r = smtp_results_of(&reply, r->stage);
}

/* "5000 a moment ago" */
static enum schedule_want dial_closed(struct bed *b, size_t target, struct str why)
{
	struct str word;
	uint32_t ms = 0;

	(void)str_word(&why, &word);
	(void)str_u32(word, &ms);
	return schedule_attempt_closed(b->attempt, target, str_trim(why), ms);
}

/* A connection is being made. */
static void dialled(struct bed *b)
{
	schedule_race_dialled(schedule_attempt_race(b->attempt), b->now);
}

static enum schedule_want dial_rival(struct bed *b)
{
	b->now += SCHEDULE_RACE_MS;
	size_t rival = schedule_race_rival(schedule_attempt_race(b->attempt), b->now);
	if (rival == SCHEDULE_NOBODY)
		buf_add(&b->transcript, STR("beside none;"));
	else
		buf_addf(&b->transcript, "beside %zu;", rival + 1);
	dialled(b);
	return SCHEDULE_WAIT;
}

/* The target that the step is about. */
static size_t target_of(struct bed *b, struct str *step)
{
	if (step->n < 2 || step->p[1] != ' ')
		return schedule_attempt_target(b->attempt);
	size_t target = (size_t)(step->p[0] - '1');
	*step = str_skip(*step, 2);
	return target;
}

static enum schedule_want connected(struct bed *b, size_t target, struct str step)
{
	struct smtp_result r;

	schedule_attempt_connected(b->attempt, target);
	if (take_word(&step, "up"))
		return schedule_attempt_greeted(b->attempt, SCHEDULE_UNUSED);
	if (take_word(&step, "used"))
		return schedule_attempt_greeted(b->attempt, SCHEDULE_USED);
	bool refused = take_word(&step, "refuse");
	read_result(step, &r);
	return refused ? schedule_attempt_refused(b->attempt, &r)
		       : schedule_attempt_unfit(b->attempt, &r);
}

/* What the world says to a connection that is being made. */
static enum schedule_want hear(struct bed *b)
{
	struct str step = next_step(b);
	size_t target = target_of(b, &step);

	if (take_word(&step, "silent"))
		return dial_rival(b);
	if (take_word(&step, "down"))
		return schedule_attempt_unreachable(b->attempt, target, step);
	if (take_word(&step, "hindered"))
		return schedule_attempt_hindered(b->attempt, target, step);
	if (take_word(&step, "closed"))
		return dial_closed(b, target, step);
	return connected(b, target, step);
}

static enum schedule_want dial(struct bed *b)
{
	buf_addf(&b->transcript, "dial %zu", schedule_attempt_target(b->attempt) + 1);
	buf_add(&b->transcript, schedule_attempt_fresh(b->attempt) ? STR(" new") : STR(""));
	buf_add(&b->transcript, b->quit ? STR(" after quit;") : STR(";"));
	b->quit = false;
	dialled(b);
	return hear(b);
}

static enum schedule_line line_of(struct str *step)
{
	enum schedule_line line = str_ends(*step, STR(" lost"))   ? SCHEDULE_LINE_LOST
				  : str_ends(*step, STR(" full")) ? SCHEDULE_LINE_SPENT
								  : SCHEDULE_LINE_OPEN;

	if (line != SCHEDULE_LINE_OPEN)
		step->n -= 5;
	return line;
}

static enum schedule_want transact(struct bed *b)
{
	struct str step = next_step(b), one;
	size_t n;
	const size_t *batch = schedule_attempt_batch(b->attempt, &n);

	buf_add(&b->transcript, STR("send "));
	for (size_t i = 0; i < n; i++)
		buf_addc(&b->transcript, (char)('a' + batch[i]));
	buf_addc(&b->transcript, ';');
	enum schedule_line line = line_of(&step);
	if (line == SCHEDULE_LINE_LOST)
		schedule_attempt_lost(b->attempt, SMTP_STAGE_RCPT);
	for (size_t i = 0; i < n && !str_eq(step, STR("unsaid")); i++) {
		struct smtp_result r;
		if (!str_cut(&step, ',', &one))
			one = step;
		read_result(one, &r);
		schedule_attempt_result(b->attempt, i, &r, false);
	}
	enum schedule_want want = schedule_attempt_sent(b->attempt, line);
	b->quit = schedule_attempt_spent(
		b->attempt); /* asked when it is let go, as is what comes next */
	return want;
}

static void tell(const struct bed *b, struct buf *out)
{
	static const char *const actions[] = {
		[ROUTE_DELIVER] = "delivered",
		[ROUTE_DEFER] = "deferred",
		[ROUTE_BOUNCE] = "bounced",
	};

	for (size_t i = 0; i < b->part->n; i++) {
		const struct schedule_outcome *o = &b->part->rcpt[i];
		buf_addf(out, "%s%c %s %s %.*s %.*s", i ? ";" : "", (char)('a' + i),
			 actions[o->action], o->status, STR_ARG(o->remote), STR_ARG(o->text));
		CHECK_INT("tried", o->tried, true);
		if (o->target < b->verdict.n_target)
			CHECK_INT("who said it", o->remote.p[2] - '1',
				  b->target[o->target].host - b->host);
	}
}

/* of: as of races; NULL: each target has its own host. */
static struct bed *make(const struct example *c, const char *of)
{
	struct route_demand off = { .service = ROUTE_OFF };
	struct bed *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	b->world = str_of(c->world);
	b->transcript = BUF_MAX(1 << 16);
	b->part = schedule_part_new(STR("d.example"), &off, str_of(c->rcpts).n);
	b->attempt = schedule_attempt_new(b->part, c->max);
	add_hosts(b, c->hosts, of);
	return b;
}

static void drop(struct bed *b)
{
	schedule_attempt_free(&b->attempt);
	schedule_part_free(&b->part);
	buf_free(&b->transcript);
	free(b);
}

static void play(struct bed *b)
{
	enum schedule_want want = schedule_attempt_start(b->attempt, &b->verdict);
	while (want != SCHEDULE_DONE)
		want = want == SCHEDULE_DIAL   ? dial(b)
		       : want == SCHEDULE_WAIT ? hear(b)
					       : transact(b);
	buf_add(&b->transcript, b->quit ? STR("done after quit") : STR("done"));
}

static void run(const struct example *c, const char *of, bool partial)
{
	CLEANUP(buf_free) struct buf outcomes = BUF_MAX(1 << 16);
	struct bed *b = make(c, of);

	b->verdict.partial = partial;
	play(b);
	CHECK_STR(c->label, buf_str(&b->transcript), str_of(c->transcript));
	tell(b, &outcomes);
	CHECK_STR(c->label, buf_str(&outcomes), str_of(c->outcomes));
	CHECK_STR(c->label, b->world, STR(""));
	drop(b);
}

/* What the attempt says of the destination as a whole. */
static const struct {
	const char *label, *world;
	size_t hosts;
	enum schedule_reach reach;
	int64_t closed_ms;
	enum schedule_echo echo; /* what it says of how many are too many */
} reaches[] = {
	{ "nobody is there", "down refused;down timeout", 2, SCHEDULE_REACH_NOBODY, 0,
	  SCHEDULE_ECHO_BAD },
	{ "a greeting that refuses is somebody's", "down refused;refuse 554 no", 2,
	  SCHEDULE_REACH_SOMEBODY, 0, SCHEDULE_ECHO_BAD },
	{ "somebody, and then nobody", "up;450 4.2.1 x;down refused", 2, SCHEDULE_REACH_SOMEBODY, 0,
	  SCHEDULE_ECHO_GOOD },
	{ "an open connection", "used;250 2.0.0 ok", 1, SCHEDULE_REACH_SOMEBODY, 0,
	  SCHEDULE_ECHO_GOOD },
	{ "all are closed: the first to open counts", "closed 9000 x;closed 5000 x;closed 7000 x",
	  3, SCHEDULE_REACH_CLOSED, 5000, SCHEDULE_ECHO_NONE },
	{ "one is closed, the other was tried", "closed 9000 x;down refused", 2,
	  SCHEDULE_REACH_NOBODY, 9000, SCHEDULE_ECHO_BAD },
	{ "the same the other way round", "down refused;closed 9000 x", 2, SCHEDULE_REACH_NOBODY,
	  9000, SCHEDULE_ECHO_BAD },
	{ "our own trouble says nothing", "hindered no descriptors;hindered x", 2,
	  SCHEDULE_REACH_UNKNOWN, 0, SCHEDULE_ECHO_NONE },
	{ "our own trouble, and one that is closed", "hindered x;closed 5000 x", 2,
	  SCHEDULE_REACH_CLOSED, 5000, SCHEDULE_ECHO_NONE },
	{ "turned away, and let in by the next", "refuse 421 4.3.2 full;up;250 2.0.0 ok", 2,
	  SCHEDULE_REACH_SOMEBODY, 0, SCHEDULE_ECHO_GOOD },
	{ "lost amid mail", "up;421 4.3.2 bye lost", 1, SCHEDULE_REACH_SOMEBODY, 0,
	  SCHEDULE_ECHO_BAD },
	{ "lost, and let in by the next", "up;421 4.3.2 bye lost;up;250 2.0.0 ok", 2,
	  SCHEDULE_REACH_SOMEBODY, 0, SCHEDULE_ECHO_GOOD },
};

static void check_reach(size_t i)
{
	const struct example c = {
		.rcpts = "a", .max = 1, .hosts = reaches[i].hosts, .world = reaches[i].world
	};
	struct bed *b = make(&c, NULL);

	play(b);
	CHECK_INT(reaches[i].label, schedule_attempt_reach(b->attempt), reaches[i].reach);
	CHECK_INT(reaches[i].label, schedule_attempt_closed_ms(b->attempt), reaches[i].closed_ms);
	CHECK_INT(reaches[i].label, schedule_attempt_echo(b->attempt), reaches[i].echo);
	CHECK_INT("no word of a host", b->part->rcpt[0].unasked,
		  reaches[i].reach == SCHEDULE_REACH_CLOSED);
	drop(b);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		run(&cases[i], NULL, false);
	for (size_t i = 0; i < COUNT_OF(of_some); i++)
		run(&of_some[i], NULL, true);
	for (size_t i = 0; i < COUNT_OF(races); i++)
		run(&races[i].example, races[i].of, false);
	for (size_t i = 0; i < COUNT_OF(reaches); i++)
		check_reach(i);
	return TEST_EXIT();
}
