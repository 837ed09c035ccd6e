/*
 * Rounds as text.  rcpts: for each recipient its state (w waiting, d delivered, f failed and
 * untold, t told), then NOTIFY: n never, s success, x failure, l delay; none: not given.
 * parts: separated by ';', each some of INDEX WHAT: + delivered, * delivered and the host
 * notifies, - bounced, ~ put off, _ put off and not tried, o put off for our resolver, c put off as
 * closed for an hour, C the same and not tried.
 *
 * want: for each recipient its state afterwards and the notice: F, D, R or '.'.
 */
#include "schedule/conclude.h"

#include "base/test.h"
#include "smtp/server.h"

#include <stdlib.h>
#include <string.h>

#define T0 INT64_C(1795000000000)
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define MOST 4

static const struct schedule_retry usual = {
	.retry_ms = { MINUTE, 5 * MINUTE, HOUR },
	.n_retry = 3,
	.lifetime_ms = 120 * HOUR,
	.warn_after_ms = 4 * HOUR,
};

#define NULL_SENDER 1u
#define WARNED 2u
#define MENDED 4u

static const struct {
	const char *label;
	const char *rcpts;
	const char *parts;
	unsigned flags;
	unsigned attempts;
	int64_t age;
	const char *want;
	const char *then; /* report, warned, kept, waits */
	int64_t next;     /* from now; -1: does not wait */
} cases[] = {
	{ "all delivered", "w w", "0+ 1+", 0, 0, 1, "d. d.", "", -1 },
	{ "two parts", "w w", "0+;1+", 0, 0, 1, "d. d.", "", -1 },
	{ "one put off", "w w", "0+;1~", 0, 0, 1, "d. w.", "waits", MINUTE },
	{ "our resolver is not well", "w w", "0~;1o", 0, 0, 1, "w. w.", "resolver waits", MINUTE },
	{ "and became so meanwhile", "w w", "0~;1o", MENDED, 0, 1, "w. w.", "resolver waits", 0 },
	{ "our resolver became well, which is nothing to this", "w", "0~", MENDED, 0, 1, "w.",
	  "waits", MINUTE },
	{ "the second time", "w", "0~", 0, 1, MINUTE, "w.", "waits", 5 * MINUTE },
	{ "bounced", "w", "0-", 0, 0, 1, "fF", "report", -1 },
	{ "bounced and delivered", "w w", "0-;1+", 0, 0, 1, "fF d.", "report", -1 },
	{ "bounced and put off", "w w", "0-;1~", 0, 0, 1, "fF w.", "report waits", MINUTE },
	{ "nobody wants to know", "wn", "0-", 0, 0, 1, "f.", "", -1 },
	{ "failures alone", "wx wx", "0-;1~", 0, 20, 5 * HOUR, "fF w.", "report warned waits",
	  HOUR },
	{ "late", "w", "0~", 0, 9, 5 * HOUR, "wD", "report warned waits", HOUR },
	{ "late, and told before", "w", "0~", WARNED, 9, 5 * HOUR, "w.", "waits", HOUR },
	{ "late, and delays are asked for", "wl", "0~", 0, 9, 5 * HOUR, "wD", "report warned waits",
	  HOUR },
	{ "late, for one of two", "wn w", "0~ 1~", 0, 9, 5 * HOUR, "w. wD", "report warned waits",
	  HOUR },
	{ "a failure before it is late does not count as told of the delay", "w w", "0-;1~", 0, 0,
	  1, "fF w.", "report waits", MINUTE },
	{ "success is asked for", "ws", "0+", 0, 0, 1, "dR", "report", -1 },
	{ "and the host notifies", "ws", "0*", 0, 0, 1, "d.", "", -1 },
	{ "success is not asked for", "wx", "0+", 0, 0, 1, "d.", "", -1 },
	{ "a report is never reported", "w w", "0-;1~", NULL_SENDER, 9, 5 * HOUR, "f. w.",
	  "kept waits", HOUR },
	{ "failed, and then we died: told now", "f d", "", 0, 1, 1, "fF d.", "report", -1 },
	{ "told before", "t w", "1+", 0, 1, 1, "t. d.", "", -1 },
	{ "stopped before anything was tried", "w w", "0_ 1_", 0, 3, 1, "w. w.", "waits", 0 },
	{ "not tried, and not to be for an hour", "w", "0C", 0, 3, 1, "w.", "waits", HOUR },
	{ "one was tried before we stopped", "w w", "0~;1_", 0, 0, 1, "w. w.", "waits", MINUTE },
	{ "cut by the daemon's end", "w", "0x", 0, 9, 1, "w.", "waits", 0 },
	{ "one was put off before the other was cut", "w w", "0~;1x", 0, 9, 1, "w. w.", "waits",
	  0 },
	{ "one was delivered before the other was cut", "w w", "0+;1x", 0, 9, 1, "d. w.", "waits",
	  0 },
	{ "one was put off, the other called back", "w w", "0~;1r", 0, 0, 1, "w. w.", "waits", 0 },
	{ "one bounced, the other called back", "w w", "0-;1r", 0, 0, 1, "fF w.", "report waits",
	  0 },
	{ "called back late", "w", "0r", 0, 9, 5 * HOUR, "w.", "waits", 0 },
	{ "there was no room for it", "w", "0b", 0, 3, 1, "w.", "waits", 10000 },
	{ "there was room for one", "w w", "0~;1b", 0, 0, 1, "w. w.", "waits", MINUTE },
	{ "no part was sent, for want of memory", "w w", "", 0, 3, 1, "w. w.", "waits", 10000 },
	{ "one part was not sent", "w w", "0_", 0, 3, 1, "w. w.", "waits", 0 },
	{ "one part was not sent, the other was tried", "w w", "0~", 0, 0, 1, "w. w.", "waits",
	  MINUTE },
	{ "closed for an hour", "w", "0c", 0, 0, 1, "w.", "waits", HOUR },
	{ "closed for an hour, as long as it would wait", "w", "0c", 0, 5, 1, "w.", "waits", HOUR },
	{ "one is closed, the other is not", "w w", "0c;1~", 0, 0, 1, "w. w.", "waits", MINUTE },
	/* q: a destination with a schedule of its own, 5 s and told after a minute. */
	{ "its own schedule", "w", "0q", 0, 0, 1, "w.", "waits", 5000 },
	{ "the quicker of two", "w w", "0~;1q", 0, 0, 1, "w. w.", "waits", 5000 },
	{ "the other, where that one is done", "w d", "0~;1q", 0, 0, 1, "w. d.", "waits", MINUTE },
	{ "late by its own", "w w", "0~;1q", 0, 9, 2 * MINUTE, "wD wD", "report warned waits",
	  5000 },
	{ "an outcome for one that has had its own", "w", "0+;0-", 0, 0, 1, "d.", "", -1 },
	{ "an outcome for one that was done", "d", "0-", 0, 0, 1, "d.", "", -1 },
	{ "an outcome for nobody", "w", "0+ 3-", 0, 0, 1, "d.", "", -1 },
};

