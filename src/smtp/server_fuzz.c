/*
 * The server machine on any octets.  Seeds: src/smtp/corpus/server/.
 *
 * The first octet steers the answers and what is offered, the rest is what a client
 * says, a handshake of TLS being one octet.  What must
 * hold: fed whole, in odd pieces and octet by octet the session is the same, in
 * its output, its questions and its messages; a message has no line end but CR
 * LF, but where it is BINARYMIME; none is larger than is allowed; no more comes out
 * than is promised; each reply is a line.
 */
#include "smtp/server.h"

#include "base/buf.h"
#include "smtp/path.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define OUTPUT_MAX 16384
#define SIZE_MAX_TAKEN 200
#define HANDSHAKE 0x16

struct run {
	struct smtp_server *s;
	struct buf out;
	struct buf log; /* questions and whole messages, in their order */
	struct buf body;
	bool secure; /* inside TLS */
	unsigned steer;
	bool binary; /* the message under way is BINARYMIME */
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void note(struct run *r, char kind, struct str what)
{
	buf_addc(&r->log, kind);
	buf_add(&r->log, what);
	buf_addc(&r->log, '\n');
}

/* Sound for the relay and for the next server. */
static void check_address(struct str address, bool utf8)
{
	struct smtp_mailbox m;

	must(smtp_path_mailbox(address, &m) == ERR_OK && (utf8 || !m.utf8));
}

static void check_message(struct str body, bool binary)
{
	must(body.n <= SIZE_MAX_TAKEN);
	for (size_t i = 0; i < body.n && !binary; i++) {
		must(body.p[i] != '\0');
		must(body.p[i] != '\r' || (i + 1 < body.n && body.p[i + 1] == '\n'));
		must(body.p[i] != '\n' || (i > 0 && body.p[i - 1] == '\r'));
	}
}

/* Yes, but for every so many, which steer says. */
static enum smtp_want answer(struct run *r)
{
	struct smtp_ask ask = smtp_server_ask(r->s);

	r->steer = r->steer * 5 + 1;
	switch (ask.kind) {
	case SMTP_ASK_MAIL:
		buf_clear(&r->body);
		if (ask.mail.from.n > 0)
			check_address(ask.mail.from, ask.mail.flags & SMTP_MAIL_UTF8);
		r->binary = ask.mail.flags & SMTP_MAIL_BINARY;
		note(r, 'M', ask.mail.from);
		note(r, 'I', ask.mail.envid);
		break;
	case SMTP_ASK_RCPT:
		check_address(ask.rcpt.to, true);
		note(r, 'R', ask.rcpt.to);
		note(r, 'O', ask.rcpt.orcpt);
		break;
	case SMTP_ASK_DATA:
		note(r, 'D', STR(""));
		break;
	case SMTP_ASK_MESSAGE:
		check_message(buf_str(&r->body), r->binary);
		note(r, 'B', buf_str(&r->body));
		break;
	case SMTP_ASK_AUTH:
		must(r->secure && smtp_server_user(r->s).n == 0);
		note(r, 'A', ask.login.user);
		note(r, 'P', ask.login.password);
		break;
	}
	if ((r->steer & 15) == 7)
		return smtp_server_verdict(r->s, 550, STR("5.7.1 no"));
	if ((r->steer & 15) == 9)
		return smtp_server_verdict(r->s, 451, STR("4.7.1 later"));
	return smtp_server_verdict(r->s, 250, STR("2.0.0 yes"));
}

static enum smtp_want serve(struct run *r, enum smtp_want want)
{
	for (;;) {
		struct str out = smtp_server_output(r->s);
		must(out.n <= OUTPUT_MAX);
		if (want == SMTP_WANT_VERDICT) {
			must(smtp_server_peer_name(r->s).n > 0);
			want = answer(r);
		} else if (want == SMTP_WANT_BODY) {
			must(smtp_server_body(r->s).n > 0);
			buf_add(&r->body, smtp_server_body(r->s));
			want = smtp_server_body_kept(r->s);
		} else if (out.n > 0) {
			must(str_ends(out, STR("\r\n")));
			buf_add(&r->out, out);
			want = smtp_server_sent(r->s, out.n);
		} else {
			must(want == SMTP_WANT_CLOSE || want == SMTP_WANT_TLS ||
			     smtp_server_room(r->s) >= SMTP_SERVER_FEED_MAX);
			return want;
		}
	}
}

/* The handshake is through: nothing of what was before it is known any more. */
static enum smtp_want turn(struct run *r)
{
	must(!r->secure);
	r->secure = true;
	enum smtp_want want = smtp_server_secured(r->s);
	must(smtp_server_peer_name(r->s).n == 0 && smtp_server_user(r->s).n == 0);
	must(want == SMTP_WANT_INPUT && !smtp_server_in_transaction(r->s));
	return serve(r, want);
}

/* As far as the next handshake, which stands as one octet (that of its record). */
static struct str before_turn(struct str in)
{
	const char *at = in.n ? memchr(in.p + 1, HANDSHAKE, in.n - 1) : NULL;

	return at ? str_head(in, (size_t)(at - in.p)) : in;
}

/* Feed in pieces of step octets; 0: of one, two, ...  steer also says what is offered. */
static enum smtp_want run(struct run *r, struct str in, size_t step, unsigned steer)
{
	struct smtp_server_conf conf = { .host = STR("mx"),
					 .size_max = SIZE_MAX_TAKEN,
					 .recipients_max = 3,
					 .errors_max = 5,
					 .tls = (enum smtp_server_tls)(steer >> 4 & 3),
					 .auth = (enum smtp_server_auth)(steer >> 6 & 1) };

	*r = (struct run){ .s = smtp_server_new(&conf),
			   .out = BUF_MAX(1 << 24),
			   .log = BUF_MAX(1 << 24),
			   .body = BUF_MAX(1 << 24),
			   .secure = conf.tls == SMTP_SERVER_IN_TLS,
			   .steer = steer };
	must(r->s != NULL);
	enum smtp_want want = serve(r, SMTP_WANT_INPUT);
	for (size_t n = step ? step : 1; in.n > 0; n += step == 0) {
		struct str piece = str_head(before_turn(in), n);
		bool turns = want == SMTP_WANT_TLS && in.p[0] == HANDSHAKE;
		want = turns ? turn(r) : serve(r, smtp_server_feed(r->s, piece));
		in = str_skip(in, turns ? 1 : piece.n);
	}
	return want;
}

static void run_clear(struct run *r)
{
	smtp_server_free(&r->s);
	buf_free(&r->out);
	buf_free(&r->log);
	buf_free(&r->body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const size_t steps[] = { 1, 0, 3 };
	struct run whole;

	if (n == 0)
		return 0;
	struct str in = { (const char *)data + 1, n - 1 };
	enum smtp_want want = run(&whole, in, SMTP_SERVER_FEED_MAX, data[0]);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct run pieces;
		must(run(&pieces, in, steps[i], data[0]) == want);
		must(str_eq(buf_str(&pieces.out), buf_str(&whole.out)));
		must(str_eq(buf_str(&pieces.log), buf_str(&whole.log)));
		run_clear(&pieces);
	}
	run_clear(&whole);
	return 0;
}
