/*
 * Attempts in any world.  Seeds: src/schedule/corpus/attempt/.
 *
 * Octets are choices: how many recipients and hosts there are, and at each step what the
 * world does.  Each thing that is said bears a number, by which an outcome's words are known
 * again.  What must hold: it ends, after at most 4 steps for each recipient and target; the target
 * that is dialled next is the first of whom nothing was told, and it is dialled at most twice for
 * each recipient, anew all but the first time; one that is dialled beside it is the first such of
 * the same host, and not before its time; a batch is not empty, no larger than allowed, and has
 * nobody in it who is settled; at the end each recipient has one outcome, tried, in the last words
 * about that very one, by the host that said them, or, where nobody spoke of it, in words that are
 * about all; and where nothing was any host's doing the destination bears as much as before.
 */
#include "schedule/attempt.h"

#include "base/rd.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

#define RCPTS 12
#define HOSTS 6
#define WORDS 8192 /* more than can be said in all steps */

/* Whom words are about: one recipient, or all of whom nothing was said, or all. */
enum about { OF_ONE, OF_MAIL, OF_LOSS, OF_MISFIT, OF_HOST, OF_US };

static struct bed {
	struct rd in;
	struct schedule_part *part;
	struct schedule_attempt *attempt;
	struct route_host host[HOSTS];
	struct route_target targets[HOSTS]; /* some of one host */
	struct route_verdict verdict;
	size_t max, steps, dials, target;
	bool racing[HOSTS], told[HOSTS]; /* targets: what became of their connection */
	int64_t now, dialled;
	bool used, reached, misfit[HOSTS];
	bool theirs; /* a host was not there, turned us away, or went */
	int64_t closed_ms;
	struct words {
		enum about about;
		size_t target, rcpt;
		enum route_action action;
		bool void_; /* a refusal that the same host was asked about anew */
	} words[WORDS];
	size_t n_words; /* the first is nobody's */
	char text[24];
	size_t last[RCPTS]; /* words about that very one; 0: none */
	bool settled[RCPTS];
} b;

static struct str speak(enum about about, size_t target, size_t rcpt, enum route_action action)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(sizeof(b.text));

	MUST(b.n_words < WORDS);
	buf_addf(&text, "#%zu", b.n_words);
	(void)str_copy(b.text, sizeof(b.text), buf_str(&text));
	b.words[b.n_words++] = (struct words){ about, target, rcpt, action, false };
	return str_of(b.text);
}

static size_t number_of(struct str text)
{
	struct str before;
	size_t number = 0;

	MUST(str_cut(&text, '#', &before));
	for (size_t i = 0; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++)
		number = number * 10 + (size_t)(text.p[i] - '0');
	MUST(number > 0 && number < b.n_words);
	return number;
}

static enum route_action action_of(const struct smtp_result *r)
{
	return r->fate == SMTP_DELIVERED                ? ROUTE_DELIVER
	       : r->fate == SMTP_TEMPORARY || r->misfit ? ROUTE_DEFER
							: ROUTE_BOUNCE;
}

/* Of any code but 421, with an enhanced one or without. */
static struct smtp_result any_reply(enum smtp_stage stage, uint8_t how)
{
	static const struct {
		enum smtp_fate fate;
		int code;
		const char *said;
	} replies[] = {
		{ SMTP_TEMPORARY, 450, "4.7.1" }, { SMTP_TEMPORARY, 452, "" },
		{ SMTP_TEMPORARY, 452, "4.5.3" }, { SMTP_TEMPORARY, 452, "4.2.2" },
		{ SMTP_TEMPORARY, 552, "" },      { SMTP_TEMPORARY, 451, "" },
		{ SMTP_PERMANENT, 550, "5.1.1" }, { SMTP_PERMANENT, 554, "" },
		{ SMTP_PERMANENT, 552, "5.3.4" }, { SMTP_DELIVERED, 250, "2.0.0" },
		{ SMTP_DELIVERED, 250, "" },      { SMTP_DELIVERED, 251, "2.1.5" },
	};
	size_t i = how % (sizeof(replies) / sizeof(replies[0]));
	struct smtp_result r = { .fate = replies[i].fate, .stage = stage, .code = replies[i].code };

