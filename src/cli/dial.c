#include "cli/dial.h"

#include "os/address.h"
#include "os/file.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 16384, DIALOGUE_MAX = 1 << 20, WHY_MAX = 4096 };

struct dialling {
	const struct cli_dial_ask *ask;
	struct cli_dial *out;
	int fd;
	enum smtp_client_want want;
};

static bool wait_for(int fd, short events, int64_t patience_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	do
		n = poll(&p, 1, (int)patience_ms);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0;
}

/* Until connected.  False: errno. */
static bool finish_connect(int fd, int64_t patience_ms)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (!wait_for(fd, POLLOUT, patience_ms))
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		return false;
	errno = error;
	return error == 0;
}

/* -1: errno. */
static int connect_to(const struct cli_dial_ask *ask)
{
	struct sockaddr_storage to, from;
	socklen_t n_to = os_address_of(&ask->at, 0, &to);
	socklen_t n_from = os_address_of(&(struct ip_port){ ask->from, 0 }, 0, &from);
	CLEANUP(os_fd_close)
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (ask->from.family && bind(fd, (const struct sockaddr *)&from, n_from) < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&to, n_to) < 0 &&
	    (errno != EINPROGRESS || !finish_connect(fd, ask->connect_ms)))
		return -1;
	int connected = fd;
	fd = -1;
	return connected;
}

int cli_dial_knock(const struct ip_port *at, const struct ip *from, int64_t patience_ms)
{
	const struct cli_dial_ask ask = { .at = *at, .from = *from, .connect_ms = patience_ms };
	CLEANUP(os_fd_close) int fd = connect_to(&ask);

	return fd < 0 ? errno : 0;
}

static bool send_all(const struct dialling *d, struct str octets)
{
	while (octets.n > 0) {
		ssize_t n = send(d->fd, octets.p, octets.n, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN && wait_for(d->fd, POLLOUT, d->ask->command_ms))
			continue;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		octets = str_skip(octets, (size_t)n);
	}
	return true;
}

/* What TLS has to say. */
static bool send_records(const struct dialling *d)
{
	struct tls_session *tls = d->out->tls;
	struct str out = tls_session_output(tls);
	bool sent = send_all(d, out);

	tls_session_sent(tls, out.n);
	return sent;
}

static bool is_open(const struct dialling *d)
{
	return d->out->tls && !d->out->tls_failed;
}

/* What the machine has to say, through TLS where there is any. */
static bool send_output(const struct dialling *d)
{
	struct smtp_client *c = d->out->client;
	struct str out;

	while ((out = smtp_client_output(c)).n > 0) {
		if (is_open(d) ? tls_session_write(d->out->tls, out) != ERR_OK || !send_records(d)
			       : !send_all(d, out))
			return false;
		smtp_client_sent(c, out.n);
	}
	return true;
}

/* Some octets, waited for; empty: *why. */
static struct str receive(const struct dialling *d, char octets[static PIECE], struct str *why)
{
	ssize_t n;

	if (!wait_for(d->fd, POLLIN, d->ask->command_ms)) {
		*why = STR("the host was silent for too long");
		return STR_NONE;
	}
	n = recv(d->fd, octets, PIECE, 0);
	*why = n < 0 ? str_of(strerror(errno)) : STR("the host closed the connection");
	return (struct str){ octets, n > 0 ? (size_t)n : 0 };
}

/* All of the handshake.  False: *why. */
static bool shake(const struct dialling *d, struct str *why)
{
	struct tls_session *tls = d->out->tls;
	char octets[PIECE];

	while (tls_session_state(tls) == TLS_HANDSHAKE) {
		if (!send_records(d)) {
			*why = str_of(strerror(errno));
			return false;
		}
		struct str in = receive(d, octets, why);
		if (in.n == 0)
			return false;
		(void)!tls_session_feed(tls, in);
	}
	*why = tls_session_why(tls);
	(void)send_records(d);
	return tls_session_state(tls) == TLS_OPEN;
}

