#include "relay/listener.h"

#include "log/log.h"
#include "os/file.h"
#include "relay/inbound.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024
#define TURN_ACCEPTS 64 /* then sessions get their turn */

struct relay_listener {
	struct relay_worker *worker;
	int fd;
	size_t index;
	struct loop_watch *watch;
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

static struct ip peer_of(const struct sockaddr_storage *a)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)a;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)a;

	if (a->ss_family == AF_INET)
		return ip_v4((const uint8_t *)&in->sin_addr);
	if (a->ss_family == AF_INET6)
		return ip_v6((const uint8_t *)&in6->sin6_addr);
	return (struct ip){ 0 };
}

static void ready_accept(void *arg, unsigned ready)
{
	struct relay_listener *l = arg;

	(void)ready;
	for (int i = 0; i < TURN_ACCEPTS; i++) {
		struct sockaddr_storage from = { 0 };
		socklen_t n = sizeof(from);
		int fd = accept4(l->fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
				log_event(LOG_ERR, "accept", "error=%s", strerror(errno));
			return;
		}
		relay_inbound_accept(l->worker, fd, peer_of(&from), l->index);
	}
}

struct relay_listener *relay_listener_new(struct relay_worker *w, int fd, size_t index)
{
	struct relay_listener *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	*l = (struct relay_listener){ .worker = w, .fd = fd, .index = index };
	l->watch = loop_watch_new(w->loop, fd, OS_READ, ready_accept, l);
	if (!l->watch) {
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
	loop_watch_free(&l->watch);
	os_fd_close(&l->fd);
	free(l);
}
