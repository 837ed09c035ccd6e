/*
 * For tests: the words of a dialogue, and a caller that drives a client as the
 * relay does and writes down what came of it.
 */
#ifndef SMTP_CLIENT_RUN_PRIV_H
#define SMTP_CLIENT_RUN_PRIV_H

#include "base/test.h"
#include "message/head.h"
#include "smtp/client.h"
#include "smtp/text.h"

#define CR "\r\n"
#define TEN(x) x x x x x x x x x x
#define HI "220 mx" CR
#define OK "250 ok" CR
#define GO "354 go" CR
#define BYE "221 bye" CR
#define NO "550 5.1.1 no" CR
#define PLAIN HI "250 mx" CR
#define PIPE HI "250-mx" CR "250 PIPELINING" CR
#define ALL                                                                                        \
	HI "250-mx" CR "250-PIPELINING" CR "250-SIZE 1000" CR "250-8BITMIME" CR "250-SMTPUTF8" CR  \
	   "250-DSN" CR "250 ENHANCEDSTATUSCODES" CR
#define EHLO "EHLO us" CR
#define MAIL "MAIL FROM:<a@b>" CR
#define TO_C "RCPT TO:<c@d>" CR
#define TO_E "RCPT TO:<e@f>" CR
#define DATA "DATA" CR
#define BODY "hi" CR "..x" CR "." CR
#define QUIT "QUIT" CR
#define DONE_QUIT "DONE\nCLOSE delivered QUIT 221 2.0.0 [bye]\n"
#define BOTH_SENT "0 delivered end of data 250 2.0.0 [ok]\n1 delivered end of data 250 2.0.0 [ok]\n"
#define BOTH(what) "0 " what "\n1 " what "\n"

static const struct smtp_rcpt two[] = {
	{ STR_INIT("c@d"), 0, STR_INIT("") },
	{ STR_INIT("e@f"), 0, STR_INIT("") },
};
#define TX(...)                                                                                    \
	{                                                                                          \
		.rcpt = two, .n_rcpt = 2, .message = STR_INIT("hi" CR ".x" CR), __VA_ARGS__        \
	}

static const struct smtp_transaction tx_plain = TX(.mail = { .from = STR_INIT("a@b") });
struct run {
	struct smtp_client *c;
	const struct smtp_transaction *tx;
	int times;
	bool open;                      /* a transaction without its results */
	enum { TLS_GOOD, TLS_BAD } tls; /* what becomes of a handshake */
	struct buf out, log;
	struct smtp_transaction moved; /* run_move(): that with its message elsewhere, */
	struct str elsewhere;          /* here, and it is given in pieces */
	size_t piece;
};

static inline void log_result(struct run *r, struct smtp_result result)
{
	static const char *const fates[] = { "delivered", "temporary", "permanent" };

	buf_addf(&r->log, "%s %.*s %d %s [%.*s]\n", fates[result.fate],
		 STR_ARG(smtp_stage_text(result.stage)), result.code, result.enhanced,
		 STR_ARG(result.text));
}

static inline void log_results(struct run *r)
{
	for (size_t i = 0; i < r->tx->n_rcpt; i++) {
		buf_addf(&r->log, "%zu ", i);
		log_result(r, smtp_client_result(r->c, i));
	}
}

/* What it can write, with what it has of a message that is elsewhere. */
static inline struct str next_output(struct run *r)
{
	uint64_t at;

	if (smtp_client_hungry(r->c, &at))
		smtp_client_give(r->c, str_head(str_skip(r->elsewhere, (size_t)at), r->piece));
	return smtp_client_output(r->c);
}

static inline void drain(struct run *r)
{
	uint64_t at;

	for (struct str out = next_output(r); out.n > 0 || smtp_client_hungry(r->c, &at);
	     out = next_output(r)) {
		buf_add(&r->out, out);
		smtp_client_sent(r->c, out.n);
	}
}

/* Go on until a reply is needed, or the session is over. */
static inline enum smtp_client_want go_on(struct run *r, enum smtp_client_want want)
{
	while (want == SMTP_CLIENT_READY || want == SMTP_CLIENT_DONE ||
	       want == SMTP_CLIENT_SECURE) {
		if (want == SMTP_CLIENT_SECURE) {
			buf_add(&r->out, STR("[TLS]"));
			want = r->tls == TLS_GOOD ? smtp_client_secured(r->c)
						  : smtp_client_unsecured(r->c, STR("no"));
			drain(r);
			continue;
		}
		if (want == SMTP_CLIENT_DONE) {
			log_results(r);
			buf_add(&r->log, STR("DONE\n"));
		}
		r->open = r->times > 0;
		want = r->times-- > 0 ? smtp_client_send(r->c, r->tx) : smtp_client_quit(r->c);
		drain(r);
	}
	drain(r);
	return want;
}

/* The first reply of *in, cut off it; or what is left, where it holds none. */
static inline struct str next_reply(struct str *in)
{
	CLEANUP(buf_free) struct buf scratch = BUF_MAX(SMTP_REPLY_OCTETS_MAX);
	struct smtp_reply reply;
	size_t used = 0;
	struct str all = *in;

	if (smtp_reply_read(*in, &scratch, &reply, &used) != ERR_OK || used == 0)
		used = in->n;
	*in = str_skip(*in, used);
	return str_head(all, used);
}

static inline enum smtp_client_want feed(struct run *r, struct str octets, size_t chunk)
{
	enum smtp_client_want want = SMTP_CLIENT_INPUT;

	while (octets.n > 0) {
		want = go_on(r, smtp_client_feed(r->c, str_head(octets, chunk)));
		octets = str_skip(octets, chunk);
	}
	return want;
}

static inline struct run run_new(const struct smtp_transaction *tx, int times)
{
	return (struct run){ .c = smtp_client_new(STR("us")),
			     .tx = tx,
			     .times = times,
			     .out = BUF_MAX(1 << 24),
			     .log = BUF_MAX(1 << 20) };
}

/* Its message is in memory no more. */
static inline void run_move(struct run *r, size_t piece)
{
	struct str message = r->tx->message, head = str_head(message, message_head_size(message));
	struct smtp_text text = { .has = 0 };

	smtp_text_add(&text, head, SMTP_TEXT_HEAD);
	smtp_text_add(&text, str_skip(message, head.n), SMTP_TEXT_BODY);
	r->moved = *r->tx;
	r->moved.message = STR_NONE;
	r->moved.elsewhere = (struct smtp_elsewhere){ message.n, smtp_text_has(&text) };
	r->elsewhere = message;
	r->piece = piece;
	r->tx = &r->moved;
}

static inline void run_clear(struct run *r)
{
	smtp_client_free(&r->c);
	buf_free(&r->out);
	buf_free(&r->log);
}

#endif
