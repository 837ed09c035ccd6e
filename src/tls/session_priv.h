/*
 * A session from the inside, for what decides about its peer: demand.c and
 * target.c.
 */
#ifndef TLS_SESSION_PRIV_H
#define TLS_SESSION_PRIV_H

#include "tls/config_priv.h"
#include "tls/octets_priv.h"
#include "tls/session.h"

struct tls_session {
	SSL *ssl;
	struct tls_octets octets; /* of ssl's BIO */
	enum tls_state state;
	enum tls_auth auth;
	bool server;
	bool lenient;              /* what the peer proves is told, and nothing hangs on it */
	struct tls_config *config; /* held */
	uint8_t pin[TLS_PINS_MAX][TLS_PIN_OCTETS]; /* to be sought in the verified chain */
	size_t n_pin;
	/* Where has_shown, and a pin was missed: that of the server's own key. */
	uint8_t shown[TLS_PIN_OCTETS];
	bool has_shown;
	bool by_tlsa;                /* asked for by TLSA records */
	bool by_address;             /* the name that is asked for is one */
	char chain[TLS_NAME_OCTETS]; /* of DANE: what a chain is to prove as well */
	long unproved;               /* why none does; X509_V_OK */
	char tlsa[12];               /* the record that authenticated the peer: "3 1 1" */
	/* Who keeps tickets that come, and may refuse one; NULL: nobody does. */
	bool (*keep)(struct tls_session *s, SSL_SESSION *ticket);
	void *keeper;
	struct buf key;        /* the keeper's */
	enum tls_auth vouched; /* what a ticket that was offered stands for */
	bool offered;          /* a ticket was */
	struct buf why;
};

/* session.c: a client that has not spoken yet, and its first flight. */
struct tls_session *tls_session_prepare(const struct tls_config *c, const struct tls_peer *peer);
void tls_session_shake(struct tls_session *s);

/* Tickets that come in sessions of c go to their keepers; OpenSSL keeps none. */
void tls_session_tickets(struct tls_config *c);

/* demand.c: tell OpenSSL what the peer must prove.  False: it cannot be asked for. */
bool tls_demand_peer(struct tls_session *s, const struct tls_peer *peer);

/*
 * The handshake is through, and OpenSSL is content: how was the peer authenticated?  False: no
 * certificate of the verified chain has a pinned key.
 */
bool tls_demand_judge(struct tls_session *s);

/* The pin of a certificate's key: the SHA-256 of its SubjectPublicKeyInfo.  False: none. */
bool tls_demand_pin(const X509 *cert, uint8_t pin[static TLS_PIN_OCTETS]);

/* Offer a ticket, if the certificates that it stands on still prove all that is asked. */
void tls_demand_resume(struct tls_session *s, SSL_SESSION *ticket);

#endif
