#include "relay/listener.h"

#include "log/log.h"
#include "loop/acceptor.h"
#include "os/address.h"
#include "os/file.h"
#include "os/service.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024
#define FIRST_OF_ALL 1024 /* the first port that everybody may bind */

struct relay_listener {
	struct relay_inbound *in;
	size_t index;
	struct loop_acceptor *acceptor;
	atomic_uint *starved; /* listeners of all threads */
	bool counted;         /* this one is among them */
};

static int bind_inet(int fd, const struct ip_port *at)
{
	struct sockaddr_storage address;
	socklen_t n = os_address_of(at, 0, &address);

	return bind(fd, (struct sockaddr *)&address, n);
}

static void set(int fd, int level, int option)
{
	const int on = 1;

	(void)setsockopt(fd, level, option, &on, sizeof(on));
}

/* -1: errno.  One that the service manager has bound is all there is. */
static int listen_inet(const struct ip_port *at, enum relay_listener_turn turn)
{
	bool v4 = at->ip.family == 4;
	int handed = os_service_listener(at);

	if (handed >= 0)
		return handed;
	CLEANUP(os_fd_close)
	int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	set(fd, SOL_SOCKET, SO_REUSEADDR);
	if (!v4)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	if (turn == RELAY_LISTENER_FURTHER)
		set(fd, SOL_SOCKET, SO_REUSEPORT);
	if (bind_inet(fd, at) < 0)
		return -1;
	if (turn == RELAY_LISTENER_FIRST) /* bound, it lets others of ours in */
		set(fd, SOL_SOCKET, SO_REUSEPORT);
	if (listen(fd, BACKLOG) < 0)
		return -1;
	int bound = fd;
	fd = -1;
	return bound;
}

/* By errno. */
static enum err refuse_inet(const struct conf_listen *conf, struct buf *why)
{
	buf_addf(why, "cannot listen on %s: %s", conf->text, strerror(errno));
	if (errno == EADDRINUSE)
		buf_add(why, STR(": is another mail server, or another signpost, running?"));
	if (errno == EACCES)
		buf_add(why, STR(": ports below 1024 need root, or a socket of systemd "
				 "(signpost.socket)"));
	if (errno == EADDRNOTAVAIL)
		buf_add(why, STR(": no interface of this host has that address"));
	return ERR_IO;
}

enum err relay_listener_bind(const struct conf_listen *conf, enum relay_listener_turn turn,
			     int *out, struct buf *why)
{
	int fd = listen_inet(&conf->at, turn);

	if (fd < 0)
		return refuse_inet(conf, why);
	*out = fd;
	return ERR_OK;
}

/*
 * The port is not taken, not even for a moment, but where only that tells whether this user may:
 * a daemon that starts at that moment is more likely anywhere else.
 */
enum err relay_listener_may_bind(const struct conf_listen *conf, struct buf *why)
{
	struct ip_port at = conf->at;
	CLEANUP(os_fd_close)
	int fd = socket(at.ip.family == 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (at.port >= FIRST_OF_ALL || geteuid() == 0)
		at.port = 0;
	if (fd < 0 || (bind_inet(fd, &at) < 0 && errno != EADDRINUSE))
		return refuse_inet(conf, why);
	return ERR_OK;
}

enum err relay_listener_is_free(const struct conf_listen *conf, struct buf *why)
{
	CLEANUP(os_fd_close)
	int fd =
		socket(conf->at.ip.family == 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		set(fd, SOL_SOCKET, SO_REUSEADDR);
	if (fd >= 0 && conf->at.ip.family == 6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	return fd < 0 || bind_inet(fd, &conf->at) < 0 ? refuse_inet(conf, why) : ERR_OK;
}

enum err relay_listener_group(const char *name, gid_t *gid, struct buf *why)
{
	enum err e = name[0] ? os_user_group(name, gid) : ERR_OK;

	if (e == ERR_OK)
		return ERR_OK;
	buf_addf(why, "group \"%s\": %s", name,
		 e == ERR_IO ? strerror(errno)
			     : "there is no such group: make it, or name another");
	return ERR_IO;
}

/* By errno. */
static enum err refuse_unix(const struct relay_listener_place *place, struct buf *why)
{
	buf_addf(why, "cannot listen on %s%s: %s", place->what, place->path, strerror(errno));
	if (errno == EADDRINUSE)
		buf_add(why, STR(": is another signpost running?"));
	if (errno == EEXIST)
		buf_add(why, STR(": what is there is no socket: move it away, or name another"));
	if (errno == ENOENT || errno == ENOTDIR || errno == EACCES)
		buf_add(why,
			STR(": its directory must be there, and the daemon's user's to write"));
	if (errno == EPERM)
		buf_addf(why, ": put the daemon's user into the group \"%s\" (usermod -aG)",
			 place->group);
	return ERR_IO;
}

enum err relay_listener_unix(const struct relay_listener_place *place, const struct os_user *user,
			     struct os_unix *out, int *fd, struct buf *why)
{
	struct os_unix_access access = { .owner = *user, .mode = place->mode };
	enum err e = relay_listener_group(place->group, &access.owner.gid, why);

	if (e != ERR_OK)
		return e;
	e = os_unix_listen(place->path, &access, BACKLOG, out, fd);
	return e == ERR_IO ? refuse_unix(place, why) : e;
}

enum err relay_listener_may_unix(const struct relay_listener_place *place,
				 const struct os_user *user, struct buf *why)
{
	struct os_user owner = *user;
	enum err e = relay_listener_group(place->group, &owner.gid, why);

	if (e != ERR_OK)
		return e;
	return os_unix_may_listen(place->path, &owner) == ERR_OK ? ERR_OK : refuse_unix(place, why);
}
static void accepted(void *arg, int fd, const struct ip *peer)
{
	struct relay_listener *l = arg;

	relay_inbound_accept(l->in, fd, peer, l->index);
}

static void starved(void *arg, int error)
{
	struct relay_listener *l = arg;

	l->counted = true;
	if (atomic_fetch_add(l->starved, 1) == 0)
		log_event(LOG_ERR, "accept",
			  "error=\"%s\": new connections wait until there is room again",
			  strerror(error));
}

static void again(void *arg)
{
	struct relay_listener *l = arg;

	l->counted = false;
	if (atomic_fetch_sub(l->starved, 1) == 1)
		log_event(LOG_NOTICE, "accept", "there is room again for new connections");
}

static const struct loop_acceptor_ops ops = { accepted, starved, again };

struct relay_listener *relay_listener_new(struct loop *loop, int fd, size_t index,
					  struct relay_inbound *in, atomic_uint *starved_listeners)
{
	struct relay_listener *l = malloc(sizeof(*l));

	if (!l)
		return NULL;
	*l = (struct relay_listener){ .in = in, .index = index, .starved = starved_listeners };
	l->acceptor = loop_acceptor_new(loop, fd, &ops, l);
	if (!l->acceptor) {
		free(l);
		return NULL;
	}
	return l;
}

void relay_listener_free(struct relay_listener **lp)
{
	struct relay_listener *l = *lp;

	*lp = NULL;
	if (!l)
		return;
	if (l->counted)
		atomic_fetch_sub(l->starved, 1);
	loop_acceptor_free(&l->acceptor);
	free(l);
}
