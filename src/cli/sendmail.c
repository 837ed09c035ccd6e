/*
 * `signpost sendmail`, also called as sendmail, mailq and newaliases: how programs of this
 * machine hand in mail.  It goes to the daemon over SMTP, whose 250 is its promise; where
 * the daemon is not there, nothing was taken, and the caller is told to try again.
 */
#include "base/text.h"
#include "cli/mailer.h"
#include "cli/submit.h"
#include "message/address.h"
#include "message/submission.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/random.h"
#include "smtp/path.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { WORDS_MAX = 4096, TEXT_MAX = 1 << 26, ADDRESS_MAX = 1100, ID_OCTETS = 12 };
#define MESSAGE_MAX (1u << 31)
#define MAILNAME "/etc/mailname"

static const char details[] =
	"Takes a message from standard input, and hands it to the daemon.\n"
	"\n"
	"  -t             to those in To, Cc and Bcc, too\n"
	"  -f ADDRESS     the envelope sender (also -r); '' or '<>' is the null sender\n"
	"  -F NAME        the full name in From, where the message has none\n"
	"  -i, -oi        a line of a dot alone does not end the message\n"
	"  -N WORDS       when to be told: never, or of success,failure,delay\n"
	"  -R WORD        what comes back: full or hdrs\n"
	"  -V TEXT        an envelope ID, which comes back\n"
	"  -v             show the dialogue with the daemon\n"
	"  -bs            SMTP on standard input and output\n"
	"  -bp            the queue, as `queue list`; also when called mailq\n"
	"  -q             try now what waits\n"
	"  -bi            nothing, as there are no aliases; also when called newaliases\n"
	"\n"
	"Other options of Sendmail and Postfix are taken, and do nothing.\n"
	"\n"
	"Exits as sysexits.h has it: 0 the daemon has it; 64 usage; 65 no recipients;\n"
	"69 some were refused; 75 it was not taken, try again; 78 configuration.\n";

struct mailing {
	struct cli *cli;
	struct cli_mailer line;
	const struct conf *conf;
	struct buf domain; /* of addresses that have none */
	struct buf login;  /* who calls */
	struct buf name;   /* and is called */
	struct buf from;   /* envelope sender; empty: null */
	struct buf raw;    /* as it came, its lines ended by CR LF */
	struct buf message;
	struct buf text; /* recipients, each ended by LF */
	struct smtp_rcpt *rcpt;
	size_t n_rcpt;
	bool refused, put_off;
};

static int no_memory(void)
{
	return cli_fail(EX_TEMPFAIL, "out of memory");
}

/* What was asked for is known: else mail would go from another, or from nobody. */
static bool is_known(const struct mailing *m)
{
	return buf_err(&m->domain) == ERR_OK && buf_err(&m->login) == ERR_OK &&
	       buf_err(&m->from) == ERR_OK && buf_err(&m->name) != ERR_NOMEM;
}

static void mailing_clear(struct mailing *m)
{
	struct buf *all[] = { &m->domain, &m->login, &m->name,   &m->from,
			      &m->raw,    &m->text,  &m->message };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_free(all[i]);
	free(m->rcpt);
	cli_mailer_clear(&m->line);
}

/*
 * The host's name for mail: what the configuration says, if it does; else that of
 * /etc/mailname (Debian Policy 11.6).
 */
static void find_domain(struct mailing *m)
{
	CLEANUP(buf_free) struct buf file = BUF_MAX(WORDS_MAX), whole = BUF_MAX(WORDS_MAX);
	struct smtp_mailbox box;
	struct str rest, line = STR_NONE;

	if (!conf_given_find(&m->conf->given, "root", NULL, "hostname") &&
	    os_file_read(MAILNAME, &file) == ERR_OK) {
		rest = buf_str(&file);
		(void)str_line(&rest, &line);
		line = str_trim(line);
		buf_addf(&whole, "x@%.*s", STR_ARG(line));
	}
	bool good = line.n && smtp_path_mailbox(buf_str(&whole), &box) == ERR_OK &&
		    box.kind == SMTP_DOMAIN_NAME;
	buf_add(&m->domain, good ? line : str_of(m->conf->hostname));
}

