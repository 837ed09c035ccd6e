/*
 * The console as a whole: what each request is answered with.
 */
#ifndef CONSOLE_SITE_H
#define CONSOLE_SITE_H

#include "conf/conf.h"
#include "loop/loop.h"

struct console_shared;

struct console_site_setup {
	const struct conf *conf; /* outlives the site */
	int spawner;  /* the socket of what runs explain, route and others; not the site's */
	int fd;       /* bound and listening: HTTP */
	int login_fd; /* the same: for `console login` */
};

/*
 * Serve on loop.  The descriptors become the site's, also where it fails.  ERR_IO: *why says what
 * cannot be used; ERR_NOMEM.
 */
enum err console_site_new(struct loop *loop, const struct console_site_setup *setup,
			  struct console_shared **out, struct buf *why) MUST_USE;
void console_site_free(struct console_shared **s);

/* False: the loop was stopped because commands can be run no more. */
bool console_site_whole(const struct console_shared *s);

/* Read the users anew.  ERR_IO: *why; those of before stay. */
enum err console_site_reload(struct console_shared *s, struct buf *why) MUST_USE;

#endif
