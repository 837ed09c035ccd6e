/*
 * The socket of `signpost console login`.
 */
#ifndef CONSOLE_INVITE_H
#define CONSOLE_INVITE_H

#include "console/request.h"

/* Serve on fd, bound and listening, which becomes s's, also where it fails.  ERR_NOMEM. */
enum err console_invite_serve(struct console_shared *s, int fd) MUST_USE;

#endif
