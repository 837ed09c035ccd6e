/* The protocol is small and fixed, and libsystemd has hundreds of functions: these are two. */
#include "os/service.h"

#include "os/address.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST = 3, MOST = 65536, MICRO = 1000 };

/* A number of the environment that is meant for this process; 0: none. */
static uint64_t given(const char *name, const char *whose)
{
	const char *text = getenv(name), *pid = getenv(whose);
	uint64_t n = 0, who = 0;

	if (!text || !str_u64(str_of(text), &n) || n > INT64_MAX)
		return 0;
	if (pid && (!str_u64(str_of(pid), &who) || who != (uint64_t)getpid()))
		return 0;
	return n;
}

static bool listens(int fd)
{
	int yes = 0;
	socklen_t n = sizeof(yes);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &n) == 0 && yes;
}

int os_service_listener(const struct ip_port *at)
{
	struct sockaddr_storage want = { 0 }, has = { 0 };
	socklen_t size = os_address_of(at, 0, &want);
	uint64_t n = given("LISTEN_FDS", "LISTEN_PID");
	int end = FIRST + (n < MOST ? (int)n : MOST);

	for (int fd = FIRST; fd < end; fd++) {
		socklen_t got = sizeof(has);
		if (getsockname(fd, (struct sockaddr *)&has, &got) < 0 || got != size ||
		    memcmp(&has, &want, size) != 0 || !listens(fd))
			continue;
		int own = fcntl(fd, F_DUPFD_CLOEXEC, end);
		if (own >= 0)
			(void)fcntl(own, F_SETFL, O_NONBLOCK);
		return own;
	}
	return -1;
}

int os_service_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (!path || !str_copy(to.sun_path, sizeof(to.sun_path), str_of(path)))
		return -1;
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (to.sun_path[0] == '@') /* a name that is no file's (unix(7)) */
		to.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, size) < 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

void os_service_tell(int fd, struct str lines)
{
	if (fd >= 0)
		(void)send(fd, lines.p, lines.n, MSG_NOSIGNAL);
}

int64_t os_service_watchdog(void)
{
	return (int64_t)given("WATCHDOG_USEC", "WATCHDOG_PID") / MICRO;
}
