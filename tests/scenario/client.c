/*
 * The client machine in a scenario.
 */
#include "smtp/client.h"

#include "scenario.h"

#define MAX (1 << 20)
#define RCPT_MAX 20

struct run {
	const struct scenario_mode *mode;
	struct smtp_client *c;
	enum smtp_client_want want;
	struct smtp_transaction tx;
	struct smtp_rcpt rcpt[RCPT_MAX];
	struct buf message;
	struct buf said; /* by the client, not yet expected */
	int64_t now, heard;
};

static const char *const fates[] = { "delivered", "temporary", "permanent" };
static const char *const wants[] = { "input", "secure", "ready", "done", "close" };

static void drain(struct run *r)
{
	struct str out = smtp_client_output(r->c);

	while (out.n > 0) {
		buf_add(&r->said, out);
		smtp_client_sent(r->c, out.n);
		out = smtp_client_output(r->c);
		r->heard = r->now;
	}
}

static void server_says(struct run *r, const struct scenario_step *step)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(MAX);

	scenario_unescape(&line, step->rest);
	if (str_eq(step->word, STR("S:")))
		buf_add(&line, STR("\r\n"));
	for (struct str in = buf_str(&line); in.n > 0; in = str_skip(in, r->mode->chunk)) {
		r->want = smtp_client_feed(r->c, str_head(in, r->mode->chunk));
		drain(r);
	}
	r->heard = r->now;
}

static void client_must_say(struct run *r, const struct scenario_step *step)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(MAX);

	scenario_unescape(&line, step->rest);
	buf_add(&line, STR("\r\n"));
	if (!str_starts(buf_str(&r->said), buf_str(&line)))
		scenario_fail(step, buf_str(&line), buf_str(&r->said));
	else
		buf_drop(&r->said, line.n);
}

static void read_from(struct run *r, struct scenario_step step)
{
	struct str key, value;

	buf_clear(&r->message);
	r->tx = (struct smtp_transaction){ .rcpt = r->rcpt };
	(void)str_word(&step.rest, &key);
	r->tx.mail.from = str_eq(key, STR("<>")) ? STR("") : key;
	while (scenario_word(&step.rest, &key, &value)) {
		if (str_eq(key, STR("8bit")))
			r->tx.mail.flags |= SMTP_MAIL_EIGHT_BIT;
		else if (str_eq(key, STR("utf8")))
			r->tx.mail.flags |= SMTP_MAIL_UTF8;
		else if (str_eq(key, STR("envid")))
			r->tx.mail.envid = value;
		else if (str_eq(key, STR("ret")))
			r->tx.mail.flags |= str_eq(value, STR("full")) ? SMTP_MAIL_RET_FULL
								       : SMTP_MAIL_RET_HDRS;
		else
			scenario_fail(&step, STR("a parameter"), key);
	}
}

static unsigned notify_of(struct str words)
{
	static const struct str names[] = { STR_INIT("never"), STR_INIT("success"),
					    STR_INIT("failure"), STR_INIT("delay") };
	struct str word;
	unsigned bits = 0;
	bool more = true;

	while (more) {
		more = str_cut(&words, ',', &word);
		for (size_t i = 0; i < 4; i++)
			if (str_eq(more ? word : words, names[i]))
				bits |= 1u << i;
	}
	return bits;
}

static void read_to(struct run *r, struct scenario_step step)
{
	struct smtp_rcpt *to = &r->rcpt[r->tx.n_rcpt];
	struct str key, value;

	if (r->tx.n_rcpt == RCPT_MAX)
		return;
	r->tx.n_rcpt++;
	*to = (struct smtp_rcpt){ .notify = 0 };
	(void)str_word(&step.rest, &to->to);
	while (scenario_word(&step.rest, &key, &value)) {
		if (str_eq(key, STR("notify")))
			to->notify = notify_of(value);
		else if (str_eq(key, STR("orcpt")))
			to->orcpt = value;
		else
			scenario_fail(&step, STR("a parameter"), key);
	}
}

static void send_message(struct run *r)
{
	r->tx.message = buf_str(&r->message);
	r->want = smtp_client_send(r->c, &r->tx);
}

/* As in the file: "delivered 250 2.0.0 end of data: ok". */
static void expect_result(const struct scenario_step *step, struct str want,
			  struct smtp_result result)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(MAX);
	CLEANUP(buf_free) struct buf text = BUF_MAX(MAX);

	scenario_unescape(&text, want);
	buf_addf(&got, "%s %d %s %.*s: ", fates[result.fate], result.code, result.enhanced,
		 STR_ARG(smtp_stage_text(result.stage)));
	buf_add(&got, result.text);
	if (!str_eq(buf_str(&text), buf_str(&got)))
		scenario_fail(step, buf_str(&text), buf_str(&got));
}

static void expect_rcpt(struct run *r, struct scenario_step step)
{
	struct str word;
	uint32_t i = 0;

	(void)str_word(&step.rest, &word);
	(void)str_u32(word, &i);
	expect_result(&step, str_skip(step.rest, 1), smtp_client_result(r->c, i));
}

static void pass_time(struct run *r, const struct scenario_step *step)
{
	r->now += scenario_span(step);
	if (r->want == SMTP_CLIENT_INPUT && r->now - r->heard >= smtp_client_patience(r->c))
		r->want = smtp_client_lost(r->c, STR("timed out"));
}

static void run_step(struct run *r, const struct scenario_step *step)
{
	struct str w = step->word;

	if (str_eq(w, STR("S:")) || str_eq(w, STR("S-"))) {
		server_says(r, step);
	} else if (str_eq(w, STR("C:"))) {
		client_must_say(r, step);
	} else if (str_eq(w, STR("from"))) {
		read_from(r, *step);
	} else if (str_eq(w, STR("to"))) {
		read_to(r, *step);
	} else if (str_eq(w, STR("|"))) {
		scenario_unescape(&r->message, step->rest);
		buf_add(&r->message, STR("\r\n"));
	} else if (str_eq(w, STR("send"))) {
		send_message(r);
	} else if (str_eq(w, STR("quit"))) {
		r->want = smtp_client_quit(r->c);
	} else if (str_eq(w, STR("lost"))) {
		r->want = smtp_client_lost(r->c, step->rest);
	} else if (str_eq(w, STR("wait"))) {
		pass_time(r, step);
	} else if (str_eq(w, STR("result"))) {
		expect_rcpt(r, *step);
	} else if (str_eq(w, STR("failure"))) {
		expect_result(step, step->rest, smtp_client_failure(r->c));
	} else if (!str_eq(w, STR("state"))) {
		scenario_fail(step, STR("a step"), w);
	} else if (!str_eq(step->rest, str_of(wants[r->want]))) {
		scenario_fail(step, step->rest, str_of(wants[r->want]));
	}
	drain(r);
}

void scenario_client(struct str text, const struct scenario_mode *mode)
{
	struct run r = { .mode = mode, .message = BUF_MAX(MAX), .said = BUF_MAX(MAX) };
	struct str host = STR("us.example"), key, value;
	struct scenario_step step;
	int line = 0;

	if (scenario_next(&text, &line, &step) && scenario_word(&step.rest, &key, &value))
		host = value;
	r.c = smtp_client_new(host);
	while (r.c && scenario_next(&text, &line, &step))
		run_step(&r, &step);
	if (r.said.n > 0)
		scenario_fail(&step, STR("nothing more"), buf_str(&r.said));
	smtp_client_free(&r.c);
	buf_free(&r.message);
	buf_free(&r.said);
}
