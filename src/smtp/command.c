/*
 * The commands of a session: one table says which is allowed where.
 *
 * Each run_*() queues exactly one reply, or asks, and the verdict is the reply.
 */
#include "smtp/ehlo.h"
#include "smtp/envelope.h"
#include "smtp/reply.h"
#include "smtp/server_priv.h"

#define BIT(state) (1u << (state))

/* A name that can be shown and written into a header: one word of ASCII. */
static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0 && s.n <= SMTP_SERVER_HOST_MAX;
}

/* The peer names itself, which ends a transaction (RFC 5321 section 4.1.4). */
static bool named(struct smtp_server *s, struct str name)
{
	if (!is_name(name)) {
		smtp_server_refuse(s, 501, STR("5.5.4 Say your host name"));
		return false;
	}
	buf_clear(&s->peer);
	buf_add(&s->peer, name);
	smtp_server_enter(s, READY);
	return true;
}

static void run_ehlo(struct smtp_server *s, struct str args)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(1024);
	struct smtp_offer offer = smtp_server_offer(s);
	size_t before = s->out.n;

	if (!named(s, args))
		return;
	s->extended = true;
	offer.size_max = s->conf.size_max;
	smtp_ehlo_write(&text, s->conf.host, &offer);
	buf_add(&s->out, buf_str(&text));
	smtp_server_told(s, before);
	if (buf_err(&text) != ERR_OK)
		s->out.err = buf_err(&text);
}

static void run_helo(struct smtp_server *s, struct str args)
{
	if (!named(s, args))
		return;
	s->extended = false;
	smtp_server_reply(s, 250, s->conf.host);
}

/* The strings of a question must outlive the input that they came in.  False: out of memory. */
static bool keep(struct smtp_server *s, struct str *args)
{
	buf_clear(&s->line);
	buf_add(&s->line, *args);
	*args = buf_str(&s->line);
	return buf_err(&s->line) == ERR_OK;
}

#define PARAM_SHOWN 64 /* octets */

/* Say what is wrong with MAIL or RCPT, and with which parameter. */
static void refuse_fault(struct smtp_server *s, const struct smtp_fault *f)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(SMTP_REPLY_LINE_MAX);
	struct str param = str_head(f->param, PARAM_SHOWN);

	buf_add(&text, f->text);
	for (size_t i = 0; i < param.n; i++)
		buf_addc(&text, param.p[i] > ' ' && param.p[i] <= '~' ? param.p[i] : '?');
	smtp_server_refuse(s, f->code, buf_err(&text) == ERR_OK ? buf_str(&text) : f->text);
}

static void run_mail(struct smtp_server *s, struct str args)
{
	struct smtp_offer ours = smtp_server_offer(s);

	if (!keep(s, &args))
		return;
	struct smtp_fault f = smtp_envelope_read_mail(args, &ours, &s->ask.mail);
	if (f.code != 0) {
		refuse_fault(s, &f);
		return;
	}
	if (s->conf.size_max != 0 && s->ask.mail.size > s->conf.size_max) {
		smtp_server_refuse(s, 552, STR("5.3.4 Message too big, by its SIZE"));
		return;
	}
	s->mail = s->ask.mail;
	smtp_server_wait(s, SMTP_ASK_MAIL, MAIL, READY);
}

static void run_rcpt(struct smtp_server *s, struct str args)
{
	struct smtp_offer ours = smtp_server_offer(s);

	/* Not an error: the peer is to send the rest in another transaction. */
	if (s->recipients >= s->conf.recipients_max) {
		const struct str many = STR("4.5.3 Too many recipients");
		if (s->overshoot++ < SMTP_SERVER_OVERSHOOT_MAX)
			smtp_server_reply(s, 452, many);
		else
			smtp_server_refuse(s, 452, many);
		return;
	}
	if (!keep(s, &args))
		return;
	struct smtp_fault f =
		smtp_envelope_read_rcpt(args, &ours, &s->mail, &s->orcpt, &s->ask.rcpt);
	if (f.code != 0)
		refuse_fault(s, &f);
	else
		smtp_server_wait(s, SMTP_ASK_RCPT, RCPT, s->state);
}

