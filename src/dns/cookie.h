/*
 * DNS cookies, the client's side (RFC 7873, RFC 9018): what is kept of one server.
 *
 * A client cookie is eight random octets for this server and our address, sent
 * with each question by UDP.  A server that knows cookies returns it with one of
 * its own, which then goes with ours.  From then on an answer without ours is
 * not believed.  It shows that an answer was not made by somebody who does not
 * see our questions; it says nothing of what is in it, and makes no channel
 * trusted.
 *
 *	NEW      ours is sent; whether the server knows cookies is not known
 *	GOOD     it does: answers must show ours
 *	WITHOUT  it does not: none is sent for a while
 *
 * A server that answers without after it had been GOOD counts as forged at
 * first; where it has gone on so for two minutes, it is WITHOUT.  No clock, no
 * randomness: both come from the caller.
 */
#ifndef DNS_COOKIE_H
#define DNS_COOKIE_H

#include "dns/message.h"

#define DNS_COOKIE_DAY_MS 86400000      /* a client cookie is renewed, RFC 7873 section 7.1 */
#define DNS_COOKIE_REGRESSION_MS 120000 /* answers without are forged, until then */
#define DNS_COOKIE_WITHOUT_MS 300000    /* then none is sent for so long */
#define DNS_COOKIE_SERVER_MAX 32

enum dns_cookie_state { DNS_COOKIE_NEW, DNS_COOKIE_GOOD, DNS_COOKIE_WITHOUT };

/* Zero is valid: no client cookie yet. */
struct dns_cookie {
	enum dns_cookie_state state;
	bool have; /* a client cookie */
	uint8_t client[DNS_COOKIE_CLIENT];
	uint8_t server[DNS_COOKIE_SERVER_MAX];
	uint8_t n_server;      /* GOOD, perhaps 0 */
	uint8_t address[16];   /* ours, of which the cookie is */
	int64_t renew_at;      /* when the client cookie has had its day */
	int64_t without_until; /* WITHOUT */
	int64_t missing_since; /* GOOD: answers have come without since then; 0: not so */
};

/* Whether a cookie goes with a question now. */
bool dns_cookie_wanted(struct dns_cookie *c, int64_t now);

/* Whether a client cookie must be made before: there is none, or it is a day old. */
bool dns_cookie_stale(const struct dns_cookie *c, int64_t now);
void dns_cookie_renew(struct dns_cookie *c, const uint8_t random[static DNS_COOKIE_CLIENT],
		      int64_t now);

/* Our address towards the server, 16 octets.  True: it is another than before; all is forgotten. */
bool dns_cookie_moved(struct dns_cookie *c, const uint8_t address[static 16]);

/* What is sent: ours, and the server's behind it. */
struct str dns_cookie_write(const struct dns_cookie *c, uint8_t out[static DNS_COOKIE_MAX]);

enum dns_cookie_verdict {
	DNS_COOKIE_FINE,      /* nothing speaks against it */
	DNS_COOKIE_MISSING,   /* none, from a server that has sent good ones */
	DNS_COOKIE_FORGED,    /* not the client cookie that was sent */
	DNS_COOKIE_MALFORMED, /* neither 8 nor 16 to 40 octets */
	DNS_COOKIE_AGAIN,     /* BADCOOKIE: the server's new one is taken, ask again */
};

/* Judge an answer to what was sent with the client cookie sent; learns from it. */
enum dns_cookie_verdict dns_cookie_judge(struct dns_cookie *c, const struct dns_message *m,
					 const uint8_t sent[static DNS_COOKIE_CLIENT], int64_t now);

#endif
