/*
 * For tests: a caller that drives a server as the relay does, with a policy that
 * the addresses choose, and writes down what it was asked.
 */
#ifndef SMTP_SERVER_RUN_PRIV_H
#define SMTP_SERVER_RUN_PRIV_H

#include "base/buf.h"
#include "base/test.h"
#include "smtp/server.h"

static inline struct str find_after(struct str s, char c)
{
	struct str before;

	return str_cut(&s, c, &before) ? s : STR("");
}

/* The policy: whose domain names the stage is answered as its local part says. */
static inline enum smtp_want judge(struct smtp_server *s, struct str who, struct str stage,
				   struct str yes)
{
	if (!str_eq(find_after(who, '@'), stage))
		return smtp_server_verdict(s, 250, yes);
	if (str_starts(who, STR("no@")))
		return smtp_server_verdict(s, 550, STR("5.7.1 no"));
	if (str_starts(who, STR("bye@")))
		return smtp_server_verdict(s, 421, STR("4.3.2 bye"));
	return smtp_server_verdict(s, 451, STR("4.7.1 later"));
}

/* The password says what comes of it. */
static inline enum smtp_want judge_login(struct smtp_server *s, const struct smtp_login *login)
{
	if (str_eq(login->password, STR("right")) && login->user.n > 0)
		return smtp_server_verdict(s, 235, STR("2.7.0 welcome"));
	if (str_eq(login->password, STR("later")))
		return smtp_server_verdict(s, 454, STR("4.7.0 later"));
	return smtp_server_verdict(s, 535, STR("5.7.8 wrong"));
}

struct run {
	struct smtp_server *s;
	struct buf out, log, body;
	struct buf from; /* sender of the transaction */
	struct buf trace;
};

static inline void log_mail(struct run *r, const struct smtp_mail *m)
{
	buf_addf(&r->log, "MAIL <%.*s>", STR_ARG(m->from));
	if (m->size)
		buf_addf(&r->log, " size %u", (unsigned)m->size);
	if (m->flags)
		buf_addf(&r->log, " flags %u", m->flags);
	if (m->envid.n)
		buf_addf(&r->log, " envid %.*s", STR_ARG(m->envid));
	buf_addc(&r->log, '\n');
}

static inline void log_rcpt(struct run *r, const struct smtp_rcpt *to)
{
	buf_addf(&r->log, "RCPT <%.*s>", STR_ARG(to->to));
	if (to->notify)
		buf_addf(&r->log, " notify %u", to->notify);
	if (to->orcpt.n)
		buf_addf(&r->log, " orcpt %.*s", STR_ARG(to->orcpt));
	buf_addc(&r->log, '\n');
}

static inline enum smtp_want answer(struct run *r)
{
	struct smtp_ask ask = smtp_server_ask(r->s);

	switch (ask.kind) {
	case SMTP_ASK_MAIL:
		log_mail(r, &ask.mail);
		buf_clear(&r->body);
		buf_clear(&r->from);
		buf_add(&r->from, ask.mail.from);
		return judge(r->s, ask.mail.from, STR("mail"), STR("2.1.0 ok"));
	case SMTP_ASK_RCPT:
		log_rcpt(r, &ask.rcpt);
		return judge(r->s, ask.rcpt.to, STR("rcpt"), STR("2.1.5 ok"));
	case SMTP_ASK_DATA:
		buf_add(&r->log, STR("DATA\n"));
		return judge(r->s, buf_str(&r->from), STR("data"), STR("2.0.0 ok"));
	case SMTP_ASK_MESSAGE:
		buf_add(&r->log, STR("MESSAGE ["));
		buf_add(&r->log, buf_str(&r->body)); /* perhaps with a NUL */
		buf_add(&r->log, STR("]\n"));
		return judge(r->s, buf_str(&r->from), STR("message"), STR("2.0.0 Ok: queued as 1"));
	case SMTP_ASK_AUTH:
		buf_add(&r->log, STR("AUTH <"));
		buf_add(&r->log, ask.login.user);
		buf_addf(&r->log, "> <%.*s>\n", STR_ARG(ask.login.password));
		return judge_login(r->s, &ask.login);
	}
	return SMTP_WANT_CLOSE;
}

/* Do what is wanted until that is input; all output is sent at once. */
static inline enum smtp_want serve(struct run *r, enum smtp_want want)
{
	for (;;) {
		struct str out = smtp_server_output(r->s);
		buf_add(&r->trace, smtp_server_trace(r->s));
		smtp_server_trace_clear(r->s);
		if (want == SMTP_WANT_VERDICT) {
			want = answer(r);
		} else if (want == SMTP_WANT_BODY) {
			buf_add(&r->body, smtp_server_body(r->s));
			want = smtp_server_body_kept(r->s);
		} else if (out.n > 0) {
			buf_add(&r->out, out);
			want = smtp_server_sent(r->s, out.n);
		} else {
			return want;
		}
	}
}

static inline struct run run_new(const struct smtp_server_conf *conf)
{
	return (struct run){ .s = smtp_server_new(conf),
			     .out = BUF_MAX(1 << 22),
			     .log = BUF_MAX(1 << 20),
			     .body = BUF_MAX(1 << 20),
			     .from = BUF_MAX(1000),
			     .trace = BUF_MAX(1 << 22) };
}

static inline void run_clear(struct run *r)
{
	smtp_server_free(&r->s);
	buf_free(&r->out);
	buf_free(&r->log);
	buf_free(&r->body);
	buf_free(&r->from);
	buf_free(&r->trace);
}

static const struct smtp_server_conf conf = { .host = STR_INIT("mx"),
					      .size_max = 40,
					      .recipients_max = 2,
					      .errors_max = 3 };

#define TLS_TURN "\x16" /* what a record of a handshake begins with: that handshake, whole */

/* Up to the next TLS_TURN, in pieces. */
static inline enum smtp_want feed_turn(struct run *r, struct str *in, size_t chunk,
				       enum smtp_want want)
{
	struct str turn = *in;

	if (want == SMTP_WANT_TLS && str_starts(turn, STR(TLS_TURN))) {
		*in = str_skip(turn, 1);
		return serve(r, smtp_server_secured(r->s));
	}
	turn.n = 1;
	while (turn.n < in->n && in->p[turn.n] != TLS_TURN[0])
		turn.n++;
	*in = str_skip(*in, turn.n);
	for (; turn.n > 0; turn = str_skip(turn, chunk))
		want = serve(r, smtp_server_feed(r->s, str_head(turn, chunk)));
	return want;
}

static inline enum smtp_want feed_all(struct run *r, struct str in, size_t chunk)
{
	enum smtp_want want = serve(r, SMTP_WANT_INPUT);

	while (in.n > 0)
		want = feed_turn(r, &in, chunk, want);
	return want;
}

#endif
