/*
 * The client state machine of RFC 5321: replies out of octets, the greeting,
 * EHLO, QUIT, and every way in which a session can end.  client_priv.h says what
 * is true in each state, transaction.c what lies between MAIL and the reply to
 * the message.
 */
#include "smtp/client_priv.h"
#include "smtp/ehlo.h"
#include "smtp/fit.h"

#include <stdlib.h>
#include <string.h>

#define HOST_MAX 255      /* octets of a name */
#define INPUT_SLICE 16384 /* input looked at at once, with a reply that is not whole before it */
#define TRACE_MAX 262144
#define ROOM 1024 /* octets of a buffer at first: most sessions stay within it, but for mail */
#define KEPT 4096 /* octets of a buffer, while it rests: what a small message needs */
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

void smtp_client_enter(struct smtp_client *c, enum state to)
{
	c->state = to;
	if (to == DONE || to == CLOSED)
		c->tx = (struct smtp_transaction){ .n_rcpt = 0 };
}

enum smtp_stage smtp_client_stage(const struct smtp_client *c)
{
	switch (c->state) {
	case GREETING:
		return SMTP_STAGE_GREETING;
	case EHLO:
	case HELO:
		return SMTP_STAGE_EHLO;
	case STARTTLS:
	case SECURING:
		return SMTP_STAGE_TLS;
	case LOGIN:
		return SMTP_STAGE_EHLO;
	case READY:
		return SMTP_STAGE_MAIL;
	case ENVELOPE:
		return smtp_transaction_stage(c);
	case BODY:
	case END:
		return SMTP_STAGE_MESSAGE;
	case DONE: /* nothing of the last transaction is open any more */
	case QUIT:
		return SMTP_STAGE_QUIT;
	case CLOSED:
		return c->failure.stage;
	}
	abort();
}

/* What finds no room is not told, and nothing else suffers from that. */
void smtp_client_note(struct smtp_client *c, struct str arrow, struct str line)
{
	size_t before = c->trace.n;

	buf_add(&c->trace, arrow);
	buf_add(&c->trace, line);
	buf_addc(&c->trace, '\n');
	if (buf_err(&c->trace) != ERR_OK)
		c->trace.n = before;
}

void smtp_client_shut(struct smtp_client *c, struct smtp_result result)
{
	if (c->state == BODY)
		smtp_transaction_note_data(c);
	smtp_results_settle_all(&c->results, &result);
	buf_clear(&c->why);
	buf_add(&c->why, str_head(result.text, SMTP_RESULT_TEXT_MAX));
	result.text = buf_str(&c->why);
	c->failure = result;
	buf_clear(&c->out);
	smtp_client_enter(c, CLOSED);
}

/* A result that no reply gave; it may be another the next time. */
static struct smtp_result ours(const struct smtp_client *c, const char *enhanced, struct str text)
{
	struct smtp_result r = { .fate = SMTP_TEMPORARY,
				 .stage = smtp_client_stage(c),
				 .text = text };

	memcpy(r.enhanced, enhanced, strlen(enhanced) + 1);
	return r;
}

void smtp_client_shut_ours(struct smtp_client *c, const char *enhanced, struct str text)
{
	smtp_client_shut(c, ours(c, enhanced, text));
}

/* What we lack is nothing of the server's. */
static void shut_own(struct smtp_client *c, struct str why)
{
	struct smtp_result r = ours(c, "4.3.0", why);

	r.own = true;
	smtp_client_shut(c, r);
}

static void shut_nomem(struct smtp_client *c)
{
	shut_own(c, STR("out of memory"));
}

/* Append lines of the peer's, joined by '\n' as those of a reply, as far as there is room. */
static void add_lines(struct buf *text, struct str octets)
{
	struct str line;

	for (bool first = true; str_line(&octets, &line); first = false) {
		if (!first && text->n < text->max)
			buf_addc(text, '\n');
		buf_add(text, str_head(line, text->max - text->n));
	}
}

/* With what the host said. */
static void shut_quoting(struct smtp_client *c, const char *enhanced, struct str what,
			 struct str octets)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(SMTP_RESULT_TEXT_MAX);

	buf_add(&text, what);
	buf_add(&text, STR(": "));
	add_lines(&text, str_trim(octets));
	smtp_client_shut_ours(c, enhanced, buf_str(&text));
}

void smtp_client_shut_junk(struct smtp_client *c, struct str what, struct str octets)
{
	shut_quoting(c, "4.5.0", what, octets);
}

