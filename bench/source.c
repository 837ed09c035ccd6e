/*
 * A source of mail: N connections, M messages, one after another on each.
 *
 *	source -a ADDRESS -p PORT [-c CONNECTIONS] [-n MESSAGES] [-s OCTETS]
 *	       [-f FIRST] [-F SENDER] [-t RECIPIENT] [-d DOMAINS] [-P] [-S] [-T SECONDS]
 *
 * Messages are numbered from FIRST on; each has one recipient, is OCTETS long
 * and carries its number in the field X-Bench.  A "%" in RECIPIENT becomes 1
 * to DOMAINS in turn.  -P writes MAIL, RCPT and DATA at once (RFC 2920).  -S says
 * STARTTLS, and believes whatever certificate there is.
 * Standard output is one line, times monotonic seconds, the latency of a
 * message counted from its MAIL to the 250 after its data:
 *
 *	accepted=N refused=N cut=N unknown=N unsent=N start=T end=T rate=R
 *	p50_ms=L p99_ms=L max_ms=L
 *
 * Every message is begun at most once and ends as exactly one of
 *
 *	accepted	250 after its data
 *	refused		the other side said no; it does not have the message
 *	cut		the connection ended before the data did: nor has it here
 *	unknown		all data sent and no reply: it may have the message
 *	unsent		never begun
 *
 * so the five add up to MESSAGES, which is asserted.  After a message that was
 * not accepted the connection is made anew, unless it had accepted none: a
 * server that takes nothing ends the run, and SECONDS (600) ends it always.
 * Exit status 0 when all were accepted, else 1.
 */
#include "tls.h"
#include "tool.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define LINE_OCTETS 72 /* of the body, CR LF included */
#define HEAD_MAX 1500
#define MESSAGE_MAX 104857600
#define RECORD_MAX 16384 /* of TLS */

/*
 * What is awaited:
 *
 *	GREETING	the connection, then the 220
 *	HELLO		the reply to EHLO
 *	STARTING	the reply to STARTTLS
 *	MAIL, RCPT	a reply of the transaction; a message is in flight
 *	DATA		the 354
 *	BODY		the reply to the message, which is sent or being sent
 *	LEAVING		the reply to QUIT, or the end
 *	CLOSED		nothing; there is no socket
 */
enum state { GREETING, HELLO, STARTING, MAIL, RCPT, DATA, BODY, LEAVING, CLOSED };

struct conn {
	int fd;
	struct tls *tls; /* NULL: in clear */
	enum state state;
	uint64_t accepted; /* on this connection */
	uint64_t number;   /* MAIL to BODY: of the message in flight */
	double begun;      /* MAIL to BODY: when its MAIL was sent */
	uint32_t events;   /* that epoll looks for */
	struct iovec out[2];
	struct tool_input in;
	char text[HEAD_MAX]; /* out[0] is in here */
};

struct source {
	int epoll;
	struct sockaddr_in to;
	uint64_t connections, messages, size, first, domains;
	const char *sender;
	const char *recipient;
	bool pipelining, tls;
	char *body; /* size octets of lines, then the final dot */
	struct conn *conns;
	uint64_t begun, accepted, refused, cut, unknown, open;
	double start, end; /* end: of the last 250 */
	float *latencies;  /* seconds, of the accepted */
	bool told;
};

static struct source source;

static char *make_body(uint64_t size)
{
	static const char dot[] = ".\r\n";
	char *p = tool_alloc(size + sizeof(dot));
	char *end = p + size;

	/* From the end, so that any tail of it ends with a whole line. */
	for (char *at = end; at > p; at--) {
		uint64_t in_line = (uint64_t)(end - at) % LINE_OCTETS;
		at[-1] = in_line == 0 ? '\n' : in_line == 1 ? '\r' : 'x';
	}
	memcpy(end, dot, sizeof(dot));
	return p;
}

static void address(char *to, size_t n, uint64_t number)
{
	const char *at = strchr(source.recipient, '%');

	if (!at)
		snprintf(to, n, "%s", source.recipient);
	else
		snprintf(to, n, "%.*s%llu%s", (int)(at - source.recipient), source.recipient,
			 (unsigned long long)(number % source.domains + 1), at + 1);
}

