/*
 * One transaction of the client: MAIL, RCPT, DATA, the message.  Binary mail goes by BDAT
 * (RFC 3030): when all recipients have been answered, as one chunk, without DATA.
 *
 * The commands of a transaction are a sequence: RSET where the last one was left
 * open, MAIL, each RCPT, DATA.  With PIPELINING all are written as the window of
 * output takes them, and DATA is the last of the group (RFC 2920 section 3.1);
 * without, the next is written when the one before has its reply.
 *
 * A reply counts only for a command that has been sent as a whole.
 */
#include "base/text.h"
#include "smtp/client_priv.h"
#include "smtp/envelope.h"
#include "smtp/fit.h"

#define COMMAND_MAX 2048 /* room in the window that a command needs */
#define END_MAX 5        /* what ends a message: CR LF, if it lacks that, and the lone dot */

/* A command of a transaction. */
struct step {
	enum smtp_stage stage;
	bool reset;  /* RSET, in the stage of MAIL */
	size_t rcpt; /* SMTP_STAGE_RCPT: which */
};

static struct step step_at(const struct smtp_client *c, size_t k)
{
	if (c->resets && k-- == 0)
		return (struct step){ .stage = SMTP_STAGE_MAIL, .reset = true };
	if (k == 0)
		return (struct step){ .stage = SMTP_STAGE_MAIL };
	if (k <= c->tx.n_rcpt)
		return (struct step){ .stage = SMTP_STAGE_RCPT, .rcpt = k - 1 };
	return (struct step){ .stage = SMTP_STAGE_DATA };
}

static bool by_bdat(const struct smtp_client *c)
{
	return c->tx.mail.flags & SMTP_MAIL_BINARY;
}

static size_t n_steps(const struct smtp_client *c)
{
	return c->resets + 1 + c->tx.n_rcpt + !by_bdat(c);
}

enum smtp_stage smtp_transaction_stage(const struct smtp_client *c)
{
	return step_at(c, c->answered).stage;
}

void smtp_transaction_note_data(struct smtp_client *c)
{
	char room[100];
	struct buf line = { .p = room, .cap = sizeof(room), .max = sizeof(room) };

	buf_addc(&line, '(');
	text_count(&line, c->given - c->left.n, "octet of message data)",
		   "octets of message data)");
	smtp_client_note(c, STR("--> "), buf_str(&line));
}

static void write_step(struct smtp_client *c, struct step step)
{
	char room[COMMAND_MAX - 2];
	struct buf line = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
	struct smtp_mail mail = c->tx.mail;

	mail.size = smtp_fit_size(&c->tx);
	if (step.reset)
		buf_add(&line, STR("RSET"));
	else if (step.stage == SMTP_STAGE_MAIL)
		smtp_envelope_write_mail(&line, &mail, &c->offer);
	else if (step.stage == SMTP_STAGE_RCPT)
		smtp_envelope_write_rcpt(&line, &c->tx.rcpt[step.rcpt], &c->offer);
	else
		buf_add(&line, STR("DATA"));
	if (buf_err(&line) != ERR_OK)
		c->out.err = buf_err(&line);
	smtp_client_write(c, buf_str(&line), STR(""));
}

static void write_envelope(struct smtp_client *c)
{
	while (c->written < n_steps(c) && c->out.n + COMMAND_MAX <= SMTP_CLIENT_WINDOW &&
	       (smtp_offer_has(&c->offer, SMTP_EXT_PIPELINING) || c->written == c->answered))
		write_step(c, step_at(c, c->written++));
}

/* The message begins: all that there is of it, or nothing yet. */
static void begin_body(struct smtp_client *c)
{
	c->left = c->tx.elsewhere.octets ? STR_NONE : c->tx.message;
	c->given = c->left.n;
	c->dots = SMTP_DOTS_BEGIN;
	smtp_client_enter(c, BODY);
}

static bool is_written(const struct smtp_client *c)
{
	return c->left.n == 0 && c->given == smtp_fit_size(&c->tx);
}

bool smtp_client_hungry(const struct smtp_client *c, uint64_t *at)
{
	if (c->state != BODY || c->left.n > 0 || is_written(c))
		return false;
	*at = c->given;
	return true;
}

void smtp_client_give(struct smtp_client *c, struct str piece)
{
	uint64_t at;

	if (!smtp_client_hungry(c, &at))
		return;
	uint64_t room = smtp_fit_size(&c->tx) - at;
	c->left = room < piece.n ? str_head(piece, (size_t)room) : piece;
	c->given += c->left.n;
}

/* A chunk has as many octets as were told, and no end. */
static void write_chunk(struct smtp_client *c)
{
	struct str some = str_head(c->left, SMTP_CLIENT_WINDOW - c->out.n);

	buf_add(&c->out, some);
	c->left = str_skip(c->left, some.n);
	if (!is_written(c))
		return;
	smtp_transaction_note_data(c);
	smtp_client_enter(c, END);
}

