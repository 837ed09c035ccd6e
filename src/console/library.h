/*
 * libmicrohttpd, loaded when the console begins: it brings GnuTLS with it, and neither is to be in
 * the daemon, nor to be waited for by each command.
 */
#ifndef CONSOLE_LIBRARY_H
#define CONSOLE_LIBRARY_H

#include "base/buf.h"

#include <microhttpd.h>

/* What we call of it. */
struct console_library {
	__typeof__(MHD_start_daemon) *start;
	__typeof__(MHD_stop_daemon) *stop;
	__typeof__(MHD_run) *run;
	__typeof__(MHD_get_timeout) *timeout;
	__typeof__(MHD_get_daemon_info) *daemon_info;
	__typeof__(MHD_get_connection_info) *connection_info;
	__typeof__(MHD_lookup_connection_value) *field;
	__typeof__(MHD_get_connection_values) *fields;
	__typeof__(MHD_suspend_connection) *suspend;
	__typeof__(MHD_resume_connection) *resume;
	__typeof__(MHD_create_response_from_buffer) *whole;
	__typeof__(MHD_create_response_from_callback) *stream;
	__typeof__(MHD_add_response_header) *add;
	__typeof__(MHD_queue_response) *queue;
	__typeof__(MHD_destroy_response) *destroy;
};

/* Loaded once, for as long as the process lives.  NULL: *why says why not. */
const struct console_library *console_library_load(struct buf *why) MUST_USE;

#endif