/* STARTTLS was said, or TLS comes first. */
static enum smtp_client_want secure(const struct dialling *d)
{
	struct cli_dial *out = d->out;
	struct str why = STR("TLS cannot be begun");

	out->tls = d->ask->secure(d->ask->arg);
	out->tls_failed = true;
	if (!out->tls || !shake(d, &why))
		return smtp_client_unsecured(out->client, why);
	out->tls_failed = false;
	return d->ask->at_once ? SMTP_CLIENT_INPUT : smtp_client_secured(out->client);
}

static enum smtp_client_want feed(const struct dialling *d, struct str in)
{
	CLEANUP(buf_free) struct buf plain = BUF_MAX(8 * PIECE);
	struct tls_session *tls = d->out->tls;

	if (!is_open(d))
		return smtp_client_feed(d->out->client, in);
	(void)!tls_session_feed(tls, in);
	enum tls_state state = tls_session_read(tls, &plain);
	if (state != TLS_OPEN && plain.n == 0)
		return smtp_client_lost(d->out->client,
					state == TLS_CLOSED ? STR("the host closed the connection")
							    : tls_session_why(tls));
	return plain.n ? smtp_client_feed(d->out->client, buf_str(&plain)) : SMTP_CLIENT_INPUT;
}

static enum smtp_client_want exchange(const struct dialling *d)
{
	char octets[PIECE];
	struct str why;

	if (!send_output(d))
		return smtp_client_lost(d->out->client, str_of(strerror(errno)));
	struct str in = receive(d, octets, &why);
	return in.n ? feed(d, in) : smtp_client_lost(d->out->client, why);
}

static void keep_dialogue(const struct dialling *d)
{
	buf_add(&d->out->dialogue, smtp_client_trace(d->out->client));
	smtp_client_trace_clear(d->out->client);
}

static void converse(struct dialling *d)
{
	struct cli_dial *out = d->out;

	d->want = d->ask->at_once ? secure(d) : SMTP_CLIENT_INPUT;
	while (d->want == SMTP_CLIENT_INPUT || d->want == SMTP_CLIENT_SECURE) {
		d->want = d->want == SMTP_CLIENT_SECURE ? secure(d) : exchange(d);
		keep_dialogue(d);
	}
	out->greeted = d->want == SMTP_CLIENT_READY;
	if (!out->greeted) {
		struct smtp_result r = smtp_client_failure(out->client);
		out->tls_failed |= r.stage == SMTP_STAGE_TLS && r.code == 0;
		if (r.code)
			buf_addf(&out->why, "%d %s%s", r.code, r.said, r.said[0] ? " " : "");
		buf_add(&out->why, r.text);
		return;
	}
	d->want = smtp_client_quit(out->client);
	while (d->want == SMTP_CLIENT_INPUT)
		d->want = exchange(d);
	keep_dialogue(d);
}

enum err cli_dial(const struct cli_dial_ask *ask, struct cli_dial *out)
{
	CLEANUP(os_fd_close) int fd = connect_to(ask);
	struct dialling d = { .ask = ask, .out = out, .fd = fd };

	*out = (struct cli_dial){ .dialogue = BUF_MAX(DIALOGUE_MAX), .why = BUF_MAX(WHY_MAX) };
	if (fd < 0) {
		buf_add(&out->why, str_of(strerror(errno)));
		return ERR_OK;
	}
	out->client = smtp_client_new(ask->host);
	if (!out->client)
		return ERR_NOMEM;
	smtp_client_tls(out->client, ask->at_once ? SMTP_CLIENT_TLS_NEVER : ask->starttls);
	converse(&d);
	return ERR_OK;
}

void cli_dial_clear(struct cli_dial *d)
{
	smtp_client_free(&d->client);
	tls_session_free(&d->tls);
	buf_free(&d->dialogue);
	buf_free(&d->why);
}
