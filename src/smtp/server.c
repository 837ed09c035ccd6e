/*
 * The server state machine of RFC 5321: octets in, commands and message data
 * told apart, replies out.  server_priv.h says what is true in each state.
 *
 * Every command has exactly one reply, in order, and none is left half written:
 * a reply is added to the output as a whole.
 */
#include "smtp/line.h"
#include "smtp/reply.h"
#include "smtp/server_priv.h"

#include <stdlib.h>
#include <string.h>

#define OUTPUT_PAUSE 8192 /* with that much to be sent, no further command is read */
#define OUTPUT_MAX (2 * OUTPUT_PAUSE)
#define TRACE_MAX (2 * SMTP_SERVER_FEED_MAX) /* all input, all output, and arrows */

void smtp_server_enter(struct smtp_server *s, enum state to)
{
	if (to == MAIL)
		s->void_chunks = false;
	if (to <= READY) {
		s->mail = (struct smtp_mail){ .size = 0 };
		s->recipients = 0;
	}
	if (to != LOGIN && to != ASKED && s->secret.p)
		buf_wipe(&s->secret);
	s->state = to;
}

/* Whether a client that is here now can log in. */
static bool can_log_in(const struct smtp_server *s)
{
	return s->secure && s->conf.auth != SMTP_SERVER_NO_AUTH;
}

void smtp_server_reply(struct smtp_server *s, int code, struct str text)
{
	size_t before = s->out.n;

	s->refused[smtp_refusal_of(code, text)]++;
	smtp_reply_write(&s->out, code, text);
	smtp_server_told(s, before);
}

void smtp_server_last_reply(struct smtp_server *s, int code, struct str text)
{
	smtp_server_reply(s, code, text);
	s->broke_off = smtp_server_receiving(s);
	smtp_server_enter(s, CLOSED);
}

bool smtp_server_bears_junk(struct smtp_server *s)
{
	if (++s->junk <= s->conf.junk_max || s->conf.junk_max == 0)
		return true;
	smtp_server_last_reply(s, 421, STR("4.7.0 Too many commands and no mail"));
	return false;
}

void smtp_server_refuse(struct smtp_server *s, int code, struct str text)
{
	if (code / 100 == 5 && s->errors++ >= s->conf.errors_max)
		smtp_server_last_reply(s, 421, STR("4.7.0 Too many errors"));
	else if (code / 100 == 5 || smtp_server_bears_junk(s))
		smtp_server_reply(s, code, text);
}

/* Were it not said, the peer would try again with the same message. */
void smtp_server_refuse_message(struct smtp_server *s, int code, struct str text)
{
	s->errors += code / 100 == 5;
	s->junk += code / 100 == 4;
	smtp_server_reply(s, code, text);
	smtp_server_enter(s, READY);
}

struct smtp_fault smtp_server_held_back(const struct smtp_server *s, enum smtp_server_gate gate)
{
	if (gate >= AFTER_TLS && s->conf.tls == SMTP_SERVER_MUST_STARTTLS && !s->secure)
		return (struct smtp_fault){ .code = 530, .text = STR("5.7.0 Say STARTTLS first") };
	if (gate < AFTER_LOGIN || s->conf.auth != SMTP_SERVER_MUST_AUTH || s->user.n > 0)
		return (struct smtp_fault){ .code = 0 };
	return (struct smtp_fault){
		.code = 530,
		.text = s->secure ? STR("5.7.0 Log in first: AUTH")
				  : STR("5.7.0 Log in first: STARTTLS, then AUTH")
	};
}

void smtp_server_wait(struct smtp_server *s, enum smtp_ask_kind kind, enum state yes, enum state no)
{
	s->ask.kind = kind;
	s->on_yes = yes;
	s->on_no = no;
	smtp_server_enter(s, ASKED);
}

static struct str unread(const struct smtp_server *s)
{
	return str_skip(buf_str(&s->in), s->at);
}

/*
 * Whether there may be a secret in a line.  Who says AUTH and goes on without listening gives
 * it away in one that is no command.
 */
static bool is_secret(const struct smtp_server *s, struct str line)
{
	struct str open;

	if (s->state == LOGIN)
		return true;
	return smtp_server_is_auth(line, &open) ? open.n < line.n
						: s->auth_said && !smtp_server_is_command(line);
}

/* One line without its end; only as far as it is one. */
static void hear(struct smtp_server *s, struct str line)
{
	struct str open;

	s->auth_said |= smtp_server_is_auth(line, &open);
	if (is_secret(s, line)) {
		s->stained = true;
		smtp_server_heard_secret(s, line);
	} else {
		smtp_server_heard(s, line);
	}
}