static size_t read_rcpts(struct str text, struct schedule_rcpt *rcpt)
{
	static const char states[] = "wdft", notify[] = "nsxl";
	struct str word;
	size_t n = 0;

	for (; str_word(&text, &word); n++) {
		rcpt[n] = (struct schedule_rcpt){ .state = (enum schedule_rcpt_state)(
							  strchr(states, word.p[0]) - states) };
		for (size_t i = 1; i < word.n; i++)
			rcpt[n].notify |= 1u << (strchr(notify, word.p[i]) - notify);
	}
	return n;
}

static void read_outcome(struct str word, struct schedule_outcome *o)
{
	o->rcpt = (size_t)(word.p[0] - '0');
	o->tried = !strchr("_br", word.p[1]);
	o->dsn = word.p[1] == '*';
	o->cut = word.p[1] == 'x' || word.p[1] == 'r';
	o->action = strchr("+*", word.p[1])  ? ROUTE_DELIVER
		    : strchr("-", word.p[1]) ? ROUTE_BOUNCE
					     : ROUTE_DEFER;
}

static const struct schedule_retry quick = { .retry_ms = { 5000 },
					     .n_retry = 1,
					     .lifetime_ms = 24 * HOUR,
					     .warn_after_ms = MINUTE };

static struct schedule_part *read_part(struct str text, int64_t now)
{
	struct schedule_part *p = schedule_part_new(
		STR("d.example"), &(struct route_demand){ .service = ROUTE_OFF }, MOST);
	struct str word;

