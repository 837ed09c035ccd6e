/*
 * A byte stream over a socket: connecting, reading, writing, one deadline.
 *
 * Output is written at once as far as the socket takes it and kept beyond;
 * TCP_NODELAY is on, so give whole turns.  Callbacks never come from inside a
 * call of the same stream, and each may free the stream.
 */
#ifndef LOOP_STREAM_H
#define LOOP_STREAM_H

#include "base/buf.h"
#include "base/ip.h"
#include "loop/loop.h"

struct loop_stream;

enum loop_end {
	LOOP_END_EOF,     /* the peer closed its side */
	LOOP_END_ERROR,   /* error holds errno */
	LOOP_END_TIMEOUT, /* the deadline passed */
};

struct loop_stream_ops {
	void (*connected)(void *arg); /* after loop_stream_connect() */
	/* Octets came; they are gone after the call. */
	void (*input)(void *arg, struct str in);
	/* Everything given to loop_stream_write() has been taken by the socket. */
	void (*drained)(void *arg);
	/* Over.  The stream is still to be freed.  error: errno, or 0. */
	void (*ended)(void *arg, enum loop_end end, int error);
	/*
	 * NULL, or asked when the deadline has come: a later one, where there is reason for it.
	 * It must not free the stream.
	 */
	int64_t (*late)(void *arg);
};

/* Over a connected socket, which becomes the stream's.  NULL: out of memory; fd stays. */
struct loop_stream *loop_stream_new(struct loop *l, int fd, const struct loop_stream_ops *ops,
				    void *arg) MUST_USE;

/*
 * Begin to connect; from: local address (family 0: any).  NULL: errno says what we lack; that
 * nobody is there, or no way leads there, is ended()'s to tell.
 */
struct loop_stream *loop_stream_connect(struct loop *l, const struct ip_port *to,
					const struct ip *from, const struct loop_stream_ops *ops,
					void *arg) MUST_USE;

/* Closes the socket.  Legal in callbacks. */
void loop_stream_free(struct loop_stream **s);

/* Write, or keep for later.  ERR_NOMEM; ERR_LIMIT: 4 MiB are kept.  What fails is told by ended. */
enum err loop_stream_write(struct loop_stream *s, struct str octets) MUST_USE;

/* As much as the socket takes at once, also when ended: a good-bye to one who was silent. */
void loop_stream_last_words(struct loop_stream *s, struct str octets);

/*
 * When ended with LOOP_END_ERROR, which a write may have met first: what the peer had said by then
 * and input() did not get, at most room octets.  How many there are.
 */
size_t loop_stream_rest(struct loop_stream *s, char *octets, size_t room);

/* Whether the peer has said what input() will get in a moment. */
bool loop_stream_unheard(const struct loop_stream *s);

/* No more will be written: the peer sees the end once it has read all. */
void loop_stream_shutdown(struct loop_stream *s);

/* Octets kept, not yet taken by the socket. */
size_t loop_stream_pending(const struct loop_stream *s);

/* Stop or go on reading: backpressure.  It reads from the start. */
enum loop_reading { LOOP_PAUSED, LOOP_READING };
void loop_stream_read(struct loop_stream *s, enum loop_reading reading);

/* ended(LOOP_END_TIMEOUT) at that time; INT64_MAX: never.  Cheap to move ahead. */
void loop_stream_deadline(struct loop_stream *s, int64_t at);

#endif
