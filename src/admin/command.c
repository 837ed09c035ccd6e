#include "admin/command.h"

#include "admin/errand.h"
#include "admin/metrics.h"
#include "admin/words.h"
#include "os/clock.h"

#include <stdlib.h>

#define EXIT_NO 1
#define EXIT_USAGE 2
#define LIST_MAX 256 /* messages in one answer */
#define WHY_MAX (1u << 16)

static void no_memory(struct admin_session *s)
{
	admin_session_fail(s, EXIT_NO, STR(ADMIN_NO_MEMORY));
}

/* A member of a request as text; empty where it is not there. */
static struct str text_of(const json_t *request, const char *key)
{
	const json_t *value = json_object_get(request, key);

	return json_is_string(value)
		       ? (struct str){ json_string_value(value), json_string_length(value) }
		       : STR_NONE;
}

static void begin_reading(struct admin_commands *c, struct admin_session *s,
			  const struct admin_reading *like)
{
	struct admin_reading *r = admin_reading_new(like->kind, admin_session_id(s));

	if (!r) {
		no_memory(s);
		return;
	}
	r->id = like->id;
	r->max = like->max;
	r->look = like->look;
	r->filter = like->filter;
	r->content = like->content;
	r->metrics = like->metrics;
	admin_reader_ask(c->reader, r);
}

static void run_status(struct admin_commands *c, struct admin_session *s, const json_t *request)
{
	(void)request;
	begin_reading(c, s, &(struct admin_reading){ .kind = ADMIN_READ_OLDEST });
}

static void run_metrics(struct admin_commands *c, struct admin_session *s, const json_t *request)
{
	(void)request;
	begin_reading(c, s, &(struct admin_reading){ .kind = ADMIN_READ_OLDEST, .metrics = true });
}

/* Whether the counts say that there is none of that state: then nobody has to look. */
static bool is_none(const struct admin_commands *c, const struct admin_filter *f)
{
	struct queue_counts counts;

	queue_counts(c->daemon.queue, &counts);
	const uint64_t n[] = { [QUEUE_STATE_WAITING] = counts.deferred,
			       [QUEUE_STATE_HELD] = counts.held,
			       [QUEUE_STATE_FAILED] = counts.failed,
			       [QUEUE_STATE_ACTIVE] = counts.active };
	return f->by_state && n[f->state] == 0;
}

static void run_list(struct admin_commands *c, struct admin_session *s, const json_t *request)
{
	struct admin_reading like = { .kind = ADMIN_READ_LIST, .max = LIST_MAX };
	struct str after = text_of(request, "after");
	json_int_t look = json_integer_value(json_object_get(request, "look"));
	const char *why = admin_filter_read(request, &like.filter);

	like.look = look > 0 ? (size_t)look : 0;
	if (after.n && !queue_id_read(after, &like.id))
		why = ADMIN_BAD_AFTER;
	if (why)
		admin_session_fail(s, EXIT_USAGE, str_of(why));
	else if (is_none(c, &like.filter))
		admin_session_end(s);
	else
		begin_reading(c, s, &like);
}

/* What the line would do to mail that waits, some of it at a time. */
static void run_try(struct admin_commands *c, struct admin_session *s, const json_t *request)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	struct str after = text_of(request, "after");
	struct admin_reading *r = admin_reading_new(ADMIN_READ_FORESEE, admin_session_id(s));
	const struct admin_foresight_setup setup = {
		.line = text_of(request, "line"),
		.settings = c->daemon.settings(c->daemon.daemon),
		.known = admin_reader_known,
		.arg = c->reader,
		.now_wall_ms = os_clock_wall(),
	};
	enum err e = r ? admin_foresight_new(&setup, &r->foresight, &why) : ERR_NOMEM;

	if (e == ERR_OK && (after.n == 0 || queue_id_read(after, &r->id))) {
		admin_reader_ask(c->reader, r);
		return;
	}
	admin_reading_free(&r);
	if (e == ERR_NOMEM)
		no_memory(s);
	else
		admin_session_fail(s, EXIT_USAGE,
				   e == ERR_OK ? STR(ADMIN_BAD_AFTER) : str_trim(buf_str(&why)));
}