/* The name of a user, in which & stands for the login with a capital letter: GECOS. */
static void add_gecos(struct buf *out, const char *gecos, struct str login)
{
	for (; *gecos && *gecos != ','; gecos++) {
		if (*gecos != '&') {
			buf_addc(out, *gecos);
		} else if (login.n) {
			buf_addc(out, login.p[0] >= 'a' && login.p[0] <= 'z'
					      ? (char)(login.p[0] - 'a' + 'A')
					      : login.p[0]);
			buf_add(out, str_skip(login, 1));
		}
	}
}

static void find_user(struct mailing *m)
{
	const struct passwd *user = getpwuid(getuid());
	const char *name = m->line.name ? m->line.name : getenv("NAME");

	if (user)
		buf_add(&m->login, str_of(user->pw_name));
	else
		buf_addf(&m->login, "uid%u", (unsigned)getuid());
	if (name)
		buf_add(&m->name, str_of(name));
	else if (user)
		add_gecos(&m->name, user->pw_gecos, buf_str(&m->login));
}

/* The addresses of one word, which may be a list. */
static int add_word(struct mailing *m, const char *word)
{
	CLEANUP(buf_free) struct buf address = BUF_MAX(ADDRESS_MAX);
	struct message_addresses all = message_addresses_of(str_of(word));
	size_t before = m->text.n;

	all.own = buf_str(&m->domain);
	while (message_addresses_next(&all, &address)) {
		buf_add(&m->text, buf_str(&address));
		buf_addc(&m->text, '\n');
	}
	if (buf_err(&address) != ERR_OK || buf_err(&m->text) != ERR_OK)
		return no_memory();
	if (m->text.n > before && all.unread.n == 0)
		return EX_OK;
	return cli_usage(m->cli, "'%.*s' is not a mail address",
			 STR_ARG(all.unread.n ? all.unread.first : str_of(word)));
}

static int find_sender(struct mailing *m)
{
	CLEANUP(buf_free) struct buf address = BUF_MAX(ADDRESS_MAX);
	const char *given = m->line.from;
	struct message_addresses all = message_addresses_of(str_of(given ? given : ""));

	if (!given) {
		buf_add(&m->from, buf_str(&m->login));
		buf_addf(&m->from, "@%.*s", STR_ARG(buf_str(&m->domain)));
		return EX_OK;
	}
	if (!given[0] || strcmp(given, "<>") == 0)
		return EX_OK;
	all.own = buf_str(&m->domain);
	if (!message_addresses_next(&all, &address) && buf_err(&address) != ERR_OK)
		return no_memory();
	if (address.n == 0)
		return cli_usage(m->cli, "-f '%s' is not a mail address", given);
	buf_add(&m->from, buf_str(&address));
	return EX_OK;
}

static int read_message(struct mailing *m)
{
	CLEANUP(buf_free) struct buf input = BUF_MAX(MESSAGE_MAX);
	enum err e = cli_read_input(NULL, &input);

	if (e == ERR_IO)
		return cli_fail(EX_IOERR, "cannot read standard input: %s", strerror(errno));
	if (e != ERR_OK)
		return cli_fail(EX_TEMPFAIL, "the message does not fit into memory");
	message_submission_lines(&m->raw, buf_str(&input),
				 m->line.dots ? MESSAGE_SUBMISSION_ALL : MESSAGE_SUBMISSION_DOT);
	return EX_OK;
}

static bool is_twice(const struct mailing *m, struct str to)
{
	for (size_t i = 0; i < m->n_rcpt; i++)
		if (str_eq(m->rcpt[i].to, to))
			return true;
	return false;
}

/* Slices of the text, which has come to rest; each address once. */
static int slice(struct mailing *m)
{
	struct str rest = buf_str(&m->text), to;
	size_t n = 0;

	if (buf_err(&m->text) != ERR_OK)
		return no_memory();
	while (str_cut(&rest, '\n', &to))
		n++;
	if (n == 0 && m->refused)
		return EX_DATAERR;
	if (n == 0)
		return m->line.extract ? cli_fail(EX_DATAERR, "the message names no recipients")
				       : cli_usage(m->cli, "no recipients: name them, or say -t");
	m->rcpt = calloc(n, sizeof(m->rcpt[0]));
	if (!m->rcpt)
		return no_memory();
	rest = buf_str(&m->text);
	while (str_cut(&rest, '\n', &to))
		if (!is_twice(m, to))
			m->rcpt[m->n_rcpt++] = (struct smtp_rcpt){ to, m->line.notify, STR_NONE };
	return EX_OK;
}

