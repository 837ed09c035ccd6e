/*
 * T14: ports and IDs as a server sees them, of many sockets, of two resolvers
 * side by side: spread over all that there are, in no order.
 */
#include "resolve/bed_priv.h"

#define ASKED 2000 /* by both, in turn, each on a socket of its own */
#define PARTS 16

/* A socket is replaced after half a minute. */
enum { SOCKET_MS = 31000 };

struct mark {
	uint16_t port, id;
};

static struct mark marks[ASKED];
static unsigned n_marks;

/* Nobody gets an answer, so that nothing is learnt on the way. */
static void marking(const struct fake_query *q, void *arg)
{
	(void)arg;
	if (n_marks < ASKED)
		marks[n_marks++] = (struct mark){ ntohs(q->from.sin_port), q->m.id };
}

static void ask_one(struct bed *b, struct resolve *r, unsigned i)
{
	struct resolve_question q = { .type = DNS_TYPE_A };
	struct bed_got got = { 0 };
	char name[32];

	(void)snprintf(name, sizeof(name), "n%u.example.", i);
	q.name = craft_name_of(name);
	uint64_t id = resolve_ask(r, &q, bed_done, &got);
	for (int t = 0; n_marks == i && t < 500; t++)
		loop_turn(&b->loop, 10);
	resolve_cancel(r, id);
	b->loop.ahead += SOCKET_MS;
	loop_turn(&b->loop, 0);
}

/* What the kernel chooses from. */
static void port_range(unsigned *low, unsigned *high)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	*low = 32768;
	*high = 60999;
	if (!f)
		return;
	if (fscanf(f, "%u %u", low, high) != 2 || *low >= *high)
		abort();
	(void)fclose(f);
}

/* Those of one resolver lie in all parts of the range alike. */
static void check_spread(const char *label, unsigned first, unsigned low, unsigned high)
{
	unsigned parts[PARTS] = { 0 }, size = (high - low) / PARTS + 1;
	double want = ASKED / 2.0 / PARTS, chi = 0;

	for (unsigned i = first; i < n_marks; i += 2) {
		CHECK_INT(label, marks[i].port >= low && marks[i].port <= high, 1);
		if (marks[i].port >= low && marks[i].port <= high)
			parts[(marks[i].port - low) / size]++;
	}
	for (int i = 0; i < PARTS; i++)
		chi += (parts[i] - want) * (parts[i] - want) / want;
	/* 15 is to be expected, its deviation 5.5: this is eighteen of them. */
	CHECK_INT(label, chi < 115, 1);
}

/* Ports next to each other are as rare as chance has it, and half of the steps go up. */
static void check_order(void)
{
	unsigned same = 0, next = 0, up = 0, id_up = 0;

	for (unsigned i = 1; i < n_marks; i++) {
		int step = marks[i].port - marks[i - 1].port;
		same += step == 0;
		next += step == 1 || step == -1;
		up += step > 0;
		id_up += marks[i].id > marks[i - 1].id;
	}
	CHECK_INT("T14: the same port", same < 20, 1);
	CHECK_INT("T14: the port beside", next < 20, 1);
	/* Of 1999 steps; the deviation is 13. */
	CHECK_INT("T14: ports rise", up > 850 && up < 1150, 1);
	CHECK_INT("T14: IDs rise", id_up > 850 && id_up < 1150, 1);
}

static void check_bits(void)
{
	for (unsigned bit = 0; bit < 16; bit++) {
		unsigned set = 0;
		for (unsigned i = 0; i < n_marks; i++)
			set += marks[i].id >> bit & 1;
		/* The deviation is 22. */
		CHECK_INT("T14: each bit of the IDs", set > 780 && set < 1220, 1);
	}
}

/* Two resolvers never share a sequence: what one shows says nothing of the other. */
static void check_pairs(void)
{
	unsigned alike = 0, beside = 0;

	for (unsigned i = 0; i + 1 < n_marks; i += 2) {
		int step = marks[i + 1].id - marks[i].id;
		alike += step == 0;
		beside += step == 1 || step == -1;
	}
	CHECK_INT("T14: two resolvers, the same ID", alike < 5, 1);
	CHECK_INT("T14: two resolvers, the ID beside", beside < 5, 1);
}

int main(void)
{
	unsigned low, high;
	struct bed b;

	port_range(&low, &high);
	bed_open(&b, 1, marking, NULL);
	struct resolve *second = resolve_new(&b.reactor, &b.conf);
	if (!second)
		abort();
	for (unsigned i = 0; i < ASKED; i++)
		ask_one(&b, i % 2 ? second : b.r, i);
	CHECK_INT("all came", n_marks, ASKED);
	resolve_free(&second);
	bed_close(&b);
	if (high - low >= 16384) {
		check_spread("T14: one resolver's ports", 0, low, high);
		check_spread("T14: the other's ports", 1, low, high);
		check_order();
	}
	check_bits();
	check_pairs();
	return TEST_EXIT();
}