void smtp_client_write(struct smtp_client *c, struct str word, struct str arg)
{
	size_t at = c->out.n;

	buf_add(&c->out, word);
	buf_add(&c->out, arg);
	smtp_client_note(c, STR("--> "), str_skip(buf_str(&c->out), at));
	buf_add(&c->out, STR("\r\n"));
}

static void greeted(struct smtp_client *c, const struct smtp_reply *reply)
{
	if (reply->code / 100 == 2) {
		smtp_client_write(c, STR("EHLO "), buf_str(&c->host));
		smtp_client_enter(c, EHLO);
	} else {
		smtp_client_shut(c, smtp_results_of(reply, SMTP_STAGE_GREETING));
	}
}

/* 521 and 554 refuse the client (RFC 7504); any other 5yz may be about the command. */
static void answered_ehlo(struct smtp_client *c, const struct smtp_reply *reply)
{
	bool understood = reply->code / 100 != 5 || reply->code == 521 || reply->code == 554;

	if (reply->code / 100 == 2) {
		smtp_ehlo_read(reply->text, &c->offer);
		smtp_starttls_offered(c);
	} else if (understood) {
		smtp_client_shut(c, smtp_results_of(reply, SMTP_STAGE_EHLO));
	} else {
		smtp_client_write(c, STR("HELO "), buf_str(&c->host));
		smtp_client_enter(c, HELO);
	}
}

static void answered_helo(struct smtp_client *c, const struct smtp_reply *reply)
{
	if (reply->code / 100 == 2)
		smtp_starttls_offered(c);
	else
		smtp_client_shut(c, smtp_results_of(reply, SMTP_STAGE_EHLO));
}

/* Whether a reply is due: there is a command that was sent as a whole and has none. */
static bool due(const struct smtp_client *c)
{
	switch (c->state) {
	case GREETING:
		return true;
	case EHLO:
	case HELO:
	case STARTTLS:
	case LOGIN:
	case QUIT:
		return c->out.n == 0;
	case END:
		return c->out.n == 0 && !c->cut;
	case ENVELOPE:
		return c->answered < c->sent;
	case SECURING:
	case READY:
	case DONE:
	case BODY:
	case CLOSED:
		return false;
	}
	abort();
}

/* 421 and replies that are not due: whatever they say, it is the last that is heard. */
static bool last_words(struct smtp_client *c, const struct smtp_reply *reply)
{
	enum smtp_stage stage = smtp_client_stage(c);
	bool refused = reply->code / 100 == 4 || reply->code / 100 == 5;

	if (reply->code == 421)
		smtp_client_shut(c, smtp_results_of(reply, stage));
	else if (due(c))
		return false;
	else if (stage == SMTP_STAGE_MESSAGE && refused)
		smtp_client_shut(c, smtp_results_of(reply, stage));
	else if (c->state == END && c->cut)
		shut_quoting(c, "4.4.2", STR("the connection broke before the message was out"),
			     reply->text);
	else
		smtp_client_shut_junk(c, STR("reply without a command"), reply->text);
	return true;
}

static void take_reply(struct smtp_client *c, const struct smtp_reply *reply)
{
	if (last_words(c, reply))
		return;
	switch (c->state) {
	case GREETING:
		greeted(c, reply);
		break;
	case EHLO:
		answered_ehlo(c, reply);
		break;
	case HELO:
		answered_helo(c, reply);
		break;
	case STARTTLS:
		smtp_starttls_answered(c, reply);
		break;
	case LOGIN:
		smtp_auth_answered(c, reply);
		break;
	case ENVELOPE:
	case END:
		smtp_transaction_answered(c, reply);
		break;
	case QUIT:
		smtp_client_shut(c, smtp_results_of(reply, SMTP_STAGE_QUIT));
		break;
	case SECURING:
	case READY:
	case DONE:
	case BODY:
	case CLOSED:
		break;
	}
}

static void note_reply(struct smtp_client *c, struct str octets)
{
	struct str line;

	while (str_line(&octets, &line))
		smtp_client_note(c, STR("<-- "), line);
}

/* What cannot be read as a reply is shown up to the line that is none. */
static void take_junk(struct smtp_client *c, enum err e, struct str octets)
{
	struct str what =
		e == ERR_LIMIT ? STR("a reply longer than any is") : STR("not a reply of SMTP");
	struct str junk = str_head(smtp_reply_junk(octets), SMTP_RESULT_TEXT_MAX);

	note_reply(c, junk);
	smtp_client_shut_junk(c, what, junk);
}