	(void)str_copy(r.said, sizeof(r.said), str_of(replies[i].said));
	(void)str_copy(r.enhanced, sizeof(r.enhanced),
		       r.said[0]                  ? str_of(r.said)
		       : r.fate == SMTP_DELIVERED ? STR("2.0.0")
		       : r.fate == SMTP_TEMPORARY ? STR("4.0.0")
						  : STR("5.0.0"));
	return r;
}

static struct smtp_result refusal(enum smtp_stage stage)
{
	return any_reply(stage, rd_u8(&b.in) % 9);
}

static struct smtp_result loss(enum smtp_stage stage)
{
	struct smtp_result r = { .fate = SMTP_TEMPORARY, .stage = stage, .enhanced = "4.4.2" };

	uint8_t how = rd_u8(&b.in);

	r.code = how % 2 ? 421 : 0;
	r.own = how % 4 == 2;
	b.theirs |= !r.own;
	return r;
}

static struct smtp_result unfit(void)
{
	struct smtp_result r = { .fate = SMTP_PERMANENT,
				 .stage = SMTP_STAGE_MAIL,
				 .enhanced = "5.6.7" };

	r.misfit = rd_u8(&b.in) % 4; /* else no host would take it */
	return r;
}

/* What was said of one who is in the batch; a misfit tells less than any reply. */
static void tell(size_t at, size_t rcpt, const struct smtp_result *r)
{
	size_t word = number_of(r->text);
	bool kept = r->misfit && b.last[rcpt] && b.words[b.last[rcpt]].about != OF_MISFIT;

	schedule_attempt_result(b.attempt, at, r, rd_u8(&b.in) % 2);
	if (!kept)
		b.last[rcpt] = word;
	b.settled[rcpt] = action_of(r) != ROUTE_DEFER;
}

static void tell_all(struct smtp_result *r, enum about about)
{
	size_t n;
	const size_t *batch = schedule_attempt_batch(b.attempt, &n);

	r->text = speak(about, b.target, 0, action_of(r));
	for (size_t i = 0; i < n; i++)
		tell(i, batch[i], r);
}

/* Each has its own; whoever has none, as the connection ends before, has that. */
static void tell_each(const struct smtp_result *end)
{
	size_t n, common = 0;
	const size_t *batch = schedule_attempt_batch(b.attempt, &n);

	for (size_t i = 0; i < n; i++) {
		struct smtp_result r = any_reply(SMTP_STAGE_RCPT, rd_u8(&b.in));
		if (end && (r.fate == SMTP_DELIVERED || common)) {
			r = *end;
			if (!common)
				common = number_of(speak(OF_LOSS, b.target, 0, ROUTE_DEFER));
			r.text = str_of(b.text);
		} else {
			r.text = speak(OF_ONE, b.target, batch[i], action_of(&r));
		}
		tell(i, batch[i], &r);
	}
}

/* It is about those, too, who were to follow. */
static void hear_all(size_t word)
{
	for (size_t i = 0; i < b.part->n; i++) {
		if (b.last[i] && b.words[b.last[i]].about != OF_MISFIT)
			continue;
		b.last[i] = word;
		b.settled[i] = b.words[word].action != ROUTE_DEFER;
	}
}

/* A refusal of MAIL counts, unless the same host is asked anew. */
static enum schedule_want refuse_mail(enum schedule_line line)
{
	struct smtp_result r = refusal(SMTP_STAGE_MAIL);
	size_t last[RCPTS];
	bool settled[RCPTS];

	memcpy(last, b.last, sizeof(last));
	memcpy(settled, b.settled, sizeof(settled));
	tell_all(&r, OF_MAIL);
	MUST(schedule_attempt_spent(b.attempt));
	enum schedule_want want = schedule_attempt_sent(b.attempt, line);
	MUST(schedule_attempt_spent(b.attempt));
	if (want == SCHEDULE_DIAL && schedule_attempt_target(b.attempt) == b.target) {
		MUST(b.used);
		b.words[b.n_words - 1].void_ = true;
		memcpy(b.last, last, sizeof(last));
		memcpy(b.settled, settled, sizeof(settled));
	} else {
		hear_all(number_of(r.text));
	}
	return want;
}

