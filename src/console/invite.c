/*
 * The socket at which `signpost console login` asks: who may connect there, by its mode and
 * group, which are those of the control socket, is told an address that logs in once.  It is the
 * console's own, so that it answers while the daemon is down.
 */
#include "console/invite.h"

#include "console/place.h"
#include "loop/acceptor.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/random.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINE_MAX_OCTETS = 1024 };

/* One line, which always fits into the socket's buffer. */
static void accepted(void *arg, int fd, const struct ip *peer)
{
	struct console_shared *s = arg;
	CLEANUP(buf_wipe) struct buf line = BUF_MAX(LINE_MAX_OCTETS);
	uint8_t token[CONSOLE_TOKEN_OCTETS];

	(void)peer;
	os_random(token, sizeof(token));
	console_place_url(&s->conf->console, &line);
	buf_add(&line, STR("login?token="));
	console_logins_invite(&s->logins, token, os_clock_mono(), &line);
	buf_addc(&line, '\n');
	if (buf_err(&line) == ERR_OK)
		(void)!send(fd, line.p, line.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	os_fd_close(&fd);
}

static const struct loop_acceptor_ops ops = { .accepted = accepted };

enum err console_invite_serve(struct console_shared *s, int fd)
{
	s->invites = loop_acceptor_new(s->loop, fd, &ops, s);
	if (s->invites)
		return ERR_OK;
	os_fd_close(&fd);
	return ERR_NOMEM;
}
