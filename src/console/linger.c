#include "console/linger.h"

#include "base/list.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { LINGERS_MAX = 64, ROOM = 65536, READS_A_TURN = 16 };

struct console_lingers {
	struct loop *loop;
	struct list list;
	size_t n;
	int64_t patience_ms;
};

struct lingering {
	struct list link;
	struct console_lingers *all;
	int fd;
	struct loop_watch *watch;
	struct loop_timer *late;
	uint64_t dropped; /* octets */
};

static void end(void *arg)
{
	struct lingering *l = arg;

	list_drop(&l->link);
	l->all->n--;
	if (l->watch)
		loop_watch_free(&l->watch);
	if (l->late)
		loop_timer_free(&l->late);
	os_fd_close(&l->fd);
	free(l);
}

static void come(void *arg, unsigned ready)
{
	struct lingering *l = arg;
	char octets[ROOM];

	(void)ready;
	for (unsigned i = 0; i < READS_A_TURN; i++) {
		ssize_t n = recv(l->fd, octets, sizeof(octets), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		l->dropped += n > 0 ? (uint64_t)n : 0;
		if (n <= 0 || l->dropped > CONSOLE_LINGER_MAX) {
			end(l);
			return;
		}
	}
}

struct console_lingers *console_lingers_new(struct loop *loop, int64_t patience_ms)
{
	struct console_lingers *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	*all = (struct console_lingers){ .loop = loop, .patience_ms = patience_ms };
	list_init(&all->list);
	return all;
}

void console_linger(struct console_lingers *all, int fd)
{
	struct lingering *l = all->n < LINGERS_MAX ? calloc(1, sizeof(*l)) : NULL;

	if (!l)
		return;
	*l = (struct lingering){ .all = all, .fd = fcntl(fd, F_DUPFD_CLOEXEC, 0) };
	list_init(&l->link);
	list_add(&all->list, &l->link);
	all->n++;
	if (l->fd >= 0)
		l->watch = loop_watch_new(all->loop, l->fd, OS_READ, come, l);
	l->late = loop_timer_new(all->loop, end, l);
	if (!l->watch || !l->late) {
		end(l);
		return;
	}
	loop_timer_set(l->late, loop_now(all->loop) + all->patience_ms);
}

void console_lingers_free(struct console_lingers **ap)
{
	struct console_lingers *all = *ap;

	*ap = NULL;
	while (all && !list_empty(&all->list))
		end(CONTAINER_OF(all->list.next, struct lingering, link));
	free(all);
}
