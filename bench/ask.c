#include "ask.h"

#include "tool.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 4 << 20 };

static double began, cpu_began;

static double cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct ask ask_options(int argc, char **argv)
{
	struct ask a = { .questions = 100000, .window = 100, .batch = 32 };
	int c;

	a.server = tool_address("127.0.0.1", 53);
	while ((c = getopt(argc, argv, "p:n:f:w:b:auNcHl")) != -1) {
		switch (c) {
		case 'p':
			a.server.sin_port = htons((uint16_t)tool_number(optarg, 1, 65535));
			break;
		case 'n':
			a.questions = tool_number(optarg, 1, 9999999);
			break;
		case 'f':
			a.first = tool_number(optarg, 0, 9999999);
			break;
		case 'w':
			a.window = (unsigned)tool_number(optarg, 1, 1000000);
			break;
		case 'b':
			a.batch = (unsigned)tool_number(optarg, 1, 64);
			break;
		case 'a':
			a.ad = true;
			break;
		case 'u':
			a.unread = true;
			break;
		case 'N':
			a.uncached = true;
			break;
		case 'c':
			a.mode = ASK_CACHED;
			break;
		case 'H':
			a.mode = ASK_HELD;
			break;
		case 'l':
			a.mode = ASK_LOSSY;
			break;
		default:
			tool_die("see ask.h for the options");
		}
	}
	return a;
}

static void put_number(uint64_t i, char out[static 7])
{
	for (int at = 6; at >= 0; at--, i /= 10)
		out[at] = (char)('0' + i % 10);
}

void ask_name_text(uint64_t i, char out[static ASK_NAME_TEXT])
{
	memcpy(out, "q0000000.example", ASK_NAME_TEXT);
	put_number(i, out + 1);
}

void ask_name_wire(uint64_t i, uint8_t out[static ASK_NAME_WIRE])
{
	memcpy(out, "\10q0000000\7example", ASK_NAME_WIRE);
	put_number(i, (char *)out + 2);
}

size_t ask_query(const struct ask *a, uint64_t i, uint8_t out[static ASK_QUERY_OCTETS])
{
	static const uint8_t head[12] = { 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1 };
	static const uint8_t tail[15] = { 0, ASK_MX, 0, 1, 0, 0, 41, 1232 >> 8, 1232 & 0xff };

	memcpy(out, head, sizeof(head));
	out[0] = (uint8_t)(i >> 8);
	out[1] = (uint8_t)i;
	if (a->ad)
		out[3] |= 0x20;
	ask_name_wire(i, out + sizeof(head));
	memcpy(out + sizeof(head) + ASK_NAME_WIRE, tail, sizeof(tail));
	return ASK_QUERY_OCTETS;
}

void ask_room(int fd)
{
	int room = ROOM;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
}

void ask_begin(void)
{
	began = tool_now();
	cpu_began = cpu_now();
}

void ask_end(uint64_t answered, uint64_t bad)
{
	double cpu = cpu_now() - cpu_began;

	printf("answered=%llu bad=%llu seconds=%.6f cpu=%.6f\n", (unsigned long long)answered,
	       (unsigned long long)bad, tool_now() - began, cpu);
}
