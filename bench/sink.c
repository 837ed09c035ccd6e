/*
 * A receiving mail host that counts: every message once, by its number.
 *
 *	sink -a ADDRESS [-a ...] -p PORT [-k COUNT ...] [-T SECONDS]
 *	     [-C CERTIFICATE -K KEY]
 *
 * With a certificate and its key, PEM files, it offers STARTTLS.  It accepts all mail and keeps
 * none.  A message from bench/source carries its number in the head, "X-Bench: N", so a message
 * that came twice, or that somebody else made (a bounce), is not taken for one of those awaited.
 * Standard output, one line an event, times monotonic seconds:
 *
 *	ready
 *	reached COUNT TIME	COUNT different numbers have come; one line a -k
 *	messages=N distinct=N duplicates=N others=N connections=N
 *
 * The last line comes at its end: after SIGTERM or SIGINT, or SECONDS (600).
 * A message counts when its final dot has been read, just before its 250.
 */
#include "tls.h"
#include "tool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define NUMBER_MAX 100000000u
#define GOALS_MAX 64
#define ADDRESSES_MAX 64
#define FD_MAX 65536
#define NO_NUMBER UINT32_MAX
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* What is true: between messages; in a message's head; in its body. */
enum state { COMMAND, HEAD, BODY };

struct conn {
	int fd;
	struct tls *tls; /* NULL: in clear */
	enum state state;
	unsigned recipients; /* accepted since MAIL */
	uint32_t number;     /* HEAD, BODY: of the message, or NO_NUMBER */
	struct tool_input in;
	size_t out_n;
	char out[4096]; /* replies not yet sent */
};

struct sink {
	int epoll;
	int signals;
	bool offers_tls;
	struct conn *conns[FD_MAX]; /* by descriptor; NULL: a listener, the signals, or none */
	uint64_t goals[GOALS_MAX];  /* ascending */
	size_t goals_n;
	size_t goals_reached;
	uint64_t messages, distinct, duplicates, others, connections;
	uint8_t seen[NUMBER_MAX / 8]; /* a bit a number; pages come as they are used */
};

static struct sink sink;

#define EHLO                                                                                       \
	"250-sink\r\n250-PIPELINING\r\n250-SIZE "                                                  \
	"104857600\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n"

static const struct command {
	const char *verb;
	const char *reply;
} commands[] = {
	{ "EHLO", EHLO "250 ENHANCEDSTATUSCODES\r\n" },
	{ "HELO", "250 sink\r\n" },
	{ "MAIL", "250 2.1.0 Ok\r\n" },
	{ "RCPT", "250 2.1.5 Ok\r\n" },
	{ "DATA", "354 Go on\r\n" },
	{ "RSET", "250 2.0.0 Ok\r\n" },
	{ "NOOP", "250 2.0.0 Ok\r\n" },
	{ "QUIT", "221 2.0.0 Bye\r\n" },
};

/* Replies are gathered and leave in one write; a peer that reads none is dropped. */
static bool reply(struct conn *c, const char *text)
{
	size_t n = strlen(text);

	if (n > sizeof(c->out) - c->out_n)
		return false;
	memcpy(c->out + c->out_n, text, n);
	c->out_n += n;
	return true;
}

