#include "console/library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define FILE_NAME "libmicrohttpd.so.12"

static const struct {
	const char *name;
	size_t at;
} functions[] = {
	{ "MHD_start_daemon", offsetof(struct console_library, start) },
	{ "MHD_stop_daemon", offsetof(struct console_library, stop) },
	{ "MHD_run", offsetof(struct console_library, run) },
	{ "MHD_get_timeout", offsetof(struct console_library, timeout) },
	{ "MHD_get_daemon_info", offsetof(struct console_library, daemon_info) },
	{ "MHD_get_connection_info", offsetof(struct console_library, connection_info) },
	{ "MHD_lookup_connection_value", offsetof(struct console_library, field) },
	{ "MHD_get_connection_values", offsetof(struct console_library, fields) },
	{ "MHD_suspend_connection", offsetof(struct console_library, suspend) },
	{ "MHD_resume_connection", offsetof(struct console_library, resume) },
	{ "MHD_create_response_from_buffer", offsetof(struct console_library, whole) },
	{ "MHD_create_response_from_callback", offsetof(struct console_library, stream) },
	{ "MHD_add_response_header", offsetof(struct console_library, add) },
	{ "MHD_queue_response", offsetof(struct console_library, queue) },
	{ "MHD_destroy_response", offsetof(struct console_library, destroy) },
};

const struct console_library *console_library_load(struct buf *why)
{
	static struct console_library library;
	void *file = dlopen(FILE_NAME, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; file && i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *found = dlsym(file, functions[i].name);
		if (!found)
			file = NULL;
		memcpy((char *)&library + functions[i].at, &found, sizeof(found));
	}
	if (file)
		return &library;
	buf_addf(why, "signpost: " FILE_NAME " cannot be loaded, which serves the console: install "
		      "the package libmicrohttpd12");
	return NULL;
}
