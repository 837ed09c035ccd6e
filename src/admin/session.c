/*
 * What is true: a session is busy from the moment a request was taken off its
 * input until the last frame of the answer is written; while it is, no other is
 * taken.  It is freed in flow() or by its stream's end, never while running.
 */
#include "admin/session.h"

#include "admin/words.h"
#include "control/control.h"
#include "loop/stream.h"

#include <stdlib.h>

#define IN_MAX (CONTROL_REQUEST_MAX + (1u << 17)) /* a request, and what else one read brought */
#define OUT_MAX (CONTROL_FRAME_MAX + (1u << 20))
#define PIECE_MAX (1u << 20) /* the stream keeps four times that */
#define EXIT_USAGE 2
#define FIRST_MS 60000 /* until the first request has come */

struct admin_session {
	struct list link;
	struct admin_sessions *all;
	uint64_t id;
	struct loop_stream *stream;
	struct buf in, out;
	bool busy;    /* a request is being answered */
	bool running; /* from inside run_all(), which sends and frees afterwards */
	bool closing; /* close once all is sent */
	bool looks;   /* it may change nothing */
	/* Once all is sent: one of the two, and then neither. */
	void (*taken)(void *arg);
	void (*gone)(void *arg);
	void *arg;
};

static void tell_room(struct admin_sessions *all)
{
	if (all->room)
		all->room(all->room_arg);
}

static void session_free(struct admin_session *s)
{
	struct admin_sessions *all = s->all;

	list_drop(&s->link);
	all->n--;
	loop_stream_free(&s->stream);
	buf_free(&s->in);
	buf_free(&s->out);
	if (s->gone)
		s->gone(s->arg);
	free(s);
	tell_room(all);
}

static void tell_taken(struct admin_session *s)
{
	void (*taken)(void *arg) = s->taken;

	s->taken = NULL;
	s->gone = NULL;
	if (taken)
		taken(s->arg);
}

/* Send what there is, piece by piece as the socket takes it. */
static void flow(struct admin_session *s)
{
	while (s->out.n && loop_stream_pending(s->stream) == 0) {
		struct str piece = str_head(buf_str(&s->out), PIECE_MAX);
		if (loop_stream_write(s->stream, piece) != ERR_OK)
			s->closing = true;
		buf_drop(&s->out, piece.n);
	}
	if (s->out.n || loop_stream_pending(s->stream))
		return;
	if (s->closing) {
		session_free(s);
		return;
	}
	tell_taken(s);
	if (!s->busy)
		tell_room(s->all); /* only now it may be ended for another */
}

static void run_request(struct admin_session *s, struct str body)
{
	json_t *request = json_loadb(body.p, body.n, 0, NULL);

	s->busy = true;
	loop_stream_deadline(s->stream, INT64_MAX);
	list_drop(&s->link);
	list_add(&s->all->all, &s->link);
	if (json_is_object(request))
		s->all->run(s->all->arg, s, request);
	else
		admin_session_fail(s, EXIT_USAGE, STR(ADMIN_NO_OBJECT));
	json_decref(request);
}

/* Requests that are here whole, one after the other. */
static void run_all(struct admin_session *s)
{
	s->running = true;
	while (!s->busy && !s->closing) {
		struct str body;
		size_t used;
		if (control_read(buf_str(&s->in), CONTROL_REQUEST_MAX, &body, &used) != ERR_OK) {
			s->closing = true;
			break;
		}
		if (used == 0)
			break;
		run_request(s, body);
		buf_drop(&s->in, used);
	}
	s->running = false;
	flow(s);
}

uint64_t admin_session_id(const struct admin_session *s)
{
	return s->id;
}

void admin_session_narrow(struct admin_session *s)
{
	s->looks = true;
}

bool admin_session_looks(const struct admin_session *s)
{
	return s->looks;
}

void admin_session_frame(struct admin_session *s, const struct buf *document)
{
	if (buf_err(document) != ERR_OK || control_write(&s->out, buf_str(document)) != ERR_OK)
		s->closing = true;
}

void admin_session_frames(struct admin_session *s, struct str frames)
{
	buf_add(&s->out, frames);
	if (buf_err(&s->out) != ERR_OK)
		s->closing = true;
}