/* Send the replies; what the socket does not take waits for EPOLLOUT. */
static bool flush(struct conn *c)
{
	if (c->out_n == 0)
		return true;

	ssize_t n = c->tls ? tls_write(c->tls, c->out, c->out_n)
			   : send(c->fd, c->out, c->out_n, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return false;
	if (n > 0) {
		c->out_n -= (size_t)n;
		memmove(c->out, c->out + n, c->out_n);
	}
	bool waits = c->tls && tls_waits(c->tls);
	struct epoll_event ev = { .events = EPOLLIN | (c->out_n && !waits ? EPOLLOUT : 0u),
				  .data.fd = c->fd };
	if (n <= 0 || c->out_n > 0)
		return epoll_ctl(sink.epoll, EPOLL_CTL_MOD, c->fd, &ev) == 0;
	return true;
}

static void arrived(uint32_t number)
{
	sink.messages++;
	if (number == NO_NUMBER) {
		sink.others++;
		return;
	}
	uint8_t bit = (uint8_t)(1u << number % 8);
	if (sink.seen[number / 8] & bit) {
		sink.duplicates++;
		return;
	}
	sink.seen[number / 8] |= bit;
	sink.distinct++;
	if (sink.goals_reached == sink.goals_n || sink.distinct != sink.goals[sink.goals_reached])
		return;
	printf("reached %llu %.6f\n", (unsigned long long)sink.distinct, tool_now());
	fflush(stdout);
	sink.goals_reached++;
}

/* The number of a line "X-Bench: N", else NO_NUMBER. */
static uint32_t read_number(const char *line, size_t n)
{
	static const char field[] = "X-Bench: ";
	const char *p = line + sizeof(field) - 1;
	const char *end = line + n - 2;
	uint32_t v = 0;

	if (n < sizeof(field) + 2 || strncasecmp(line, field, sizeof(field) - 1) != 0)
		return NO_NUMBER;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return NO_NUMBER;
		v = v * 10 + (uint32_t)(*p - '0');
		if (v >= NUMBER_MAX)
			return NO_NUMBER;
	}
	return v;
}

/* The reply goes in clear, all behind it does not. */
static bool start_tls(struct conn *c)
{
	if (!reply(c, "220 2.0.0 Go ahead\r\n") || !flush(c) || c->out_n > 0)
		return false;
	c->in.start = c->in.n;
	c->tls = tls_new(c->fd);
	return true;
}

static bool command(struct conn *c, const char *line, size_t n)
{
	bool may_start = sink.offers_tls && !c->tls;
	size_t i = 0;

	if (may_start && n >= 6 && strncasecmp(line, "STARTTLS", 8) == 0)
		return start_tls(c);
	if (may_start && n >= 6 && strncasecmp(line, "EHLO", 4) == 0)
		return reply(c, EHLO "250-STARTTLS\r\n250 ENHANCEDSTATUSCODES\r\n");

	while (i < COUNT_OF(commands) && (n < 6 || strncasecmp(line, commands[i].verb, 4) != 0))
		i++;
	if (i == COUNT_OF(commands))
		return reply(c, "500 5.5.2 No such command\r\n");

	const char *verb = commands[i].verb;
	if (strcmp(verb, "DATA") == 0 && c->recipients == 0)
		return reply(c, "503 5.5.1 No recipient\r\n");
	if (strcmp(verb, "RCPT") == 0)
		c->recipients++;
	else
		c->recipients = 0;
	if (strcmp(verb, "DATA") == 0) {
		c->state = HEAD;
		c->number = NO_NUMBER;
	}
	return reply(c, commands[i].reply) && strcmp(verb, "QUIT") != 0;
}

/* False when the connection is to be closed, after what is in out. */
static bool line_in(struct conn *c, const char *line, size_t n)
{
	if (c->state == COMMAND)
		return command(c, line, n);
	if (n == 3 && memcmp(line, ".\r\n", 3) == 0) {
		arrived(c->number);
		c->state = COMMAND;
		return reply(c, "250 2.0.0 Ok\r\n");
	}
	if (c->state == HEAD) {
		if (n == 2)
			c->state = BODY;
		else if (c->number == NO_NUMBER)
			c->number = read_number(line, n);
	}
	return true;
}

static void drop(struct conn *c)
{
	sink.conns[c->fd] = NULL;
	tls_free(c->tls);
	close(c->fd);
	free(c);
}

/* False when the connection is to be closed. */
static bool take(struct conn *c)
{
	enum tool_read got = c->tls ? tls_read(c->tls, &c->in) : tool_input_read(&c->in, c->fd);
	bool alive = got != TOOL_READ_END;
	const char *line;
	size_t n;

	while (alive && (line = tool_input_line(&c->in, &n)))
		alive = line_in(c, line, n);
	return alive;
}

