#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

struct tls {
	SSL *ssl;
	bool waits;
};

static SSL_CTX *context;

void tls_begin(const char *certificate, const char *key)
{
	errno = 0;
	context = SSL_CTX_new(certificate ? TLS_server_method() : TLS_client_method());
	if (!context)
		tool_die("TLS");
	(void)SSL_CTX_set_mode(context,
			       SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(context, 1); /* else each record is two calls of read() */
	if (certificate && (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
			    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1))
		tool_die(certificate);
}

struct tls *tls_new(int fd)
{
	struct tls *t = tool_alloc(sizeof(*t));

	errno = 0;
	t->ssl = SSL_new(context);
	if (!t->ssl || SSL_set_fd(t->ssl, fd) != 1)
		tool_die("TLS");
	if (SSL_CTX_get0_certificate(context))
		SSL_set_accept_state(t->ssl);
	else
		SSL_set_connect_state(t->ssl);
	return t;
}

void tls_free(struct tls *t)
{
	if (t)
		SSL_free(t->ssl);
	free(t);
}

/* What a call of OpenSSL has come to, as the system would have it. */
static ssize_t outcome(struct tls *t, int n)
{
	int why = SSL_get_error(t->ssl, n);

	t->waits = why == SSL_ERROR_WANT_READ;
	errno = t->waits || why == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
	if (why == SSL_ERROR_ZERO_RETURN)
		return 0;
	return n > 0 ? n : -1;
}

ssize_t tls_write(struct tls *t, const void *p, size_t n)
{
	ERR_clear_error();
	return outcome(t, SSL_write(t->ssl, p, (int)n));
}

bool tls_waits(const struct tls *t)
{
	return t->waits;
}

enum tool_read tls_read(struct tls *t, struct tool_input *in)
{
	size_t room = tool_input_room(in);

	if (room == 0)
		return TOOL_READ_END;
	ERR_clear_error();
	ssize_t n = outcome(t, SSL_read(t->ssl, in->p + in->n, (int)room));
	if (n < 0 && errno == EAGAIN)
		return TOOL_READ_AGAIN;
	if (n <= 0)
		return TOOL_READ_END;
	in->n += (size_t)n;
	return TOOL_READ_SOME;
}

bool tls_has_more(const struct tls *t)
{
	return !t->waits && SSL_has_pending(t->ssl);
}
