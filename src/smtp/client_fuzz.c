/*
 * The client machine against any server.  Seeds: src/smtp/corpus/client/.
 *
 * The first octet chooses the transaction, the length whether TLS is wanted and comes
 * about, the rest is what the server says,
 * from one line to the next whenever the client waits.  What must hold: a line
 * fed whole and fed octet by octet, the message elsewhere, make the same session; each recipient
 * has a result when the transaction or the session is over, and nobody is delivered whose message
 * was not sent and then answered by 2yz; everything sent is lines, each command in its place, and
 * no extension is used that the mail does not need; where TLS is a must, or was asked for as it is
 * one where it is offered, no mail is sent without.  Fed all at once, which no honest server does,
 * it still ends, and delivers nothing.
 */
#include "message/head.h"
#include "smtp/client.h"
#include "smtp/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define BINARY "A: b\r\n\r\n\n.\r\0\xff"
#define CHUNK "BDAT 13 LAST\r\n" BINARY

static const struct smtp_rcpt rcpts[] = {
	{ STR_INIT("c@d"), SMTP_NOTIFY_NEVER, STR_INIT("rfc822;x") },
	{ STR_INIT("e@f"), 0, STR_INIT("") },
	{ STR_INIT("g@h"), 0, STR_INIT("") },
};

struct run {
	struct smtp_client *c;
	struct smtp_transaction tx;
	struct str elsewhere; /* the message, where it is not in memory */
	int left;             /* transactions to come */
	bool open;            /* one is without its results */
	bool binary;          /* their mail is BINARYMIME */
	bool plain;           /* their mail is ASCII: it needs no extension, whatever it says */
	bool must, shaken, secured; /* TLS: it is a must; a handshake would do; it was there */
	bool offered;               /* it is one where it is offered */
	struct buf out;             /* all that was sent */
	struct buf log;             /* all results, the whole dialogue */
	size_t messages;
	size_t yes; /* replies 2yz to a message */
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void note(struct run *r, struct smtp_result result)
{
	buf_addf(&r->log, "%d %d %d %s %zu ", (int)result.fate, (int)result.stage, result.code,
		 result.enhanced, result.text.n);
	buf_add(&r->log, result.text);
	buf_addc(&r->log, '\n');
	must(result.text.n <= SMTP_RESULT_TEXT_MAX);
	must(result.enhanced[0] == (result.fate == SMTP_DELIVERED   ? '2'
				    : result.fate == SMTP_PERMANENT ? '5'
								    : '4'));
}

static void note_results(struct run *r)
{
	for (size_t i = 0; r->open && i < r->tx.n_rcpt; i++) {
		struct smtp_result result = smtp_client_result(r->c, i);
		must(result.fate != SMTP_DELIVERED ||
		     (result.stage == SMTP_STAGE_MESSAGE && result.code / 100 == 2));
		must(result.fate != SMTP_PERMANENT || result.code == 0 || result.code / 100 == 5);
		r->yes += i == 0 && result.fate == SMTP_DELIVERED;
		note(r, result);
	}
	r->open = false;
}

/* Where the message is elsewhere: that there is something to write, unless nothing is. */
static struct str next_output(struct run *r)
{
	uint64_t at;

