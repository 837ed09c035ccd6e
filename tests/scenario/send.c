/*
 * Datagrams that the system does not take, for a while or for good: sendmmsg()
 * fails as a row says, and then works.  What must hold: each question is answered
 * where its server can be reached at last, by another where it cannot, and says so
 * where there is none.
 */
#include "resolve/bed_priv.h"

#include <errno.h>

#define GOOD "@ 60 A 192.0.2.1"
#define GOOD_TEXT "data secure udp: a. 60 A 192.0.2.1"

static struct {
	int error;     /* 0: it works */
	int times;     /* < 0: for ever */
	int first;     /* calls that work before */
	uint16_t port; /* of the server that it is about; 0: of all */
	int failed;
} trouble;

int __real_sendmmsg(int fd, struct mmsghdr *heads, unsigned n, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *heads, unsigned n, int flags);

static bool concerns(int fd)
{
	struct sockaddr_in to;
	socklen_t len = sizeof(to);

	if (trouble.port == 0)
		return true;
	return getpeername(fd, (struct sockaddr *)&to, &len) == 0 &&
	       ntohs(to.sin_port) == trouble.port;
}

int __wrap_sendmmsg(int fd, struct mmsghdr *heads, unsigned n, int flags)
{
	if (trouble.error == 0 || trouble.times == 0 || !concerns(fd))
		return __real_sendmmsg(fd, heads, n, flags);
	if (trouble.first > 0) {
		trouble.first--;
		return __real_sendmmsg(fd, heads, n, flags);
	}
	if (trouble.times > 0)
		trouble.times--;
	trouble.failed++;
	errno = trouble.error;
	return -1;
}

static void good(const struct fake_query *q, void *arg)
{
	static struct craft c;

	(void)arg;
	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR(GOOD));
	fake_send(q, craft_str(&c));
}

static const struct {
	const char *label;
	int error, times;
	unsigned servers;
	bool first_only; /* the trouble is the first server's */
	const char *want;
} rows[] = {
	{ "no trouble", 0, 0, 1, false, GOOD_TEXT },
	{ "a signal", EINTR, 3, 1, false, GOOD_TEXT },
	{ "full for a while", EAGAIN, 5, 1, false, GOOD_TEXT },
	{ "no buffers for a while", ENOBUFS, 5, 1, false, GOOD_TEXT },
	{ "an error of an earlier datagram", ECONNREFUSED, 1, 1, false, GOOD_TEXT },
	{ "unreachable once", ENETUNREACH, 1, 1, false, GOOD_TEXT },
	{ "unreachable", ENETUNREACH, -1, 1, false, "no answer indeterminate" },
	{ "unreachable, another is there", ENETUNREACH, -1, 2, true, GOOD_TEXT },
	{ "not permitted, another is there", EPERM, -1, 2, true, GOOD_TEXT },
};

static void test_rows(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct bed b;

		bed_servers(&b, rows[i].servers, good, NULL);
		trouble.error = rows[i].error;
		trouble.times = rows[i].times;
		trouble.port = rows[i].first_only ? b.fake[0].port : 0;
		trouble.failed = 0;
		bed_start(&b);
		struct bed_got *got = bed_ask(&b, "a.", DNS_TYPE_A, RESOLVE_AD);
		bed_check(rows[i].label, got, rows[i].want);
		CHECK_INT(rows[i].label, trouble.failed > 0, rows[i].error != 0);
		if (got->outcome == DNS_NO_ANSWER)
			CHECK_INT(rows[i].label,
				  str_ends(got->answer->why, STR("the network is unreachable")), 1);
		bed_close(&b);
	}
}

/* In the middle of many: none is lost, and none is sent twice. */
static void test_many(int error)
{
	enum { MANY = 200 };
	static struct bed_got gots[MANY];
	struct bed b;
	char name[16];

	bed_servers(&b, 1, good, NULL);
	bed_start(&b);
	trouble.error = error;
	trouble.port = 0;
	trouble.first = 2;
	trouble.times = 3;
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "n%d.", i);
		bed_send(&b, name, DNS_TYPE_A, RESOLVE_AD, &gots[i]);
	}
	unsigned data = 0;
	for (int i = 0; i < MANY; i++) {
		loop_until(&b.loop, &gots[i].done, 10000);
		data += gots[i].outcome == DNS_DATA && gots[i].status == DNS_SECURE;
		dns_answer_free(&gots[i].answer);
	}
	CHECK_INT("all answered", data, MANY);
	CHECK_INT("each sent once", b.fake[0].udp_queries, MANY);
	CHECK_INT("the trouble came", trouble.times, 0);
	bed_close(&b);
}

int main(void)
{
	test_rows();
	test_many(EAGAIN);
	test_many(ENOBUFS);
	test_many(EINTR);
	return TEST_EXIT();
}
