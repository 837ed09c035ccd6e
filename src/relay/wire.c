/*
 * What is true inside TLS: what has come is decrypted and handed on piece by piece, as long as
 * somebody reads; where reading pauses with some of it left (.left), the socket is not read
 * either, and the timer goes on with it when reading does.
 *
 * Octets of the application lie in one place for each thread, and are overwritten when they
 * have been handed on: a password may be among them.
 */
#include "relay/wire.h"

#include <stdlib.h>
#include <string.h>

#define PIECE 16384 /* a record of TLS */

struct relay_wire {
	struct loop *loop;
	struct loop_stream *stream;
	struct loop_timer *timer; /* inside TLS */
	struct tls_session *tls;  /* NULL: in the clear */
	const struct relay_wire_ops *ops;
	void *arg;
	enum loop_reading reading; /* what is wanted */
	bool left;                 /* something that came through TLS is */
	bool dead;                 /* TLS has failed, or the client said good-bye */
	bool busy;                 /* a callback runs: what it frees is released at its end */
	bool freed;
};

/* True: a callback has freed it, and now it is gone. */
static bool leave(struct relay_wire *w)
{
	w->busy = false;
	if (!w->freed)
		return false;
	free(w);
	return true;
}

/* What TLS has to say goes out. */
static enum err flush(struct relay_wire *w)
{
	struct str out = tls_session_output(w->tls);

	if (out.n == 0)
		return ERR_OK;
	enum err e = loop_stream_write(w->stream, out);
	tls_session_sent(w->tls, out.n);
	return e;
}

static void fail(struct relay_wire *w)
{
	w->dead = true;
	w->left = false;
	w->ops->failed(w->arg, tls_session_why(w->tls));
}

/* Hand on what has been decrypted, and what can be. */
static void deliver(struct relay_wire *w)
{
	static _Thread_local char octets[PIECE];
	struct buf plain = { .p = octets, .cap = PIECE, .max = PIECE };
	enum tls_state state = TLS_OPEN;

	while (!w->freed && !w->dead && w->reading == LOOP_READING) {
		buf_clear(&plain);
		state = tls_session_read(w->tls, &plain);
		w->left = plain.n > 0 && (state != TLS_OPEN || tls_session_more(w->tls));
		if (plain.n == 0)
			break;
		w->ops->input(w->arg, buf_str(&plain));
		explicit_bzero(octets, plain.n);
	}
	if (w->freed || w->dead)
		return;
	(void)flush(w);
	if (state == TLS_OPEN || w->left)
		return;
	if (state == TLS_FAILED) {
		fail(w);
		return;
	}
	w->dead = true;
	w->ops->ended(w->arg, LOOP_END_EOF, 0);
}

static void feed(struct relay_wire *w, struct str in)
{
	bool shaking = relay_wire_shakes(w);
	enum tls_state state = tls_session_feed(w->tls, in);

	(void)flush(w); /* a socket that fails tells by itself */
	if (state == TLS_FAILED) {
		fail(w);
		return;
	}
	if (shaking && state == TLS_OPEN)
		w->ops->secured(w->arg);
	if (!w->freed && state == TLS_OPEN) {
		w->left = tls_session_more(w->tls);
		deliver(w);
	}
	if (!w->freed && w->left)
		loop_stream_read(w->stream, LOOP_PAUSED);
}

static void input(void *arg, struct str in)
{
	struct relay_wire *w = arg;

	w->busy = true;
	if (!w->tls)
		w->ops->input(w->arg, in);
	else if (!w->dead)
		feed(w, in);
	(void)leave(w);
}

/* Reading goes on with what is left. */
static void again(void *arg)
{
	struct relay_wire *w = arg;

	w->busy = true;
	if (w->left)
		deliver(w);
	if (!leave(w))
		loop_stream_read(w->stream, w->left ? LOOP_PAUSED : w->reading);
}

static void drained(void *arg)
{
	struct relay_wire *w = arg;

	w->busy = true;
	w->ops->drained(w->arg);
	(void)leave(w);
}

static void ended(void *arg, enum loop_end end, int error)
{
	struct relay_wire *w = arg;

	w->busy = true;
	w->ops->ended(w->arg, end, error);
	(void)leave(w);
}

static const struct loop_stream_ops stream_ops = { NULL, input, drained, ended, NULL };

struct relay_wire *relay_wire_new(struct loop *l, int fd, const struct relay_wire_ops *ops,
				  void *arg)
{
	struct relay_wire *w = malloc(sizeof(*w));

	if (!w)
		return NULL;
	*w = (struct relay_wire){ .loop = l, .ops = ops, .arg = arg, .reading = LOOP_READING };
	w->stream = loop_stream_new(l, fd, &stream_ops, w);
	if (!w->stream) {
		free(w);
		return NULL;
	}
	return w;
}

void relay_wire_free(struct relay_wire **wp)
{
	struct relay_wire *w = *wp;

	*wp = NULL;
	if (!w)
		return;
	loop_stream_free(&w->stream);
	loop_timer_free(&w->timer);
	tls_session_free(&w->tls);
	w->freed = true;
	if (!w->busy)
		free(w);
}

enum err relay_wire_secure(struct relay_wire *w, struct tls_session *tls)
{
	w->timer = loop_timer_new(w->loop, again, w);
	if (!w->timer)
		return ERR_NOMEM;
	w->tls = tls;
	(void)flush(w); /* of a client there is something; a socket that fails tells by itself */
	return ERR_OK;
}

bool relay_wire_shakes(const struct relay_wire *w)
{
	return w->tls && tls_session_state(w->tls) == TLS_HANDSHAKE;
}

const struct tls_session *relay_wire_tls(const struct relay_wire *w)
{
	return w->tls && tls_session_state(w->tls) == TLS_OPEN ? w->tls : NULL;
}

enum err relay_wire_write(struct relay_wire *w, struct str octets)
{
	if (!w->tls)
		return loop_stream_write(w->stream, octets);
	if (w->dead)
		return ERR_OK; /* told already */
	enum err e = tls_session_write(w->tls, octets);
	return e == ERR_OK ? flush(w) : e;
}

void relay_wire_last_words(struct relay_wire *w, struct str octets)
{
	if (!w->tls) {
		loop_stream_last_words(w->stream, octets);
	} else if (tls_session_write(w->tls, octets) == ERR_OK) {
		tls_session_close(w->tls);
		loop_stream_last_words(w->stream, tls_session_output(w->tls));
	}
}

void relay_wire_shutdown(struct relay_wire *w)
{
	if (w->tls) {
		tls_session_close(w->tls);
		(void)flush(w);
	}
	loop_stream_shutdown(w->stream);
}

size_t relay_wire_pending(const struct relay_wire *w)
{
	return loop_stream_pending(w->stream);
}

void relay_wire_read(struct relay_wire *w, enum loop_reading reading)
{
	bool resumed = w->reading == LOOP_PAUSED && reading == LOOP_READING;

	w->reading = reading;
	if (!w->left)
		loop_stream_read(w->stream, reading);
	else if (resumed)
		loop_timer_set(w->timer, loop_now(w->loop));
}

void relay_wire_deadline(struct relay_wire *w, int64_t at)
{
	loop_stream_deadline(w->stream, at);
}