/* Those of the header; what is none of them counts as one that was refused. */
static void extract(struct mailing *m)
{
	struct message_addresses_unread unread =
		message_submission_recipients(&m->text, buf_str(&m->raw), buf_str(&m->domain));
	CLEANUP(buf_free) struct buf shown = BUF_MAX(WORDS_MAX);

	if (unread.n == 0 || buf_err(&m->text) != ERR_OK)
		return;
	text_escape(&shown, str_head(unread.first, WORDS_MAX / 8));
	if (unread.n > 1)
		buf_addf(&shown, ", and %zu more like it", unread.n - 1);
	(void)cli_fail(EX_OK, "not a mail address, nobody gets the message for it: %.*s",
		       STR_ARG(buf_str(&shown)));
	m->refused = true;
}

static int find_recipients(struct mailing *m)
{
	int status = EX_OK;

	for (size_t i = 0; status == EX_OK && i < m->line.n_word; i++)
		status = add_word(m, m->line.word[i]);
	if (status == EX_OK && m->line.extract)
		extract(m);
	return status == EX_OK ? slice(m) : status;
}

static int make_message(struct mailing *m)
{
	CLEANUP(buf_free) struct buf id = BUF_MAX(WORDS_MAX), own = BUF_MAX(ADDRESS_MAX);
	char octets[ID_OCTETS];

	os_random(octets, sizeof(octets));
	text_hex(&id, (struct str){ octets, sizeof(octets) });
	buf_add(&own, buf_str(&m->login));
	buf_addf(&own, "@%.*s", STR_ARG(buf_str(&m->domain)));
	struct message_submission s = {
		.from = m->from.n ? buf_str(&m->from) : buf_str(&own),
		.name = buf_str(&m->name),
		.id = buf_str(&id),
		.domain = buf_str(&m->domain),
		.wall_ms = os_clock_wall(),
	};
	message_submission_write(&m->message, buf_str(&m->raw), &s);
	if (buf_err(&m->raw) != ERR_OK || buf_err(&m->message) != ERR_OK)
		return cli_fail(EX_TEMPFAIL, "the message does not fit into memory");
	return EX_OK;
}

static void tell(struct mailing *m, struct str to, const struct smtp_result *r)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(TEXT_MAX);

	if (r->fate == SMTP_DELIVERED)
		return;
	m->refused |= r->fate == SMTP_PERMANENT;
	m->put_off |= r->fate == SMTP_TEMPORARY;
	if (r->code)
		buf_addf(&text, "%d ", r->code);
	buf_addf(&text, "%s ", r->enhanced);
	buf_add(&text, r->text);
	(void)cli_fail(EX_OK, "<%.*s> was not taken: %.*s", STR_ARG(to), STR_ARG(buf_str(&text)));
}

/* Hand in the message for n recipients from the one at i on. */
static int send_some(struct mailing *m, size_t i, size_t n)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WORDS_MAX);
	CLEANUP(smtp_client_free) struct smtp_client *c = NULL;
	CLEANUP(os_fd_close) int fd = cli_submit_connect(m->conf, &why);
	const char *envid = m->line.envid;
	struct smtp_transaction tx = {
		.mail = { .from = buf_str(&m->from), .flags = m->line.flags | SMTP_MAIL_UTF8 },
		.rcpt = m->rcpt + i,
		.n_rcpt = n,
		.message = buf_str(&m->message),
	};

	if (fd < 0 && i)
		return cli_fail(EX_TEMPFAIL, "nothing was taken from <%.*s> on: %.*s",
				STR_ARG(m->rcpt[i].to), STR_ARG(buf_str(&why)));
	if (fd < 0)
		return cli_fail(EX_TEMPFAIL, "nothing was taken: %.*s", STR_ARG(buf_str(&why)));
	if (envid)
		tx.mail.envid = str_of(envid);
	if (cli_submit_send(fd, str_of(m->conf->hostname), &tx,
			    m->line.verbose ? CLI_SUBMIT_SHOW : CLI_SUBMIT_QUIET, &c) != ERR_OK)
		return no_memory();
	for (size_t k = 0; k < n; k++) {
		struct smtp_result r = cli_submit_result(c, k);
		tell(m, tx.rcpt[k].to, &r);
	}
	return EX_OK;
}