/* Of those who had no final word their words count for nothing: they had these before. */
static void unsay(const size_t last[static RCPTS])
{
	for (size_t i = 0; i < b.part->n; i++)
		if (b.last[i] != last[i] && !b.settled[i]) {
			b.words[b.last[i]].void_ = true;
			b.last[i] = last[i];
		}
}

static enum schedule_want lose(void)
{
	enum smtp_stage stage = SMTP_STAGE_MAIL + rd_u8(&b.in) % 4;
	struct smtp_result r = loss(stage);
	bool stale = b.used && !schedule_attempt_fresh(b.attempt) && stage < SMTP_STAGE_MESSAGE;
	size_t last[RCPTS];

	memcpy(last, b.last, sizeof(last));
	schedule_attempt_lost(b.attempt, stage);
	if (stage > SMTP_STAGE_MAIL)
		tell_each(&r);
	else
		tell_all(&r, r.code ? OF_MAIL : OF_LOSS);
	if (stale)
		unsay(last);
	else if (stage == SMTP_STAGE_MAIL && r.code)
		hear_all(number_of(r.text));
	return schedule_attempt_sent(b.attempt, SCHEDULE_LINE_LOST);
}

static enum schedule_want do_not_fit(enum schedule_line line)
{
	struct smtp_result r = unfit();

	b.misfit[b.target] |= r.misfit;
	tell_all(&r, r.misfit ? OF_MISFIT : OF_MAIL);
	return schedule_attempt_sent(b.attempt, line);
}

static void check_batch(void)
{
	size_t n;
	const size_t *batch = schedule_attempt_batch(b.attempt, &n);
	bool seen[RCPTS] = { false };

	MUST(n > 0 && n <= b.max);
	for (size_t i = 0; i < n; i++) {
		MUST(batch[i] < b.part->n && !seen[batch[i]] && !b.settled[batch[i]]);
		seen[batch[i]] = true;
	}
}

static enum schedule_want transact(void)
{
	uint8_t how = rd_u8(&b.in);
	enum schedule_line line = (enum schedule_line)(how / 16 % 3);
	enum schedule_want want;

	check_batch();
	MUST(schedule_attempt_target(b.attempt) == b.target);
	switch (how % 8) {
	case 0:
		want = refuse_mail(line);
		break;
	case 1:
		want = lose();
		break;
	case 2:
		want = do_not_fit(line);
		break;
	default:
		tell_each(NULL);
		want = schedule_attempt_sent(b.attempt, line);
		break;
	}
	b.used = true;
	return want;
}

/* The first that waits, of all or of the host of that target. */
static size_t first_waiting(const struct route_host *of)
{
	for (size_t i = 0; i < b.verdict.n_target; i++)
		if (!b.told[i] && !b.racing[i] && (!of || b.targets[i].host == of))
			return i;
	return SCHEDULE_NOBODY;
}

static size_t all_racing(size_t racing[static HOSTS])
{
	size_t n = 0;

	for (size_t i = 0; i < b.verdict.n_target; i++)
		if (b.racing[i])
			racing[n++] = i;
	return n;
}

static size_t some_racing(uint8_t how)
{
	size_t racing[HOSTS], n = all_racing(racing);

	MUST(n > 0);
	return racing[how % n];
}

static void tell_of(size_t target)
{
	b.racing[target] = false;
	b.told[target] = true;
}

/* The same once more is on a new connection, and seldom enough. */
static void check_dial(void)
{
	size_t target = schedule_attempt_target(b.attempt);

	MUST(target < b.verdict.n_target);
	if (schedule_attempt_fresh(b.attempt)) {
		MUST(target == b.target && b.told[target] && b.dials > 0);
	} else {
		MUST(target == first_waiting(NULL));
		b.dials = 0;
	}
	b.racing[target] = true;
	b.target = target;
	b.dials++;
	MUST(b.dials <= 2 * b.part->n);
}

static void dialled(void)
{
	b.dialled = b.now;
	schedule_race_dialled(schedule_attempt_race(b.attempt), b.now);
}

