/* For the tests of this folder: a peer of a session, and a loop that runs until it is answered. */
#ifndef ADMIN_BED_PRIV_H
#define ADMIN_BED_PRIV_H

#include "admin/session.h"
#include "base/test.h"
#include "control/control.h"
#include "loop/stream.h"

#include <stdlib.h>
#include <sys/socket.h>

#define BED_ROOM (2 * CONTROL_FRAME_MAX)

struct bed_peer {
	struct loop *loop;
	struct loop_stream *stream;
	struct buf in;
	struct buf frames; /* bodies, a line each */
	size_t ends;       /* last frames seen */
	size_t wanted;     /* of them, until the loop is stopped */
	bool gone;         /* the session has ended */
};

static inline void bed_take(struct bed_peer *p)
{
	struct str body;
	size_t used;

	while (control_read(buf_str(&p->in), CONTROL_FRAME_MAX, &body, &used) == ERR_OK && used) {
		buf_add(&p->frames, body);
		buf_addc(&p->frames, '\n');
		p->ends += str_starts(body, STR("{\"end\":true"));
		buf_drop(&p->in, used);
	}
	if (p->ends >= p->wanted)
		loop_stop(p->loop);
}

static inline void bed_input(void *arg, struct str in)
{
	struct bed_peer *p = arg;

	buf_add(&p->in, in);
	bed_take(p);
}

static inline void bed_drained(void *arg)
{
	(void)arg;
}

static inline void bed_ended(void *arg, enum loop_end how, int error)
{
	struct bed_peer *p = arg;

	(void)how;
	(void)error;
	p->gone = true;
	loop_stream_free(&p->stream);
	loop_stop(p->loop);
}

static const struct loop_stream_ops bed_ops = { NULL, bed_input, bed_drained, bed_ended, NULL };

/* The peer at the other end of fd. */
static inline void bed_peer_over(struct bed_peer *p, struct loop *loop, int fd)
{
	*p = (struct bed_peer){ .loop = loop,
				.in = BUF_MAX(BED_ROOM),
				.frames = BUF_MAX(BED_ROOM) };
	p->stream = loop_stream_new(loop, fd, &bed_ops, p);
	if (!p->stream)
		exit(1);
}

/* A session and its peer. */
static inline void bed_peer_new(struct bed_peer *p, struct admin_sessions *all)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) < 0 ||
	    admin_session_new(all, fd[0]) != ERR_OK)
		exit(1);
	bed_peer_over(p, all->loop, fd[1]);
}

static inline void bed_peer_clear(struct bed_peer *p)
{
	loop_stream_free(&p->stream);
	buf_free(&p->in);
	buf_free(&p->frames);
}

static inline void bed_say(struct bed_peer *p, struct str octets)
{
	if (!p->stream || loop_stream_write(p->stream, octets) != ERR_OK)
		exit(1);
}

/* Run until so many answers are whole, or the session has ended. */
static inline void bed_wait(struct bed_peer *p, size_t answers)
{
	p->wanted = answers;
	while (p->ends < answers && !p->gone)
		if (loop_run(p->loop) != ERR_OK)
			exit(1);
}

/* How many lines there are. */
static inline size_t bed_lines(struct str s)
{
	struct str line;
	size_t n = 0;

	while (str_line(&s, &line))
		n++;
	return n;
}

/* The frames of the answer to a request, a line each; what came before is forgotten. */
static inline struct str bed_ask(struct bed_peer *p, struct str request)
{
	CLEANUP(buf_free) struct buf frame = BUF_MAX(CONTROL_REQUEST_MAX);

	buf_clear(&p->frames);
	p->ends = 0;
	if (control_write(&frame, request) != ERR_OK)
		exit(1);
	bed_say(p, buf_str(&frame));
	bed_wait(p, 1);
	return buf_str(&p->frames);
}

#endif