	if (!p)
		abort();
	for (p->n = 0; str_word(&text, &word); p->n++) {
		struct schedule_outcome *o = &p->rcpt[p->n];
		read_outcome(word, o);
		if (word.p[1] == 'q')
			p->retry = &quick;
		o->not_before_wall_ms = word.p[1] == 'c'   ? now + HOUR
					: word.p[1] == 'b' ? now + 10000
							   : 0;
		(void)str_copy(o->status, sizeof(o->status),
			       word.p[1] == 'o' ? STR("4.3.5") : STR("9.9.9"));
	}
	return p;
}

/* How many there are: they live until the end of the round. */
static size_t add_parts(struct schedule_round *r, struct str text, int64_t now,
			struct schedule_part *parts[static MOST])
{
	struct schedule_change change[MOST];
	struct str one;
	size_t n_parts = 0;

	while (text.n) {
		if (!str_cut(&text, ';', &one)) {
			one = text;
			text = STR_NONE;
		}
		struct schedule_part *p = read_part(one, now);
		size_t n = schedule_round_add(r, p, change);
		for (size_t i = 0; i < n; i++)
			CHECK_INT("recorded as said", change[i].status.n == 5, change[i].tried);
		parts[n_parts++] = p;
	}
	return n_parts;
}

static void tell(struct buf *out, const struct schedule_round *r, const struct schedule_rcpt *rcpt,
		 size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s%c%c", i ? " " : "", "wdft"[rcpt[i].state],
			 ".FDR"[schedule_round_notices(r)[i]]);
}

static void run(size_t i)
{
	CLEANUP(buf_free) struct buf states = BUF_MAX(256);
	CLEANUP(buf_free) struct buf then = BUF_MAX(256);
	struct schedule_rcpt rcpt[MOST];
	struct schedule_change change[MOST];
	struct schedule_conclusion c;
	size_t n = read_rcpts(str_of(cases[i].rcpts), rcpt);
	struct schedule_round *r = schedule_round_new(rcpt, n);
	int64_t now = T0 + cases[i].age;
	const struct schedule_facts facts = { .retry = &usual,
					      .arrived_wall_ms = T0,
					      .now_wall_ms = now,
					      .attempts = cases[i].attempts,
					      .mended = cases[i].flags & MENDED,
					      .warned = cases[i].flags & WARNED,
					      .null_sender = cases[i].flags & NULL_SENDER };

	struct schedule_part *parts[MOST];
	size_t n_parts = add_parts(r, str_of(cases[i].parts), now, parts);
	schedule_round_conclude(r, &facts, &c);
	tell(&states, r, rcpt, n);
	CHECK_STR(cases[i].label, buf_str(&states), str_of(cases[i].want));
	buf_addf(&then, "%s%s%s%s%s", c.report ? "report " : "", c.warned ? "warned " : "",
		 c.kept ? "kept " : "", c.resolver ? "resolver " : "", c.waits ? "waits " : "");
	CHECK_STR(cases[i].label, str_trim(buf_str(&then)), str_of(cases[i].then));
	if (c.waits)
		CHECK_INT(cases[i].label, c.next_wall_ms - now, cases[i].next);
	size_t told = schedule_round_told(r, change);
	for (size_t k = 0; k < n; k++) {
		bool fails = strchr(cases[i].want, 'f') && cases[i].want[3 * k] == 'f';
		CHECK_INT(cases[i].label, rcpt[k].state == SCHEDULE_TOLD,
			  cases[i].want[3 * k] == 't' || (fails && !facts.null_sender));
		told -= fails && !facts.null_sender;
	}
	CHECK_INT(cases[i].label, (long long)told, 0);
	while (n_parts)
		schedule_part_free(&parts[--n_parts]);
	schedule_round_free(&r);
}