static bool read_id(const json_t *request, queue_id *id)
{
	return queue_id_read(text_of(request, "id"), id) && *id;
}

static void run_show(struct admin_commands *c, struct admin_session *s, const json_t *request)
{
	struct admin_reading like = { .kind = ADMIN_READ_SHOW,
				      .content =
					      json_is_true(json_object_get(request, "content")) };

	if (read_id(request, &like.id))
		begin_reading(c, s, &like);
	else
		admin_errand_no_message(s, text_of(request, "id"));
}

/* The list of IDs of a request; false: it is none, or one in it is none, or there are too many. */
static bool read_ids(const json_t *list, queue_id *ids, size_t *n)
{
	size_t i;
	json_t *value;

	*n = 0;
	if (!json_is_array(list))
		return false;
	json_array_foreach(list, i, value)
	{
		struct str text = str_of(json_string_value(value));
		if (*n == LIST_MAX || !queue_id_read(text, &ids[*n]) || ids[*n] == 0)
			return false;
		++*n;
	}
	return true;
}

static void run_errands(struct admin_commands *c, struct admin_session *s, const json_t *list,
			enum queue_job_kind kind)
{
	queue_id ids[LIST_MAX];
	struct admin_errand_ids which = { .id = ids };

	if (read_ids(list, ids, &which.n))
		admin_errand_store_each(&c->daemon, &c->sessions, s, kind, &which);
	else
		admin_session_fail(s, EXIT_USAGE, STR(ADMIN_BAD_IDS));
}

/* Which messages are meant is said once: who says "all" beside an ID, or a filter, means less. */
static bool says_which(const json_t *request)
{
	static const char *const filters[] = {
		"from", "to", "state", "status", "text", "older_ms"
	};
	const json_t *all = json_object_get(request, "all");
	bool id = json_object_get(request, "id"), ids = json_object_get(request, "ids");

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		if (json_object_get(request, filters[i]))
			return false;
	return (!all || json_is_true(all)) && id + ids + (all != NULL) == 1;
}

static void run_errand(struct admin_commands *c, struct admin_session *s, const json_t *request,
		       enum queue_job_kind kind)
{
	const json_t *list = json_object_get(request, "ids");
	queue_id id = 0;

	if (!says_which(request))
		admin_session_fail(s, EXIT_USAGE, STR(ADMIN_BAD_WHICH));
	else if (list)
		run_errands(c, s, list, kind);
	else if (json_object_get(request, "all") || read_id(request, &id))
		admin_errand_store(&c->daemon, &c->sessions, s, kind, id);
	else
		admin_errand_no_message(s, text_of(request, "id"));
}

static void run_retry(struct admin_commands *c, struct admin_session *s, const json_t *request)
{
	run_errand(c, s, request, QUEUE_RETRY);
}

static void run_hold(struct admin_commands *c, struct admin_session *s, const json_t *request)
{
	run_errand(c, s, request, QUEUE_HOLD);
}

static void run_release(struct admin_commands *c, struct admin_session *s, const json_t *request)
{
	run_errand(c, s, request, QUEUE_RELEASE);
}

static void run_remove(struct admin_commands *c, struct admin_session *s, const json_t *request)
{
	run_errand(c, s, request, QUEUE_REMOVE);
}

static void run_bounce(struct admin_commands *c, struct admin_session *s, const json_t *request)
{
	run_errand(c, s, request, QUEUE_EXPIRE);
}

static void run_reload(struct admin_commands *c, struct admin_session *s, const json_t *request)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	enum err e = c->daemon.reload(c->daemon.daemon, &why);

	(void)request;
	if (e == ERR_OK)
		admin_session_end(s);
	else if (e == ERR_NOMEM)
		no_memory(s);
	else
		admin_session_fail(s, e == ERR_LIMIT ? EXIT_NO : EXIT_USAGE,
				   str_trim(buf_str(&why)));
}

static void run_probe(struct admin_commands *c, struct admin_session *s, const json_t *request)
{
	(void)request;
	c->daemon.reprobe(c->daemon.daemon);
	admin_session_end(s);
}