static void step_line(struct smtp_server *s, struct str line)
{
	bool too_long = s->long_line || line.n + 2 > SMTP_SERVER_LINE_MAX;
	bool login = s->state == LOGIN;

	s->long_line = false;
	if (too_long)
		smtp_server_heard(s, STR("(a line that is too long)"));
	else
		hear(s, line);
	if (too_long && login) { /* RFC 4954 section 4 */
		smtp_server_enter(s, READY);
		smtp_server_refuse(s, 500, STR("5.5.6 Line of AUTH too long"));
	} else if (too_long) {
		smtp_server_refuse(s, 500, STR("5.5.2 Line too long"));
	} else if (login) {
		smtp_server_login_line(s, line);
	} else {
		smtp_server_command(s, line);
	}
}

/* Read one command; false when more input is needed. */
static bool step_command(struct smtp_server *s)
{
	struct str line, shown;

	switch (smtp_line_read(unread(s), &line)) {
	case SMTP_LINE_WHOLE:
		s->at += line.n + 2;
		step_line(s, line);
		return true;
	case SMTP_LINE_PART:
		/* A CR stays: its LF may come. */
		if (s->long_line || unread(s).n >= SMTP_SERVER_LINE_MAX) {
			s->long_line = true;
			s->stained |= can_log_in(s);
			s->at += line.n;
		}
		return false;
	case SMTP_LINE_BAD:
		shown = line; /* as far as it is one */
		(void)str_cut(&line, '\n', &shown);
		hear(s, shown);
		smtp_server_last_reply(s, 500, STR("5.5.2 Bare CR, bare LF or NUL in a command"));
		return true;
	}
	abort();
}

void smtp_server_refuse_bare(struct smtp_server *s)
{
	smtp_server_last_reply(s, 554, STR("5.5.2 Bare CR, bare LF or NUL in the message"));
}

/* The lone dot has come. */
static void message_ends(struct smtp_server *s)
{
	if (!s->too_big) {
		smtp_server_wait(s, SMTP_ASK_MESSAGE, READY, READY);
		return;
	}
	smtp_server_refuse_message(s, 552, STR("5.3.4 Message too big"));
}

void smtp_server_take_piece(struct smtp_server *s, struct str piece)
{
	s->message_n += piece.n;
	if (s->conf.size_max != 0 && s->message_n > s->conf.size_max)
		s->too_big = true;
	if (s->too_big)
		return;
	s->piece_at = (size_t)(piece.p - s->in.p);
	s->piece_n = piece.n;
	s->piece_of = s->state;
	smtp_server_enter(s, PIECE);
}

/* Read some of the message; false when more input is needed. */
static bool step_data(struct smtp_server *s)
{
	struct str piece;
	size_t used;
	enum smtp_dots_got got = smtp_dots_read(&s->dots, unread(s), &piece, &used);

	s->at += used;
	switch (got) {
	case SMTP_DOTS_PIECE:
		smtp_server_take_piece(s, piece);
		return true;
	case SMTP_DOTS_MORE:
		return false;
	case SMTP_DOTS_END:
		smtp_server_heard_data(s, s->message_n);
		message_ends(s);
		return true;
	case SMTP_DOTS_BAD:
		smtp_server_heard_data(s, s->message_n);
		smtp_server_refuse_bare(s);
		return true;
	}
	abort();
}

static enum smtp_want want(const struct smtp_server *s)
{
	switch (s->state) {
	case ASKED:
		return SMTP_WANT_VERDICT;
	case PIECE:
		return SMTP_WANT_BODY;
	case TURNING:
		return SMTP_WANT_TLS;
	case CLOSED:
		return SMTP_WANT_CLOSE;
	case HELLO:
	case READY:
	case MAIL:
	case RCPT:
	case CHUNKS:
	case DATA:
	case CHUNK:
	case LOGIN:
		return SMTP_WANT_INPUT;
	}
	abort();
}

/* Out of memory.  Where even the words for that find no room, there are none. */
static void give_up(struct smtp_server *s)
{
	s->out.err = ERR_OK;
	if (s->state != CLOSED)
		smtp_server_last_reply(s, 421, STR("4.3.0 Out of memory"));
	s->out.err = ERR_OK;
}

/* Read some of what is due; false when more input is needed. */
static bool step_input(struct smtp_server *s)
{
	if (s->state == DATA)
		return step_data(s);
	return s->state == CHUNK ? smtp_server_chunk(s, unread(s)) : step_command(s);
}