/* Time passes; somebody may be dialled beside them, and may be the next time, too. */
static void be_silent(uint8_t ms)
{
	struct schedule_race *r = schedule_attempt_race(b.attempt);
	bool fresh = schedule_attempt_fresh(b.attempt);
	size_t next = first_waiting(b.targets[b.target].host), racing[HOSTS];
	bool any = next != SCHEDULE_NOBODY && !fresh && all_racing(racing) < SCHEDULE_RACE_MOST;

	b.now += ms;
	int64_t at = any ? b.dialled + SCHEDULE_RACE_MS : INT64_MAX;
	MUST(schedule_race_at(r) == at);
	size_t rival = schedule_race_rival(r, b.now);
	MUST(rival == (b.now >= at ? next : SCHEDULE_NOBODY));
	if (rival == SCHEDULE_NOBODY)
		return;
	b.racing[rival] = true;
	dialled();
}

/* It has won: the others wait again. */
static void connect(size_t target)
{
	struct schedule_race *r = schedule_attempt_race(b.attempt);
	bool fresh = schedule_attempt_fresh(b.attempt);

	for (size_t i = 0; i < b.verdict.n_target; i++)
		MUST(schedule_race_may(r, i) ==
		     (!fresh && !b.told[i] && b.targets[i].host == b.targets[target].host));
	if (target != schedule_attempt_target(b.attempt) || rd_u8(&b.in) % 2)
		schedule_attempt_connected(b.attempt, target);
	memset(b.racing, 0, sizeof(b.racing));
	tell_of(target);
	b.target = target;
}

static enum schedule_want closed(size_t target)
{
	int64_t ms = 1 + rd_u8(&b.in);

	if (!b.closed_ms || ms < b.closed_ms)
		b.closed_ms = ms;
	return schedule_attempt_closed(b.attempt, target, speak(OF_HOST, target, 0, ROUTE_DEFER),
				       ms);
}

static enum schedule_want refuse(size_t target)
{
	struct smtp_result r = refusal(SMTP_STAGE_GREETING);

	connect(target);
	r.text = speak(OF_HOST, target, 0, ROUTE_DEFER);
	b.reached = b.theirs = true;
	return schedule_attempt_refused(b.attempt, &r);
}

static enum schedule_want abandon(void)
{
	return schedule_attempt_abandon(b.attempt, STR("4.3.0"),
					speak(OF_US, SCHEDULE_NOBODY, 0, ROUTE_DEFER));
}

static enum schedule_want greet(size_t target, bool used)
{
	connect(target);
	b.reached = true;
	b.used = used && !schedule_attempt_fresh(b.attempt);
	return schedule_attempt_greeted(b.attempt, b.used ? SCHEDULE_USED : SCHEDULE_UNUSED);
}

/* There is no connection to target. */
static enum schedule_want be_without(size_t target, uint8_t how)
{
	tell_of(target);
	if (how == 1)
		return closed(target);
	struct str why = speak(OF_HOST, target, 0, ROUTE_DEFER);
	b.theirs |= how == 0;
	return how == 0 ? schedule_attempt_unreachable(b.attempt, target, why)
			: schedule_attempt_hindered(b.attempt, target, why);
}

/* What comes of one of those that were dialled. */
static enum schedule_want hear(void)
{
	uint8_t how = rd_u8(&b.in);

	for (; how % 16 >= 12 && rd_ok(&b.in); how = rd_u8(&b.in))
		be_silent(rd_u8(&b.in));
	size_t target = some_racing(how / 32);
	switch (how % 16) {
	case 0:
	case 1:
	case 2:
		return be_without(target, how % 16);
	case 3:
		return refuse(target);
	case 4:
		return abandon();
	}
	return greet(target, how / 16 % 2);
}

static enum schedule_want dial(void)
{
	check_dial();
	dialled();
	return hear();
}

static bool fits_nowhere(void)
{
	for (size_t i = 0; i < b.verdict.n_target; i++)
		if (!b.misfit[i])
			return false;
	return true;
}

static void check_words(size_t i, size_t at)
{
	const struct words *w = &b.words[at];
	bool unspoken = !b.last[i] || b.words[b.last[i]].about == OF_MISFIT;

	MUST(!w->void_);
	switch (w->about) {
	case OF_ONE:
		MUST(w->rcpt == i && at == b.last[i]);
		break;
	case OF_MAIL:
		MUST(at >= b.last[i]);
		break;
	case OF_MISFIT:
		MUST(unspoken && at >= b.last[i]);
		break;
	case OF_LOSS:
		MUST(unspoken || at == b.last[i]);
		break;
	case OF_HOST:
	case OF_US:
		MUST(unspoken);
		break;
	}
}

