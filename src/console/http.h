/*
 * HTTP by GNU libmicrohttpd, on our loop: connections, headers, bodies, answers, streams.
 *
 * Who comes is judged by the head of a request, before a body is taken; a body is taken up to
 * a bound that is the request's own.  An answer may come later.  Every answer has the headers
 * that keep a browser from doing anything but what the page says.
 */
#ifndef CONSOLE_HTTP_H
#define CONSOLE_HTTP_H

#include "base/buf.h"
#include "loop/loop.h"

struct console_http;
struct console_exchange; /* one request and its answer */

#define CONSOLE_FIELDS_MAX 4

struct console_field {
	const char *name;
	struct str value;
};

/* What is answered; all is copied. */
struct console_answer {
	int status;
	const char *type; /* of the body; NULL: there is none */
	struct str body;
	struct console_field
		field[CONSOLE_FIELDS_MAX]; /* more headers, as far as they have a name */
};

struct console_http_ops {
	/*
	 * The head is there.  It is answered now, or a body of at most so many octets is taken:
	 * ERR_OK, and *body_max.
	 */
	void (*head)(void *arg, struct console_exchange *x, uint64_t *body_max);
	/* All is there: it is answered now or later. */
	void (*whole)(void *arg, struct console_exchange *x);
};

/* What the socket and its TLS are; certificate and key: PEM; empty: no TLS. */
struct console_http_place {
	int fd; /* bound and listening; it becomes the server's, also where it fails */
	struct str certificate, key; /* they end with a NUL */
};

/* ERR_IO: *why; ERR_NOMEM. */
enum err console_http_new(struct loop *loop, const struct console_http_place *place,
			  const struct console_http_ops *ops, void *arg, struct console_http **out,
			  struct buf *why) MUST_USE;

/* Whatever is under way ends; nobody who would answer later may do so any more. */
void console_http_free(struct console_http **h);

struct str console_exchange_method(const struct console_exchange *x);
struct str console_exchange_target(const struct console_exchange *x); /* as it came */
struct str console_exchange_peer(const struct console_exchange *x);   /* an address, or "unix" */
/* A header of the request, the first of that name, and how many there are. */
struct str console_exchange_field(const struct console_exchange *x, const char *name);
size_t console_exchange_times(const struct console_exchange *x, const char *name);
struct str console_exchange_body(const struct console_exchange *x);

/* What is whoever's who answers; freed by clear(own) when the exchange is over. */
void *console_exchange_own(const struct console_exchange *x);
void console_exchange_keep(struct console_exchange *x, void *own, void (*clear)(void *own));

void console_exchange_answer(struct console_exchange *x, const struct console_answer *a);

/* An answer without an end, which is written to as long as somebody reads it. */
struct console_stream;
#define CONSOLE_STREAM_MAX (1u << 20) /* octets that wait for whoever reads */

/* gone(arg): nobody reads any more, and the stream is no more.  NULL: out of memory, x was told. */
struct console_stream *console_exchange_stream(struct console_exchange *x, const char *type,
					       void (*gone)(void *arg), void *arg);
/* ERR_LIMIT: it does not read so fast; ERR_NOMEM.  Nothing of it is written then. */
enum err console_stream_write(struct console_stream *s, struct str octets) MUST_USE;
size_t console_stream_waiting(const struct console_stream *s);
void console_stream_end(struct console_stream *s);

#endif
