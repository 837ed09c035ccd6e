/*
 * The few paths that commands need who only talk to the daemon, or read its logs, out of
 * a file that is otherwise broken.  Pure.
 */
#ifndef CONF_PATHS_H
#define CONF_PATHS_H

#include "base/str.h"

/* The values as they stand there, without quotes; empty where they are not found. */
struct conf_paths {
	struct str state_directory, log_directory;
	struct str socket; /* of section control */
};

/* In whatever text: nothing is refused. */
struct conf_paths conf_paths_find(struct str text);

#endif