static void run_data(struct smtp_server *s, struct str args)
{
	(void)args;
	if (s->state == MAIL)
		smtp_server_refuse(s, 554, STR("5.5.1 No valid recipients"));
	else if (s->mail.flags & SMTP_MAIL_BINARY)
		smtp_server_refuse(s, 503, STR("5.5.1 BODY=BINARYMIME needs BDAT"));
	else
		smtp_server_wait(s, SMTP_ASK_DATA, DATA, RCPT);
}

static void run_rset(struct smtp_server *s, struct str args)
{
	(void)args;
	smtp_server_reply(s, 250, STR("2.0.0 Ok"));
	smtp_server_enter(s, s->state == HELLO ? HELLO : READY);
}

static void run_noop(struct smtp_server *s, struct str args)
{
	(void)args;
	smtp_server_reply(s, 250, STR("2.0.0 Ok"));
}

static void run_quit(struct smtp_server *s, struct str args)
{
	(void)args;
	smtp_server_last_reply(s, 221, STR("2.0.0 Bye"));
}

/* RFC 5321 section 3.5.3: neither yes nor no. */
static void run_vrfy(struct smtp_server *s, struct str args)
{
	if (args.n == 0)
		smtp_server_refuse(s, 501, STR("5.5.4 Say whom"));
	else
		smtp_server_reply(s, 252, STR("2.5.0 Not told; send mail to find out"));
}

static void run_help(struct smtp_server *s, struct str args)
{
	(void)args;
	smtp_server_reply(
		s, 214,
		STR("2.0.0 EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY HELP; see RFC 5321"));
}

static struct str out_of_order(enum state state)
{
	if (state == HELLO)
		return STR("5.5.1 Say EHLO first");
	if (state == CHUNKS)
		return STR("5.5.1 A message is coming by BDAT");
	return state == READY ? STR("5.5.1 Say MAIL first") : STR("5.5.1 A transaction is open");
}

static void run_absent(struct smtp_server *s, struct str args)
{
	(void)args;
	smtp_server_refuse(s, 502, STR("5.5.1 Command not implemented"));
}

/* RFC 3207 section 4. */
static void run_starttls(struct smtp_server *s, struct str args)
{
	if (s->conf.tls == SMTP_SERVER_NO_TLS) {
		run_absent(s, args);
	} else if (s->secure) {
		smtp_server_refuse(s, 503, STR("5.5.1 This is over TLS already"));
	} else if (args.n > 0) {
		smtp_server_refuse(s, 501, STR("5.5.4 No arguments here"));
	} else if (s->state != HELLO && s->state != READY) {
		smtp_server_refuse(s, 503, out_of_order(s->state));
	} else {
		smtp_server_reply(s, 220, STR("2.0.0 Begin TLS"));
		smtp_server_enter(s, TURNING);
	}
}

static void run_auth(struct smtp_server *s, struct str args)
{
	if (s->conf.auth == SMTP_SERVER_NO_AUTH)
		run_absent(s, args);
	else if (!s->secure)
		smtp_server_refuse(s, 538, STR("5.7.11 Only over TLS: say STARTTLS first"));
	else if (s->state != READY)
		smtp_server_refuse(s, 503, out_of_order(s->state));
	else
		smtp_server_login(s, args);
}

/*
 * A browser that a web page sent here.  The page chose what comes next, which
 * would be read as commands, so there is no going on.
 */
static void run_http(struct smtp_server *s, struct str args)
{
	(void)args;
	smtp_server_last_reply(s, 500, STR("5.5.1 This is SMTP, not HTTP"));
}

#define ANY (BIT(HELLO) | BIT(READY) | BIT(MAIL) | BIT(RCPT) | BIT(CHUNKS))

enum args { ARGS_NONE, ARGS_ANY };

/* JUNK: it hands in nothing, so a session may have so many of them and no more. */
enum use { MAIL_GOES_ON, JUNK };