void admin_session_then(struct admin_session *s, void (*taken)(void *arg), void (*gone)(void *arg),
			void *arg)
{
	s->taken = taken;
	s->gone = gone;
	s->arg = arg;
	if (!s->running)
		flow(s);
}

static void end(struct admin_session *s, const struct control_last *last)
{
	control_write_last(&s->out, last);
	if (buf_err(&s->out) != ERR_OK)
		s->closing = true;
	s->busy = false;
	if (!s->running)
		run_all(s);
}

void admin_session_end(struct admin_session *s)
{
	end(s, &(struct control_last){ 0 });
}

void admin_session_end_count(struct admin_session *s, uint64_t count)
{
	end(s, &(struct control_last){ .count = &count });
}

void admin_session_end_some(struct admin_session *s, uint64_t count, uint64_t refused,
			    const struct admin_refusal *why)
{
	end(s, &(struct control_last){ .count = &count,
				       .refused = refused,
				       .why = why->words,
				       .remedy = why->remedy });
}

void admin_session_end_more(struct admin_session *s, struct str last)
{
	end(s, &(struct control_last){ .more = true, .last = last });
}

void admin_session_fail(struct admin_session *s, int exit_status, struct str words)
{
	end(s, &(struct control_last){ .error = words, .exit = exit_status });
}

void admin_session_refuse(struct admin_session *s, int exit_status, const struct admin_refusal *why)
{
	end(s, &(struct control_last){
		       .error = why->words, .exit = exit_status, .remedy = why->remedy });
}

static void input(void *arg, struct str in)
{
	struct admin_session *s = arg;

	buf_add(&s->in, in);
	if (buf_err(&s->in) != ERR_OK)
		s->closing = true;
	run_all(s);
}

static void drained(void *arg)
{
	flow(arg);
}

static void ended(void *arg, enum loop_end how, int error)
{
	(void)how;
	(void)error;
	session_free(arg);
}

static const struct loop_stream_ops ops = { NULL, input, drained, ended, NULL };

enum err admin_session_new(struct admin_sessions *all, int fd)
{
	struct admin_session *s = calloc(1, sizeof(*s));

	if (!s)
		return ERR_NOMEM;
	s->stream = loop_stream_new(all->loop, fd, &ops, s);
	if (!s->stream) {
		free(s);
		return ERR_NOMEM;
	}
	s->all = all;
	s->id = ++all->last_id;
	loop_stream_deadline(s->stream, loop_now(all->loop) + FIRST_MS);
	s->in = BUF_MAX(IN_MAX);
	s->out = BUF_MAX(OUT_MAX);
	list_init(&s->link);
	list_add(&all->all, &s->link);
	all->n++;
	return ERR_OK;
}

void admin_sessions_init(struct admin_sessions *all, struct loop *loop, admin_session_run *run,
			 void *arg)
{
	*all = (struct admin_sessions){ .loop = loop, .run = run, .arg = arg };
	list_init(&all->all);
}

void admin_sessions_clear(struct admin_sessions *all)
{
	while (!list_empty(&all->all))
		session_free(CONTAINER_OF(all->all.next, struct admin_session, link));
}

/* Half a request is none, and an answer is one until it was taken. */
static bool is_idle(const struct admin_session *s)
{
	return !s->busy && !s->closing && s->out.n == 0 && loop_stream_pending(s->stream) == 0 &&
	       !loop_stream_unheard(s->stream);
}

static struct admin_session *longest_idle(const struct admin_sessions *all)
{
	for (struct list *l = all->all.next; l != &all->all; l = l->next) {
		struct admin_session *s = CONTAINER_OF(l, struct admin_session, link);
		if (is_idle(s))
			return s;
	}
	return NULL;
}

bool admin_sessions_any_idle(const struct admin_sessions *all)
{
	return longest_idle(all) != NULL;
}

bool admin_sessions_end_idle(struct admin_sessions *all)
{
	struct admin_session *s = longest_idle(all);

	if (s)
		session_free(s);
	return s != NULL;
}

struct admin_session *admin_sessions_find(struct admin_sessions *all, uint64_t id)
{
	for (struct list *l = all->all.next; l != &all->all; l = l->next) {
		struct admin_session *s = CONTAINER_OF(l, struct admin_session, link);
		if (s->id == id)
			return s;
	}
	return NULL;
}