/* Who speaks for others says for whom: view is for good, so that no later request is more. */
static void run_role(struct admin_commands *c, struct admin_session *s, const json_t *request)
{
	struct str role = text_of(request, "role");
	bool view = str_eq(role, STR("view"));

	(void)c;
	if (!view && !str_eq(role, STR("admin"))) {
		admin_session_fail(s, EXIT_USAGE, STR(ADMIN_BAD_ROLE));
		return;
	}
	if (view)
		admin_session_narrow(s);
	admin_session_end(s);
}

enum effect { LOOKS, CHANGES };

static const struct command {
	struct str name;
	void (*run)(struct admin_commands *c, struct admin_session *s, const json_t *request);
	enum effect effect;
} commands[] = {
	{ STR_INIT("status"), run_status, LOOKS },
	{ STR_INIT("reload"), run_reload, CHANGES },
	{ STR_INIT("queue-list"), run_list, LOOKS },
	{ STR_INIT("queue-show"), run_show, LOOKS },
	{ STR_INIT("queue-retry"), run_retry, CHANGES },
	{ STR_INIT("queue-hold"), run_hold, CHANGES },
	{ STR_INIT("queue-release"), run_release, CHANGES },
	{ STR_INIT("queue-remove"), run_remove, CHANGES },
	{ STR_INIT("queue-bounce"), run_bounce, CHANGES },
	{ STR_INIT("probe"), run_probe, LOOKS },
	{ STR_INIT("criteria-try"), run_try, LOOKS },
	{ STR_INIT("metrics"), run_metrics, LOOKS },
	{ STR_INIT("role"), run_role, LOOKS },
};

void admin_command_run(void *arg, struct admin_session *s, const json_t *request)
{
	struct str name = text_of(request, "command");

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!str_eq(name, commands[i].name))
			continue;
		if (commands[i].effect == CHANGES && admin_session_looks(s))
			admin_session_fail(s, EXIT_NO, STR(ADMIN_LOOKS));
		else
			commands[i].run(arg, s, request);
		return;
	}
	admin_session_fail(s, EXIT_USAGE, STR(ADMIN_UNKNOWN));
}

/* A piece that its session's peer waits for, and who brings the next. */
struct piece {
	struct admin_reader *reader;
	struct admin_reading *reading;
};

static void piece_taken(void *arg)
{
	struct piece *p = arg;

	admin_reader_ask(p->reader, p->reading);
	free(p);
}

static void piece_gone(void *arg)
{
	struct piece *p = arg;

	admin_reading_free(&p->reading);
	free(p);
}

/* The frames go to the peer, and when it has taken them, the next are read.  Takes r. */
static void go_on(struct admin_commands *c, struct admin_session *s, struct admin_reading *r)
{
	struct piece *p = malloc(sizeof(*p));

	if (!p) {
		admin_reading_free(&r);
		no_memory(s);
		return;
	}
	*p = (struct piece){ c->reader, r };
	admin_session_then(s, piece_taken, piece_gone, p);
}

static void end_reading(struct admin_session *s, const struct admin_reading *r)
{
	char last[QUEUE_ID_MAX];

	if (r->others)
		admin_session_end_more(s, queue_id_text(r->id, last));
	else
		admin_session_end(s);
}

void admin_command_read(void *arg, struct admin_reading *r)
{
	struct admin_commands *c = arg;
	struct admin_session *s = admin_sessions_find(&c->sessions, r->session);

	if (s && r->kind == ADMIN_READ_OLDEST) {
		admin_errand_state(&c->daemon, &c->sessions, s,
				   r->err == ERR_OK ? &r->oldest_wall_ms : NULL,
				   r->metrics ? admin_metrics_document : admin_state_status);
	} else if (s && r->err == ERR_SYNTAX) {
		admin_errand_no_message(s, queue_id_text(r->id, (char[QUEUE_ID_MAX]){ 0 }));
	} else if (s && r->err != ERR_OK) {
		admin_session_fail(s, EXIT_NO, STR(ADMIN_NOT_READ));
	} else if (s) {
		admin_session_frames(s, buf_str(&r->frames));
		if (r->more) {
			go_on(c, s, r);
			return;
		}
		end_reading(s, r);
	}
	admin_reading_free(&r);
}