static void shut(struct conn *c)
{
	tls_free(c->tls);
	c->tls = NULL;
	close(c->fd);
	c->fd = -1;
	c->state = CLOSED;
	source.open--;
}

static void start(struct conn *c)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

	*c = (struct conn){ .state = GREETING, .events = EPOLLIN };
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		tool_die("socket");
	source.open++;
	tool_nodelay(c->fd);
	if (epoll_ctl(source.epoll, EPOLL_CTL_ADD, c->fd, &ev) < 0)
		tool_die("epoll");
	if (connect(c->fd, (struct sockaddr *)&source.to, sizeof(source.to)) < 0 &&
	    errno != EINPROGRESS)
		shut(c);
}

/* The connection is of no more use: account for its message, and begin anew. */
static void fail(struct conn *c)
{
	bool useful = c->accepted > 0;

	switch (c->state) {
	case MAIL:
	case RCPT:
	case DATA:
		source.cut++;
		break;
	case BODY:
		if (c->out[0].iov_len + c->out[1].iov_len > 0)
			source.cut++;
		else
			source.unknown++;
		break;
	case GREETING:
	case HELLO:
	case STARTING:
	case LEAVING:
	case CLOSED:
		break;
	}
	bool leaving = c->state == LEAVING;
	shut(c);
	if (useful && !leaving && source.begun < source.messages)
		start(c);
}

/* Of what is pending, behind the first octets of it, as much as a record holds. */
static size_t gather(const struct conn *c, size_t behind, char record[static RECORD_MAX])
{
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		size_t skipped = behind < c->out[i].iov_len ? behind : c->out[i].iov_len;
		size_t more = c->out[i].iov_len - skipped;
		if (more > RECORD_MAX - n)
			more = RECORD_MAX - n;
		if (more > 0)
			memcpy(record + n, (char *)c->out[i].iov_base + skipped, more);
		n += more;
		behind -= skipped;
	}
	return n;
}

/* Head and body are one record, where one holds them: two are two segments, each read by itself. */
static ssize_t write_tls(struct conn *c)
{
	static char record[RECORD_MAX];
	ssize_t sum = 0;

	for (size_t n; (n = gather(c, (size_t)sum, record)) > 0;) {
		ssize_t sent = tls_write(c->tls, record, n);
		if (sent <= 0)
			return sum ? sum : sent;
		sum += sent;
	}
	return sum;
}

/* Send what is pending; what the socket does not take waits for EPOLLOUT. */
static void flush(struct conn *c)
{
	struct msghdr m = { .msg_iov = c->out, .msg_iovlen = 2 };
	ssize_t sent = c->tls ? write_tls(c) : sendmsg(c->fd, &m, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		fail(c);
		return;
	}
	size_t left = sent > 0 ? (size_t)sent : 0;
	for (int i = 0; i < 2; i++) {
		size_t n = left < c->out[i].iov_len ? left : c->out[i].iov_len;
		c->out[i].iov_base = (char *)c->out[i].iov_base + n;
		c->out[i].iov_len -= n;
		left -= n;
	}
	bool pending = c->out[0].iov_len + c->out[1].iov_len > 0;
	bool waits = c->tls && tls_waits(c->tls);
	struct epoll_event ev = { .events = EPOLLIN | (pending && !waits ? EPOLLOUT : 0u),
				  .data.ptr = c };
	if (ev.events != c->events && epoll_ctl(source.epoll, EPOLL_CTL_MOD, c->fd, &ev) < 0)
		tool_die("epoll");
	c->events = ev.events;
}

static void say(struct conn *c, int n)
{
	c->out[0] = (struct iovec){ c->text, (size_t)n };
	c->out[1] = (struct iovec){ 0 };
	flush(c);
}

static void say_rcpt(struct conn *c)
{
	char to[256];

	address(to, sizeof(to), c->number);
	say(c, snprintf(c->text, sizeof(c->text), "RCPT TO:<%s>\r\n", to));
}

/* The next message, or QUIT where there is none. */
static void begin(struct conn *c)
{
	char to[256];

	if (source.begun == source.messages) {
		c->state = LEAVING;
		say(c, snprintf(c->text, sizeof(c->text), "QUIT\r\n"));
		return;
	}
	c->number = source.first + source.begun++;
	c->begun = tool_now();
	c->state = MAIL;
	address(to, sizeof(to), c->number);
	if (source.pipelining)
		say(c, snprintf(c->text, sizeof(c->text),
				"MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", source.sender, to));
	else
		say(c, snprintf(c->text, sizeof(c->text), "MAIL FROM:<%s>\r\n", source.sender));
}

