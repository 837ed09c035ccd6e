/*
 * The commands of the control protocol (src/control/README.md), one table.  On the
 * daemon's thread.
 */
#ifndef ADMIN_COMMAND_H
#define ADMIN_COMMAND_H

#include "admin/reader.h"
#include "admin/session.h"
#include "relay/handle.h"

/* What commands need. */
struct admin_commands {
	struct relay_handle daemon;
	struct admin_sessions sessions;
	struct admin_reader *reader;
};

/* Carry out a request of a session: an admin_session_run, with struct admin_commands. */
void admin_command_run(void *commands, struct admin_session *s, const json_t *request);

/* A reading came back: the reader's callback, with struct admin_commands. */
void admin_command_read(void *commands, struct admin_reading *r);

#endif
