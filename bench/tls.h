/*
 * TLS for source and sink: over their sockets, which do not block.
 *
 * The handshake is made by whatever is read or written first.  Calls fail as those of the system
 * do: EAGAIN where the socket is to be waited for.
 */
#ifndef TLS_H
#define TLS_H

#include "tool.h"

#include <sys/types.h>

struct tls;

/* Once, before the first session: a server's certificate and key; NULL: a client believing all. */
void tls_begin(const char *certificate, const char *key);

struct tls *tls_new(int fd);
void tls_free(struct tls *t); /* NULL is fine */

ssize_t tls_write(struct tls *t, const void *p, size_t n);

/* It waits for the other side, whatever is to be written. */
bool tls_waits(const struct tls *t);

/* As tool_input_read(); and whether more may have come, so that nobody waits for the socket. */
enum tool_read tls_read(struct tls *t, struct tool_input *in);
bool tls_has_more(const struct tls *t);

#endif
