/* The spawner by its socket: what it runs, and what ends it. */
#include "console/spawner.h"

#include "base/test.h"
#include "console/order.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 4096, FILES_MAX = 4 };

#define SAYS "/bin/echo"
#define NEVER_ENDS "/usr/bin/yes"

static const int none[] = { -1 };

/* A packet with so many descriptors, all of them fd. */
static void send_files(int to, struct str packet, int fd, size_t n)
{
	char octets[ROOM];
	union {
		char octets[CMSG_SPACE(FILES_MAX * sizeof(int))];
		struct cmsghdr aligned;
	} control = { .octets = { 0 } };
	struct iovec v = { octets, packet.n };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	memcpy(octets, packet.p, packet.n);
	if (n > 0) {
		m.msg_control = control.octets;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		struct cmsghdr *c = &control.aligned;
		*c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		for (size_t i = 0; i < n; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
	}
	CHECK_INT("sent", sendmsg(to, &m, MSG_NOSIGNAL), (long long)packet.n);
}

static const struct {
	const char *label;
	struct str packet;
	size_t files;
} ends[] = {
	{ "octets that are no order", STR_INIT("\377\377"), 2 },
	{ "a slot that is not there", STR_INIT("\1\4"), 2 },
	{ "no descriptors", STR_INIT("\1\0"), 0 },
	{ "one", STR_INIT("\1\0"), 1 },
	{ "too many", STR_INIT("\1\0"), 4 },
	{ "some for the end of another", STR_INIT("\0\0"), 2 },
};

/* Its socket is at its end. */
static void check_over(const char *label, const struct console_spawner *s)
{
	struct console_spawner_end end;

	CHECK_INT(label, recv(s->fd, &end, sizeof(end), 0) <= 0, 1);
}

static void check_ends(void)
{
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		CLEANUP(console_spawner_clear) struct console_spawner s = CONSOLE_SPAWNER_NONE;
		CLEANUP(os_fd_close) int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
		CHECK_INT("new", console_spawner_new(SAYS, NULL, none, &s), ERR_OK);
		send_files(s.fd, ends[i].packet, fd, ends[i].files);
		check_over(ends[i].label, &s);
	}
}

static void check_end(const char *label, const struct console_spawner *s,
		      struct console_spawner_end wanted)
{
	struct console_spawner_end end = { 0 };

	CHECK_INT(label, recv(s->fd, &end, sizeof(end), 0), sizeof(end));
	CHECK_INT(label, end.slot, wanted.slot);
	CHECK_INT(label, end.exited, wanted.exited);
	CHECK_INT(label, end.status, wanted.status);
}

/* All that it says, and its end. */
static void check_said(const char *program, const char *wanted, struct console_spawner_end end)
{
	CLEANUP(console_spawner_clear) struct console_spawner s = CONSOLE_SPAWNER_NONE;
	char said[ROOM];
	size_t n = 0;
	int pair[2];

	CHECK_INT("new", console_spawner_new(program, "/c", none, &s), ERR_OK);
	CHECK_INT("a pipe", pipe2(pair, O_CLOEXEC), 0);
	send_files(s.fd, STR("\2\1\0\0\2-x"), pair[1], 2);
	os_fd_close(&pair[1]);
	for (ssize_t got; (got = read(pair[0], said + n, sizeof(said) - n)) > 0;)
		n += (size_t)got;
	CHECK_STR(program, ((struct str){ said, n }), str_of(wanted));
	check_end(program, &s, end);
	os_fd_close(&pair[0]);
}

/* One that goes on until it is told to end; its slot takes no other meanwhile. */
static void check_told(void)
{
	CLEANUP(console_spawner_clear) struct console_spawner s = CONSOLE_SPAWNER_NONE;
	CLEANUP(os_fd_close) int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	CHECK_INT("new", console_spawner_new(NEVER_ENDS, NULL, none, &s), ERR_OK);
	send_files(s.fd, STR("\1\0"), fd, 2);
	send_files(s.fd, STR("\0\1"), fd, 0); /* nothing runs there: nothing to be done */
	send_files(s.fd, STR("\0\0"), fd, 0);
	check_end("told to end", &s, (struct console_spawner_end){ 0, 0, 0 });
	send_files(s.fd, STR("\1\0"), fd, 2);
	send_files(s.fd, STR("\1\0"), fd, 2);
	check_over("a slot that is taken", &s);
}

int main(void)
{
	check_ends();
	check_said(SAYS, "-c /c route --json -- -x\n", (struct console_spawner_end){ 1, 1, 0 });
	check_said("/bin/false", "", (struct console_spawner_end){ 1, 1, 1 });
	check_said("/nowhere", "", (struct console_spawner_end){ 1, 0, 0 });
	/* It takes words of ours for no options of its own, then. */
	CHECK_INT("environment", setenv("POSIXLY_CORRECT", "1", 1), 0);
	check_told();
	return TEST_EXIT();
}