	if (smtp_client_hungry(r->c, &at)) {
		must(r->elsewhere.n > at);
		smtp_client_give(r->c, str_head(str_skip(r->elsewhere, (size_t)at), 3));
	}
	struct str out = smtp_client_output(r->c);
	must(out.n > 0 || !smtp_client_hungry(r->c, &at));
	return out;
}

static void drain(struct run *r)
{
	for (struct str out = next_output(r); out.n > 0; out = next_output(r)) {
		must(out.n <= 65536);
		must(r->binary || r->elsewhere.n > 0 || str_ends(out, STR("\r\n")));
		buf_add(&r->out, out);
		r->messages +=
			str_ends(buf_str(&r->out), r->binary ? STR(CHUNK) : STR("\r\n.\r\n"));
		smtp_client_sent(r->c, out.n);
	}
}

static enum smtp_client_want go_on(struct run *r, enum smtp_client_want want)
{
	while (want == SMTP_CLIENT_READY || want == SMTP_CLIENT_DONE ||
	       want == SMTP_CLIENT_SECURE) {
		if (want == SMTP_CLIENT_SECURE) {
			must(!r->secured && str_ends(buf_str(&r->out), STR("STARTTLS\r\n")));
			r->secured = r->shaken;
			want = r->shaken ? smtp_client_secured(r->c)
					 : smtp_client_unsecured(r->c, STR("no"));
			drain(r);
			continue;
		}
		must(r->secured || !r->must);
		must(r->secured || !r->offered ||
		     !memmem(r->out.p ? r->out.p : "", r->out.n, "STARTTLS\r\n", 10));
		note_results(r);
		r->open = r->left > 0;
		want = r->left-- > 0 ? smtp_client_send(r->c, &r->tx) : smtp_client_quit(r->c);
		drain(r);
	}
	drain(r);
	return want;
}

static void run_init(struct run *r, uint8_t steer, size_t n)
{
	*r = (struct run){ .c = smtp_client_new(STR("us")),
			   .left = steer & 3,
			   .out = BUF_MAX(1 << 24),
			   .log = BUF_MAX(1 << 24) };
	r->tx = (struct smtp_transaction){ .rcpt = rcpts, .n_rcpt = steer >> 2 & 3 };
	r->tx.mail.from = STR("a@b");
	r->tx.mail.flags =
		(steer & 16 ? SMTP_MAIL_EIGHT_BIT : 0) | (steer & 64 ? SMTP_MAIL_UTF8 : 0);
	r->tx.message = steer & 128 ? STR("From: x\r\n\r\n.hi\r\nyou") : STR("");
	r->plain = !(steer & 32);
	if (!r->plain)
		r->tx.message = STR("From: \xc3\xb6\r\n\r\n.hi\r\n\xff");
	r->binary = (steer & 0xe0) == 0xe0;
	if (r->binary) {
		r->tx.message = STR(BINARY);
		r->tx.mail.flags |= SMTP_MAIL_BINARY;
	}
	must(r->c != NULL);
	r->must = n % 4 == 3;
	r->shaken = n % 4 != 2;
	r->offered = n % 8 > 4 && !r->must;
	smtp_client_tls(r->c, n % 4 == 0   ? SMTP_CLIENT_TLS_NEVER
			      : r->must    ? SMTP_CLIENT_TLS_MUST
			      : r->offered ? SMTP_CLIENT_TLS_OFFERED
					   : SMTP_CLIENT_TLS_MAY);
}

/* The message is no longer in memory. */
static void move_message(struct run *r)
{
	struct str message = r->tx.message, head = str_head(message, message_head_size(message));
	struct smtp_text text = { .has = 0 };

	smtp_text_add(&text, head, SMTP_TEXT_HEAD);
	smtp_text_add(&text, str_skip(message, head.n), SMTP_TEXT_BODY);
	r->tx.elsewhere = (struct smtp_elsewhere){ message.n, smtp_text_has(&text) };
	r->tx.message = STR_NONE;
	r->elsewhere = message;
}

static void run_clear(struct run *r)
{
	smtp_client_free(&r->c);
	buf_free(&r->out);
	buf_free(&r->log);
}

/* The end of every session: nobody is left without a result. */
static void finish(struct run *r, enum smtp_client_want want)
{
	if (want == SMTP_CLIENT_INPUT)
		want = smtp_client_lost(r->c, STR("gone"));
	must(want == SMTP_CLIENT_CLOSE && smtp_client_output(r->c).n == 0);
	note_results(r);
	note(r, smtp_client_failure(r->c));
	buf_add(&r->log, smtp_client_trace(r->c));
	must(r->yes <= r->messages);
	must(!r->plain || r->out.n == 0 ||
	     (!memmem(r->out.p, r->out.n, " BODY=", 6) &&
	      !memmem(r->out.p, r->out.n, " SMTPUTF8", 9)));
}

/* Line by line, each in pieces of step octets. */
static void talk(struct run *r, struct str in, size_t step)
{
	enum smtp_client_want want = SMTP_CLIENT_INPUT;

	while (in.n > 0 && want == SMTP_CLIENT_INPUT) {
		struct str rest = in, line;
		(void)str_line(&rest, &line);
		line = str_head(in, in.n - rest.n);
		in = rest;
		while (line.n > 0 && want == SMTP_CLIENT_INPUT) {
			want = go_on(r, smtp_client_feed(r->c, str_head(line, step)));
			line = str_skip(line, step);
		}
	}
	finish(r, want);
}

/* Everything at once. */
static void flood(struct str in, uint8_t steer)
{
	struct run r;

	run_init(&r, steer, in.n);
	enum smtp_client_want want = go_on(&r, smtp_client_feed(r.c, in));
	finish(&r, want);
	must(r.yes == 0);
	run_clear(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct run whole, slow;

	if (n == 0)
		return 0;
	struct str in = { (const char *)data + 1, n - 1 };
	run_init(&whole, data[0], n);
	run_init(&slow, data[0], n);
	move_message(&slow);
	talk(&whole, in, in.n);
	talk(&slow, in, 1);
	must(str_eq(buf_str(&whole.out), buf_str(&slow.out)));
	must(str_eq(buf_str(&whole.log), buf_str(&slow.log)));
	run_clear(&whole);
	run_clear(&slow);
	flood(in, data[0]);
	return 0;
}