/* Room is kept in the window for the end of the data. */
static void write_body(struct smtp_client *c)
{
	if (by_bdat(c)) {
		write_chunk(c);
		return;
	}
	smtp_dots_write(&c->dots, &c->left, &c->out, SMTP_CLIENT_WINDOW - END_MAX);
	if (!is_written(c))
		return;
	smtp_dots_end(&c->dots, &c->out);
	smtp_transaction_note_data(c);
	smtp_client_note(c, STR("--> "), STR("."));
	smtp_client_enter(c, END);
}

/* The transaction is over; open: the server may not think so. */
static void finish(struct smtp_client *c, bool open)
{
	c->open = open;
	smtp_client_enter(c, DONE);
}

static void answered_mail(struct smtp_client *c, const struct smtp_reply *reply)
{
	struct smtp_result r = smtp_results_of(reply, SMTP_STAGE_MAIL);

	c->mail_ok = reply->code / 100 == 2;
	if (c->mail_ok)
		return;
	smtp_results_settle_all(&c->results, &r);
	if (!smtp_offer_has(&c->offer, SMTP_EXT_PIPELINING))
		finish(c, false);
}

static void answered_rcpt(struct smtp_client *c, const struct smtp_reply *reply, size_t i)
{
	struct smtp_result r = smtp_results_of(reply, SMTP_STAGE_RCPT);

	if (!c->mail_ok)
		c->stray |= reply->code / 100 == 2;
	else if (reply->code / 100 == 2)
		smtp_results_accept(&c->results, i);
	else
		smtp_results_settle(&c->results, i, &r);
	if (!smtp_offer_has(&c->offer, SMTP_EXT_PIPELINING) && i + 1 == c->tx.n_rcpt &&
	    c->results.accepted == 0)
		finish(c, true);
}

/*
 * 354, and no other 3yz: 334 asks for a password (RFC 4954).  There may be nobody to
 * send to: then the lone dot is all that is sent (RFC 2920 section 3.1), unless the
 * server, which refused the sender, would take that for a message to those whom it
 * accepted.
 */
static void answered_data(struct smtp_client *c, const struct smtp_reply *reply)
{
	struct smtp_result r = smtp_results_of(reply, SMTP_STAGE_DATA);
	bool refused = reply->code / 100 == 4 || reply->code / 100 == 5;

	if (!refused && (reply->code != 354 || c->stray)) {
		smtp_client_shut_junk(c, STR("reply to DATA out of order"), reply->text);
	} else if (refused) {
		smtp_results_settle_all(&c->results, &r);
		finish(c, true);
	} else if (c->results.accepted == 0) {
		smtp_client_write(c, STR("."), STR(""));
		smtp_client_enter(c, END);
	} else {
		begin_body(c);
	}
}

/* All of the envelope is answered: its message, where there is somebody to take it. */
static void begin_chunk(struct smtp_client *c)
{
	CLEANUP(buf_free) struct buf arg = BUF_MAX(64);

	if (c->results.accepted == 0) {
		finish(c, c->mail_ok || c->stray);
		return;
	}
	buf_addu(&arg, smtp_fit_size(&c->tx));
	buf_add(&arg, STR(" LAST"));
	smtp_client_write(c, STR("BDAT "), buf_str(&arg));
	begin_body(c);
}

static void answered_step(struct smtp_client *c, const struct smtp_reply *reply)
{
	struct step step = step_at(c, c->answered);
	int class = reply->code / 100;

	if ((class == 3 && step.stage != SMTP_STAGE_DATA) || (class != 2 && step.reset)) {
		smtp_client_shut_junk(c, STR("reply out of order"), reply->text);
		return;
	}
	c->answered++;
	if (step.reset)
		c->open = false;
	else if (step.stage == SMTP_STAGE_MAIL)
		answered_mail(c, reply);
	else if (step.stage == SMTP_STAGE_RCPT)
		answered_rcpt(c, reply, step.rcpt);
	else
		answered_data(c, reply);
	if (by_bdat(c) && c->state == ENVELOPE && c->answered == n_steps(c))
		begin_chunk(c);
}

static void answered_message(struct smtp_client *c, const struct smtp_reply *reply)
{
	struct smtp_result r = smtp_results_of(reply, SMTP_STAGE_MESSAGE);

	if (reply->code / 100 == 3) {
		smtp_client_shut_junk(c, STR("reply to the message out of order"), reply->text);
		return;
	}
	smtp_results_settle_all(&c->results, &r);
	finish(c, false);
}

void smtp_transaction_answered(struct smtp_client *c, const struct smtp_reply *reply)
{
	if (c->state == END)
		answered_message(c, reply);
	else
		answered_step(c, reply);
}

void smtp_transaction_begin(struct smtp_client *c)
{
	c->written = c->sent = c->answered = 0;
	c->resets = c->open;
	c->mail_ok = c->stray = false;
	smtp_client_enter(c, ENVELOPE);
}

void smtp_transaction_write(struct smtp_client *c)
{
	if (c->state == ENVELOPE)
		write_envelope(c);
	else if (c->state == BODY)
		write_body(c);
}

void smtp_transaction_sent(struct smtp_client *c, struct str octets)
{
	struct str line;

	while (c->state == ENVELOPE && str_cut(&octets, '\n', &line))
		c->sent++;
}
