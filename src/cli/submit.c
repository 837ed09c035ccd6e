#include "cli/submit.h"

#include "base/text.h"
#include "os/address.h"
#include "os/file.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { PIECE = 65536, WORDS_MAX = 8192 };

/* Where a client of this machine finds who listens on any address: on loopback. */
static struct ip_port nearest(struct ip_port at)
{
	static const uint8_t any[16] = { 0 }, lo4[4] = { 127, 0, 0, 1 }, lo6[16] = { [15] = 1 };

	if (memcmp(at.ip.octets, any, at.ip.family == 4 ? 4 : 16) == 0)
		at.ip = at.ip.family == 4 ? ip_v4(lo4) : ip_v6(lo6);
	return at;
}

static socklen_t address_of(const struct conf_listen *l, struct sockaddr_storage *out)
{
	struct sockaddr_un *at = (struct sockaddr_un *)out;
	struct ip_port near;

	if (!l->path) {
		near = nearest(l->at);
		return os_address_of(&near, 0, out);
	}
	*out = (struct sockaddr_storage){ .ss_family = AF_UNIX };
	return str_copy(at->sun_path, sizeof(at->sun_path), str_of(l->path)) ? sizeof(*at) : 0;
}

static int connect_to(const struct conf_listen *l)
{
	struct sockaddr_storage at;
	socklen_t n = address_of(l, &at);
	CLEANUP(os_fd_close) int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (n == 0)
		errno = ENAMETOOLONG;
	if (fd < 0 || n == 0 || connect(fd, (const struct sockaddr *)&at, n) < 0)
		return -1;
	int connected = fd;
	fd = -1;
	return connected;
}

/* Whether mail may be handed in there in clear, over that kind of socket. */
static bool takes_clear(const struct conf_listen *l, bool by_path)
{
	return (l->path != NULL) == by_path && l->tls == CONF_STARTTLS && !l->require_auth;
}

bool cli_submit_possible(const struct conf *conf, struct buf *why)
{
	for (size_t i = 0; i < conf->n_listen; i++)
		if (takes_clear(&conf->listen[i], conf->listen[i].path != NULL))
			return true;
	if (conf->n_listen)
		conf_given_where(why, &conf->given, "listen", conf->listen[0].text, NULL);
	buf_add(why,
		STR("no listener takes mail in clear and without a login, as this command hands "
		    "it in: add listen \"unix:submit.sock\" {}"));
	return false;
}

int cli_submit_connect(const struct conf *conf, struct buf *why)
{
	CLEANUP(buf_free) struct buf each = BUF_MAX(WORDS_MAX);
	bool denied = false;

	for (size_t k = 0; k < 2 * conf->n_listen; k++) {
		const struct conf_listen *l = &conf->listen[k % conf->n_listen];
		if (!takes_clear(l, k < conf->n_listen))
			continue;
		int fd = connect_to(l);
		if (fd >= 0)
			return fd;
		const int error = errno;
		denied = denied || error == EACCES;
		buf_add(&each, each.n ? STR("; ") : STR(""));
		text_escape(&each, str_of(l->text));
		buf_addf(&each, ": %s", strerror(error));
	}
	buf_addf(why, "%s: %.*s: %s",
		 denied ? "no right to hand the daemon mail" : "the daemon is not there",
		 STR_ARG(buf_str(&each)),
		 denied ? "be in the group of its socket (listen { group = ... })"
			: "start it (signpost serve)");
	return -1;
}