/* Take what whole replies there are. */
static void take_replies(struct smtp_client *c)
{
	size_t at = 0, used = 1;

	while (c->state != CLOSED && c->state != SECURING && used > 0) {
		struct str rest = str_skip(buf_str(&c->in), at);
		struct smtp_reply reply;
		enum err e = smtp_reply_read(rest, &c->scratch, &reply, &used);
		if (e == ERR_NOMEM) {
			shut_nomem(c);
		} else if (e != ERR_OK) {
			take_junk(c, e, rest);
		} else if (used > 0) {
			c->heard++;
			note_reply(c, str_head(rest, used));
			take_reply(c, &reply);
			at += used;
		}
	}
	smtp_starttls_injected(c, at);
	buf_drop(&c->in, at);
}

enum smtp_client_want smtp_client_wants(const struct smtp_client *c)
{
	switch (c->state) {
	case SECURING:
		return SMTP_CLIENT_SECURE;
	case READY:
		return SMTP_CLIENT_READY;
	case DONE:
		return SMTP_CLIENT_DONE;
	case CLOSED:
		return SMTP_CLIENT_CLOSE;
	case GREETING:
	case EHLO:
	case HELO:
	case STARTTLS:
	case LOGIN:
	case ENVELOPE:
	case BODY:
	case END:
	case QUIT:
		return SMTP_CLIENT_INPUT;
	}
	abort();
}

/* At the end of whatever may have needed memory. */
enum smtp_client_want smtp_client_checked(struct smtp_client *c)
{
	if (buf_err(&c->out) != ERR_OK || buf_err(&c->in) != ERR_OK) {
		buf_clear(&c->out);
		buf_clear(&c->in);
		shut_nomem(c);
	}
	return smtp_client_wants(c);
}

bool smtp_client_halfway(const struct smtp_client *c)
{
	return c->in.n > 0;
}

uint64_t smtp_client_heard(const struct smtp_client *c)
{
	return c->heard;
}

struct smtp_client *smtp_client_new(struct str host)
{
	struct smtp_client *c = malloc(sizeof(*c));

	if (!c)
		return NULL;
	*c = (struct smtp_client){
		.host = BUF_MAX(HOST_MAX),
		.in = BUF_MAX(SMTP_REPLY_OCTETS_MAX + INPUT_SLICE),
		.scratch = BUF_MAX(SMTP_REPLY_OCTETS_MAX),
		.out = BUF_MAX(SMTP_CLIENT_WINDOW),
		.why = BUF_MAX(SMTP_RESULT_TEXT_MAX),
		.trace = BUF_MAX(TRACE_MAX),
	};
	c->failure = ours(c, "4.0.0", STR(""));
	buf_add(&c->host, host);
	if (buf_err(&c->host) != ERR_OK || !buf_room(&c->in, ROOM) ||
	    !buf_room(&c->scratch, ROOM) || !buf_room(&c->out, ROOM) || !buf_room(&c->trace, ROOM))
		smtp_client_free(&c);
	return c;
}

void smtp_client_free(struct smtp_client **cp)
{
	struct smtp_client *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	smtp_results_clear(&c->results);
	buf_wipe(&c->login);
	if (c->secret)
		buf_wipe(&c->out);
	buf_free(&c->host);
	buf_free(&c->in);
	buf_free(&c->scratch);
	buf_free(&c->out);
	buf_free(&c->why);
	buf_free(&c->trace);
	free(c);
}

enum smtp_client_want smtp_client_feed(struct smtp_client *c, struct str in)
{
	while (in.n > 0 && c->state != CLOSED) {
		buf_add(&c->in, str_head(in, INPUT_SLICE));
		in = str_skip(in, INPUT_SLICE);
		take_replies(c);
		(void)smtp_client_checked(c);
	}
	return smtp_client_wants(c);
}

static bool idle(const struct smtp_client *c)
{
	return c->state == READY || c->state == DONE;
}

enum smtp_client_want smtp_client_send(struct smtp_client *c, const struct smtp_transaction *tx)
{
	struct smtp_result misfit;
	unsigned flags = smtp_fit_flags(tx);