static const struct command {
	struct str verb;
	unsigned allowed; /* BIT() of each state it may come in */
	enum args args;
	enum use use;
	enum smtp_server_gate gate; /* BDAT has a chunk to be dropped first */
	void (*run)(struct smtp_server *s, struct str args);
} commands[] = {
	{ STR_INIT("EHLO"), ANY, ARGS_ANY, JUNK, OPEN, run_ehlo },
	{ STR_INIT("HELO"), ANY, ARGS_ANY, JUNK, AFTER_TLS, run_helo },
	{ STR_INIT("MAIL"), BIT(READY), ARGS_ANY, MAIL_GOES_ON, AFTER_LOGIN, run_mail },
	{ STR_INIT("RCPT"), BIT(MAIL) | BIT(RCPT), ARGS_ANY, MAIL_GOES_ON, AFTER_LOGIN, run_rcpt },
	{ STR_INIT("DATA"), BIT(MAIL) | BIT(RCPT), ARGS_NONE, MAIL_GOES_ON, AFTER_LOGIN, run_data },
	{ STR_INIT("BDAT"), ANY, ARGS_ANY, MAIL_GOES_ON, OPEN, smtp_server_bdat },
	{ STR_INIT("RSET"), ANY, ARGS_NONE, JUNK, AFTER_TLS, run_rset },
	{ STR_INIT("NOOP"), ANY, ARGS_ANY, JUNK, OPEN, run_noop },
	{ STR_INIT("QUIT"), ANY, ARGS_NONE, MAIL_GOES_ON, OPEN, run_quit },
	{ STR_INIT("VRFY"), ANY, ARGS_ANY, JUNK, AFTER_LOGIN, run_vrfy },
	{ STR_INIT("HELP"), ANY, ARGS_ANY, JUNK, AFTER_TLS, run_help },
	{ STR_INIT("EXPN"), ANY, ARGS_ANY, MAIL_GOES_ON, AFTER_LOGIN, run_absent },
	{ STR_INIT("STARTTLS"), ANY, ARGS_ANY, MAIL_GOES_ON, OPEN, run_starttls },
	{ STR_INIT("AUTH"), ANY, ARGS_ANY, MAIL_GOES_ON, AFTER_TLS, run_auth },
	{ STR_INIT("GET"), ANY, ARGS_ANY, MAIL_GOES_ON, OPEN, run_http },
	{ STR_INIT("POST"), ANY, ARGS_ANY, MAIL_GOES_ON, OPEN, run_http },
	{ STR_INIT("OPTIONS"), ANY, ARGS_ANY, MAIL_GOES_ON, OPEN, run_http },
	{ STR_INIT("CONNECT"), ANY, ARGS_ANY, MAIL_GOES_ON, OPEN, run_http },
};

/* The command of *line, which becomes what stands behind it.  NULL: there is none of that name. */
static const struct command *find(struct str *line)
{
	struct str verb;

	if (!str_cut(line, ' ', &verb)) {
		verb = *line;
		line->n = 0;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (str_eq_nocase(verb, commands[i].verb))
			return &commands[i];
	return NULL;
}

bool smtp_server_is_command(struct str line)
{
	return find(&line) != NULL;
}

void smtp_server_command(struct smtp_server *s, struct str line)
{
	struct str args = line;
	const struct command *c = find(&args);
	struct smtp_fault f = smtp_server_held_back(s, c ? c->gate : AFTER_TLS);

	args = str_trim(args);
	if (f.code != 0)
		smtp_server_refuse(s, f.code, f.text);
	else if (!c)
		smtp_server_refuse(s, 500, STR("5.5.2 Command unknown"));
	else if (!(c->allowed & BIT(s->state)))
		smtp_server_refuse(s, 503, out_of_order(s->state));
	else if (c->args == ARGS_NONE && args.n > 0)
		smtp_server_refuse(s, 501, STR("5.5.4 No arguments here"));
	else if (c->use != JUNK || smtp_server_bears_junk(s))
		c->run(s, args);
}
