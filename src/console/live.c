#include "console/live.h"

#include "base/list.h"
#include "base/time.h"
#include "console/filter.h"
#include "console/words.h"
#include "journal/day.h"
#include "os/clock.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	TICK_MS = 200,
	ALIVE_MS = 15000, /* then somebody who hears nothing is told that we are here */
	PATH_ROOM = 4096,
	RECORD_MAX = 1 << 19,
	READ_ROOM = 1 << 18,
	READ_MAX = 8 << 20, /* octets in one tick */
	TICK_RECORDS = CONSOLE_LIVE_RATE * TICK_MS / 1000,
};

#define TYPE "text/event-stream"

struct console_live {
	struct loop *loop;
	const char *dir;
	struct loop_timer *tick;
	struct list listeners;
	size_t n;
	int fd; /* the file of .day; -1: none yet */
	char day[JOURNAL_DATE + 1];
	struct buf part; /* of a line that is not all there */
	struct buf room;
};

struct listener {
	struct list link;
	struct console_live *live;
	struct console_stream *stream;
	struct console_target target; /* what the filter points into */
	struct console_filter filter;
	const struct console_logins *logins;
	char cookie[2 * CONSOLE_TOKEN_OCTETS + 1]; /* of the session: the stream ends with it */
	bool over;
	unsigned told;     /* records in this tick */
	uint64_t left_out; /* since it was told so */
	int64_t last;      /* when it heard of us */
};

static void say(struct listener *l, struct str octets)
{
	if (console_stream_write(l->stream, octets) == ERR_OK)
		l->last = loop_now(l->live->loop);
}

/* One record to one who listens, or counted. */
static void tell(struct listener *l, struct str line, const struct journal_record *r)
{
	CLEANUP(buf_free) struct buf event = BUF_MAX(RECORD_MAX + 64);

	if (l->over || !console_filter_passes(&l->filter, r))
		return;
	buf_add(&event, STR("data: "));
	buf_add(&event, line);
	buf_add(&event, STR("\n\n"));
	if (l->told >= TICK_RECORDS || buf_err(&event) != ERR_OK ||
	    console_stream_write(l->stream, buf_str(&event)) != ERR_OK) {
		l->left_out++;
		return;
	}
	l->told++;
	l->last = loop_now(l->live->loop);
}

static void tell_all(struct console_live *live, struct str line)
{
	struct journal_record r;

	if (journal_record_read(line, &live->room, &r) != ERR_OK)
		return;
	for (struct list *i = live->listeners.next; i != &live->listeners; i = i->next)
		tell(CONTAINER_OF(i, struct listener, link), line, &r);
}

/* What is whole of the text; the rest is kept. */
static void take(struct console_live *live, struct str text)
{
	struct str rest, line;

	buf_add(&live->part, text);
	if (buf_err(&live->part) != ERR_OK) { /* no record is so long */
		buf_clear(&live->part);
		return;
	}
	rest = buf_str(&live->part);
	while (str_cut(&rest, '\n', &line))
		if (line.n)
			tell_all(live, line);
	buf_drop(&live->part, live->part.n - rest.n);
}

/* What was written since; false: nothing. */
static bool read_more(struct console_live *live)
{
	static char octets[READ_ROOM];
	size_t sum = 0;

	for (ssize_t n; live->fd >= 0 && sum < READ_MAX; sum += (size_t)n) {
		n = read(live->fd, octets, sizeof(octets));
		if (n <= 0)
			break;
		take(live, (struct str){ octets, (size_t)n });
	}
	return sum > 0;
}

static int open_day(const struct console_live *live)
{
	char path[PATH_ROOM], name[JOURNAL_NAME];

	journal_day_name(&journal_day_records, str_of(live->day), name);
	if (snprintf(path, sizeof(path), "%s/%s", live->dir, name) >= (int)sizeof(path))
		return -1;
	return os_file_open(path);
}

/* Another file stands where this one was: it was moved away, or removed. */
static bool replaced(const struct console_live *live)
{
	CLEANUP(os_fd_close) int there = open_day(live);
	struct stat a, b;

	return there >= 0 && fstat(there, &a) == 0 && fstat(live->fd, &b) == 0 &&
	       !os_file_same(&a, &b);
}

/* The file of today, from its start where it was not there before. */
static void follow(struct console_live *live)
{
	char text[TIME_TEXT_MAX];
	struct str today = time_date(os_clock_wall(), text);
	bool same = str_eq(today, str_of(live->day));

	if (live->fd >= 0 && (read_more(live) || (same && !replaced(live))))
		return;
	os_fd_close(&live->fd);
	buf_clear(&live->part);
	(void)str_copy(live->day, sizeof(live->day), today);
	live->fd = open_day(live);
	(void)read_more(live);
}

