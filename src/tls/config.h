/*
 * How TLS is spoken in one role: which versions, who we are, and what a peer
 * must prove.  Made once, then shared by sessions, on any thread.
 */
#ifndef TLS_CONFIG_H
#define TLS_CONFIG_H

#include "base/buf.h"

struct tls_config;

#define TLS_PINS_MAX 8
#define TLS_PIN_OCTETS 32
#define TLS_NAMES_MAX 3

/* A TLSA record (RFC 6698), as it stands in the DNS. */
struct tls_tlsa {
	uint8_t usage, selector, matching;
	struct str data;
};

/*
 * What a server must prove.  All that is given must hold; nothing given:
 * encrypted, and not authenticated (RFC 7435).
 */
struct tls_peer {
	/* A DNS name or an address that its certificate has as subjectAltName; needs a CA. */
	struct str name;
	/* name is looked at, and proves the peer, but a peer without that proof is let pass. */
	bool lenient;
	/* DNS names that will do in its place; empty: unused. */
	struct str also[TLS_NAMES_MAX - 1];
	/* The name to ask it for (SNI, RFC 6066 section 3); empty: name. */
	struct str sni;
	/* The oldest version that is spoken with it. */
	enum tls_version { TLS_VERSION_1_2, TLS_VERSION_1_3 } minimum;
	/*
	 * SHA-256 of a SubjectPublicKeyInfo.  With name: of any certificate of the
	 * verified chain; alone: of the server's own.  Never of one that was merely sent.
	 */
	uint8_t pin[TLS_PINS_MAX][TLS_PIN_OCTETS];
	size_t n_pin;
	/*
	 * DANE (RFC 7671, 7672): replaces the CA; name is the TLSA base domain, for usage 2.
	 * Records of other usages than 2 and 3 prove nothing.
	 */
	const struct tls_tlsa *tlsa; /* borrowed; any number, as each may be the one that fits */
	size_t n_tlsa;
	/* With DANE: a name that a chain to a CA is to prove as well; empty: none. */
	struct str chain;
};

/*
 * For a client.  ca_file: PEM certificates to trust; NULL: the system's.
 * *why in one line.  ERR_IO: the file cannot be used; ERR_NOMEM.
 */
enum err tls_config_client(const char *ca_file, struct tls_config **out, struct buf *why) MUST_USE;

/* Where the system's certificates are: what a variable of the environment says, else path. */
struct tls_config_place {
	const char *variable, *path; /* a file or a directory; NULL: there are no more */
};

struct tls_config_place tls_config_system_ca(size_t i);

/*
 * For a server: certificate chain and key, PEM files; tickets as ticket.h has them.  Sessions of
 * it may be on any thread.  What they have decrypted is overwritten.  ERR_IO: *why.
 */
enum err tls_config_server(const char *certificate, const char *key, struct tls_config **out,
			   struct buf *why) MUST_USE;

/*
 * Offer a protocol by ALPN (RFC 7301): "dot".  A server may then select none; one
 * that selects another fails.  ERR_LIMIT: empty, or more than 255 octets; ERR_NOMEM.
 */
enum err tls_config_alpn(struct tls_config *c, struct str protocol) MUST_USE;

/*
 * Whether data, of a TLSA record with matching type 0, is what its selector says: a certificate
 * (0) or a SubjectPublicKeyInfo (1), whole.
 */
bool tls_config_readable(uint8_t selector, struct str data);

/* Sessions made of it go on: what they need of it goes with the last of them. */
void tls_config_free(struct tls_config **c);

#endif