static int send_all(struct mailing *m)
{
	size_t most = m->conf->limits.recipients;

	for (size_t i = 0; i < m->n_rcpt; i += most) {
		size_t left = m->n_rcpt - i;
		int status = send_some(m, i, left < most ? left : most);
		if (status != EX_OK)
			return status;
	}
	return m->put_off ? EX_TEMPFAIL : m->refused ? EX_UNAVAILABLE : EX_OK;
}

static int send_message(struct mailing *m)
{
	int status;

	find_domain(m);
	find_user(m);
	status = find_sender(m);
	if (status == EX_OK)
		status = is_known(m) ? read_message(m) : no_memory();
	if (status == EX_OK)
		status = find_recipients(m);
	if (status == EX_OK)
		status = make_message(m);
	return status == EX_OK ? send_all(m) : status;
}

/* Whoever speaks SMTP to us hears the daemon; where it is not there, that in SMTP's words. */
static int pass_smtp(struct mailing *m)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WORDS_MAX);
	CLEANUP(os_fd_close) int fd = cli_submit_connect(m->conf, &why);

	if (fd >= 0)
		return cli_submit_pass(fd) == ERR_OK ? EX_OK : EX_IOERR;
	buf_addf(&m->cli->out, "421 4.3.2 %s the daemon cannot be reached\r\n", m->conf->hostname);
	return cli_fail(EX_TEMPFAIL, "%.*s", STR_ARG(buf_str(&why)));
}

/* A status of this program's commands as one of sysexits.h, which callers of sendmail know. */
static int sysexit(int status)
{
	switch ((enum cli_exit)status) {
	case CLI_DONE:
		return EX_OK;
	case CLI_NO:
		return EX_UNAVAILABLE;
	case CLI_USAGE: /* the words are ours, so that it is the configuration */
		return EX_CONFIG;
	case CLI_ABSENT:
		return EX_TEMPFAIL;
	}
	abort();
}

static int queue_instead(struct cli *cli, const char *a, const char *b)
{
	extern const struct cli_command cli_queue;
	char *words[] = { (char *)(uintptr_t)a, (char *)(uintptr_t)b };

	return sysexit(cli_command_instead(cli, &cli_queue, (struct cli_argv){ b ? 2 : 1, words }));
}

static int with_conf(struct mailing *m)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WORDS_MAX);

	m->conf = cli_conf(m->cli);
	if (!m->conf)
		return m->cli->no_memory ? EX_TEMPFAIL : cli_conf_exit(m->cli);
	if (!cli_submit_possible(m->conf, &why))
		return cli_fail(EX_CONFIG, "%.*s", STR_ARG(buf_str(&why)));
	return m->line.what == CLI_MAILER_SMTP ? pass_smtp(m) : send_message(m);
}

static int do_it(struct mailing *m)
{
	switch (m->line.what) {
	case CLI_MAILER_SEND:
	case CLI_MAILER_SMTP:
		return with_conf(m);
	case CLI_MAILER_LIST:
		return queue_instead(m->cli, "list", NULL);
	case CLI_MAILER_FLUSH:
		return queue_instead(m->cli, "retry", "--all");
	case CLI_MAILER_ALIASES:
		return EX_OK;
	case CLI_MAILER_HELP:
		cli_help(m->cli);
		return EX_OK;
	}
	abort();
}

static int raw(struct cli *cli, const char *called, struct cli_argv args)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WORDS_MAX);
	CLEANUP(mailing_clear)
	struct mailing m = {
		.cli = cli,
		.domain = BUF_MAX(WORDS_MAX),
		.login = BUF_MAX(WORDS_MAX),
		.name = BUF_MAX(WORDS_MAX),
		.from = BUF_MAX(ADDRESS_MAX),
		.raw = BUF_MAX(MESSAGE_MAX),
		.message = BUF_MAX(MESSAGE_MAX),
		.text = BUF_MAX(TEXT_MAX),
	};

	enum err e = cli_mailer_read(called, args, &m.line, &why);
	if (e == ERR_SYNTAX)
		return cli_usage(cli, "%.*s", STR_ARG(buf_str(&why)));
	if (e != ERR_OK)
		return no_memory();
	if (m.line.conf)
		cli->conf_file = m.line.conf;
	return do_it(&m);
}

const struct cli_command cli_sendmail = {
	.name = "sendmail",
	.usage = "RECIPIENT...",
	.summary = "take a message as sendmail does",
	.details = details,
	.raw = raw,
	.usage_exit = EX_USAGE,
	.conf_exit = EX_CONFIG,
	.read = conf_read_by_other,
};
