/*
 * A connection to a mail host: a stream under TLS, where there is any, under an SMTP client
 * machine.
 *
 * It serves whoever has it, by a table of functions, and knows nothing of whom.
 * Nobody has it while it is idle.
 */
#ifndef RELAY_CONNECTION_H
#define RELAY_CONNECTION_H

#include "loop/stream.h"
#include "relay/worker.h"
#include "smtp/client.h"
#include "smtp/patience.h"
#include "tls/session.h"

struct relay_connection;

/*
 * What whoever has it hears; before connected, lost alone.  connected may give it to another;
 * ready, sent and lost come from the loop or from relay_connection_send(), and may let go of the
 * connection; lost must.
 */
struct relay_connection_ops {
	/* The host took it: somebody else may have it from now on.  NULL: not asked. */
	void (*connected)(void *arg);
	void (*ready)(void *arg);                   /* greeted: it takes a transaction */
	void (*sent)(void *arg);                    /* results are in */
	void (*lost)(void *arg);                    /* it is over */
	void (*trace)(void *arg, struct str trace); /* the dialogue since the last call */
	/*
	 * Octets of the message that is sent, which is elsewhere, from at on; not before that, nor
	 * from inside of it, anything else.  Not ERR_OK: there are none, and the connection ends.
	 */
	enum err (*piece)(void *arg, uint64_t at, struct str *out);
	/* TLS begins: a session that asks for what is needed; NULL: there can be none. */
	struct tls_session *(*secure)(void *arg);
	void (*secured)(void *arg); /* it is through: .tls says how */
};

/*
 * All that decides which mail may travel on it: equal keys may share a connection, whatever
 * the domains are.  Who is logged in will be a field of it.
 */
struct relay_connection_key {
	struct dns_name host; /* len 0: an address of the administrator or the recipient */
	struct ip_port at;
	struct ip from; /* our own end; family 0: whichever the system takes */
	enum route_service service;
	bool authenticated; /* MX and address were both secure */
	enum route_tls tls; /* what was needed */
	bool at_once;       /* TLS is there before the greeting */
	uint64_t login;     /* relay_connection_login() */
	struct str trust;   /* what that hangs on (secure.h); borrowed, but the connection's own */
};

/* Who has a connection, and how mail goes where it leads. */
struct relay_connection_user {
	const struct relay_connection_ops *ops;
	void *arg;
	struct routing_settings *settings; /* held meanwhile, and while it is idle after that */
	const struct conf_delivery *how;   /* of settings */
};

#define RELAY_TRUST_MAX (1u << 18) /* octets of a key's trust */

struct relay_connection {
	struct relay_connection_key key;
	/* The pool's: idle while nobody has it; node in its table then; member of all. */
	struct list idle, member;
	struct hash_node node;
	int64_t idle_until;
	bool starved; /* the message could not be read: ended() says so */
	bool counted; /* among the open connections of the worker */

	const struct relay_connection_ops *ops; /* NULL: nobody has it */
	void *arg;
	void (*gone)(struct relay_connection *c); /* told once, before it is freed */
	struct relay_worker *worker;
	struct smtp_client *client;
	struct loop_stream *stream;
	struct tls_session *tls; /* NULL: none */
	bool secured;            /* its handshake is through */
	struct buf trust;        /* key.trust */
	struct smtp_patience patience;
	uint64_t heard, given,
		taken; /* replies; octets given to the stream, and taken by the host */
	enum relay_connection_state { RELAY_CONNECTING, RELAY_OPEN, RELAY_QUITTING } state;
	unsigned used;                     /* messages sent on it */
	struct routing_settings *settings; /* held; of whoever has it, or had it last */
	const struct conf_delivery *how;   /* theirs, too */
	struct buf trouble;                /* why it ended, in words: "connection refused" */
};

/* Who logs in there, and with which password, as a number; 0: nobody does. */
uint64_t relay_connection_login(const struct conf_delivery *how);

/* Begin to connect.  NULL: *why says so in words. */
struct relay_connection *relay_connection_new(struct relay_worker *w,
					      const struct relay_connection_key *key,
					      const struct relay_connection_user *user,
					      struct buf *why) MUST_USE;

/* Somebody has it from now on; NULL: nobody. */
void relay_connection_give(struct relay_connection *c, const struct relay_connection_user *user);

/* Send one transaction. */
void relay_connection_send(struct relay_connection *c, const struct smtp_transaction *tx);

/* Close without a word. */
void relay_connection_close(struct relay_connection **c);

/* QUIT, and close when answered (RFC 5321 section 4.1.1.10).  Nobody has it any more. */
void relay_connection_quit(struct relay_connection *c);

#endif
