/*
 * What the header of a request says of who asks and from where.  Pure.
 */
#ifndef CONSOLE_HEAD_H
#define CONSOLE_HEAD_H

#include "base/buf.h"
#include "base/ip.h"

#define CONSOLE_COOKIE "signpost"

/* The value of our cookie in a Cookie field (RFC 6265 section 4.2.1); empty: it has none. */
struct str console_head_cookie(struct str field);

/* Our cookie, as a browser is to keep it. */
struct console_cookie {
	struct str value; /* at most 64 octets; empty: it is to be forgotten */
	int64_t age_s;    /* how long it is kept */
	bool secure;      /* over TLS alone */
};

enum { CONSOLE_COOKIE_ROOM = 256 };

/*
 * The value of Set-Cookie (RFC 6265 section 4.1.1), in room: without memory, too, nothing is
 * missing of what guards it.
 */
struct str console_head_set_cookie(const struct console_cookie *c,
				   char room[static CONSOLE_COOKIE_ROOM]);

/*
 * Name and password of an Authorization field: Basic (RFC 7617), or Bearer with "name:password",
 * in base64 or as it is.  *out holds what they point into.  ERR_SYNTAX: neither; ERR_NOMEM.
 */
enum err console_head_authorization(struct str field, struct buf *out, struct str *name,
				    struct str *password) MUST_USE;

/* Where we are reached: what Host and Origin may name. */
struct console_place {
	struct ip_port at; /* family 0: a unix socket */
	bool tls;
	char *const *hosts; /* more names, in lower case, of any port */
	size_t n_hosts;
};

/*
 * Whether a Host field names us: the address with its port (which may be left out where it is the
 * scheme's own), on loopback and a unix socket also "localhost", or one of the names.
 */
bool console_head_host(const struct console_place *place, struct str host);

/*
 * The same of an Origin field or a target in absolute form, which have the scheme before it: https
 * where we speak TLS.  Where we do not, one of the names may come by https, too: of a proxy that
 * does.
 */
bool console_head_origin(const struct console_place *place, struct str origin);

/*
 * Whether it is plain where the body ends (RFC 9112 section 6.3): by one Content-Length, or by the
 * transfer coding "chunked" alone.  lengths, codings: how often either field is there.
 */
bool console_head_framed(size_t lengths, size_t codings, struct str coding);

/* Whether an If-None-Match field (RFC 9110 section 13.1.2) names that entity tag, weakly. */
bool console_head_none_match(struct str field, struct str etag);

/* Whether an If-Match field names it, by strong comparison, or any with "*". */
bool console_head_match(struct str field, struct str etag);

/* Whether an Accept-Encoding field lets us send gzip (RFC 9110 section 12.5.3). */
bool console_head_gzip(struct str field);

#endif
