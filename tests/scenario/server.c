/*
 * The server machine in a scenario.
 *
 * Steps are gathered into a batch: what the client says, then the questions and
 * replies that this must lead to.  A batch ends where the client speaks again,
 * or, all at once, only where the scenario itself must wait.
 */
#include "smtp/server.h"

#include "scenario.h"
#include "smtp/ehlo.h"

#define MAX (1 << 20)

struct run {
	const struct scenario_mode *mode;
	struct smtp_server *s;
	struct smtp_server_conf conf;
	enum smtp_want want;
	struct buf in;    /* said by the client in this batch */
	struct buf out;   /* the replies that are expected */
	struct buf asked; /* the questions as they came, with the messages */
	struct buf asks;  /* the questions that are expected */
	struct buf body;
	struct buf verdicts; /* "250 text\n" each, not yet used */
	bool answering;      /* the batch has more than the client's words */
	int64_t now, heard, idle;
};

static void describe_mail(struct buf *out, const struct smtp_mail *m)
{
	static const char *const flags[] = { " 8bit", " utf8", " ret=full", " ret=hdrs" };

	buf_addf(out, "MAIL <%.*s>", STR_ARG(m->from));
	if (m->size)
		buf_addf(out, " size=%llu", (unsigned long long)m->size);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (m->flags & 1u << i)
			buf_add(out, str_of(flags[i]));
	if (m->envid.n)
		buf_addf(out, " envid=%.*s", STR_ARG(m->envid));
}

static void describe_rcpt(struct buf *out, const struct smtp_rcpt *r)
{
	static const char *const words[] = { "never", "success", "failure", "delay" };
	const char *before = " notify=";

	buf_addf(out, "RCPT <%.*s>", STR_ARG(r->to));
	for (size_t i = 0; i < 4; i++) {
		if (!(r->notify & 1u << i))
			continue;
		buf_addf(out, "%s%s", before, words[i]);
		before = ",";
	}
	if (r->orcpt.n)
		buf_addf(out, " orcpt=%.*s", STR_ARG(r->orcpt));
}

static void describe(struct run *r)
{
	struct smtp_ask ask = smtp_server_ask(r->s);

	switch (ask.kind) {
	case SMTP_ASK_MAIL:
		describe_mail(&r->asked, &ask.mail);
		buf_clear(&r->body);
		break;
	case SMTP_ASK_RCPT:
		describe_rcpt(&r->asked, &ask.rcpt);
		break;
	case SMTP_ASK_DATA:
		buf_add(&r->asked, STR("DATA"));
		break;
	case SMTP_ASK_MESSAGE:
		buf_add(&r->asked, STR("MESSAGE\n"));
		buf_add(&r->asked, buf_str(&r->body));
		break;
	case SMTP_ASK_AUTH: /* nothing here is inside TLS */
		buf_add(&r->asked, STR("AUTH"));
		break;
	}
	buf_addc(&r->asked, '\n');
}

/* The next verdict of the file; where it has none the question stays open. */
static bool answer(struct run *r)
{
	struct str rest = buf_str(&r->verdicts), text, code;
	uint32_t number = 0;

	if (!str_cut(&rest, '\n', &text))
		return false;
	describe(r);
	(void)str_word(&text, &code);
	(void)str_u32(code, &number);
	r->want = smtp_server_verdict(r->s, (int)number, str_skip(text, 1));
	buf_drop(&r->verdicts, r->verdicts.n - rest.n);
	return true;
}

static void serve(struct run *r, struct buf *said)
{
	for (;;) {
		struct str out = smtp_server_output(r->s);
		if (r->want == SMTP_WANT_BODY) {
			buf_add(&r->body, smtp_server_body(r->s));
			r->want = smtp_server_body_kept(r->s);
		} else if (out.n > 0) {
			buf_add(said, out);
			r->want = smtp_server_sent(r->s, out.n);
		} else if (r->want != SMTP_WANT_VERDICT || !answer(r)) {
			return;
		}
	}
}

static void expect(const struct scenario_step *step, struct buf *want, struct buf *got)
{
	if (!str_eq(buf_str(want), buf_str(got)))
		scenario_fail(step, buf_str(want), buf_str(got));
	buf_clear(want);
	buf_clear(got);
}

/* Run the batch; step is the one that ends it. */
static void flush(struct run *r, const struct scenario_step *step)
{
	CLEANUP(buf_free) struct buf said = BUF_MAX(MAX);
	struct str in = buf_str(&r->in);

	serve(r, &said);
	while (in.n > 0) {
		r->want = smtp_server_feed(r->s, str_head(in, r->mode->chunk));
		in = str_skip(in, r->mode->chunk);
		serve(r, &said);
	}
	expect(step, &r->out, &said);
	expect(step, &r->asks, &r->asked);
	if (r->verdicts.n > 0)
		scenario_fail(step, buf_str(&r->verdicts), STR("no question"));
	buf_clear(&r->in);
	r->answering = false;
}

