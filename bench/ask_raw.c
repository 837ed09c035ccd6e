/*
 * The raw bound of bench/stub: the same octets on one connected UDP socket, in
 * batches or one datagram a call, without a table, a timer or a check.
 */
#include "ask.h"
#include "tool.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { BATCH_MAX = 64, ANSWER_MAX = 512 };

static struct {
	struct mmsghdr heads[BATCH_MAX];
	struct iovec vectors[BATCH_MAX];
	uint8_t octets[BATCH_MAX][ANSWER_MAX];
} in, out;

static int open_socket(const struct ask *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct timeval patience = { .tv_sec = 2 };

	if (fd < 0 || connect(fd, (const struct sockaddr *)&a->server, sizeof(a->server)) < 0)
		tool_die("socket");
	ask_room(fd);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (int i = 0; i < BATCH_MAX; i++) {
		out.vectors[i] = (struct iovec){ out.octets[i], 0 };
		out.heads[i].msg_hdr =
			(struct msghdr){ .msg_iov = &out.vectors[i], .msg_iovlen = 1 };
		in.vectors[i] = (struct iovec){ in.octets[i], ANSWER_MAX };
		in.heads[i].msg_hdr = (struct msghdr){ .msg_iov = &in.vectors[i], .msg_iovlen = 1 };
	}
	return fd;
}

/* n questions from number i on. */
static void send_some(const struct ask *a, int fd, uint64_t i, unsigned n)
{
	for (unsigned done = 0; done < n;) {
		unsigned batch = n - done < a->batch ? n - done : a->batch;
		for (unsigned k = 0; k < batch; k++)
			out.vectors[k].iov_len = ask_query(a, i + done + k, out.octets[k]);
		if (a->batch == 1 && send(fd, out.octets[0], out.vectors[0].iov_len, 0) < 0)
			tool_die("send");
		for (unsigned k = 0; a->batch > 1 && k < batch;) {
			int sent = sendmmsg(fd, out.heads + k, batch - k, 0);
			if (sent < 0)
				tool_die("sendmmsg");
			k += (unsigned)sent;
		}
		done += batch;
	}
}

/* How many came; 0: none in time. */
static unsigned receive_some(const struct ask *a, int fd)
{
	int n = 1;

	if (a->batch > 1)
		n = recvmmsg(fd, in.heads, a->batch, MSG_WAITFORONE, NULL);
	else if (recv(fd, in.octets[0], ANSWER_MAX, 0) < 0)
		n = -1;
	if (n < 0 && errno != EAGAIN)
		tool_die("recv");
	return n < 0 ? 0 : (unsigned)n;
}

int main(int argc, char **argv)
{
	struct ask a = ask_options(argc, argv);
	int fd = open_socket(&a);
	uint64_t asked = 0, answered = 0, bad = 0;

	ask_begin();
	while (answered < a.questions) {
		uint64_t room = a.window - (asked - answered);
		unsigned n = (unsigned)(room < a.questions - asked ? room : a.questions - asked);
		send_some(&a, fd, a.first + asked, n);
		asked += n;
		unsigned came = receive_some(&a, fd);
		if (came == 0)
			break;
		for (unsigned i = 0; i < came; i++)
			bad += !(in.octets[i][2] & 0x80) || (a.ad && !(in.octets[i][3] & 0x20));
		answered += came;
	}
	ask_end(answered, bad);
	return 0;
}