static void check_outcome(size_t i)
{
	const struct schedule_outcome *o = &b.part->rcpt[i];
	size_t at = number_of(o->text);
	const struct words *w = &b.words[at];

	MUST(o->tried && o->rcpt == i);
	check_words(i, at);
	MUST(o->target == w->target);
	if (o->target == SCHEDULE_NOBODY)
		MUST(o->remote.n == 0);
	else
		MUST(o->remote.n == 3 &&
		     b.targets[o->target].host == &b.host[o->remote.p[2] - '1']);
	MUST(o->status[0] == (o->action == ROUTE_DELIVER ? '2'
			      : o->action == ROUTE_DEFER ? '4'
							 : '5'));
	if (w->about == OF_MISFIT && o->action == ROUTE_BOUNCE)
		MUST(fits_nowhere() && !b.verdict.partial);
	else
		MUST(o->action == w->action);
	MUST(!b.settled[i] || at == b.last[i]);
}

static void begin(void)
{
	memset(&b, 0, sizeof(b));
	b.n_words = 1;
	b.target = SCHEDULE_NOBODY;
}

static void make(const struct route_demand *demand)
{
	b.part = schedule_part_new(STR("d.example"), demand, 1 + rd_u8(&b.in) % RCPTS);
	b.max = 1 + rd_u8(&b.in) % RCPTS;
	MUST(b.part);
	b.attempt = schedule_attempt_new(b.part, b.max);
	MUST(b.attempt);
	for (size_t i = 0; i < b.part->n; i++)
		b.part->rcpt[i].rcpt = i;
	b.verdict.target = b.targets;
	b.verdict.n_target = rd_u8(&b.in) % (HOSTS + 1);
	for (size_t i = 0; i < b.verdict.n_target; i++) {
		struct route_host *h = &b.host[i];
		h->name.len = 5;
		memcpy(h->name.wire, "\3mx1", 5);
		h->name.wire[3] = (uint8_t)('1' + i);
		h -= i && rd_u8(&b.in) % 2 ? h - b.targets[i - 1].host : 0;
		b.targets[i] = (struct route_target){ .host = h, .address = &h->address[i] };
	}
}

/* Without a host the verdict is against delivery: its words are told of all. */
static void judge(bool bounce)
{
	if (b.verdict.n_target) {
		b.verdict.action = ROUTE_DELIVER;
		b.verdict.partial = bounce;
		return;
	}
	b.verdict.action = bounce ? ROUTE_BOUNCE : ROUTE_DEFER;
	(void)str_copy(b.verdict.status, sizeof(b.verdict.status),
		       bounce ? STR("5.7.4") : STR("4.4.3"));
	b.verdict.text = BUF_MAX(64);
	buf_add(&b.verdict.text, speak(OF_US, SCHEDULE_NOBODY, 0, b.verdict.action));
}

static void play(void)
{
	size_t most = 4 * b.part->n * b.verdict.n_target;
	enum schedule_want want = schedule_attempt_start(b.attempt, &b.verdict);

	while (want != SCHEDULE_DONE) {
		MUST(b.steps++ < most);
		want = want == SCHEDULE_DIAL ? dial() : want == SCHEDULE_WAIT ? hear() : transact();
	}
	for (size_t i = 0; i < b.part->n; i++)
		check_outcome(i);
	MUST(b.theirs || schedule_attempt_echo(b.attempt) != SCHEDULE_ECHO_BAD);
	MUST(b.reached == (schedule_attempt_reach(b.attempt) == SCHEDULE_REACH_SOMEBODY));
	MUST(schedule_attempt_closed_ms(b.attempt) == b.closed_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	begin();
	b.in = rd_over(data, n);
	uint8_t how = rd_u8(&b.in);
	make(&(struct route_demand){ .service = (enum route_service)(how % ROUTE_SERVICES) });
	judge(how / ROUTE_SERVICES % 2);
	play();
	schedule_attempt_free(&b.attempt);
	schedule_part_free(&b.part);
	buf_free(&b.verdict.text);
	return 0;
}
