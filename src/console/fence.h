/*
 * What the console and the commands that it runs shut themselves out of (Landlock): all files but
 * what everybody may read, what the configuration names, the logs, which they read, and the
 * criteria's directory, where they write.  Of programs they can execute signpost alone.  The
 * queue's files are where none of that is.
 */
#ifndef CONSOLE_FENCE_H
#define CONSOLE_FENCE_H

#include "base/buf.h"
#include "conf/conf.h"
#include "fence/calls.h"

/*
 * Before there are threads, after sockets are bound.  program: what it executes.  *abi: the
 * kernel's version of Landlock, 0: it has none, and nothing is shut out.  ERR_IO: *why; ERR_NOMEM.
 */
enum err console_fence_close(const struct conf *conf, const char *program, unsigned *abi,
			     struct buf *why) MUST_USE;

/*
 * What speaks HTTP gives up system calls (fence/console.def), and with them to begin processes:
 * once the spawner is there, files are read and libraries loaded.  ERR_IO: *why; ERR_NOMEM.
 */
enum err console_fence_calls(struct fence_calls_result *out, struct buf *why) MUST_USE;

/* Lines of the log about both. */
void console_fence_tell(unsigned abi, const struct fence_calls_result *calls);

#endif
