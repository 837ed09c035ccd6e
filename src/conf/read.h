/*
 * The configuration as it is found: a file, or the defaults that need none.
 */
#ifndef CONF_READ_H
#define CONF_READ_H

#include "conf/conf.h"

/*
 * Read file (NULL: built-in defaults, which need no file and suit who runs the
 * program: as root the directories of SPEC section 6; else below
 * $XDG_STATE_HOME or ~/.local/state, so that an ordinary user needs nothing).
 * ERR_SYNTAX: *why holds "FILE:LINE: ..." in one line; ERR_IO: conf_file_refuse(); ERR_NOMEM.
 */
enum err conf_read(const char *file, struct conf **out, struct buf *why) MUST_USE;

/* The same for who hands mail in; for who asks as the daemon would, with no login (parse.h). */
enum err conf_read_by_other(const char *file, struct conf **out, struct buf *why) MUST_USE;
enum err conf_read_without_login(const char *file, struct conf **out, struct buf *why) MUST_USE;

/*
 * The same for who needs but the paths of state, logs and control socket: of a file that
 * is refused, *why says it, and ERR_OK is returned with them alone in *out.
 */
enum err conf_read_paths(const char *file, struct conf **out, struct buf *why) MUST_USE;

#define CONF_SYSTEM_FILE "/etc/signpost/signpost.conf"

/* The file to read where -c names none: $SIGNPOST_CONF, /etc/signpost/signpost.conf, or NULL. */
const char *conf_default_file(void);

#endif
