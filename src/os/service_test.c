/* A manager of our own: its sockets, and what it hears. */
#include "os/service.h"

#include "base/test.h"
#include "os/address.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST = 3, TEXT = 64 };

static void say_pid(const char *name, pid_t pid)
{
	char text[TEXT];

	(void)snprintf(text, sizeof(text), "%ld", (long)pid);
	(void)setenv(name, text, 1);
}

/* A socket at *at, whose port is chosen; at that descriptor. */
static void bound(struct ip_port *at, int fd, bool listening)
{
	struct sockaddr_storage s;
	socklen_t n = os_address_of(at, 0, &s);
	int own = socket(s.ss_family, SOCK_STREAM, 0);

	CHECK_INT("bound", bind(own, (struct sockaddr *)&s, n), 0);
	CHECK_INT("name", getsockname(own, (struct sockaddr *)&s, &n), 0);
	at->port = ntohs(s.ss_family == AF_INET ? ((struct sockaddr_in *)&s)->sin_port
						: ((struct sockaddr_in6 *)&s)->sin6_port);
	if (listening)
		CHECK_INT("listening", listen(own, 1), 0);
	if (own != fd) {
		CHECK_INT("moved", dup2(own, fd), fd);
		(void)close(own);
	}
}

static void sockets(void)
{
	struct ip_port first, second, mute;

	CHECK_INT("read", ip_port_read(STR("127.0.0.1"), 0, &first), ERR_OK);
	second = mute = first;
	bound(&first, FIRST, true);
	bound(&second, FIRST + 1, true);
	bound(&mute, FIRST + 2, false);
	CHECK_INT("no manager", os_service_listener(&first), -1);
	(void)setenv("LISTEN_FDS", "3", 1);
	say_pid("LISTEN_PID", getpid() + 1);
	CHECK_INT("for another process", os_service_listener(&first), -1);
	say_pid("LISTEN_PID", getpid());
	int fd = os_service_listener(&second), more = os_service_listener(&second);
	CHECK_INT("one", fd >= FIRST + 3, 1);
	CHECK_INT("and another", more >= FIRST + 3 && more != fd, 1);
	CHECK_INT("does not block", fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	CHECK_INT("is not inherited", fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_INT("it does not listen", os_service_listener(&mute), -1);
	mute.port = 1;
	CHECK_INT("another address", os_service_listener(&mute), -1);
	(void)setenv("LISTEN_FDS", "1", 1);
	CHECK_INT("beyond what was handed", os_service_listener(&second), -1);
	(void)setenv("LISTEN_FDS", "many", 1);
	CHECK_INT("no number", os_service_listener(&first), -1);
}

static void telling(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char heard[TEXT] = "";
	size_t n = strlen(name);

	memcpy(at.sun_path, name, n);
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	int manager = socket(AF_UNIX, SOCK_DGRAM, 0);
	CHECK_INT(name, bind(manager, (struct sockaddr *)&at, (socklen_t)(sizeof(sa_family_t) + n)),
		  0);
	(void)setenv("NOTIFY_SOCKET", name, 1);
	int fd = os_service_open();
	CHECK_INT("open", fd >= 0, 1);
	os_service_tell(fd, STR("READY=1\nSTATUS=well"));
	ssize_t got = recv(manager, heard, sizeof(heard), MSG_DONTWAIT);
	CHECK_STR(name, ((struct str){ heard, got > 0 ? (size_t)got : 0 }),
		  STR("READY=1\nSTATUS=well"));
	(void)close(manager);
	os_service_tell(fd, STR("nobody listens"));
	(void)close(fd);
	os_service_tell(-1, STR("there is no manager"));
}

static void watchdog(void)
{
	CHECK_INT("none", os_service_watchdog(), 0);
	(void)setenv("WATCHDOG_USEC", "7200000000", 1);
	CHECK_INT("WatchdogSec=2h", os_service_watchdog(), 7200000);
	(void)setenv("WATCHDOG_USEC", "30000000", 1);
	CHECK_INT("for all", os_service_watchdog(), 30000);
	say_pid("WATCHDOG_PID", getpid() + 1);
	CHECK_INT("for another", os_service_watchdog(), 0);
	say_pid("WATCHDOG_PID", getpid());
	CHECK_INT("for us", os_service_watchdog(), 30000);
}

int main(void)
{
	char dir[] = "/tmp/service-XXXXXX", path[TEXT];

	CHECK_INT("directory", mkdtemp(dir) != NULL, 1);
	(void)snprintf(path, sizeof(path), "%s/notify", dir);
	(void)unsetenv("NOTIFY_SOCKET");
	CHECK_INT("nobody", os_service_open(), -1);
	sockets();
	telling(path);
	(void)snprintf(path, sizeof(path), "@%s", dir);
	telling(path);
	(void)setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	CHECK_INT("gone", os_service_open(), -1);
	watchdog();
	(void)snprintf(path, sizeof(path), "%s/notify", dir);
	(void)unlink(path);
	return rmdir(dir) == 0 ? TEST_EXIT() : 1;
}
