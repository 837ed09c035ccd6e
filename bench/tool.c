#include "tool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

double tool_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

_Noreturn void tool_die(const char *what)
{
	if (errno)
		fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
			strerror(errno));
	else
		fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
	exit(2);
}

uint64_t tool_number(const char *text, uint64_t least, uint64_t most)
{
	char *end;

	errno = 0;
	uint64_t v = strtoull(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end || v < least || v > most) {
		fprintf(stderr, "%s: %s: not a number from %llu to %llu\n",
			program_invocation_short_name, text, (unsigned long long)least,
			(unsigned long long)most);
		exit(2);
	}
	return v;
}

struct sockaddr_in tool_address(const char *text, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	errno = 0;
	if (inet_pton(AF_INET, text, &a.sin_addr) != 1)
		tool_die(text);
	return a;
}

void *tool_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (!p)
		tool_die("memory");
	return p;
}

void tool_nodelay(int fd)
{
	int one = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0)
		tool_die("TCP_NODELAY");
}

void tool_acknowledge(int fd)
{
	int one = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
}

size_t tool_input_room(struct tool_input *in)
{
	if (in->start > 0) {
		memmove(in->p, in->p + in->start, in->n - in->start);
		in->n -= in->start;
		in->start = 0;
	}
	return sizeof(in->p) - in->n;
}

enum tool_read tool_input_read(struct tool_input *in, int fd)
{
	size_t room = tool_input_room(in);

	if (room == 0)
		return TOOL_READ_END;

	ssize_t n = read(fd, in->p + in->n, room);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return TOOL_READ_AGAIN;
	if (n <= 0)
		return TOOL_READ_END;
	in->n += (size_t)n;
	return TOOL_READ_SOME;
}

const char *tool_input_line(struct tool_input *in, size_t *n)
{
	const char *line = in->p + in->start;
	const char *lf = memchr(line, '\n', in->n - in->start);

	if (!lf)
		return NULL;
	*n = (size_t)(lf - line) + 1;
	in->start += *n;
	return line;
}
