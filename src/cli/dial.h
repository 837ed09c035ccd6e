/*
 * One conversation with a mail host, as far as a delivery would go without sending mail:
 * greeting, EHLO, STARTTLS, TLS, EHLO, QUIT.  It blocks.
 */
#ifndef CLI_DIAL_H
#define CLI_DIAL_H

#include "cli/command.h"
#include "smtp/client.h"
#include "tls/session.h"

struct cli_dial_ask {
	struct ip_port at;
	struct ip from;  /* our own end; family 0: whichever the system takes */
	struct str host; /* names us */
	int64_t connect_ms, command_ms;
	enum smtp_client_tls starttls;
	bool at_once;                             /* TLS before the greeting */
	struct tls_session *(*secure)(void *arg); /* NULL: there can be none */
	void *arg;
};

/* What came of it. */
struct cli_dial {
	bool greeted;               /* it would take a transaction */
	struct tls_session *tls;    /* NULL: none was begun */
	bool tls_failed;            /* STARTTLS was said, or TLS begun, and it came to no end */
	struct smtp_client *client; /* NULL: there was no connection */
	struct buf dialogue;        /* lines as in the session log, each ended by LF: not escaped */
	struct buf why;             /* not greeted: in words, one line, not escaped */
};

/* Whether a connection comes about, which is ended at once: 0, else errno. */
int cli_dial_knock(const struct ip_port *at, const struct ip *from, int64_t patience_ms);

/* ERR_NOMEM: nothing is known; *out is to be cleared all the same. */
enum err cli_dial(const struct cli_dial_ask *ask, struct cli_dial *out) MUST_USE;
void cli_dial_clear(struct cli_dial *d); /* also the CLEANUP() handler */

#endif