/*
 * Who stands between may have put in what comes before the handshake, to have it taken for
 * what was said inside TLS.
 */
static void refuse_early(struct smtp_server *s)
{
	smtp_server_heard(s, STR("(octets behind STARTTLS, before TLS)"));
	s->refused[SMTP_REFUSAL_SYNTAX]++;
	smtp_server_enter(s, CLOSED);
}

/* All that was in .in is read, or counts for nothing. */
static void empty_input(struct smtp_server *s)
{
	if (s->stained)
		explicit_bzero(s->in.p, s->in.cap);
	s->stained = false;
	buf_clear(&s->in);
	s->at = 0;
}

/* Read until an answer is needed, the output is to be sent, or the input runs out. */
static enum smtp_want step(struct smtp_server *s)
{
	bool more = true;

	while (more && want(s) == SMTP_WANT_INPUT && s->out.n < OUTPUT_PAUSE)
		more = step_input(s);
	if (s->state == TURNING && s->at < s->in.n)
		refuse_early(s);
	if (s->state == CLOSED || (s->at == s->in.n && s->state != PIECE))
		empty_input(s);
	if (buf_err(&s->out) != ERR_OK || buf_err(&s->line) != ERR_OK ||
	    buf_err(&s->orcpt) != ERR_OK || buf_err(&s->peer) != ERR_OK ||
	    buf_err(&s->user) != ERR_OK || buf_err(&s->in) != ERR_OK)
		give_up(s);
	return want(s);
}

/* A command line then stays where it was put: what moves leaves a copy behind. */
static void make_room(struct smtp_server *s)
{
	if (can_log_in(s))
		(void)buf_room(&s->in, 2 * SMTP_SERVER_LINE_MAX);
}

struct smtp_offer smtp_server_offer(const struct smtp_server *s)
{
	struct smtp_offer offer = smtp_extension_ours();

	if (s->conf.tls != SMTP_SERVER_NO_TLS && !s->secure)
		offer.has |= 1u << SMTP_EXT_STARTTLS;
	if (can_log_in(s))
		offer.has |= 1u << SMTP_EXT_AUTH;
	if (s->secure) /* RFC 8689 section 2: to nobody else */
		offer.has |= 1u << SMTP_EXT_REQUIRETLS;
	return offer;
}

struct smtp_server *smtp_server_new(const struct smtp_server_conf *conf)
{
	struct smtp_server *s = calloc(1, sizeof(*s));
	CLEANUP(buf_free) struct buf greeting = BUF_MAX(SMTP_REPLY_LINE_MAX);

	if (!s)
		return NULL;
	s->conf = *conf;
	s->in = BUF_MAX(SMTP_SERVER_FEED_MAX + SMTP_SERVER_LINE_MAX);
	s->line = BUF_MAX(SMTP_SERVER_LINE_MAX);
	s->orcpt = BUF_MAX(SMTP_ORCPT_ROOM);
	s->out = BUF_MAX(OUTPUT_MAX);
	s->trace = BUF_MAX(TRACE_MAX);
	s->host = BUF_MAX(SMTP_SERVER_HOST_MAX);
	s->peer = BUF_MAX(SMTP_SERVER_HOST_MAX);
	s->user = BUF_MAX(SMTP_SERVER_LINE_MAX);
	s->secure = conf->tls == SMTP_SERVER_IN_TLS;
	make_room(s);
	buf_add(&s->host, conf->host);
	s->conf.host = buf_str(&s->host);
	buf_add(&greeting, s->conf.host);
	buf_add(&greeting, STR(" ESMTP Signpost"));
	smtp_server_reply(s, 220, buf_str(&greeting));
	if (buf_err(&s->host) != ERR_OK || buf_err(&greeting) != ERR_OK ||
	    buf_err(&s->out) != ERR_OK || buf_err(&s->in) != ERR_OK)
		smtp_server_free(&s);
	return s;
}

void smtp_server_free(struct smtp_server **sp)
{
	struct smtp_server *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	if (can_log_in(s))
		buf_wipe(&s->in); /* it may have left in the middle of a line */
	buf_free(&s->in);
	buf_wipe(&s->secret);
	buf_free(&s->user);
	buf_free(&s->line);
	buf_free(&s->orcpt);
	buf_free(&s->out);
	buf_free(&s->trace);
	buf_free(&s->host);
	buf_free(&s->peer);
	free(s);
}

size_t smtp_server_room(const struct smtp_server *s)
{
	return s->in.max - s->in.n + (s->state == PIECE ? 0 : s->at);
}

