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

#define OUTPUT_PAUSE 8192 /* with that much to be sent, no further command is read */
#define OUTPUT_MAX (2 * OUTPUT_PAUSE)
#define TRACE_KEPT 4096                      /* so much stays allocated between calls */
#define TRACE_MAX (2 * SMTP_SERVER_FEED_MAX) /* all input, all output, and arrows */

void smtp_server_enter(struct smtp_server *s, enum state to)
{
	if (to == MAIL)
		s->void_chunks = false;
	if (to <= READY) {
		s->mail = (struct smtp_mail){ .size = 0 };
		s->recipients = 0;
	}
	s->state = to;
}

/* What finds no room is not told, and nothing else suffers from that. */
static void note(struct smtp_server *s, struct str arrow, struct str line, struct str remark)
{
	size_t before = s->trace.n;

	buf_add(&s->trace, arrow);
	buf_add(&s->trace, line);
	buf_add(&s->trace, remark);
	buf_addc(&s->trace, '\n');
	if (buf_err(&s->trace) != ERR_OK) {
		s->trace.n = before;
		s->trace.err = ERR_OK;
	}
}

void smtp_server_told(struct smtp_server *s, size_t from)
{
	struct str lines = str_skip(buf_str(&s->out), from), line;

	while (s->conf.told == SMTP_SERVER_TRACED && str_line(&lines, &line))
		note(s, STR("--> "), line, STR(""));
}

void smtp_server_heard(struct smtp_server *s, struct str line)
{
	struct str rest = line, verb, mechanism;

	if (s->conf.told != SMTP_SERVER_TRACED)
		return;
	if (str_word(&rest, &verb) && str_eq_nocase(verb, STR("AUTH")) &&
	    str_word(&rest, &mechanism) && str_trim(rest).n > 0) {
		line.n = (size_t)(mechanism.p + mechanism.n - line.p);
		note(s, STR("<-- "), line, STR(" (not shown)"));
		return;
	}
	note(s, STR("<-- "), line, STR(""));
}

void smtp_server_heard_data(struct smtp_server *s, uint64_t octets)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(64);

	buf_addf(&text, "(%llu octets of message data)", (unsigned long long)octets);
	smtp_server_heard(s, buf_str(&text));
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

static void step_line(struct smtp_server *s, struct str line)
{
	bool too_long = s->long_line || line.n + 2 > SMTP_SERVER_LINE_MAX;

	s->long_line = false;
	smtp_server_heard(s, too_long ? STR("(a line that is too long)") : line);
	if (too_long)
		smtp_server_refuse(s, 500, STR("5.5.2 Line too long"));
	else
		smtp_server_command(s, line);
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
			s->at += line.n;
		}
		return false;
	case SMTP_LINE_BAD:
		shown = line; /* as far as it is one */
		(void)str_cut(&line, '\n', &shown);
		smtp_server_heard(s, shown);
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
	case CLOSED:
		return SMTP_WANT_CLOSE;
	case HELLO:
	case READY:
	case MAIL:
	case RCPT:
	case CHUNKS:
	case DATA:
	case CHUNK:
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

/* Read until an answer is needed, the output is to be sent, or the input runs out. */
static enum smtp_want step(struct smtp_server *s)
{
	bool more = true;

	while (more && want(s) == SMTP_WANT_INPUT && s->out.n < OUTPUT_PAUSE)
		more = step_input(s);
	if (s->state == CLOSED || (s->at == s->in.n && s->state != PIECE)) {
		buf_clear(&s->in);
		s->at = 0;
	}
	if (buf_err(&s->out) != ERR_OK || buf_err(&s->line) != ERR_OK ||
	    buf_err(&s->orcpt) != ERR_OK || buf_err(&s->peer) != ERR_OK)
		give_up(s);
	return want(s);
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
	buf_add(&s->host, conf->host);
	s->conf.host = buf_str(&s->host);
	buf_add(&greeting, s->conf.host);
	buf_add(&greeting, STR(" ESMTP Signpost"));
	smtp_server_reply(s, 220, buf_str(&greeting));
	if (buf_err(&s->host) != ERR_OK || buf_err(&greeting) != ERR_OK ||
	    buf_err(&s->out) != ERR_OK)
		smtp_server_free(&s);
	return s;
}

void smtp_server_free(struct smtp_server **sp)
{
	struct smtp_server *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	buf_free(&s->in);
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

enum smtp_want smtp_server_close(struct smtp_server *s, int code, struct str text)
{
	if (s->state != CLOSED)
		smtp_server_last_reply(s, code, text);
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

bool smtp_server_in_transaction(const struct smtp_server *s)
{
	switch (s->state) {
	case HELLO:
	case READY:
	case CLOSED:
		return false;
	case ASKED:
		return s->ask.kind != SMTP_ASK_MAIL;
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

struct str smtp_server_trace(const struct smtp_server *s)
{
	return buf_str(&s->trace);
}

void smtp_server_trace_clear(struct smtp_server *s)
{
	if (s->trace.cap > TRACE_KEPT)
		buf_free(&s->trace);
	buf_clear(&s->trace);
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