static void ready(struct conn *c, uint32_t events)
{
	bool alive = true;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		do
			alive = take(c);
		while (alive && c->tls && tls_has_more(c->tls));
	if (alive && c->out_n == 0) /* a reply acknowledges by itself */
		tool_acknowledge(c->fd);
	if (!flush(c) || !alive)
		drop(c);
}

static void watch(int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(sink.epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		tool_die("epoll");
}

static void welcome(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (fd >= FD_MAX) {
			close(fd);
			continue;
		}
		struct conn *c = tool_alloc(sizeof(*c));
		c->fd = fd;
		sink.conns[fd] = c;
		sink.connections++;
		tool_nodelay(fd);
		watch(fd);
		if (!reply(c, "220 sink ESMTP\r\n") || !flush(c))
			drop(c);
	}
}

static void listen_on(const char *address, uint16_t port)
{
	struct sockaddr_in a = tool_address(address, port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 1024) < 0)
		tool_die(address);
	watch(fd);
}

static void watch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sink.signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (sink.signals < 0)
		tool_die("signalfd");
	watch(sink.signals);
}

static void run(double until)
{
	struct epoll_event events[128];

	for (;;) {
		double left = until - tool_now();
		if (left <= 0)
			return;
		int n = epoll_wait(sink.epoll, events, COUNT_OF(events), (int)(left * 1000) + 1);
		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;
			if (fd == sink.signals)
				return;
			if (sink.conns[fd])
				ready(sink.conns[fd], events[i].events);
			else
				welcome(fd);
		}
	}
}

static void add_goal(uint64_t goal)
{
	errno = 0;
	if (sink.goals_n == GOALS_MAX || (sink.goals_n > 0 && goal <= sink.goals[sink.goals_n - 1]))
		tool_die("-k: too many, or not ascending");
	sink.goals[sink.goals_n++] = goal;
}

int main(int argc, char **argv)
{
	const char *addresses[ADDRESSES_MAX];
	size_t addresses_n = 0;
	uint16_t port = 2526;
	double seconds = 600;
	const char *certificate = NULL, *key = NULL;
	int o;

	while ((o = getopt(argc, argv, "a:p:k:T:C:K:")) != -1) {
		if (o == 'a' && addresses_n < ADDRESSES_MAX)
			addresses[addresses_n++] = optarg;
		else if (o == 'p')
			port = (uint16_t)tool_number(optarg, 1, 65535);
		else if (o == 'k')
			add_goal(tool_number(optarg, 1, NUMBER_MAX));
		else if (o == 'T')
			seconds = (double)tool_number(optarg, 1, 86400);
		else if (o == 'C')
			certificate = optarg;
		else if (o == 'K')
			key = optarg;
		else
			optind = argc + 1;
	}
	if (optind != argc || addresses_n == 0 || !certificate != !key) {
		fprintf(stderr,
			"usage: sink -a ADDRESS [-a ...] -p PORT [-k COUNT ...] [-T SECONDS]"
			" [-C CERTIFICATE -K KEY]\n");
		return 2;
	}
	if (certificate)
		tls_begin(certificate, key);
	sink.offers_tls = certificate;
	sink.epoll = epoll_create1(EPOLL_CLOEXEC);
	watch_signals();
	for (size_t i = 0; i < addresses_n; i++)
		listen_on(addresses[i], port);
	printf("ready\n");
	fflush(stdout);
	run(tool_now() + seconds);
	printf("messages=%llu distinct=%llu duplicates=%llu others=%llu connections=%llu\n",
	       (unsigned long long)sink.messages, (unsigned long long)sink.distinct,
	       (unsigned long long)sink.duplicates, (unsigned long long)sink.others,
	       (unsigned long long)sink.connections);
	for (size_t i = 0; i < FD_MAX; i++)
		if (sink.conns[i])
			drop(sink.conns[i]);
	return 0;
}