static void begin(struct run *r, struct scenario_step step)
{
	struct smtp_server_conf *conf = &r->conf;
	struct str key, value;
	uint32_t n = 0;

	*conf = (struct smtp_server_conf){
		.host = STR("mx.example"), .size_max = 1000, .recipients_max = 10, .errors_max = 5
	};
	r->idle = 300000;
	while (scenario_word(&step.rest, &key, &value)) {
		if (str_eq(key, STR("host")))
			conf->host = value;
		else if (str_eq(key, STR("idle")))
			r->idle = scenario_span(&(struct scenario_step){ step.line, key, value });
		else if (!str_u32(value, &n))
			scenario_fail(&step, STR("a number"), value);
		else if (str_eq(key, STR("size")))
			conf->size_max = n;
		else if (str_eq(key, STR("recipients")))
			conf->recipients_max = n;
		else if (str_eq(key, STR("errors")))
			conf->errors_max = n;
		else
			scenario_fail(&step, STR("a setting"), key);
	}
	r->s = smtp_server_new(conf);
}

/* The whole reply to EHLO: what it must be is held word by word in src/smtp/server_test.c. */
static void expect_offers(struct run *r)
{
	struct smtp_offer offer = smtp_extension_ours();

	offer.size_max = r->conf.size_max;
	smtp_ehlo_write(&r->out, r->conf.host, &offer);
	r->answering = true;
}

static void client_says(struct run *r, const struct scenario_step *step)
{
	if (r->answering && !r->mode->all_at_once)
		flush(r, step);
	scenario_unescape(&r->in, step->rest);
	if (str_eq(step->word, STR("C:")))
		buf_add(&r->in, STR("\r\n"));
	r->heard = r->now;
}

static void pass_time(struct run *r, const struct scenario_step *step)
{
	r->now += scenario_span(step);
	if (r->now - r->heard >= r->idle)
		r->want = smtp_server_close(r->s, STR("4.4.2 Timed out"));
}

/* A step that ends the batch. */
static void run_barrier(struct run *r, const struct scenario_step *step)
{
	flush(r, step);
	if (str_eq(step->word, STR("wait")))
		pass_time(r, step);
	else if (str_eq(step->word, STR("close")))
		r->want = smtp_server_close(r->s, step->rest);
	else if (!str_eq(step->word, STR("closed")))
		scenario_fail(step, STR("a step"), step->word);
	else if (r->want != SMTP_WANT_CLOSE)
		scenario_fail(step, STR("closed"), STR("open"));
}

static void run_step(struct run *r, const struct scenario_step *step)
{
	struct buf *expected = NULL;

	if (str_eq(step->word, STR("S:")))
		expected = &r->out;
	else if (str_eq(step->word, STR("ask")) || str_eq(step->word, STR("|")))
		expected = &r->asks;
	if (str_eq(step->word, STR("C:")) || str_eq(step->word, STR("C-"))) {
		client_says(r, step);
	} else if (str_eq(step->word, STR("offers"))) {
		expect_offers(r);
	} else if (expected) {
		scenario_unescape(expected, step->rest);
		buf_add(expected, str_eq(step->word, STR("ask")) ? STR("\n") : STR("\r\n"));
		r->answering = true;
	} else if (str_eq(step->word, STR("verdict"))) {
		/* Of a message, the empty line after it. */
		if (str_ends(buf_str(&r->asks), STR("\r\n")) ||
		    str_ends(buf_str(&r->asks), STR("MESSAGE\n")))
			buf_addc(&r->asks, '\n');
		buf_add(&r->verdicts, step->rest);
		buf_addc(&r->verdicts, '\n');
		r->answering = true;
	} else {
		run_barrier(r, step);
	}
}

void scenario_server(struct str text, const struct scenario_mode *mode)
{
	struct run r = { .mode = mode,
			 .in = BUF_MAX(MAX),
			 .out = BUF_MAX(MAX),
			 .asked = BUF_MAX(MAX),
			 .asks = BUF_MAX(MAX),
			 .body = BUF_MAX(MAX),
			 .verdicts = BUF_MAX(MAX) };
	struct scenario_step step;
	int line = 0;

	if (scenario_next(&text, &line, &step))
		begin(&r, step);
	while (r.s && scenario_next(&text, &line, &step))
		run_step(&r, &step);
	flush(&r, &step);
	smtp_server_free(&r.s);
	buf_free(&r.in);
	buf_free(&r.out);
	buf_free(&r.asked);
	buf_free(&r.asks);
	buf_free(&r.body);
	buf_free(&r.verdicts);
}
