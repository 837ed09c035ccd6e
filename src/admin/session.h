/*
 * A conversation on the control socket: requests come in one after the other,
 * each is answered with frames before the next is read.  src/control/README.md is
 * the vocabulary.  On the daemon's thread.
 *
 * An answer may take its time.  Who gives it keeps the session's id, and finds
 * the session again, or nothing.
 */
#ifndef ADMIN_SESSION_H
#define ADMIN_SESSION_H

#include "base/buf.h"
#include "base/list.h"

#include <jansson.h>

struct loop;
struct admin_session;

/* Carry out a request, a JSON object: it ends with admin_session_end() or _fail(), now or later. */
typedef void admin_session_run(void *arg, struct admin_session *s, const json_t *request);

/* All sessions of a socket, and what they have in common. */
struct admin_sessions {
	struct loop *loop;
	admin_session_run *run;
	void *arg;
	struct list all; /* who came, or was busy, last stands last */
	size_t n;
	uint64_t last_id;
	void (*room)(void *arg); /* one has ended or become idle; NULL: nobody asks */
	void *room_arg;
};

void admin_sessions_init(struct admin_sessions *all, struct loop *loop, admin_session_run *run,
			 void *arg);
/* End all without a word. */
void admin_sessions_clear(struct admin_sessions *all);

/*
 * End the one that has been idle longest, since it was answered or, where it has not asked
 * anything, since it came.  False: there is none; whose request is here already is none.
 */
bool admin_sessions_end_idle(struct admin_sessions *all);
bool admin_sessions_any_idle(const struct admin_sessions *all);

/* The session with that id, or NULL: it has gone. */
struct admin_session *admin_sessions_find(struct admin_sessions *all, uint64_t id);

/* Over a connected stream socket, which becomes the session's.  ERR_NOMEM: fd stays. */
enum err admin_session_new(struct admin_sessions *all, int fd) MUST_USE;

uint64_t admin_session_id(const struct admin_session *s);

/* From now on, and for good, it only looks: who speaks for others so does for who may no more. */
void admin_session_narrow(struct admin_session *s);
bool admin_session_looks(const struct admin_session *s);

/* One frame more of the answer. */
void admin_session_frame(struct admin_session *s, const struct buf *document);

/* Frames, whole, as control_write() makes them. */
void admin_session_frames(struct admin_session *s, struct str frames);

/*
 * Call taken(arg) once the peer's socket has taken all that was written so far, as
 * back pressure, or gone(arg) where the session ends before that.  s may be gone after this.
 */
void admin_session_then(struct admin_session *s, void (*taken)(void *arg), void (*gone)(void *arg),
			void *arg);

/* The last frame of an answer, after which the next request is read.  s may be gone after these. */
void admin_session_end(struct admin_session *s);
void admin_session_end_count(struct admin_session *s, uint64_t count);
/*
 * Why something could not be done: in words, and, where there is one, the command that would
 * do ("queue release ID").  Both are borrowed.
 */
struct admin_refusal {
	struct str words, remedy;
};
/* Some were touched, others refused; why: of the first. */
void admin_session_end_some(struct admin_session *s, uint64_t count, uint64_t refused,
			    const struct admin_refusal *why);
/* There are others after the ID that was looked at last: ask again. */
void admin_session_end_more(struct admin_session *s, struct str last);
void admin_session_fail(struct admin_session *s, int exit_status, struct str words);
void admin_session_refuse(struct admin_session *s, int exit_status,
			  const struct admin_refusal *why);

#endif