/* Head and a tail of the body: source.size octets in all, and the dot. */
static void say_message(struct conn *c)
{
	char to[256];

	address(to, sizeof(to), c->number);
	int n = snprintf(c->text, sizeof(c->text),
			 "From: Source <%s>\r\nTo: %s\r\nSubject: message %llu\r\n"
			 "Date: Tue, 24 Nov 2026 12:00:00 +0000\r\n"
			 "Message-ID: <%llu@source.bench.invalid>\r\nX-Bench: %llu\r\n\r\n",
			 source.sender, to, (unsigned long long)c->number,
			 (unsigned long long)c->number, (unsigned long long)c->number);
	size_t head = (size_t)n;
	if (head + LINE_OCTETS > source.size) {
		errno = 0;
		tool_die("-s: no room for the head and a line");
	}
	if (source.body[head] == '\n') /* never a bare LF */
		c->text[head++] = 'x';
	c->out[0] = (struct iovec){ c->text, head };
	c->out[1] = (struct iovec){ source.body + head, source.size - head + 3 };
	c->state = BODY;
	flush(c);
}

static void accepted(struct conn *c)
{
	source.end = tool_now();
	source.latencies[source.accepted++] = (float)(source.end - c->begun);
	c->accepted++;
	begin(c);
}

static void refused(struct conn *c, const char *line, size_t n)
{
	if (!source.told)
		fprintf(stderr, "source: refused: %.*s\n", (int)n - 1, line);
	source.told = true;
	if (c->state >= MAIL && c->state <= BODY) {
		source.refused++;
		c->state = HELLO;
	}
	fail(c);
}

static void say_hello(struct conn *c)
{
	c->state = HELLO;
	say(c, snprintf(c->text, sizeof(c->text), "EHLO source.bench.invalid\r\n"));
}

/* One reply, the last line of it. */
static void reply(struct conn *c, const char *line, size_t n)
{
	char good = c->state == DATA ? '3' : '2';

	if (c->state != LEAVING && line[0] != good) {
		refused(c, line, n);
		return;
	}
	switch (c->state) {
	case GREETING:
		say_hello(c);
		break;
	case HELLO:
		if (source.tls && !c->tls) {
			c->state = STARTING;
			say(c, snprintf(c->text, sizeof(c->text), "STARTTLS\r\n"));
		} else {
			begin(c);
		}
		break;
	case STARTING:
		c->tls = tls_new(c->fd);
		say_hello(c);
		break;
	case MAIL:
		c->state = RCPT;
		if (!source.pipelining)
			say_rcpt(c);
		break;
	case RCPT:
		c->state = DATA;
		if (!source.pipelining)
			say(c, snprintf(c->text, sizeof(c->text), "DATA\r\n"));
		break;
	case DATA:
		say_message(c);
		break;
	case BODY:
		accepted(c);
		break;
	case LEAVING:
	case CLOSED:
		fail(c);
		break;
	}
}

static void take(struct conn *c)
{
	const char *line;
	size_t n;
	enum tool_read got = c->tls ? tls_read(c->tls, &c->in) : tool_input_read(&c->in, c->fd);

	if (got == TOOL_READ_END)
		fail(c);
	else if (c->tls && c->out[0].iov_len + c->out[1].iov_len > 0)
		flush(c);
	while (got == TOOL_READ_SOME && c->state != CLOSED && (line = tool_input_line(&c->in, &n)))
		if (n < 4 || line[3] != '-')
			reply(c, line, n);
}

static void ready(struct conn *c, uint32_t events)
{
	/* One thing an event: either may put a new connection in this one's place. */
	if (events & EPOLLOUT) {
		flush(c);
		return;
	}
	do
		take(c);
	while (c->tls && tls_has_more(c->tls));
}

