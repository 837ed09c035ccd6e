/*
 * What the daemon is asked: its state, and the queue.
 */
#ifndef CONSOLE_DAEMON_H
#define CONSOLE_DAEMON_H

#include "console/request.h"

void console_daemon_status(struct console_request *r);
void console_daemon_servers(struct console_request *r);
void console_daemon_queue(struct console_request *r);
void console_daemon_message(struct console_request *r);
void console_daemon_errand(struct console_request *r); /* retry, hold, release, remove, bounce */

#endif