	if (!idle(c))
		return smtp_client_wants(c);
	smtp_client_enter(c, READY);
	if (smtp_results_begin(&c->results, tx->n_rcpt) != ERR_OK) {
		shut_nomem(c);
	} else if (c->in.n > 0) {
		note_reply(c, buf_str(&c->in));
		smtp_client_shut_junk(c, STR("half a reply without a command"), buf_str(&c->in));
	} else if (!smtp_fit(tx, flags, &c->offer, &misfit)) {
		smtp_results_settle_all(&c->results, &misfit);
		smtp_client_enter(c, DONE);
	} else if (tx->n_rcpt == 0) {
		smtp_client_enter(c, DONE);
	} else {
		c->tx = *tx;
		c->tx.mail.flags = smtp_fit_says(tx, flags, &c->offer);
		smtp_transaction_begin(c);
	}
	return smtp_client_wants(c);
}

void smtp_client_rest(struct smtp_client *c)
{
	struct buf *const used[] = { &c->in, &c->scratch, &c->out, &c->trace };

	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
		if (used[i]->n == 0 && used[i]->cap > KEPT)
			buf_free(used[i]);
}

enum smtp_client_want smtp_client_quit(struct smtp_client *c)
{
	if (!idle(c))
		return smtp_client_wants(c);
	smtp_client_write(c, STR("QUIT"), STR(""));
	smtp_client_enter(c, QUIT);
	return smtp_client_checked(c);
}

void smtp_client_cut(struct smtp_client *c)
{
	c->cut = true;
}

enum smtp_client_want smtp_client_lost(struct smtp_client *c, struct str why)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(SMTP_RESULT_TEXT_MAX);

	if (c->state == CLOSED)
		return smtp_client_wants(c);
	/* Half a reply decides nothing, but may be all that is ever said of the reason. */
	buf_add(&text, str_head(why, text.max / 2));
	if (c->in.n > 0) {
		note_reply(c, buf_str(&c->in));
		buf_add(&text, STR(", after half a reply: "));
		add_lines(&text, buf_str(&c->in));
	}
	smtp_starttls_lost(c);
	smtp_client_shut_ours(c, "4.4.2", buf_str(&text));
	return smtp_client_wants(c);
}

enum smtp_client_want smtp_client_starved(struct smtp_client *c, struct str why)
{
	if (c->state != CLOSED)
		shut_own(c, why);
	return smtp_client_wants(c);
}

struct smtp_result smtp_client_result(const struct smtp_client *c, size_t i)
{
	if (i < c->results.n)
		return smtp_results_get(&c->results, i);
	/* Memory did not suffice for results; a good QUIT is no delivery of anything. */
	return c->failure.fate != SMTP_DELIVERED ? c->failure : ours(c, "4.0.0", STR(""));
}

bool smtp_client_settled(const struct smtp_client *c, size_t i)
{
	return i < c->results.n && smtp_results_settled(&c->results, i);
}

struct smtp_result smtp_client_failure(const struct smtp_client *c)
{
	return c->failure;
}

const struct smtp_offer *smtp_client_offer(const struct smtp_client *c)
{
	return &c->offer;
}

int64_t smtp_client_patience(const struct smtp_client *c)
{
	switch (c->state) {
	case READY:
	case DONE:
	case CLOSED:
		return 0;
	case GREETING:
	case EHLO:
	case HELO:
	case STARTTLS:
	case LOGIN:
		return 5 * MINUTE;
	case SECURING: /* RFC 5321 names none: two round trips and some arithmetic */
		return 2 * MINUTE;
	case ENVELOPE:
		return (smtp_client_stage(c) == SMTP_STAGE_DATA ? 2 : 5) * MINUTE;
	case BODY:
		return 3 * MINUTE;
	case END:
		return (c->out.n > 0 ? 3 : 10) * MINUTE;
	case QUIT: /* RFC 5321 names none, and nothing hangs on it */
		return 30 * SECOND;
	}
	abort();
}

struct str smtp_client_output(struct smtp_client *c)
{
	smtp_transaction_write(c);
	(void)smtp_client_checked(c);
	return buf_str(&c->out);
}

void smtp_client_sent(struct smtp_client *c, size_t n)
{
	struct str sent = str_head(buf_str(&c->out), n);

	smtp_transaction_sent(c, sent);
	buf_drop(&c->out, sent.n);
	if (c->state == LOGIN && c->out.n == 0 && c->out.p)
		explicit_bzero(c->out.p, c->out.cap);
}

struct str smtp_client_trace(const struct smtp_client *c)
{
	return buf_str(&c->trace);
}

void smtp_client_trace_clear(struct smtp_client *c)
{
	buf_clear(&c->trace);
}