/* Wait for events on fd.  False: there were none for too long. */
static bool wait_for(int fd, short events, int64_t patience_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	do
		n = poll(&p, 1, (int)patience_ms);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

/* A daemon that takes nothing of it is waited for as one that says nothing. */
static bool send_all(int fd, struct str octets, int64_t patience_ms)
{
	while (octets.n > 0) {
		ssize_t n = send(fd, octets.p, octets.n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 &&
		    (errno == EINTR || (errno == EAGAIN && wait_for(fd, POLLOUT, patience_ms))))
			continue;
		if (n < 0 && errno == EAGAIN)
			errno = ETIMEDOUT;
		if (n < 0)
			return false;
		octets = str_skip(octets, (size_t)n);
	}
	return true;
}

static bool send_output(int fd, struct smtp_client *c)
{
	struct str out;

	while ((out = smtp_client_output(c)).n > 0) {
		if (!send_all(fd, out, smtp_client_patience(c)))
			return false;
		smtp_client_sent(c, out.n);
	}
	return true;
}

/* What was wanted is sent; now for what comes of it. */
static enum smtp_client_want receive(int fd, struct smtp_client *c)
{
	char octets[PIECE];

	if (!wait_for(fd, POLLIN, smtp_client_patience(c)))
		return smtp_client_lost(c, STR("it was silent for too long"));
	ssize_t n = recv(fd, octets, sizeof(octets), 0);
	if (n > 0)
		return smtp_client_feed(c, (struct str){ octets, (size_t)n });
	return smtp_client_lost(c,
				n < 0 ? str_of(strerror(errno)) : STR("it closed the connection"));
}

static void show_dialogue(struct smtp_client *c)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(1 << 22);
	struct str rest = smtp_client_trace(c), line;

	while (str_line(&rest, &line)) {
		text_escape(&text, line);
		buf_addc(&text, '\n');
	}
	(void)fwrite(text.p ? text.p : "", 1, text.n, stdout);
}

enum err cli_submit_send(int fd, struct str host, const struct smtp_transaction *tx,
			 enum cli_submit_show show, struct smtp_client **out)
{
	struct smtp_client *c = *out = smtp_client_new(host);
	enum smtp_client_want want = SMTP_CLIENT_INPUT;

	if (!c)
		return ERR_NOMEM;
	while (want != SMTP_CLIENT_DONE && want != SMTP_CLIENT_CLOSE) {
		if (want == SMTP_CLIENT_READY)
			want = smtp_client_send(c, tx);
		else if (!send_output(fd, c))
			want = smtp_client_lost(c, str_of(strerror(errno)));
		else
			want = receive(fd, c);
		if (show == CLI_SUBMIT_SHOW)
			show_dialogue(c);
		smtp_client_trace_clear(c);
	}
	if (want == SMTP_CLIENT_DONE)
		(void)send_all(fd, STR("QUIT\r\n"), 0); /* whatever the answer, the mail is told */
	return ERR_OK;
}

struct smtp_result cli_submit_result(const struct smtp_client *c, size_t i)
{
	enum smtp_stage stage = smtp_client_stage(c);

	/* Before MAIL there are no results: the daemon would not have us at all. */
	return stage == SMTP_STAGE_GREETING || stage == SMTP_STAGE_EHLO ? smtp_client_failure(c)
									: smtp_client_result(c, i);
}

/* A piece from one to the other.  False at the end, or where that fails. */
static bool pass_piece(int from, int to)
{
	char octets[PIECE];
	ssize_t n = read(from, octets, sizeof(octets)), at = 0;

	while (n > 0 && at < n) {
		ssize_t sent = write(to, octets + at, (size_t)(n - at));
		if (sent < 0 && errno != EINTR)
			return false;
		at += sent > 0 ? sent : 0;
	}
	return n > 0 || (n < 0 && errno == EINTR);
}

enum err cli_submit_pass(int fd)
{
	struct pollfd p[] = { { .fd = STDIN_FILENO, .events = POLLIN },
			      { .fd = fd, .events = POLLIN } };

	(void)signal(SIGPIPE, SIG_IGN);
	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return ERR_IO;
		if (p[1].revents && !pass_piece(fd, STDOUT_FILENO))
			return ERR_OK;
		if (p[0].revents && !pass_piece(STDIN_FILENO, fd)) {
			(void)shutdown(fd, SHUT_WR);
			p[0].fd = -1;
		}
	}
}