enum smtp_want smtp_server_feed(struct smtp_server *s, struct str in)
{
	if (s->state == CLOSED)
		return SMTP_WANT_CLOSE;
	if (s->state != PIECE) {
		buf_drop(&s->in, s->at);
		s->at = 0;
	}
	buf_add(&s->in, in);
	if (buf_err(&s->in) == ERR_LIMIT)
		smtp_server_last_reply(s, 421, STR("4.3.0 Fed more than there is room for"));
	else if (buf_err(&s->in) != ERR_OK)
		give_up(s);
	return step(s);
}

struct smtp_ask smtp_server_ask(const struct smtp_server *s)
{
	return s->ask;
}

enum smtp_want smtp_server_verdict(struct smtp_server *s, int code, struct str text)
{
	enum smtp_ask_kind kind = s->ask.kind;

	if (s->state != ASKED)
		return want(s);
	if (code / 100 != 2 && code / 100 != 4 && code / 100 != 5) {
		code = 451;
		text = STR("4.3.0 No answer to that");
	}
	if (code == 421) {
		smtp_server_last_reply(s, code, text);
	} else if (code / 100 != 2 && kind == SMTP_ASK_MESSAGE) {
		smtp_server_refuse_message(s, code, text);
	} else if (code / 100 != 2 && s->on_yes == CHUNK) {
		smtp_server_chunks_refused(s, code, text);
	} else if (code / 100 != 2) {
		smtp_server_enter(s, s->on_no);
		smtp_server_refuse(s, code, text);
	} else if (s->on_yes == CHUNK) {
		smtp_server_chunks_begin(s);
	} else if (kind == SMTP_ASK_DATA) {
		s->dots = SMTP_DOTS_BEGIN;
		s->message_n = 0;
		s->too_big = false;
		smtp_server_reply(s, 354, STR("End with <CR LF>.<CR LF>"));
		smtp_server_enter(s, DATA);
	} else {
		s->recipients += kind == SMTP_ASK_RCPT;
		if (kind == SMTP_ASK_AUTH)
			buf_add(&s->user, s->ask.login.user);
		if (kind == SMTP_ASK_MESSAGE)
			s->errors = s->junk = s->overshoot = 0;
		smtp_server_reply(s, code, text);
		smtp_server_enter(s, s->on_yes);
	}
	return step(s);
}

struct str smtp_server_body(const struct smtp_server *s)
{
	return str_head(str_skip(buf_str(&s->in), s->piece_at), s->piece_n);
}

enum smtp_want smtp_server_body_kept(struct smtp_server *s)
{
	if (s->state == PIECE)
		smtp_server_enter(s, s->piece_of);
	return step(s);
}

enum smtp_want smtp_server_secured(struct smtp_server *s)
{
	if (s->state != TURNING)
		return want(s);
	s->secure = true;
	s->extended = false;
	s->auth_said = false;
	buf_clear(&s->peer);
	smtp_server_enter(s, HELLO);
	make_room(s);
	return step(s);
}

struct str smtp_server_user(const struct smtp_server *s)
{
	return buf_str(&s->user);
}

enum smtp_want smtp_server_close(struct smtp_server *s, struct str text)
{
	if (s->state != CLOSED)
		smtp_server_last_reply(s, 421, text);
	return step(s);
}

struct str smtp_server_peer_name(const struct smtp_server *s)
{
	return buf_str(&s->peer);
}

bool smtp_server_extended(const struct smtp_server *s)
{
	return s->extended;
}

bool smtp_server_receiving(const struct smtp_server *s)
{
	return s->state == DATA || s->state == CHUNK || s->state == PIECE;
}

bool smtp_server_broke_off(const struct smtp_server *s)
{
	return s->broke_off;
}

bool smtp_server_in_transaction(const struct smtp_server *s)
{
	switch (s->state) {
	case HELLO:
	case READY:
	case TURNING:
	case LOGIN:
	case CLOSED:
		return false;
	case ASKED:
		return s->ask.kind != SMTP_ASK_MAIL && s->ask.kind != SMTP_ASK_AUTH;
	case MAIL:
	case RCPT:
	case CHUNKS:
	case DATA:
	case CHUNK:
	case PIECE:
		return true;
	}
	abort();
}

unsigned smtp_server_refused(const struct smtp_server *s, enum smtp_refusal why)
{
	return s->refused[why];
}

struct str smtp_server_output(const struct smtp_server *s)
{
	return buf_str(&s->out);
}

enum smtp_want smtp_server_sent(struct smtp_server *s, size_t n)
{
	buf_drop(&s->out, str_head(buf_str(&s->out), n).n);
	return step(s);
}
