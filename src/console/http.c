/*
 * The library keeps its connections in an epoll descriptor of its own, which our loop watches.
 *
 * A request that is answered later is suspended, and so is a stream that has nothing to say: the
 * library forgets them until they are resumed.  So neither can go away meanwhile, and a pointer
 * to an exchange is good until it was answered.
 */
#include "console/http.h"

#include "base/ip.h"
#include "base/list.h"
#include "console/library.h"
#include "console/linger.h"
#include "console/words.h"
#include "os/file.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum {
	CONNECTIONS_MAX = 256,
	CONNECTIONS_ONE = CONNECTIONS_MAX / 2, /* of one address, so that it does not have all */
	PATIENCE_S = 60,
	LEAST_RATE = 1024, /* octets a second of a body that takes longer */
	CONNECTION_OCTETS = 32768,
	READ_ROOM = 16384,
	HELD_MAX = 256 << 20, /* octets of all bodies */
};

/* Not const: the library takes it as void *. */
static char ciphers[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

static const struct console_library *lib; /* loaded before there is anything to be served */

struct console_http {
	struct MHD_Daemon *daemon;
	struct loop *loop;
	struct loop_watch *watch;
	struct loop_timer *timer;
	struct console_lingers *lingers;
	const struct console_http_ops *ops;
	void *arg;
	struct list waiting; /* exchanges that are suspended, and streams that are */
	uint64_t held;       /* octets of bodies */
	bool over;
};

struct console_exchange {
	struct console_http *http;
	struct MHD_Connection *connection;
	struct list link; /* of those that wait */
	char *target;
	const char *method;
	char peer[IP_TEXT_MAX];
	struct buf body;
	uint64_t body_max;
	uint64_t received;
	int64_t began; /* with its body */
	bool begun, whole, large, crowded, suspended, answered;
	bool ahead;                    /* its body is still to come, or some of it */
	struct MHD_Response *response; /* of what was answered; NULL: the connection is closed */
	unsigned status;
	void *own;
	void (*clear)(void *own);
};

struct console_stream {
	struct console_exchange *x;
	struct buf out;
	bool suspended, ended;
	void (*gone)(void *arg);
	void *arg;
};

/* When the library wants to run again. */
static void schedule(struct console_http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (lib->timeout(h->daemon, &ms) == MHD_YES)
		loop_timer_set(h->timer, loop_now(h->loop) + (int64_t)ms);
	else
		loop_timer_unset(h->timer);
}

static void run(void *arg)
{
	struct console_http *h = arg;

	(void)lib->run(h->daemon);
	schedule(h);
}

static void ready(void *arg, unsigned events)
{
	(void)events;
	run(arg);
}

/* In the next turn: what resumes may stand in the middle of the library. */
static void run_soon(struct console_http *h)
{
	loop_timer_set(h->timer, loop_now(h->loop));
}

static void suspend(struct console_exchange *x)
{
	x->suspended = true;
	list_add(&x->http->waiting, &x->link);
	lib->suspend(x->connection);
}

static void resume(struct console_exchange *x)
{
	if (!x->suspended)
		return;
	x->suspended = false;
	list_drop(&x->link);
	lib->resume(x->connection);
	if (!x->http->over)
		run_soon(x->http);
}

struct str console_exchange_method(const struct console_exchange *x)
{
	return str_of(x->method);
}

struct str console_exchange_target(const struct console_exchange *x)
{
	return str_of(x->target);
}

struct str console_exchange_peer(const struct console_exchange *x)
{
	return str_of(x->peer);
}

struct str console_exchange_field(const struct console_exchange *x, const char *name)
{
	return str_of(lib->field(x->connection, MHD_HEADER_KIND, name));
}

struct times {
	struct str name;
	size_t n;
};

static enum MHD_Result count(void *arg, enum MHD_ValueKind kind, const char *name,
			     const char *value)
{
	struct times *t = arg;

	(void)kind;
	(void)value;
	t->n += str_eq_nocase(str_of(name), t->name);
	return MHD_YES;
}

size_t console_exchange_times(const struct console_exchange *x, const char *name)
{
	struct times t = { str_of(name), 0 };

	(void)lib->fields(x->connection, MHD_HEADER_KIND, count, &t);
	return t.n;
}

struct str console_exchange_body(const struct console_exchange *x)
{
	return buf_str(&x->body);
}

void *console_exchange_own(const struct console_exchange *x)
{
	return x->own;
}

void console_exchange_keep(struct console_exchange *x, void *own, void (*clear)(void *own))
{
	x->own = own;
	x->clear = clear;
}

/* What a browser is to hold to, whatever is shown to it. */
static const struct console_field always[] = {
	{ "Content-Security-Policy",
	  STR_INIT("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
		   "connect-src 'self'; form-action 'self'; base-uri 'none'; "
		   "frame-ancestors 'none'") },
	{ "X-Content-Type-Options", STR_INIT("nosniff") },
	{ "X-Frame-Options", STR_INIT("DENY") },
	{ "Referrer-Policy", STR_INIT("same-origin") },
	{ "Cross-Origin-Opener-Policy", STR_INIT("same-origin") },
	{ "Cross-Origin-Resource-Policy", STR_INIT("same-origin") },
	{ "Permissions-Policy", STR_INIT("camera=(), geolocation=(), microphone=()") },
};

static bool add_field(struct MHD_Response *r, const char *name, struct str value)
{
	char *z = str_z(value);
	bool ok = z && lib->add(r, name, z) == MHD_YES;

	free(z);
	return ok;
}

/* Headers of every answer; nothing is kept by anybody unless an answer says so itself. */
static bool dress(struct MHD_Response *r, const struct console_answer *a)
{
	bool ok = true, cached = false;

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		ok = ok && add_field(r, always[i].name, always[i].value);
	for (size_t i = 0; i < CONSOLE_FIELDS_MAX && a->field[i].name; i++) {
		ok = ok && add_field(r, a->field[i].name, a->field[i].value);
		cached |= str_eq(str_of(a->field[i].name), STR("Cache-Control"));
	}
	if (!cached)
		ok = ok && add_field(r, "Cache-Control", STR("no-store"));
	if (a->type)
		ok = ok && add_field(r, "Content-Type", str_of(a->type));
	return ok;
}

static void answer_with(struct console_exchange *x, struct MHD_Response *r, int status)
{
	x->response = r;
	x->status = (unsigned)status;
	x->answered = true;
	resume(x);
}

void console_exchange_answer(struct console_exchange *x, const struct console_answer *a)
{
	union {
		const char *octets;
		void *theirs; /* the library copies, and does not say const */
	} body = { a->body.n ? a->body.p : "" };

	if (x->answered)
		return;
	struct MHD_Response *r = lib->whole(a->body.n, body.theirs, MHD_RESPMEM_MUST_COPY);
	/* What comes behind the answer is no request. */
	bool ok = r && dress(r, a) && (!x->ahead || add_field(r, "Connection", STR("close")));
	if (r && !ok) {
		lib->destroy(r);
		r = NULL;
	}
	/* Without one the connection is closed: that, too, is an answer. */
	answer_with(x, r, a->status);
}

/* Below: streams. */

static ssize_t read_stream(void *arg, uint64_t at, char *to, size_t max)
{
	struct console_stream *s = arg;
	size_t n = s->out.n < max ? s->out.n : max;

	(void)at;
	if (n > 0) {
		memcpy(to, s->out.p, n);
		buf_drop(&s->out, n);
		return (ssize_t)n;
	}
	if (s->ended || s->x->http->over)
		return MHD_CONTENT_READER_END_OF_STREAM;
	s->suspended = true;
	suspend(s->x);
	return 0;
}

static void free_stream(void *arg)
{
	struct console_stream *s = arg;

	s->gone(s->arg);
	buf_free(&s->out);
	free(s);
}

struct console_stream *console_exchange_stream(struct console_exchange *x, const char *type,
					       void (*gone)(void *arg), void *arg)
{
	const struct console_answer a = { .type = type };
	struct console_stream *s = calloc(1, sizeof(*s));
	struct MHD_Response *r = NULL;

	if (s) {
		*s = (struct console_stream){
			.x = x, .out = BUF_MAX(CONSOLE_STREAM_MAX), .gone = gone, .arg = arg
		};
		r = lib->stream(MHD_SIZE_UNKNOWN, READ_ROOM, read_stream, s, free_stream);
	}
	if (r && dress(r, &a)) {
		answer_with(x, r, MHD_HTTP_OK);
		return s;
	}
	if (r)
		lib->destroy(r); /* and so the stream */
	else
		free(s);
	answer_with(x, NULL, 0);
	return NULL;
}

enum err console_stream_write(struct console_stream *s, struct str octets)
{
	if (s->out.n + octets.n > CONSOLE_STREAM_MAX)
		return ERR_LIMIT;
	buf_add(&s->out, octets);
	if (s->suspended) {
		s->suspended = false;
		resume(s->x);
	}
	return buf_err(&s->out);
}

size_t console_stream_waiting(const struct console_stream *s)
{
	return s->out.n;
}

void console_stream_end(struct console_stream *s)
{
	s->ended = true;
	s->suspended = false;
	resume(s->x);
}

/* Below: what the library calls. */

static void *begin(void *arg, const char *target, struct MHD_Connection *connection)
{
	struct console_exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	*x = (struct console_exchange){ .http = arg,
					.connection = connection,
					.target = strdup(target) };
	list_init(&x->link);
	return x;
}

static void name_peer(struct console_exchange *x)
{
	const union MHD_ConnectionInfo *info =
		lib->connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *from = info ? info->client_addr : NULL;
	struct ip ip = { 0 };

	(void)str_copy(x->peer, sizeof(x->peer), STR("unix"));
	if (from && from->sa_family == AF_INET)
		ip = ip_v4((const uint8_t *)&((const struct sockaddr_in *)(const void *)from)
				   ->sin_addr);
	else if (from && from->sa_family == AF_INET6)
		ip = ip_v6((const uint8_t *)&((const struct sockaddr_in6 *)(const void *)from)
				   ->sin6_addr);
	if (ip.family)
		(void)ip_text(&ip, x->peer);
}

/* Octets of a body: kept up to what the request may have, and not beyond. */
static enum MHD_Result take(struct console_exchange *x, const char *octets, size_t *n)
{
	struct console_http *h = x->http;
	size_t before = x->body.n;
	int64_t seconds = (loop_now(h->loop) - x->began) / 1000;

	x->received += *n;
	if (seconds > PATIENCE_S && x->received < (uint64_t)seconds * LEAST_RATE)
		return MHD_NO;
	x->large |= x->received > x->body_max;
	x->crowded |= h->held + *n > HELD_MAX;
	if (!x->large && !x->crowded)
		buf_add(&x->body, (struct str){ octets, *n });
	h->held += x->body.n - before;
	*n = 0;
	/* The head told no length; who goes on and on is not listened to for long. */
	return x->received > CONSOLE_LINGER_MAX ? MHD_NO : MHD_YES;
}

static void answer_whole(struct console_exchange *x)
{
	const struct console_http *h = x->http;

	x->whole = true;
	x->ahead = false;
	if (x->large || x->crowded || buf_err(&x->body) != ERR_OK)
		console_exchange_answer(
			x, &(struct console_answer){
				   .status = x->large ? MHD_HTTP_CONTENT_TOO_LARGE
						      : MHD_HTTP_SERVICE_UNAVAILABLE,
				   .type = "application/json",
				   .body = x->large ? STR("{\"message\":\"" CONSOLE_WORDS_LARGE
							  "\"}\n")
						    : STR("{\"message\":\"" CONSOLE_WORDS_NO_MEMORY
							  "\"}\n") });
	else
		h->ops->whole(h->arg, x);
}

/* Whether the head says that there is one. */
static bool has_body(const struct console_exchange *x)
{
	struct str length = console_exchange_field(x, "Content-Length");

	return console_exchange_field(x, "Transfer-Encoding").n > 0 ||
	       (length.n > 0 && !str_eq(length, STR("0")));
}

static enum MHD_Result come(void *arg, struct MHD_Connection *connection, const char *url,
			    const char *method, const char *version, const char *upload,
			    size_t *n_upload, void **own)
{
	struct console_exchange *x = *own;
	struct console_http *h = arg;

	(void)url;
	(void)version;
	if (!x || !x->target)
		return MHD_NO;
	if (!x->begun) {
		x->begun = true;
		x->began = loop_now(h->loop);
		x->method = method;
		name_peer(x);
		x->ahead = has_body(x);
		h->ops->head(h->arg, x, &x->body_max);
		x->body = BUF_MAX(x->body_max);
		if (!x->answered)
			return MHD_YES;
	} else if (*n_upload > 0) {
		return take(x, upload, n_upload);
	} else if (!x->whole) {
		answer_whole(x);
		if (!x->answered) {
			suspend(x);
			return MHD_YES;
		}
	}
	return x->response ? lib->queue(connection, x->status, x->response) : MHD_NO;
}

/* It was answered, and goes on to send. */
static void linger(struct console_http *h, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		lib->connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info && !h->over)
		console_linger(h->lingers, info->connect_fd);
}