static void run(double until)
{
	struct epoll_event events[128];

	source.start = source.end = tool_now();
	for (uint64_t i = 0; i < source.connections; i++)
		start(&source.conns[i]);
	while (source.open > 0) {
		double left = until - tool_now();
		if (left <= 0)
			break;
		int n = epoll_wait(source.epoll, events, 128, (int)(left * 1000) + 1);
		for (int i = 0; i < n; i++)
			ready(events[i].data.ptr, events[i].events);
	}
	uint64_t unsent = source.messages - source.begun;
	source.messages = source.begun; /* what fails now is not begun anew */
	for (uint64_t i = 0; i < source.connections; i++)
		if (source.conns[i].state != CLOSED)
			fail(&source.conns[i]);
	source.messages += unsent;
}

static int compare(const void *a, const void *b)
{
	float x = *(const float *)a;
	float y = *(const float *)b;

	return (x > y) - (x < y);
}

/* Milliseconds that a share of the accepted, 0 to 1, did not exceed. */
static double percentile(double share)
{
	if (source.accepted == 0)
		return 0;
	return 1000.0 * (double)source.latencies[(uint64_t)(share * (double)(source.accepted - 1))];
}

static void report(void)
{
	double seconds = source.end - source.start;
	uint64_t unsent = source.messages - source.begun;

	assert(source.accepted + source.refused + source.cut + source.unknown == source.begun);
	qsort(source.latencies, source.accepted, sizeof(*source.latencies), compare);
	printf("accepted=%llu refused=%llu cut=%llu unknown=%llu unsent=%llu ",
	       (unsigned long long)source.accepted, (unsigned long long)source.refused,
	       (unsigned long long)source.cut, (unsigned long long)source.unknown,
	       (unsigned long long)unsent);
	printf("start=%.6f end=%.6f rate=%.1f p50_ms=%.3f p99_ms=%.3f max_ms=%.3f\n", source.start,
	       source.end, seconds > 0 ? (double)source.accepted / seconds : 0, percentile(0.5),
	       percentile(0.99), percentile(1));
}

static _Noreturn void usage(void)
{
	fprintf(stderr,
		"usage: source -a ADDRESS -p PORT [-c CONNECTIONS] [-n MESSAGES] [-s OCTETS]"
		" [-f FIRST]\n"
		"              [-F SENDER] [-t RECIPIENT] [-d DOMAINS] [-P] [-S] [-T SECONDS]\n");
	exit(2);
}

static double options(int argc, char **argv)
{
	const char *listener = "127.0.0.1";
	uint16_t port = 2525;
	double seconds = 600;
	int o;

	while ((o = getopt(argc, argv, "a:p:c:n:s:f:F:t:d:PST:")) != -1) {
		if (o == 'a')
			listener = optarg;
		else if (o == 'p')
			port = (uint16_t)tool_number(optarg, 1, 65535);
		else if (o == 'c')
			source.connections = tool_number(optarg, 1, 10000);
		else if (o == 'n')
			source.messages = tool_number(optarg, 1, 10000000);
		else if (o == 's')
			source.size = tool_number(optarg, 1, MESSAGE_MAX);
		else if (o == 'f')
			source.first = tool_number(optarg, 0, 90000000);
		else if (o == 'F')
			source.sender = optarg;
		else if (o == 't')
			source.recipient = optarg;
		else if (o == 'd')
			source.domains = tool_number(optarg, 1, 1000000);
		else if (o == 'S')
			source.tls = true;
		else if (o == 'P')
			source.pipelining = true;
		else if (o == 'T')
			seconds = (double)tool_number(optarg, 1, 86400);
		else
			usage();
	}
	if (optind != argc || strlen(source.sender) > 200 || strlen(source.recipient) > 200)
		usage();
	source.to = tool_address(listener, port);
	return seconds;
}

int main(int argc, char **argv)
{
	source = (struct source){ .connections = 1,
				  .messages = 1000,
				  .size = 4096,
				  .domains = 1,
				  .sender = "source@bench.invalid",
				  .recipient = "sink@d1.com" };
	double seconds = options(argc, argv);

	if (source.tls)
		tls_begin(NULL, NULL);
	source.epoll = epoll_create1(EPOLL_CLOEXEC);
	source.body = make_body(source.size);
	source.conns = tool_alloc(source.connections * sizeof(*source.conns));
	source.latencies = tool_alloc(source.messages * sizeof(*source.latencies));
	run(tool_now() + seconds);
	report();
	bool all = source.accepted == source.messages;
	free(source.latencies);
	free(source.conns);
	free(source.body);
	return all ? 0 : 1;
}
