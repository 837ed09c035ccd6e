/*
 * c-ares as a client of bench/stub: its own queries with AD set by hand, on one
 * epoll, and its own reader for the records of an answer.  It is spared choosing
 * IDs, and with -u reading: then what is said of it is the best of it.
 */
#include "ask.h"
#include "tool.h"

#include <ares.h>
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/time.h>

/* As ours: with its own of 5 s it would take minutes, and send as many datagrams. */
enum { LOSSY_TIMEOUT_MS = 2000 };

static struct ask a;
static ares_channel channel;
static int poller;
static uint64_t asked, answered, bad;

static void ask_next(void);

static int read_records(const unsigned char *octets, int n)
{
	struct ares_mx_reply *all = NULL;
	int found = 0;

	if (ares_parse_mx_reply(octets, n, &all) != ARES_SUCCESS)
		return 0;
	for (const struct ares_mx_reply *mx = all; mx; mx = mx->next)
		found++;
	ares_free_data(all);
	return found;
}

static void done(void *arg, int status, int timeouts, unsigned char *octets, int n)
{
	(void)timeouts;
	answered++;
	if (a.mode == ASK_LOSSY && status != ARES_SUCCESS)
		printf("lost %llu\n", (unsigned long long)(uintptr_t)arg);
	else if (status != ARES_SUCCESS || n < 12 || (a.ad && !(octets[3] & 0x20)) ||
		 (a.unread ? octets[7] : read_records(octets, n)) != 2)
		bad++;
	ask_next();
}

static void ask_next(void)
{
	char name[ASK_NAME_TEXT];
	unsigned char *octets;
	int n;

	if (asked == a.questions)
		return;
	ask_name_text(a.first + asked, name);
	if (ares_create_query(name, 1, ASK_MX, (unsigned short)asked, 1, &octets, &n, 1232) !=
	    ARES_SUCCESS)
		tool_die("ares_create_query");
	if (a.ad)
		octets[3] |= 0x20;
	void *number = (void *)(uintptr_t)(a.first + asked++);
	ares_send(channel, octets, n, done, number);
	ares_free_string(octets);
}

static void watch(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct epoll_event e = { .data.fd = fd };

	(void)arg;
	e.events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u);
	if (!e.events)
		(void)epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL);
	else if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e) < 0)
		(void)epoll_ctl(poller, EPOLL_CTL_MOD, fd, &e);
}

static int room(ares_socket_t fd, int type, void *arg)
{
	(void)type;
	(void)arg;
	ask_room(fd);
	return 0;
}

static void open_channel(void)
{
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS,
		.ednspsz = 1232,
		.timeout = LOSSY_TIMEOUT_MS,
		.sock_state_cb = watch,
		.lookups = (char[]){ "b" },
	};
	int given = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS;
	char server[32];

	snprintf(server, sizeof(server), "127.0.0.1:%d", ntohs(a.server.sin_port));
	if (a.mode == ASK_LOSSY)
		given |= ARES_OPT_TIMEOUTMS;
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
	    ares_init_options(&channel, &options, given) != ARES_SUCCESS ||
	    ares_set_servers_ports_csv(channel, server) != ARES_SUCCESS)
		tool_die("ares_init_options");
	ares_set_socket_configure_callback(channel, room, NULL);
}

static void turn(void)
{
	struct epoll_event ready[16];
	struct timeval longest = { .tv_sec = 1 }, t;
	struct timeval *wait = ares_timeout(channel, &longest, &t);
	int n = epoll_wait(poller, ready, 16,
			   (int)(wait->tv_sec * 1000 + wait->tv_usec / 1000) + 1);

	for (int i = 0; i < n; i++)
		ares_process_fd(channel,
				ready[i].events & EPOLLIN ? ready[i].data.fd : ARES_SOCKET_BAD,
				ready[i].events & EPOLLOUT ? ready[i].data.fd : ARES_SOCKET_BAD);
	if (n == 0)
		ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

int main(int argc, char **argv)
{
	a = ask_options(argc, argv);
	poller = epoll_create1(EPOLL_CLOEXEC);
	if (poller < 0)
		tool_die("epoll_create1");
	open_channel();
	ask_begin();
	for (unsigned i = 0; i < a.window; i++)
		ask_next();
	while (answered < a.questions)
		turn();
	ask_end(answered, bad);
	ares_destroy(channel);
	return 0;
}