static void done(void *arg, struct MHD_Connection *connection, void **own,
		 enum MHD_RequestTerminationCode how)
{
	struct console_exchange *x = *own;

	(void)arg;
	if (!x)
		return;
	if (x->ahead && how == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		linger(x->http, connection);
	list_drop(&x->link);
	if (x->response)
		lib->destroy(x->response);
	x->http->held -= x->body.n;
	buf_wipe(&x->body);
	free(x->target);
	if (x->clear)
		x->clear(x->own);
	free(x);
	*own = NULL;
}

__attribute__((format(printf, 2, 0))) static void hush(void *arg, const char *fmt, va_list ap)
{
	(void)arg;
	(void)fmt;
	(void)ap;
}

static struct MHD_Daemon *start(struct console_http *h, const struct console_http_place *place)
{
	union {
		const char *text;
		void *theirs;
	} certificate = { place->certificate.p }, key = { place->key.p };
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, certificate.theirs },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, key.theirs },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, ciphers },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };

	if (place->certificate.n)
		flags |= MHD_USE_TLS;
	return lib->start(flags, 0, NULL, NULL, come, h, MHD_OPTION_EXTERNAL_LOGGER, hush, NULL,
			  MHD_OPTION_LISTEN_SOCKET, place->fd, MHD_OPTION_URI_LOG_CALLBACK, begin,
			  h, MHD_OPTION_NOTIFY_COMPLETED, done, h, MHD_OPTION_CONNECTION_LIMIT,
			  (unsigned)CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
			  (unsigned)CONNECTIONS_ONE, MHD_OPTION_CONNECTION_TIMEOUT,
			  (unsigned)PATIENCE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
			  (size_t)CONNECTION_OCTETS, MHD_OPTION_STRICT_FOR_CLIENT, 1,
			  MHD_OPTION_ARRAY, place->certificate.n ? tls : none, MHD_OPTION_END);
}

