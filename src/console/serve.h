/*
 * `signpost console`, from its start to its end.
 */
#ifndef CONSOLE_SERVE_H
#define CONSOLE_SERVE_H

#include "conf/conf.h"

/* Serve in the foreground.  conf has a console.  The exit status; what is wrong was said. */
int console_serve(const struct conf *conf) MUST_USE;

#endif
