/* What control.c and control_command.c share. */
#ifndef RELAY_CONTROL_PRIV_H
#define RELAY_CONTROL_PRIV_H

#include "base/jsonw.h"
#include "loop/stream.h"
#include "relay/control.h"

#include <jansson.h>

struct control_session {
	struct list link;
	struct relay_control *control;
	uint64_t id;
	struct loop_stream *stream;
	struct buf in, out;
	bool busy;    /* a command waits for others: the next is not read */
	bool closing; /* close once all is sent */
};

struct relay_control {
	struct relay_daemon *daemon;
	int fd;
	struct loop_watch *watch;
	struct list sessions;
	uint64_t next_id;
};

/* Append one frame to the session's output. */
void relay_control_frame(struct control_session *s, const struct buf *body);

/* The last frame of an answer, and the next request is read. */
void relay_control_end(struct control_session *s);
void relay_control_fail(struct control_session *s, int exit_status, struct str words);

/* The session with that id, or NULL: it has gone. */
struct control_session *relay_control_find(struct relay_control *c, uint64_t id);

/* After an answer that came later: read on, send. */
void relay_control_resume(struct control_session *s);

/* Carry out a request. */
void relay_control_command(struct control_session *s, const json_t *request);

#endif