enum err console_http_new(struct loop *loop, const struct console_http_place *place,
			  const struct console_http_ops *ops, void *arg, struct console_http **out,
			  struct buf *why)
{
	struct console_http *h = calloc(1, sizeof(*h));
	int fd = place->fd;

	lib = console_library_load(why);
	if (!lib) {
		os_fd_close(&fd);
		free(h);
		return ERR_IO;
	}
	if (!h) {
		os_fd_close(&fd);
		return ERR_NOMEM;
	}
	*h = (struct console_http){ .loop = loop, .ops = ops, .arg = arg };
	list_init(&h->waiting);
	h->lingers = console_lingers_new(loop, (int64_t)PATIENCE_S * 1000);
	if (!h->lingers) {
		os_fd_close(&fd);
		console_http_free(&h);
		return ERR_NOMEM;
	}
	h->daemon = start(h, place);
	if (!h->daemon) {
		buf_add(why, place->certificate.n ? STR("TLS: certificate and key cannot be used "
							"together: name the two that belong "
							"together, in PEM")
						  : STR("HTTP cannot be served"));
		console_http_free(&h);
		return ERR_IO;
	}
	const union MHD_DaemonInfo *info = lib->daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	h->timer = loop_timer_new(loop, run, h);
	if (info && h->timer)
		h->watch = loop_watch_new(loop, info->epoll_fd, OS_READ, ready, h);
	if (!h->watch) {
		console_http_free(&h);
		return ERR_NOMEM;
	}
	schedule(h);
	*out = h;
	return ERR_OK;
}

void console_http_free(struct console_http **hp)
{
	struct console_http *h = *hp;

	*hp = NULL;
	if (!h)
		return;
	h->over = true;
	for (struct list *l = h->waiting.next; l != &h->waiting; l = h->waiting.next)
		resume(CONTAINER_OF(l, struct console_exchange, link));
	if (h->watch)
		loop_watch_free(&h->watch);
	if (h->daemon)
		lib->stop(h->daemon);
	if (h->timer)
		loop_timer_free(&h->timer);
	console_lingers_free(&h->lingers);
	free(h);
}
