#include "tls/octets_priv.h"

#include <limits.h>
#include <string.h>

/* As any BIO that has nothing: -1, and it is to be tried again. */
static int take(BIO *b, char *octets, int n)
{
	struct tls_octets *o = BIO_get_data(b);
	size_t left = o->in.n - o->read;
	size_t got = left < (size_t)n ? left : (size_t)n;

	BIO_clear_retry_flags(b);
	if (got == 0) {
		BIO_set_retry_read(b);
		return -1;
	}
	memcpy(octets, o->in.p + o->read, got);
	o->read += got;
	if (got == left) {
		buf_free(&o->in);
		o->read = 0;
	}
	return (int)got;
}

static int put(BIO *b, const char *octets, int n)
{
	struct tls_octets *o = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	buf_add(&o->out, (struct str){ octets, (size_t)n });
	return buf_err(&o->out) == ERR_OK ? n : -1;
}

static long control(BIO *b, int what, long number, void *p)
{
	(void)b;
	(void)number;
	(void)p;
	return what == BIO_CTRL_FLUSH;
}

BIO_METHOD *tls_octets_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "octets");

	if (m && BIO_meth_set_read(m, take) == 1 && BIO_meth_set_write(m, put) == 1 &&
	    BIO_meth_set_ctrl(m, control) == 1)
		return m;
	BIO_meth_free(m);
	return NULL;
}

BIO *tls_octets_bio(const BIO_METHOD *method, struct tls_octets *o)
{
	BIO *b = BIO_new(method);

	*o = (struct tls_octets){ .in = BUF_MAX(SIZE_MAX), .out = BUF_MAX(SIZE_MAX) };
	if (b) {
		BIO_set_data(b, o);
		BIO_set_init(b, 1);
	}
	return b;
}

void tls_octets_clear(struct tls_octets *o)
{
	buf_free(&o->in);
	buf_free(&o->out);
}

enum err tls_octets_feed(struct tls_octets *o, struct str octets)
{
	buf_drop(&o->in, o->read);
	o->read = 0;
	buf_add(&o->in, octets);
	return buf_err(&o->in);
}

void tls_octets_sent(struct tls_octets *o, size_t n)
{
	buf_drop(&o->out, n);
	if (o->out.n == 0)
		buf_free(&o->out);
}
