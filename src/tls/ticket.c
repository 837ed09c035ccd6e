/*
 * OpenSSL asks for a key each time it seals or opens a ticket, on whichever thread: the lock is
 * held for a copy, and the copy is overwritten.
 */
#include "tls/ticket_priv.h"

#include "os/clock.h"
#include "os/random.h"
#include "tls/config_priv.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

static struct tls_tickets *tickets_of(const SSL *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

static void make(struct tls_ticket_key *k, int64_t now)
{
	k->made = now;
	os_random(k->name, sizeof(k->name));
	os_random(k->aes, sizeof(k->aes));
	os_random(k->mac, sizeof(k->mac));
}

void tls_ticket_turn(struct tls_tickets *t, int64_t now)
{
	if (now - t->newest.made < TLS_TICKET_LIFE_MS)
		return;
	t->before = t->newest;
	make(&t->newest, now);
}

/* A ticket may have been given out until its keys were replaced, and lives for as long again. */
bool tls_ticket_find(const struct tls_tickets *t, const unsigned char name[TLS_TICKET_NAME],
		     int64_t now, struct tls_ticket_key *out)
{
	const struct tls_ticket_key *k = &t->newest;

	if (memcmp(name, k->name, TLS_TICKET_NAME) != 0)
		k = &t->before;
	if (memcmp(name, k->name, TLS_TICKET_NAME) != 0 || k->made == 0 ||
	    now - k->made >= 2 * TLS_TICKET_LIFE_MS)
		return false;
	*out = *k;
	return true;
}

struct tls_tickets *tls_ticket_new(void)
{
	struct tls_tickets *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	(void)pthread_mutex_init(&t->lock, NULL);
	make(&t->newest, os_clock_mono());
	return t;
}

void tls_ticket_free(struct tls_tickets **t)
{
	if (*t) {
		(void)pthread_mutex_destroy(&(*t)->lock);
		explicit_bzero(*t, sizeof(**t));
	}
	free(*t);
	*t = NULL;
}

static bool set_mac(EVP_MAC_CTX *mac, struct tls_ticket_key *k)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, k->mac, sizeof(k->mac)),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(mac, params) == 1;
}

/*
 * As SSL_CTX_set_tlsext_ticket_key_evp_cb(3) has it: -1: no ticket; 0: not ours; 1: so be it;
 * 2: so be it, and a new one is given out, without which TLS 1.3 gives none to who resumes.
 */
static int seal(struct tls_ticket_key *k, unsigned char *iv, EVP_CIPHER_CTX *cipher,
		EVP_MAC_CTX *mac)
{
	if (RAND_bytes(iv, EVP_MAX_IV_LENGTH) != 1 ||
	    EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, k->aes, iv) != 1 ||
	    !set_mac(mac, k))
		return -1;
	return 1;
}

static int open_up(struct tls_ticket_key *k, unsigned char *iv, EVP_CIPHER_CTX *cipher,
		   EVP_MAC_CTX *mac)
{
	return EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, k->aes, iv) == 1 &&
			       set_mac(mac, k)
		       ? 2
		       : -1;
}

static int asked(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
		 EVP_MAC_CTX *mac, int sealing)
{
	struct tls_tickets *t = tickets_of(ssl);
	struct tls_ticket_key key;
	int64_t now = os_clock_mono();
	bool found = true;

	(void)pthread_mutex_lock(&t->lock);
	tls_ticket_turn(t, now);
	if (sealing)
		key = t->newest;
	else
		found = tls_ticket_find(t, name, now, &key);
	(void)pthread_mutex_unlock(&t->lock);
	if (!found)
		return 0;
	if (sealing)
		memcpy(name, key.name, sizeof(key.name));
	int done = sealing ? seal(&key, iv, cipher, mac) : open_up(&key, iv, cipher, mac);
	explicit_bzero(&key, sizeof(key));
	return done;
}

enum err tls_ticket_use(struct tls_config *c, struct tls_tickets *t)
{
	static const unsigned char context[] = "signpost";

	SSL_CTX_set_app_data(c->ctx, t);
	(void)SSL_CTX_set_timeout(c->ctx, TLS_TICKET_LIFE_MS / 1000);
	if (SSL_CTX_set_session_id_context(c->ctx, context, sizeof(context) - 1) == 1 &&
	    SSL_CTX_set_num_tickets(c->ctx, 1) == 1 &&
	    SSL_CTX_set_tlsext_ticket_key_evp_cb(c->ctx, asked) == 1)
		return ERR_OK;
	ERR_clear_error();
	return ERR_NOMEM;
}