/* Who is not logged in any more hears nothing more. */
static void part_company(struct console_live *live)
{
	int64_t now = os_clock_mono();

	for (struct list *i = live->listeners.next; i != &live->listeners; i = i->next) {
		struct listener *l = CONTAINER_OF(i, struct listener, link);
		if (l->over || console_logins_role(l->logins, str_of(l->cookie), now))
			continue;
		l->over = true;
		console_stream_end(l->stream);
	}
}

/* What was left out is told once a tick; who heard nothing for long, that we are here. */
static void keep_company(struct console_live *live)
{
	int64_t now = loop_now(live->loop);

	for (struct list *i = live->listeners.next; i != &live->listeners; i = i->next) {
		struct listener *l = CONTAINER_OF(i, struct listener, link);
		char words[128];
		if (l->over)
			continue;
		if (l->left_out > 0) {
			(void)snprintf(words, sizeof(words),
				       "event: thinned\ndata: {\"left_out\":%llu}\n\n",
				       (unsigned long long)l->left_out);
			if (console_stream_write(l->stream, str_of(words)) == ERR_OK)
				l->left_out = 0;
		} else if (now - l->last >= ALIVE_MS) {
			say(l, STR(": here\n\n"));
		}
		l->told = 0;
	}
}

static void tick(void *arg)
{
	struct console_live *live = arg;

	if (live->n == 0) { /* begun anew when somebody listens */
		os_fd_close(&live->fd);
		return;
	}
	part_company(live);
	follow(live);
	keep_company(live);
	loop_timer_set(live->tick, loop_now(live->loop) + TICK_MS);
}

/* From what is written from now on. */
static void begin(struct console_live *live)
{
	char text[TIME_TEXT_MAX];

	(void)str_copy(live->day, sizeof(live->day), time_date(os_clock_wall(), text));
	os_fd_close(&live->fd); /* of who went away since the last tick */
	live->fd = open_day(live);
	if (live->fd >= 0)
		(void)lseek(live->fd, 0, SEEK_END);
	buf_clear(&live->part);
	loop_timer_set(live->tick, loop_now(live->loop) + TICK_MS);
}

static void gone(void *arg)
{
	struct listener *l = arg;

	list_drop(&l->link);
	l->live->n--;
	console_target_clear(&l->target);
	free(l);
}

struct console_live *console_live_new(struct loop *loop, const char *dir)
{
	struct console_live *live = calloc(1, sizeof(*live));

	if (!live)
		return NULL;
	*live = (struct console_live){ .loop = loop,
				       .dir = dir,
				       .fd = -1,
				       .part = BUF_MAX(RECORD_MAX + READ_ROOM),
				       .room = BUF_MAX(RECORD_MAX) };
	list_init(&live->listeners);
	live->tick = loop_timer_new(loop, tick, live);
	if (!live->tick)
		console_live_free(&live);
	return live;
}

void console_live_free(struct console_live **lp)
{
	struct console_live *live = *lp;

	*lp = NULL;
	if (!live)
		return;
	if (live->tick)
		loop_timer_free(&live->tick);
	os_fd_close(&live->fd);
	buf_free(&live->part);
	buf_free(&live->room);
	free(live);
}

void console_live_open(struct console_request *r)
{
	struct console_live *live = r->site->live;
	CLEANUP(buf_free) struct buf why = BUF_MAX(READ_ROOM);
	struct listener *l;

	if (live->n >= CONSOLE_LIVE_MAX || !(l = calloc(1, sizeof(*l)))) {
		console_request_unbegun(r->x, live->n >= CONSOLE_LIVE_MAX ? ERR_LIMIT : ERR_NOMEM);
		return;
	}
	*l = (struct listener){ .live = live,
				.target = r->target, /* the request's own ends before the stream */
				.logins = &r->site->logins,
				.last = loop_now(live->loop) };
	r->target = (struct console_target){ 0 };
	list_init(&l->link);
	(void)str_copy(l->cookie, sizeof(l->cookie),
		       console_head_cookie(console_exchange_field(r->x, "Cookie")));
	bool is_read =
		console_filter_read(&l->target.query, os_clock_wall(), &l->filter, &why) == ERR_OK;
	/* Of HEAD the library would send the end of a body that it does not send. */
	bool is_head = str_eq(console_exchange_method(r->x), STR("HEAD"));
	if (!is_read)
		console_request_refuse(r->x, 400, buf_str(&why));
	else if (is_head)
		console_exchange_answer(r->x,
					&(struct console_answer){ .status = 200, .type = TYPE });
	if (!is_read || is_head) {
		console_target_clear(&l->target);
		free(l);
		return;
	}
	live->n++;
	list_add(&live->listeners, &l->link);
	l->stream = console_exchange_stream(r->x, TYPE, gone, l);
	if (!l->stream)
		return; /* gone() was called */
	if (live->n == 1)
		begin(live);
	say(l, STR(": here\n\n"));
}
