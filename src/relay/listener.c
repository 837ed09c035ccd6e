#include "relay/listener.h"

#include "log/log.h"
#include "loop/acceptor.h"
#include "os/file.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

struct relay_listener {
	struct relay_inbound *in;
	size_t index;
	struct loop_acceptor *acceptor;
	atomic_uint *starved; /* listeners of all threads */
	bool counted;         /* this one is among them */
};

static int bind_inet(const struct ip_port *at)
{
	const int on = 1;
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(at->port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(at->port) };
	bool v4 = at->ip.family == 4;
	CLEANUP(os_fd_close)
	int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	memcpy(&in.sin_addr, at->ip.octets, 4);
	memcpy(&in6.sin6_addr, at->ip.octets, 16);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (!v4)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (v4 ? bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0
	       : bind(fd, (struct sockaddr *)&in6, sizeof(in6)) < 0)
		return -1;
	int bound = fd;
	fd = -1;
	return bound;
}

int relay_listener_unix(const char *path, unsigned mode)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct stat st;
	CLEANUP(os_fd_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (!str_copy(un.sun_path, sizeof(un.sun_path), str_of(path))) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(path);
	if (bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0 || chmod(path, (mode_t)mode) < 0)
		return -1;
	int bound = fd;
	fd = -1;
	return bound;
}

enum err relay_listener_bind(const struct conf_listen *conf, int *out, struct buf *why)
{
	int fd = conf->at.ip.family ? bind_inet(&conf->at) : relay_listener_unix(conf->path, 0666);

	if (fd >= 0 && listen(fd, BACKLOG) == 0) {
		*out = fd;
		return ERR_OK;
	}
	buf_addf(why, "cannot listen on %s: %s", conf->text, strerror(errno));
	if (errno == EADDRINUSE)
		buf_add(why, STR(": is another mail server, or another signpost, running?"));
	if (errno == EACCES)
		buf_add(why, STR(": ports below 1024 need root"));
	if (fd >= 0)
		(void)close(fd);
	return ERR_IO;
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
	struct relay_listener *l = calloc(1, sizeof(*l));

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