/* Who was relayed may be told apart from all others. */
static void relayed_apart(void)
{
	struct schedule_rcpt rcpt[MOST];
	struct schedule_part *parts[MOST];
	enum schedule_notice apart[MOST];
	struct schedule_conclusion c;
	size_t n = read_rcpts(STR("ws wsx wsx wx"), rcpt);
	struct schedule_round *r = schedule_round_new(rcpt, n);
	const struct schedule_facts facts = { .retry = &usual, .arrived_wall_ms = T0 };
	size_t n_parts = add_parts(r, STR("0+ 1-;2+ 3+"), T0, parts);

	schedule_round_conclude(r, &facts, &c);
	CHECK_INT("two were", (long long)schedule_round_relayed(r, apart), 2);
	for (size_t i = 0; i < n; i++) {
		bool relayed = i == 0 || i == 2;
		enum schedule_notice all = i == 1    ? SCHEDULE_NOTICE_FAILED
					   : relayed ? SCHEDULE_NOTICE_RELAYED
						     : SCHEDULE_SILENT;
		CHECK_INT("all of them", schedule_round_notices(r)[i], all);
		CHECK_INT("apart", apart[i], relayed ? SCHEDULE_NOTICE_RELAYED : SCHEDULE_SILENT);
	}
	schedule_round_relayed_told(r);
	CHECK_INT("none is left", (long long)schedule_round_relayed(r, apart), 0);
	CHECK_INT("the failed are", schedule_round_notices(r)[1], SCHEDULE_NOTICE_FAILED);
	while (n_parts)
		schedule_part_free(&parts[--n_parts]);
	schedule_round_free(&r);
}

/* Who was relayed while others are tried is told then, and no more at the end. */
static void relayed_early(void)
{
	struct schedule_rcpt rcpt[MOST];
	struct schedule_part *parts[MOST];
	enum schedule_notice apart[MOST];
	struct schedule_conclusion c;
	struct schedule_round *r = schedule_round_new(rcpt, read_rcpts(STR("ws ws ws"), rcpt));
	const struct schedule_facts facts = { .retry = &usual, .arrived_wall_ms = T0 };
	size_t n_parts = add_parts(r, STR("0+"), T0, parts);

	CHECK_INT("one was", (long long)schedule_round_relayed(r, apart), 1);
	CHECK_INT("the first", apart[0], SCHEDULE_NOTICE_RELAYED);
	schedule_round_relayed_told(r);
	n_parts += add_parts(r, STR("1+;2~"), T0, parts + n_parts);
	schedule_round_conclude(r, &facts, &c);
	CHECK_INT("it was told", schedule_round_notices(r)[0], SCHEDULE_SILENT);
	CHECK_INT("the second was not", schedule_round_notices(r)[1], SCHEDULE_NOTICE_RELAYED);
	CHECK_INT("who waits was not relayed", schedule_round_notices(r)[2], SCHEDULE_SILENT);
	while (n_parts)
		schedule_part_free(&parts[--n_parts]);
	schedule_round_free(&r);
}

/* What was said of one before, what is found now, and what is recorded. */
static const struct {
	const char *label, *text, *remote;
	bool unasked;
	enum route_action action;
	const char *want;
} words[] = {
	{ "a new word", "450 before", "mx", false, ROUTE_DEFER, "now" },
	{ "nobody was asked: a host's word stands", "450 before", "mx", true, ROUTE_DEFER,
	  "450 before" },
	{ "ours does not", "no answer", "", true, ROUTE_DEFER, "now" },
	{ "nor none", "", "", true, ROUTE_DEFER, "now" },
	{ "the last word is the last", "450 before", "mx", true, ROUTE_BOUNCE, "now" },
};

static void last_words(size_t i)
{
	struct schedule_rcpt rcpt = { .text = str_of(words[i].text),
				      .remote = str_of(words[i].remote) };
	struct schedule_round *r = schedule_round_new(&rcpt, 1);
	struct schedule_part *p =
		schedule_part_new(STR("d.example"), &(struct route_demand){ 0 }, 1);
	struct schedule_change change;

	if (!r || !p)
		abort();
	schedule_outcome_settle(&p->rcpt[0], words[i].action, STR("4.4.1"));
	schedule_outcome_say(&p->rcpt[0], STR("now"), STR_NONE);
	p->rcpt[0].unasked = words[i].unasked;
	CHECK_INT(words[i].label, (long long)schedule_round_add(r, p, &change), 1);
	CHECK_STR(words[i].label, change.text, str_of(words[i].want));
	CHECK_INT("an attempt, all the same", change.tried, true);
	schedule_round_free(&r);
	schedule_part_free(&p);
}

int main(void)
{
	relayed_apart();
	relayed_early();
	for (size_t i = 0; i < COUNT_OF(words); i++)
		last_words(i);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		run(i);
	return TEST_EXIT();
}
